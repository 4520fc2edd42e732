"""The usual traffic of the next day, with its uncertainty."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dashboard.anomaly.observations import WINDOW

# Standard deviations of a normal distribution that contain 95 % on both sides together.
Z_95 = 1.96


@dataclass(frozen=True, slots=True, eq=False)
class TrafficForecast:
    """The usual requests per second in the next day, every quarter of an hour.

    Attributes:
        STEP: seconds between two values.
        services: names, in the order of the columns.
        start: epoch seconds of the first value.
        values: requests per second, shape (97, services); NaN for services that were not observed for a day.
        low, high: ends of the interval that contains 95 % of five-minute values, same shape.
    """

    STEP: ClassVar[int] = 900

    services: tuple[str, ...]
    start: float
    values: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of_logarithms(cls, services: tuple[str, ...], start: float, usual: np.ndarray, scale: np.ndarray) -> Self:
        """A forecast from the learned values of log(1 + requests of five minutes).

        Args:
            services: names, in the order of the columns.
            start: epoch seconds of the first value.
            usual, scale: mean and standard deviation of the logarithm, shape (97, services).
        """
        ends = (np.expm1(usual + z * scale) / WINDOW for z in (0.0, -Z_95, Z_95))
        return cls(services, start, *ends)

    def of(self, service: str) -> np.ndarray | None:
        """Requests per second of one service, shape (97,); None if nothing is expected."""
        return self._column(self.values, service)

    def between(self, service: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Both ends of a service's interval, shape (97,) each; None if there is none."""
        low, high = self._column(self.low, service), self._column(self.high, service)
        return None if low is None or high is None else (low, high)

    def _column(self, values: np.ndarray, service: str) -> np.ndarray | None:
        column = values[:, self.services.index(service)] if service in self.services else np.array([np.nan])
        return None if np.isnan(column).any() else np.maximum(column, 0.0)

    def requests(self, service: str) -> float | None:
        """Expected requests of the whole day; None if nothing is expected, or requests are too rare for an estimate.

        In that case the usual value is 0 for most of the day, and the sum would omit the rare requests.
        """
        values = self.of(service)
        if values is None or float(np.median(values)) * self.STEP < 1:
            return None
        return float(np.trapezoid(values, dx=self.STEP))
