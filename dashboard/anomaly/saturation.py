"""Saturation: a resource is flagged because it is near its limit, or because it soon will be."""

from dataclasses import dataclass

import numpy as np

from dashboard.anomaly.forecast import TimeToFull
from dashboard.timerange import HOUR

# Share of the limit that is too much once it lasted so many rows, and seconds to full that are too few.
LIMIT, LASTING, SOON = 0.9, 3, 4.0 * HOUR


@dataclass(frozen=True, slots=True)
class Saturated:
    """Why a resource is flagged: any or both of its reasons.

    Attributes:
        level: newest share of its limit, None where there is none; `limit`: the share that counts as too much.
        at_limit: it has been at `limit` or above for as long as demanded, or is full.
        full_in_s: seconds to full if that is soon, 0 if it is full, else None.
    """

    level: float | None
    limit: float
    at_limit: bool
    full_in_s: float | None

    @property
    def flagged(self) -> bool:
        return self.at_limit or self.full_in_s is not None


def saturated(
    values: np.ndarray,
    forecasts: list[TimeToFull],
    *,
    limit: float = LIMIT,
    lasting: int = LASTING,
    soon: float = SOON,
) -> list[Saturated]:
    """Whether and why each resource is flagged now.

    Args:
        values: shape (rows, resources), shares of the limit, the last row now, NaN for missing.
        forecasts: one per resource, from `times_to_full`.
        limit: share of the limit, reached or exceeded in each of the last `lasting` rows; a missing row breaks it.
        soon: seconds to full below which a forecast flags.
    """
    newest = values[-lasting:]
    enough = len(newest) == lasting
    found = []
    for place, forecast in enumerate(forecasts):
        column = newest[:, place]
        level = float(column[-1]) if len(column) and np.isfinite(column[-1]) else None
        near = forecast.seconds if forecast.seconds is not None and forecast.seconds < soon else None
        at_limit = forecast.rule == "full" or (enough and bool((column >= limit).all()))
        found.append(Saturated(level, limit, at_limit, near))
    return found
