"""Queries that a server answers with something else than was meant."""

import promql_parser as ast
import pytest

from dashboard.promql import diagnostics
from dashboard.promql.pitfalls import RATE_FUNCTIONS, is_rate_of_subquery, rate_before_sum

FALLBACK = "`a or vector(0) / b` is read as `a or (vector(0) / b)`: write `(a or vector(0)) / b`"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("sum(x) or vector(0) / sum(y)", [FALLBACK]),
        ("sum(x) or vector(0) * 5", [FALLBACK]),
        ("max_over_time(rate(sum(x)[5m:])[1h:])", [rate_before_sum("rate")]),
        ("increase((sum(x)[5m:1m]))", [rate_before_sum("increase")]),
        (
            "rate(sum(x)[5m:]) / (sum(x) or vector(0) / sum(y))",
            [rate_before_sum("rate"), FALLBACK],
        ),
        ("delta(x[5m:]) + idelta(x[5m:])", [rate_before_sum("delta"), rate_before_sum("idelta")]),
    ],
    ids=["a fallback", "a fallback times five", "deep inside", "in brackets", "both", "two functions"],
)
def test_a_pitfall_has_a_sentence_with_the_remedy(text: str, sentences: list[str]) -> None:
    assert diagnostics(text) == tuple(sentences)


@pytest.mark.parametrize(
    "text",
    [
        "(sum(rate(x[5m])) or vector(0)) / sum(rate(y[5m]))",
        "sum(x) or vector(0)",
        "sum(x) or y / sum(z)",
        "sum(x) or absent(y) / sum(z)",
        "sum(x) and vector(0) / sum(z)",
        "rate(x[5m])",
        "max_over_time(rate(x[5m])[1h:])",
        "sum(rate(x[{{.window}}]))",
    ],
)
def test_a_good_query_has_no_diagnostics(text: str) -> None:
    assert diagnostics(text) == ()


@pytest.mark.parametrize("function", sorted(RATE_FUNCTIONS))
def test_every_rate_of_a_subquery_is_known(function: str) -> None:
    assert is_rate_of_subquery(ast.parse(f"{function}(x[5m:1m])"))
    assert not is_rate_of_subquery(ast.parse(f"{function}(x[5m])"))
    expected = f"{function}(sum(x)[…]) is far too large after every restart: write sum({function}(x[5m]))"
    assert rate_before_sum(function) == expected


def test_no_promql_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^`sum\(x` is not valid PromQL: unclosed left parenthesis$"):
        diagnostics("sum(x")
