"""The report of one objective at one moment, immutable: everything that pages, JSON API and metrics show about it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from dashboard.slo.caveats import REFUSED, Caveat
from dashboard.slo.judgement import is_little
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import Rule
from dashboard.timerange import HOUR

Interval = tuple[float, float]


class Reading(StrEnum):
    """What both windows of a burn rule show together."""

    CRITICAL = "critical"
    INCREASING = "increasing"
    RECOVERING = "recovering"
    ACCEPTABLE = "acceptable"


class State(StrEnum):
    """The state of an objective's budget."""

    EXHAUSTED = "exhausted"
    NO_DATA = "no_data"
    CRITICAL = "critical"
    INCREASING = "increasing"
    RECOVERING = "recovering"
    ACCEPTABLE = "acceptable"


@dataclass(frozen=True, slots=True)
class Burn:
    """Burn rate over the last `window_s` seconds; `rate` is None without valid events.

    `coverage`: measured share of the window.
    """

    window_s: float
    rate: float | None
    good: float | None
    valid: float | None
    coverage: float

    @property
    def bad(self) -> float:
        """Bad events; 0 without valid events."""
        return (self.valid or 0.0) - (self.good or 0.0)


class Suppression(StrEnum):
    """Why an alert differs from what its burn rates say."""

    MIN_FAILURES = "min_failures"
    FASTER_ALERT = "faster_alert"
    WINDOW_NOT_MEASURED = "window_not_measured"


@dataclass(frozen=True, slots=True)
class Alert:
    """One burn rule at one moment.

    Attributes:
        reading: None if a window is missing or has too few data.
        firing: both windows are above the threshold, and nothing suppresses it. If a window was not measured, the
            previous value is kept.
    """

    rule: Rule
    long: Burn
    short: Burn
    reading: Reading | None
    firing: bool
    suppressed: Suppression | None = None

    @property
    def effective_reading(self) -> Reading | None:
        """The reading that determines the objective's state; None if there are too few failures."""
        return None if self.suppressed is Suppression.MIN_FAILURES else self.reading


@dataclass(frozen=True, slots=True)
class Exhaustion:
    """When the remaining budget is used up if the burn rate of a window continues.

    Attributes:
        rate: burn rate of the last `window_s` seconds. `rate_interval`: its 95 % interval; the rate twice without one.
        seconds: until the budget is used up; 0 if it already is; None if it never is at this rate.
        between: the same at the high and the low end of the interval; None: never.
        recovers_s: seconds until an overspent budget is positive again at this rate; None if it is not overspent, or
            stays overspent.
    """

    rate: float
    rate_interval: Interval
    window_s: float
    seconds: float | None
    between: tuple[float | None, float | None]
    recovers_s: float | None = None


@dataclass(frozen=True, slots=True)
class SlaReport:
    """The SLA over the same window.

    Attributes:
        remaining: remaining share of its budget, signed. `met`: None if that is not known: the data are not current, or
            cover too little of the window.
        credit: the credit owed now.
        next_credit: the credit owed below the SLI `next_below`, which is reached after `next_events` more bad events;
            None if there is none.
    """

    objective: float
    remaining: float
    met: bool | None
    credit: str | None
    next_credit: str | None = None
    next_below: float | None = None
    next_events: float | None = None


@dataclass(frozen=True, slots=True)
class SloReport:
    """One objective at one moment.

    Attributes:
        at: epoch seconds of the evaluation, the same for all numbers here. `start`, `end`: of the window.
        good, valid: events in the window (or slices, if slices are counted).
        coverage: completely measured share of the time. `partial_coverage`: partly measured share.
        budgeted: the valid events that the budget refers to, for calendar slices including future ones.
        measured_at: epoch seconds of the newest measured row's end; None without any. `stale`: that is so long ago,
            more than `stale_after_s` seconds, that the present is unknown.
        has_ended: the data of the source end there: the numbers are shown as of that time.
        is_partial_now: the newest rows are partial: missing events may be bad.
        measured_s, excluded_s: seconds measured, completely or partly; and seconds of maintenance so far.
        period_s: seconds of the whole window, without past and future maintenance.
        interval: 95 % interval of the SLI (Wilson); None if there is none.
        remaining: remaining share of the budget, signed, never clamped; None without valid events.
        caveats: impossible numbers and missing data.
    """

    slo: Slo
    state: State
    at: float
    start: float
    end: float
    good: float | None
    valid: float | None
    coverage: float
    sli: float | None
    interval: Interval | None
    remaining: float | None
    burn: tuple[Burn, ...] = ()
    alerts: tuple[Alert, ...] = ()
    exhaustion: Exhaustion | None = None
    budgeted: float = 0.0
    measured_at: float | None = None
    stale: bool = False
    has_ended: bool = False
    stale_after_s: float = 300.0
    measured_s: float = 0.0
    excluded_s: float = 0.0
    period_s: float = 0.0
    sla: SlaReport | None = None
    caveats: tuple[Caveat, ...] = ()
    partial_coverage: float = 0.0
    is_partial_now: bool = False

    @property
    def known_share(self) -> float:
        """Share of the time that was measured, completely or partly."""
        return min(1.0, self.coverage + self.partial_coverage)

    @property
    def refusal(self) -> str | None:
        """Why the source does not answer what the objective needs, in one line; None if it does."""
        return next((caveat.message for caveat in self.caveats if caveat.kind in REFUSED), None)

    @property
    def is_little_measured(self) -> bool:
        """Whether so little was measured that its budget cannot be called spent."""
        return is_little(self.measured_s, self.at - self.start)

    @property
    def judged_remaining(self) -> float | None:
        """The remaining share of the budget; None also if it is used up but too little was measured to say so."""
        unknown = self.remaining is not None and self.remaining <= 0 and self.is_little_measured
        return None if unknown else self.remaining

    @property
    def bad(self) -> float | None:
        """Valid events that were not good."""
        return None if self.valid is None or self.good is None else self.valid - self.good

    @property
    def spent(self) -> float | None:
        """Spent share of the budget, signed; above 1 if overspent."""
        return None if self.remaining is None else 1 - self.remaining

    @property
    def remaining_events(self) -> float | None:
        """Events that may still be bad."""
        return None if self.bad is None else self.slo.budget * self.budgeted - self.bad

    @property
    def remaining_s(self) -> float | None:
        """The remaining budget in seconds of full outage; if events are counted, at average traffic."""
        # Exact for slices, which all weigh the same; for events only if traffic is even.
        return None if self.remaining is None else self.remaining * self.slo.budget * self.period_s

    @property
    def burn_1h(self) -> float | None:
        """Burn rate of the last hour."""
        return next((burn.rate for burn in self.burn if burn.window_s == HOUR), None)

    @property
    def is_period(self) -> bool:
        """Whether the window is a calendar period that has not ended."""
        return self.slo.window.is_period

    @property
    def is_extrapolated(self) -> bool:
        """Whether the budget of the whole window is extrapolated from past traffic (events in a calendar period)."""
        return self.is_period and self.slo.method is not Method.TIMESLICES

    @property
    def share_per_failure(self) -> float:
        """The share of the whole window's budget that one bad event takes; 0 without events."""
        if not self.bad or self.spent is None:
            return 0.0
        # The budget of a whole period exceeds that of its events so far by the time still to come.
        part = (self.at - self.start) / (self.end - self.start) if self.is_extrapolated else 1.0
        return self.spent / self.bad * part

    @property
    def paging(self) -> bool:
        """Whether a rule that pages is firing."""
        return any(alert.firing and alert.rule.row.severity == "page" for alert in self.alerts)

    @property
    def is_burning(self) -> bool:
        """Whether the budget burns fast enough for an alert, or is used up."""
        return self.state in (State.CRITICAL, State.EXHAUSTED)

    @property
    def urgency(self) -> tuple[int, bool, float, str]:
        """Sort key, most urgent first: state, whether it pages, remaining budget, name.

        Missing data may hide something worse than anything except a spent budget or a page.
        """
        left = self.remaining if self.remaining is not None else float("-inf")
        is_known_worse = self.paging and self.state is State.CRITICAL
        place = list(State).index(State.EXHAUSTED if is_known_worse else self.state)
        return place, not self.paging, left, self.slo.name

    @property
    def exhausts_in_s(self) -> float | None:
        """Seconds until the budget is used up if the forecast's rate continues; None if it never is."""
        return None if self.exhaustion is None else self.exhaustion.seconds


def without_budget(report: SloReport) -> SloReport:
    """A report whose window cannot be counted: its budget is unknown, while alerts judge their own windows."""
    readings = (alert.effective_reading for alert in report.alerts if alert.firing)
    worst = [State(reading.value) for reading in readings if reading is not None]
    return replace(
        report,
        state=min(worst, key=list(State).index, default=State.NO_DATA),
        good=None,
        valid=None,
        sli=None,
        interval=None,
        remaining=None,
        exhaustion=None,
        sla=None,
    )


def downgraded_report(report: SloReport, *, has_ended: bool = False) -> SloReport:
    """A report on data that are not current: nothing is acceptable; what burned may still burn.

    Args:
        report: for the newest data. `has_ended`: there will be no newer data, and it is shown as of their end.
    """
    # Old data can show a burn, but never that all is well.
    alerts = tuple(
        replace(alert, reading=None) if alert.reading is Reading.ACCEPTABLE else alert for alert in report.alerts
    )
    # A missed SLA stays missed until newer data differ; a met one may be missed by now.
    sla = replace(report.sla, met=None) if report.sla is not None and report.sla.met else report.sla
    if report.state is not State.ACCEPTABLE:
        return replace(report, alerts=alerts, sla=sla, has_ended=has_ended)
    return replace(report, state=State.NO_DATA, stale=True, has_ended=has_ended, alerts=alerts, sla=sla)
