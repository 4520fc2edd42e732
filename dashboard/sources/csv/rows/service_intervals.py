"""Detects services with rows an hour or more apart, each by its own rows."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.sources.csv.rows.row_interval import INTERVAL_ROWS
from dashboard.sources.csv.rows.rows import CellValues
from dashboard.timerange import HOUR

# Share of an hour by which hourly rows may be early.
EARLY = 0.1
# Number of the newest intervals that determine the usual one.
NEWEST = 100
NOTHING = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64), np.zeros(0)


@dataclass(slots=True)
class ServiceIntervals:
    """What is known of the intervals of rows.

    Attributes:
        sparse: services with rows an hour or more apart. `frequent`: other services, if known.
        are_between: rows of a frequent service lie between those that were stored while it seemed rare.
    """

    sparse: set[str] = field(default_factory=set)
    frequent: set[str] = field(default_factory=set)
    are_between: bool = False
    # For all others: the newest time of each series, and the newest intervals.
    _newest: dict[tuple[str, int], float] = field(default_factory=dict)
    _steps: dict[str, np.ndarray] = field(default_factory=dict)

    def learn(self, cells: Sequence[CellValues]) -> None:
        """Learn from the numbers of a chunk."""
        # The first rows suffice to recognise nearly all frequent services; for others, all rows are used.
        steps: dict[str, np.ndarray] = {}
        for rows in (INTERVAL_ROWS, None):
            series = _Series.of(cells, rows, self.frequent, self._newest)
            if not series.keys:
                return
            steps = {name: np.append(self._steps.get(name, ()), new)[-NEWEST:] for name, new in series.steps()}
            self._forget({name for name, times in steps.items() if np.median(times) < (1 - EARLY) * HOUR}, series)
        kept = {name: distances for name, distances in steps.items() if name not in self.frequent}
        self._steps |= kept
        self.sparse |= kept.keys()
        self._newest |= {key: time for key, time in series.newest() if key[0] not in self.frequent}

    def _forget(self, frequent: set[str], series: "_Series") -> None:
        self.are_between |= any(name in self.sparse and name in frequent for name, _ in series.between())
        self.frequent |= frequent
        for name in frequent & self._steps.keys():
            del self._steps[name]
        self.sparse -= frequent


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """Times of rows by series, ascending.

    Attributes:
        time: epoch seconds, shape (rows,). `begins`: indices where series begin. `keys`: (service, series) of each.
        before: the newest times in earlier chunks, by the same keys.
    """

    time: np.ndarray
    begins: np.ndarray
    keys: list[tuple[str, int]]
    before: Mapping[tuple[str, int], float]

    @classmethod
    def of(
        cls,
        cells: Sequence[CellValues],
        rows: int | None,
        without: Container[str],
        before: Mapping[tuple[str, int], float],
    ) -> "_Series":
        """From the first this many numbers, or all, without the excluded services."""
        names: dict[str, int] = {}
        parts = [_times(values, rows, names, without) for values in cells]
        code, series, time = (np.concatenate(arrays) for arrays in zip(*parts, strict=True)) if parts else NOTHING
        order = np.lexsort((time, series, code))
        code, series, time = code[order], series[order], time[order]
        begins = np.flatnonzero((np.diff(code, prepend=-1) != 0) | (np.diff(series, prepend=np.uint64(0)) != 0))
        services = list(names)
        keys = [(services[code[place]], int(series[place])) for place in begins.tolist()]
        return cls(time, begins, keys, before)

    def steps(self) -> Iterator[tuple[str, np.ndarray]]:
        """Each service with the intervals between its rows, if there are any."""
        steps: dict[str, list[np.ndarray]] = {}
        ends = [*self.begins[1:], len(self.time)]
        for (name, series), begin, end in zip(self.keys, self.begins, ends, strict=True):
            times = self.time[begin:end]
            before = self.before.get((name, series), times[0])
            distances = np.diff(np.append(min(before, times[0]), times))
            steps.setdefault(name, []).append(distances[distances > 0])
        joined = ((name, np.concatenate(parts)) for name, parts in steps.items())
        yield from ((name, distances) for name, distances in joined if len(distances))

    def between(self) -> Iterator[tuple[str, int]]:
        """The series with rows older than the newest earlier one."""
        for key, begin in zip(self.keys, self.begins, strict=True):
            if self.time[begin] < self.before.get(key, 0.0):
                yield key

    def newest(self) -> Iterator[tuple[tuple[str, int], float]]:
        """The newest time of each series."""
        for key, end in zip(self.keys, [*self.begins[1:], len(self.time)], strict=True):
            yield key, max(float(self.time[end - 1]), self.before.get(key, 0.0))


def _times(
    values: CellValues, rows: int | None, names: dict[str, int], without: Container[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Service codes, series and times of the first this many numbers, or all; `names`: service → its code."""
    codes = np.array([-1 if name in without else names.setdefault(name, len(names)) for name, _, _ in values.keys])
    code = codes[values.column[:rows]] if len(codes) else np.zeros(0, dtype=np.int64)
    kept = np.flatnonzero(code >= 0)
    series = np.zeros(len(kept), dtype=np.uint64) if values.series is None else values.series[:rows][kept]
    return code[kept], series, np.rint(values.time[:rows][kept])
