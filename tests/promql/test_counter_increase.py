"""Queries of the operator become counts: before any sum, and never silently something else."""

import re
import time
from collections.abc import Callable

import promql_parser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.promql import (
    Difference,
    as_one_series,
    counted_selectors,
    diagnostics,
    fill_templates,
    increase_over,
    metric_names,
)
from tests.damage import damaged

COUNTED = {
    # A counter as OpenSLO writes it, without a range.
    'sum(x{code=~"5.."})': 'sum(increase(x{code=~"5.."}[60s]))',
    "x": "sum(increase(x[60s]))",
    "sum by (job) (x)": "sum(sum by (job) (increase(x[60s])))",
    "sum without (job) (x)": "sum(sum without (job) (increase(x[60s])))",
    "(sum(x))": "(sum(increase(x[60s])))",
    "sum(x) - sum(y)": "sum(sum(increase(x[60s])) - sum(increase(y[60s])))",
    "-sum(x)": "sum(-sum(increase(x[60s])))",
    "sum(x offset 90s)": "sum(increase(x[60s] offset 90s))",
    "topk(3, x)": "sum(topk(3, increase(x[60s])))",
    "ceil(sum(x)) / 2.5": "sum(ceil(sum(increase(x[60s]))) / 2.5)",
    # With a range, as people write it.
    "rate(x[5m])": "sum(increase(x[60s]))",
    "sum(irate(x[1h])) by (job)": "sum(sum by (job) (increase(x[60s])))",
    "sum(delta((x[5m])))": "sum(increase(x[60s]))",
    "x[5m]": "sum(increase(x[60s]))",
    "sum(increase(x[5m] offset 1500ms))": "sum(increase(x[60s] offset 1500ms))",
    # With templates, of Sloth and of Grafana.
    "sum(rate(x[{{.window}}]))": "sum(increase(x[60s]))",
    "sum(rate(x[{{ .window }}]))": "sum(increase(x[60s]))",
    "sum(rate(x[${window}]))": "sum(increase(x[60s]))",
    "sum(rate(x[$__rate_interval]))": "sum(increase(x[60s]))",
    'sum(x{a="$y", b="{{c}}"})': 'sum(increase(x{a="$y",b="{{c}}"}[60s]))',
    # What adds up samples needs no increase.
    "sum(count_over_time(x[{{.window}}]))": "sum(count_over_time(x[60s]))",
    "sum(sum_over_time(x[5m]))": "sum(sum_over_time(x[60s]))",
    # Gauges beside counters stay as they are.
    "sum(x * on (pod) group_left (team) labels)": "sum(increase(x[60s]) * on (pod) group_left (team) labels)",
    "sum(labels * on (pod) group_right (team) x)": "sum(labels * on (pod) group_right (team) increase(x[60s]))",
    "sum(x * on (pod) target_info)": "sum(increase(x[60s]) * on (pod) target_info)",
    "sum(rate(x[5m]) * on (pod) y)": "sum(increase(x[60s]) * on (pod) y)",
    "sum(x unless on (pod) up == 0)": "sum(increase(x[60s]) unless on (pod) up == 0)",
    "sum(x and max_over_time(y[5m:1m]) > bool 3)": "sum(increase(x[60s]) and max_over_time(y[5m:1m]) > bool 3)",
    # Native histograms.
    "histogram_count(x)": "sum(histogram_count(increase(x[60s])))",
    "histogram_fraction(0, 0.3, sum(rate(x[5m])))": "sum(histogram_fraction(0, 0.3, sum(increase(x[60s]))))",
    # Precedence stays as it was read.
    "(sum(x) or vector(0)) / sum(y)": "sum((sum(increase(x[60s])) or vector(0)) / sum(increase(y[60s])))",
    "sum(x) or vector(0) / sum(y)": "sum(sum(increase(x[60s])) or vector(0) / sum(increase(y[60s])))",
    "x - (y - z)": "sum(increase(x[60s]) - (increase(y[60s]) - increase(z[60s])))",
    # Text stays what it says.
    'sum(x{a="q\\"b\\\\c\\nd"})': 'sum(increase(x{a="q\\"b\\\\c\\nd"}[60s]))',
    "sum(x{a=~`\\d+`}) # of all": 'sum(increase(x{a=~"\\\\d+"}[60s]))',
    'sum({"a.b", "c.d"="e"})': 'sum(increase({__name__="a.b","c.d"="e"}[60s]))',
    'x{a!="b", c!~"d" }': 'sum(increase(x{a!="b",c!~"d"}[60s]))',
}


@pytest.mark.parametrize("text", COUNTED)
def test_each_counter_becomes_its_increase_before_any_sum(text: str) -> None:
    assert increase_over(text, "60s") == COUNTED[text]


REFUSED = {
    "rate(sum(x)[5m:])": "rate(sum(x)[…]) is far too large after every restart: write sum(rate(x[5m]))",
    "increase(x[5m:1m])": "too large after every restart",
    "sum_over_time(rate(x[5m])[1h:5m])": "a subquery has no increase for each step: write the counter alone",
    "sum(x) - sum(x offset 5m)": "counters with different offsets cannot be counted together: write them",
    "sum(x offset -5m)": "a negative offset asks for the future: leave it out",
    "sum(x @ end())": "`@` fixes a counter at one time, so that every step counts alike: leave it out",
    "avg_over_time(x[5m])": "avg_over_time(…) of a counter is not a count: write the counter alone, such as sum(x)",
    "histogram_quantile(0.9, rate(x[5m]))": "histogram_quantile(…) of a counter is not a count: write the counter",
    "time() - max(timestamp(x))": "timestamp(…) of a counter is not a count: write the counter alone",
    "time()": "there is no counter in `time()`",
    "sum(target_info)": "there is no counter in `sum(target_info)`",
    "scalar(sum(x))": "got scalar",
    "sum(x) * $factor": "a template can only stand for a range, as in x[{{.window}}]: `sum(x) * $factor`",
    "sum(x) * {{.factor}}": "a template can only stand for a range, as in x[{{.window}}]",
    "sum(x": "`sum(x` is not valid PromQL: unclosed left parenthesis",
    "": "no expression found",
    "sum(x)\n+\nno_such(y)": "`sum(x) + no_such(y)` is not valid PromQL: unknown function",
    f"({'-' * 5000}x)": "a query of 5003 characters, not counting strings, is too long: 4000 are read",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_counted_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=f"^[^\n]*{re.escape(REFUSED[text])}[^\n]*$"):
        increase_over(text, "60s")


def test_counters_are_read_further_back_and_scaled_to_the_window() -> None:
    assert increase_over("sum(x)", "60s", overlap=29.999) == f"sum((increase(x[89999ms]) * {60 / 89.999!r}))"


def test_what_adds_up_samples_has_no_overlap() -> None:
    assert increase_over("sum(count_over_time(x[5m]))", "60s", overlap=29.999) == "sum(count_over_time(x[59999ms]))"


def test_another_function_takes_the_place_of_the_increase() -> None:
    assert increase_over("sum(x)", "1h", "rate") == "sum(rate(x[1h]))"


def test_the_selectors_that_are_counted_are_known() -> None:
    assert counted_selectors('sum(rate(x{a="b"}[5m] offset 5m)) + sum(rate(x[1h])) * y_info') == {'x{a="b"}', "x"}
    assert counted_selectors("sum(x unless y)") == {"x"}


# --- anything ----------------------------------------------------------------------------------------------------

VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=5)
SELECTORS = st.builds(
    lambda name, value: f"{name}{{a={_string(value)}}}", st.sampled_from(["x", "y_total", "z_info", ""]), VALUES
)


def _string(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    functions = [
        "rate",
        "sum",
        "ceil",
        "absent",
        "timestamp",
        "histogram_count",
        "sum by (a)",
        "topk by (a)",
        "nothing",
    ]
    operators = ["+", "-", "/", "^", "==", "> bool", "and", "or", "unless", "* on (a) group_left (b)", "atan2"]
    tails = ["[5m]", "[$w]", "[5m:1m]", " offset 5m", " @ end()", " or vector(0)", " # end"]
    return st.one_of(
        st.builds("{}({})".format, st.sampled_from(functions), inner),
        st.builds("{} {} {}".format, inner, st.sampled_from(operators), inner),
        st.builds("{}{}".format, inner, st.sampled_from(tails)),
        st.builds("rate({}[5m])".format, SELECTORS),
        st.builds("-({})".format, inner),
    )


EXPRESSIONS = st.recursive(SELECTORS | st.sampled_from(["1", "time()", "vector(0)", '"a"']), _larger, max_leaves=8)


def outcome(read: Callable[[str], object], text: str) -> object:
    """What reading a text returns; None where it is refused, which takes one line."""
    try:
        return read(text)
    except ValueError as error:
        message = str(error)
    assert "\n" not in message
    return None


@settings(max_examples=500, deadline=None)
@given(EXPRESSIONS)
def test_any_expression_becomes_promql_or_is_refused(text: str) -> None:
    query = outcome(lambda query: increase_over(query, "60s"), text)
    if query is not None:
        promql_parser.parse(str(query))
        assert increase_over(text, "60s", overlap=14.999)


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS, st.data())
def test_any_damage_is_a_value_error_at_worst(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    broken = text[:at] + data.draw(st.text("(){}[]\"'`$#{-@:0a\n\x00é", max_size=3)) + text[at + 1 :]
    for read in (lambda query: increase_over(query, "60s"), metric_names, diagnostics, fill_templates):
        outcome(read, broken)


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_what_is_written_is_what_was_read(text: str) -> None:
    once = outcome(lambda query: increase_over(f"sum(x) unless ({query})", "60s"), text)
    if once is not None:
        again = increase_over(str(once).replace("increase(x[60s])", "x", 1), "60s")
        assert again == once


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_query_becomes_promql_or_is_refused(seed: int) -> None:
    readers = (as_one_series, counted_selectors, diagnostics, metric_names, lambda query: increase_over(query, "5m"))
    began, read_count = time.process_time(), 0
    for text in damaged([*COUNTED, *(text for text in REFUSED if len(text) < 1000)], 150, seed=seed):
        read_count += sum(outcome(read, text) is not None for read in readers)
    assert read_count, "some damage does no harm"
    assert time.process_time() - began < 2


def grown(selected: str, later: str = "", earlier: str = " offset 15000ms") -> str:
    """What a counter of a target that is scraped once a minute grew by in a quarter of a minute."""
    last, before = (f"last_over_time({selected}[150000ms]{offset})" for offset in (later, earlier))
    return f"({last} - {before} >= 0 or ({last} and {before}))"


@pytest.mark.parametrize(
    ("query", "want"),
    [
        ('sum(x{code="5"})', f"""sum({grown('x{code="5"}')})"""),
        ("sum(rate(x[5m])) - sum(rate(y[5m]))", f"sum(sum({grown('x')}) - sum({grown('y')}))"),
        ("sum(x offset 1500ms)", f"sum({grown('x', ' offset 1500ms', ' offset 16500ms')})"),
        # Not every server subtracts histograms.
        ("histogram_count(x)", "sum((histogram_count(increase(x[74999ms])) * 0.8000106668088909))"),
    ],
)
def test_between_two_moments_nothing_is_estimated(query: str, want: str) -> None:
    text = increase_over(query, "15s", difference=Difference(15.0, 60.0))
    assert text == want
    promql_parser.parse(text)
