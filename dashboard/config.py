"""The configuration: TOML, environment and command line, read once into frozen values; every problem is named."""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard.durations import parse_duration
from dashboard.exceptions import ConfigError
from dashboard.sources.base import DEFAULT_THRESHOLD
from dashboard.sources.prometheus.presets import PRESETS

PRESET_NAMES = tuple(preset.name for preset in PRESETS)
KINDS = ("prometheus", "csv", "demo")


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Where the numbers come from; secrets are held, never printed."""

    kind: str = "demo"
    url: str = ""
    paths: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    bearer_token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_s: float = 20.0
    ca_file: str | None = None
    verify: bool = True
    match: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    seed: int = 7


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """What the operator knows of a service that the source does not."""

    name: str
    team: str = ""
    tier: int | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    preset: str = ""
    match: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the dashboard runs on; durations in seconds."""

    source: SourceConfig = field(default_factory=SourceConfig)
    services: tuple[ServiceConfig, ...] = ()
    title: str = "Golden signals"
    refresh: float = 15.0
    time_zone: str = "UTC"
    threshold: float = DEFAULT_THRESHOLD
    slos: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8501
    base_path: str = ""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError('expected text in quotes, such as "Production"')
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("expected a whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("expected true or false")
    return value


def _port(value: Any) -> int:
    if not 1 <= _whole(value) <= 65535:
        raise ValueError("expected a port between 1 and 65535")
    return _whole(value)


def _duration(value: Any) -> float:
    return parse_duration(_text(value))


def _refresh(value: Any) -> float:
    seconds = _duration(value)
    if not 1 <= seconds <= 3600:
        raise ValueError("expected a refresh interval between 1s and 1h")
    return seconds


def _zone(value: Any) -> str:
    try:
        ZoneInfo(_text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'{value!r} is no IANA time zone: write for example "Europe/Berlin"') from None
    return str(value)


def _kind(value: Any) -> str:
    if value not in KINDS:
        raise ValueError(f"expected one of {', '.join(KINDS)}")
    return str(value)


def _url(value: Any) -> str:
    if not _text(value).startswith(("http://", "https://")):
        raise ValueError('expected an address that starts with http:// or https://, such as "http://127.0.0.1:9090"')
    return _text(value)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError('expected a list of texts, such as ["slo/*.yaml"]')
    return tuple(value)


def _table(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError('expected a table of texts, such as { runbook = "https://example.org" }')
    return dict(value)


def _labels(value: Any) -> dict[str, str]:
    for label in _table(value):
        if not re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", label):
            raise ValueError(f"{label!r} is no label name: letters, digits and _ are allowed")
    return _table(value)


def _preset(value: Any) -> str:
    if _text(value) not in PRESET_NAMES:
        raise ValueError(f"there is no such preset{_nearest(value, PRESET_NAMES)}")
    return _text(value)


Parser = Callable[[Any], Any]
_TOP: dict[str, Parser] = {
    "title": _text, "refresh": _refresh, "time_zone": _zone, "slos": _texts, "latency_threshold": _duration,
    "host": _text, "port": _port, "base_path": _text,
}  # fmt: skip
_SOURCE: dict[str, Parser] = {
    "kind": _kind, "url": _url, "paths": _texts, "headers": _table, "bearer_token_file": _text, "username": _text,
    "password_file": _text, "timeout": _duration, "ca_file": _text, "verify": _flag, "match": _labels,
    "columns": _table, "seed": _whole,
}  # fmt: skip
_SERVICE: dict[str, Parser] = {
    "name": _text, "team": _text, "tier": _whole, "links": _table, "preset": _preset, "match": _labels,
}  # fmt: skip


def load(path: str | os.PathLike[str] | None, environment: Mapping[str, str]) -> Config:
    """Read the TOML file, if any; secrets may come from GOLDEN_SIGNALS_BEARER_TOKEN and GOLDEN_SIGNALS_PASSWORD.

    Raises:
        ConfigError: with one line for each problem.
    """
    data = _read(Path(path)) if path is not None else {}
    reader = _Reader(str(path))
    top = reader.section("", {key: value for key, value in data.items() if key not in ("source", "services")}, _TOP)
    source = reader.section("source", data.get("source", {}), _SOURCE)
    rows = data.get("services", [])
    if not isinstance(rows, list):
        reader.problem("services", "expected [[services]], one block for each")
        rows = []
    services = [reader.section(f"services[{number}]", row, _SERVICE) for number, row in enumerate(rows, start=1)]
    for number, row in enumerate(services, start=1):
        if not row.get("name"):
            reader.problem(f"services[{number}].name", "missing: every service needs its name")
        elif row["name"] in [other.get("name") for other in services[: number - 1]]:
            reader.problem(f"services[{number}].name", f"{row['name']} is there twice: put both blocks into one")
    made = _source(source, environment, reader)
    if reader.problems:
        raise ConfigError(*reader.problems)
    if "latency_threshold" in top:
        top["threshold"] = top.pop("latency_threshold")
    return Config(source=made, services=tuple(ServiceConfig(**row) for row in services), **top)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; `golden-signals discover` writes a first one") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from None


class _Reader:
    """Collects the problems of one file instead of stopping at the first."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[str] = []

    def problem(self, key: str, what: str) -> None:
        self.problems.append(f"{self.file}: {key}: {what}")

    def section(self, name: str, values: Any, known: Mapping[str, Parser]) -> dict[str, Any]:
        prefix = f"{name}." if name else ""
        if not isinstance(values, dict):
            self.problem(name, f"expected a table [{name}]")
            return {}
        made = {}
        for key, value in values.items():
            if key not in known:
                self.problem(prefix + key, f"unknown key{_nearest(key, known)}")
                continue
            try:
                made[key] = known[key](value)
            except ValueError as error:
                self.problem(prefix + key, str(error))
        return made


def _nearest(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(known))}"


def _source(values: dict[str, Any], environment: Mapping[str, str], reader: _Reader) -> SourceConfig:
    values = dict(values)
    token_file, password_file = values.pop("bearer_token_file", None), values.pop("password_file", None)
    values["bearer_token"] = _secret(token_file, "GOLDEN_SIGNALS_BEARER_TOKEN", environment, reader)
    values["password"] = _secret(password_file, "GOLDEN_SIGNALS_PASSWORD", environment, reader)
    if "timeout" in values:
        values["timeout_s"] = values.pop("timeout")
    if "kind" not in values:
        values["kind"] = "prometheus" if "url" in values else "csv" if "paths" in values else "demo"
    if values["kind"] == "prometheus" and "url" not in values:
        reader.problem("source.url", 'missing: a prometheus source needs its address, such as "http://127.0.0.1:9090"')
    if values["kind"] == "csv" and not values.get("paths"):
        reader.problem("source.paths", 'missing: a csv source needs files, such as ["data/*.csv"]')
    return SourceConfig(**values)


def _secret(file: str | None, variable: str, environment: Mapping[str, str], reader: _Reader) -> str | None:
    if file is None:
        return environment.get(variable) or None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reader.problem("source", f"the secret file {file} cannot be read: {getattr(error, 'strerror', 'not text')}")
        return None
