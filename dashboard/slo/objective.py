"""An SLO: an objective for an indicator over a window, by one of three budgeting methods."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from dashboard.slo.indicators import Indicator, Measure, Query, Ratio, measure, simple, terms
from dashboard.slo.policy import MIN_FAILURES, Policy, Rule, RuleDiagnostic, default_policy, rules
from dashboard.slo.windows import Rolling, Window

MINUTE = 60
# Seconds of a slice if an indicator has no counts and its definition no slice length.
SLICE = 5 * MINUTE
THIRTY_DAYS = Rolling()
# The origin of default SLOs.
DEFAULT = "default"


class Method(StrEnum):
    """Budgeting methods, with OpenSLO's names."""

    OCCURRENCES = "Occurrences"
    TIMESLICES = "Timeslices"
    RATIO_TIMESLICES = "RatioTimeslices"


@dataclass(frozen=True, slots=True)
class Credit:
    """The credit owed if the SLI of an SLA falls below `below` (0–1)."""

    below: float
    credit: str


@dataclass(frozen=True, slots=True)
class Sla:
    """The agreement with a customer, looser than the objective; `credits` from the smallest to the largest."""

    objective: float
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True)
class Slo:
    """An objective: the required share of good events over a window.

    Attributes:
        kind: what the indicator measures, in one word, for display only: availability, latency, saturation, freshness,
            ratio, composite, or whatever its author calls it. Code uses `measure` instead.
        objective: 0 < objective < 1; with 1 there would be no budget to divide by.
        slice_s: seconds of a slice; 0 if events are counted. `slice_target`: the share of good events that makes a
            slice good (Timeslices of a ratio).
        limit: the bound of good events, in the unit of the indicator (seconds for latency); None without one.
        origin: `default`, file and line, or whose recording rules it was found in.
        notes: uncertainties, a sentence each.
    """

    service: str
    name: str
    indicator: Indicator
    objective: float
    kind: str = "ratio"
    method: Method = Method.OCCURRENCES
    window: Window = THIRTY_DAYS
    slice_s: int = 0
    slice_target: float | None = None
    limit: float | None = None
    title: str = ""
    description: str = ""
    policy: Policy | None = None
    sla: Sla | None = None
    origin: str = DEFAULT
    notes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not 0 < self.objective < 1:
            raise ValueError(f"objective {self.objective} must lie between 0 and 1: at 1 there is no budget to spend")
        if self.method is not Method.OCCURRENCES and not self.slice_s:
            raise ValueError(f"{self.method} needs the length of its slices")

    @property
    def budget(self) -> float:
        """The error budget: the allowed share of bad events, from the decimal text (1 - 0.999 is 0.001)."""
        # It is compared with exact thresholds, where the error of a float subtraction would matter.
        return float(1 - Decimal(repr(self.objective)))

    @property
    def counted(self) -> bool:
        """Whether events are counted, so that hours can be summed; otherwise each slice of time is an event."""
        return self.method is Method.OCCURRENCES and all(isinstance(part, Ratio) for part in simple(self.indicator))

    @property
    def measure(self) -> Measure | None:
        """What the indicator measures, which determines the unit of `limit`; None if unknown."""
        measured = measure(self.indicator)
        # Queries do not say what they count, but a limit on counted events is a latency bucket bound.
        bucketed = isinstance(self.indicator, Ratio) and self.limit is not None
        return Measure.LATENCY if measured is None and bucketed else measured

    @property
    def row_s(self) -> int:
        """Seconds of the rows it needs: its slices, or samples of a gauge; 0 if any length will do."""
        # The value of a gauge is valid at one moment: hours cannot be summed, only samples of a slice.
        gauges = any(isinstance(term, Query) and not term.counter for term in terms(self.indicator))
        return 0 if self.counted and not gauges else self.slice_s or SLICE

    @property
    def counting_key(self) -> tuple[object, ...]:
        """Everything that its counts depend on; when it changes, earlier counts are useless."""
        return (
            self.service,
            self.name,
            self.indicator,
            self.method,
            self.window,
            self.slice_s,
            self.slice_target,
            self.objective,
        )

    @property
    def min_failures(self) -> int:
        """How many failures the long window of a rule needs before the rule fires."""
        return MIN_FAILURES if self.policy is None else self.policy.min_failures

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The burn rules that can fire."""
        return self._burn_rules[0]

    @property
    def diagnostics(self) -> tuple[RuleDiagnostic, ...]:
        """The burn rules that cannot fire, or hardly."""
        return self._burn_rules[1]

    @property
    def _burn_rules(self) -> tuple[tuple[Rule, ...], tuple[RuleDiagnostic, ...]]:
        period = self.window.nominal_s
        return rules(self.policy or default_policy(period), period_s=period, budget=self.budget)
