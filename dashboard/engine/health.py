"""The health of a service and its reasons, as values; `ui/text/health_text.py` has the words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dashboard.outcomes import UnknownWords
from dashboard.slo.indicators import Measure
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport, State


class Health(StrEnum):
    """The health of a service, in one word."""

    BREACHING = "breaching"
    UNKNOWN = "unknown"
    AT_RISK = "at_risk"
    HEALTHY = "healthy"


# Most urgent first; no data precedes at risk, because it may hide something worse.
URGENCY = {Health.BREACHING: 0, Health.UNKNOWN: 1, Health.AT_RISK: 2, Health.HEALTHY: 3}


@dataclass(frozen=True, slots=True)
class NoSamples:
    """The live window, `window_s` seconds long, has no sample of any signal."""

    window_s: float


@dataclass(frozen=True, slots=True)
class NoRequestCounts:
    """The live window (`window_s` seconds) has other signals, but no count of the requests that its SLOs judge."""

    window_s: float


@dataclass(frozen=True, slots=True)
class NoDataSince:
    """The measurements that its health is based on ended at `since` (epoch seconds), too long ago."""

    since: float


@dataclass(frozen=True, slots=True)
class DataEnd:
    """The data of the source end at `at` (epoch seconds): they are shown as of then, and the present is unknown."""

    at: float


@dataclass(frozen=True, slots=True)
class NeverMeasured:
    """Only its SLOs are known, and none of them has been measured yet."""


@dataclass(frozen=True, slots=True)
class FailuresUnknown:
    """Requests are counted, but it is unknown which of them fail.

    Attributes:
        unknown: unknown words for outcomes, if they are the reason.
        of_files: it comes from files, where a column contains failures, instead of a preset.
    """

    unknown: tuple[UnknownWords, ...] = ()
    of_files: bool = False


@dataclass(frozen=True, slots=True)
class FailsByOtherCounter:
    """Its failures are in a counter other than the one in use; `preset`: reads that counter."""

    preset: str


@dataclass(frozen=True, slots=True)
class FailsByOtherLabel:
    """Its failures are in a label other than the one in use.

    Attributes:
        label, value: mark requests as failed. `read`: the label in use, which calls them good. `counter`: the metric.
    """

    label: str
    value: str
    read: str
    counter: str


@dataclass(frozen=True, slots=True)
class FailsByUnreadCounter:
    """Its failures are in a counter that nothing reads; `requests`: the counter of all requests."""

    counter: str
    requests: str


@dataclass(frozen=True, slots=True)
class RowsLeftOut:
    """`rows` rows of its files, `of` all, could not be used; failures may well be among them."""

    rows: int
    of: int


@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """No error budget remains."""

    slo: Slo


@dataclass(frozen=True, slots=True)
class Burning:
    """Both windows of a burn rule are above its threshold; if `rising`, only the short one.

    Attributes:
        rate: burn rate over `window_s` seconds: the long window, or the short one if it is rising.
    """

    slo: Slo
    rate: float
    window_s: float
    rising: bool = False


@dataclass(frozen=True, slots=True)
class Burned:
    """Only the long window of a burn rule, `window_s` seconds, is still above its threshold.

    Attributes:
        until: epoch seconds of the last time at which the short window was too; None if unknown.
    """

    slo: Slo
    window_s: float
    until: float | None = None


@dataclass(frozen=True, slots=True)
class MeasuredTooShortly:
    """An SLO was measured for `measured_s` seconds, `share` (0–1) of its window: too little to judge it."""

    measured_s: float
    share: float


@dataclass(frozen=True, slots=True)
class NoRequestsYet:
    """No requests have been counted yet in the windows of its SLOs."""


@dataclass(frozen=True, slots=True)
class BudgetUnavailable:
    """The source refuses a query needed to count an SLO; `message`: its message."""

    slo: Slo
    message: str


@dataclass(frozen=True, slots=True)
class AnsweredInPart:
    """The newest answers are partial: what is missing may be bad, so nothing is considered good."""


@dataclass(frozen=True, slots=True)
class NotMeasuredNow:
    """One SLO is not measured now while others are; `since`: epoch seconds of its newest measurement, if any."""

    slo: Slo
    since: float | None = None


@dataclass(frozen=True, slots=True)
class FailingNow:
    """More of the newest requests fail than `pages`, the error ratio above which both windows of a page must be.

    Attributes:
        ratio: share of server errors among all requests, 0–1.
    """

    slo: Slo
    ratio: float
    pages: float


@dataclass(frozen=True, slots=True)
class NearlyFull:
    """A resource is near its limit; `used`: share of the limit, 0–1."""

    resource: str
    used: float


# With these reasons it is unknown which requests fail: the service is not healthy, and no release may go ahead.
OutcomeUnknown = FailuresUnknown | FailsByOtherCounter | FailsByOtherLabel | FailsByUnreadCounter | RowsLeftOut
Reason = (
    NoSamples
    | NoRequestCounts
    | NoDataSince
    | DataEnd
    | NeverMeasured
    | OutcomeUnknown
    | BudgetSpent
    | Burning
    | Burned
    | FailingNow
    | MeasuredTooShortly
    | NoRequestsYet
    | AnsweredInPart
    | BudgetUnavailable
    | NotMeasuredNow
    | NearlyFull
)


def failing_now(slos: Sequence[SloReport], ratio: float | None) -> FailingNow | None:
    """Whether more requests fail than a page allows, whatever its windows say about the time before.

    Args:
        slos: reports of all SLOs of a service.
        ratio: share of server errors among its newest requests, 0–1; None without requests.
    """
    for report in slos:
        pages = [alert for alert in report.alerts if alert.rule.row.severity == "page"]
        if ratio is None or report.slo.measure is not Measure.ERRORS or not pages:
            continue
        least = min(alert.rule.threshold for alert in pages) * report.slo.budget
        # Below the number of failures that an alert needs, the ratio means nothing.
        if ratio > least and max(alert.long.bad for alert in pages) >= report.slo.min_failures:
            return FailingNow(report.slo, ratio, least)
    return None


def health_of(slos: Sequence[SloReport], *, live: bool, failing: FailingNow | None = None) -> Health:
    """The health of a service: unknown without live data whatever its budget, otherwise that of its worst SLO.

    Args:
        slos: reports of all its SLOs.
        live: it was measured recently.
        failing: more of its newest requests fail than a page allows.
    """
    if not live:
        return Health.UNKNOWN
    states = {slo.state for slo in slos}
    # A breach counts even if another SLO has no data, which may hide a breach behind anything milder.
    if State.EXHAUSTED in states or any(slo.paging for slo in slos):
        return Health.BREACHING
    if not states or State.NO_DATA in states:
        return Health.UNKNOWN
    if failing is not None or states & {State.CRITICAL, State.INCREASING, State.RECOVERING}:
        return Health.AT_RISK
    return Health.HEALTHY
