"""The queries behind a number: complete, and to be asked by anybody; words where there is no query language."""

import pytest

from dashboard.engine.default_slos import availability
from dashboard.promql import counted_selectors
from dashboard.rules import query_texts
from dashboard.rules.event_queries import window_in_words
from dashboard.slo.indicators import Op, Query, Ratio, Term, Threshold
from dashboard.slo.objective import Method, Slo
from tests.rules.promtool import expression, words

VALID = 'sum(increase(http_requests_total{service="shop"}[1h]))'
FAILED = 'sum(increase(http_requests_total{service="shop",code=~"5.."}[1h]))'


def test_events_of_an_hour() -> None:
    assert query_texts(availability("shop"), expression, "1h") == (
        ("bad events of one hour", f"({FAILED} or 0 * {VALID})"),
        ("valid events of one hour", VALID),
        ("error ratio of one hour", f"({FAILED} or 0 * {VALID}) / ({VALID} > 0)"),
        ("burn rate of one hour", f"({FAILED} or 0 * {VALID}) / ({VALID} > 0) / 0.001"),
    )


def test_slices_of_thirty_days() -> None:
    slo = Slo("a", "level", Threshold(Query("queue"), Op.LT, 100.0), 0.99, method=Method.TIMESLICES, slice_s=300)
    bad, valid, *_ = query_texts(slo, expression, "30d")
    assert bad == ("bad slices of 30 days", "sum_over_time(((sum(queue) >= -Inf) >= bool 100)[2591999s:5m])")
    assert valid == ("valid slices of 30 days", "count_over_time(((sum(queue) >= -Inf) >= bool 100)[2591999s:5m])")


def test_counts_of_five_minutes_are_added_up() -> None:
    slo = Slo("a", "seen", Ratio(Query("sum(seen)"), bad=Query("sum(lost)")), 0.99)
    _, valid, *_ = query_texts(slo, expression, "1h")
    assert valid == ("valid events of one hour", "sum_over_time(sum(seen)[3599s:5m])")


@pytest.mark.parametrize("window", ["5m", "6h", "30d"])
def test_every_text_is_promql(window: str) -> None:
    for _, text in query_texts(availability("shop"), expression, window):
        assert counted_selectors(text)


def test_a_source_without_a_query_language_says_it_in_words() -> None:
    assert query_texts(availability("shop"), words, "1h") == (
        ("requests", "requests  of shop"),
        ("errors server", "errors server of shop"),
    )


def test_what_the_source_does_not_know_is_left_out() -> None:
    def silent(term: Term) -> str:
        raise ValueError("nobody knows")

    assert query_texts(availability("shop"), silent, "1h") == ()


@pytest.mark.parametrize(
    ("window", "text"), [("1h", "one hour"), ("5m", "5 minutes"), ("1d", "one day"), ("30d", "30 days"), ("x", "x")]
)
def test_windows_have_words(window: str, text: str) -> None:
    assert window_in_words(window) == text
