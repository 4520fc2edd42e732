"""When the gate's answer about one objective will change, as far as that can be predicted.

The remaining budget is extrapolated with the burn rate of the forecast on the pages, while old failures leave a rolling
window. A burn is assumed to end now, so that its short window is empty after its length.
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
    """Why the answer changes."""

    BURN_ENDS = "burn_ends"
    RECOVERS = "recovers"
    NEW_PERIOD = "new_period"
    SPENT = "spent"
    EXCEPTION_BEGINS = "exception_begins"
    EXCEPTION_ENDS = "exception_ends"


@dataclass(frozen=True, slots=True)
class Turn:
    """A time (epoch seconds) at which the answer changes, and why.

    Attributes:
        rate: the extrapolated burn rate; None if there is none.
        limit: the share of the budget that is crossed; None if there is none.
    """

    at: float
    cause: TurnCause
    rate: float | None = None
    limit: float | None = None


def turn(standing: Standing, reason: Reason, ledger_view: LedgerView) -> Turn | None:
    """When the answer about an objective will change; None if that cannot be predicted.

    Args:
        standing: its standing. `reason`: what the release is for. `ledger_view`: the events it was judged by.
    """
    match standing.verdict(reason):
        case Verdict.UNKNOWN:
            return None
        case Verdict.HOLD:
            return _release(standing, reason, ledger_view)
        case Verdict.GO:
            return _hold(standing, reason, ledger_view)


def _release(standing: Standing, reason: Reason, ledger_view: LedgerView) -> Turn | None:
    """When a held release may go ahead: by itself, or because an exception begins earlier."""
    turns = [_by_itself(standing, reason, ledger_view), *map(_beginning, _to_come(standing))]
    return min(filter(None, turns), key=lambda turn: turn.at, default=None)


def _to_come(standing: Standing) -> list[PolicyException]:
    burning = standing.basis is Rule.BURNING
    return [each for each in standing.exceptions if each.begins > standing.at and (each.even_burning or not burning)]


def _beginning(exception: PolicyException) -> Turn:
    return Turn(exception.begins, TurnCause.EXCEPTION_BEGINS)


def _by_itself(standing: Standing, reason: Reason, ledger_view: LedgerView) -> Turn | None:
    """When the policy allows what it holds now, without exceptions."""
    burn_ends = _burn_ends(standing)
    if reason is Reason.FIX or not _is_frozen_by_budget(standing):
        return burn_ends
    # The burn is over by then, while the forecast's rate is that of the burn.
    recovery = _recovery(standing, ledger_view, is_quiet=burn_ends is None)
    return max((burn_ends, recovery), key=lambda each: each.at) if burn_ends and recovery else recovery


def _burn_ends(standing: Standing) -> Turn | None:
    """When the short windows of all alerts that freeze everything have passed; None if nothing burns."""
    rows = [alert.rule.row for alert in standing.report.alerts if alert.firing]
    shorts = [row.short_s for row in rows if row.severity in standing.limits.burning]
    return Turn(standing.report.at + max(shorts), TurnCause.BURN_ENDS) if shorts else None


def _is_frozen_by_budget(standing: Standing) -> bool:
    left = standing.report.judged_remaining
    return left is not None and is_at_most(left, standing.limits.freeze_features)


def _recovery(standing: Standing, ledger_view: LedgerView, *, is_quiet: bool) -> Turn | None:
    """When enough budget remains for features again; `is_quiet`: the rate of the forecast continues."""
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
    """When an allowed release will be held: an exception ends, or too little budget remains."""
    if standing.exception is not None:
        return _exception_ends(standing, reason, ledger_view)
    # Fixes are only held by a burn, whose start nobody can predict.
    return None if reason is Reason.FIX else _spent(standing, ledger_view)


def _exception_ends(standing: Standing, reason: Reason, ledger_view: LedgerView) -> Turn | None:
    if reason is Reason.FIX and standing.basis is not Rule.BURNING:
        return None
    end, released = _last_end(standing), _by_itself(standing, reason, ledger_view)
    is_frozen_then = released is None or released.at > end
    return Turn(end, TurnCause.EXCEPTION_ENDS) if is_frozen_then else None


def _last_end(standing: Standing) -> float:
    """When a gapless sequence of exceptions ends."""
    assert standing.exception is not None, "one holds"
    end, burning = standing.exception.until, standing.basis is Rule.BURNING
    while following := holding(standing.exceptions, end, burning=burning):
        end = following.until
    return end


def _spent(standing: Standing, ledger_view: LedgerView) -> Turn | None:
    """When so little remains that features are held, if the rate of the forecast continues."""
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
    """Seconds until a share of the budget is crossed; None if that never happens.

    Args:
        report: the objective. `ledger_view`: its events. `rate`: the burn rate to extrapolate.
        reaches_one: a function of the spent shares (shape (moments, 1)) that is 1 at the crossing.
    """
    try:
        column = ledger_view.column(report.slo)
    except ValueError:
        return None
    moments, spent = spent_ahead(report, ledger_view.hours, column, (rate,))
    seconds = float(first_above(reaches_one(spent), moments)[0])
    return None if np.isnan(seconds) else seconds


def _so_far(report: SloReport, rate: float, limit: float) -> float | None:
    """Seconds until a share is crossed, for a budget that grows with the events of its period; None if never.

    Of the elapsed time T the share s was spent; with a rate B, (s·T + B·τ) ÷ (T + τ) = 1 − limit gives τ.

    Args:
        report: the objective. `rate`: the burn rate to extrapolate. `limit`: the share of the budget.
    """
    elapsed, allowed, spent = report.at - report.start, 1 - limit, report.spent or 0.0
    if rate == allowed:
        return None
    seconds = elapsed * (allowed - spent) / (rate - allowed)
    return seconds if seconds > 0 else None
