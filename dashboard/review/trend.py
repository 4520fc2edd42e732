"""Whether the used share of a budget grows or falls from period to period."""

from collections.abc import Sequence
from itertools import combinations

from dashboard.review.review import Trend

# Kendall's S that this many values reach by chance in at most 5 % of cases, one-sided:
# https://en.wikipedia.org/wiki/Kendall_rank_correlation_coefficient
LIMITS = {4: 6, 5: 8, 6: 11}
# Smaller differences, as a share of the budget, are not reported.
DIFFERENCE_MIN = 0.1


def trend(spent: Sequence[float | None]) -> Trend:
    """The trend of the used share of the budget over some periods, oldest first; None means no data."""
    known = [share for share in spent if share is not None][-max(LIMITS) :]
    limit = LIMITS.get(len(known))
    if limit is None or abs(known[-1] - known[0]) < DIFFERENCE_MIN:
        return Trend.STEADY
    score = sum((later > earlier) - (later < earlier) for earlier, later in combinations(known, 2))
    if abs(score) < limit:
        return Trend.STEADY
    return Trend.WORSE if score > 0 else Trend.BETTER
