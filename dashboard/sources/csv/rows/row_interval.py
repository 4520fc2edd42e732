"""Determines the interval between rows of one series."""

import math
from collections.abc import Container, Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from dashboard.sources.csv.rows.rows import DEFAULT_INTERVAL, ChunkRows
from dashboard.sources.csv.tables.column_spans import EARLY_OR_LATE
from dashboard.timerange import DAY, HOUR

# Number of rows and services that suffice to determine the interval.
INTERVAL_ROWS, INTERVAL_SERVICES = 10_000, 5
NEWEST_TIMES = 500
# Minimum number of steps to detect early or late rows.
SURE_STEPS = 3
# Usual intervals in seconds.
USUAL_INTERVALS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR,
                   6 * HOUR, 8 * HOUR, 12 * HOUR, DAY)  # fmt: skip
# Maximum factor by which a table's interval may be shorter than the shortest one of its rows, to be a common divisor.
FINER = 4


@dataclass(frozen=True, slots=True)
class RowInterval:
    """The interval between rows of a chunk.

    Attributes:
        seconds: between two rows of the series with the most rows; None if each has only one.
        common: common divisor of all intervals, in seconds. `is_sure`: there were enough rows.
    """

    seconds: int | None = None
    common: int | None = None
    is_sure: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Times:
    """Times of accepted rows of a chunk, with their services and series, each of shape (rows,)."""

    time: np.ndarray
    service: np.ndarray
    series: np.ndarray | None

    @classmethod
    def of(cls, rows: ChunkRows, places: slice | np.ndarray) -> "_Times":
        kept = ~rows.refused[places]
        series = None if rows.series is None else rows.series[places][kept]
        return cls(rows.time[places][kept], rows.service[places][kept], series)

    def series_of(self, service: int) -> list[int]:
        """The series of a service, ascending; `service`: its code."""
        if self.series is None:
            return [0] if (self.service == service).any() else []
        series: list[int] = np.unique(self.series[self.service == service]).tolist()
        return series

    def of_series(self, service: int, series: int) -> np.ndarray:
        """Times of one series in epoch seconds; `service`: its code."""
        own = self.service == service
        if self.series is not None:
            own &= self.series == np.uint64(series)
        times: np.ndarray = self.time[own]
        return times


def row_interval(
    rows: ChunkRows, newest_times: dict[tuple[str, int], np.ndarray], *, without: Container[str] = ()
) -> RowInterval:  # fmt: skip
    """The usual interval between two rows of one series.

    Args:
        rows: of a chunk.
        newest_times: (service, series) → its newest times in earlier chunks, in epoch seconds; updated.
        without: services to ignore.
    """
    # Interval → number of steps of the series with the most of them.
    steps_of: dict[int, int] = {}
    # Interleaved or followed files overlap in their newest rows: the last of one file, and the first of another.
    is_long = len(rows.time) > 2 * INTERVAL_ROWS
    whole: _Times | None = None
    sample = _Times.of(rows, np.r_[:INTERVAL_ROWS, -INTERVAL_ROWS:0] if is_long else slice(None))
    names = ((code, name) for code, name in enumerate(map(str, rows.services)) if name not in without)
    for code, name in islice(names, INTERVAL_SERVICES):
        for text in sample.series_of(code)[:INTERVAL_SERVICES]:
            key = (name, text)
            # If rows arrive one by one, or in several files, the previous ones are in earlier chunks.
            known = newest_times.get(key, rows.time[:0])
            times = np.unique(np.append(known, sample.of_series(code, text)))
            if is_long and len(times) <= SURE_STEPS:
                # With thousands of services or pods, this many rows may have the same time.
                whole = whole or _Times.of(rows, slice(None))
                times = np.unique(np.append(known, whole.of_series(code, text)))
            newest_times[key] = times = times[-NEWEST_TIMES:]
            if len(times) > 1:
                interval = usual_interval(np.diff(times))
                steps_of[interval] = max(steps_of.get(interval, 0), len(times) - 1)
    if not steps_of:
        return RowInterval()
    shortest = min(steps_of)
    sure = [interval for interval, steps in steps_of.items() if steps >= SURE_STEPS]
    return RowInterval(shortest, common_interval(shortest, sure), bool(sure))


def common_interval(shortest: int, intervals: Iterable[int]) -> int:
    """The common divisor of intervals in seconds; `shortest` if the divisor would be much shorter.

    For rows every two and every three minutes it is a minute; for 60 and 61 seconds there is none.

    Args:
        shortest: seconds of the shortest interval. `intervals`: seconds of all others.
    """
    common = shortest
    for interval in intervals:
        both = math.gcd(common, interval)
        common = both if both >= DEFAULT_INTERVAL or FINER * both >= shortest else common
    return common


def usual_interval(steps: np.ndarray) -> int:
    """The median of steps in whole seconds; for early or late rows, the nearest usual interval.

    Args:
        steps: seconds between rows, at least one.
    """
    median = float(np.median(steps))
    meant = min(USUAL_INTERVALS, key=lambda interval: abs(math.log(interval / median)))
    is_meant = steps.min() != steps.max() and abs(meant / median - 1) <= EARLY_OR_LATE
    return meant if is_meant else max(1, round(median))
