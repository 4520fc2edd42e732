"""What an indicator is about and the bound it keeps, where the file names neither."""

import pytest

from dashboard.openslo.indicator_kind import infer_kind, infer_limit
from dashboard.slo.indicators import Column, Composite, Indicator, Op, Part, Query, Ratio, Raw, Threshold

REQUESTS, ERRORS, ALL = Column("a", "requests"), Column("a", "errors", "server"), Column("a", "latency", "inf")


@pytest.mark.parametrize(
    ("indicator", "kind", "limit"),
    [
        (Ratio(REQUESTS, bad=ERRORS), "availability", None),
        (Ratio(ALL, good=Column("a", "latency", "0.3")), "latency", 0.3),
        (Ratio(Query("x"), bad=ERRORS), "ratio", None),
        (Ratio(Query("x"), good=Query("y")), "ratio", None),
        (Ratio(Query("x_count"), good=Query('x_bucket{le="0.4"}')), "latency", 0.4),
        (Ratio(Query("x_count"), bad=Query('x_count - x_bucket{a="b",le="1.0"}')), "latency", 1.0),
        (Ratio(Query("x"), good=Query('b{le="1"} + b{le="2"}')), "latency", None),
        (Ratio(Query("x"), good=Query('handle="0.4"')), "ratio", None),
        (Raw(Query("x")), "ratio", None),
        (Threshold(Query("queue"), Op.LT, 100), "threshold", 100),
        (Composite((Part(Raw(Query("x")), 0.9),)), "composite", None),
    ],
)
def test_the_kind_and_the_limit_follow_from_the_indicator(indicator: Indicator, kind: str, limit: float | None) -> None:
    assert (infer_kind(indicator), infer_limit(indicator)) == (kind, limit)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (Column("a", "saturation", "memory"), "saturation"),
        (Column("a", "usage", "pool"), "saturation"),
        (Column("a", "age"), "freshness"),
        (Column("a", "quantile", "0.95"), "latency"),
        (Column("a", "mean"), "latency"),
        (Column("a", "requests"), "threshold"),
        (Query("histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))"), "threshold"),
    ],
    ids=lambda value: getattr(value, "measure", None) or "a query",
)
def test_a_threshold_is_about_what_it_compares(value: Column | Query, kind: str) -> None:
    threshold = Threshold(value, Op.GT, 7.5)
    assert (infer_kind(threshold), infer_limit(threshold)) == (kind, 7.5)


@pytest.mark.parametrize(
    ("text", "kind", "limit"),
    [
        ('x_bucket{le="0.25"}', "latency", 0.25),
        ("x_bucket{le='0.25'}", "latency", 0.25),
        ('x_bucket{le =~ "0.25"}', "latency", 0.25),
        ('x{le="1.0"} + y{le="1"}', "latency", 1.0),
        ('x_bucket{le="+Inf"}', "latency", None),
        ("x_bucket", "latency", None),
        ("x_buckets", "ratio", None),
        ("histogram_fraction(0, 0.2, rate(x[5m]))", "latency", 0.2),
        ("histogram_fraction( 0 , 2 , rate(x[5m]))", "latency", 2.0),
        ("histogram_fraction(0.1, 0.2, rate(x[5m]))", "latency", None),
        ('x{handle="0.25"}', "ratio", None),
        ("sum(x)", "ratio", None),
    ],
)
@pytest.mark.parametrize("side", ["good", "bad"])
def test_the_bound_of_a_query_is_that_of_its_bucket(text: str, kind: str, limit: float | None, side: str) -> None:
    ratio = Ratio(Query("sum(x_count)"), **{side: Query(text)})
    assert (infer_kind(ratio), infer_limit(ratio)) == (kind, limit)


def test_a_bucket_of_all_events_is_no_bound() -> None:
    ratio = Ratio(Query('x_bucket{le="+Inf"}'), bad=Query("x_errors"))
    assert (infer_kind(ratio), infer_limit(ratio)) == ("ratio", None)
