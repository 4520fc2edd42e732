"""Series invented from matchers: two of them give any number of good and of bad events."""

import pytest

from dashboard.rules.synthetic_series import LinearQuery, candidates, examples, separating_pair


@pytest.mark.parametrize(
    ("pattern", "example"),
    [
        ("5..", "500"),
        ("5.*", "50"),
        ("(500|503)", "500"),
        (r"^5\d\d$", "555"),
        ("[45]..", "400"),
        (r"0\.5", "0.5"),
        (r"\+Inf", "+Inf"),
        ("/api/v1/.*", "/api/v1/0"),
        ("[0-9]{3}", "200"),
        (".+", "0"),
        ("", ""),
    ],
)
def test_an_example_of_a_pattern(pattern: str, example: str) -> None:
    assert next(examples(pattern)) == example


def test_a_pattern_beyond_this_has_no_example() -> None:
    assert list(examples("(a{2}b){3}c")) == []


@pytest.mark.parametrize(
    ("whole", "side"),
    [
        pytest.param('sum(x{s="a"})', 'sum(x{s="a",code=~"5.."})', id="some failed"),
        pytest.param('sum(x{s="a"})', 'sum(x{s="a",code!~"5.."})', id="all others succeeded"),
        pytest.param('sum(x{s="a"})', 'sum(x{s="a",code!="200"})', id="all but one failed"),
        pytest.param('sum(x{s="a",code!=""})', 'sum(x{s="a",code="500"})', id="only with a code"),
        pytest.param("sum(x_count)", 'sum(x_bucket{le="0.5"})', id="two metrics"),
        pytest.param("sum(good) + sum(bad)", "sum(bad)", id="a sum of both"),
        pytest.param("sum(x)", "sum(x) - sum(x{ok='1'})", id="a difference"),
        pytest.param('sum({__name__=~"x_.*",s="a"})', 'sum({__name__=~"x_.*",s="a",e="1"})', id="a metric by pattern"),
        pytest.param("sum(x) * 300", "(sum(y) or vector(0)) * 300", id="a factor"),
    ],
)
@pytest.mark.parametrize(("valid", "part"), [(100.0, 0.0), (100.0, 1.0), (100.0, 100.0)])
def test_two_series_give_any_side_of_a_whole(whole: str, side: str, valid: float, part: float) -> None:
    queries = LinearQuery.of(whole), LinearQuery.of(side)
    first, second, weights = separating_pair(*queries, candidates(queries))
    amounts = weights.values(valid, part)
    assert min(amounts) >= 0, "counters do not fall"
    for query, expected in zip(queries, (valid, part), strict=True):
        total = sum(query.weight(series) * amount for series, amount in zip((first, second), amounts, strict=True))
        assert total == pytest.approx(expected)


def test_the_same_events_on_both_sides_cannot_be_told_apart() -> None:
    query = LinearQuery.of("sum(x)")
    with pytest.raises(ValueError, match="no series were found"):
        separating_pair(query, query, candidates([query]))


@pytest.mark.parametrize("text", ["sum(x) / sum(y)", "x > 5", "topk(3, x)", "sum(x offset 5m)", "sum(x) or y"])
def test_a_query_that_does_more_than_add_is_refused(text: str) -> None:
    query = LinearQuery.of(text)
    with pytest.raises(ValueError, match="its query does more than add series up"):
        query.weight(candidates([query])[0])


def test_labels_are_quoted() -> None:
    query = LinearQuery.of('sum(x{path="/a\\"b\\\\c",ort="Köln"})')
    assert str(candidates([query])[0]) == 'x{path="/a\\"b\\\\c",ort="Köln"}'
