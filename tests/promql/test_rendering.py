"""What is read is written again and means the same: strings, numbers, durations, modifiers and matching."""

import promql_parser as ast
import pytest

from dashboard.promql.rendering import Renderer, operator, selector, time_modifiers

# As written → as rendered, where that is anything else.
SELECTORS = {
    "x": "",
    "x{}": "x",
    'x{a="b"}': "",
    'x{a="b",}': 'x{a="b"}',
    "x{a='b'}": 'x{a="b"}',
    "x{a=`b`}": 'x{a="b"}',
    'x{a!="b",c=~"d",e!~"f"}': "",
    'x{a=""}': "",
    'x{a="q\\"b\\\\c\\nd"}': "",
    "x{a='it\\'s'}": 'x{a="it\'s"}',
    'x{a="\\u00e9\\x41\\101"}': 'x{a="éAA"}',
    'x{a="Köln ☃ 🎉"}': "",
    '{__name__="x"}': "",
    '{__name__=~"x.*",a="b"}': "",
    '{"a.b"}': '{__name__="a.b"}',
    '{"a.b","c.d"="e"}': '{__name__="a.b","c.d"="e"}',
    'x{"é"="b"}': "",
    'x{a="b" or c="d"}': "",
    '{a="b" or c="d"}': "",
    "job:x:sum": "",
}
TIMES = {
    "x[5m]": "",
    "x[300s]": "x[5m]",
    "x[1h30m]": "x[90m]",
    "x[1500ms]": "",
    "x[0x10]": "x[16s]",
    "x[1e3]": "x[1000s]",
    "x[1.5]": "x[1500ms]",
    "x offset 5m": "",
    "x offset -5m": "",
    "x offset 1d": "",
    "x offset 1500ms": "",
    "x offset 300": "x offset 5m",
    "x[5m] offset 1h": "",
    "x @ start()": "",
    "x @ end()": "",
    "x @ 1.5": "x @ 1.500",
    "x @ 1600000000": "x @ 1600000000.000",
    "x offset 5m @ 5": "x @ 5.000 offset 5m",
    "x[5m] @ end() offset -1h": "",
    "max_over_time(x[1h:5m])": "",
    "max_over_time(x[1h:])": "",
    "max_over_time(x[1h:5m] @ end() offset 1h)": "",
    "max_over_time(rate(x[5m])[1h:1m])": "",
    "max_over_time((x)[1h:90s] offset -5m)": "",
}
NUMBERS = {
    "1": "",
    "0x1F": "31",
    "017": "15",
    ".5": "0.5",
    "1e-7": "1e-07",
    "1e21": "1e+21",
    "1e400": "Inf",
    "Inf": "",
    "inf": "Inf",
    "NaN": "",
    "nan": "NaN",
    "5m": "300",
    "-1": "",
    "+1": "1",
    "-Inf": "",
    "x > -inf": "x > -Inf",
    '"a\\"b"': "",
    "'a'": '"a"',
}
OPERATORS = {
    "x + y": "",
    "x+y": "x + y",
    "x - -y": "",
    "x == y": "",
    "x > bool 1": "",
    "x >bool y": "x > bool y",
    "x != bool on (a) y": "",
    "x * on (a, b) group_left (c) y": "",
    "x * on(a,b) group_left(c) y": "x * on (a, b) group_left (c) y",
    "x * on (a) group_right (c, d) y": "",
    "x / ignoring (a) group_left y": "x / ignoring (a) group_left () y",
    "x + ignoring () y": "",
    "x + on () group_right () y": "",
    'x * on ("a.b") group_left ("c.d") y': "",
    "x and y": "",
    "x or y": "",
    "x unless on (a) y": "",
    "x atan2 y": "",
    "x % 2": "",
    "x ^ 2 ^ 3": "",
    "(x + y) * z": "",
    "x + y * z": "",
    "((x))": "",
    "-x": "",
    "-(x ^ 2)": "",
    "x + fill_left(0) y": "",
    "x + fill_right(1.5) y": "",
    "x + fill(0) y": "x + fill_left(0) fill_right(0) y",
}
CALLS = {
    "sum(x)": "",
    "sum by (a) (x)": "",
    "sum(x) by (a)": "sum by (a) (x)",
    "sum without (a, b) (x)": "",
    "sum by () (x)": "",
    "sum without () (x)": "",
    'sum by ("a.b") (x)': "",
    "topk(3, x)": "",
    "topk by (a) (3, x)": "",
    "quantile(0.9, x)": "",
    'count_values("v", x)': "",
    "limitk(2, x)": "",
    "limit_ratio(0.5, x)": "",
    "rate(x[5m])": "",
    "time()": "",
    'label_replace(x, "a", "$1", "b", "(.*)")': "",
    "histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))": "",
    "clamp(x, -Inf, 5)": "",
    "vector(1)": "",
}


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        pytest.param(text, rendered or text, id=text)
        for table in (SELECTORS, TIMES, NUMBERS, OPERATORS, CALLS)
        for text, rendered in table.items()
    ],
)
def test_a_query_is_written_as_it_was_read(text: str, rendered: str) -> None:
    written = Renderer().text(ast.parse(text))
    assert written == rendered
    assert Renderer().text(ast.parse(written)) == written


@pytest.mark.parametrize("text", [*SELECTORS, *OPERATORS, *CALLS])
def test_what_is_written_is_the_same_tree(text: str) -> None:
    tree = ast.parse(text)
    assert str(ast.parse(Renderer().text(tree))) == str(tree)


@pytest.mark.parametrize(
    ("text", "name", "times"),
    [
        ('x{a="b"} offset 5m', 'x{a="b"}', " offset 5m"),
        ("x @ end() offset -90s", "x", " @ end() offset -90s"),
        ('{a="b"}', '{a="b"}', ""),
    ],
)
def test_a_selector_and_its_time_are_apart(text: str, name: str, times: str) -> None:
    tree = ast.parse(text)
    assert (selector(tree), time_modifiers(tree)) == (name, times)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x + y", "+"),
        ("x > bool on (a) y", "> bool on (a)"),
        ("x / on (a) group_right () y", "/ on (a) group_right ()"),
    ],
)
def test_an_operator_with_what_stands_behind_it(text: str, words: str) -> None:
    assert operator(ast.parse(text)) == words


def test_a_subclass_writes_some_nodes_in_another_way() -> None:
    class Renamed(Renderer):
        def vector(self, node: ast.VectorSelector) -> str:
            return f"new_{node.name}"

    assert Renamed().text(ast.parse("sum(x) / (y + rate(z[5m]))")) == "sum(new_x) / (new_y + rate(z[5m]))"


def test_a_node_of_another_kind_is_named() -> None:
    with pytest.raises(ValueError, match=r"^str cannot be written as PromQL$"):
        Renderer().text("x")
