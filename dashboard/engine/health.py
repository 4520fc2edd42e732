"""Whether a service is well, and why: values, which `ui/text/health_text.py` puts into words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dashboard.outcomes import UnknownWords
from dashboard.slo.indicators import Measure
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport, State


class Health(StrEnum):
    """What a tile says about a service, in one word."""

    BREACHING = "breaching"
    UNKNOWN = "unknown"
    AT_RISK = "at_risk"
    HEALTHY = "healthy"


# Most urgent first; no data comes before at risk, because nobody knows what it hides.
URGENCY = {Health.BREACHING: 0, Health.UNKNOWN: 1, Health.AT_RISK: 2, Health.HEALTHY: 3}


@dataclass(frozen=True, slots=True)
class NoSamples:
    """No sample of any signal came in the live window, which is `window_s` seconds long."""

    window_s: float


@dataclass(frozen=True, slots=True)
class NoRequestCounts:
    """Other signals came in the live window (`window_s` seconds), but no count of the requests that its SLOs judge."""

    window_s: float


@dataclass(frozen=True, slots=True)
class NoDataSince:
    """What its health is judged by was last measured at `since` (epoch seconds), which is too long ago."""

    since: float


@dataclass(frozen=True, slots=True)
class DataEnd:
    """The data of the source end at `at` (epoch seconds): what is shown is of then, and nothing is known of now."""

    at: float


@dataclass(frozen=True, slots=True)
class NeverMeasured:
    """Only its SLOs are known, and none of them was measured yet."""


@dataclass(frozen=True, slots=True)
class FailuresNotTold:
    """Requests are counted, but not which of them fail.

    Attributes:
        unknown: words for outcomes that nobody knows the meaning of, where that is why.
        of_files: it is read from files, where a column tells failures, and no preset.
    """

    unknown: tuple[UnknownWords, ...] = ()
    of_files: bool = False


@dataclass(frozen=True, slots=True)
class FailsByOtherCounter:
    """Its requests fail by a counter that is not the one that is shown; `preset`: what reads that counter."""

    preset: str


@dataclass(frozen=True, slots=True)
class FailsByOtherLabel:
    """Its requests fail by a label that is not the one that is read.

    Attributes:
        label: that calls them failed, and `value`: how. `read`: the label that calls them good. `counter`: of both.
    """

    label: str
    value: str
    read: str
    counter: str


@dataclass(frozen=True, slots=True)
class FailsByUnreadCounter:
    """Its requests fail by a counter of failures that nothing reads; `requests`: the counter of all."""

    counter: str
    requests: str


@dataclass(frozen=True, slots=True)
class RowsLeftOut:
    """So many rows of its files could not be used, `of` all, that failures may well be among them."""

    rows: int
    of: int


@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """No error budget is left."""

    slo: Slo


@dataclass(frozen=True, slots=True)
class Burning:
    """Both windows of a burn rule are above its threshold, or, where it is `rising`, the short window alone is.

    Attributes:
        rate: burn rate over `window_s` seconds: the long window, or the short one where it is rising.
    """

    slo: Slo
    rate: float
    window_s: float
    rising: bool = False


@dataclass(frozen=True, slots=True)
class Burned:
    """Only the long window of a burn rule, `window_s` seconds, is still above its threshold.

    Attributes:
        until: epoch seconds of the last moment at which the short window was, too; None where it is not known.
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
    """No request was counted yet in the windows of its SLOs."""


@dataclass(frozen=True, slots=True)
class BudgetUnavailable:
    """The source refuses what is needed to count an SLO; `message`: what it says."""

    slo: Slo
    message: str


@dataclass(frozen=True, slots=True)
class AnsweredInPart:
    """The source says that its newest answers lack data: what is missing may be bad, so nothing is good by them."""


@dataclass(frozen=True, slots=True)
class NotMeasuredNow:
    """One SLO is not measured now while others are; `since`: epoch seconds of its newest measure, None without any."""

    slo: Slo
    since: float | None = None


@dataclass(frozen=True, slots=True)
class FailingNow:
    """More of the newest requests fail than `pages`, the error ratio that a page needs in both of its windows.

    Attributes:
        ratio: server errors of all requests, 0–1.
    """

    slo: Slo
    ratio: float
    pages: float


@dataclass(frozen=True, slots=True)
class NearlyFull:
    """A resource is near its limit; `used`: share of the limit, 0–1."""

    resource: str
    used: float


# Requests come, and nobody knows which of them fail: no service is healthy by them, and no release goes.
NotTold = FailuresNotTold | FailsByOtherCounter | FailsByOtherLabel | FailsByUnreadCounter | RowsLeftOut
Reason = (
    NoSamples
    | NoRequestCounts
    | NoDataSince
    | DataEnd
    | NeverMeasured
    | NotTold
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
    """Whether more requests fail than a page allows, whatever its windows say of the time before.

    Args:
        slos: reports of all SLOs of a service.
        ratio: server errors of all its newest requests, 0–1; None without requests.
    """
    for report in slos:
        pages = [alert for alert in report.alerts if alert.rule.row.severity == "page"]
        if ratio is None or report.slo.measure is not Measure.ERRORS or not pages:
            continue
        least = min(alert.rule.threshold for alert in pages) * report.slo.budget
        # As few as no alert would fire by say nothing here, either.
        if ratio > least and max(alert.long.bad for alert in pages) >= report.slo.min_failures:
            return FailingNow(report.slo, ratio, least)
    return None


def health_of(slos: Sequence[SloReport], *, live: bool, failing: FailingNow | None = None) -> Health:
    """A service's health: unknown without live data whatever its budget says, else that of its worst SLO.

    Args:
        slos: reports of all its SLOs.
        live: something was measured of it lately.
        failing: more of its newest requests fail than a page allows.
    """
    if not live:
        return Health.UNKNOWN
    states = {slo.state for slo in slos}
    # A breach stays one beside an SLO without data; anything milder may hide a breach there.
    if State.EXHAUSTED in states or any(slo.paging for slo in slos):
        return Health.BREACHING
    if not states or State.NO_DATA in states:
        return Health.UNKNOWN
    if failing is not None or states & {State.CRITICAL, State.INCREASING, State.RECOVERING}:
        return Health.AT_RISK
    return Health.HEALTHY
