"""Everything that a page may show about one moment, immutable: built once per refresh, shared by all viewers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from dashboard.alerts.alert_snapshot import NO_ALERTS, AlertSnapshot
from dashboard.anomaly.anomalies import Anomaly
from dashboard.anomaly.detectors import DEFAULTS, DetectorSettings
from dashboard.anomaly.history import EMPTY_HISTORY, DetectionHistory
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.anomaly.traffic_forecast import TrafficForecast
from dashboard.capacity.capacity import CapacityReport
from dashboard.changes.known import KnownChange
from dashboard.config.attention_tables import AskAgain
from dashboard.engine.health import Health, Reason
from dashboard.engine.settings import LIVE_SPAN, LIVE_STEP, Settings
from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.gate.policy import BudgetPolicy
from dashboard.incidents.incident import Incident
from dashboard.signals.current import CurrentValues
from dashboard.slo.ledger_view import EMPTY, LedgerView
from dashboard.slo.report import SloReport, downgraded_report
from dashboard.sources.catalog import ServiceInfo


@dataclass(frozen=True, slots=True, eq=False)
class ServiceReport:
    """One service at one moment; only equal to itself, so that pages can cache what they derive from it.

    Attributes:
        current: its newest signals. `samples`: (measure, detail) columns over the live window.
        reasons: why the health is what it is, most urgent first.
        newest: epoch seconds of the newest measurement that its health is based on; None without any.
        anomalies: current and recent ones, most expensive first.
        has_baseline: it was observed for a day; before that, the absence of anomalies means nothing.
        forecasts: resource → when it will be full, only for those that fill up.
        stale_after_s: seconds after `newest` for which its health is valid.
    """

    info: ServiceInfo
    health: Health
    reasons: tuple[Reason, ...]
    current: CurrentValues
    slos: tuple[SloReport, ...]
    samples: pd.DataFrame
    newest: float | None = None
    anomalies: tuple[Anomaly, ...] = ()
    has_baseline: bool = False
    forecasts: Mapping[str, SaturationForecast] = field(default_factory=dict)
    stale_after_s: float = 60.0

    @property
    def name(self) -> str:
        """Its name."""
        return self.info.name

    @property
    def title(self) -> str:
        """Its name on pages: without the cluster if that is unique."""
        return self.info.shown


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The dashboard at one moment.

    Attributes:
        at: epoch seconds.
        refresh: seconds between two refreshes. `time_zone`: IANA name of the zone in which times are shown.
        step, span: of the live window, in seconds.
        services: most urgent first. `by_name`: the same reports.
        slos: every SLO, including those of services that the source does not know.
        ledger: the events that the SLOs are judged by.
        detection_history: observed and expected values of the last hours. `detectors`: their tests.
        traffic_forecast: usual traffic of the next day; None before the past was learned.
        alerts: from other tools, by `ALERTS` and Alertmanager.
        ask_again: how long acknowledgements last.
        incidents: open ones and those that ended within 30 days, newest first.
        incidents_missing: number of past hours that still have to be examined for them; None before the first.
        changes: of the last 30 days, reported and derived, in order of time.
        policy: the error-budget policy for releases.
        capacity: all limited resources, computed every few minutes.
    """

    at: float
    source: SourceStatus
    title: str = "Golden signals"
    refresh: float = 15.0
    time_zone: str = "UTC"
    step: int = 15
    span: int = 3600
    services: tuple[ServiceReport, ...] = ()
    by_name: Mapping[str, ServiceReport] = field(default_factory=dict)

    slos: tuple[SloReport, ...] = ()
    ledger: LedgerView = EMPTY
    detection_history: DetectionHistory = EMPTY_HISTORY
    detectors: DetectorSettings = field(default_factory=lambda: DEFAULTS)
    traffic_forecast: TrafficForecast | None = None
    incidents: tuple[Incident, ...] = ()
    incidents_missing: int | None = 0
    alerts: AlertSnapshot = NO_ALERTS
    ask_again: AskAgain = field(default_factory=AskAgain)
    changes: tuple[KnownChange, ...] = ()
    policy: BudgetPolicy = field(default_factory=BudgetPolicy)
    capacity: CapacityReport = field(default_factory=CapacityReport)

    def shown_at(self, now: float) -> float:
        """Epoch seconds of the displayed time: `now`, or the end of the data if they have ended."""
        return now if self.source.data_end is None else self.at

    def service_title(self, service: str) -> str:
        """The name of a service on pages."""
        report = self.by_name.get(service)
        return report.title if report is not None else service

    def objectives(self, service: str = "", find: str = "") -> list[SloReport]:
        """Objectives of one service, or of all, whose name or service contains a text; most urgent first."""
        text = find.casefold()
        reports = (
            report
            for report in self.slos
            if service in ("", report.slo.service) and text in f"{report.slo.name} {report.slo.service}".casefold()
        )
        return sorted(reports, key=lambda report: report.urgency)


def empty_snapshot(at: float, source: SourceStatus, settings: Settings) -> Snapshot:
    """A snapshot without services.

    Args:
        at: epoch seconds. `source`: status of the source. `settings`: title, refresh and time zone of the pages.
    """
    return Snapshot(
        at=at,
        source=source,
        title=settings.title,
        refresh=settings.refresh,
        time_zone=settings.time_zone,
        step=LIVE_STEP,
        span=LIVE_SPAN,
        ask_again=settings.ask_again,
        policy=settings.policy,
    )


def downgraded(snapshot: Snapshot) -> Snapshot:
    """Withdraw what cannot be known: unless the source is fine, nothing is healthy or acceptable."""
    if snapshot.source.state is SourceState.OK:
        return snapshot
    has_ended = snapshot.source.data_end is not None
    services = tuple(_downgraded(report, has_ended=has_ended) for report in snapshot.services)
    # Rebuild the index with the list: lookups by name must not return the old reports.
    by_name = {report.name: report for report in services}
    return replace(
        snapshot, services=services, by_name=by_name, slos=_downgraded_slos(snapshot.slos, has_ended=has_ended)
    )


def _downgraded(report: ServiceReport, *, has_ended: bool) -> ServiceReport:
    health = Health.UNKNOWN if report.health is Health.HEALTHY else report.health
    return replace(report, health=health, slos=_downgraded_slos(report.slos, has_ended=has_ended))


def _downgraded_slos(slos: Sequence[SloReport], *, has_ended: bool) -> tuple[SloReport, ...]:
    return tuple(downgraded_report(slo, has_ended=has_ended) for slo in slos)
