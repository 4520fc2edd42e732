"""An SLO: an objective for an indicator over a window, by one of three budgeting methods."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from dashboard.slo.indicators import Indicator, Measure, Query, Ratio, measure, simple, terms
from dashboard.slo.policy import MIN_FAILURES, Policy, Rule, RuleDiagnostic, default_policy, rules
from dashboard.slo.windows import Rolling, Window

MINUTE = 60
# Seconds of a slice where an indicator has no counts and its definition no length of slices.
SLICE = 5 * MINUTE
THIRTY_DAYS = Rolling()
# The origin of an SLO that nobody wrote.
DEFAULT = "default"


class Method(StrEnum):
    """Budgeting methods, as OpenSLO names them."""

    OCCURRENCES = "Occurrences"
    TIMESLICES = "Timeslices"
    RATIO_TIMESLICES = "RatioTimeslices"


@dataclass(frozen=True, slots=True)
class Credit:
    """What is owed when the SLI of an SLA falls below `below` (0–1)."""

    below: float
    credit: str


@dataclass(frozen=True, slots=True)
class Sla:
    """What was agreed with a customer beside the objective: looser than it; `credits` from the mildest to the worst."""

    objective: float
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True)
class Slo:
    """An objective: the share of valid events that shall be good over a window.

    Attributes:
        kind: what the indicator measures, in one word, for display only: availability, latency, saturation, freshness,
            ratio, composite, or whatever its author calls it. What decides looks at `measure`.
        objective: 0 < objective < 1: at 1 there is no budget, and nothing could be divided by it.
        slice_s: seconds of a slice; 0 where events are counted. `slice_target`: the share of good events that a slice
            needs to be good (Timeslices of a ratio).
        limit: the bound that good events keep, in the unit of the indicator (seconds for latency); None without.
        origin: `default`, file and line, or whose recording rules it was found in.
        notes: a sentence each: what is uncertain about it.
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
        """The error budget: the share of valid events that may be bad, from the decimal text (1 - 0.999 is 0.001)."""
        # Compared with exact thresholds: the hair that a float subtraction leaves would decide.
        return float(1 - Decimal(repr(self.objective)))

    @property
    def counted(self) -> bool:
        """Events are counted, and hours of them can be added up; else each slice of time is an event."""
        return self.method is Method.OCCURRENCES and all(isinstance(part, Ratio) for part in simple(self.indicator))

    @property
    def measure(self) -> Measure | None:
        """What the indicator measures, by which the unit of `limit` is known; None where that is not known."""
        measured = measure(self.indicator)
        # Queries do not say what they count, but a limit of counted events is the bound of a latency bucket.
        bucketed = isinstance(self.indicator, Ratio) and self.limit is not None
        return Measure.LATENCY if measured is None and bucketed else measured

    @property
    def row_s(self) -> int:
        """Seconds of the rows it needs: of its slices, or of samples of what does not count up; 0 where any will do."""
        # The value of a gauge holds at one moment: hours of it cannot be summed, only samples of a slice.
        gauges = any(isinstance(term, Query) and not term.counter for term in terms(self.indicator))
        return 0 if self.counted and not gauges else self.slice_s or SLICE

    @property
    def counting_key(self) -> tuple[object, ...]:
        """All that its counts depend on: when it changes, what was counted before is of no use."""
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
        """Failures that the long window of a rule must hold before it fires."""
        return MIN_FAILURES if self.policy is None else self.policy.min_failures

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The burn rules that can work for it."""
        return self._burn_rules[0]

    @property
    def diagnostics(self) -> tuple[RuleDiagnostic, ...]:
        """The burn rules that cannot work for it, or hardly."""
        return self._burn_rules[1]

    @property
    def _burn_rules(self) -> tuple[tuple[Rule, ...], tuple[RuleDiagnostic, ...]]:
        period = self.window.nominal_s
        return rules(self.policy or default_policy(period), period_s=period, budget=self.budget)
