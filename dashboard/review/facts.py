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
    """What was counted of one objective.

    Attributes:
        slo: as it is now.
        counts: rows of the period and of those before it, as far as they are known; edges of periods cut none.
        window_remaining: the budget left of its own window at the end of the period, or now; None if unknown.
        begin: epoch seconds of the first row that is known at all; None if none is.
        policy: how it stood under the error-budget policy at the end of the period, or now; None if unknown.
        exceptions: from that policy that held at any moment of the period.
    """

    slo: Slo
    counts: Counts
    window_remaining: float | None = None
    begin: float | None = None
    policy: Standing | None = None
    exceptions: tuple[PolicyException, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Facts:
    """All that is known around a period.

    Attributes:
        period: which. `at`: epoch seconds until which everything is known.
        records: incidents that touched the period, each with what people and senders told of it.
        acknowledged: epoch seconds of the first acknowledgement, by the id of an incident.
        changes: of the period. `exclusions`: maintenance. `alerts`: None if they are unknown.
        incidents_begin, changes_begin: epoch seconds since when they are known; None: at least since its start.
        titles, teams: by service. `is_whole`: of periods before it nothing is left to be asked for.
        toil: of the period by service, of all under an empty name.
        capacity: of all resources now; None if that is no part of the period's review.
        monthly_costs: what each service holds now costs a month, in `currency`; empty without prices.
        price_origin: where prices were measured; None if the configuration has them, or nobody.
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
        """Epoch seconds until which the period has passed and is known."""
        return min(self.at, self.period.end)
