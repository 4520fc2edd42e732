"""A node knows its form; a number is what YAML calls a decimal one."""

import pytest

from dashboard.openslo.yaml_nodes import Node, parse_number
from tests.openslo.nodes import value_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0.0), ("-5", -5.0), ("+5", 5.0), ("5.", 5.0), (".5", 0.5), ("0.50", 0.5), ("1e3", 1000.0),
        ("1E-3", 0.001), ("1e+3", 1000.0), ("9" * 40, 1e40), ("1" + "0" * 39, 1e39),
    ],
)  # fmt: skip
def test_a_decimal_number(text: str, number: float) -> None:
    assert parse_number(text) == pytest.approx(number, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    ["", " 5", "5 ", "05", "0x10", "0o7", "1_000", "1,5", ".", "e5", "1e", "--5", "inf", ".inf", "nan", ".nan", "1e400",
     "-1e400", "9" * 41, "٣", "5\n"],
)  # fmt: skip
def test_what_is_no_decimal_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "form", "scalar", "is_null"),
    [
        ("a", "text", "a", False), ("", "empty", "", True), ("~", "empty", "~", True), ("NULL", "empty", "NULL", True),
        ("''", "text", "", False), ("'null'", "text", "null", False), ("[a]", "a list", None, False),
        ("{a: b}", "a map", None, False), ("!!str 5", "text", "5", False),
    ],
)  # fmt: skip
def test_the_form_of_a_value(text: str, form: str, scalar: str | None, is_null: bool) -> None:
    node = value_of(text)
    assert (node.form, node.scalar, node.is_null) == (form, scalar, is_null)


@pytest.mark.parametrize(
    ("text", "items", "fields", "size"),
    [("a", 0, [], 1), ("[a, b]", 2, [], 3), ("{a: b, c: [d]}", 0, ["a", "c"], 4), ("{}", 0, [], 1)],
)
def test_only_lists_have_items_and_only_maps_have_fields(text: str, items: int, fields: list[str], size: int) -> None:
    node = value_of(text)
    assert (len(node.items), list(node.fields), node.size) == (items, fields, size)


def test_the_word_of_a_field_is_empty_where_there_is_none() -> None:
    node = value_of("{kind: ' SLO ', empty: , list: [a], text: ''}")
    assert [node.word(key) for key in ("kind", "empty", "list", "text", "missing")] == ["SLO", "", "", "", ""]
    assert Node("a", 1, "", "text").word("kind") == ""
