"""Values for past hours: events of an objective, and requests of a service by latency bucket."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from dashboard.slo.event_rows import Rows
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR


@dataclass(frozen=True, slots=True, eq=False)
class ObjectiveHours:
    """Hours of one objective, evenly spaced, without a gap: an unknown hour has 0 seconds measured.

    Attributes:
        slo: the objective as it is now.
        rows: one objective, shape (hours, 1, 3): bad events, valid events, seconds measured. `rows.sums` cuts hours;
            `rows.partial` marks those for which the source's answer was partial. The current hour holds its events so
                far.
        objectives: the objective (0–1) that was valid in each hour, shape (hours,).
        limits: the threshold that was valid in each hour, as `Slo.limit`, shape (hours,); NaN without one.
        begin: epoch seconds at which the first measured hour begins, among all known hours and not only these; None if
            nothing is known.
        is_imported: which hours come from a file that somebody imported, shape (hours,); None: none of them.
    """

    slo: Slo
    rows: Rows
    objectives: np.ndarray
    limits: np.ndarray
    begin: float | None
    is_imported: np.ndarray | None = None

    @property
    def budgets(self) -> np.ndarray:
        """The share of valid events (0–1) that could have been bad in each hour, shape (hours,)."""
        # Computed from the decimal text, as in `Slo.budget`: 1 - 0.999 is 0.001.
        known = {share: float(1 - Decimal(repr(share))) for share in np.unique(self.objectives).tolist()}
        return np.array([known[share] for share in self.objectives.tolist()])


@dataclass(frozen=True, slots=True, eq=False)
class LatencyHours:
    """Requests of a service by duration, in each hour.

    Attributes:
        service: its name.
        ends: epoch seconds at which the hours end, shape (hours,), evenly spaced.
        bounds: of the buckets, ascending, seconds, shape (bounds,); the last one is infinite. Empty without buckets.
        counts: successful requests at or under each bound, shape (hours, bounds); NaN if nothing was measured.
    """

    service: str
    ends: np.ndarray
    bounds: np.ndarray
    counts: np.ndarray

    @property
    def begin(self) -> float | None:
        """Epoch seconds at which the first measured one of these hours begins; None if none was measured."""
        measured = np.flatnonzero((~np.isnan(self.counts)).any(axis=1))
        return float(self.ends[measured[0]] - HOUR) if len(measured) else None
