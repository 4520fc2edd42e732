"""Which burn rate alerts would have fired on past events, and when, by our alerting rules.

A rule fires at an evaluation if both of its windows exceed its threshold, failures are sufficient, both windows are
measured, and no faster alert of another severity fires. Scraped counters are counted as by `increase`: from the first
to the last sample of a window. Windows above six hours are sums of five minutes each, as the rules record them.
While data are missing no alert fires.
https://sre.google/workbook/alerting-on-slos/
https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.rules.recording import DIRECT_MAX, evaluation_interval, usable_rules
from dashboard.slo.alerts import NOTHING, TIE
from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.objective import SLICE, Slo
from dashboard.slo.policy import LONG_MIN, SHORT_MIN, Rule
from dashboard.slo.timeline import runs
from dashboard.whatif.past import Counted


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert that would have fired.

    Attributes:
        rule: of the alert. `start`: epoch seconds of the first evaluation at which it fires.
        end: of the first one at which it no longer does; None if it still fires at the end.
    """

    rule: Rule
    start: float
    end: float | None

    @property
    def severity(self) -> str:
        """`page` or `ticket`."""
        return self.rule.row.severity


def interval(slo: Slo, rows: Counted) -> int:
    """Seconds between two evaluations: those of our rules, or of the rows if they are longer."""
    return max(evaluation_interval(slo), rows.step)


def fired(slo: Slo, rows: Counted, since: float) -> tuple[Fired, ...]:
    """The alerts of an objective, oldest first.

    Args:
        slo: with its policy. `rows`: its events. `since`: epoch seconds of the first evaluation.
    """
    every = interval(slo, rows)
    moments = np.arange(-(-max(since, rows.first) // every) * every, rows.end + 1, every, dtype=float)
    rules = [rule for rule in usable_rules(slo) if rule.row.short_s >= rows.step]
    alerts: list[Fired] = []
    for rule, fires in zip(rules, firing(slo, rules, rows, moments), strict=True):
        for begin, end in runs(fires):
            alerts.append(Fired(rule, float(moments[begin]), float(moments[end]) if end < len(moments) else None))
    return tuple(sorted(alerts, key=lambda alert: (alert.start, alert.rule.row.long_s)))


def firing(slo: Slo, rules: Sequence[Rule], rows: Counted, moments: np.ndarray) -> list[np.ndarray]:
    """Which rules fire at which times, shape (moments,) each.

    Args:
        slo: the objective. `rules`: fastest first. `rows`: its events. `moments`: epoch seconds, ascending.
    """
    windows = _Windows(slo, rows, moments)
    results: list[np.ndarray] = []
    for place, rule in enumerate(rules):
        fires = _conditions(slo, rule, windows)
        for faster, other in zip(rules[:place], results, strict=True):
            if faster.row.severity != rule.row.severity:
                fires = fires & ~other
        results.append(fires)
    return results


def _conditions(slo: Slo, rule: Rule, windows: "_Windows") -> np.ndarray:
    """Where a rule would fire regardless of other rules."""
    long, short = windows.of(rule.row.long_s), windows.of(rule.row.short_s)
    above = rule.threshold * slo.budget * (1 + TIE)
    fires: np.ndarray = (
        long.is_covered(LONG_MIN) & short.is_covered(SHORT_MIN) & (long.valid > NOTHING) & (short.valid > NOTHING)
    )
    fires &= (long.bad > above * long.valid) & (short.bad > above * short.valid)
    if slo.counted:
        fires &= long.bad >= slo.min_failures - TIE
    return fires


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """Events of a window at each time, and its measured share, shape (moments,) each."""

    bad: np.ndarray
    valid: np.ndarray
    coverage: np.ndarray

    def is_covered(self, least: float) -> np.ndarray:
        """Where at least this share, 0–1, was measured."""
        covered: np.ndarray = self.coverage >= least - TIE
        return covered


class _Windows:
    """Windows of any length that end at some times, each summed up once."""

    def __init__(self, slo: Slo, rows: Counted, moments: np.ndarray) -> None:
        self._rows, self._moments = rows, moments
        # Slices are values at one time, and are not interpolated.
        self._is_scraped = bool(rows.scrape_s) and not slo.row_s
        self._every = interval(slo, rows)
        self._known: dict[float, _Window] = {}
        if self._is_scraped:
            self._blocks = self._recorded()
            self._present = self._recordings()

    def of(self, seconds: float) -> _Window:
        """The window of a length in seconds."""
        if seconds not in self._known:
            self._known[seconds] = self._counted(seconds) if self._is_scraped else self._exact(seconds)
        return self._known[seconds]

    def _exact(self, seconds: float) -> _Window:
        sums = self._rows.within(self._moments - seconds, self._moments)
        return _Window(sums[:, BAD], sums[:, VALID], sums[:, SECONDS] / seconds)

    def _counted(self, seconds: float) -> _Window:
        """The window for scraped counters."""
        if seconds > DIRECT_MAX:
            ends = self._moments // SLICE * SLICE
            sums = self._blocks.within(ends - seconds, ends)
        else:
            sums = self._rows.increase(self._moments, seconds)
        return _Window(sums[:, BAD], sums[:, VALID], self._coverage(seconds))

    def _recorded(self) -> Counted:
        """Events of five minutes at each fifth one, as the rules record them."""
        first = int(-(-self._rows.first // SLICE) * SLICE)
        ends = np.arange(first, self._rows.end + 1, SLICE, dtype=float)
        return Counted(first, SLICE, self._rows.increase(ends, float(SLICE)))

    def _recordings(self) -> tuple[int, np.ndarray]:
        """The time before the first evaluation, and the running number of evaluations that recorded events."""
        every = self._every
        first = int(-(-self._rows.first // every) * every)
        ends = np.arange(first, self._rows.end + 1, every, dtype=float)
        measured = self._rows.increase(ends, float(SLICE))[:, SECONDS] > 0
        return first - every, np.concatenate([[0], np.cumsum(measured)])

    def _coverage(self, seconds: float) -> np.ndarray:
        """The share of evaluations in a window that recorded something."""
        begin, numbers = self._present
        until = ((self._moments - begin) // self._every).astype(np.intp)
        before = np.maximum(until - int(seconds // self._every), 0)
        share: np.ndarray = (numbers[until] - numbers[before]) * self._every / seconds
        return share
