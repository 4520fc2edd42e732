"""Hourly peaks made for tests: ramps that are full at a known time, and what is flat in every way it may be."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dashboard.capacity.hours import HOURS

# Values of five minutes in an hour; the highest of so many with noise lies so many deviations above the mean.
FINE, EXCESS = 12, 1.63


@dataclass(frozen=True, slots=True)
class Ramps:
    """Ramps and when they are full.

    Attributes:
        use: shape (hours, ramps). `lead`: hours until each is full.
        is_clear: beyond the limit within three hours, and not by a hair: its time is not open to dispute.
    """

    use: np.ndarray
    lead: float
    is_clear: np.ndarray


def ramps(seed: int, count: int, *, lead: float, shaped: bool) -> Ramps:
    """Ramps of two to 28 days from a plateau, half of them begun days ago.

    Args:
        seed: of what they are like. `count`: so many. `lead`: hours before the first hour whose peak is at the limit.
        shaped: the hours of the day add to them.
    """
    rng = np.random.default_rng(seed)
    columns: list[np.ndarray] = []
    clear: list[bool] = []
    while len(columns) < count:
        days, start = 10 ** rng.uniform(np.log10(2.5), np.log10(28)), rng.uniform(0.15, 0.6)
        swing, phase = rng.uniform(0.05, 0.2) if shaped else 0.0, rng.uniform(0, 24)
        noise, rate = rng.uniform(0.001, 0.006), (1 - swing - start) / (days * 24)

        def level(hours: np.ndarray, of: tuple[float, ...] = (start, rate, days, swing, phase)) -> np.ndarray:
            base, slope, length, amplitude, shift = of
            day = amplitude * np.cos((hours - shift) * 2 * np.pi / 24)
            return np.asarray(base + slope * np.clip(hours + length * 24, 0, None) + day)

        ahead = np.arange(-days * 24, 24 * 60, 1 / FINE)
        peaks = level(ahead) + EXCESS * noise
        place = int(np.argmax(peaks >= 1))
        hours = np.arange(-HOURS * FINE, 0) / FINE + 1 / FINE + ahead[place] - lead
        columns.append((level(hours) + rng.normal(0, noise, len(hours))).reshape(HOURS, FINE).max(axis=1))
        clear.append(bool(peaks[place : place + 3 * FINE].max() > 1.01))
    return Ramps(np.array(columns).T, lead, np.array(clear))


def _noisy(rng: np.random.Generator, hours: np.ndarray) -> np.ndarray:
    return rng.uniform(0.2, 0.96) + rng.normal(0, rng.uniform(0.002, 0.03), len(hours))


def _wandering(rng: np.random.Generator, hours: np.ndarray) -> np.ndarray:
    """Alike from one value to the next, for an hour up to two days."""
    kept, size = np.exp(-1 / (10 ** rng.uniform(0, np.log10(48)) * FINE)), rng.uniform(0.005, 0.03)
    steps = rng.normal(0, size * np.sqrt(1 - kept**2), len(hours) + 6000).tolist()
    values, value = [], 0.0
    for step in steps:
        value = kept * value + step
        values.append(value)
    return np.asarray(rng.uniform(0.2, 0.93) + np.array(values[6000:]))


def _collected(rng: np.random.Generator, hours: np.ndarray) -> np.ndarray:
    """A sawtooth, as garbage collection makes it, of minutes up to more than a day."""
    period, swing = 10 ** rng.uniform(np.log10(0.3), np.log10(30)), rng.uniform(0.05, 0.4)
    teeth = (hours / period + rng.uniform()) % 1
    return np.asarray(rng.uniform(0.1, 0.55) + swing * teeth + rng.normal(0, 0.004, len(hours)))


def _daily(rng: np.random.Generator, hours: np.ndarray) -> np.ndarray:
    """Busy by day, days that differ, and quiet weekends."""
    day = np.floor(hours / 24).astype(int)
    busy = (1 + 0.07 * rng.normal(size=40))[day] * np.where(day % 7 >= 5, rng.uniform(0.6, 1), 1.0)
    wave = 0.5 + 0.5 * np.cos(hours * 2 * np.pi / 24 + rng.uniform(0, 6))
    return np.asarray(rng.uniform(0.1, 0.55) + rng.uniform(0.05, 0.3) * busy * wave)


def _deployed(rng: np.random.Generator, hours: np.ndarray) -> np.ndarray:
    """A leak that every deploy ends: half a day up to four days apart."""
    apart, base = rng.uniform(10, 90), rng.uniform(0.1, 0.4)
    deploys = np.cumsum(apart * rng.uniform(0.6, 1.4, len(hours))) + hours[0] - rng.uniform(0, apart)
    since = hours - np.concatenate([[hours[0] - apart], deploys])[np.searchsorted(deploys, hours, side="right")]
    return np.asarray(base + rng.uniform(0.1, 0.4) * since / (1.4 * apart) + rng.normal(0, 0.004, len(hours)))


def _stepped(rng: np.random.Generator, hours: np.ndarray) -> np.ndarray:
    """One step up, at any time, and flat from then on."""
    step = np.where(hours > -rng.uniform(6, 500), rng.uniform(0.05, 0.35), 0.0)
    return np.asarray(rng.uniform(0.1, 0.5) + step + rng.normal(0, 0.006, len(hours)))


FLAT: dict[str, Callable[[np.random.Generator, np.ndarray], np.ndarray]] = {
    "noisy": _noisy, "wandering": _wandering, "collected": _collected, "daily": _daily, "deployed": _deployed,
    "stepped": _stepped,
}  # fmt: skip


def flat(kind: str, seed: int, count: int) -> np.ndarray:
    """Hourly peaks of what never fills up, shape (hours, count).

    Args:
        kind: one of `FLAT`. `seed`: of what they are like. `count`: so many.
    """
    rng = np.random.default_rng(seed)
    hours = np.arange(-HOURS * FINE, 0) / FINE
    values = [np.clip(FLAT[kind](rng, hours), 0, 0.999) for _ in range(count)]
    return np.asarray(np.array(values).reshape(count, HOURS, FINE).max(axis=2).T)
