"""A query about fewer series is the same query with more matchers in each of its selectors."""

import pytest

from dashboard.promql import narrowed


@pytest.mark.parametrize(
    ("text", "narrow"),
    [
        ("up", 'up{job=~"a|b"}'),
        ("up{}", 'up{job=~"a|b"}'),
        ('sum by (job) (rate(x{code="5"}[5m]))', 'sum by (job) (rate(x{code="5",job=~"a|b"}[5m]))'),
        ("increase(x[3659999ms] offset 1m) * 0.5", 'increase(x{job=~"a|b"}[3659999ms] offset 1m) * 0.5'),
        ("a or b", 'a{job=~"a|b"} or b{job=~"a|b"}'),
        (
            "count_over_time((group by (job) (x))[3599s:300s]) * 300",
            'count_over_time((group by (job) (x{job=~"a|b"}))[3599s:300s]) * 300',
        ),
    ],
)
def test_every_selector_gets_the_matchers(text: str, narrow: str) -> None:
    assert narrowed(text, 'job=~"a|b"') == narrowed(narrow, "").replace(",}", "}")


@pytest.mark.parametrize("text", ["sum(", 'x{a="1" or b="2"}'])
def test_what_cannot_be_narrowed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        narrowed(text, 'job="a"')
