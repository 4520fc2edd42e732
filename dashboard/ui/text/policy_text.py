"""The error-budget policy in words: the meaning of a state, why the gate answers as it does, and when that changes."""

from collections.abc import Mapping
from typing import Final

from dashboard.gate.policy import Limits, PolicyException, PolicyState
from dashboard.gate.standing import Doubt, Reason, Rule, Standing, Verdict
from dashboard.gate.turning import Turn, TurnCause
from dashboard.slo.report import SloReport
from dashboard.ui.text import moments, units
from dashboard.ui.text.status_text import Status

STATES: Final[Mapping[PolicyState | None, Status]] = {
    PolicyState.SHIP: Status("✓", "ship", "green"),
    PolicyState.CAREFUL: Status("▲", "careful", "amber"),
    PolicyState.FREEZE_FEATURES: Status("◆", "freeze features", "amber"),
    PolicyState.FREEZE_ALL: Status("✕", "freeze all", "red"),
    None: Status("◌", "no data", "grey"),
}
# On narrow tiles, where the name needs the room.
BRIEFLY: Final[Mapping[PolicyState | None, str]] = {PolicyState.FREEZE_FEATURES: "freeze"}
FILE_ALONE: Final = "Exceptions are those of the configuration alone: [policy] added_exceptions is false."
EXCEPTED: Final = ("policy exception", "exception")
MEANINGS: Final[Mapping[PolicyState, str]] = {
    PolicyState.SHIP: "release as usual",
    PolicyState.CAREFUL: "release in small steps, one at a time, while somebody watches",
    PolicyState.FREEZE_FEATURES: "features wait; fixes and work on reliability go on",
    PolicyState.FREEZE_ALL: "everything waits but fixes, and these too while the budget burns",
}
UNKNOWN_MEANING: Final = "nobody knows whether a release is safe"
VERDICTS: Final[Mapping[Verdict, Status]] = {
    Verdict.GO: Status("✓", "go", "green"),
    Verdict.HOLD: Status("✕", "hold", "red"),
    Verdict.UNKNOWN: Status("◌", "unknown", "grey"),
}
DOUBTS: Final[Mapping[Doubt, str]] = {
    Doubt.SOURCE: "the source gives no new data",
    Doubt.STARTING: "its past is still being read",
    Doubt.ENDED: "its data have ended",
    Doubt.SILENT: "it was not measured lately",
    Doubt.UNTOLD: "its requests are counted, but not which of them fail",
    Doubt.BLIND: "too little of its newest minutes was measured to say that it does not burn",
    Doubt.IN_PART: "its newest data came in part, and what is missing may be bad",
    Doubt.LITTLE_MEASURED: "too little was measured to judge its budget",
    Doubt.NO_EVENTS: "there are no data in its window",
}
NOTHING_CONSIDERED: Final = "there is no objective to decide by"
REASONS: Final[Mapping[Reason, str]] = {Reason.FEATURE: "a feature", Reason.FIX: "a fix"}


def meaning(state: PolicyState | None, limits: Limits) -> str:
    """The meaning of a state, without a full stop: in the words of the configuration, else the default ones."""
    if state is None:
        return UNKNOWN_MEANING
    return limits.meaning.get(state) or MEANINGS[state]


def mark(standing: Standing) -> tuple[str, str]:
    """The state in a word or two, and shorter; an exception instead of it if one lets releases go."""
    if standing.exception is not None:
        return EXCEPTED
    word = STATES[standing.state].word
    return word, BRIEFLY.get(standing.state, word)


def lets_go(standing: Standing) -> str:
    """What may be released now: features and fixes, only fixes, nothing."""
    answers = standing.verdict(Reason.FEATURE), standing.verdict(Reason.FIX)
    if Verdict.UNKNOWN in answers:
        return "it is not known what may be released now"
    if answers == (Verdict.GO, Verdict.GO):
        return "features and fixes may be released now"
    return "only fixes may be released now" if answers[1] is Verdict.GO else "nothing may be released now"


def why(standing: Standing, zone: str) -> str:
    """The reason for the state of an objective, a sentence without its full stop.

    Args:
        standing: the objective. `zone`: the time zone of the page.
    """
    if standing.exception is None:
        return because(standing)
    return f"{because(standing)}; {exception(standing.exception, zone, standing.at)}"


def exception(exception: PolicyException, zone: str, now: float) -> str:
    """An exception: Ada lets releases go until 3 Dec 12:00: the target is renegotiated.

    Args:
        exception: current or future. `zone`: the time zone of the page. `now`: epoch seconds.
    """
    since = f"from {_moment(exception.begins, zone, now)} " if exception.begins > now else ""
    until = f"until {_moment(exception.until, zone, now)}"
    burning = ", even while the budget burns" if exception.even_burning else ""
    return f"{who(exception)} lets releases go {since}{until}{burning}: {exception.why}"


def who(exception: PolicyException) -> str:
    """The person who lets releases go; a name typed into a page is not verified, which is mentioned."""
    return f"{exception.who} (name as given)" if exception.number else exception.who


def because(standing: Standing) -> str:
    """The reason for the state regardless of exceptions, without a full stop."""
    report, limits = standing.report, standing.limits
    left = f"{units.percent(report.judged_remaining)} of its error budget is left"
    match standing.basis:
        case Rule.NO_DATA:
            return f"nothing is known of it now: {DOUBTS[standing.doubt or Doubt.NO_EVENTS]}"
        case Rule.BURNING:
            return f"its error budget burns now: {_alerts(report, limits)}"
        case Rule.EXHAUSTED if (report.judged_remaining or 0.0) <= 0:
            return "its error budget is used up, but does not burn now"
        case Rule.EXHAUSTED:
            return f"{left}, not more than {units.percent(limits.freeze_all)}, but it does not burn now"
        case Rule.LITTLE_LEFT:
            return f"{left}, not more than {units.percent(limits.freeze_features)}"
        case Rule.MUCH_SPENT:
            return f"{left}, not more than {units.percent(limits.careful)}"
        case Rule.SLOW_BURN:
            return f"{left}, but it burns slowly: {_alerts(report, limits, slow=True)}"
        case _:
            return left


def _alerts(report: SloReport, limits: Limits, *, slow: bool = False) -> str:
    """Firing alerts, fastest first; `slow`: those that do not freeze everything."""
    rows = [alert.rule.row for alert in report.alerts if alert.firing]
    firing = [row for row in rows if (row.severity in limits.burning) is not slow]
    names = [f"the {row.severity} alert over {units.duration(row.long_s)}" for row in firing]
    return f"{' and '.join(names)} {'fires' if len(names) == 1 else 'fire'}"


def headline(verdict: Verdict, reason: Reason, because: str) -> str:
    """The verdict and its reason, one sentence.

    Args:
        verdict: of the gate. `reason`: of the release. `because`: the grounds.
    """
    return f"{VERDICTS[verdict].word.capitalize()} for {REASONS[reason]}: {because}."


def grounds(deciding: Standing, title: str, zone: str) -> str:
    """The deciding objective and its reason, without a full stop.

    Args:
        deciding: its standing. `title`: the name of its service. `zone`: the time zone of the page.
    """
    return f"{deciding.report.slo.name} of {title}: {why(deciding, zone)}"


def turns(turn: Turn | None, zone: str, now: float) -> str:
    """When and why the verdict changes, without a full stop; empty if that cannot be predicted.

    Args:
        turn: the predicted change. `zone`: the time zone of the page. `now`: epoch seconds.
    """
    if turn is None:
        return ""
    at = _moment(turn.at, zone, now)
    limit, rate = units.percent(turn.limit), f"the burn rate of {units.burn(turn.rate)} continues"
    match turn.cause:
        case TurnCause.BURN_ENDS:
            return f"at {at} at the earliest, if nothing more fails"
        case TurnCause.RECOVERS:
            condition = rate if turn.rate else "nothing more fails"
            return f"about {at}, when more than {limit} of the budget is left again, if {condition}"
        case TurnCause.NEW_PERIOD:
            return f"at {at}, when a new period begins"
        case TurnCause.SPENT:
            return f"about {at}, when only {limit} of the budget is left, if {rate}"
        case TurnCause.EXCEPTION_BEGINS:
            return f"at {at}, when an exception begins"
        case TurnCause.EXCEPTION_ENDS:
            return f"at {at}, when the exception is over"


def _moment(seconds: float, zone: str, now: float) -> str:
    """A time to the minute with its zone, and with its day unless it is today."""
    return f"{moments.exact(seconds, zone, now)} {moments.zone_name(seconds, zone)}"
