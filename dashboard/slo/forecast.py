"""When the budget that is left runs out, while old failures leave the window and new ones come at today's pace.

c(τ) = h(τ) + B·τ/P: what history inside (now + τ - P, now] has spent, and what burning on at B adds at even traffic.
The budget is exhausted at the smallest τ ≤ P with c(τ) ≥ 1. The first-order answer, remaining · P / B, is its lower
bound.
"""

import numpy as np

from dashboard.slo.budget import HAIR
from dashboard.slo.event_rows import BAD, Rows
from dashboard.timerange import HOUR


def leaving(hours: Rows, columns: np.ndarray, start: float, period_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Moments τ from now until a window is over, and the bad events that have left it by then.

    Args:
        columns: the objectives. `start`: epoch seconds at which their window begins now.

    Returns:
        τ in seconds, shape (moments,), and bad events, shape (moments, objectives).
    """
    moments = np.append(np.arange(0.0, period_s, HOUR), period_s)
    total = np.concatenate([np.zeros((1, len(columns))), np.cumsum(hours.values[:, columns, BAD], axis=0)])
    place = np.clip((start + moments - hours.start) / HOUR, 0, len(hours.values))
    whole = np.minimum(place.astype(np.intp), len(hours.values) - 1)
    until = total[whole] + (total[whole + 1] - total[whole]) * (place - whole)[:, None]
    return moments, until - until[0]


def spending(left: np.ndarray, moments: np.ndarray, gone: np.ndarray, pace: np.ndarray, period_s: float) -> np.ndarray:
    """Share of the budget spent at each moment, shape (moments, objectives).

    Args:
        left: bad events in the window as shares of the budget, minus what `gone` (the same unit) has left it.
        pace: burn rate of each objective.
    """
    made: np.ndarray = left - gone + moments[:, None] * pace / period_s
    return made


def first_above(spent: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """The first moment at which all is spent, exact between two of them; NaN where that never happens."""
    over = spent >= 1 - HAIR
    place = np.argmax(over, axis=0)
    column = np.arange(spent.shape[1])
    before = np.maximum(place - 1, 0)
    low, high = spent[before, column], spent[place, column]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(place > 0, (1 - low) / (high - low), 0.0)
    exact = moments[before] + part * (moments[place] - moments[before])
    made: np.ndarray = np.where(over.any(axis=0), exact, np.nan)
    return made


def first_below(spent: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """The first moment at which something is left again; NaN where that never happens."""
    return first_above(2 - spent, moments)


def in_period(left: float, pace: float, *, start: float, now: float, end: float) -> float | None:
    """Seconds until a calendar period's budget is gone; None when it lasts to the end of the period.

    Args:
        left: the share of the whole period's budget that is left, its traffic so far carried on to its end.
        pace: burn rate.
    """
    if left <= HAIR:
        return 0.0
    seconds = left * (end - start) / pace if pace > 0 else np.inf
    return seconds if now + seconds < end else None
