"""The reasons for a service's health in words: each sentence names its window or time."""

from collections.abc import Iterable
from typing import assert_never

from dashboard.engine.health import (
    AnsweredInPart,
    BudgetSpent,
    BudgetUnavailable,
    Burned,
    Burning,
    DataEnd,
    FailingNow,
    FailsByOtherCounter,
    FailsByOtherLabel,
    FailsByUnreadCounter,
    FailuresUnknown,
    MeasuredTooShortly,
    NearlyFull,
    NeverMeasured,
    NoDataSince,
    NoRequestCounts,
    NoRequestsYet,
    NoSamples,
    NotMeasuredNow,
    Reason,
    RowsLeftOut,
)
from dashboard.slo.report import State
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import moments, objective_text, units
from dashboard.ui.text.status_text import SLO_STATE
from dashboard.ui.text.units import NBSP


def sentences(reasons: Iterable[Reason], zone: str, now: float) -> list[str]:
    """A short sentence for each reason, without a capital and a full stop.

    Args:
        reasons: for the health.
        zone: IANA name of the time zone of moments.
        now: epoch seconds; times on other days include the day.
    """
    return [_sentence(reason, zone, now) for reason in reasons]


def brief(reason: Reason, zone: str, now: float) -> str:
    """The sentence of a reason for one line of a list, where readers know what a burn rate is relative to.

    Args:
        reason: for the health. `zone`: IANA name of the time zone of times. `now`: epoch seconds.
    """
    if isinstance(reason, Burning):
        rising = ", rising" if reason.rising else ""
        return f"{reason.slo.kind} budget burning at {units.burn(reason.rate)} ({window(reason.window_s)}){rising}"
    return _sentence(reason, zone, now)


def _sentence(reason: Reason, zone: str, now: float) -> str:
    match reason:
        case BudgetSpent() | Burning() | Burned():
            return f"{reason.slo.kind} budget {_budget(reason, zone, now)}"
        case NotMeasuredNow(slo, since):
            return f"{slo.kind} {_measured(since, zone, now)}"
        case DataEnd(at):
            return f"data end {moments.exact(at, zone, now)}"
        case NearlyFull(resource, used):
            return f"{resource} nearly full: {units.percent(used)} of its limit"
        case MeasuredTooShortly(measured_s, share):
            return f"too little measured to judge its SLOs: {objective_text.measured_so_far(measured_s, share)}"
        case FailingNow(ratio=ratio, pages=pages):
            return f"{units.percent(ratio)} of the newest requests fail: {units.percent(pages)} is enough for a page"
        case NoRequestsYet():
            return "no requests counted yet in the windows of its SLOs"
        case BudgetUnavailable(slo):
            return f"{slo.kind} budget unavailable: the source refuses its queries"
        case AnsweredInPart():
            return "the source answers in part: what is missing may be failing"
        case FailsByOtherCounter(preset):
            remedy = "if that is the right one, name it as preset in [[services]]"
            return f"requests fail by the counter of {preset}: {remedy}"
        case FailsByOtherLabel():
            return _contradicted(reason)
        case FailsByUnreadCounter(counter, requests):
            return (
                f"requests fail by {counter}, which is not read: write in [[presets]] requests = "
                f'"{requests}" and errors = [{{ metric = "{counter}" }}], or there what tells failures instead'
            )
        case RowsLeftOut(rows, of):
            said = f"{units.count(rows)} of {units.count(of)} rows of its files could not be used"
            return f"{said}: what failed may be among them; Sources says why each was left out"
        case FailuresUnknown():
            return _failures_unknown(reason)
        case NoSamples() | NoRequestCounts() | NoDataSince() | NeverMeasured():
            return _no_data(reason, zone, now)
    assert_never(reason)


def _contradicted(reason: FailsByOtherLabel) -> str:
    outcomes = f'["{reason.read}", {{ label = "{reason.label}", beside = true }}]'
    return (
        f"requests fail by {reason.label} {reason.value!r}, which {reason.read} calls good: write both in [[presets]], "
        f'requests = "{reason.counter}" and outcomes = {outcomes}, or good = "{reason.value}" under [source]'
    )


def _failures_unknown(reason: FailuresUnknown) -> str:
    unknown = reason.unknown
    if not unknown and reason.of_files:
        return (
            "nothing holds the failed requests: name the column that does in source.columns, such as "
            'columns = { errors = "…" }, or their file as [[source.files]]'
        )
    if not unknown:
        return "failed requests cannot be told apart: name the label or counter that marks them in [[presets]]"
    first = unknown[0]
    word = f"{first.label} {first.words[0]!r}"
    words = f"{word} and {len(first.words) - 1} more are" if len(first.words) > 1 else f"{word} is"
    return f"failed requests cannot be recognised: {words} of unknown meaning: {first.remedy}"


def _budget(reason: BudgetSpent | Burning | Burned, zone: str, now: float) -> str:
    match reason:
        case BudgetSpent():
            return "spent"
        case Burning(rate=rate, window_s=window_s, rising=True):
            return f"burning at {units.burn(rate)} the allowed rate (last {window(window_s)}), rising"
        case Burning(rate=rate, window_s=window_s):
            return f"burning at {units.burn(rate)} the allowed rate ({window(window_s)})"
        # Only the long window is exceeded: the sentence must not speak of the present.
        case Burned(until=float(until), window_s=window_s):
            return f"burned until {moments.lately(until, zone, now)}; recovering ({window(window_s)})"
        case Burned(window_s=window_s):
            return f"{SLO_STATE[State.RECOVERING].word} ({window(window_s)})"
    assert_never(reason)


def _no_data(reason: NoSamples | NoRequestCounts | NoDataSince | NeverMeasured, zone: str, now: float) -> str:
    match reason:
        case NoSamples(window_s):
            return f"no data in the last {_last(window_s)}"
        case NoRequestCounts(window_s):
            return f"no requests counted in the last {_last(window_s)}"
        case NoDataSince(since):
            return f"no data since {moments.lately(since, zone, now)}"
    return "no data yet: none of its SLOs was measured"


def _measured(since: float | None, zone: str, now: float) -> str:
    return "never measured" if since is None else f"last measured at {moments.lately(since, zone, now)}"


def window(seconds: float) -> str:
    """The length of a window: 30 min, 1 h, 3 days."""
    # Burn rules call a day 24 h.
    if seconds >= 2 * DAY:
        return f"{seconds / DAY:.3g}{NBSP}days"
    return f"{seconds / HOUR:.3g}{NBSP}h" if seconds >= HOUR else f"{seconds / 60:.0f}{NBSP}min"


def _last(seconds: float) -> str:
    return "hour" if seconds == HOUR else window(seconds)
