"""The traffic that is usual in the next day."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class TrafficForecast:
    """Requests per second that are usual in the next day: every quarter of an hour.

    Attributes:
        STEP: seconds between two values.
        services: names, the order of the columns.
        start: epoch seconds of the first value.
        values: requests per second, shape (97, services); NaN for services that were not seen for a day.
    """

    STEP: ClassVar[int] = 900

    services: tuple[str, ...]
    start: float
    values: np.ndarray

    def of(self, service: str) -> np.ndarray | None:
        """Requests per second of one service, shape (97,); None where nothing is expected."""
        values = self.values[:, self.services.index(service)] if service in self.services else np.array([np.nan])
        return None if np.isnan(values).any() else np.maximum(values, 0.0)

    def requests(self, service: str) -> float | None:
        """Requests expected in the whole day; None where nothing is expected, or they are too rare to say how many.

        What is usual of most of the day is no request then, and a sum of it would forget those that come all the same.
        """
        values = self.of(service)
        if values is None or float(np.median(values)) * self.STEP < 1:
            return None
        return float(np.trapezoid(values, dx=self.STEP))
