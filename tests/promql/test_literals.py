"""Literals are written so that PromQL reads back exactly what they say."""

import math
from datetime import timedelta

import promql_parser as ast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.promql.literals import duration, excerpt, label_list, label_name, number, quoted


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", '""'),
        ("checkout", '"checkout"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("C:\\temp", '"C:\\\\temp"'),
        ("two\nlines", '"two\\nlines"'),
        ("a\\nb", '"a\\\\nb"'),
        ("it's `x`", '"it\'s `x`"'),
        ("Köln ☃ 🎉", '"Köln ☃ 🎉"'),
        ("tab\there", '"tab\there"'),
        ("{{.window}} $x", '"{{.window}} $x"'),
    ],
)
def test_a_text_in_quotes(text: str, written: str) -> None:
    assert quoted(text) == written
    assert ast.parse(written).val == text


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_any_text_reads_back_as_it_was(text: str) -> None:
    assert ast.parse(quoted(text)).val == text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"), (-0.0, "0"), (5.0, "5"), (-5.0, "-5"), (0.3, "0.3"), (1e-07, "1e-07"), (1e14, "100000000000000"),
        (999999999999999.0, "999999999999999"), (1e15, "1000000000000000.0"), (-1e15, "-1000000000000000.0"),
        (1e21, "1e+21"), (1.5e300, "1.5e+300"), (math.inf, "Inf"), (-math.inf, "-Inf"), (math.nan, "NaN"),
        (0.1 + 0.2, "0.30000000000000004"), (5e-324, "5e-324"),
    ],
)  # fmt: skip
def test_a_number(value: float, written: str) -> None:
    assert number(value) == written
    read = ast.parse(number(abs(value))).val
    assert read == abs(value) or math.isnan(value)


@given(st.floats(min_value=0, allow_nan=False))
def test_any_number_reads_back_as_it_was(value: float) -> None:
    assert ast.parse(number(value)).val == value


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0s"), (1, "1s"), (60, "1m"), (90, "90s"), (3600, "1h"), (86400, "1d"), (604800, "7d"), (1.5, "1500ms"),
        (0.001, "1ms"), (0.0004, "0s"), (60.001, "60001ms"), (0.25, "250ms"),
    ],
)  # fmt: skip
def test_a_duration_in_its_largest_unit(seconds: float, written: str) -> None:
    assert duration(timedelta(seconds=seconds)) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("job", "job"), ("_", "_"), ("A1_b", "A1_b"), ("1a", '"1a"'), ("a.b", '"a.b"'), ("a-b", '"a-b"'),
        ("ä", '"ä"'), ("", '""'), ('a"b', '"a\\"b"'), ("job\n", '"job\\n"'), ("a:b", '"a:b"'),
    ],
)  # fmt: skip
def test_a_label_is_quoted_where_it_is_none_of_the_classic_ones(name: str, written: str) -> None:
    assert label_name(name) == written


@pytest.mark.parametrize(
    ("names", "written"), [([], "()"), (["a"], "(a)"), (["a", "b.c", "d"], '(a, "b.c", d)')], ids=str
)
def test_labels_stand_in_parentheses(names: list[str], written: str) -> None:
    assert label_list(names) == written


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sum(x)", "`sum(x)`"), ("sum(\n  x\n)", "`sum( x )`"), ("x" * 80, f"`{'x' * 80}`"),
        ("x" * 81, f"`{'x' * 79}…`"), ("", "``"),
    ],
    ids=["short", "lines", "as long as may be", "longer", "nothing"],
)  # fmt: skip
def test_an_excerpt_is_one_short_line(text: str, shown: str) -> None:
    assert excerpt(text) == shown
