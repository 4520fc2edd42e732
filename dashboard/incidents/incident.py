"""An incident: a period in which budgets burned faster than usual, across all objectives that moved together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.anomaly.anomalies import Anomaly
from dashboard.incidents.context import Context


class Severity(StrEnum):
    """The most urgent alert of an incident; `ANOMALY`: it cost budget, but no burn alert fired."""

    PAGE = "page"
    TICKET = "ticket"
    ANOMALY = "anomaly"


class Correctable(StrEnum):
    """The fields that people may correct; the derived value is kept too."""

    TITLE = "title"
    START = "start"
    END = "end"
    DETECTION = "detection"


@dataclass(frozen=True, slots=True)
class StepCounts:
    """Bad and valid events in five-minute steps that begin at `start`, `start + step`, … in epoch seconds.

    A step without measurement has None in both.
    """

    start: float
    step: float = 300.0
    bad: tuple[float | None, ...] = ()
    valid: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The impact of an incident on one objective.

    Attributes:
        service, slo: names. `objective`: a share, 0–1. `window_s`: seconds of its window.
        severity: the most urgent alert of the objective that fired.
        start: epoch seconds of the first unusual step. `end`: None while it is open.
        bad, valid: events from start to end, or until now. `usual_bad`: bad events that would have occurred anyway.
        seconds: for which the objective was missed.
        budget_share: fraction of the error budget of its window; None if unknown.
        bad_before_detection: bad events before the first alert; None if none fired.
        counts: from an hour before the start to an hour after the end, as far as known.
        kind: what the indicator measures, such as `availability`; empty if unknown.
        limit: the bound of good events, as in the objective; None without one.
        budget_left: remaining share of the budget of its window at the end, or now, signed; None if unknown.
        detected_at: epoch seconds of the first alert of the objective; None if none fired.
        quiet_since: epoch seconds since when nothing is spent, while it is open; it is over when that lasts.
        is_cut: it stood out from the beginning of the data, and may have begun before its start.
    """

    service: str
    slo: str
    objective: float
    window_s: float
    severity: Severity
    start: float
    end: float | None
    bad: float
    valid: float
    usual_bad: float
    seconds: float
    budget_share: float | None
    bad_before_detection: float | None = None
    counts: StepCounts | None = None
    kind: str = ""
    limit: float | None = None
    budget_left: float | None = None
    detected_at: float | None = None
    quiet_since: float | None = None
    is_cut: bool = False

    @property
    def ratio(self) -> float | None:
        """The share of bad events while it lasted, 0–1; None without events."""
        return self.bad / self.valid if self.valid > 0 else None


@dataclass(frozen=True, slots=True)
class Edge:
    """Requests from one service to another during the incident, from a service graph."""

    caller: str
    callee: str
    requests: float
    failed: float | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Edges of the service graph between `start` and `end`, epoch seconds."""

    start: float
    end: float
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident; immutable, and equal to one derived again from the same data.

    Attributes:
        id: the same whenever and on whichever replica it is derived; letters, digits and hyphens.
        impacts: one for each objective concerned; the one that moved first comes first.
        start, end: epoch seconds of the first start and the last end; `end` is None while one is open.
        detected_at: when the first alert fired, ours or one of `ALERTS`; None if there was none.
        severity: the most urgent of all impacts.
        anomalies: of the services concerned, within the incident and the hour before.
        edges: of the service graph between services concerned, if there is one. Without it, services moved together;
            nothing says that one caused the other.
        corrections: by people, the newest for each field: a text for the title, otherwise epoch seconds as text.
        is_frozen: it was closed and stored; the source may have forgotten it.
        context: what was known around it when it was stored; otherwise None.
        aliases: ids of its parts; some may have been shown before it was known that they belong together.
    """

    id: str
    impacts: tuple[Impact, ...]
    start: float
    end: float | None
    detected_at: float | None
    severity: Severity
    anomalies: tuple[Anomaly, ...] = ()
    edges: tuple[Edge, ...] = ()
    corrections: Mapping[Correctable, str] = field(default_factory=dict)
    is_frozen: bool = False
    aliases: tuple[str, ...] = ()
    context: Context | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is open."""
        return self.end is None

    @property
    def quiet_since(self) -> float | None:
        """Since when nothing is spent beyond the usual, of one that goes on, epoch seconds; None while something is."""
        moments = [impact.quiet_since for impact in self.impacts if impact.end is None]
        known = [moment for moment in moments if moment is not None]
        return max(known) if known and len(known) == len(moments) else None

    @property
    def is_cut(self) -> bool:
        """Whether it may have begun before its start, because the data begin there."""
        return any(impact.is_cut and impact.start <= self.start for impact in self.impacts)

    @property
    def service(self) -> str:
        """The service that moved first."""
        return self.impacts[0].service

    @property
    def main(self) -> Impact:
        """The impact that took most of its budget; the first one if several did."""
        return max(self.impacts, key=lambda impact: impact.budget_share or 0.0)

    @property
    def services(self) -> tuple[str, ...]:
        """The services concerned, in the order in which they moved."""
        return tuple(dict.fromkeys(impact.service for impact in self.impacts))
