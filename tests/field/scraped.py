"""What was scraped of one counter or native histogram, and how it is written to a server."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from tests import remote_write

Labels = Mapping[str, str]
# What tells a series from others.
SeriesKey = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Layout:
    """Which buckets of a native histogram hold anything.

    Attributes:
        schema: 2^schema buckets lie between two powers of two. `places`: index of each bucket, ascending.
        has_zero: what lies in the first of them is counted in the zero bucket instead.
    """

    schema: int
    places: tuple[int, ...]
    has_zero: bool = False

    def histograms(self, times: np.ndarray, rows: np.ndarray) -> Iterator[bytes]:
        """A message for each moment in epoch milliseconds; `rows`: events by bucket, shape (moments, buckets)."""
        first = self.places[0]
        every = np.zeros((len(rows), self.places[-1] - first + 1), dtype=np.int64)
        every[:, np.array(self.places) - first] = rows
        zero = every[:, 0].copy() if self.has_zero else np.zeros(len(rows), dtype=np.int64)
        every[:, 0] -= zero
        for time, counts, of_zero in zip(times.tolist(), every.tolist(), zero.tolist(), strict=True):
            yield remote_write.Histogram(time / 1000, first, counts, of_zero, self.schema).message()


@dataclass(frozen=True, eq=False)
class Scraped:
    """One counter as it was scraped.

    Attributes:
        metric, labels: its name. `scrape`: seconds between two samples.
        times, values: epoch milliseconds and totals of its samples.
        rows: of a native histogram, or a part of one, all that it holds by bucket, shape (samples, buckets).
        layout: of the native histogram that it is.
        is_written: it is a series; what is only a part of one is not.
    """

    metric: str
    labels: Labels
    times: np.ndarray
    values: np.ndarray
    scrape: int
    rows: np.ndarray | None = None
    layout: Layout | None = None
    is_written: bool = True

    @property
    def key(self) -> SeriesKey:
        """Its metric and sorted labels."""
        return self.metric, tuple(sorted(self.labels.items()))

    @property
    def falls(self) -> np.ndarray:
        """Which samples but the first are below the one before; a histogram falls with any of its buckets."""
        if self.rows is None:
            below: np.ndarray = np.diff(self.values) < 0
            return below
        of_any: np.ndarray = (np.diff(self.rows, axis=0) < 0).any(axis=1)
        return of_any

    def part(self, there: np.ndarray) -> Self:
        """Some of its samples."""
        rows = None if self.rows is None else self.rows[there]
        return replace(self, times=self.times[there], values=self.values[there], rows=rows)

    def followed_by(self, other: Self) -> Self:
        """It and what another program wrote to the same series later."""
        times, values = np.append(self.times, other.times), np.append(self.values, other.values)
        rows = None if self.rows is None or other.rows is None else np.concatenate([self.rows, other.rows])
        return replace(self, times=times, values=values, rows=rows)

    def message(self) -> bytes:
        """Its samples, of which each Prometheus of a pair has all."""
        if self.layout is None or self.rows is None:
            return remote_write.encoded_samples(self.times, self.values)
        return remote_write.encoded_histograms(self.layout.histograms(self.times, self.rows))
