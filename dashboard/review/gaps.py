"""Time of a period that does not count: without usable data, or excluded by people."""

from collections.abc import Iterable, Sequence

import numpy as np

from dashboard.review.counts import Counts
from dashboard.review.review import Gap
from dashboard.slo.event_rows import SECONDS
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.objective import Slo

# Rows with a lower measured share count as without usable data.
USABLE = 0.5
# The reason for exclusions without one.
MAINTENANCE = "maintenance"


def gaps(slo: Slo, counts: Counts, start: float, end: float, exclusions: Iterable[Exclusion]) -> tuple[Gap, ...]:
    """Time that counts neither as good nor as bad, in order.

    Args:
        slo: the objective. `counts`: of the period. `start`, `end`: epoch seconds of its past part.
        exclusions: maintenance.
    """
    excluded = [
        Gap(max(start, each.start), min(end, each.end), each.reason or MAINTENANCE)
        for each in exclusions
        if each.covers(slo) and each.start < end and each.end > start
    ]
    missing = (gap for gap in _missing(counts, start, end) if not _is_covered(gap, excluded))
    return tuple(sorted([*excluded, *missing], key=lambda gap: (gap.start, gap.end)))


def _missing(counts: Counts, start: float, end: float) -> list[Gap]:
    """Time of rows without usable data, and time without rows."""
    lengths = counts.ends - counts.starts
    usable = np.flatnonzero(counts.values[:, SECONDS] >= USABLE * lengths)
    begins = [*counts.starts[usable].tolist(), end]
    ends = [start, *counts.ends[usable].tolist()]
    return [Gap(since, until) for since, until in zip(ends, begins, strict=True) if until > since]


def _is_covered(gap: Gap, excluded: Sequence[Gap]) -> bool:
    """Whether more than half of a gap is maintenance, which explains it."""
    shared = sum(max(0.0, min(gap.end, part.end) - max(gap.start, part.start)) for part in excluded)
    return shared > (gap.end - gap.start) / 2
