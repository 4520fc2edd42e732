"""How urgent each step of an objective is, judged by what was known at its end and by nothing later."""

from dataclasses import dataclass

import numpy as np

from dashboard.incidents.incident import Severity
from dashboard.incidents.steps import PER_HOUR, Steps, burns, rows_of, trailing
from dashboard.incidents.usual import Usual, limit
from dashboard.running_sums import running_sums
from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.policy import LONG_MIN, SHORT_MIN, Rule
from dashboard.timerange import HOUR

# What costs less of the budget than this share, or than so many hours at the allowed rate, is no incident.
COST_MIN = 0.005
FAST_HOURS, SLOW_HOURS = 5.0, 4.0
FAILURES_MIN = 5.0
# A burst is over once an hour as a whole is back below the allowed rate; of what burned slowly, a longer window.
HOLD_FAST, HOLD_SLOW = HOUR, 6 * HOUR
RANK = {Severity.ANOMALY: 1, Severity.TICKET: 2, Severity.PAGE: 3}
BY_RANK = {rank: severity for severity, rank in RANK.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """By step, shape (steps,): the rank of its severity, 0 for none, and the seconds after which it would be over.

    Attributes:
        beyond: bad events above what is still usual; below 0 for less. `usual`: by the hour.
    """

    rank: np.ndarray
    hold: np.ndarray
    beyond: np.ndarray
    usual: Usual

    @classmethod
    def of(cls, steps: Steps, counts: np.ndarray) -> "Levels":
        """Judge steps.

        Args:
            steps: of an objective. `counts`: their events, without bursts that are over, shape (steps, 3).
        """
        total, budget = running_sums(counts), steps.slo.budget
        hours = np.add.reduceat(counts, np.arange(0, len(counts), PER_HOUR), axis=0)
        usual = Usual.of(hours, budget)
        beyond = counts[:, BAD] - usual.limits(counts[:, VALID], PER_HOUR)
        rank, hold = np.zeros(len(counts), dtype=np.int64), np.full(len(counts), HOLD_SLOW)
        for severity, seconds, fires in _tests(steps, counts, total, hours, usual):
            rank = np.where(fires, np.maximum(rank, RANK[severity]), rank)
            hold = np.where(fires, np.minimum(hold, seconds), hold)
        return cls(rank, hold, beyond, usual)


def _tests(
    steps: Steps, counts: np.ndarray, total: np.ndarray, hours: np.ndarray, usual: Usual
) -> list[tuple[Severity, int, np.ndarray]]:
    """Each with its severity, the hold it asks for, and the steps in which it fires."""
    budget, hour = steps.slo.budget, np.arange(len(counts)) // PER_HOUR
    # Slow rules move by the hour: they are read at full hours, whose counts are always known.
    full = np.arange(1, len(counts) + 1) % PER_HOUR == 0
    tests: list[tuple[Severity, int, np.ndarray]] = []
    for rule in steps.slo.rules:
        if rule.row.short_s < steps.finest_s:
            continue
        is_fast = rule.row.short_s < HOUR
        fires = _fires(rule, steps, total)
        hold = HOLD_FAST if is_fast else int(max(HOLD_FAST, rule.row.short_s))
        severity = Severity.PAGE if rule.row.severity == "page" else Severity.TICKET
        tests.append((severity, hold, fires if is_fast else fires & full))
    window = usual.rate * steps.slo.window.nominal_s * budget
    if steps.finest_s < HOUR:
        tests.append((Severity.ANOMALY, HOLD_FAST, _costs_fast(trailing(total, PER_HOUR), window, usual, budget, hour)))
    slow = np.repeat(_costs_slowly(hours, window, usual, budget), PER_HOUR)[: len(counts)]
    tests.append((Severity.ANOMALY, HOLD_SLOW, slow & full))
    return tests


def _fires(rule: Rule, steps: Steps, total: np.ndarray) -> np.ndarray:
    """Whether a rule fires at the end of each step."""
    long, short = trailing(total, rows_of(rule.row.long_s)), trailing(total, rows_of(rule.row.short_s))
    measured = (long[:, SECONDS] >= LONG_MIN * rule.row.long_s) & (short[:, SECONDS] >= SHORT_MIN * rule.row.short_s)
    above = np.minimum(burns(long, steps.slo.budget), burns(short, steps.slo.budget)) > rule.threshold * (1 + 1e-9)
    enough = long[:, BAD] >= (steps.slo.min_failures if steps.slo.counted else 0) - 1e-9
    fires: np.ndarray = measured & above & enough
    return fires


def _costs_fast(last_hour: np.ndarray, window: np.ndarray, usual: Usual, budget: float, hour: np.ndarray) -> np.ndarray:
    """Whether the last hour cost so much beyond the usual that it matters to the budget, and is no chance.

    Args:
        last_hour: events of the hour that ends with each step. `window`: bad events that the budget is, by the hour.
        usual: by the hour. `budget`: a share of valid events. `hour`: the place of each step's hour.
    """
    bad, valid = last_hour[:, BAD], last_hour[:, VALID]
    expected = usual.ratio[hour] * valid
    least = np.maximum(COST_MIN * window[hour], np.maximum(FAST_HOURS * budget * valid, FAILURES_MIN))
    costly: np.ndarray = (bad - expected >= least) & (bad > limit(expected, usual.spread[hour]))
    return np.asarray(costly & (window[hour] > 0))


def _costs_slowly(hours: np.ndarray, window: np.ndarray, usual: Usual, budget: float) -> np.ndarray:
    """Whether hours in a row cost so much: a cumulative sum of what is beyond the usual and beyond the allowed rate.

    Page's CUSUM: https://en.wikipedia.org/wiki/CUSUM

    Args:
        hours: events, shape (hours, 3). `window`: bad events that the budget is, by the hour.
        usual: by the hour. `budget`: a share of valid events.
    """
    allowed = budget * hours[:, VALID]
    beyond = hours[:, BAD] - np.maximum(limit(usual.ratio * hours[:, VALID], usual.spread), allowed)
    total = np.cumsum(beyond)
    risen = total - np.minimum(np.minimum.accumulate(total), 0.0)
    hourly = usual.rate * HOUR * budget
    least = np.maximum(COST_MIN * window, np.maximum(SLOW_HOURS * hourly, FAILURES_MIN))
    costly: np.ndarray = (risen >= least) & (beyond > 0) & (window > 0)
    return costly
