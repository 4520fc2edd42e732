"""The review of a period: which objectives were met, what spent their budgets, and what followed. Values only.

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
from dashboard.slo.objective import Slo
from dashboard.slo.report import SlaReport


class Verdict(StrEnum):
    """Whether an objective was met over a period."""

    MISSED = "missed"
    NARROWLY = "narrowly"
    MET = "met"
    NO_DATA = "no_data"


class Trend(StrEnum):
    """What the budget spent did over the last periods."""

    WORSE = "worse"
    BETTER = "better"
    STEADY = "steady"


class Cause(StrEnum):
    """What a part of the budget was spent on."""

    CHANGE = "change"
    INCIDENT = "incident"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """A part of what was spent. The parts of an objective add up to all its bad events, exactly.

    Attributes:
        cause: an incident that a change is blamed for counts as a change.
        bad: events. `share`: of the budget of the period, a fraction; None without a budget.
        incident, change: ids; empty for the background, and without a change.
        begins: epoch seconds; None for the background, and for what was under way before anything is known of it.
        spent_without: the share of the budget that would have been spent without it, as many failures as usual left in;
            None for the background. `is_met_without`: the objective would have been met; None if it was met anyway.
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
    """An objective as it held in a part of the period: it may be changed within it.

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
    """A stretch without usable data, epoch seconds: it counts neither way. `reason`: by people, where they said one."""

    start: float
    end: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveReview:
    """One objective over the period.

    Attributes:
        slo: as it is now. `held`: as it held, oldest first; one unless it was changed within the period.
        bad, valid: events of all measured hours. `allowed`: this many could have been bad: valid events × the budget
            that held in their hours.
        coverage: measured share of the period as far as it has passed, 0–1. `gaps`: the rest.
        unmeasured_s: seconds of the period so far without usable data, without those of maintenance.
        spent: of the budget of the period, signed fraction: bad ÷ allowed; None without valid events.
        recent, last_week: the same of the last 28 and of the last 7 days of the period.
        window_remaining: the budget left of the objective's own window at the period's end, as `status --at` has it.
        before: `spent` of the last five periods, oldest first; None if there are no data.
        traffic_share: of all valid events of such objectives, 0–1.
        spending: parts, changes and incidents first, the most expensive first, then the background.
        sla: over the period; None without one.
        policy: how the objective stood under the error-budget policy at the period's end, or now; None if nobody
            worked that out. `exceptions`: that let its releases go at any moment of the period.
    """

    slo: Slo
    held: tuple[Held, ...]
    bad: float
    valid: float
    allowed: float
    coverage: float
    verdict: Verdict
    gaps: tuple[Gap, ...] = ()
    unmeasured_s: float = 0.0
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
    def achieved(self) -> float | None:
        """Good ÷ valid events, 0–1; None without any."""
        return 1 - self.bad / self.valid if self.valid > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploys:
    """Deploys of a service in the period. `failed`: those that an incident's blame names, or that were rolled back."""

    number: int
    failed: int

    @property
    def failure_rate(self) -> float | None:
        """The share of deploys that failed, 0–1; None without any."""
        return self.failed / self.number if self.number else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Toil:
    """Hours of handwork that a machine could do, and of all work."""

    toil_hours: float
    hours: float

    @property
    def share(self) -> float | None:
        """The share of the work that was toil, 0–1; None without any work."""
        return self.toil_hours / self.hours if self.hours > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a service's resources cost over the period so far, by what it holds now.

    `amount`: in `currency`. `per_million`: of a million requests; None without any.
    """

    amount: float
    currency: str
    per_million: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """Somebody has agreed with a review: it is frozen from then on. `at`: epoch seconds; `name`: as it was given."""

    at: float
    name: str
    remarks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a period was like.

    Attributes:
        period: which. `at`: epoch seconds at which this was computed; before the period's end it is not over.
        objectives: the most spent first, those without data after those that were missed.
        incidents: that touched the period, the most expensive first.
        deploys: by service. `notes`: by service, "" for all: what people wrote about the period.
        coverage: measured share over all objectives, 0–1.
        data_begin: epoch seconds since when there are data; None if they reach back over the whole period.
        sign_off: None until somebody has signed it.
        titles: names of services on pages, where they differ.
        records: by the id of an incident, what people and senders told of it: its cause, who took it on and when.
        alerts: of all rules over the period, and how good they were; None if alerts are unknown.
        statistics: how long incidents that began in the period took to be detected, acknowledged and over; None where
            no incident can be known.
        incidents_begin, changes_begin: epoch seconds since when incidents and changes are known; None if that
            reaches back over the whole period.
        teams: names of teams by service, where one is known.
        toil: by service, of all under an empty name; empty if nobody wrote any down.
        costs: by service; empty without prices.
        price_origin: where prices were measured; None if the configuration has them, or nobody.
        capacity: of all resources when this was computed; None long after the period.
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
        """The period has ended."""
        return self.at >= self.period.end

    @property
    def until(self) -> float:
        """Epoch seconds until which the period has passed."""
        return min(self.at, self.period.end)

    @property
    def services(self) -> tuple[str, ...]:
        """Services with an objective, in the order of their objectives."""
        return tuple(dict.fromkeys(objective.slo.service for objective in self.objectives))

    def number(self, *verdicts: Verdict) -> int:
        """How many objectives have one of these verdicts."""
        return sum(objective.verdict in verdicts for objective in self.objectives)

    def title_of(self, service: str) -> str:
        """The name of a service on pages."""
        return self.titles.get(service, service)

    def record_of(self, spending: Spending) -> Record | None:
        """All that is known of the incident of a part; None for the background, or if it is unknown any more."""
        number = spending.incident
        incident = next((each for each in self.incidents if number in (each.id, *each.aliases)), None)
        return None if incident is None or not number else self.record(incident)

    def record(self, incident: Incident) -> Record:
        """All that is known of an incident."""
        return self.records.get(incident.id) or Record(incident=incident, titles=self.titles)
