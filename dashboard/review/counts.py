"""Events of one objective in rows aligned with periods, and the allowed number in each."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np

from dashboard.review.review import Held
from dashboard.slo.event_rows import BAD, SECONDS, VALID


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Rows in order of time, without overlaps; most are whole hours.

    Attributes:
        starts, ends: epoch seconds, shape (rows,).
        values: shape (rows, 3): bad events, valid events, seconds measured; 0 without data.
        objectives: the objective in force in each row, 0–1, shape (rows,).
        limits: the limit in force in each, as `Slo.limit`; NaN without one.
    """

    starts: np.ndarray
    ends: np.ndarray
    values: np.ndarray
    objectives: np.ndarray
    limits: np.ndarray

    def within(self, start: float, end: float) -> "Counts":
        """Rows that start at `start` or later and end by `end`, epoch seconds."""
        first = int(np.searchsorted(self.starts, start))
        last = int(np.searchsorted(self.ends, end, side="right"))
        rows = slice(first, max(first, last))
        return Counts(self.starts[rows], self.ends[rows], self.values[rows], self.objectives[rows], self.limits[rows])

    @property
    def bad(self) -> float:
        """Bad events of all rows."""
        return float(self.values[:, BAD].sum())

    @property
    def valid(self) -> float:
        """Valid events of all rows."""
        return float(self.values[:, VALID].sum())

    @property
    def measured_s(self) -> float:
        """Seconds that were measured."""
        return float(self.values[:, SECONDS].sum())

    @property
    def allowed(self) -> float:
        """Allowed bad events: budget × valid events, for each objective while it was in force."""
        valid = self.values[:, VALID]
        # Sums first: one product for each objective, as for the budget of a window.
        return sum(
            budget_of(objective) * float(valid[self.objectives == objective].sum())
            for objective in np.unique(self.objectives).tolist()
        )

    @property
    def spent(self) -> float | None:
        """Bad events as a share of the allowed ones; None without valid events."""
        allowed = self.allowed
        return self.bad / allowed if allowed > 0 else None

    def held(self) -> Iterator[Held]:
        """The objectives in force, one after the other, each with the events of its time."""
        if not len(self.starts):
            return
        terms = np.column_stack([self.objectives, np.nan_to_num(self.limits, nan=-1.0)])
        # What was in force in hours without data is not known: it changes with the hours that have some.
        known = np.flatnonzero(self.values[:, SECONDS] > 0)
        changes = known[1:][(terms[known[1:]] != terms[known[:-1]]).any(axis=1)]
        edges = [0, *changes.tolist(), len(self.starts)]
        for first, last in pairwise(edges):
            row = first + int(np.argmax(self.values[first:last, SECONDS] > 0))
            limit = float(self.limits[row])
            yield Held(
                start=float(self.starts[first]),
                end=float(self.ends[last - 1]),
                objective=float(self.objectives[row]),
                limit=None if np.isnan(limit) else limit,
                bad=float(self.values[first:last, BAD].sum()),
                valid=float(self.values[first:last, VALID].sum()),
            )


def budget_of(objective: float) -> float:
    """The error budget of an objective, from its decimal text, as in `Slo.budget`."""
    return float(1 - Decimal(repr(objective)))
