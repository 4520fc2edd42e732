"""Why a service has its health: typed reasons from its SLO reports and newest signals, most urgent first."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.engine.health import (
    AnsweredInPart,
    BudgetSpent,
    BudgetUnavailable,
    Burned,
    Burning,
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
    OutcomeUnknown,
    Reason,
    RowsLeftOut,
)
from dashboard.engine.settings import LIVE_SPAN, LIVE_STEP
from dashboard.signals.current import CurrentValues
from dashboard.slo.indicators import Column, terms
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import DEFAULT
from dashboard.slo.policy import MIN_FAILURES, SHORT_MIN
from dashboard.slo.report import Alert, Reading, SloReport, State
from dashboard.slo.timeline import Timeline
from dashboard.sources.catalog import FILES, ServiceInfo
from dashboard.timerange import HOUR

# Resources above this share of their limit are reported.
NEARLY_FULL = 0.9
# Seconds after unknown failures during which a service is not called healthy.
UNKNOWN_OUTCOME_S = 300
# The end of a burn is searched for in steps of this part of the short window.
STEPS = 12
# If a continuing burn would cause this many failures in a window, their absence is meaningful.
EXPECTED_MIN = 10.0


def without_data(
    reading: CurrentValues,
    newest: float | None,
    slos: Sequence[SloReport] = (),
    *,
    has_signals: bool,
    last_seen: float | None = None,
) -> Reason:
    """Why a service has no current data.

    Args:
        reading: its newest signals in the live window.
        newest: epoch seconds of the newest measurement that its health is based on; None without any.
        slos: reports of its SLOs, whose pages say since when they have no data.
        has_signals: the source measures its signals; False if only its SLOs are known.
        last_seen: epoch seconds of its newest sample of any age; None if unknown.
    """
    if has_signals and reading.time is None:
        # An SLO with events of its own may still be measured.
        is_silent = all(slo.stale or slo.measured_at is None for slo in slos)
        measured = (slo.measured_at for slo in slos if is_silent and slo.measured_at is not None)
        since = max(measured, default=last_seen)
        return NoSamples(LIVE_SPAN) if since is None else NoDataSince(since)
    if newest is not None:
        return NoDataSince(newest)
    return NoRequestCounts(LIVE_SPAN) if has_signals else NeverMeasured()


def failures_unknown(
    info: ServiceInfo, slos: Sequence[SloReport], reading: CurrentValues, samples: pd.DataFrame
) -> OutcomeUnknown | None:
    """Why the failures of a service with requests are unknown; None if they are known, or nothing depends on them.

    Args:
        info: the service. `slos`: reports of its SLOs; configured ones may be based on something else.
        reading: its newest signals. `samples`: of the live window, (measure, detail) columns.
    """
    if info.fails_by:
        return FailsByOtherCounter(info.fails_by)
    if info.contradicted is not None:
        seen = info.contradicted
        return FailsByOtherLabel(seen.label, seen.value, seen.read, seen.counter)
    if info.uncounted is not None:
        return FailsByUnreadCounter(*info.uncounted)
    if info.left_out is not None:
        return RowsLeftOut(*info.left_out)
    unknown = FailuresUnknown(info.unknown_words, of_files=info.preset == FILES)
    if not slos:
        return None if reading.traffic is None else unknown
    if not (reading.traffic and reading.errors.get("server") is None) and not _was_unknown(samples):
        return None
    by_default = all(report.slo.origin == DEFAULT for report in slos)
    wanted = by_default or any(
        isinstance(term, Column) and term.measure == "errors" for report in slos for term in terms(report.slo.indicator)
    )
    return unknown if wanted else None


def _was_unknown(samples: pd.DataFrame) -> bool:
    """Whether the outcome of recent requests was unknown; such outcomes occur occasionally."""
    if ("errors", "server") not in samples.columns:
        return False
    lately = slice(-(UNKNOWN_OUTCOME_S // LIVE_STEP), None)
    requests, failed = (frames.values(samples, *column)[lately] for column in (("requests", ""), ("errors", "server")))
    return bool(((requests > 0) & np.isnan(failed)).any())


def with_data(slos: Sequence[SloReport], reading: CurrentValues, ledger_view: LedgerView) -> tuple[Reason, ...]:
    """Reasons of a service with current data.

    Args:
        slos: reports of its SLOs. `reading`: its newest signals.
        ledger_view: events of all SLOs, which show until when a budget burned.
    """
    reasons: list[Reason] = [reason for slo in slos if (reason := _of_budget(slo, ledger_view)) is not None]
    reasons += _unknown(slos)
    if reading.most_used is not None and reading.most_used[1] >= NEARLY_FULL:
        reasons.append(NearlyFull(*reading.most_used))
    return tuple(reasons)


def _unknown(slos: Sequence[SloReport]) -> list[Reason]:
    """Why nothing can be said about SLOs: the most general reason."""
    reasons: list[Reason] = list(_unavailable(slos))
    if any(slo.is_partial_now and slo.state is State.NO_DATA for slo in slos):
        reasons.append(AnsweredInPart())
    if reasons:
        return reasons
    if short := [slo for slo in slos if _is_too_short(slo)]:
        longest = max(short, key=lambda slo: slo.measured_s)
        return [MeasuredTooShortly(longest.measured_s, longest.known_share)]
    return [NoRequestsYet()] if slos and all(slo.state is State.NO_DATA for slo in slos) else []


def _unavailable(slos: Sequence[SloReport]) -> Iterator[BudgetUnavailable]:
    """SLOs that the source refuses to count."""
    for slo in slos:
        if slo.refusal is not None and slo.state is State.NO_DATA:
            yield BudgetUnavailable(slo.slo, slo.refusal)


def not_measured_now(slos: Sequence[SloReport]) -> Iterator[NotMeasuredNow]:
    """SLOs with only past data, and SLOs never measured although others were."""
    for slo in slos:
        if slo.stale and slo.measured_at is not None:
            yield NotMeasuredNow(slo.slo, slo.measured_at)
    never = [slo for slo in slos if slo.measured_at is None]
    # If none was ever measured, another reason says so.
    if len(never) < len(slos):
        yield from (NotMeasuredNow(slo.slo) for slo in never)


def _is_too_short(report: SloReport) -> bool:
    """Whether it cannot be judged until more of its window was measured."""
    if report.state is not State.NO_DATA or report.stale or not report.is_little_measured:
        return False
    return 0 < report.measured_s < HOUR or report.judged_remaining != report.remaining


def _of_budget(report: SloReport, ledger_view: LedgerView) -> Reason | None:
    match report.state:
        case State.EXHAUSTED:
            return BudgetSpent(report.slo)
        case State.CRITICAL | State.INCREASING | State.RECOVERING:
            return _of_burn(report, ledger_view)
    return None


def _of_burn(report: SloReport, ledger_view: LedgerView) -> Burning | Burned:
    """The burn of the alert that determines the state, unless newer windows show that it is over."""
    reading = Reading(report.state.value)
    alerts = [alert for alert in report.alerts if alert.effective_reading is reading]
    if reading is Reading.RECOVERING or _is_over(alerts[0], report):
        return Burned(report.slo, alerts[0].long.window_s, _burned_until(alerts, report, ledger_view))
    rising = reading is Reading.INCREASING
    burn = alerts[0].short if rising else alerts[0].long
    return Burning(report.slo, burn.rate or 0.0, burn.window_s, rising)


def _is_over(alert: Alert, report: SloReport) -> bool:
    """Whether a burn in an alert's windows has ended: a newer window has far too few failures for it."""
    for burn in sorted(report.burn, key=lambda burn: burn.window_s):
        if burn.window_s >= alert.short.window_s:
            break
        # At the alert's threshold. If ten are expected, fewer than half occur by chance in 3 of 100 windows.
        expected = alert.rule.threshold * report.slo.budget * (burn.valid or 0.0)
        if burn.coverage >= SHORT_MIN and expected >= EXPECTED_MIN:
            return (burn.rate or 0.0) < 0.5 * alert.rule.threshold
    return False


def _burned_until(alerts: Sequence[Alert], report: SloReport, ledger_view: LedgerView) -> float | None:
    """Epoch seconds of the last time at which the short window of one of the alerts was above its threshold."""
    timeline = Timeline.of(ledger_view, report.slo)
    ends = [_last_above(alert, report, timeline) for alert in alerts]
    return max((end for end in ends if end is not None), default=None)


def _last_above(alert: Alert, report: SloReport, timeline: Timeline) -> float | None:
    """When an alert's short window was last above its threshold, or a shorter one with enough failures."""
    shorter = sorted(burn.window_s for burn in report.burn if burn.window_s < alert.short.window_s)
    for window_s in (*shorter, alert.short.window_s):
        least = MIN_FAILURES if window_s < alert.short.window_s else 0
        moments = _moments(window_s, alert, report, timeline)
        bad, valid, measured_s = timeline.within(moments - window_s, moments).T
        above = (bad > alert.rule.threshold * report.slo.budget * valid) & (valid > 0) & (bad >= least)
        above &= measured_s >= SHORT_MIN * window_s
        if above.any():
            return float(moments[np.argmax(above)])
    return None


def _moments(window_s: float, alert: Alert, report: SloReport, timeline: Timeline) -> np.ndarray:
    """Times within an alert's long window, newest first, at which existing rows can evaluate a window."""
    step = max(float(np.diff(timeline.edges[-2:])[0]), window_s / STEPS)
    # Minutes are only known from the first fine row on.
    begin = timeline.fine_from + window_s if window_s < HOUR else float(timeline.edges[0])
    count = int((report.at - max(begin, report.at - alert.long.window_s)) // step)
    return report.at - step * np.arange(1, max(count, 0) + 1)
