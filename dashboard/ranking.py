"""Ranks the values of a label by bad requests, to decide which of thousands are worth showing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard import buckets

# How many values are listed. Some more are fetched, because the order changes occasionally, and for a value that was
# not fetched before, its whole past has to be fetched.
LISTED, FETCHED = 30, 40


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Values with requests, most bad requests first.

    Attributes:
        values: of the label. `bad`: bad requests of each in the span, shape (values,).
        queries: number of queries needed.
    """

    values: tuple[str, ...]
    bad: np.ndarray
    queries: int = 0

    @classmethod
    def of(cls, values: Sequence[str], bad: Sequence[float], traffic: Sequence[float], queries: int = 0) -> "Ranking":
        """Sort values and drop those without requests.

        Args:
            values: of the label. `bad`, `traffic`: of each. `queries`: number of queries needed.
        """
        # Ties are broken by name, so that equal values do not swap places at each refresh.
        rows = sorted(zip((-count for count in bad), (-rate for rate in traffic), values, strict=True))
        kept = [(value, -less) for less, least, value in rows if least < 0]
        return cls(tuple(value for value, _ in kept), np.array([count for _, count in kept], dtype=float), queries)

    @classmethod
    def empty(cls) -> "Ranking":
        """A ranking without values."""
        return cls((), np.empty(0))

    def followed_by(self, others: "Ranking") -> "Ranking":
        """This ranking followed by another with different values."""
        return Ranking((*self.values, *others.values), np.concatenate([self.bad, others.bad]))

    def beyond(self, shown: Collection[str]) -> "Ranking":
        """The values that are not shown."""
        places = [place for place, value in enumerate(self.values) if value not in shown]
        return Ranking(tuple(self.values[place] for place in places), self.bad[places])


def ranking(samples: pd.DataFrame, limit: float | None, step: int) -> Ranking:
    """Rank all values at once: a frame for each of thousands would take seconds.

    Args:
        samples: T rows, columns (value, measure, detail), each once; rates.
        limit: seconds above which a request is too slow; None without a threshold.
        step: seconds between two rows; 1 if the rows are counts.
    """
    codes, values = pd.factorize(samples.columns.get_level_values(0))
    columns = _Columns(samples, codes, len(values))
    requests = columns.of("requests", "")
    bad = np.nan_to_num(columns.of("errors", "server")).sum(axis=0)
    if limit is not None:
        slow = np.maximum(columns.of("latency", "inf") - columns.of("latency", buckets.bound_text(limit)), 0)
        bad = bad + np.nan_to_num(slow).sum(axis=0)
    measured = np.maximum((~np.isnan(requests)).sum(axis=0), 1)
    traffic = np.nan_to_num(requests).sum(axis=0) / measured
    return Ranking.of(values.to_list(), (bad * step).tolist(), traffic.tolist())


class _Columns:
    """The columns of a frame by measure.

    Args:
        samples: T rows. `codes`: position of each column's value. `count`: number of values.
    """

    def __init__(self, samples: pd.DataFrame, codes: np.ndarray, count: int) -> None:
        self._numbers, self._codes, self._count = samples.to_numpy(), codes, count
        self._measures, self._details = (samples.columns.get_level_values(level).to_numpy() for level in (1, 2))

    def of(self, measure: str, detail: str) -> np.ndarray:
        """One measure of all values, shape (T, values); NaN where it is missing."""
        here = np.flatnonzero((self._measures == measure) & (self._details == detail))
        numbers = np.full((len(self._numbers), self._count), np.nan)
        numbers[:, self._codes[here]] = self._numbers[:, here]
        return numbers
