"""The tables [[presets]] of the configuration: presets of the operator, in the form of those that are built in."""

from collections.abc import Iterable
from dataclasses import replace

from dashboard.sources.prometheus.presets import resource_groups
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.prometheus.presets.preset_tables import read_preset
from dashboard.sources.prometheus.spec import PrometheusSpec
from dashboard.sources.spec import SourceSpec
from dashboard.toml.reader import Reader, Values


def read_presets(data: Values, reader: Reader) -> tuple[Preset, ...]:
    """The presets of [[presets]], in the order of the file; problems are noted.

    Args:
        data: the whole file, as `tomllib` gives it. `reader`: where problems are noted.
    """
    rows = data.get("presets", [])
    if not isinstance(rows, list):
        reader.problem(reader.place.inside("presets"), "expected [[presets]], one block for each")
        return ()
    presets: dict[str, Preset] = {}
    for number, row in enumerate(rows, start=1):
        place = reader.place.inside("presets", number)
        preset = read_preset(reader, place, row, resource_groups())
        if preset is not None and preset.name in presets:
            reader.problem(place.inside("name"), f"{preset.name} is there twice: give one of them another name")
        elif preset is not None:
            presets[preset.name] = preset
    return tuple(presets.values())


def written_names(data: Values) -> Iterable[str]:
    """The names that [[presets]] gives, those of blocks with a mistake included: one mistake is one problem."""
    rows = data.get("presets", [])
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("name"), str):
            yield row["name"]


def with_presets(source: SourceSpec, presets: tuple[Preset, ...]) -> SourceSpec:
    """The source with presets, if it has any use for them."""
    return replace(source, presets=presets) if isinstance(source, PrometheusSpec) else source
