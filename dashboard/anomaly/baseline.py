"""The baseline of every service: usual traffic and latency by time of day, and the usual failure ratio.

Traffic and latency are levels with a daily season on the log scale, because both change by factors. Failures are counts
that decay with a half-life of two days. Rows far from the usual are not learned, so that an anomaly does not become
usual by lasting an hour. After a day it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from dashboard.anomaly.dispersion import updated_dispersion
from dashboard.anomaly.observations import WINDOW, Observations
from dashboard.anomaly.seasonal import Seasonal
from dashboard.timerange import DAY

# Half-life of failure counts in seconds.
HALF_LIFE = 2.0 * DAY
# A row further than this many scales from the usual is not learned, but for at most this many seconds.
FAR, ADOPTED = 5.0, float(DAY)
# Minimum scale on the log scale: wherever requests are counted, one percent is noise.
SCALE_MIN = 0.01
# Range of the learned overdispersion of the failure ratio (its squared coefficient of variation).
VARIES_MIN, VARIES_MAX = 0.02, 1.0
FADES = 0.5 ** (WINDOW / HALF_LIFE)
# Weight of a row in this estimate: a memory of about a day.
LEARNS = WINDOW / DAY
# Usual values and scales, on the log scale.
Usual = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Expectations:
    """What was usual before each row; arrays of shape (ends, services).

    Attributes:
        requests: expected in five minutes, NaN while unknown.
        dispersion: variance of the count over its mean, 1 or more.
        latency: the usual p95, seconds.
        latency_scale: standard deviation of the logarithm of p95 around the usual one.
        baseline_failed, baseline_requests: counts from which the usual failure ratio is estimated.
        has_baseline: a day was observed; before that nothing is judged.
    """

    requests: np.ndarray
    dispersion: np.ndarray
    latency: np.ndarray
    latency_scale: np.ndarray
    baseline_failed: np.ndarray
    baseline_requests: np.ndarray
    has_baseline: np.ndarray

    def select(self, rows: np.ndarray) -> Self:
        """Select rows, booleans of shape (ends, services), as if they were services at a single end."""
        return type(self)(*(getattr(self, field.name)[rows][None] for field in fields(self)))


class Baseline:
    """What is usual for services, learned from successive rows of five minutes.

    Args:
        services: names, in the order of all arrays.
    """

    def __init__(self, services: Sequence[str]) -> None:
        count = len(services)
        self.services = tuple(services)
        # Traffic of all services, then latency of all: one set of arrays takes half the time of two.
        self.levels = Seasonal(2 * count, step=WINDOW)
        self._failed, self._requests = np.zeros(count), np.zeros(count)
        self._dispersion = np.ones(count)
        self._varies = np.full(count, VARIES_MAX)
        self._measured_s = np.zeros(count)
        # Seconds for which values have been far from usual: traffic, latency and failures of all services.
        self._far_for = np.zeros(3 * count)

    def set_services(self, services: Sequence[str]) -> None:
        """Replace the services; the state of those that stay is kept."""
        index = {name: place for place, name in enumerate(self.services)}
        places, count = [index.get(name, -1) for name in services], len(self.services)
        self.levels = self.levels.reindexed([*places, *(place + count if place >= 0 else -1 for place in places)])
        self._failed, self._requests = _reindexed(self._failed, places, 0.0), _reindexed(self._requests, places, 0.0)
        self._dispersion = _reindexed(self._dispersion, places, 1.0)
        self._varies = _reindexed(self._varies, places, VARIES_MAX)
        self._measured_s = _reindexed(self._measured_s, places, 0.0)
        far_for = self._far_for.reshape(3, count)
        self._far_for = np.concatenate([_reindexed(seconds, places, 0.0) for seconds in far_for])
        self.services = tuple(services)

    @property
    def complete(self) -> np.ndarray:
        """Mask of services that were observed for a day, shape (services,)."""
        return np.asarray(self._measured_s >= DAY)

    def learn(self, observations: Observations) -> Expectations:
        """Return what was usual before each row, and learn the rows that end at a multiple of five minutes.

        Args:
            observations: of the baseline's services, ends ascending, at least one.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            logarithms = np.concatenate([np.log1p(observations.requests[0]), np.log(observations.latency)], axis=1)
        rows = []
        for place, end in enumerate(observations.ends.tolist()):
            usual = self.levels.expected(end)
            rows.append((*usual, self._dispersion, self._failed, self._requests, self._varies, self.complete))
            if end % WINDOW == 0:
                self._learn_row(observations, place, logarithms[place], usual)
        return self._expectations(*(np.stack(column) for column in zip(*rows, strict=True)))

    def traffic_forecast(self, moments: np.ndarray) -> Usual:
        """Usual traffic and its scales at later times, on the log scale, shape (moments, services).

        Args:
            moments: epoch seconds, after the last row.
        """
        usual, scale = self.levels.forecast(moments)
        return usual[:, : len(self.services)], scale[:, : len(self.services)]

    def _expectations(
        self,
        usual: np.ndarray,
        scale: np.ndarray,
        dispersion: np.ndarray,
        failed: np.ndarray,
        requests: np.ndarray,
        varies: np.ndarray,
        complete: np.ndarray,
    ) -> Expectations:
        """What was known at each row; levels have shape (ends, 2 × services), everything else (ends, services)."""
        count = len(self.services)
        # An overdispersed ratio is not known better by counting longer: reduce the counts to their effective size.
        weight = np.minimum(1.0, (1 / varies) / np.maximum(failed, 1e-9))
        return Expectations(
            requests=np.expm1(usual[:, :count]),
            dispersion=dispersion,
            latency=np.exp(usual[:, count:]),
            latency_scale=np.maximum(scale[:, count:], SCALE_MIN),
            baseline_failed=failed * weight,
            baseline_requests=requests * weight,
            has_baseline=complete,
        )

    def _learn_row(self, observations: Observations, place: int, logarithms: np.ndarray, usual: Usual) -> None:
        """Learn one row; `logarithms`: of traffic and latency, and `usual` ones, shape (2 × services,)."""
        requests, failed = observations.requests[0, place], observations.failed[0, place]
        self._measured_s += np.where(np.isnan(requests), 0.0, WINDOW)
        self.levels.update(float(observations.ends[place]), self._without_far(logarithms, usual), usual)
        expected = np.expm1(usual[0][: len(self.services)])
        self._dispersion = updated_dispersion(self._dispersion, requests, expected)
        self._learn_failures(failed, requests)

    def _without_far(self, values: np.ndarray, usual: Usual) -> np.ndarray:
        expected, scale = usual
        far = np.abs(values - expected) > FAR * np.maximum(scale, SCALE_MIN)
        ignored = self._ignored(slice(2 * len(self.services)), far, values)
        return np.where(ignored, np.nan, values)

    def _ignored(self, places: slice, far: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Mask of values that are far from usual, but not long enough to be the new usual; or that were not measured.

        Args:
            places: positions in the array of seconds for which values have been far. `far`, `values`: of the same
                length.
        """
        before = self._far_for[places]
        seconds = np.where(np.isnan(values), before, np.where(far, before + WINDOW, 0.0))
        self._far_for[places] = seconds
        return np.asarray(far & (seconds <= ADOPTED))

    def _learn_failures(self, failed: np.ndarray, requests: np.ndarray) -> None:
        share = self._failed / np.maximum(self._requests, 1.0)
        usual = share * requests
        spread = np.sqrt(usual + self._varies * usual**2) + 1
        far = (failed - usual > FAR * spread) & (self._requests > 0)
        counted = (
            ~np.isnan(failed) & ~np.isnan(requests) & ~self._ignored(slice(2 * len(self.services), None), far, failed)
        )
        self._learn_variation(failed, usual, counted & (usual >= 1))
        # Both counts decay alike, so the ratio stays and only its certainty decreases.
        self._failed = np.where(counted, self._failed * FADES + np.where(counted, failed, 0.0), self._failed)
        self._requests = np.where(counted, self._requests * FADES + np.where(counted, requests, 0.0), self._requests)

    def _learn_variation(self, failed: np.ndarray, usual: np.ndarray, enough: np.ndarray) -> None:
        """Learn how much the ratio varies beyond chance, by the method of moments: (k - λ)² = λ + v λ²."""
        with np.errstate(invalid="ignore", divide="ignore"):
            excess = ((failed - usual) ** 2 - usual) / usual**2
        change = np.clip(np.where(enough, excess, 0.0), 0.0, VARIES_MAX) - self._varies
        moved = np.clip(self._varies + LEARNS * change, VARIES_MIN, VARIES_MAX)
        self._varies = np.where(enough, moved, self._varies)


def _reindexed(values: np.ndarray, places: Sequence[int], new: float) -> np.ndarray:
    """The values at these positions; a position of -1 is new."""
    return np.asarray(np.append(values, new)[np.array(places, dtype=int)])
