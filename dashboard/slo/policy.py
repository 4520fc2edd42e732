"""Burn policies as data: which share of the budget, spent within which window, deserves which attention.

The multi-window multi-burn-rate policy of https://sre.google/workbook/alerting-on-slos/: a row fires when the burn rate
over its long and its short window is above `share × period ÷ long window`. Weekly shares are those of slok/sloth.
"""

from dataclasses import dataclass

from dashboard.timerange import DAY, HOUR

MINUTE = 60
SEVERITIES = ("page", "ticket")
# So many failures a long window must hold: below, one unlucky request of a quiet night would page.
MIN_FAILURES = 5
# What is measured of a window must be this share of it, else nothing is read from it: half of a short window, and of a
# long one enough to judge a service that is new.
SHORT_MIN, LONG_MIN = 0.5, 0.05
# Where a row would fire while the budget lasts exactly to the end, or below that.
ON_PACE = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: `share` of the budget (0–1) spent within `long_s` seconds; `short_s` tells that it still burns.

    `factor`: a burn rate that was given and not derived.
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
    """Rows, the fastest first, and how many failures the long window must hold before any fires."""

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


def usual(period_s: float) -> Policy:
    """The policy of an objective that names none: shares of a week are larger, as an hour is more of it."""
    return WORKBOOK if period_s > 14 * DAY else WEEKLY


@dataclass(frozen=True, slots=True)
class Rule:
    """A row for one objective: the burn rate it fires above."""

    row: Row
    threshold: float


def rules(policy: Policy, *, period_s: float, budget: float) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """The rows that can work for a budget ratio over a period, and a sentence for each that cannot or hardly does."""
    made, diagnostics = [], []
    for row in policy.rows:
        threshold = row.threshold(period_s)
        name = f"the {row.severity} rule over {row.long_s / HOUR:g} h"
        if row.long_s >= 2 * DAY:
            name = f"the {row.severity} rule over {row.long_s / DAY:g} days"
        if row.long_s >= period_s:
            diagnostics.append(f"{name} is left out: its window is as long as the objective's")
        elif threshold >= (1 - 1e-12) / budget:
            diagnostics.append(
                f"{name} is left out: it could never fire, since a burn rate of {threshold:.4g} "
                f"would need {threshold * budget:.4g} failures a request"
            )
        else:
            made.append(Rule(row, threshold))
            if threshold < ON_PACE:
                diagnostics.append(
                    f"{name} fires at a burn rate of {threshold:.4g}, below the pace that the budget allows"
                )
    return tuple(made), tuple(diagnostics)
