"""The configuration: TOML, environment and command line, read once into frozen values; every problem is named."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard.anomaly.detectors import DEFAULTS, Choices
from dashboard.config import parsers
from dashboard.config.agreement_tables import agreed
from dashboard.config.agreements import Agreements
from dashboard.config.anomaly_tables import chosen
from dashboard.config.parsers import Parser, Reader
from dashboard.exceptions import ConfigError
from dashboard.sources.prometheus.presets import PRESETS
from dashboard.sources.protocol import DEFAULT_THRESHOLD

PRESET_NAMES = tuple(preset.name for preset in PRESETS)
NONE = Agreements()
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
    """Everything the dashboard runs on; durations in seconds. `file`: where it was read from."""

    file: str = ""
    source: SourceConfig = field(default_factory=SourceConfig)
    services: tuple[ServiceConfig, ...] = ()
    title: str = "Golden signals"
    refresh: float = 15.0
    time_zone: str = "UTC"
    threshold: float = DEFAULT_THRESHOLD
    slos: tuple[str, ...] = ()
    agreements: Agreements = NONE
    detectors: Choices = field(default_factory=lambda: DEFAULTS)
    host: str = "127.0.0.1"
    port: int = 8501
    base_path: str = ""


def _kind(value: Any) -> str:
    if value not in KINDS:
        raise ValueError(f"expected one of {', '.join(KINDS)}")
    return str(value)


def _preset(value: Any) -> str:
    if parsers.text(value) not in PRESET_NAMES:
        raise ValueError(f"there is no such preset{parsers.nearest(value, PRESET_NAMES)}")
    return parsers.text(value)


_BLOCKS = ("source", "services", "maintenance", "policies", "slas", "anomalies")
_TOP: dict[str, Parser] = {
    "title": parsers.text,
    "refresh": parsers.refresh,
    "time_zone": parsers.zone,
    "slos": parsers.texts,
    "latency_threshold": parsers.duration,
    "host": parsers.text,
    "port": parsers.port,
    "base_path": parsers.text,
}
_SOURCE: dict[str, Parser] = {
    "kind": _kind,
    "url": parsers.url,
    "paths": parsers.texts,
    "headers": parsers.table,
    "bearer_token_file": parsers.text,
    "username": parsers.text,
    "password_file": parsers.text,
    "timeout": parsers.duration,
    "ca_file": parsers.text,
    "verify": parsers.flag,
    "match": parsers.labels,
    "columns": parsers.table,
    "seed": parsers.whole,
}
_SERVICE: dict[str, Parser] = {
    "name": parsers.text,
    "team": parsers.text,
    "tier": parsers.whole,
    "links": parsers.table,
    "preset": _preset,
    "match": parsers.labels,
}


def load(path: str | os.PathLike[str] | None, environment: Mapping[str, str]) -> Config:
    """Read the TOML file, if any; secrets may come from GOLDEN_SIGNALS_BEARER_TOKEN and GOLDEN_SIGNALS_PASSWORD.

    Raises:
        ConfigError: with one line for each problem.
    """
    data = _read(Path(path)) if path is not None else {}
    reader = Reader(str(path))
    top = reader.section("", {key: value for key, value in data.items() if key not in _BLOCKS}, _TOP)
    source = reader.section("source", data.get("source", {}), _SOURCE)
    services = reader.blocks("services", data, _SERVICE)
    for number, row in enumerate(services, start=1):
        if not row.get("name"):
            reader.problem(f"services[{number}].name", "missing: every service needs its name")
        elif row["name"] in [other.get("name") for other in services[: number - 1]]:
            reader.problem(f"services[{number}].name", f"{row['name']} is there twice: put both blocks into one")
    made = _source(source, environment, reader)
    agreements = agreed(data, reader, zone=top.get("time_zone", "UTC"))
    detectors = chosen(data, reader)
    if reader.problems:
        raise ConfigError(*reader.problems)
    if "latency_threshold" in top:
        top["threshold"] = top.pop("latency_threshold")
    if path is not None and "slos" in top:
        top["slos"] = tuple(str(Path(path).parent / pattern) for pattern in top["slos"])
    described = tuple(ServiceConfig(**row) for row in services)
    file = "" if path is None else str(path)
    return Config(file=file, source=made, services=described, agreements=agreements, detectors=detectors, **top)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; `golden-signals discover` writes a first one") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from None


def _source(values: dict[str, Any], environment: Mapping[str, str], reader: Reader) -> SourceConfig:
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


def _secret(file: str | None, variable: str, environment: Mapping[str, str], reader: Reader) -> str | None:
    if file is None:
        return environment.get(variable) or None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reader.problem("source", f"the secret file {file} cannot be read: {getattr(error, 'strerror', 'not text')}")
        return None
