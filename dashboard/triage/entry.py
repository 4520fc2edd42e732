"""An entry of the triage list: what is wrong with a service, since when, and how soon it needs attention."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.alerts.alert_snapshot import CurrentAlert
from dashboard.alerts.alertmanager import Suppression
from dashboard.anomaly.anomalies import Anomaly, Signal
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.incidents.incident import Incident
from dashboard.slo.report import Alert, SloReport


class Urgency(StrEnum):
    """How soon somebody is needed, soonest first."""

    NOW = "now"
    TODAY = "today"
    WEEK = "week"
    LATER = "later"


class Cause(StrEnum):
    """The cause of an entry.

    BURN: a burn alert fires. SPENT: no budget remains, and no alert fires. RUNS_OUT: it will be used up within its
    window at the current rate. ANOMALY: an anomaly costs budget. FULL: a resource is at its limit, or will be.
    """

    BURN = "burn"
    SPENT = "spent"
    RUNS_OUT = "runs-out"
    ANOMALY = "anomaly"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Moved:
    """Another service that became anomalous at about the same time; this does not imply a cause.

    Attributes:
        since: epoch seconds. `anomaly`: its anomaly; None if only an incident says that it moved.
    """

    service: str
    since: float
    anomaly: Anomaly | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One thing that needs attention; only equal to itself.

    Attributes:
        id: of the incident if there is one, otherwise made of service and cause; additions of people refer to it.
        own_id: made of service and cause; additions before the incident was known refer to it.
        service: that moved first. `services`: all services concerned, including it.
        since: epoch seconds of the start; None if unknown or in the future.
        slos: objectives concerned, most urgent first. `alert`: the most urgent firing one.
        anomalies: current anomalies of these services, most expensive first.
        resource, level, forecast: the resource that is or will be full, its share of the limit, and when it is full.
        moved: other services, in order of time.
        ahead_s: seconds until the budget is used up, or the resource is full; None if unknown.
    """

    id: str
    own_id: str
    urgency: Urgency
    cause: Cause
    service: str
    services: tuple[str, ...]
    since: float | None = None
    slos: tuple[SloReport, ...] = ()
    alert: Alert | None = None
    anomalies: tuple[Anomaly, ...] = ()
    resource: str = ""
    level: float | None = None
    forecast: SaturationForecast | None = None
    incident: Incident | None = None
    moved: tuple[Moved, ...] = ()
    ahead_s: float | None = None

    @property
    def slo(self) -> SloReport | None:
        """The most urgent objective; None if there is none."""
        return self.slos[0] if self.slos else None

    @property
    def pages(self) -> bool:
        """Whether it pages."""
        return self.alert is not None and self.alert.rule.row.severity == "page"


@dataclass(frozen=True, slots=True)
class Minor:
    """A signal that needs no attention: an anomaly without cost, or a budget that recovers or may be used up later.

    Attributes:
        kind: kind of signal; "budget" for an objective. `cost`: share of a budget that it took.
        anomaly, slo: exactly one of them is set.
    """

    service: str
    kind: str
    cost: float = 0.0
    anomaly: Anomaly | None = None
    slo: SloReport | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Triage:
    """Everything that needs attention, and what does not; only equal to itself.

    Attributes:
        at: epoch seconds.
        entries: most urgent first. `minor`: signals that need no attention, by service.
        fine: number of services that need no attention. `watched`: number of others without an entry.
        unknown: services without current data and without an entry.
        is_known: the source is fine; otherwise nothing can be called fine.
        has_ended: the data end at `at`, and nothing is known about later.
        services: number of all known services.
        alerts: firing ones of other tools that are about no entry, most urgent first.
        last_end: epoch seconds of the end of the last incident; None if none is known.
    """

    at: float
    entries: tuple[Entry, ...] = ()
    minor: tuple[Minor, ...] = ()
    fine: int = 0
    watched: int = 0
    unknown: tuple[str, ...] = ()
    is_known: bool = True
    has_ended: bool = False
    services: int = 0
    last_end: float | None = None
    by_service: Mapping[str, Entry] = field(default_factory=dict)
    alerts: tuple[CurrentAlert, ...] = ()

    def of(self, urgency: Urgency) -> tuple[Entry, ...]:
        """The entries of one urgency."""
        return tuple(entry for entry in self.entries if entry.urgency is urgency)

    @property
    def needs_now(self) -> bool:
        """Whether something needs somebody now."""
        return bool(self.entries) and self.entries[0].urgency is Urgency.NOW

    @property
    def paging(self) -> int:
        """Number of alerts about no entry that wake somebody up, as far as Alertmanager is known not to hold them."""
        held = (Suppression.SILENCED, Suppression.INHIBITED)
        return sum(alert.pages and alert.suppression not in held for alert in self.alerts)

    @property
    def is_empty(self) -> bool:
        """Whether it is known of every service that nothing needs attention, and no alert pages."""
        nothing = not self.entries and not self.unknown and not self.watched and not self.paging
        return self.services > 0 and self.is_known and nothing


# The kinds by which minor signals are counted, in this order.
MINOR_KINDS = (*(str(signal) for signal in Signal), "budget")
