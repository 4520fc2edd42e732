"""Reasons in words: each sentence names its window or its moment, and none speaks of now by a long window alone."""

import pytest

from dashboard.engine.default_slos import availability, latency
from dashboard.engine.health import (
    AnsweredInPart,
    BudgetSpent,
    BudgetUnavailable,
    Burned,
    Burning,
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
from dashboard.outcomes import UnknownWords
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import health_text, units

NOW = 1_760_000_000.0  # 08:53:20 UTC
AVAILABILITY, LATENCY = availability("shop"), latency("shop", 0.3)


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (Burning(AVAILABILITY, 17.28, HOUR), "availability budget burning at 17.3× the allowed rate (1 h)"),
        (Burning(LATENCY, 6.5, 6 * HOUR), "latency budget burning at 6.5× the allowed rate (6 h)"),
        (Burning(LATENCY, 1.02, 3 * DAY), "latency budget burning at 1.02× the allowed rate (3 days)"),
        (Burning(AVAILABILITY, 10.93, 1800, rising=True),
         "availability budget burning at 10.9× the allowed rate (last 30 min), rising"),
        (Burned(AVAILABILITY, HOUR, NOW - HOUR), "availability budget burned until 07:53; recovering (1 h)"),
        (Burned(AVAILABILITY, 3 * DAY, NOW - 2 * DAY),
         "availability budget burned until 7 Oct 08:53; recovering (3 days)"),
        (Burned(AVAILABILITY, 6 * HOUR), "availability budget recovering (6 h)"),
        (BudgetSpent(LATENCY), "latency budget spent"),
        (FailingNow(AVAILABILITY, 0.021, 0.006), "2.1 % of the newest requests fail: 0.60 % is enough for a page"),
        (NotMeasuredNow(LATENCY, NOW - 720), "latency last measured at 08:41"),
        (NotMeasuredNow(LATENCY), "latency never measured"),
        (NoSamples(HOUR), "no data in the last hour"),
        (NoRequestCounts(HOUR), "no requests counted in the last hour"),
        (NoDataSince(NOW - 300), "no data since 08:48"),
        (NeverMeasured(), "no data yet: none of its SLOs was measured"),
        (
            FailsByOtherCounter("generic-http"),
            "requests fail by the counter of generic-http: if that is the right one, name it as preset in [[services]]",
        ),
        (
            FailsByOtherLabel("success", "false", "code", "http_requests_total"),
            "requests fail by success 'false', which code calls good: write both in [[presets]], requests = "
            '"http_requests_total" and outcomes = ["code", { label = "success", beside = true }], or good = "false" '
            "under [source]",
        ),
        (
            FailsByUnreadCounter("http_requests_failed_total", "http_requests_total"),
            "requests fail by http_requests_failed_total, which is not read: write in [[presets]] requests = "
            '"http_requests_total" and errors = [{ metric = "http_requests_failed_total" }], or there what tells '
            "failures instead",
        ),
        (
            RowsLeftOut(360, 3_600),
            "360 of 3,600 rows of its files could not be used: what failed may be among them; Sources says why each "
            "was left out",
        ),
        (
            FailuresUnknown(of_files=True),
            "nothing holds the failed requests: name the column that does in source.columns, such as "
            'columns = { errors = "…" }, or their file as [[source.files]]',
        ),
        (
            FailuresUnknown(),
            "failed requests cannot be told apart: name the label or counter that marks them in [[presets]]",
        ),
        (
            FailuresUnknown((UnknownWords("status", ("violet",)),)),
            "failed requests cannot be recognised: status 'violet' is of unknown meaning: "
            'write failed = "violet" or good = "violet" under [source]',
        ),
        (
            FailuresUnknown((UnknownWords("status", ("green", "violet")),)),
            "failed requests cannot be recognised: status 'green' and 1 more are of unknown meaning: "
            'write failed = "green|violet" or good = "green|violet" under [source]',
        ),
        (MeasuredTooShortly(1500, 0.000579), "too little measured to judge its SLOs: 25 m, 0.06 % of the window"),
        (AnsweredInPart(), "the source answers in part: what is missing may be failing"),
        (BudgetUnavailable(LATENCY, "too many samples"), "latency budget unavailable: the source refuses its queries"),
        (NoRequestsYet(), "no requests counted yet in the windows of its SLOs"),
        (NearlyFull("memory", 0.934), "memory nearly full: 93 % of its limit"),
    ],
)  # fmt: skip
def test_a_reason_is_a_sentence(reason: Reason, sentence: str) -> None:
    assert [units.plain(text) for text in health_text.sentences([reason], "UTC", NOW)] == [sentence]


def test_moments_are_told_in_the_configured_time_zone() -> None:
    assert health_text.sentences([NoDataSince(NOW - 300)], "Europe/Berlin", NOW) == ["no data since 10:48"]
