"""The second layer on live signals: detects shapes never seen before. It gives hints, and never pages.

Scoring every point of every series is expensive, so they take turns, and catch up with their past over some minutes.
The number of scored series is limited to bound memory, in the order of their services' names.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.novelty import THRESHOLD, Novelty

SIGNALS = (Signal.LATENCY, Signal.TRAFFIC)
SERIES_MAX = 500
# Maximum number of remembered and of waiting points of a series.
POINTS_MAX = 1000
# Number of points scored in one turn, over all series.
POINTS_PER_TURN = 1000
# Seconds for which a hint is shown, and for which it is kept.
SHOWN_FOR, KEPT_FOR = 1800.0, 86400.0
Series = tuple[str, Signal]


@dataclass(frozen=True, slots=True)
class NovelPoint:
    """A time at which a series had a shape that was never seen before.

    Attributes:
        series: service and signal.
        at: epoch seconds.
        value: in the signal's unit: seconds, requests per second.
    """

    series: Series
    at: float
    value: float


@dataclass(slots=True)
class _ScoredSeries:
    """The scorer of one series, and its waiting points (epoch seconds, value)."""

    scorer: Novelty = field(default_factory=lambda: Novelty(memory=POINTS_MAX))
    waiting: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=POINTS_MAX))


class NoveltyMonitor:
    """Finds novel points in some services' latency and traffic."""

    def __init__(self) -> None:
        self._series: dict[Series, _ScoredSeries] = {}
        self._turn = 0
        self._novel: list[NovelPoint] = []

    def set_services(self, services: Sequence[str]) -> None:
        """Replace the scored services; the state of those that stay is kept."""
        names = [(service, signal) for service in sorted(services) for signal in SIGNALS][:SERIES_MAX]
        self._series = {name: self._series.get(name) or _ScoredSeries() for name in names}

    def add(self, ends: np.ndarray, services: Sequence[str], signal: Signal, values: np.ndarray) -> None:
        """Queue points for scoring.

        Args:
            ends: epoch seconds, ascending.
            services: names, in the order of the columns.
            signal: of the values.
            values: shape (ends, services), NaN if nothing was measured.
        """
        for column, service in enumerate(services):
            series = self._series.get((service, signal))
            if series is not None:
                series.waiting.extend(zip(ends.tolist(), values[:, column].tolist(), strict=True))

    def score_waiting(self, *, points: int = POINTS_PER_TURN) -> None:
        """Score up to this many points, one series after the other."""
        names = list(self._series)
        for _ in range(len(names)):
            points -= self._score_series(names[self._turn % len(names)], points)
            self._turn += 1
            if points <= 0:
                return

    def _score_series(self, name: Series, points: int) -> int:
        """Score up to this many waiting points of one series; returns how many were scored."""
        series = self._series[name]
        count = min(len(series.waiting), points)
        for _ in range(count):
            at, value = series.waiting.popleft()
            if series.scorer.update(value) >= THRESHOLD:
                self._novel.append(NovelPoint(name, at, value))
        return count

    def recent(self, now: float) -> list[NovelPoint]:
        """The novel points of the day before `now` (epoch seconds), oldest first; older ones are dropped."""
        self._novel = [point for point in self._novel if now - point.at <= KEPT_FOR]
        return self._novel
