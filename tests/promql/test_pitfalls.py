"""Queries that a server answers with something else than was meant."""

import pytest

from dashboard.promql import diagnostics


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sum(x) or vector(0) / sum(y)", "write `(a or vector(0)) / b`"),
        ("max_over_time(rate(sum(x)[5m:])[1h:])", "write sum(rate(x[5m]))"),
    ],
)
def test_a_pitfall_has_a_sentence_with_the_remedy(text: str, says: str) -> None:
    (sentence,) = diagnostics(text)
    assert says in sentence


def test_a_good_query_has_no_diagnostics() -> None:
    assert diagnostics("(sum(rate(x[5m])) or vector(0)) / sum(rate(y[5m]))") == ()
