"""Caveats, suppressed alerts and burn rules that cannot work, as sentences without a capital and a full stop."""

from typing import assert_never

from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.objective import Slo
from dashboard.slo.policy import Row, RuleDiagnostic, RuleFault
from dashboard.slo.report import Alert, SloReport, Suppression
from dashboard.slo.selections import Blindness, LackKind
from dashboard.timerange import DAY, HOUR


def notes(report: SloReport) -> tuple[str, ...]:
    """Caveats about an objective, its burn rules and its numbers, in this order."""
    return (
        *report.slo.notes,
        *(diagnostic_text(diagnostic) for diagnostic in report.slo.diagnostics),
        *(caveat_text(caveat) for caveat in report.caveats),
    )


def alert_status(alert: Alert, slo: Slo) -> str:
    """Whether an alert is firing, or what suppresses it; empty if its burn rates say everything."""
    if alert.firing:
        return "still firing (window not measured, last state kept)" if alert.reading is None else "firing"
    match alert.suppressed:
        case Suppression.MIN_FAILURES:
            return f"suppressed: fewer than {slo.min_failures} failures (min_failures)"
        case Suppression.FASTER_ALERT:
            return "suppressed: a faster alert is firing"
        # The reading beside it says so already.
        case Suppression.WINDOW_NOT_MEASURED | None:
            return ""
        case _:
            assert_never(alert.suppressed)


def caveat_text(caveat: Caveat) -> str:
    """A caveat about a report's numbers."""
    match caveat.kind:
        case CaveatKind.SLI_ABOVE_ONE:
            return "the SLI is above 1: more events were good than valid, so its queries count different things"
        case CaveatKind.SLI_BELOW_ZERO:
            return "the SLI is below 0: more events were bad than valid, so its queries count different things"
        case CaveatKind.GOOD_ABOVE_VALID:
            return f"in {caveat.amount:.0f} hours more events were good than valid: its queries count different things"
        case CaveatKind.BUDGET_BELOW_ONE_FAILURE:
            return f"{caveat.amount:,.0f} events have a budget of less than one failure: too few for this objective"
        case CaveatKind.NOT_MEASURED:
            return f"{_missing(caveat.amount)} since it was first measured are missing: they count as no data"
        case CaveatKind.COUNTER_RAN_BACKWARDS:
            return f"a counter ran backwards {caveat.amount / HOUR:.1f} h ago: what it lost is not counted"
        case CaveatKind.MEASURED_IN_PART:
            return f"{_missing(caveat.amount)} were answered in part: what came counts, and they are asked for again"
        case CaveatKind.UNAVAILABLE:
            return f"unavailable: {caveat.message}"
        case CaveatKind.QUERY_REFUSED:
            return caveat.message
        case CaveatKind.CANNOT_TELL:
            return "" if caveat.blindness is None else f"not measured: {blindness_text(caveat.blindness)}"
        case _:
            assert_never(caveat.kind)


def blindness_text(blindness: Blindness) -> str:
    """Why a query cannot distinguish good events from bad ones, and what to write instead."""
    lack, query = blindness.lack, f"`{' '.join(blindness.query.text.split())}`"
    match lack.kind:
        case LackKind.METRIC:
            return (
                f"{query} never selected anything: the source has no metric {lack.metric}; check its name, or write "
                f"`or vector(0)` behind it if it appears with the first failure only"
            )
        case LackKind.LABEL:
            meant = f"did you mean {lack.nearest}?" if lack.nearest else "check its name"
            return f"{query}: no series of {lack.metric} has the label {lack.label}; {meant}"
        case LackKind.VALUE:
            return (
                f"{query} never selected anything: no series of {lack.metric} has {lack.condition}, and the other "
                f"query asks for another {lack.label}: write the same in both"
            )
        case _:
            assert_never(lack.kind)


def diagnostic_text(diagnostic: RuleDiagnostic) -> str:
    """Why a burn rule cannot work for an objective, or only rarely."""
    rule = f"the {diagnostic.row.severity} rule over {_window(diagnostic.row)}"
    match diagnostic.fault:
        case RuleFault.WINDOW_TOO_LONG:
            return f"{rule} is left out: its window is as long as the objective's"
        case RuleFault.NEVER_FIRES:
            return (
                f"{rule} is left out: it could never fire, since a burn rate of {diagnostic.threshold:.4g} "
                f"would need {diagnostic.error_ratio:.4g} failures a request"
            )
        case RuleFault.BELOW_ALLOWED_RATE:
            return f"{rule} fires at a burn rate of {diagnostic.threshold:.4g}, which is below the allowed rate"
        case _:
            assert_never(diagnostic.fault)


def _window(row: Row) -> str:
    return f"{row.long_s / DAY:g} days" if row.long_s >= 2 * DAY else f"{row.long_s / HOUR:g} h"


def _missing(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds < 2 * HOUR else f"{seconds / HOUR:,.0f} hours"
