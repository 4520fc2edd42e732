"""Objectives whose events of five minutes are known exactly: a day's rhythm, what is usual, and bursts on top."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from dashboard.incidents.steps import STEP, Steps
from dashboard.slo.objective import Slo
from dashboard.timerange import DAY, HOUR
from tests.slo.feeding import availability

# A full hour, and where the data begin: two weeks before.
NOW = 1_790_006_400
BEGIN = NOW - 14 * DAY


@dataclass(frozen=True, slots=True)
class Trouble:
    """So large a part of the requests fails on top, from `start` to `end` (epoch seconds)."""

    start: float
    end: float
    share: float


def steps(
    *troubles: Trouble,
    rate: float = 40.0,
    usual: float = 0.0002,
    seed: int = 1,
    spread: float = 0.3,
    until: int = NOW,
    slo: Slo | None = None,
) -> Steps:
    """Steps until a moment; the same where they overlap, whenever that is.

    Args:
        troubles: what happens. `rate`: requests a second at its mean. `usual`: the share that fails anyway.
        seed: of the noise. `spread`: relative, of what is usual: it scatters more than by chance alone.
        until: epoch seconds. `slo`: availability of 99.9 % where there is none.
    """
    counts = _counts(troubles, rate, usual, seed, spread)
    return Steps(slo or availability(), BEGIN, counts[: (until - BEGIN) // STEP])


@lru_cache(maxsize=20)
def _counts(troubles: tuple[Trouble, ...], rate: float, usual: float, seed: int, spread: float) -> np.ndarray:
    """Events of all steps; arguments are those of `steps`."""
    starts = BEGIN + np.arange((NOW + 2 * DAY - BEGIN) // STEP) * STEP
    random = np.random.default_rng(seed)
    level = 1 + 0.5 * np.cos(2 * np.pi * starts / DAY)
    valid = random.poisson(rate * STEP * level).astype(float)
    ratio = usual * random.gamma(1 / spread**2, spread**2, len(starts)) if spread else np.full(len(starts), usual)
    for trouble in troubles:
        inside = np.clip(np.minimum(starts + STEP, trouble.end) - np.maximum(starts, trouble.start), 0, STEP) / STEP
        ratio = ratio + trouble.share * inside
    bad = random.binomial(valid.astype(int), np.minimum(ratio, 1.0)).astype(float)
    return np.column_stack([bad, valid, np.full(len(starts), float(STEP))])


def of_service(service: str, of: Steps) -> Steps:
    """The steps, as those of another service."""
    return replace(of, slo=availability(service=service))


assert BEGIN % HOUR == 0
