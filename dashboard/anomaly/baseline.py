"""What is usual of every service: its traffic and latency by the time of day, and the share of requests that fail.

Traffic and latency are levels with a day's season on the log scale, because both move by factors. Failures are counts
that fade with a half-life of two days. Nothing is learned from a row that is far off: what is unusual must not become
usual by lasting for an hour. After a day it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from dashboard.anomaly import dispersion
from dashboard.anomaly.observations import WINDOW, Observed
from dashboard.anomaly.seasonal import Seasonal
from dashboard.timerange import DAY

# Failures are forgotten by half in so many seconds.
HALF_LIFE = 2.0 * DAY
# Beyond so many scales a row is not learned from, for no longer than so many seconds.
FAR, ADOPTED = 5.0, float(DAY)
# The least scale on the log scale: one part in a hundred is noise wherever requests are counted.
SCALE_MIN = 0.01
# How much a share of failures varies by itself (its coefficient of variation, squared): learned between these ends.
VARIES_MIN, VARIES_MAX = 0.02, 1.0
FADES = 0.5 ** (WINDOW / HALF_LIFE)
# It is learned with a memory of about a day of rows.
LEARNS = WINDOW / DAY


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What was usual at each row, before it was seen; arrays of shape (ends, services).

    Attributes:
        requests: expected in five minutes, NaN while unknown. `dispersion`: variance of the count over its mean.
        latency: the usual p95 in seconds; `scale`: of its logarithm.
        failed, of: failures and requests that the usual share is known from.
        learned: a day was seen; before that nothing is judged.
    """

    requests: np.ndarray
    dispersion: np.ndarray
    latency: np.ndarray
    scale: np.ndarray
    failed: np.ndarray
    of: np.ndarray
    learned: np.ndarray

    def chosen(self, rows: np.ndarray) -> "Expected":
        """Only some rows, shape (ends, services), as if they were services at one end."""
        return Expected(*(getattr(self, one.name)[rows][None] for one in fields(self)))


class Baseline:
    """The usual of some services, fed one row of five minutes after the other."""

    def __init__(self, services: Sequence[str]) -> None:
        many = len(services)
        self.services = tuple(services)
        self.traffic = Seasonal(many, step=WINDOW)
        self.latency = Seasonal(many, step=WINDOW)
        self._failed, self._of = np.zeros(many), np.zeros(many)
        self._dispersion = np.ones(many)
        self._varies = np.full(many, VARIES_MAX)
        self._measured = np.zeros(many)
        # Seconds for which a signal has been far off: traffic, latency, failures.
        self._far = np.zeros((3, many))

    def keep(self, services: Sequence[str]) -> None:
        """Other services: what is known of those that stay is kept."""
        held = {name: place for place, name in enumerate(self.services)}
        places = [held.get(name, -1) for name in services]
        self.traffic, self.latency = self.traffic.keep(places), self.latency.keep(places)
        self._failed, self._of = _kept(self._failed, places, 0.0), _kept(self._of, places, 0.0)
        self._dispersion = _kept(self._dispersion, places, 1.0)
        self._varies = _kept(self._varies, places, VARIES_MAX)
        self._measured = _kept(self._measured, places, 0.0)
        self._far = np.stack([_kept(one, places, 0.0) for one in self._far])
        self.services = tuple(services)

    @property
    def learned(self) -> np.ndarray:
        """Which services were seen for a day."""
        made: np.ndarray = self._measured >= DAY
        return made

    def walk(self, seen: Observed) -> Expected:
        """What was usual at each row; rows that end on a multiple of five minutes are learned from."""
        rows = [self._row(seen, place, float(end)) for place, end in enumerate(seen.ends)]
        requests, dispersion, latency, scale, failed, of, learned = (np.array(one) for one in zip(*rows, strict=True))
        return Expected(requests, dispersion, latency, scale, failed, of, learned.astype(bool))

    def _row(self, seen: Observed, place: int, at: float) -> tuple[np.ndarray, ...]:
        level, spread = self.traffic.expected(at)
        slow, scale = self.latency.expected(at)
        scale = np.maximum(scale, SCALE_MIN)
        weight = np.minimum(1.0, (1 / self._varies) / np.maximum(self._failed, 1e-9))
        made = (
            np.expm1(level),
            self._dispersion.copy(),
            np.exp(slow),
            scale,
            self._failed * weight,
            self._of * weight,
            self.learned,
        )
        if at % WINDOW == 0:
            self._learn(seen, place, at, (level, np.maximum(spread, SCALE_MIN)), (slow, scale))
        return made

    def _learn(
        self,
        seen: Observed,
        place: int,
        at: float,
        traffic: tuple[np.ndarray, np.ndarray],
        latency: tuple[np.ndarray, np.ndarray],
    ) -> None:
        requests, failed = seen.requests[0, place], seen.failed[0, place]
        with np.errstate(invalid="ignore", divide="ignore"):
            count, slow = np.log1p(requests), np.log(seen.latency[place])
        self._measured += np.where(np.isnan(requests), 0.0, WINDOW)
        for signal, (engine, value, (level, scale)) in enumerate(
            ((self.traffic, count, traffic), (self.latency, slow, latency))
        ):
            far = np.abs(value - level) > FAR * scale
            engine.update(at, np.where(self._hold(signal, far, value), np.nan, value))
        self._dispersion = dispersion.updated(self._dispersion, requests, np.expm1(traffic[0]))
        self._count(failed, requests)

    def _hold(self, signal: int, far: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Far off, and not for so long yet that it is the new usual; what is not measured changes nothing."""
        held = np.where(far, self._far[signal] + WINDOW, 0.0)
        self._far[signal] = np.where(np.isnan(values), self._far[signal], held)
        frozen: np.ndarray = far & (self._far[signal] <= ADOPTED)
        return frozen

    def _count(self, failed: np.ndarray, requests: np.ndarray) -> None:
        share = self._failed / np.maximum(self._of, 1.0)
        usual = share * requests
        spread = np.sqrt(usual + self._varies * usual**2) + 1
        far = (failed - usual > FAR * spread) & (self._of > 0)
        known = ~np.isnan(failed) & ~np.isnan(requests) & ~self._hold(2, far, failed)
        with np.errstate(invalid="ignore", divide="ignore"):
            excess = ((failed - usual) ** 2 - usual) / usual**2
        told = known & (usual >= 1)
        moved = self._varies + LEARNS * (np.clip(np.where(told, excess, 0.0), 0.0, VARIES_MAX) - self._varies)
        self._varies = np.where(told, np.clip(moved, VARIES_MIN, VARIES_MAX), self._varies)
        self._failed = np.where(known, self._failed * FADES + np.where(known, failed, 0.0), self._failed)
        self._of = np.where(known, self._of * FADES + np.where(known, requests, 0.0), self._of)


def _kept(values: np.ndarray, places: Sequence[int], new: float) -> np.ndarray:
    """Other columns; a place of -1 is new."""
    extended = np.append(values, new)
    made: np.ndarray = extended[np.array(places, dtype=int)]
    return made
