"""What a syntax tree tells of a query: whether it is one series, and which metrics it reads."""

import pytest

from dashboard.promql import as_one_series, metric_names


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("x", "sum(x)"),
        ("sum(x)", "sum(x)"),
        ("(avg(x))", "(avg(x))"),
        ("sum by (a) (x)", "sum(sum by (a) (x))"),
        ("topk(1, x)", "sum(topk(1, x))"),
        ("sum(x) / sum(y) # share", "sum(sum(x) / sum(y))"),
    ],
)
def test_any_query_can_be_made_one_series(text: str, query: str) -> None:
    assert as_one_series(text) == query


def test_a_number_is_no_series() -> None:
    with pytest.raises(ValueError, match="got scalar"):
        as_one_series("1")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("sum(rate(a[5m])) / sum(b)", {"a", "b"}),
        ('{__name__="a"} or {"b.c"} or {__name__=~"d.*"}', {"a", "b.c"}),
        ("topk(scalar(a), b) + rate(sum(c)[5m:])", {"a", "b", "c"}),
        ("vector(1)", set()),
    ],
)
def test_the_metrics_of_a_query_are_known_by_name(text: str, names: set[str]) -> None:
    assert metric_names(text) == names
