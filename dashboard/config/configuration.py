"""The configuration: TOML, environment and command line, read once into frozen values; all problems are reported."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard.alerts.alert import Labels
from dashboard.alerts.settings import AlertSettings
from dashboard.anomaly.detectors import DEFAULTS, DetectorSettings
from dashboard.capacity.planned import PlannedEvent
from dashboard.capacity.prices import Prices
from dashboard.config.agreement_tables import read_agreements
from dashboard.config.agreements import Agreements
from dashboard.config.alert_tables import read_alertmanager, read_alerts
from dashboard.config.anomaly_tables import read_detectors
from dashboard.config.attention_tables import AskAgain, read_ask_again
from dashboard.config.capacity_tables import read_planned_events, read_prices
from dashboard.config.notification_tables import base_url, read_receivers
from dashboard.config.own_presets import read_presets, with_presets, written_names
from dashboard.config.policy_tables import read_policy
from dashboard.config.protection_tables import Protection, read_protection
from dashboard.config.review_tables import ReviewSettings, read_review_settings
from dashboard.config.source_kinds import is_named, main_keys, preset_names, read_source
from dashboard.config.state_tables import read_change_files, read_state
from dashboard.config.steady_tables import read_steady_states
from dashboard.config.tokens import Token, read_tokens
from dashboard.exceptions import ConfigError
from dashboard.gate.policy import BudgetPolicy
from dashboard.gate.steady import SteadyState
from dashboard.notifications.spec import ReceiverSpec
from dashboard.sources.alertmanager.spec import AlertmanagerSpec
from dashboard.sources.catalog import DEFAULT_THRESHOLD
from dashboard.sources.demo.spec import DemoSpec
from dashboard.sources.spec import SourceSpec
from dashboard.state.spec import StateSpec
from dashboard.toml import file_parsers, parsers
from dashboard.toml.place import Place
from dashboard.toml.reader import Parser, PathParser, Reader, Values, nearest, read_toml

NONE = Agreements()
DEMO = DemoSpec()
NO_SOURCE = 'names no source: write [source] with url, paths or kind = "demo"'
DEFAULT_STATE = StateSpec()
DEFAULT_ALERTS = AlertSettings()


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """What the operator adds to a service that the source knows."""

    name: str
    team: str = ""
    tier: int | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    preset: str = ""
    match: Mapping[str, str] = field(default_factory=dict)
    # Names that senders of changes use.
    changes: tuple[str, ...] = ()
    # Labels of its alerts, if they do not name it.
    alerts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SloPath:
    """A file, directory or glob of SLOs, and where it was named: file, line and key, or the option."""

    pattern: str
    named: str


@dataclass(frozen=True, slots=True)
class Config:
    """The complete configuration; durations in seconds.

    Attributes:
        source_named: where the source is named: file, line and key, or the option; empty for the demo, which is used if
            there is none.
        threshold: default latency limit of "too slow" in seconds.
        allowed_hosts: host names of the dashboard, besides loopback names and addresses; `*` matches any part.
        state: the store of what people and senders add. `tokens`: of programs; without any, no changes are accepted.
        ask_again: how long acknowledgements last.
        change_files: files or globs of changes, CSV or JSON lines, that are followed.
        base_url: the address of the pages, for links; empty if unknown.
        receivers: who is notified of incidents.
        alerts: how alerts from other tools are read. `alertmanager`: the Alertmanagers; None without one.
        steady_states: conditions that must hold during experiments.
        deployment_protection: the GitHub App that answers deployment protection rules; None without one.
        policy: the error-budget policy, and exceptions from it.
        review_settings: which reviews are sent automatically, and to whom.
        planned_events: additional traffic known in advance. `prices`: monthly prices.
    """

    source: SourceSpec = DEMO
    source_named: str = ""
    services: tuple[ServiceConfig, ...] = ()
    title: str = "Golden signals"
    # As often as Prometheus scrapes in its sample configuration: faster refreshes would show the same data twice.
    refresh: float = 15.0
    time_zone: str = "UTC"
    threshold: float = DEFAULT_THRESHOLD
    slos: tuple[SloPath, ...] = ()
    agreements: Agreements = NONE
    # Dataclasses do not allow a mapping as default.
    detectors: DetectorSettings = field(default_factory=lambda: DEFAULTS)
    # Streamlit listens on every interface by default; as there is no login, that should be the operator's decision.
    host: str = "127.0.0.1"
    port: int = 8501
    base_path: str = ""
    allowed_hosts: tuple[str, ...] = ()
    state: StateSpec = DEFAULT_STATE
    tokens: tuple[Token, ...] = ()
    change_files: tuple[str, ...] = ()
    base_url: str = ""
    receivers: tuple[ReceiverSpec, ...] = ()
    alerts: AlertSettings = DEFAULT_ALERTS
    alertmanager: AlertmanagerSpec | None = None
    ask_again: AskAgain = field(default_factory=AskAgain)
    policy: BudgetPolicy = field(default_factory=BudgetPolicy)
    review_settings: ReviewSettings = field(default_factory=ReviewSettings)
    steady_states: tuple[SteadyState, ...] = ()
    deployment_protection: Protection | None = None
    planned_events: tuple[PlannedEvent, ...] = ()
    prices: Prices = field(default_factory=Prices)

    @property
    def pages_at(self) -> str:
        """The start of links to pages: the base URL, or the path from the root; without a trailing slash."""
        prefix = self.base_path.strip("/")
        return self.base_url.rstrip("/") or (f"/{prefix}" if prefix else "")


_TABLES = (
    "source",
    "review",
    "services",
    "maintenance",
    "policies",
    "slas",
    "anomalies",
    "presets",
    "state",
    "tokens",
    "changes",
    "webhooks",
    "notify",
    "alertmanager",
    "alerts",
    "triage",
    "policy",
    "steady_states",
    "deployment_protection",
    "planned_events",
    "prices",
)
_TOP: dict[str, Parser | PathParser] = {
    "title": parsers.text,
    "refresh": parsers.refresh,
    "time_zone": parsers.zone,
    "slos": PathParser(file_parsers.paths),
    "latency_threshold": parsers.duration,
    "host": parsers.text,
    "port": parsers.port,
    "base_path": parsers.text,
    "allowed_hosts": parsers.hosts,
    "base_url": base_url,
    # Read separately; listed here so that misspelt keys find them.
    **{name: lambda value: value for name in _TABLES},
}
_SERVICE: dict[str, Parser] = {
    "name": parsers.text,
    "team": parsers.text,
    "tier": parsers.whole,
    "links": parsers.table,
    "preset": parsers.text,
    "match": parsers.labels,
    "changes": parsers.texts,
    "alerts": parsers.labels,
}


def load(
    path: str | os.PathLike[str] | None,
    environment: Mapping[str, str],
    named: Mapping[str, Any] | None = None,
    *,
    alertmanager: tuple[str, ...] = (),
) -> Config:
    """Read the TOML file, if any; its paths are relative to its folder.

    Args:
        path: the file; None for the defaults.
        environment: may contain secrets that no file names.
        named: the source from a command line option, as keys of [source] with parsed values; takes precedence over the
            file.
        alertmanager: addresses of Alertmanagers from options.

    Raises:
        ConfigError: with one line for each problem, with file, line, key and remedy.
    """
    data, place = read_toml(Path(path)) if path is not None else ({}, Place())
    reader = Reader(place, Path(path).parent if path is not None else Path())
    top = reader.table(place, data, _TOP)
    # Each part records its problems and continues; they are raised together at the end.
    presets = read_presets(data, reader)
    source = with_presets(read_source(data.get("source", {}), reader, environment, dict(named or {})), presets)
    services = _services(data, reader)
    receivers = read_receivers(data, reader, environment)
    config = Config(
        source=source,
        # For problems found later: the server does not answer, or a file is missing.
        source_named=place.at("source", *main_keys(source.kind)) if is_named(source, data.get("source")) else "",
        services=services,
        slos=_slo_paths(top.pop("slos", ()), place),
        threshold=top.pop("latency_threshold", DEFAULT_THRESHOLD),
        agreements=read_agreements(data, reader, zone=top.get("time_zone", "UTC")),
        detectors=read_detectors(data, reader),
        state=read_state(data, reader, environment),
        tokens=read_tokens(data, reader, environment),
        change_files=read_change_files(data, reader),
        receivers=receivers,
        review_settings=read_review_settings(data, reader, [receiver.name for receiver in receivers]),
        alerts=read_alerts(data, reader, _alert_labels(services)),
        alertmanager=read_alertmanager(data, reader, environment, alertmanager),
        ask_again=read_ask_again(data, reader),
        steady_states=read_steady_states(data, reader),
        deployment_protection=read_protection(data, reader),
        policy=read_policy(data, reader, zone=top.get("time_zone", "UTC")),
        planned_events=read_planned_events(data, reader, zone=top.get("time_zone", "UTC")),
        prices=read_prices(data, reader),
        **{key: value for key, value in top.items() if key not in _TABLES},
    )
    if reader.problems:
        raise ConfigError(*reader.problems)
    return config


def _services(data: Values, reader: Reader) -> tuple[ServiceConfig, ...]:
    services: dict[str, ServiceConfig] = {}
    # A preset with a mistake of its own is not missing, too.
    is_complete = not reader.is_doubtful("presets")
    keys = _SERVICE | {"preset": _preset_of({*preset_names(), *written_names(data)}) if is_complete else parsers.text}
    for place, row in reader.tables("services", data, keys):
        name = row.get("name")
        if reader.is_missing(place, row, {"name": "every service needs its name"}):
            continue
        if not name:
            reader.problem(place.inside("name"), "is empty: every service needs its name")
        # If two blocks name one service, neither may win silently: the other's team or links would be missing.
        elif name in services:
            reader.problem(place.inside("name"), f"{name} is there twice: put both blocks into one")
        else:
            services[name] = ServiceConfig(**row)
    return tuple(services.values())


def _alert_labels(services: Iterable[ServiceConfig]) -> Iterator[tuple[str, Labels]]:
    """Labels of the alerts of each service: those that select it, and those configured for its alerts."""
    for service in services:
        yield from ((service.name, tuple(labels.items())) for labels in (service.alerts, service.match) if labels)


def _preset_of(known: Collection[str]) -> Parser:
    def preset(value: Any) -> str:
        if parsers.text(value) not in known:
            raise ValueError(f"there is no such preset{nearest(value, known)}")
        return parsers.text(value)

    return preset


def _slo_paths(patterns: tuple[str, ...], place: Place) -> tuple[SloPath, ...]:
    return tuple(SloPath(pattern, place.at("slos", number)) for number, pattern in enumerate(patterns, start=1))
