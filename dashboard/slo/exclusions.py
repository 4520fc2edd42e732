"""Maintenance and other excluded time, and how much of rows and windows it covers."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Excluded time from `start` to `end` (epoch seconds); without `slos` it applies to every objective."""

    start: float
    end: float
    reason: str = ""
    slos: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()

    def covers(self, slo: Slo) -> bool:
        """Whether it applies to an objective."""
        everyone = not self.slos and not self.services
        return everyone or slo.name in self.slos or slo.service in self.services


@dataclass(frozen=True, eq=False)
class ExcludedTime:
    """The excluded time of one objective.

    Attributes:
        stretches: start and end of each period in epoch seconds, shape (periods, 2), in order and disjoint.
    """

    stretches: np.ndarray

    @classmethod
    def of(cls, slo: Slo, exclusions: Iterable[Exclusion]) -> "ExcludedTime":
        """Collect the exclusions that apply to an objective; adjacent ones are merged."""
        # Merged, so that time shared by two exclusions is subtracted once.
        joined: list[list[float]] = []
        for exclusion in sorted(exclusions, key=lambda exclusion: exclusion.start):
            if not exclusion.covers(slo):
                continue
            if joined and exclusion.start <= joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], exclusion.end)
            else:
                joined.append([exclusion.start, exclusion.end])
        return cls(np.array(joined).reshape(-1, 2))

    def seconds(self, start: float, end: float) -> float:
        """Excluded seconds between two moments (epoch seconds)."""
        return float(self._overlaps(start, end).sum()) if len(self.stretches) else 0.0

    def rows(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Mask of excluded rows: those of which more than half is excluded.

        Args:
            starts, ends: epoch seconds of the rows, shape (rows,).
        """
        if not len(self.stretches):
            return np.zeros(len(ends), dtype=bool)
        # A row is a single count and cannot be divided, so its larger part decides.
        excluded: np.ndarray = self._seconds_until(ends) - self._seconds_until(starts) > (ends - starts) / 2
        return excluded

    def _seconds_until(self, moments: np.ndarray) -> np.ndarray:
        """Excluded seconds before each moment (epoch seconds)."""
        # Years of daily maintenance × years of hours would be a huge table.
        after = np.cumsum(self.stretches[:, 1] - self.stretches[:, 0])
        passed = np.column_stack([np.append(0.0, after[:-1]), after])
        seconds: np.ndarray = np.interp(moments, self.stretches.ravel(), passed.ravel())
        return seconds

    def cut_hours(self) -> set[int]:
        """Hours in which a period starts or ends, as epoch seconds of their ends."""
        return {int(edge // HOUR) * HOUR + HOUR for edge in self.stretches.ravel() if edge % HOUR}

    def _overlaps(self, starts: float, ends: float) -> np.ndarray:
        """Seconds that each period shares with a stretch of time."""
        overlaps: np.ndarray = np.clip(
            np.minimum(ends, self.stretches[:, 1]) - np.maximum(starts, self.stretches[:, 0]), 0, None
        )
        return overlaps
