"""When the gate's answer about one objective would be another one, by what can be foreseen.

What is left is continued at the burn rate of the forecast that pages show, while old failures leave a rolling window; a
burn is taken to end now, so that its short window is empty when that has passed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from dashboard.gate.policy import PolicyException, holding, is_at_most
from dashboard.gate.standing import Reason, Rule, Standing, Verdict
from dashboard.slo.forecast import first_above, spent_ahead
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.report import SloReport


class TurnCause(StrEnum):
    """Why the answer turns."""

    BURN_ENDS = "burn_ends"
    RECOVERS = "recovers"
    NEW_PERIOD = "new_period"
    SPENT = "spent"
    EXCEPTION_BEGINS = "exception_begins"
    EXCEPTION_ENDS = "exception_ends"


@dataclass(frozen=True, slots=True)
class Turn:
    """A moment (epoch seconds) at which the answer turns, and why.

    Attributes:
        rate: the burn rate that is taken to continue; None where none is.
        limit: the share of the budget that is crossed; None where none is.
    """

    at: float
    cause: TurnCause
    rate: float | None = None
    limit: float | None = None


def turn(standing: Standing, reason: Reason, ledger_view: LedgerView) -> Turn | None:
    """When the answer about an objective turns; None where that cannot be foreseen.

    Args:
        standing: how it stands. `reason`: what the release is for. `ledger_view`: the events it was judged by.
    """
    match standing.verdict(reason):
        case Verdict.UNKNOWN:
            return None
        case Verdict.HOLD:
            return _release(standing, reason, ledger_view)
        case Verdict.GO:
            return _hold(standing, reason, ledger_view)


def _release(standing: Standing, reason: Reason, ledger_view: LedgerView) -> Turn | None:
    """When what is held up may go: by itself, or because an exception begins before that."""
    turns = [_by_itself(standing, reason, ledger_view), *map(_beginning, _to_come(standing))]
    return min(filter(None, turns), key=lambda turn: turn.at, default=None)


def _to_come(standing: Standing) -> list[PolicyException]:
    burning = standing.basis is Rule.BURNING
    return [each for each in standing.exceptions if each.begins > standing.at and (each.even_burning or not burning)]


def _beginning(exception: PolicyException) -> Turn:
    return Turn(exception.begins, TurnCause.EXCEPTION_BEGINS)


def _by_itself(standing: Standing, reason: Reason, ledger_view: LedgerView) -> Turn | None:
    """When the policy lets go what it holds up, without any exception."""
    burn_ends = _burn_ends(standing)
    if reason is Reason.FIX or not _is_frozen_by_budget(standing):
        return burn_ends
    # What burned is over by then: the forecast's rate is that of the burn.
    recovery = _recovery(standing, ledger_view, is_quiet=burn_ends is None)
    return max((burn_ends, recovery), key=lambda each: each.at) if burn_ends and recovery else recovery


def _burn_ends(standing: Standing) -> Turn | None:
    """When the short windows of all alerts that freeze everything have passed; None where nothing burns."""
    rows = [alert.rule.row for alert in standing.report.alerts if alert.firing]
    shorts = [row.short_s for row in rows if row.severity in standing.limits.burning]
    return Turn(standing.report.at + max(shorts), TurnCause.BURN_ENDS) if shorts else None


def _is_frozen_by_budget(standing: Standing) -> bool:
    left = standing.report.judged_remaining
    return left is not None and is_at_most(left, standing.limits.freeze_features)


def _recovery(standing: Standing, ledger_view: LedgerView, *, is_quiet: bool) -> Turn | None:
    """When so much is left again that features may go; `is_quiet`: the rate of the forecast goes on."""
    report, limit = standing.report, standing.limits.freeze_features
    rate = _rate(report) if is_quiet else 0.0
    if not report.is_period:
        seconds = _crossing(report, ledger_view, rate, lambda spent: 2 - limit - spent)
        return None if seconds is None else Turn(report.at + seconds, TurnCause.RECOVERS, rate, limit)
    seconds = _so_far(report, rate, limit) if report.is_extrapolated else None
    if seconds is None or report.at + seconds >= report.end:
        return Turn(report.end, TurnCause.NEW_PERIOD)
    return Turn(report.at + seconds, TurnCause.RECOVERS, rate, limit)


def _hold(standing: Standing, reason: Reason, ledger_view: LedgerView) -> Turn | None:
    """When what may go is held up: an exception is over, or too little of the budget is left."""
    if standing.exception is not None:
        return _exception_ends(standing, reason, ledger_view)
    # For fixes only a burn holds up, and nobody knows when one begins.
    return None if reason is Reason.FIX else _spent(standing, ledger_view)


def _exception_ends(standing: Standing, reason: Reason, ledger_view: LedgerView) -> Turn | None:
    if reason is Reason.FIX and standing.basis is not Rule.BURNING:
        return None
    end, released = _last_end(standing), _by_itself(standing, reason, ledger_view)
    is_frozen_then = released is None or released.at > end
    return Turn(end, TurnCause.EXCEPTION_ENDS) if is_frozen_then else None


def _last_end(standing: Standing) -> float:
    """When exceptions that follow one another without a gap are over."""
    assert standing.exception is not None, "one holds"
    end, burning = standing.exception.until, standing.basis is Rule.BURNING
    while following := holding(standing.exceptions, end, burning=burning):
        end = following.until
    return end


def _spent(standing: Standing, ledger_view: LedgerView) -> Turn | None:
    """When so little is left that features are held up, if the rate of the forecast goes on."""
    report, limit = standing.report, standing.limits.freeze_features
    rate = _rate(report)
    if report.is_extrapolated:
        seconds = _so_far(report, rate, limit)
    else:
        seconds = _crossing(report, ledger_view, rate, lambda spent: spent + limit)
    if seconds is None or (report.is_period and report.at + seconds >= report.end):
        return None
    return Turn(report.at + seconds, TurnCause.SPENT, rate, limit)


def _rate(report: SloReport) -> float:
    return 0.0 if report.exhaustion is None else report.exhaustion.rate


def _crossing(
    report: SloReport, ledger_view: LedgerView, rate: float, reaches_one: Callable[[np.ndarray], np.ndarray]
) -> float | None:
    """Seconds until a share of the budget is crossed; None where that does not happen.

    Args:
        report: the objective. `ledger_view`: its events. `rate`: the burn rate that continues.
        reaches_one: of the shares spent (shape (moments, 1)) what is 1 when the share is crossed.
    """
    try:
        column = ledger_view.column(report.slo)
    except ValueError:
        return None
    moments, spent = spent_ahead(report, ledger_view.hours, column, (rate,))
    seconds = float(first_above(reaches_one(spent), moments)[0])
    return None if np.isnan(seconds) else seconds


def _so_far(report: SloReport, rate: float, limit: float) -> float | None:
    """Seconds until a share is crossed of a budget that grows with the events of its period; None where it is not.

    Of the elapsed T the share s was spent; with a rate B, (s·T + B·τ) ÷ (T + τ) = 1 − limit gives τ.

    Args:
        report: the objective. `rate`: the burn rate that continues. `limit`: the share of the budget.
    """
    elapsed, allowed, spent = report.at - report.start, 1 - limit, report.spent or 0.0
    if rate == allowed:
        return None
    seconds = elapsed * (allowed - spent) / (rate - allowed)
    return seconds if seconds > 0 else None
