"""The input of a review: counted events, and known incidents, changes and alerts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.alerts.quality import AlertQuality
from dashboard.capacity.capacity import CapacityReport
from dashboard.capacity.prices import PriceOrigin
from dashboard.changes.known import KnownChange
from dashboard.gate.policy import PolicyException
from dashboard.gate.standing import Standing
from dashboard.incidents.record import Record
from dashboard.review.counts import Counts
from dashboard.review.period import Period
from dashboard.review.review import Toil
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.objective import Slo


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ObjectiveFacts:
    """The counts of one objective.

    Attributes:
        slo: the current definition.
        counts: rows of the period and of those before it, as far as known, aligned with the periods.
        window_remaining: remaining budget of its own window at the end of the period, or now; None if unknown.
        begin: epoch seconds of the first known row; None without any.
        policy: its standing under the error-budget policy at the end of the period, or now; None if unknown.
        exceptions: from that policy, in force at any time of the period.
    """

    slo: Slo
    counts: Counts
    window_remaining: float | None = None
    begin: float | None = None
    policy: Standing | None = None
    exceptions: tuple[PolicyException, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Facts:
    """Everything known about a period.

    Attributes:
        period: to review. `at`: epoch seconds up to which everything is known.
        records: incidents that overlap the period, with additions by people and senders.
        acknowledged: epoch seconds of the first acknowledgement, by the id of an incident.
        changes: of the period. `exclusions`: maintenance. `alerts`: None if unknown.
        incidents_begin, changes_begin: epoch seconds since when they are known; None: at least since its start.
        titles, teams: by service. `is_whole`: data of earlier periods are complete.
        toil: of the period by service, the total under an empty name.
        capacity: of all resources now; None if it does not belong to the review of the period.
        monthly_costs: monthly costs of what each service holds now, in `currency`; empty without prices.
        price_origin: origin of measured prices; None if they are configured, or there are none.
    """

    period: Period
    at: float
    title: str = ""
    objectives: Sequence[ObjectiveFacts] = ()
    records: Sequence[Record] = ()
    changes: Sequence[KnownChange] = ()
    exclusions: Sequence[Exclusion] = ()
    alerts: AlertQuality | None = None
    incidents_begin: float | None = None
    changes_begin: float | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)
    is_whole: bool = True
    toil: Mapping[str, Toil] = field(default_factory=dict)
    monthly_costs: Mapping[str, float] = field(default_factory=dict)
    currency: str = ""
    price_origin: PriceOrigin | None = None
    capacity: CapacityReport | None = None

    @property
    def until(self) -> float:
        """Epoch seconds up to which the period has passed and is known."""
        return min(self.at, self.period.end)
