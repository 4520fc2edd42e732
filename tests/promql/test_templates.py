"""Templates of Sloth and Grafana are filled in where a range is, and nowhere else."""

import re

import pytest

from dashboard.promql import fill_templates

FILLED = {
    "rate(x[{{.window}}])": "rate(x[1m])",
    "rate(x[{{ .window }}])": "rate(x[1m])",
    "rate(x[${window}])": "rate(x[1m])",
    "rate(x[$__rate_interval])": "rate(x[1m])",
    "max_over_time(rate(x[$a])[$b:$c])": "max_over_time(rate(x[1m])[1m:1m])",
    "rate(x[5m])": "rate(x[5m])",
    'sum(x) default 0 + y{a="$z"}': 'sum(x) default 0 + y{a="$z"}',
    "x{a='{{.b}}'}": "x{a='{{.b}}'}",
    "x{a=`$b\\d`}": 'x{a="$b\\\\d"}',
    'x{a=`it\'s "b"`}': 'x{a="it\'s \\"b\\""}',
    'x{a="[$b]"}': 'x{a="[$b]"}',
    "x # all of $y": "x",
    "x # {{.a}}\n + y": "x  \n + y",
    'x{a="# no comment"}': 'x{a="# no comment"}',
    "  x  ": "x",
    "": "",
}


@pytest.mark.parametrize("text", FILLED)
def test_only_templates_of_a_range_are_replaced(text: str) -> None:
    assert fill_templates(text, "1m") == FILLED[text]


@pytest.mark.parametrize("text", ["x > $limit", "x * {{.factor}}", "${x}", "x[5m] offset $o", "rate(x['$a'])$"])
def test_a_template_elsewhere_is_refused_in_one_line(text: str) -> None:
    message = f"a template can only stand for a range, as in x[{{{{.window}}}}]: `{text}`"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fill_templates(text)


def test_without_a_window_it_is_five_minutes() -> None:
    assert fill_templates("rate(x[$w])") == "rate(x[5m])"
