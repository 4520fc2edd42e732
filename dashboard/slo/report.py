"""One objective at one moment, frozen: what every page, the JSON API and the metrics show of it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from dashboard.slo.caveats import REFUSED, Caveat
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import Rule
from dashboard.timerange import DAY, HOUR

Interval = tuple[float, float]


class Reading(StrEnum):
    """What both windows of a burn rule say together."""

    CRITICAL = "critical"
    INCREASING = "increasing"
    RECOVERING = "recovering"
    ACCEPTABLE = "acceptable"


class State(StrEnum):
    """What an objective's budget is doing."""

    EXHAUSTED = "exhausted"
    NO_DATA = "no_data"
    CRITICAL = "critical"
    INCREASING = "increasing"
    RECOVERING = "recovering"
    ACCEPTABLE = "acceptable"


@dataclass(frozen=True, slots=True)
class Burn:
    """Burn rate over the last `window_s` seconds; `rate` is None without valid events.

    `coverage`: share of the window that was measured.
    """

    window_s: float
    rate: float | None
    good: float | None
    valid: float | None
    coverage: float

    @property
    def bad(self) -> float:
        """Bad events; 0 where none were valid."""
        return (self.valid or 0.0) - (self.good or 0.0)


class Suppression(StrEnum):
    """Why an alert is not what its burn rates alone say."""

    MIN_FAILURES = "min_failures"
    FASTER_ALERT = "faster_alert"
    WINDOW_NOT_MEASURED = "window_not_measured"


@dataclass(frozen=True, slots=True)
class Alert:
    """One burn rule at one moment.

    Attributes:
        reading: None where a window is missing or too thin to read.
        firing: both windows are above the threshold, and nothing suppresses it. Where a window is not measured, it
            is what it was before.
    """

    rule: Rule
    long: Burn
    short: Burn
    reading: Reading | None
    firing: bool
    suppressed: Suppression | None = None

    @property
    def effective_reading(self) -> Reading | None:
        """The reading that the objective's state follows from; None where too few failures say nothing."""
        return None if self.suppressed is Suppression.MIN_FAILURES else self.reading


@dataclass(frozen=True, slots=True)
class Exhaustion:
    """When the budget that is left is used up if the burn rate of a window continues.

    Attributes:
        rate: burn rate of the last `window_s` seconds. `rate_interval`: its 95 % interval; the rate twice without one.
        seconds: until nothing is left; 0 when nothing is; None when it is not used up at this rate.
        between: seconds until then at the high and at the low end of the interval; None as an end: never.
        recovers_s: seconds until an overspent budget is positive again at this rate; None when it is not overspent, or
            stays so.
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
        remaining: share of its budget that is left, signed. `met`: None where the data are not current.
        credit: what is owed now.
        next_credit: what will be owed below the SLI `next_below`, which is after `next_events` more bad events; None
            where nothing worse is agreed.
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
        good, valid: events in it (slices, where slices are counted).
        coverage: share of the time that was measured in full. `partial_coverage`: share that was measured in part.
        budgeted: the valid events that the budget is of; of calendar slices those to come, too.
        measured_at: epoch seconds of the newest measured row's end; None without any. `stale`: that is so long ago
            that the present is not known: more than `stale_after_s` seconds.
        has_ended: the data of the source end there: the numbers are shown as those of then.
        is_partial_now: the newest rows were answered in part: what is missing there may be bad.
        measured_s, excluded_s: seconds that were measured, in full or in part, and that maintenance took out until now.
        period_s: seconds of the whole window, without all maintenance in it, past and to come.
        interval: of the SLI, 95 % (Wilson); None where there is none to give.
        remaining: share of the budget that is left, signed, never clamped; None without valid events.
        caveats: numbers that cannot be, and what is missing.
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
        """Share of the time that was measured, in full or in part."""
        return min(1.0, self.coverage + self.partial_coverage)

    @property
    def refusal(self) -> str | None:
        """Why the source does not answer what the objective needs, in one line; None where it does."""
        return next((caveat.message for caveat in self.caveats if caveat.kind in REFUSED), None)

    @property
    def is_little_measured(self) -> bool:
        """So little of the window was measured that a budget of it cannot be called spent."""
        return is_little(self.measured_s, self.at - self.start)

    @property
    def judged_remaining(self) -> float | None:
        """The share of the budget that is left; None, too, where nothing is, but too little was measured to say so."""
        unknown = self.remaining is not None and self.remaining <= 0 and self.is_little_measured
        return None if unknown else self.remaining

    @property
    def bad(self) -> float | None:
        """Events that were valid and not good."""
        return None if self.valid is None or self.good is None else self.valid - self.good

    @property
    def spent(self) -> float | None:
        """Share of the budget spent, signed; above 1 when overspent."""
        return None if self.remaining is None else 1 - self.remaining

    @property
    def remaining_events(self) -> float | None:
        """Events that may still be bad."""
        return None if self.bad is None else self.slo.budget * self.budgeted - self.bad

    @property
    def remaining_s(self) -> float | None:
        """What is left of the budget in seconds of full outage, at average traffic where events are counted."""
        # Exact for slices, which all weigh the same; for events only as far as traffic is even.
        return None if self.remaining is None else self.remaining * self.slo.budget * self.period_s

    @property
    def burn_1h(self) -> float | None:
        """Burn rate of the last hour."""
        return next((burn.rate for burn in self.burn if burn.window_s == HOUR), None)

    @property
    def is_period(self) -> bool:
        """The window is a period of the calendar, with an end that lies ahead."""
        return self.slo.window.is_period

    @property
    def is_extrapolated(self) -> bool:
        """The budget of the whole window is an extrapolation of its traffic so far: events of a calendar period."""
        return self.is_period and self.slo.method is not Method.TIMESLICES

    @property
    def share_per_failure(self) -> float:
        """The share of the whole window's budget that one bad event takes; 0 without any."""
        if not self.bad or self.spent is None:
            return 0.0
        # The budget of a whole period is larger than that of its events so far, by the time that is still to come.
        part = (self.at - self.start) / (self.end - self.start) if self.is_extrapolated else 1.0
        return self.spent / self.bad * part

    @property
    def paging(self) -> bool:
        """A rule fires that somebody must be woken for."""
        return any(alert.firing and alert.rule.row.severity == "page" for alert in self.alerts)

    @property
    def urgency(self) -> tuple[int, bool, float, str]:
        """Sorts the most urgent first: by state, by whether somebody is woken for it, by what is left, by name.

        What hides behind missing data may be worse than all but what is known to be spent, or to wake somebody.
        """
        left = self.remaining if self.remaining is not None else float("-inf")
        is_known_worse = self.paging and self.state is State.CRITICAL
        place = list(State).index(State.EXHAUSTED if is_known_worse else self.state)
        return place, not self.paging, left, self.slo.name

    @property
    def exhausts_in_s(self) -> float | None:
        """Seconds until the budget is used up if the forecast's rate continues; None when it is not."""
        return None if self.exhaustion is None else self.exhaustion.seconds


def is_little(measured_s: float, elapsed_s: float) -> bool:
    """Whether a budget is known by less than a day and than half of its window so far.

    Args:
        measured_s: seconds that were measured. `elapsed_s`: seconds since the window began.
    """
    return measured_s < min(DAY, 0.5 * elapsed_s)


def without_budget(report: SloReport) -> SloReport:
    """A report whose window cannot be counted: nothing is known of its budget; alerts judge their own windows."""
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
    """A report by data that are not current: nothing is acceptable by them; what burned may still burn.

    Args:
        report: of the newest data. `has_ended`: no others will come, and it is shown as of then.
    """
    # Old data prove what burned, and never that all is well.
    alerts = tuple(
        replace(alert, reading=None) if alert.reading is Reading.ACCEPTABLE else alert for alert in report.alerts
    )
    # An SLA that is not met stays so until newer data differ; one that was met may not be any more.
    sla = replace(report.sla, met=None) if report.sla is not None and report.sla.met else report.sla
    if report.state is not State.ACCEPTABLE:
        return replace(report, alerts=alerts, sla=sla, has_ended=has_ended)
    return replace(report, state=State.NO_DATA, stale=True, has_ended=has_ended, alerts=alerts, sla=sla)
