"""Error budget and burn rate of one objective, from counted events; nothing here is rounded or clamped."""

from dataclasses import dataclass
from enum import StrEnum
from math import isclose


class State(StrEnum):
    """What an objective's budget is doing."""

    EXHAUSTED = "exhausted"
    NO_DATA = "no_data"
    CRITICAL = "critical"
    INCREASING = "increasing"
    RECOVERING = "recovering"
    ACCEPTABLE = "acceptable"


# The share of a 30-day budget that an hour at this pace spends is 2 %: https://sre.google/workbook/alerting-on-slos/
PAGE_BURN = 14.4


@dataclass(frozen=True, slots=True)
class Slo:
    """An objective: the share of valid events that shall be good over a rolling window.

    Attributes:
        indicator: `availability` (good: no server error) or `latency` (good: at or under the threshold).
        objective: 0 < objective < 1.
        window_s: seconds; a day is 24 h.
        threshold: seconds, for latency.
    """

    service: str
    indicator: str
    objective: float
    window_s: float = 30 * 86400.0
    threshold: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.objective < 1:
            raise ValueError(f"objective {self.objective} must lie between 0 and 1: at 1 there is no budget to spend")

    @property
    def name(self) -> str:
        """The name used in the JSON API."""
        return f"{self.service}-{self.indicator}"

    @property
    def budget(self) -> float:
        """The error budget: the share of valid events that may be bad."""
        return 1 - self.objective


@dataclass(frozen=True, slots=True)
class Burn:
    """Burn rate over the last `window_s` seconds; `rate` is None without valid events."""

    window_s: float
    rate: float | None
    good: float | None
    valid: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class SloReport:
    """One objective at one moment.

    Attributes:
        start, end: epoch seconds of the window. `good`, `valid`: events in it.
        coverage: share of the window's hours that hold data.
        remaining: share of the budget that is left, signed; None without valid events.
        exhausts_in_s: remaining budget at the pace of the last hour; None when it does not run out so.
    """

    slo: Slo
    state: State
    start: float
    end: float
    good: float | None
    valid: float | None
    coverage: float
    sli: float | None
    remaining: float | None
    burn: tuple[Burn, ...]
    exhausts_in_s: float | None

    @property
    def spent(self) -> float | None:
        """Share of the budget spent, signed; above 1 when overspent."""
        return None if self.remaining is None else 1 - self.remaining

    @property
    def burn_1h(self) -> float | None:
        """Burn rate of the last hour."""
        return next((burn.rate for burn in self.burn if burn.window_s == 3600), None)


def burn_rate(good: float, valid: float, budget: float) -> float | None:
    """Error ratio over error budget; 1 spends the budget exactly in one window; None without valid events."""
    return (valid - good) / valid / budget if valid > 0 else None


def remaining(good: float, valid: float, budget: float) -> float | None:
    """The share of the error budget that is left: 1 - bad / (budget × valid); None without valid events."""
    return 1 - (valid - good) / (budget * valid) if valid > 0 else None


def state_of(left: float | None, hour: float | None) -> State:
    """The reading of budget left and the burn rate of the last hour (1 is on pace)."""
    if left is None:
        return State.NO_DATA
    if left < 0 or isclose(left, 0, abs_tol=1e-12):
        return State.EXHAUSTED
    if hour is None:
        return State.ACCEPTABLE
    if hour > PAGE_BURN:
        return State.CRITICAL
    return State.INCREASING if hour > 1 else State.ACCEPTABLE


def report(slo: Slo, *, good: float, valid: float, start: float, end: float, coverage: float, hour: Burn) -> SloReport:
    """Put one objective's budget and burn together."""
    left = remaining(good, valid, slo.budget)
    pace = hour.rate
    exhausts = None
    if left is not None and pace is not None and pace > 0:
        exhausts = max(0.0, left) * slo.window_s / pace
        if exhausts > slo.window_s:
            exhausts = None
    known = valid > 0
    return SloReport(
        slo=slo,
        state=state_of(left, pace),
        start=start,
        end=end,
        good=good if known else None,
        valid=valid if known else None,
        coverage=coverage,
        sli=good / valid if known else None,
        remaining=left,
        burn=(hour,),
        exhausts_in_s=exhausts,
    )
