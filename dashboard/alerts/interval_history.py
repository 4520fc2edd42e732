"""When each alert fired, from the samples of `ALERTS`: one at each evaluation until it is resolved.

The evaluation interval of a rule is estimated from its samples: the shortest common distance between them. An alert
that misses one evaluation has been resolved and fires again; one that fires at every second evaluation looks as if
it fired all the time.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from dashboard.alerts.alert import Labels, rule_of

# Default evaluation interval in seconds, and its maximum.
DEFAULT_INTERVAL, INTERVAL_MAX = 60.0, 600
# A distance is common if this share of all distances is about as long, within this tolerance.
COMMON, ABOUT = 0.1, 0.25
# After this many evaluations without a sample an alert is resolved; between two samples, after this many.
GONE, APART = 2.5, 1.5
# Maximum number of stored stretches, newest first: a rule that flaps for weeks has thousands.
STRETCHES_MAX = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class AlertSamples:
    """Samples of one alert in one state: epoch seconds of its evaluations, ascending."""

    labels: Labels
    times: np.ndarray


@dataclass(frozen=True, slots=True)
class Stretch:
    """An alert from its first sample to its last (epoch seconds), without gaps."""

    labels: Labels
    first: float
    last: float


class IntervalHistory:
    """Alerts of one state, as stretches of samples; parts of the past may arrive in any order, and repeatedly."""

    def __init__(self) -> None:
        self._stretches: dict[Labels, list[tuple[float, float]]] = {}
        # Name of a rule → distances between samples in whole seconds, with their frequency.
        self._distances: dict[str, Counter[int]] = {}
        self._intervals: dict[str, float] = {}
        self.is_cut = False

    def add(self, series: Iterable[AlertSamples], *, spacing: float = 0.0) -> None:
        """Add samples.

        Args:
            series: samples of alerts.
            spacing: seconds for which each sample stands, if not every evaluation was read; else 0.
        """
        read = [alert for alert in series if len(alert.times)]
        if not spacing:
            self._intervals.clear()
            for alert in read:
                self._count(_name(alert.labels), alert.times)
        for alert in read:
            interval = self.interval(_name(alert.labels))
            runs = _runs(alert.times, APART * max(interval, spacing))
            if spacing:
                runs = [(first - max(spacing - interval, 0.0), last) for first, last in runs]
            known = self._stretches.get(alert.labels, [])
            self._stretches[alert.labels] = _joined([*known, *runs], APART * interval)

    def forget(self, before: float) -> None:
        """Drop stretches that ended before a time (epoch seconds), and the oldest if there are too many."""
        kept = {
            labels: left
            for labels, stretches in self._stretches.items()
            if (left := [stretch for stretch in stretches if stretch[1] >= before])
        }
        count = sum(map(len, kept.values()))
        if count > STRETCHES_MAX:
            ends = sorted(last for stretches in kept.values() for _, last in stretches)
            self.is_cut = True
            self.forget(max(ends[count - STRETCHES_MAX], before + 1))
            return
        self._stretches = kept

    def interval(self, name: str) -> float:
        """The evaluation interval of a rule in seconds."""
        if name not in self._intervals:
            own = _common(self._distances.get(name, Counter()))
            self._intervals[name] = own or _common(self._everywhere()) or DEFAULT_INTERVAL
        return self._intervals[name]

    def stretches(self) -> Iterator[Stretch]:
        """All stored stretches."""
        for labels, stretches in self._stretches.items():
            apart = APART * self.interval(_name(labels))
            for first, last in _joined(stretches, apart):
                yield Stretch(labels, first, last)

    def _everywhere(self) -> Counter[int]:
        total: Counter[int] = Counter()
        for distances in self._distances.values():
            total.update(distances)
        return total

    def _count(self, name: str, times: np.ndarray) -> None:
        distances = np.rint(np.diff(times)).astype(int)
        short = distances[(distances > 0) & (distances <= INTERVAL_MAX)]
        if len(short):
            values, counts = np.unique(short, return_counts=True)
            self._distances.setdefault(name, Counter()).update(dict(zip(values.tolist(), counts.tolist(), strict=True)))


def end_of(stretch: Stretch, interval: float, until: float) -> float | None:
    """When an alert was resolved: one evaluation after its last sample; None if it may still be firing.

    Args:
        stretch: of its samples. `interval`: seconds between two evaluations.
        until: epoch seconds up to which samples were read.
    """
    return None if until - stretch.last < GONE * interval else stretch.last + interval


def _name(labels: Labels) -> str:
    # Rules with the same name usually belong to one group, which is evaluated at once.
    return rule_of(labels).name


def _common(distances: Mapping[int, int]) -> float:
    """The shortest common distance; 0 if there is none."""
    everything = sum(distances.values())
    for distance in sorted(distances):
        about = sum(count for other, count in distances.items() if distance <= other <= distance * (1 + ABOUT))
        if about >= COMMON * everything:
            return float(distance)
    return 0.0


def _runs(times: np.ndarray, apart: float) -> list[tuple[float, float]]:
    """First and last times of runs of samples at most this many seconds apart."""
    breaks = np.flatnonzero(np.diff(times) > apart)
    firsts, lasts = np.append(0, breaks + 1), np.append(breaks, len(times) - 1)
    return list(zip(times[firsts].tolist(), times[lasts].tolist(), strict=True))


def _joined(stretches: list[tuple[float, float]], apart: float) -> list[tuple[float, float]]:
    """Stretches in order of time, merged if they are at most this many seconds apart."""
    joined: list[tuple[float, float]] = []
    for first, last in sorted(stretches):
        if joined and first - joined[-1][1] <= apart:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined
