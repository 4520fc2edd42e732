"""The review of a period: which objectives were met, what spent their budgets, and the consequences. Values only.

All sums are of event counts: an achieved share is good ÷ valid, never a mean of shares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.alerts.quality import AlertQuality
from dashboard.capacity.capacity import CapacityReport
from dashboard.capacity.prices import PriceOrigin
from dashboard.gate.policy import PolicyException
from dashboard.gate.standing import Standing
from dashboard.incidents.incident import Incident
from dashboard.incidents.record import Record
from dashboard.incidents.statistics import Statistics
from dashboard.review.period import Period
from dashboard.slo.judgement import MeasuredTime
from dashboard.slo.objective import Slo
from dashboard.slo.report import SlaReport


class Verdict(StrEnum):
    """Whether an objective was met over a period. NO_DATA: not known, as too little was measured or no events came."""

    MISSED = "missed"
    NARROWLY = "narrowly"
    MET = "met"
    NO_DATA = "no_data"


class Trend(StrEnum):
    """The trend of the used budget over the last periods."""

    WORSE = "worse"
    BETTER = "better"
    STEADY = "steady"


class Cause(StrEnum):
    """Causes of spending."""

    CHANGE = "change"
    INCIDENT = "incident"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """A part of the spending. The parts of an objective add up exactly to all its bad events.

    Attributes:
        cause: incidents for which a change is blamed count as a change.
        bad: events. `share`: of the budget of the period, a fraction; None without a budget.
        incident, change: ids; empty for the background, and without a change.
        begins: epoch seconds; None for the background, and for incidents that began before the data.
        spent_without: the share of the budget that would have been used without it, except for the usual failures;
            None for the background. `is_met_without`: the objective would have been met; None if it was not missed, or
            that is not known.
    """

    cause: Cause
    bad: float
    share: float | None
    incident: str = ""
    change: str = ""
    begins: float | None = None
    spent_without: float | None = None
    is_met_without: bool | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """An objective during a part of the period, as it may change within the period.

    Attributes:
        start, end: epoch seconds. `objective`: a share, 0–1. `limit`: as `Slo.limit`.
        bad, valid: events of that part.
    """

    start: float
    end: float
    objective: float
    limit: float | None
    bad: float
    valid: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Time without usable data, epoch seconds, which counts neither way. `reason`: given by people, if any."""

    start: float
    end: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveReview:
    """One objective over the period.

    Attributes:
        slo: the current definition. `held`: definitions in force, oldest first; more than one if it changed.
        bad, valid: events of all measured hours. `allowed`: number of allowed bad events: valid events × the budget
            in force in their hours.
        measured: time of the past part of the period, except maintenance. `gaps`: the rest.
        spent: share of the budget of the period: bad ÷ allowed; None without valid events.
        recent, last_week: the same for the last 28 and the last 7 days of the period; None if too little was measured
            to judge these.
        window_remaining: remaining budget of the objective's own window at the period's end, as in `status --at`.
        before: `spent` of the last five periods, oldest first; None for those that cannot be judged.
        traffic_share: of all valid events of such objectives, 0–1.
        spending: parts, changes and incidents first, most expensive first, then the background.
        sla: over the period; None without one.
        policy: the objective's standing under the error-budget policy at the period's end, or now; None if
            unknown. `exceptions`: that let its releases go at any time of the period.
    """

    slo: Slo
    held: tuple[Held, ...]
    bad: float
    valid: float
    allowed: float
    measured: MeasuredTime
    verdict: Verdict
    gaps: tuple[Gap, ...] = ()
    spent: float | None = None
    recent: float | None = None
    last_week: float | None = None
    window_remaining: float | None = None
    before: tuple[float | None, ...] = ()
    trend: Trend = Trend.STEADY
    traffic_share: float | None = None
    spending: tuple[Spending, ...] = ()
    sla: SlaReport | None = None
    policy: Standing | None = None
    exceptions: tuple[PolicyException, ...] = ()

    @property
    def coverage(self) -> float:
        """The measured share of the past part of the period, 0–1."""
        return self.measured.coverage

    @property
    def unmeasured_s(self) -> float:
        """Seconds of the period so far without usable data, except maintenance."""
        return max(0.0, self.measured.expected_s - self.measured.seconds)

    @property
    def judged_spent(self) -> float | None:
        """`spent`; None if the period cannot be judged."""
        return None if self.verdict is Verdict.NO_DATA else self.spent

    @property
    def achieved(self) -> float | None:
        """Good ÷ valid events, 0–1; None without any."""
        return 1 - self.bad / self.valid if self.valid > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploys:
    """Deploys of a service in the period. `failed`: those blamed for an incident, or rolled back."""

    number: int
    failed: int

    @property
    def failure_rate(self) -> float | None:
        """The share of deploys that failed, 0–1; None without any."""
        return self.failed / self.number if self.number else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Toil:
    """Hours of manual work that could be automated, and of all work."""

    toil_hours: float
    hours: float

    @property
    def share(self) -> float | None:
        """The share of the work that was toil, 0–1; None without any work."""
        return self.toil_hours / self.hours if self.hours > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of a service's resources over the period so far, based on its current allocation.

    `amount`: in `currency`. `per_million`: per million requests; None without any.
    """

    amount: float
    currency: str
    per_million: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """A person's approval of a review, which freezes it. `at`: epoch seconds; `name`: as given."""

    at: float
    name: str
    remarks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a period was like.

    Attributes:
        period: reviewed. `at`: epoch seconds of the computation; before the period's end it is not over.
        objectives: highest used share first, those without data after missed ones.
        incidents: that overlap the period, most expensive first.
        deploys: by service. `notes`: of people, by service, "" for all.
        coverage: measured share over all objectives, 0–1.
        data_begin: epoch seconds since when there are data; None if they cover the whole period.
        sign_off: None until somebody has signed it.
        titles: names of services on pages, if they differ.
        records: by the id of an incident, with additions by people and senders: cause, acknowledgement.
        alerts: of all rules over the period, with their quality; None if alerts are unknown.
        statistics: times to detection, acknowledgement and end of incidents that began in the period; None if
            incidents are unknown.
        incidents_begin, changes_begin: epoch seconds since when incidents and changes are known; None if they
            cover the whole period.
        teams: names of teams by service, if known.
        toil: by service, the total under an empty name; empty without records.
        costs: by service; empty without prices.
        price_origin: origin of measured prices; None if they are configured, or there are none.
        capacity: of all resources at the time of the computation; None long after the period.
    """

    period: Period
    at: float
    title: str
    objectives: tuple[ObjectiveReview, ...]
    incidents: tuple[Incident, ...] = ()
    deploys: Mapping[str, Deploys] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    coverage: float = 1.0
    data_begin: float | None = None
    sign_off: SignOff | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    alerts: AlertQuality | None = None
    statistics: Statistics | None = None
    incidents_begin: float | None = None
    changes_begin: float | None = None
    teams: Mapping[str, str] = field(default_factory=dict)
    toil: Mapping[str, Toil] = field(default_factory=dict)
    costs: Mapping[str, Cost] = field(default_factory=dict)
    price_origin: PriceOrigin | None = None
    capacity: CapacityReport | None = None

    @property
    def is_over(self) -> bool:
        """Whether the period has ended."""
        return self.at >= self.period.end

    @property
    def until(self) -> float:
        """Epoch seconds up to which the period has passed."""
        return min(self.at, self.period.end)

    @property
    def services(self) -> tuple[str, ...]:
        """Services with an objective, in the order of their objectives."""
        return tuple(dict.fromkeys(objective.slo.service for objective in self.objectives))

    def number(self, *verdicts: Verdict) -> int:
        """The number of objectives with one of these verdicts."""
        return sum(objective.verdict in verdicts for objective in self.objectives)

    def title_of(self, service: str) -> str:
        """The name of a service on pages."""
        return self.titles.get(service, service)

    def record_of(self, spending: Spending) -> Record | None:
        """The incident of a part with everything known about it; None for the background, or if it is unknown."""
        number = spending.incident
        incident = next((each for each in self.incidents if number in (each.id, *each.aliases)), None)
        return None if incident is None or not number else self.record(incident)

    def record(self, incident: Incident) -> Record:
        """Everything known about an incident."""
        return self.records.get(incident.id) or Record(incident=incident, titles=self.titles)
