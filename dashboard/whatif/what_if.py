"""The result of a candidate on the past: budgets of the periods, alerts, and the effect on users."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.incidents.incident import Incident
from dashboard.slo.objective import Slo
from dashboard.slo.timeline import Line
from dashboard.timerange import HOUR
from dashboard.whatif import back_test
from dashboard.whatif.back_test import Fired
from dashboard.whatif.candidate import Candidate
from dashboard.whatif.past import Past
from dashboard.whatif.periods import PeriodBudget, budgets, course
from dashboard.whatif.suggestion import Suggestion
from dashboard.whatif.user_impact import UserImpact, user_impact

# Incidents begin with a step of five minutes.
BEFORE = 300.0


@dataclass(frozen=True, slots=True)
class BackTestedAlert:
    """An alert that would have fired, and the incident that explains it; `incident`: its id, empty without one."""

    fired: Fired
    incident: str


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """The result of a candidate.

    Attributes:
        candidate: the changes. `slo`: the objective with these changes.
        since, at: epoch seconds of the span in which alerts are evaluated.
        step: seconds of the rows that alerts are evaluated on.
        alerts: oldest first. `periods`: oldest first.
        course: the remaining budget of the window that ended at each time of the span.
    """

    candidate: Candidate
    slo: Slo
    since: float
    at: float
    step: int
    alerts: tuple[BackTestedAlert, ...]
    periods: tuple[PeriodBudget, ...]
    course: Line
    impact: UserImpact

    @property
    def unexplained(self) -> tuple[BackTestedAlert, ...]:
        """Alerts that no incident explains."""
        return tuple(alert for alert in self.alerts if not alert.incident)

    def number(self, severity: str) -> int:
        """How many alerts of a severity would have fired."""
        return sum(alert.fired.severity == severity for alert in self.alerts)


@dataclass(frozen=True, slots=True)
class BackTested:
    """An objective with all its candidates, the first being the current one.

    Attributes:
        error: why nothing was tried, one line; empty otherwise.
    """

    slo: Slo
    tried: tuple[WhatIf, ...] = ()
    suggestion: Suggestion | None = None
    error: str = ""


def what_if(slo: Slo, past: Past, candidate: Candidate, incidents: Sequence[Incident] = ()) -> WhatIf:
    """Compute the result of a candidate on the past.

    Args:
        slo: the current objective. `past`: its events. `candidate`: the changes.
        incidents: of its service.

    Raises:
        ValueError: the candidate cannot be tried; the message says what is possible.
    """
    changed = candidate.applied(slo)
    limit = candidate.limit if changed.limit != slo.limit else None
    rows, hours = past.rows(limit), past.reaching_back(limit)
    at = float(past.at)
    # For a young objective nothing is drawn before its first measurement, and its short past by the rows.
    is_young = rows.begin is not None and (hours.begin is None or hours.begin >= rows.begin - HOUR)
    since = min(max(past.since, float(rows.begin or 0.0)), at)
    alerts = back_test.fired(changed, rows, since)
    return WhatIf(
        candidate,
        changed,
        since,
        at,
        rows.step,
        tuple(BackTestedAlert(alert, _explanation(alert, slo.service, incidents)) for alert in alerts),
        budgets(changed, hours, at),
        course(changed, rows if is_young else hours, since, at),
        user_impact(changed, rows, since),
    )


def _explanation(alert: Fired, service: str, incidents: Sequence[Incident]) -> str:
    """The id of the incident of a service in which an alert began; empty without one."""
    for incident in incidents:
        # A rule may start firing as long as its short window still contains the end of the incident.
        ends = float("inf") if incident.end is None else incident.end + alert.rule.row.short_s
        if service in incident.services and incident.start - BEFORE <= alert.start <= ends:
            return incident.id
    return ""
