"""Levels that fall back again and again, seeded, as they are known at a moment: by five minutes and by the hour."""

import numpy as np

from dashboard.anomaly.saturation.falls import Falls, falls_of
from dashboard.timerange import DAY, HOUR

STEP = 300
PER_DAY = DAY // STEP
# Rows of five minutes that live pages hold.
LIVE = 3 * PER_DAY


def sawtooth(rng: np.random.Generator, days: int, period_h: float) -> np.ndarray:
    """Rises from a base to peaks that differ by a tenth of the limit at most, shape (rows,), by five minutes.

    Args:
        rng: of what it is like. `days`: so long. `period_h`: hours between two falls, about.
    """
    base, top = rng.uniform(0.2, 0.45), rng.uniform(0.6, 0.96)
    teeth: list[np.ndarray] = []
    rows = 0
    while rows < days * PER_DAY:
        peak = min(top + rng.uniform(-0.06, 0.03), 0.975)
        length = max(4, round(period_h * 12 * (peak - base) / (top - base)))
        teeth.append(base + (peak - base) * np.arange(length) / length)
        rows += length
    return np.concatenate(teeth)[: days * PER_DAY] + rng.normal(0, 0.004, days * PER_DAY)


def known(values: np.ndarray, now: int | None = None) -> Falls:
    """Falls as a dashboard knows them: of three days by five minutes, beside those of all hours.

    Args:
        values: by five minutes, shape (rows,), the first one at the epoch. `now`: rows that are known; None for all.
    """
    now = len(values) if now is None else now
    hours = now // 12
    (fine,) = falls_of(values[None, max(0, now - LIVE) : now], now * STEP, STEP)
    (coarse,) = falls_of(values[: hours * 12].reshape(1, hours, 12).max(axis=2), hours * HOUR, HOUR)
    return fine.beside(coarse)
