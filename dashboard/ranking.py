"""Values of a label by the bad requests they had: which are worth showing, where there are thousands of them."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard import buckets


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Values that had requests, most bad requests first.

    Attributes:
        values: of the label. `bad`: bad requests of each over the span, shape (values,).
    """

    values: tuple[str, ...]
    bad: np.ndarray

    def beyond(self, shown: Collection[str]) -> "Ranking":
        """Those that are not shown."""
        places = [place for place, value in enumerate(self.values) if value not in shown]
        return Ranking(tuple(self.values[place] for place in places), self.bad[places])


def ranking(samples: pd.DataFrame, limit: float | None, step: int) -> Ranking:
    """All values at once: a table for each of thousands would take seconds.

    Args:
        samples: T rows, columns (value, measure, detail), each once; rates.
        limit: seconds beyond which a request is too slow; None without a threshold.
        step: seconds between two rows; 1 where the rows are counts.
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
    # By name at last: equal values must not change places at each refresh.
    places = [place for place in np.lexsort((values.to_numpy(dtype=str), -traffic, -bad)) if traffic[place] > 0]
    return Ranking(tuple(str(values[place]) for place in places), bad[places] * step)


class _Columns:
    """The columns of a frame by what they measure.

    Args:
        samples: T rows. `codes`: for each column the place of its value. `count`: of values.
    """

    def __init__(self, samples: pd.DataFrame, codes: np.ndarray, count: int) -> None:
        self._numbers, self._codes, self._count = samples.to_numpy(), codes, count
        self._measures, self._details = (samples.columns.get_level_values(level).to_numpy() for level in (1, 2))

    def of(self, measure: str, detail: str) -> np.ndarray:
        """One measure of all values, shape (T, values); NaN where it is not there."""
        here = np.flatnonzero((self._measures == measure) & (self._details == detail))
        numbers = np.full((len(self._numbers), self._count), np.nan)
        numbers[:, self._codes[here]] = self._numbers[:, here]
        return numbers
