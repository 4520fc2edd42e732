"""The SLA of an objective: whether it is met, the credit owed, and the distance to the next credit."""

from dataclasses import replace
from decimal import Decimal

from dashboard.slo.judgement import MeasuredTime
from dashboard.slo.objective import Sla
from dashboard.slo.report import SlaReport


def sla_report(sla: Sla, *, bad: float, valid: float, measured: MeasuredTime) -> SlaReport:
    """The SLA over a window.

    Args:
        sla: the agreement.
        bad, valid: events of the window; `valid` is above 0. `measured`: time of the window.
    """
    sli = 1 - bad / valid
    owed = min((credit for credit in sla.credits if sli < credit.below), key=lambda credit: credit.below, default=None)
    allowed = _error_ratio(sla.objective) * valid
    met = measured.is_met(bad, allowed)
    # What is not known to be missed is not known to be owed either.
    credit = None if owed is None or met is None else owed.credit
    report = SlaReport(sla.objective, 1 - bad / allowed, met, credit)
    # The next credit is the smallest that is not owed yet.
    kept = [credit for credit in sla.credits if sli >= credit.below]
    following = max(kept, key=lambda credit: credit.below, default=None)
    if following is None:
        return report
    failures = max(0.0, _error_ratio(following.below) * valid - bad)
    return replace(report, next_credit=following.credit, next_below=following.below, next_events=failures)


def _error_ratio(sli: float) -> float:
    """The share of bad events at an SLI, from its decimal text."""
    return float(1 - Decimal(repr(sli)))
