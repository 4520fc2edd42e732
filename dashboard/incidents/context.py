"""What was known around an incident when it ended, because sources forget changes and alerts."""

from dataclasses import dataclass

from dashboard.alerts.alert import AlertRule
from dashboard.changes.known import KnownChange
from dashboard.oncall.explanation import Explanation
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.oncall.suspect import Suspect

# Changes and alerts within this many seconds before the start may be related.
BEFORE_S = 3600.0


@dataclass(frozen=True, slots=True)
class FiredAlert:
    """An alert that fired: its rule, the service, and epoch seconds; `end` is None while it fires."""

    rule: AlertRule
    service: str
    start: float
    end: float | None


@dataclass(frozen=True, slots=True)
class Spending:
    """What spent the budget.

    Attributes:
        service: its name. `bad`: which events are bad. `spans`: the explained span and the one it was compared with.
        explanation: what the additional bad events have in common.
        unused: labels that were not combined with others, with the reason.
    """

    service: str
    bad: BadEvents
    spans: Spans
    explanation: Explanation
    unused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What is shown beside an incident.

    Attributes:
        changes: of the services concerned, from an hour before the start to the end, in order.
        alerts: from other tools that fired for them meanwhile, the first one of each rule and service.
        suspects: possible causes, most likely first.
        spending: what spent the budget of the objective that it cost most; None if unknown.
    """

    changes: tuple[KnownChange, ...] = ()
    alerts: tuple[FiredAlert, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    spending: Spending | None = None
