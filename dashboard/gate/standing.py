"""The standing of an objective under the policy: its state, the deciding rule, and what it allows; values, no words."""

from dataclasses import dataclass
from enum import StrEnum

from dashboard.gate.policy import BudgetPolicy, Limits, PolicyException, PolicyState, Subject, holding, is_at_most
from dashboard.slo.policy import SHORT_MIN
from dashboard.slo.report import SloReport, State


class Verdict(StrEnum):
    """What the gate answers."""

    HOLD = "hold"
    UNKNOWN = "unknown"
    GO = "go"


class Reason(StrEnum):
    """What a release is for."""

    FEATURE = "feature"
    FIX = "fix"


class Rule(StrEnum):
    """The rule that determines a state, most urgent first."""

    BURNING = "burning_now"
    NO_DATA = "no_data"
    EXHAUSTED = "exhausted_but_quiet"
    LITTLE_LEFT = "little_left"
    EXCEPTION = "exception"
    SLOW_BURN = "slow_burn"
    MUCH_SPENT = "much_spent"
    ENOUGH_LEFT = "enough_left"


class Doubt(StrEnum):
    """Why nothing is known about an objective now."""

    SOURCE = "source"
    STARTING = "starting"
    ENDED = "ended"
    SILENT = "silent"
    UNTOLD = "untold"
    BLIND = "blind"
    IN_PART = "in_part"
    LITTLE_MEASURED = "little_measured"
    NO_EVENTS = "no_events"


_BY_STATE = {
    PolicyState.SHIP: Rule.ENOUGH_LEFT,
    PolicyState.CAREFUL: Rule.MUCH_SPENT,
    PolicyState.FREEZE_FEATURES: Rule.LITTLE_LEFT,
    PolicyState.FREEZE_ALL: Rule.EXHAUSTED,
}
FROZEN = (Rule.BURNING, Rule.EXHAUSTED, Rule.LITTLE_LEFT)


@dataclass(frozen=True, slots=True)
class Standing:
    """One objective under the policy at one moment.

    Attributes:
        at: epoch seconds. `limits`: the limits for it.
        state: None if unknown. `basis`: the rule that determines it, without exceptions.
        doubt: why it is unknown; None if it is known.
        exception: allows releases that the state would hold; None without one.
        exceptions: all exceptions for this objective that have not ended, including future ones.
    """

    report: SloReport
    at: float
    limits: Limits
    state: PolicyState | None
    basis: Rule
    doubt: Doubt | None = None
    exception: PolicyException | None = None
    exceptions: tuple[PolicyException, ...] = ()

    @property
    def rule(self) -> Rule:
        """The deciding rule: an exception if it allows what the state would hold."""
        return self.basis if self.exception is None else Rule.EXCEPTION

    @property
    def is_burning(self) -> bool | None:
        """Whether the budget burns now, by the alerts that the policy uses; None if unknown."""
        return None if self.doubt is not None else self.basis is Rule.BURNING

    def verdict(self, reason: Reason) -> Verdict:
        """The verdict for a release with this reason."""
        if self.doubt is not None:
            return Verdict.UNKNOWN
        if self.rule is Rule.BURNING:
            return Verdict.HOLD
        return Verdict.HOLD if self.rule in FROZEN and reason is not Reason.FIX else Verdict.GO


def standing(
    report: SloReport, subject: Subject, policy: BudgetPolicy, now: float, *, doubt: Doubt | None = None
) -> Standing:
    """Determine how one objective stands.

    Args:
        report: the objective at the newest time. `subject`: for patterns. `policy`: the configured policy.
        now: epoch seconds, for exceptions.
        doubt: why source or service say nothing about now; None if they do.
    """
    limits = policy.limits_of(subject)
    exceptions = tuple(each for each in policy.exceptions_of(subject) if now < each.until)
    doubt = doubt or _doubt(report, limits)
    if doubt is not None:
        return Standing(report, now, limits, None, Rule.NO_DATA, doubt, exceptions=exceptions)
    state, basis = _state(report, limits)
    exception = holding(exceptions, now, burning=basis is Rule.BURNING) if basis in FROZEN else None
    return Standing(report, now, limits, state, basis, exception=exception, exceptions=exceptions)


def burns(report: SloReport, limits: Limits) -> bool:
    """Whether an alert fires that freezes everything."""
    return any(alert.firing and alert.rule.row.severity in limits.burning for alert in report.alerts)


def _doubt(report: SloReport, limits: Limits) -> Doubt | None:
    """Why the report says nothing about now; None if it does."""
    if report.has_ended:
        return Doubt.ENDED
    if report.stale:
        return Doubt.SILENT
    # A burn is known from its alerts, even if parts are missing or the budget cannot be counted.
    if burns(report, limits):
        return None
    if report.is_partial_now:
        return Doubt.IN_PART
    if _is_blind(report, limits):
        return Doubt.BLIND
    if report.remaining is not None and (report.judged_remaining is None or report.state is State.NO_DATA):
        return Doubt.LITTLE_MEASURED
    return Doubt.NO_EVENTS if report.judged_remaining is None else None


def _is_blind(report: SloReport, limits: Limits) -> bool:
    """Whether too little was measured recently, for the fastest alert, to say that nothing burns."""
    fastest = next((alert for alert in report.alerts if alert.rule.row.severity in limits.burning), None)
    return fastest is not None and fastest.short.coverage < SHORT_MIN


def _state(report: SloReport, limits: Limits) -> tuple[PolicyState, Rule]:
    """The state of a report that is valid now, and the rule that determines it."""
    if burns(report, limits):
        return PolicyState.FREEZE_ALL, Rule.BURNING
    left = report.judged_remaining
    assert left is not None, "what does not burn is judged by its budget"
    state = limits.state(left)
    if not is_at_most(left, limits.careful) and any(alert.firing for alert in report.alerts):
        return PolicyState.CAREFUL, Rule.SLOW_BURN
    return state, _BY_STATE[state]
