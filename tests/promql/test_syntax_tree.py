"""What a syntax tree tells of a query: whether it is one series, and which metrics it reads."""

import re
from collections.abc import Callable

import promql_parser as ast
import pytest

from dashboard.promql import as_one_series, counted_selectors, diagnostics, increase_over, metric_names
from dashboard.promql.syntax_tree import DEPTH_MAX, LENGTH_MAX, children, is_one_series, parse, unwrapped, walk

READERS = [as_one_series, metric_names, counted_selectors, diagnostics, lambda text: increase_over(text, "5m")]


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


@pytest.mark.parametrize(
    ("text", "of_several"),
    [
        ("x", []),
        ("(x)", ["x"]),
        ("-x", ["x"]),
        ("a + b", ["a", "b"]),
        ("clamp(a, 1, 2)", ["a", "1", "2"]),
        ("time()", []),
        ("sum(a)", ["a"]),
        ("topk(3, a)", ["3", "a"]),
        ("a[5m:]", ["a"]),
        ("a[5m]", ["a"]),
        ("1", []),
    ],
)
def test_an_expression_is_made_of_its_children(text: str, of_several: list[str]) -> None:
    assert [str(getattr(node, "name", None) or f"{node.val:g}") for node in children(parse(text))] == of_several


def test_a_tree_is_walked_from_the_root_and_from_left_to_right() -> None:
    nodes = list(walk(parse("sum(a) + rate(b[5m]) * (c)")))
    assert [type(node).__name__ for node in nodes] == [
        "BinaryExpr", "AggregateExpr", "VectorSelector", "BinaryExpr", "Call", "MatrixSelector", "VectorSelector",
        "ParenExpr", "VectorSelector",
    ]  # fmt: skip
    assert [node.name for node in nodes if isinstance(node, ast.VectorSelector)] == ["a", "b", "c"]


@pytest.mark.parametrize(("text", "kind"), [("((x))", ast.VectorSelector), ("(-(x))", ast.UnaryExpr)])
def test_parentheses_around_an_expression_are_taken_off(text: str, kind: type) -> None:
    assert isinstance(unwrapped(parse(text)), kind)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("sum(x)", True),
        ("((count(x)))", True),
        ("quantile(0.9, x)", True),
        ("sum by (a) (x)", False),
        ("sum without (a) (x)", False),
        ("sum by () (x)", False),
        ("topk(1, x)", False),
        ("bottomk(1, x)", False),
        ('count_values("v", x)', False),
        ("limitk(1, x)", False),
        ("limit_ratio(0.1, x)", False),
        ("sum(x) + sum(y)", False),
        ("absent(x)", False),
        ("x", False),
    ],
)
def test_only_an_aggregation_of_everything_is_one_series(text: str, is_one: bool) -> None:
    assert is_one_series(parse(text)) is is_one


# --- what no server would read ------------------------------------------------------------------------------------


def refusal(read: Callable[[str], object], text: str) -> str:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "x offset 1e30", "x offset -1e30", "x offset + 1E30", "x offset Inf", "x offset -inf", "x[1e20]", "x[ 1e20 ]",
        "x[5m:1e30]", "x[1e30:5m]", "x[5m] offset 1e30", "x offset 99999999999999999999", "x offset 9300000000",
        "x offset 1e308", "x offset 1e999",
    ],
)  # fmt: skip
@pytest.mark.parametrize("read", READERS, ids=["one series", "metrics", "counters", "pitfalls", "increase"])
def test_a_duration_beyond_all_time_is_refused_in_one_line(read: Callable[[str], object], text: str) -> None:
    expected = f"`{text}` has a duration of more than 292 years: write a shorter one, such as 5m"
    assert refusal(read, text) == expected


def test_nothing_is_printed_of_a_duration_beyond_all_time(capfd: pytest.CaptureFixture[str]) -> None:
    refusal(metric_names, "x offset 1e30")
    assert capfd.readouterr() == ("", "")


def test_a_panic_of_the_parser_is_a_value_error(capfd: pytest.CaptureFixture[str]) -> None:
    # Only the comment keeps the number from being seen before.
    assert refusal(parse, "x offset #\n1e30").startswith("`x offset # 1e30` cannot be read as PromQL: cannot convert")
    assert "panicked" in capfd.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        'x{a="offset 1e30"}', "x{a='[1e30]'}", "x{a=`x[5m:1e30]`}", "x > 1e30", "a:b > 1e30", "a:1e30", "x > bool Inf",
        "x offset 9200000000", "x[292y]", "x[1e3]", "x[0x10]", "x offset 1.5", "offset", "x{offset='1'}",
    ],
)  # fmt: skip
def test_a_large_number_elsewhere_is_no_duration(text: str) -> None:
    assert parse(text) is not None


@pytest.mark.parametrize(
    ("deepest", "deeper"),
    [
        ("(" * DEPTH_MAX + "x" + ")" * DEPTH_MAX, "(" * (DEPTH_MAX + 1) + "x" + ")" * (DEPTH_MAX + 1)),
        ("-" * DEPTH_MAX + "x", "-" * (DEPTH_MAX + 1) + "x"),
        ("- " * DEPTH_MAX + "x", "- " * (DEPTH_MAX + 1) + "x"),
        ("+-" * (DEPTH_MAX // 2) + "x", "-" * 3900 + "x"),
    ],
    ids=["brackets", "signs", "signs with space", "both signs"],
)
def test_brackets_and_signs_are_read_to_a_depth(deepest: str, deeper: str) -> None:
    assert metric_names(deepest) == {"x"}
    assert refusal(metric_names, deeper).endswith("is nested deeper than 200 levels: write fewer brackets and signs")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(" * 4000 + "x" + ")" * 4000, "a query of 8001 characters, not counting strings, is too long: 4000 are read"),
        ("(" * 4000, "is nested deeper than 200 levels"),
        ("[" * 4000, "is not valid PromQL: unexpected left brace '[' inside brackets"),
        ("{" * 4000, "a template can only stand for a range"),
        ("sum(" * 799 + "x" + ")" * 799, "is nested too deeply: write fewer functions within functions"),
        ("x unless " + "ceil(" * 600 + "y" + ")" * 600, "is nested too deeply: write fewer functions within functions"),
    ],
    ids=["8,001 characters", "open brackets", "open ranges", "open braces", "aggregations", "functions"],
)
def test_thousands_of_brackets_are_one_clear_line(text: str, why: str) -> None:
    for read in (counted_selectors, lambda text: increase_over(text, "5m")):
        message = refusal(read, text)
        assert why in message
        assert len(message) < 250


def test_strings_do_not_count_as_length() -> None:
    text = f'x{{a="{"b" * LENGTH_MAX}"}}'
    assert metric_names(text) == {"x"}
    assert refusal(metric_names, text.replace('"', "")).startswith("a query of 4005 characters")
    longest = "x + " * 999 + "x123"
    assert len(longest) == LENGTH_MAX
    assert metric_names(longest) == {"x", "x123"}
    assert refusal(metric_names, f"{longest}4").startswith("a query of 4001 characters")


def test_whatever_is_no_promql_is_quoted_on_one_line() -> None:
    text = "sum(x) +\n  no_such(y)"
    assert refusal(parse, text).startswith("`sum(x) + no_such(y)` is not valid PromQL: unknown function")
    assert re.match(r"^`a+…` is not valid PromQL: ", refusal(parse, "a" * 100 + " b"))
