"""Moves rows with start times to the end of their interval, by the interval of their service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.sources.csv.rows.row_interval import SURE_STEPS, usual_interval
from dashboard.sources.csv.rows.rows import CellValues

# Number of series of a service, and of the newest times of each, that determine its interval.
SERIES, NEWEST = 5, 100
# Intervals that differ by a smaller factor are the same with jitter.
OTHER_BY = 1.25
NO_TIMES = np.zeros(0)


@dataclass(frozen=True, slots=True)
class _Interval:
    """Seconds between rows of a service; `steps`: number of intervals on which this is based."""

    seconds: int
    steps: int = 0

    @property
    def is_sure(self) -> bool:
        return self.steps >= SURE_STEPS

    def is_better_than(self, other: "_Interval") -> bool:
        """Whether it differs and is more certain; of two certain ones, the shorter one, as files may interleave."""
        ratio = other.seconds / self.seconds
        if self.is_sure and other.is_sure:
            return ratio > OTHER_BY
        return not 1 / OTHER_BY <= ratio <= OTHER_BY and (self.is_sure or (self.steps > 0 and not other.steps))


@dataclass(slots=True)
class StartStamps:
    """The intervals of services.

    Attributes:
        are_wrong: rows were moved by another interval than their service turned out to have.
    """

    are_wrong: bool = False
    _known: dict[str, _Interval] = field(default_factory=dict)
    # Interval by which rows of each service were moved in this reading of the files.
    _moved_by: dict[str, _Interval] = field(default_factory=dict)
    # Service → series → its newest times.
    _times: dict[str, dict[int, np.ndarray]] = field(default_factory=dict)

    def anew(self) -> "StartStamps":
        """A copy for reading the files again from the start."""
        return StartStamps(_known=self._known, _times=self._times)

    def moved(self, cells: Sequence[CellValues], usual_s: int) -> list[CellValues]:
        """The numbers at the ends of their intervals.

        Args:
            cells: numbers of a chunk. `usual_s`: interval of the chunk, for services with a single row.
        """
        for service, series, times in _by_series(cells):
            self._note_times(service, series, times)
        services = {service for values in cells for service, _, _ in values.keys}
        seconds = {service: self._seconds(service, usual_s) for service in services}
        return [values.later(np.array([seconds[service] for service, _, _ in values.keys])) for values in cells]

    def _note_times(self, service: str, series: int, times: np.ndarray) -> None:
        known = self._times.setdefault(service, {})
        if series in known or len(known) < SERIES:
            # Rows of interleaved files, or of earlier chunks, lie between these.
            known[series] = np.union1d(known.get(series, NO_TIMES), times)[-NEWEST:]

    def _seconds(self, service: str, usual_s: int) -> int:
        """Seconds by which to move the rows of a service."""
        steps = np.concatenate([NO_TIMES, *(np.diff(times) for times in self._times.get(service, {}).values())])
        now = _Interval(usual_interval(steps), len(steps)) if len(steps) else _Interval(usual_s)
        known = self._known.get(service)
        is_news = known is None or (now.is_sure and not known.is_sure) or now.is_better_than(known)
        best = now if is_news or known is None else known
        if now.steps:
            self._known[service] = best
        self.are_wrong |= best.is_better_than(self._moved_by.setdefault(service, best))
        return best.seconds


def _by_series(cells: Sequence[CellValues]) -> Iterator[tuple[str, int, np.ndarray]]:
    """Service, series and times of the numbers, in epoch seconds."""
    for values in cells:
        names = list(dict.fromkeys(service for service, _, _ in values.keys))
        place = {name: number for number, name in enumerate(names)}
        code = np.array([place[service] for service, _, _ in values.keys], dtype=np.intp)[values.column]
        series = np.zeros(len(code), dtype=np.uint64) if values.series is None else values.series
        order = np.lexsort((series, code))
        code, series, time = code[order], series[order], values.time[order]
        begins = np.flatnonzero((np.diff(code, prepend=-1) != 0) | (np.diff(series, prepend=np.uint64(0)) != 0))
        for begin, times in zip(begins.tolist(), np.split(time, begins[1:]), strict=False):
            yield names[code[begin]], int(series[begin]), times
