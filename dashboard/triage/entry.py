"""An entry of the triage list: what is wrong with a service, for how long, and how soon it needs somebody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.anomaly.anomalies import Anomaly, Signal
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.incidents.incident import Incident
from dashboard.slo.report import Alert, SloReport


class Urgency(StrEnum):
    """How soon somebody is needed, the soonest first."""

    NOW = "now"
    TODAY = "today"
    WEEK = "week"
    LATER = "later"


class Cause(StrEnum):
    """What an entry is about.

    BURN: a burn alert fires. SPENT: nothing is left of a budget, and no alert fires. RUNS_OUT: it is used up within its
    window at the rate that it has. ANOMALY: what is unusual costs budget. FULL: a resource is at its limit, or will be.
    """

    BURN = "burn"
    SPENT = "spent"
    RUNS_OUT = "runs-out"
    ANOMALY = "anomaly"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Moved:
    """Another service that became unusual about when an entry began; nothing says that one caused the other.

    Attributes:
        since: epoch seconds. `anomaly`: what is unusual of it; None where an incident alone says that it moved.
    """

    service: str
    since: float
    anomaly: Anomaly | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One thing that needs somebody; equal only to itself.

    Attributes:
        id: the incident's where there is one, else of service and cause; what people add is kept under it.
        own_id: of service and cause, under which something may have been added before the incident was known.
        service: that moved first. `services`: all that are concerned, it included.
        since: epoch seconds at which it began; None where that is not known, or it lies ahead.
        slos: objectives that are concerned, the most urgent first. `alert`: the most urgent that fires.
        anomalies: what is unusual of these services and lasts, the dearest first.
        resource, level, forecast: what is full, or will be: its share of the limit and when it is full.
        moved: other services, in the order in which they moved.
        ahead_s: seconds until the budget is used up, or the resource is full; None where nothing says so.
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
        """The most urgent objective; None where no objective is concerned."""
        return self.slos[0] if self.slos else None

    @property
    def pages(self) -> bool:
        """Somebody is woken for it."""
        return self.alert is not None and self.alert.rule.row.severity == "page"


@dataclass(frozen=True, slots=True)
class Minor:
    """A signal that needs nobody: unusual without cost, or a budget that recovers, or may be used up late.

    Attributes:
        kind: what signal it is of; "budget" for an objective. `cost`: share of a budget that it has taken.
        anomaly, slo: what it is, one of both.
    """

    service: str
    kind: str
    cost: float = 0.0
    anomaly: Anomaly | None = None
    slo: SloReport | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Triage:
    """All that needs somebody, and what does not; equal only to itself.

    Attributes:
        at: epoch seconds.
        entries: the most urgent first. `minor`: what needs nobody, by service.
        fine: how many services need nobody. `watched`: how many of the others have no entry.
        unknown: services without data of now, and without an entry.
        is_known: the source is fine; else nothing can be called so.
        has_ended: the data end at `at`, and nothing is known of what came later.
        services: how many are known at all.
        last_end: epoch seconds at which the last incident ended; None without one that is known.
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

    def of(self, urgency: Urgency) -> tuple[Entry, ...]:
        """The entries of one urgency."""
        return tuple(entry for entry in self.entries if entry.urgency is urgency)

    @property
    def needs_now(self) -> bool:
        """Something needs somebody now."""
        return bool(self.entries) and self.entries[0].urgency is Urgency.NOW

    @property
    def is_empty(self) -> bool:
        """Nothing needs anybody, and that is known of every service."""
        return self.services > 0 and self.is_known and not self.entries and not self.unknown and not self.watched


# What minor signals are counted by, in this order.
MINOR_KINDS = (*(str(signal) for signal in Signal), "budget")
