"""A query about a span is the same query with the newest sample of that span in place of that of the moment."""

import pytest

from dashboard.promql import seen_within


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("up", "(up or last_over_time(up[1h]))"),
        ('count by (job) (x{code=~"5.."})', 'count by (job) ((x{code=~"5.."} or last_over_time(x{code=~"5.."}[1h])))'),
        (
            'group by (job) ({a!=""} or {b!=""} unless on (job) c)',
            'group by (job) (({a!=""} or last_over_time({a!=""}[1h])) or ({b!=""} or last_over_time({b!=""}[1h])) '
            "unless on (job) (c or last_over_time(c[1h])))",
        ),
        ("x offset 1m", "(x offset 1m or last_over_time(x[1h] offset 1m))"),
        ("max_over_time(x[5m])", "max_over_time(x[5m])"),
    ],
)
def test_every_selector_of_a_moment_looks_back(text: str, within: str) -> None:
    assert seen_within(text, 3600) == within


def test_what_cannot_be_parsed_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\w"):
        seen_within("sum(", 3600)
