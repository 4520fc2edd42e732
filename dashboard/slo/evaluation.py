"""Judges all objectives at one moment: the ledger in, a report for each out. Sums are computed for all at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from dashboard.slo import burn_windows
from dashboard.slo.alerts import alerts, burn, state
from dashboard.slo.budget import remaining, wilson
from dashboard.slo.caveats import Caveat, count_caveats, gap_caveats
from dashboard.slo.event_rows import BAD
from dashboard.slo.forecast import exhaustions
from dashboard.slo.indicators import Composite
from dashboard.slo.judgement import MeasuredTime, is_little
from dashboard.slo.ledger import Ledger
from dashboard.slo.new_counters import NewCounters
from dashboard.slo.newest_plan import NEWEST_STEP
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import Rule
from dashboard.slo.report import Burn, Interval, SloReport
from dashboard.slo.sla import sla_report
from dashboard.timerange import HOUR

# After this many seconds without a measured row, the current state of an objective is unknown.
STALE = 300


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What stays the same from one evaluation to the next.

    Attributes:
        row_s: seconds of its slices; 0 without slices. `step`: seconds of its rows. `finest_s`: of its shortest rows.
        rules: fastest first. `windows`: all windows of the rules, in seconds.
    """

    slo: Slo
    budget: float
    row_s: int
    step: int
    finest_s: int
    rules: tuple[Rule, ...]
    windows: tuple[float, ...]

    @classmethod
    def of(cls, slo: Slo, step: int, has_newest_rows: bool) -> "_Prepared":
        # Rules and budget are parsed from decimal texts, which is too slow for every refresh.
        rules = tuple(sorted(slo.rules, key=lambda rule: rule.row.long_s))
        edges = {edge for rule in rules for edge in (rule.row.long_s, rule.row.short_s)}
        step = max(slo.row_s, step)
        finest_s = NEWEST_STEP if has_newest_rows else step
        return cls(slo, slo.budget, slo.row_s, step, finest_s, rules, tuple(sorted(edges | {float(HOUR)})))


class _Counts(NamedTuple):
    """The ledger's counts for one objective's window at the time of evaluation.

    Attributes:
        start, end: of the window, in epoch seconds. `measured_at`: the newest row with a measurement, and
            `backwards_at`, the newest in which a counter ran backwards: epoch seconds, 0 if there is none.
        bad, valid: events. `hours_above`: hours with more good than valid events.
        measured_s, unmeasured_s: seconds with and without a measurement, since the first one.
        partial_s: seconds with partial answers. `is_partial_now`: 1 if the newest rows are partial, else 0.
        excluded_s: seconds of maintenance so far. `period_s`: of the whole window, without all of its maintenance.
    """

    start: float
    end: float
    bad: float
    valid: float
    measured_s: float
    measured_at: float
    unmeasured_s: float
    hours_above: float
    backwards_at: float
    partial_s: float
    is_partial_now: float
    excluded_s: float
    period_s: float


class Evaluator:
    """Judges the objectives of a ledger; remembers firing rules for windows that are not measured."""

    def __init__(self) -> None:
        self._followed: tuple[tuple[Slo, ...], tuple[int, ...], tuple[bool, ...]] = (), (), ()
        self._prepared: tuple[_Prepared, ...] = ()
        self._fired: Mapping[tuple[str, str], frozenset[Rule]] = {}

    def reports(
        self, ledger: Ledger, *, remembers: bool = True, newest: np.ndarray | None = None
    ) -> tuple[SloReport, ...]:
        """One report for each objective, in order, all for the same time.

        Args:
            ledger: the events.
            remembers: store which rules fire; not while only a part of the past was read, as too many may seem to fire.
            newest: epoch seconds of each objective's newest sample, whatever its rows contain; None: unknown.
        """
        followed = ledger.slos, ledger.steps, tuple(ledger.has_newest_rows.tolist())
        if followed != self._followed:
            self._followed, self._prepared = followed, tuple(map(_Prepared.of, *followed))
        if not ledger.slos:
            return ()
        parts = zip(self._prepared, _counts(ledger, newest), _burns(ledger, self._prepared), strict=True)
        judged = [self._report(ledger, prepared, counts, burns) for prepared, counts, burns in parts]
        if remembers:
            self._fired = {
                (report.slo.service, report.slo.name): frozenset(alert.rule for alert in report.alerts if alert.firing)
                for report in judged
            }
        # All forecasts at once: objectives with the same window share a replay of their hours.
        ends = exhaustions(judged, ledger.hours)
        return tuple(replace(report, exhaustion=end) for report, end in zip(judged, ends, strict=True))

    def _report(self, ledger: Ledger, prepared: _Prepared, counts: _Counts, burns: Mapping[float, Burn]) -> SloReport:
        slo, at, bad, valid = prepared.slo, float(ledger.at), counts.bad, counts.valid
        budgeted = _budgeted(slo, valid, counts.period_s)
        left = remaining(bad, budgeted, prepared.budget) if valid > 0 else None
        fired = self._fired.get((slo.service, slo.name), frozenset())
        results = alerts(slo, prepared.rules, burns, finest_s=prepared.finest_s, fired=fired)
        # One late row does not make an objective stale.
        stale_after_s = max(STALE, 2 * prepared.step)
        stale = ledger.closed_at - counts.measured_at > stale_after_s
        expected_s = min(at, counts.end) - counts.start - counts.excluded_s
        measured = MeasuredTime(counts.measured_s - counts.partial_s, expected_s)
        return SloReport(
            slo=slo,
            state=state(
                left,
                burns[HOUR],
                results,
                row_s=prepared.step,
                stale=stale,
                partial=counts.is_partial_now > 0,
                little=is_little(counts.measured_s, at - counts.start),
            ),
            at=at,
            start=counts.start,
            end=counts.end,
            good=valid - bad if valid > 0 else None,
            valid=valid if valid > 0 else None,
            coverage=_share(counts.measured_s - counts.partial_s, expected_s),
            partial_coverage=_share(counts.partial_s, expected_s),
            is_partial_now=counts.is_partial_now > 0,
            sli=1 - bad / valid if valid > 0 else None,
            interval=_interval(slo, bad, valid),
            remaining=left,
            burn=tuple(burns.values()),
            alerts=results,
            budgeted=budgeted,
            measured_at=counts.measured_at or None,
            stale=stale,
            stale_after_s=float(stale_after_s),
            measured_s=counts.measured_s,
            excluded_s=counts.excluded_s,
            period_s=counts.period_s,
            sla=sla_report(slo.sla, bad=bad, valid=valid, measured=measured) if slo.sla and valid > 0 else None,
            caveats=_caveats(prepared, counts, at),
        )


def _counts(ledger: Ledger, newest: np.ndarray | None) -> list[_Counts]:
    """Counts of all objectives in order; `newest`: epoch seconds after which no sample was taken."""
    measured_at = ledger.measured_at() if newest is None else np.minimum(ledger.measured_at(), newest)
    at = float(ledger.at)
    starts, ends = np.array([slo.window.bounds(at) for slo in ledger.slos]).T
    # Computing arrays by objective is cheap, indexing them one by one is not: convert to rows of plain numbers.
    table = np.column_stack(
        [
            *(starts, ends, ledger.since(starts)),
            *(measured_at, ledger.unmeasured(starts)),
            *((ledger.hours.values[:, :, BAD] < 0).sum(axis=0), ledger.backwards()),
            *(ledger.partial_s(starts), ledger.is_partial_now()),
            *(ledger.excluded_s(starts, at), ends - starts - ledger.excluded_s(starts, ends)),
        ]
    )
    return [_Counts(*row) for row in table.tolist()]


def _burns(ledger: Ledger, slos: Sequence[_Prepared]) -> list[dict[float, Burn]]:
    """For each objective, the burn over every window of its rules and over the last hour."""
    windows = {window for slo in slos for window in slo.windows}
    # Once for each window length, for all objectives that need it.
    sums, expected, until, new_counters = {}, {}, ledger.until, NewCounters.of(ledger)
    for window in windows:
        lengths = burn_windows.lengths(ledger, window)
        starts = until - lengths
        sums[window] = (ledger.since(starts) + new_counters.within(until - window)).tolist()
        expected[window] = (lengths - ledger.excluded_s(starts, until)).tolist()
    return [
        {
            window: burn(window, sums[window][column], budget=slo.budget, expected_s=expected[window][column])
            for window in slo.windows
        }
        for column, slo in enumerate(slos)
    ]


def _share(seconds: float, expected_s: float) -> float:
    return min(1.0, seconds / expected_s) if expected_s > 0 else 0.0


def _interval(slo: Slo, bad: float, valid: float) -> Interval | None:
    """The interval of the SLI; none for slices, which are not independent trials, and for impossible counts."""
    trials = slo.method is Method.TIMESLICES or (slo.counted and not isinstance(slo.indicator, Composite))
    if not trials or valid <= 0 or not 0 <= bad <= valid:
        return None
    low, high = wilson(bad, valid)
    return 1 - high, 1 - low


def _budgeted(slo: Slo, valid: float, period_s: float) -> float:
    """The valid events that the budget refers to: so far; for slices of a calendar period, all of its slices."""
    return period_s / slo.row_s if slo.window.is_period and slo.method is Method.TIMESLICES else valid


def _caveats(prepared: _Prepared, counts: _Counts, at: float) -> tuple[Caveat, ...]:
    slo = prepared.slo
    numbers = count_caveats(
        counts.bad, counts.valid, budget=prepared.budget, hours_above=counts.hours_above, counted=slo.counted
    )
    gaps = gap_caveats(
        counts.unmeasured_s - counts.excluded_s,
        counts.backwards_at,
        counts.partial_s,
        start=counts.start,
        now=at,
        sliced=slo.method is not Method.OCCURRENCES,
    )
    return (*numbers, *gaps)
