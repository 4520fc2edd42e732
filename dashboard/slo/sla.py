"""The SLA of an objective: whether it is met, the credit owed, and the distance to the next credit."""

from dataclasses import replace
from decimal import Decimal

from dashboard.slo.budget import TOLERANCE
from dashboard.slo.objective import Sla
from dashboard.slo.report import SlaReport


def sla_report(sla: Sla, *, bad: float, valid: float) -> SlaReport:
    """The SLA over a window.

    Args:
        sla: the agreement.
        bad, valid: events of the window; `valid` is above 0.
    """
    sli = 1 - bad / valid
    owed = min((credit for credit in sla.credits if sli < credit.below), key=lambda credit: credit.below, default=None)
    left = 1 - bad / (_error_ratio(sla.objective) * valid)
    report = SlaReport(sla.objective, left, left >= -TOLERANCE, owed.credit if owed is not None else None)
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
