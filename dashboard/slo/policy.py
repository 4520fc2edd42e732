"""Burn policies as data: which share of the budget, spent within which window, triggers which severity.

The multi-window multi-burn-rate policy of https://sre.google/workbook/alerting-on-slos/: a row fires when the burn rate
over its long and its short window is above `share × period ÷ long window`. Weekly shares are those of slok/sloth.
"""

from dataclasses import dataclass
from enum import StrEnum

from dashboard.timerange import DAY, HOUR

MINUTE = 60
SEVERITIES = ("page", "ticket")
# Failures that a long window needs: otherwise one unlucky request in a quiet night would page.
MIN_FAILURES = 5
# The share of a window that must be measured before it is evaluated: half of a short window, and enough of a long one
# to judge a new service.
SHORT_MIN, LONG_MIN = 0.5, 0.05
# At this burn rate the budget lasts exactly until the end of the window.
ALLOWED_RATE = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: `share` of the budget (0–1) spent within `long_s` seconds; `short_s` shows that it still burns.

    `factor`: a fixed burn rate instead of one derived from the share.
    """

    severity: str
    share: float
    long_s: float
    short_s: float
    factor: float | None = None

    def __post_init__(self) -> None:
        if self.share <= 0 or not 0 < self.short_s < self.long_s:
            raise ValueError("a burn row needs a share above 0 and a short window that is shorter than the long one")

    def threshold(self, period_s: float) -> float:
        """The burn rate above which the row fires: f × P ÷ W."""
        return self.factor if self.factor is not None else self.share * period_s / self.long_s


@dataclass(frozen=True, slots=True)
class Policy:
    """Rows, fastest first, and the number of failures that the long window needs before one fires."""

    name: str
    rows: tuple[Row, ...]
    min_failures: int = MIN_FAILURES


WORKBOOK = Policy(
    "workbook",
    (
        Row("page", 0.02, HOUR, 5 * MINUTE),
        Row("page", 0.05, 6 * HOUR, 30 * MINUTE),
        Row("ticket", 0.10, DAY, 2 * HOUR),
        Row("ticket", 0.10, 3 * DAY, 6 * HOUR),
    ),
)
WEEKLY = Policy(
    "weekly",
    (
        Row("page", 0.08, HOUR, 5 * MINUTE),
        Row("page", 0.125, 6 * HOUR, 30 * MINUTE),
        Row("ticket", 0.20, DAY, 2 * HOUR),
        Row("ticket", 0.42, 3 * DAY, 6 * HOUR),
    ),
)


def default_policy(period_s: float) -> Policy:
    """The policy of an objective without one; weekly shares are larger, because an hour is more of a week."""
    return WORKBOOK if period_s > 14 * DAY else WEEKLY


@dataclass(frozen=True, slots=True)
class Rule:
    """A row for one objective, with the burn rate above which it fires."""

    row: Row
    threshold: float


class RuleFault(StrEnum):
    """Why a burn rule cannot fire, or hardly."""

    WINDOW_TOO_LONG = "window_too_long"
    NEVER_FIRES = "never_fires"
    BELOW_ALLOWED_RATE = "below_allowed_rate"


@dataclass(frozen=True, slots=True)
class RuleDiagnostic:
    """A problem of a row for one objective.

    Attributes:
        threshold: the burn rate above which it would fire. `error_ratio`: the corresponding share of failures.
    """

    fault: RuleFault
    row: Row
    threshold: float
    error_ratio: float

    @property
    def left_out(self) -> bool:
        """Whether the rule is left out; otherwise it exists and fires only while the budget lasts."""
        return self.fault is not RuleFault.BELOW_ALLOWED_RATE


def rules(policy: Policy, *, period_s: float, budget: float) -> tuple[tuple[Rule, ...], tuple[RuleDiagnostic, ...]]:
    """The rows that can fire for one objective, and problems of those that cannot or hardly can.

    Args:
        policy: the rows.
        period_s: seconds of the objective's window.
        budget: its error budget, a share of valid events.
    """
    thresholds = [(row, row.threshold(period_s)) for row in policy.rows]
    faults = [_fault(row, threshold, period_s, budget) for row, threshold in thresholds]
    diagnostics = tuple(
        RuleDiagnostic(fault, row, threshold, threshold * budget)
        for fault, (row, threshold) in zip(faults, thresholds, strict=True)
        if fault is not None
    )
    unfit = {diagnostic.row for diagnostic in diagnostics if diagnostic.left_out}
    return tuple(Rule(row, threshold) for row, threshold in thresholds if row not in unfit), diagnostics


def _fault(row: Row, threshold: float, period_s: float, budget: float) -> RuleFault | None:
    if row.long_s >= period_s:
        return RuleFault.WINDOW_TOO_LONG
    # The error ratio is at most 1, so the burn rate is at most 1 / budget.
    if threshold >= (1 - 1e-12) / budget:
        return RuleFault.NEVER_FIRES
    return RuleFault.BELOW_ALLOWED_RATE if threshold < ALLOWED_RATE else None
