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
