"""The objective suggested by the past: the tightest common one that was met often enough, and would be again.

It must have been missed in at most a tenth of the last periods, and in at most a tenth of periods sampled from past
days in blocks of several days, since a bad day rarely comes alone. Nothing tighter than the current objective is
suggested while its budget burns or is used up, nor what would be missed in the newest period.
https://en.wikipedia.org/wiki/Bootstrapping_(statistics)#Block_bootstrap
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.judgement import COVERAGE_MIN
from dashboard.slo.objective import Slo
from dashboard.timerange import DAY
from dashboard.whatif.candidate import USUAL, has_objectives
from dashboard.whatif.past import Counted
from dashboard.whatif.periods import PeriodBudget, budgets

# Maximum share of missed periods.
MISSED_MAX = 0.1
# Days of a block, number of sampled periods, and seed, so that the result is reproducible.
BLOCK, DRAWN, SEED = 3, 1000, 20
# Probability of the interval.
INTERVAL = 0.9
# Minimum number of days for a suggestion; with fewer periods than this the suggestion is marked as uncertain.
DAYS_MIN, PERIODS_MIN = 7, 3
# With fewer allowed bad events per period, the result is due to chance.
EVENTS_MIN = 10.0
# Rounding error of sums of decimals: exactly spent is not overspent.
TOLERANCE = 1e-9


class Unknown(StrEnum):
    """Why there is no suggestion."""

    NO_DATA = "no_data"
    FEW_DAYS = "few_days"
    FEW_EVENTS = "few_events"
    WORSE_THAN_ALL = "worse_than_all"
    PARTS = "parts"


class Against(StrEnum):
    """Why the current objective is kept although a tighter one was met often enough."""

    BURNING = "burning"
    SPENT_NOW = "spent_now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The result of a common objective on the past.

    Attributes:
        missed: number of judged periods in which it was missed.
        chance: share of sampled periods in which it is missed, 0–1.
        spent_most: the largest share of its budget spent in a judged period; None without one.
        allowed: bad events allowed in a period with average traffic.
        spent_now: share of its budget spent in the newest period, over or not; None without events.
    """

    objective: float
    missed: int
    chance: float
    spent_most: float | None
    allowed: float
    spent_now: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """The suggestion from the past.

    Attributes:
        best: the suggested objective; None without one, with the reason in `unknown`.
        tighter: the next tighter one, which is not suggested; None if there is none.
        now: the current objective. `against`: why it is the best one although `tighter` was met often enough.
        periods: number of judged ones. `days`: number of days to sample from.
        low, high: 90 % interval of the SLI of a sampled period; None without data.
    """

    best: Tried | None = None
    tighter: Tried | None = None
    now: Tried | None = None
    periods: int = 0
    days: int = 0
    low: float | None = None
    high: float | None = None
    unknown: Unknown | None = None
    against: Against | None = None

    @property
    def is_sure(self) -> bool:
        """Whether there are enough past periods."""
        return self.periods >= PERIODS_MIN


def suggestion(
    slo: Slo, hours: Counted, at: float, *, usual: Sequence[float] = USUAL, is_burning: bool = False
) -> Suggestion:  # fmt: skip
    """The tightest common objective that was met in nine of ten past and sampled periods.

    Args:
        slo: with the window that defines periods. `hours`: its events. `at`: epoch seconds of now.
        usual: objectives to choose from, loosest first. `is_burning`: its budget burns now, or is used up.
    """
    days = _days(hours)
    # Each objective is tried on the same periods, so that a miss of the current one does not select them.
    every = [period for period in budgets(slo, hours, at) if period.valid > 0]
    periods = [period for period in every if period.is_whole]
    if not has_objectives(slo):
        return Suggestion(unknown=Unknown.PARTS)
    if len(days) < DAYS_MIN:
        is_known = bool((hours.values[:, VALID] > 0).any())
        return Suggestion(days=len(days), unknown=Unknown.FEW_DAYS if is_known else Unknown.NO_DATA)
    drawn = drawn_ratios(days, max(1, round(slo.window.nominal_s / DAY)))
    valid = float(days[:, VALID].mean()) * slo.window.nominal_s / DAY
    tried = [_tried(objective, periods, every[-1:], drawn, valid) for objective in (*usual, slo.objective)]
    low, high = (1 - np.quantile(drawn, [(1 + INTERVAL) / 2, (1 - INTERVAL) / 2])).tolist()
    known = Suggestion(now=tried.pop(), periods=len(periods), days=len(days), low=low, high=high)
    return _chosen(known, tried, is_burning=is_burning)


def _chosen(known: Suggestion, tried: Sequence[Tried], *, is_burning: bool) -> Suggestion:
    """The tightest one that may be suggested.

    Args:
        known: about the current objective. `tried`: loosest first. `is_burning`: the budget burns now, or is used up.
    """
    fit = [place for place, each in enumerate(tried) if is_fit(each, known.periods)]
    if not fit:
        few = all(each.allowed < EVENTS_MIN for each in tried)
        return replace(known, unknown=Unknown.FEW_EVENTS if few else Unknown.WORSE_THAN_ALL)
    best, now = fit[-1], known.now
    if now is not None and tried[best].objective > now.objective:
        kept = [place for place in fit if tried[place].objective > now.objective and not _is_spent_now(tried[place])]
        if is_burning or not kept:
            against = Against.BURNING if is_burning else Against.SPENT_NOW
            return replace(known, best=now, tighter=tried[best], against=against)
        best = kept[-1]
    return replace(known, best=tried[best], tighter=tried[best + 1] if best + 1 < len(tried) else None)


def is_fit(tried: Tried, periods: int) -> bool:
    """Whether an objective may be suggested; `periods`: number of judged ones."""
    is_rare = tried.missed <= MISSED_MAX * periods and tried.chance <= MISSED_MAX
    return is_rare and tried.allowed >= EVENTS_MIN


def _is_spent_now(tried: Tried) -> bool:
    return tried.spent_now is not None and tried.spent_now > 1 + TOLERANCE


def drawn_ratios(days: np.ndarray, length: int) -> np.ndarray:
    """Error ratios of periods sampled from days in blocks, shape (periods,); empty without valid events.

    Args:
        days: events of each, shape (days, 3). `length`: days of a period.
    """
    rng = np.random.default_rng(SEED)
    block = min(BLOCK, len(days))
    blocks = -(-length // block)
    begins = rng.integers(0, len(days), size=(DRAWN, blocks))
    # Circular, so that the first and the last days are sampled as often as the others.
    places = (begins[:, :, None] + np.arange(block)) % len(days)
    places = places.reshape(DRAWN, -1)[:, :length]
    bad, valid = days[places, BAD].sum(axis=1), days[places, VALID].sum(axis=1)
    ratios: np.ndarray = bad[valid > 0] / valid[valid > 0]
    return ratios


def _days(hours: Counted) -> np.ndarray:
    """Events of days that were mostly measured, back from the newest row, shape (days, 3)."""
    per_day = DAY // hours.step
    whole = len(hours.values) // per_day * per_day
    days = hours.values[len(hours.values) - whole :].reshape(-1, per_day, 3).sum(axis=1)
    measured: np.ndarray = days[(days[:, SECONDS] >= COVERAGE_MIN * DAY) & (days[:, VALID] > 0)]
    return measured


def _tried(
    objective: float,
    periods: Sequence[PeriodBudget],
    newest: Sequence[PeriodBudget],
    drawn: np.ndarray,
    valid: float,
) -> Tried:
    """The result of an objective on the past.

    Args:
        objective: target. `periods`: judged ones. `newest`: the newest one, if any. `drawn`: error ratios.
        valid: events of a period with average traffic.
    """
    # From the decimal text, as for the budget of an objective.
    budget = float(f"{1 - objective:.12g}")
    spent = [period.bad / (budget * period.valid) for period in periods]
    return Tried(
        objective=objective,
        missed=sum(share > 1 + TOLERANCE for share in spent),
        chance=float((drawn > budget * (1 + TOLERANCE)).mean()),
        spent_most=max(spent, default=None),
        allowed=budget * valid,
        spent_now=next((period.bad / (budget * period.valid) for period in newest), None),
    )
