"""What was seen and expected in the last hours, for charts: by the minute for two hours, by five for 26. Frozen."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.baseline import Expected
from dashboard.anomaly.detectors import DETECTORS, Choices
from dashboard.anomaly.observations import WINDOW, WINDOWS, Observed
from dashboard.anomaly.results import Tested

MINUTE = 60
FINE, COARSE = 120, 312
# The columns of a row: requests and failures over each window, latency, answered requests, then what was expected.
OBSERVED = 2 * len(WINDOWS) + 2
WIDTH = OBSERVED + len(fields(Expected))


@dataclass(frozen=True, slots=True, eq=False)
class Ring:
    """Evenly spaced rows that end at `end` (epoch seconds), the newest last; NaN where nothing was seen.

    Attributes:
        values: shape (rows, services, WIDTH).
    """

    end: int
    step: int
    values: np.ndarray

    @classmethod
    def nothing(cls, step: int, rows: int, services: int) -> Self:
        """A ring that holds nothing."""
        return cls(0, step, np.full((rows, services, WIDTH), np.nan))

    def put(self, ends: np.ndarray, rows: np.ndarray) -> "Ring":
        """With these rows, those on the ring's grid; ends ascend, and what is older than the ring holds is dropped."""
        chosen = ends % self.step == 0
        ends, rows = ends[chosen][-len(self.values) :], rows[chosen][-len(self.values) :]
        if not len(ends):
            return self
        end = max(self.end, int(ends[-1]))
        moved = min((end - self.end) // self.step, len(self.values))
        values = np.full_like(self.values, np.nan)
        values[: len(values) - moved] = self.values[moved:]
        place = len(values) - 1 - ((end - ends) // self.step).astype(int)
        inside = place >= 0
        values[place[inside]] = rows[inside]
        return replace(self, end=end, values=values)

    def keep(self, places: Sequence[int]) -> "Ring":
        """Other services: the places of those that stay, -1 for a new one."""
        blank = np.full((len(self.values), 1, WIDTH), np.nan)
        return replace(self, values=np.concatenate([self.values, blank], axis=1)[:, np.array(places, dtype=int)])

    @property
    def ends(self) -> np.ndarray:
        """Epoch seconds of all rows."""
        return self.end - np.arange(len(self.values) - 1, -1, -1) * self.step


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Rows of some services."""

    services: tuple[str, ...]
    fine: Ring
    coarse: Ring

    def put(self, seen: Observed, expected: Expected) -> "Records":
        """With more rows, which are a minute or five apart."""
        rows = np.stack(
            [*seen.requests, *seen.failed, seen.latency, seen.answered]
            + [getattr(expected, one.name) for one in fields(expected)],
            axis=-1,
        )
        studied = len(seen.ends) > 1 and seen.ends[1] - seen.ends[0] >= WINDOW
        fine = self.fine if studied else self.fine.put(seen.ends, rows)
        return replace(self, fine=fine, coarse=self.coarse.put(seen.ends, rows))

    def keep(self, services: Sequence[str]) -> "Records":
        """Other services; what is held of those that stay is kept."""
        held = {name: place for place, name in enumerate(self.services)}
        places = [held.get(name, -1) for name in services]
        return Records(tuple(services), self.fine.keep(places), self.coarse.keep(places))

    def tested(
        self, service: str, signal: Signal, choices: Choices, *, since: float, until: float, fine: bool
    ) -> tuple[np.ndarray, Tested] | None:
        """The test of a signal with its band, for the rows that end after `since` until `until` (epoch seconds).

        Returns:
            Ends, and rows of shape (ends, 1); None where there are none.
        """
        held = self.held(service, since=since, until=until, fine=fine)
        if held is None:
            return None
        choice = choices[signal]
        return held[0].ends, DETECTORS[signal][choice.detector](*held, choice.level)

    def held(self, service: str, *, since: float, until: float, fine: bool) -> tuple[Observed, Expected] | None:
        """What was seen and expected of a service in the rows that end after `since` until `until`; None without."""
        ring = self.fine if fine else self.coarse
        rows = np.flatnonzero((ring.ends > since) & (ring.ends <= until)) if ring.end else np.zeros(0, dtype=int)
        if service not in self.services or not len(rows):
            return None
        values = ring.values[rows][:, [self.services.index(service)]]
        return _unpacked(service, ring.ends[rows], values)


def _unpacked(service: str, ends: np.ndarray, values: np.ndarray) -> tuple[Observed, Expected]:
    many, columns = len(WINDOWS), np.moveaxis(values, -1, 0)
    seen = Observed(
        services=(service,),
        ends=ends.astype(float),
        requests=columns[:many],
        failed=columns[many : 2 * many],
        latency=columns[2 * many],
        answered=columns[2 * many + 1],
        resources=(),
        used=np.zeros((len(ends), 0)),
    )
    # Of a service that was not seen for a day nothing is expected.
    learned = columns[-1] == 1
    requests, dispersion, latency, scale, failed, of = (np.where(learned, one, np.nan) for one in columns[OBSERVED:-1])
    return seen, Expected(requests, dispersion, latency, scale, failed, of, learned)


NOTHING = Records((), Ring.nothing(MINUTE, FINE, 0), Ring.nothing(WINDOW, COARSE, 0))
