"""Finds objectives that are never met, or never challenged, by whole weeks, for all objectives at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from dashboard.slo.event_rows import BAD, SECONDS, VALID, Rows
from dashboard.slo.judgement import COVERAGE_MIN
from dashboard.slo.objective import Slo
from dashboard.timerange import DAY, HOUR

WEEK = 7 * DAY
# Maximum number of weeks, and minimum number of known ones.
WEEKS_MAX, WEEKS_MIN = 13, 4
# An objective that never spends more than this share of a week's budget is not challenged.
CHALLENGED_MIN = 0.1
# In weeks that allow fewer bad events, spending nothing means nothing.
EVENTS_MIN = 10.0


class Finding(StrEnum):
    """Why an objective is uninformative."""

    NEVER_MET = "never_met"
    NEVER_CHALLENGED = "never_challenged"


@dataclass(frozen=True, slots=True)
class Standing:
    """An uninformative objective.

    Attributes:
        weeks: number of known ones.
        spent: share of a week's budget: the minimum if it was never met, the maximum if it was never challenged.
    """

    finding: Finding
    weeks: int
    spent: float


def standings(slos: Sequence[Slo], hours: Rows) -> list[Standing | None]:
    """Whether each objective is uninformative; None if it is informative, or data are too few.

    Args:
        slos: in the order of the rows' columns. `hours`: their events.
    """
    weeks = _weeks(hours)
    if not len(weeks):
        return [None] * len(slos)
    budget = np.array([slo.budget for slo in slos])
    known = (weeks[:, :, SECONDS] >= COVERAGE_MIN * WEEK) & (weeks[:, :, VALID] > 0)
    allowed = budget * weeks[:, :, VALID]
    with np.errstate(divide="ignore", invalid="ignore"):
        spent = np.where(known, weeks[:, :, BAD] / allowed, np.nan)
    return [
        _standing(spent[known[:, column], column], allowed[known[:, column], column], slo)
        for column, slo in enumerate(slos)
    ]


def _standing(spent: np.ndarray, allowed: np.ndarray, slo: Slo) -> Standing | None:
    """The standing of one objective, by its known weeks.

    Args:
        spent: shares of their budgets. `allowed`: bad events allowed in each. `slo`: the objective.
    """
    if len(spent) < WEEKS_MIN:
        return None
    least, most = float(spent.min()), float(spent.max())
    if least > 1:
        return Standing(Finding.NEVER_MET, len(spent), least)
    tells = not slo.counted or float(allowed.min()) >= EVENTS_MIN
    return Standing(Finding.NEVER_CHALLENGED, len(spent), most) if most < CHALLENGED_MIN and tells else None


def _weeks(hours: Rows) -> np.ndarray:
    """Events of the last whole weeks, shape (weeks, objectives, 3)."""
    per_week = WEEK // HOUR
    # The newest hour may still be incomplete.
    values = hours.values[: len(hours.values)]
    count = min(len(values) // per_week, WEEKS_MAX)
    if not count:
        return np.zeros((0, values.shape[1], 3))
    weeks: np.ndarray = values[-count * per_week :].reshape(count, per_week, values.shape[1], 3).sum(axis=1)
    return weeks
