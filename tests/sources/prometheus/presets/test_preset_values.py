"""What single values of a preset may be, and what is said of those that may not."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.sources.prometheus.presets import preset_values
from dashboard.sources.prometheus.presets.preset import ResourceQuery


@pytest.mark.parametrize(
    ("parse", "value", "expected"),
    [
        (preset_values.metric, "acme:http_requests_total", "acme:http_requests_total"),
        (preset_values.label, "status_code", "status_code"),
        (preset_values.labels, ["route", "method"], ("route", "method")),
        (preset_values.label_alternatives, ["a", ["b", "c"]], (("a",), ("b", "c"))),
        (preset_values.matchers, 'a="x",b!~"y|z"', 'a="x",b!~"y|z"'),
        (preset_values.query, "max by ($by) (\n  a{$match}\n)", "max by ($by) ( a{$match} )"),
        (preset_values.matchers, ' a="x#}", ', 'a="x#}"'),
        (preset_values.query, "max by ($by) (# all\n  a{$match}) # that is", "max by ($by) ( a{$match})"),
        (preset_values.query, 'sum by ($by) (rate(a{$match, b="c"}[$window]))', None),
    ],
)
def test_what_is_valid_is_kept(parse: Callable[[Any], Any], value: Any, expected: Any) -> None:
    assert parse(value) == (value if expected is None else expected)


@pytest.mark.parametrize(
    ("parse", "value", "problem"),
    [
        (preset_values.metric, 'a{b="c"}', "write it without matchers"),
        (preset_values.metric, 5, "expected text in quotes"),
        (preset_values.label, "status-code", "'status-code' is no label name"),
        (preset_values.labels, ["a", "b c"], "'b c' is no label name"),
        (preset_values.label_alternatives, "job", "expected a list of labels"),
        (preset_values.label_alternatives, [], "expected a list of labels"),
        (preset_values.label_alternatives, ["a", []], "expected text in quotes"),
        (preset_values.label_alternatives, [["a", 5]], "expected text in quotes"),
        (preset_values.matchers, 'a="x', "expected matchers"),
        # What would leave the braces would select what nobody sees.
        (preset_values.matchers, 'a="x"} or b{c="d"', "expected matchers"),
        (preset_values.matchers, 'a="x"} offset 1h #', "expected matchers"),
        (preset_values.matchers, 'a="x"}#', "expected matchers"),
        (preset_values.matchers, 'a="x" # b', "expected matchers"),
        (preset_values.matchers, "", "expected matchers"),
        (preset_values.matchers, "a", "expected matchers"),
        (preset_values.query, "max by ($by) (a{$match}", "is no PromQL"),
        (preset_values.query, "max by ($by) (a{$match} / b)", "b lacks the matchers of the service: write b{$match}"),
        (preset_values.query, "max(a{$match})", "begin with an aggregation such as max by ($by)"),
        (preset_values.query, "max by ($by) (rate(a{$match}[$range]))", "known are $by, $window and $match"),
        (preset_values.query, "max by ($by) (rate(a{$match}[$__interval]))", "$__interval stands for nothing"),
        (preset_values.query, 7, "expected text in quotes"),
    ],
)
def test_what_is_not_is_told_with_a_remedy(parse: Callable[[Any], Any], value: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)) as caught:
        parse(value)
    assert "\n" not in str(caught.value)


def test_placeholders_are_filled_at_once() -> None:
    resource = ResourceQuery("cpu", 'sum by ($by, le) (rate(a{$match, b="c"}[$window])) / sum by ($by) (d{$match})')
    filled = resource.promql(["job", "pod"], 89.6, 'job="$by $match",')
    assert filled == (
        'sum by (job, pod, le) (rate(a{job="$by $match",b="c"}[90s])) / sum by (job, pod) (d{job="$by $match",})'
    )
    assert resource.promql(["job"], 0.2, "") == 'sum by (job, le) (rate(a{b="c"}[1s])) / sum by (job) (d{})'
