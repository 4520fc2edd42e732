"""All objectives judged at one moment: the ledger in, a report for each out. Sums are made for all of them at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from dashboard.slo import forecast
from dashboard.slo.budget import HAIR, burn_rate, is_spent, remaining, wilson
from dashboard.slo.caveats import Caveat, CaveatKind, count_caveats
from dashboard.slo.event_rows import BAD
from dashboard.slo.indicators import Composite
from dashboard.slo.ledger import Ledger
from dashboard.slo.objective import Method, Sla, Slo
from dashboard.slo.policy import LONG_MIN, SHORT_MIN, Rule
from dashboard.slo.report import Alert, Burn, Reading, SlaReport, SloReport, State, Suppression
from dashboard.slo.windows import Calendar
from dashboard.timerange import HOUR

WORST = (Reading.CRITICAL, Reading.INCREASING, Reading.RECOVERING, Reading.ACCEPTABLE)
Before = Mapping[tuple[str, str], SloReport]
Counts = tuple[float, float, float]
# Differences that decimal numbers leave in floating point: a burn of exactly the threshold is not above it.
TIE = 1e-9
# After so many seconds without a measured row nobody knows how an objective does now.
STALE = 300
# So many seconds without a measure are a gap worth telling.
GAP = 600


@dataclass(frozen=True, slots=True)
class _Plan:
    """What does not change from one evaluation to the next: each objective's rules and budget, all windows."""

    rules: tuple[tuple[Rule, ...], ...]
    budgets: tuple[float, ...]
    windows: tuple[float, ...]

    @classmethod
    def of(cls, slos: Sequence[Slo]) -> "_Plan":
        rules = tuple(slo.rules for slo in slos)
        edges = {edge for some in rules for rule in some for edge in (rule.row.long_s, rule.row.short_s)}
        return cls(rules, tuple(slo.budget for slo in slos), tuple(sorted(edges | {float(HOUR)})))


class Evaluator:
    """Judges the objectives of a ledger; remembers what firing rules said, for windows that cannot be read."""

    def __init__(self) -> None:
        self._slos: tuple[Slo, ...] = ()
        self._plan = _Plan.of(())
        self._before: Before = {}

    def reports(self, ledger: Ledger) -> tuple[SloReport, ...]:
        """One report for each objective, in their order; all at the same moment."""
        if ledger.slos != self._slos:
            self._slos, self._plan = ledger.slos, _Plan.of(ledger.slos)
        if not ledger.slos:
            return ()
        made = self._judged(ledger)
        self._before = {(report.slo.service, report.slo.name): report for report in made}
        return made

    def _judged(self, ledger: Ledger) -> tuple[SloReport, ...]:
        slos, at = ledger.slos, float(ledger.at)
        bounds = [slo.window.bounds(at) for slo in slos]
        starts = np.array([start for start, _ in bounds])
        counts = ledger.since(starts).tolist()
        burns = self._burns(ledger)
        measured = ledger.measured().tolist()
        unmeasured = ledger.unmeasured(starts).tolist()
        broken = (ledger.hours.values[:, :, BAD] < 0).sum(axis=0).tolist()
        made = [
            self._report(
                ledger,
                place,
                bounds[place],
                tuple(counts[place]),
                burns[place],
                broken=broken[place],
                measured_at=measured[place],
                unmeasured=unmeasured[place],
            )
            for place in range(len(slos))
        ]
        ends = forecast.exhaustions(made, ledger.hours)
        return tuple(replace(report, exhaustion=end) for report, end in zip(made, ends, strict=True))

    def _burns(self, ledger: Ledger) -> list[dict[float, Burn]]:
        """For each objective the burn over every window that some rule looks at."""
        sums = {window: ledger.sums(window).tolist() for window in self._plan.windows}
        made = []
        for place, slo in enumerate(ledger.slos):
            mine = {edge for rule in self._plan.rules[place] for edge in (rule.row.long_s, rule.row.short_s)}
            burns = {}
            for window in self._plan.windows:
                if window in mine or window == HOUR:
                    expected = window - ledger.excluded_s(slo, ledger.at - window, ledger.at)
                    burns[window] = _burn(window, sums[window][place], self._plan.budgets[place], expected)
            made.append(burns)
        return made

    def _report(
        self,
        ledger: Ledger,
        place: int,
        bounds: tuple[float, float],
        counts: Counts,
        burns: Mapping[float, Burn],
        *,
        broken: int,
        measured_at: float,
        unmeasured: float,
    ) -> SloReport:
        slo, budget, at = ledger.slos[place], self._plan.budgets[place], float(ledger.at)
        (start, end), (bad, valid, seconds) = bounds, counts
        excluded = ledger.excluded_s(slo, start, at)
        period = end - start - ledger.excluded_s(slo, start, end)
        budgeted = _budgeted(slo, valid, period)
        left = remaining(bad, budgeted, budget) if valid > 0 else None
        alerts = self._alerts(slo, self._plan.rules[place], burns, finest=max(slo.row_s, ledger.base))
        stale = at - measured_at > max(STALE, 2 * slo.row_s, 2 * ledger.base)
        expected = min(at, end) - start - excluded
        return SloReport(
            slo=slo,
            state=_state(left, burns[HOUR], alerts, stale=stale, slice_s=slo.row_s),
            at=at,
            start=start,
            end=end,
            good=valid - bad if valid > 0 else None,
            valid=valid if valid > 0 else None,
            coverage=min(1.0, seconds / expected) if expected > 0 else 0.0,
            sli=1 - bad / valid if valid > 0 else None,
            interval=_interval(slo, bad, valid),
            remaining=left,
            burn=tuple(burns.values()),
            alerts=alerts,
            budgeted=budgeted,
            measured_at=measured_at or None,
            stale=stale,
            measured_s=seconds,
            excluded_s=excluded,
            period_s=period,
            sla=_sla(slo.sla, bad, valid) if slo.sla is not None and valid > 0 else None,
            caveats=(
                *count_caveats(bad, valid, budget=budget, hours_above=broken, counted=slo.counted),
                *_gaps(ledger, slo, start, unmeasured),
            ),
        )

    def _alerts(
        self, slo: Slo, rules: Iterable[Rule], burns: Mapping[float, Burn], *, finest: int
    ) -> tuple[Alert, ...]:
        """The rules, the fastest first: one that fires holds back those that are slower."""
        before = self._before.get((slo.service, slo.name))
        fired = {alert.rule for alert in before.alerts if alert.firing} if before is not None else set()
        made: list[Alert] = []
        for rule in sorted(rules, key=lambda rule: rule.row.long_s):
            faster = any(alert.firing and alert.rule.row.severity != rule.row.severity for alert in made)
            made.append(_alert(slo, rule, burns, finest=finest, was=rule in fired, faster=faster))
        return tuple(made)


def _burn(window_s: float, counts: Sequence[float], budget: float, expected_s: float) -> Burn:
    bad, valid, seconds = counts
    coverage = min(1.0, seconds / expected_s) if expected_s > 0 else 0.0
    # What sums leave of nothing when two long totals are subtracted is nothing.
    if valid <= 1e-9:
        return Burn(window_s, None, None, None, coverage)
    return Burn(window_s, burn_rate(bad, valid, budget), valid - bad, valid, coverage)


def _alert(slo: Slo, rule: Rule, burns: Mapping[float, Burn], *, finest: int, was: bool, faster: bool) -> Alert:
    long, short = burns[rule.row.long_s], burns[rule.row.short_s]
    reading = _reading(rule, long, short, finest=finest)
    if reading is None:
        # It stays as it was.
        return Alert(rule, long, short, None, was, Suppression.WINDOW_NOT_MEASURED)
    over = reading is Reading.CRITICAL
    suppressed: Suppression | None = None
    if reading is not Reading.ACCEPTABLE and slo.counted and long.bad < slo.min_failures - TIE:
        suppressed = Suppression.MIN_FAILURES
    elif over and faster:
        suppressed = Suppression.FASTER_ALERT
    return Alert(rule, long, short, reading, over and suppressed is None, suppressed)


def _reading(rule: Rule, long: Burn, short: Burn, *, finest: int) -> Reading | None:
    """Both windows against the threshold; None where one has nothing to say."""
    if long.coverage < LONG_MIN or short.coverage < SHORT_MIN or rule.row.short_s < finest:
        return None
    # Nobody came in the short window: nothing burns now. Nobody in the long one: nothing can be read.
    if long.rate is None:
        return None
    threshold = rule.threshold * (1 + TIE)
    burning = short.rate is not None and short.rate > threshold
    if long.rate > threshold:
        return Reading.CRITICAL if burning else Reading.RECOVERING
    return Reading.INCREASING if burning else Reading.ACCEPTABLE


def _state(left: float | None, hour: Burn, alerts: Sequence[Alert], *, stale: bool, slice_s: int) -> State:
    if left is None:
        return State.NO_DATA
    if is_spent(left):
        return State.EXHAUSTED
    if stale:
        return State.NO_DATA
    readings = {alert.reading for alert in alerts if alert.reading is not None and not _few(alert)}
    # Slices that are longer than an hour are longer than the windows that tell of the present.
    coarse = slice_s > HOUR
    quiet = coarse or hour.rate is None or any(alert.reading is not None for alert in alerts)
    worst = next((reading for reading in WORST if reading in readings), None)
    if worst not in (None, Reading.ACCEPTABLE):
        return State(worst.value)
    # Minutes of an hour do not vouch for it, nor do the days before.
    known = coarse or hour.coverage >= LONG_MIN
    return State.ACCEPTABLE if quiet and known else State.NO_DATA


def _few(alert: Alert) -> bool:
    return alert.suppressed is Suppression.MIN_FAILURES


def _interval(slo: Slo, bad: float, valid: float) -> tuple[float, float] | None:
    """Of the SLI; shares of slices are no trials, and counts that cannot be have no interval."""
    trials = slo.method is Method.TIMESLICES or (slo.counted and not isinstance(slo.indicator, Composite))
    if not trials or valid <= 0 or not 0 <= bad <= valid:
        return None
    low, high = wilson(bad, valid)
    return 1 - high, 1 - low


def _budgeted(slo: Slo, valid: float, seconds: float) -> float:
    """The valid events a budget is of: so far; for slices of a calendar period all of them, known before it is over."""
    period = isinstance(slo.window, Calendar) and not slo.window.rolling
    return seconds / slo.row_s if period and slo.method is Method.TIMESLICES else valid


def _sla(sla: Sla, bad: float, valid: float) -> SlaReport:
    sli = 1 - bad / valid
    owed = [credit for credit in sla.credits if sli < credit.below]
    worst = min(owed, key=lambda credit: credit.below, default=None)
    left = 1 - bad / (_lost_at(sla.objective) * valid)
    made = SlaReport(sla.objective, left, left >= -HAIR, worst.credit if worst is not None else None)
    ahead = max((credit for credit in sla.credits if sli >= credit.below), key=lambda one: one.below, default=None)
    if ahead is None:
        return made
    events = max(0.0, _lost_at(ahead.below) * valid - bad)
    return replace(made, next_credit=ahead.credit, next_below=ahead.below, next_events=events)


def _lost_at(sli: float) -> float:
    """The share of bad events at an SLI, from its decimal text."""
    return float(1 - Decimal(repr(sli)))


def _gaps(ledger: Ledger, slo: Slo, start: float, unmeasured: float) -> Iterable[Caveat]:
    missing = unmeasured - ledger.excluded_s(slo, start, float(ledger.at))
    # A scrape that is a minute late is no gap.
    if missing > GAP and slo.method is Method.OCCURRENCES:
        yield Caveat(CaveatKind.NOT_MEASURED, missing)
    backwards = ledger.backwards(slo)
    if backwards is not None and backwards > start:
        yield Caveat(CaveatKind.COUNTER_RAN_BACKWARDS, float(ledger.at - backwards))
