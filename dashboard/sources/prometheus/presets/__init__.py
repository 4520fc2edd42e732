"""The built-in presets: one TOML file each, with the same name, read when needed.

Presets marked `unverified` are based on documentation and were never tested on a live server.
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
    """The names of all presets, sorted; no file is read."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def presets() -> tuple[Preset, ...]:
    """All presets, most specific first: if two know the same service, the earlier one shows it."""
    return tuple(sorted(map(_preset, names()), key=lambda preset: (preset.rank, preset.name)))


def with_own(own: Iterable[Preset]) -> tuple[Preset, ...]:
    """Configured presets, by rank, before the built-in ones; one of the same name replaces the built-in preset."""
    mine = sorted(own, key=lambda preset: preset.rank)
    replaced = {preset.name for preset in mine}
    return (*mine, *(preset for preset in presets() if preset.name not in replaced))


@cache
def resource_groups() -> dict[str, tuple[ResourceQuery, ...]]:
    """Resources shared by several presets, by the name of their group."""
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
