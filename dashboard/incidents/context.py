"""What was known around an incident when it was over: its source forgets changes and alerts, too."""

from dataclasses import dataclass

from dashboard.alerts.alert import AlertRule
from dashboard.changes.known import KnownChange
from dashboard.oncall.explanation import Explanation
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.oncall.suspect import Suspect

# Changes and alerts of so many seconds before the start may have to do with it.
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
        service: its name. `bad`: which events are bad. `spans`: the explained one and the one it is compared with.
        explanation: what the additional bad events have in common.
        unused: labels that were not combined with others, each with the reason.
    """

    service: str
    bad: BadEvents
    spans: Spans
    explanation: Explanation
    unused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What is told beside an incident.

    Attributes:
        changes: of the services concerned, from an hour before the start to the end, in their order.
        alerts: of others that fired for them meanwhile, the first one of each rule and service.
        suspects: what may have caused it, the most likely first.
        spending: what spent the budget of the objective that it cost most; None where that was never told.
    """

    changes: tuple[KnownChange, ...] = ()
    alerts: tuple[FiredAlert, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    spending: Spending | None = None
