"""An incident: a stretch in which budgets burned beyond what is usual, across all objectives that moved together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.anomaly.anomalies import Anomaly
from dashboard.incidents.context import Context


class Severity(StrEnum):
    """The most urgent of what an incident set off; `ANOMALY` cost budget, and no burn alert fired."""

    PAGE = "page"
    TICKET = "ticket"
    ANOMALY = "anomaly"


class Correctable(StrEnum):
    """What a person may say otherwise than it was derived; both are kept."""

    TITLE = "title"
    START = "start"
    END = "end"
    DETECTION = "detection"


@dataclass(frozen=True, slots=True)
class StepCounts:
    """Bad and valid events in steps of five minutes that begin at `start`, `start + step`, … in epoch seconds.

    A step in which nothing was measured has None in both.
    """

    start: float
    step: float = 300.0
    bad: tuple[float | None, ...] = ()
    valid: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What an incident cost one objective.

    Attributes:
        service, slo: names. `objective`: a share, 0–1. `window_s`: seconds of its window.
        severity: the most urgent alert of the objective that fired.
        start: epoch seconds of the first step that spends beyond the usual. `end`: None while it goes on.
        bad, valid: events from start to end, or until now. `usual_bad`: so many of the bad ones would have come anyway.
        seconds: in which the objective was missed.
        budget_share: of the error budget of its window, a fraction; None where that cannot be told.
        bad_before_detection: bad events before the first alert fired; None where none did.
        counts: from an hour before the start to an hour after the end, as far as they are known.
        kind: what the indicator measures, such as `availability`; empty where that is not known.
        limit: the bound that good events keep, as an objective has it; None without one.
        budget_left: the share of the budget of its window that was left at the end, or now, signed; None where unknown.
        detected_at: epoch seconds at which the first alert of the objective fired; None where none did.
        quiet_since: epoch seconds since when nothing is spent, of one that goes on; it is over when that lasts.
        is_cut: it stood out from the beginning of what is known, and may have begun before its start.
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
        """The share of events that were bad while it lasted, 0–1; None without any."""
        return self.bad / self.valid if self.valid > 0 else None


@dataclass(frozen=True, slots=True)
class Edge:
    """Requests from one service to another, as a service graph counts them, while the incident lasted."""

    caller: str
    callee: str
    requests: float
    failed: float | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Edges of the service graph from `start` until `end`, epoch seconds."""

    start: float
    end: float
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident; frozen, and equal to what is derived anew from the same data.

    Attributes:
        id: the same whenever, and by whichever replica, it is derived; letters, digits and hyphens.
        impacts: a row for each objective that is concerned; the one that moved first is the first.
        start, end: epoch seconds of the first and the last of them; `end` is None while one goes on.
        detected_at: when the first alert fired, ours or one of `ALERTS`; None where nobody was alerted.
        severity: the most urgent of all impacts.
        anomalies: of the services concerned, within the incident and the hour before.
        edges: of the service graph between services concerned, where there is one. Without, what moved together is
            told as that, never as caused.
        corrections: by people, the newest of each field: a text for the title, else epoch seconds as a text.
        is_frozen: it was closed and kept; the source may have forgotten it.
        context: what was known around it when it was kept; None before.
        aliases: ids that parts of it would have alone; some have been shown, as what belongs together is known later.
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
        """Whether it goes on."""
        return self.end is None

    @property
    def quiet_since(self) -> float | None:
        """Since when nothing is spent beyond the usual, of one that goes on, epoch seconds; None while something is."""
        moments = [impact.quiet_since for impact in self.impacts if impact.end is None]
        known = [moment for moment in moments if moment is not None]
        return max(known) if known and len(known) == len(moments) else None

    @property
    def is_cut(self) -> bool:
        """It may have begun before its start, which is only where what is known begins."""
        return any(impact.is_cut and impact.start <= self.start for impact in self.impacts)

    @property
    def service(self) -> str:
        """The service that moved first."""
        return self.impacts[0].service

    @property
    def main(self) -> Impact:
        """The impact that took most of its budget; of equal ones the first."""
        return max(self.impacts, key=lambda impact: impact.budget_share or 0.0)

    @property
    def services(self) -> tuple[str, ...]:
        """The services that are concerned, in the order in which they moved."""
        return tuple(dict.fromkeys(impact.service for impact in self.impacts))
