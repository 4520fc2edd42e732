"""The second layer on live signals: shapes that were never seen before. It hints, and never pages.

Looking at every point of every series costs time: they take turns, and catch up with their past
over some minutes. Only so many series are looked at, which bounds memory, in the order of their services' names.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.novelty import THRESHOLD, Novelty

SIGNALS = (Signal.LATENCY, Signal.TRAFFIC)
SERIES = 500
# So many points of a series are remembered, and wait at most.
POINTS = 1000
# So many points are looked at in a turn of all.
TURN = 1000
# A hint is told for so long, and kept for so long.
LASTS, KEPT = 1800.0, 86400.0
Series = tuple[str, Signal]


@dataclass(frozen=True, slots=True)
class Hint:
    """A moment (epoch seconds) at which a series had a shape that was never seen before."""

    series: Series
    at: float
    value: float


@dataclass(slots=True)
class _Line:
    engine: Novelty = field(default_factory=lambda: Novelty(memory=POINTS))
    waiting: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=POINTS))


class Hints:
    """Shapes of some services' signals."""

    def __init__(self) -> None:
        self._lines: dict[Series, _Line] = {}
        self._next = 0
        self.found: list[Hint] = []

    def follow(self, services: Sequence[str]) -> None:
        """Look at these from now on; what is known of those that stay is kept."""
        wanted = [(name, signal) for name in sorted(services) for signal in SIGNALS][:SERIES]
        self._lines = {one: self._lines.get(one) or _Line() for one in wanted}

    def put(self, ends: np.ndarray, services: Sequence[str], signal: Signal, values: np.ndarray) -> None:
        """Rows to be looked at, shape (ends, services); NaN where nothing was measured."""
        for place, name in enumerate(services):
            line = self._lines.get((name, signal))
            if line is not None:
                line.waiting.extend(zip(ends.tolist(), values[:, place].tolist(), strict=True))

    def work(self, *, points: int = TURN) -> None:
        """Look at so many points, one series after the other."""
        lines = list(self._lines.items())
        for _ in range(len(lines)):
            series, line = lines[self._next % len(lines)]
            self._next += 1
            while line.waiting and points > 0:
                points -= 1
                at, value = line.waiting.popleft()
                if line.engine.update(value) >= THRESHOLD:
                    self.found.append(Hint(series, at, value))
            if points <= 0:
                return

    def lately(self, now: float) -> list[Hint]:
        """Those of the last day."""
        self.found = [one for one in self.found if now - one.at <= KEPT]
        return self.found
