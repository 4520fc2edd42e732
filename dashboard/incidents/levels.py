"""The severity of each step of an objective, judged by what was known at its end."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.incidents.incident import Severity
from dashboard.incidents.steps import PER_HOUR, Steps, burns, rows_of, trailing
from dashboard.incidents.usual import Usual, limit
from dashboard.running_sums import running_sums
from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.policy import LONG_MIN, SHORT_MIN, Rule
from dashboard.timerange import HOUR

# Anything that costs less than this share of the budget, or than this many hours at the allowed rate, is no incident.
COST_MIN = 0.005
FAST_HOURS, SLOW_HOURS = 5.0, 4.0
FAILURES_MIN = 5.0
# A rule makes an incident if its long window exceeds what the objective allows by this many standard deviations. With
# less, little traffic near its budget causes random incidents; with more, slow burns with little traffic are missed.
CHANCE = 2.0
# A burst is over once an hour as a whole is below the allowed rate; after a slow burn, a longer window.
HOLD_FAST, HOLD_SLOW = HOUR, 6 * HOUR
RANK = {Severity.ANOMALY: 1, Severity.TICKET: 2, Severity.PAGE: 3}
BY_RANK = {rank: severity for severity, rank in RANK.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """By step, shape (steps,): the rank of its severity, 0 for none, and the seconds of calm that end it.

    Attributes:
        alerts: the rank of the firing burn rules, whether or not chance could make them fire.
        beyond: bad events above what is usual; negative if below. `usual`: by the hour.
    """

    rank: np.ndarray
    alerts: np.ndarray
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
        rank, alerts, hold = (np.zeros(len(counts), dtype=np.int64) for _ in range(3))
        hold += HOLD_SLOW
        tests = [*_rules(steps, total), *_costs(steps, total, hours, usual)]
        for severity, seconds, fires, stands_out in tests:
            rank = np.where(stands_out, np.maximum(rank, RANK[severity]), rank)
            alerts = np.where(fires, np.maximum(alerts, RANK[severity]), alerts)
            hold = np.where(stands_out, np.minimum(hold, seconds), hold)
        return cls(rank, alerts, hold, beyond, usual)


# A severity, its hold, and masks of the steps in which it fires, and in which that is not chance, shape (steps,).
_Test = tuple[Severity, int, np.ndarray, np.ndarray]


def _rules(steps: Steps, total: np.ndarray) -> Iterator[_Test]:
    """The burn rules of an objective.

    Args:
        steps: of the objective. `total`: running sums of their events.
    """
    # Slow rules are evaluated at full hours, whose counts are always known.
    full = _full_hours(len(total) - 1)
    for rule in steps.slo.rules:
        if rule.row.short_s < steps.finest_s:
            continue
        is_fast = rule.row.short_s < HOUR
        fires = _fires(rule, steps, total)
        hold = HOLD_FAST if is_fast else int(max(HOLD_FAST, rule.row.short_s))
        severity = Severity.PAGE if rule.row.severity == "page" else Severity.TICKET
        fires = fires if is_fast else fires & full
        yield severity, hold, fires, fires & _is_no_chance(steps, trailing(total, rows_of(rule.row.long_s)))


def _costs(steps: Steps, total: np.ndarray, hours: np.ndarray, usual: Usual) -> Iterator[_Test]:
    """Additional bad events that cost enough to matter, whatever the rules say.

    Args:
        steps: of an objective. `total`: running sums of their events. `hours`, `usual`: by the hour.
    """
    budget, length = steps.slo.budget, len(total) - 1
    window = usual.rate * steps.slo.window.nominal_s * budget
    if steps.finest_s < HOUR:
        hour = np.arange(length) // PER_HOUR
        fast = _costs_fast(trailing(total, PER_HOUR), window, usual, budget, hour)
        yield Severity.ANOMALY, HOLD_FAST, fast, fast
    slow = np.repeat(_costs_slowly(hours, window, usual, budget), PER_HOUR)[:length] & _full_hours(length)
    yield Severity.ANOMALY, HOLD_SLOW, slow, slow


def _full_hours(length: int) -> np.ndarray:
    """Mask of steps that end with an hour."""
    ends: np.ndarray = np.arange(1, length + 1) % PER_HOUR == 0
    return ends


def _is_no_chance(steps: Steps, sums: np.ndarray) -> np.ndarray:
    """Whether windows have more bad events than chance allows for a service that just meets its objective.

    With little traffic a rule fires by chance: at one request every twenty seconds, three days have thirteen bad events
    if the objective is just met, and the slowest rule needs only one more. Uses the lower end of an interval for the
    mean of a Poisson count (Wilson and Hilferty):
    https://en.wikipedia.org/wiki/Poisson_distribution#Confidence_interval

    Args:
        steps: of an objective. `sums`: events of windows, shape (steps, 3).
    """
    if not steps.slo.counted:
        return np.ones(len(sums), dtype=bool)
    bad = np.maximum(sums[:, BAD], 1.0)
    least = bad * np.maximum(1 - 1 / (9 * bad) - CHANCE / (3 * np.sqrt(bad)), 0.0) ** 3
    beyond: np.ndarray = least > steps.slo.budget * sums[:, VALID]
    return beyond


def _fires(rule: Rule, steps: Steps, total: np.ndarray) -> np.ndarray:
    """Whether a rule fires at the end of each step."""
    long, short = trailing(total, rows_of(rule.row.long_s)), trailing(total, rows_of(rule.row.short_s))
    measured = (long[:, SECONDS] >= LONG_MIN * rule.row.long_s) & (short[:, SECONDS] >= SHORT_MIN * rule.row.short_s)
    above = np.minimum(burns(long, steps.slo.budget), burns(short, steps.slo.budget)) > rule.threshold * (1 + 1e-9)
    enough = long[:, BAD] >= (steps.slo.min_failures if steps.slo.counted else 0) - 1e-9
    fires: np.ndarray = measured & above & enough
    return fires


def _costs_fast(last_hour: np.ndarray, window: np.ndarray, usual: Usual, budget: float, hour: np.ndarray) -> np.ndarray:
    """Whether the last hour cost enough to matter to the budget, and more than chance explains.

    Args:
        last_hour: events of the hour that ends with each step. `window`: allowed bad events, by the hour.
        usual: by the hour. `budget`: a share of valid events. `hour`: position of each step's hour.
    """
    bad, valid = last_hour[:, BAD], last_hour[:, VALID]
    expected = usual.ratio[hour] * valid
    least = np.maximum(COST_MIN * window[hour], np.maximum(FAST_HOURS * budget * valid, FAILURES_MIN))
    costly: np.ndarray = (bad - expected >= least) & (bad > limit(expected, usual.spread[hour]))
    return np.asarray(costly & (window[hour] > 0))


def _costs_slowly(hours: np.ndarray, window: np.ndarray, usual: Usual, budget: float) -> np.ndarray:
    """Whether consecutive hours cost enough: a cumulative sum of what is above usual and above the allowed rate.

    Page's CUSUM: https://en.wikipedia.org/wiki/CUSUM

    Args:
        hours: events, shape (hours, 3). `window`: bad events that the budget allows, by the hour.
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
