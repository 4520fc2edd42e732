"""The presets that are built in: one TOML file each, named after it, read once it is needed.

What is marked `unverified` comes from documentation and was never seen on a live server.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.exceptions import ConfigError
from dashboard.sources.prometheus.presets.preset import Preset, ResourceQuery
from dashboard.sources.prometheus.presets.preset_tables import read_preset, read_resources
from dashboard.toml.reader import Reader, read_toml

FOLDER = Path(__file__).parent


@cache
def names() -> tuple[str, ...]:
    """The names of all, sorted; no file is read for them."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def presets() -> tuple[Preset, ...]:
    """All of them, most specific first: where two know the same service, the earlier one is shown."""
    return tuple(sorted(map(_preset, names()), key=lambda preset: (preset.rank, preset.name)))


def with_own(own: Iterable[Preset]) -> tuple[Preset, ...]:
    """Those of an operator, by their rank, before those that are built in; one of the same name takes its place."""
    mine = sorted(own, key=lambda preset: preset.rank)
    replaced = {preset.name for preset in mine}
    return (*mine, *(preset for preset in presets() if preset.name not in replaced))


@cache
def resource_groups() -> dict[str, tuple[ResourceQuery, ...]]:
    """The resources that several presets have, by the name of their group."""
    return {path.stem: _resources(path) for path in sorted(FOLDER.glob("resources/*.toml"))}


def _preset(name: str) -> Preset:
    reader, data = _opened(FOLDER / f"{name}.toml")
    preset = read_preset(reader, reader.place, data, resource_groups(), name)
    if preset is None:
        raise ConfigError(*reader.problems)
    return preset


def _resources(path: Path) -> tuple[ResourceQuery, ...]:
    reader, data = _opened(path)
    resources = read_resources(reader, reader.place, reader.table(reader.place, data, {"resources": list}))
    if reader.problems:
        raise ConfigError(*reader.problems)
    return resources


def _opened(path: Path) -> tuple[Reader, dict[str, Any]]:
    data, place = read_toml(path)
    return Reader(place, path.parent), data
