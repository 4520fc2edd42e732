"""Scalars, lists and maps are read as long as there is one meaning, with a sentence on what would be better."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.openslo.diagnostics import Diagnostics
from dashboard.openslo.map_fields import (
    Fields,
    is_ambiguous,
    read_boolean,
    read_items,
    read_keyword,
    read_number,
    read_text,
    scalar_text,
)
from tests.openslo.nodes import node_of, rejection, value_of, warnings

WORDS = {"page": "P", "ticket": "T"}


@pytest.mark.parametrize(
    ("read", "text", "value", "said"),
    [
        (read_text, "shop", "shop", ""),
        (read_text, "' shop '", "shop", ""),
        (read_text, "'5'", "5", ""),
        (read_text, "5", "5", "is read as the text '5': put it in quotes"),
        (read_text, "no", "no", "is read as the text 'no': put it in quotes"),
        (read_text, "Yes", "Yes", "is read as the text 'Yes': put it in quotes"),
        (read_text, "'null'", "null", ""),
        (read_number, "5", 5.0, ""),
        (read_number, "-1.5e3", -1500.0, ""),
        (read_number, ".5", 0.5, ""),
        (read_number, "'5'", 5.0, "is read as the number 5: write it without quotes"),
        (read_boolean, "true", True, ""),
        (read_boolean, "False", False, ""),
        (read_boolean, "yes", True, "is read as true: write that, without quotes"),
        (read_boolean, "OFF", False, "is read as false: write that, without quotes"),
        (read_boolean, "y", True, "is read as true: write that, without quotes"),
        (read_boolean, "n", False, "is read as false: write that, without quotes"),
        (read_boolean, "'true'", True, "is read as true: write that, without quotes"),
    ],
)
def test_a_scalar_is_read(read: Callable[..., Any], text: str, value: object, said: str) -> None:
    diagnostics = Diagnostics()
    assert read(value_of(text), diagnostics) == value
    assert warnings(diagnostics) == ([f"1: value: {said}"] if said else [])


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (read_text, "''", "is an empty text: write something, or remove it"),
        (read_text, "'  '", "is an empty text: write something, or remove it"),
        (read_text, "", "is empty: expected a text"),
        (read_text, "~", "is empty: expected a text"),
        (read_text, "[a]", "is a list: expected a text"),
        (read_text, "{a: b}", "is a map: expected a text"),
        (read_number, "five", "'five' is not a number: write for example 5"),
        (read_number, "0x10", "'0x10' is not a number: write for example 5"),
        (read_number, "1_000", "'1_000' is not a number: write for example 5"),
        (read_number, ".nan", "'.nan' is not a number: write for example 5"),
        (read_number, "1e999", "'1e999' is not a number: write for example 5"),
        (read_number, "9" * 400, f"'{'9' * 60}…' is not a number: write for example 5"),
        (read_boolean, "1", "'1' is neither true nor false: write one of them"),
        (read_boolean, "maybe", "'maybe' is neither true nor false: write one of them"),
    ],
)
def test_a_scalar_without_one_meaning_is_refused(read: Callable[..., Any], text: str, said: str) -> None:
    assert rejection(lambda: read(value_of(text), Diagnostics())) == f"1: value: {said}"


def test_the_example_of_a_number_is_the_readers() -> None:
    said = rejection(lambda: read_number(value_of("x"), Diagnostics(), "14.4"))
    assert said == "1: value: 'x' is not a number: write for example 14.4"


def test_a_scalar_loses_the_space_around_it() -> None:
    assert scalar_text(value_of('"\\n a b\\t"')) == "a b"


@pytest.mark.parametrize(
    ("text", "ambiguous"),
    [("5", True), ("-.5", True), ("1e5", True), ("True", True), ("ON", True), ("n", True), ("5m", False), ("", False),
     ("none", False), ("0x1", False)],
)  # fmt: skip
def test_a_text_that_others_would_read_as_something_else_is_ambiguous(text: str, ambiguous: bool) -> None:
    assert is_ambiguous(text) is ambiguous


@pytest.mark.parametrize(
    ("text", "items", "said"),
    [
        ("[a, b]", ["a", "b"], ""),
        ("[]", [], ""),
        ("a", ["a"], "is text where a list is expected: read as its only item, write `- ` before it"),
        ("{a: b}", [None], "is a map where a list is expected: read as its only item, write `- ` before it"),
    ],
)
def test_a_single_item_is_a_list_of_one(text: str, items: list[str | None], said: str) -> None:
    diagnostics = Diagnostics()
    assert [item.scalar for item in read_items(value_of(text), diagnostics)] == items
    assert warnings(diagnostics) == ([f"1: value: {said}"] if said else [])


@pytest.mark.parametrize(
    ("text", "strict", "meaning", "said"),
    [
        ("page", (), "P", ""),
        ("PAGE", (), "P", ""),
        ("P", ("P", "T"), None, "'P' is not known; did you mean P?"),
        ("page", ("P", "T"), "P", "is read as P: write that"),
        ("pgae", (), None, "'pgae' is not known; did you mean page?"),
        ("zzz", ("P", "T"), None, "'zzz' is not known; known are P, T"),
    ],
)
def test_a_keyword_in_any_case(text: str, strict: tuple[str, ...], meaning: str | None, said: str) -> None:
    diagnostics = Diagnostics()

    def read() -> str:
        return read_keyword(value_of(text), WORDS, diagnostics, strict=strict)

    if meaning is None:
        assert rejection(read) == f"1: value: {said}"
    else:
        assert read() == meaning
        assert warnings(diagnostics) == ([f"1: value: {said}"] if said else [])


def fields(text: str, *known: str, is_v1: bool = True) -> tuple[Fields, Diagnostics]:
    diagnostics = Diagnostics()
    return Fields(node_of(text), known, diagnostics, is_v1=is_v1), diagnostics


def test_fields_of_a_map_by_what_they_hold() -> None:
    read, diagnostics = fields("{name: shop, size: 5, on: true, items: [1, 2], empty: ''}",
                               "name", "size", "on", "items", "empty", "other")  # fmt: skip
    assert (read.text("name"), read.number("size"), read.boolean("on"), len(read.items("items"))) == (
        "shop", 5.0, True, 2
    )  # fmt: skip
    assert (read.text("other"), read.number("other"), read.boolean("other"), read.items("other")) == (
        "", None, None, ()
    )  # fmt: skip
    assert (read.text("empty"), read.optional("other"), "other" in read, "name" in read) == ("", None, False, True)
    assert read.required("name", "x").scalar == "shop"
    assert warnings(diagnostics) == []


def test_a_field_that_must_be_there_is_refused_with_an_example() -> None:
    read, _ = fields("{a: 1}", "a", "name")
    assert rejection(lambda: read.required("name", "name: shop")) == "1: name: missing: write for example name: shop"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nme: x", "1: nme: unknown key; did you mean name?"),
        ("zzz: x", "1: zzz: unknown key; known are indicator, name"),
        ("name:", "1: name: is empty and ignored: remove it"),
        ("name: null", "1: name: is empty and ignored: remove it"),
        ("sli: x", "1: sli: is named indicator in openslo/v1 and read as that: rename it"),
    ],
    ids=["misspelt", "like none", "empty", "null", "the name of another version"],
)
def test_a_field_with_a_warning(text: str, said: str) -> None:
    _, diagnostics = fields(text, "name", "indicator")
    assert warnings(diagnostics) == [said]


def test_names_of_other_versions_need_no_warning_in_these() -> None:
    read, diagnostics = fields(
        "{sli: a, sliRef: b, timeWindows: [], incremental: true, dataSourceRef: c}",
        "indicator", "indicatorRef", "timeWindow", "counter", "metricSourceRef",
        is_v1=False,
    )  # fmt: skip
    assert (read.text("indicatorRef"), read.text("metricSourceRef")) == ("b", "c")
    assert (read.text("indicator"), read.items("timeWindow"), read.boolean("counter")) == ("a", (), True)
    assert warnings(diagnostics) == []


def test_of_a_field_under_both_names_the_first_counts() -> None:
    read, _ = fields("{sli: a, indicator: b}", "indicator")
    assert read.text("indicator") == "a"


def test_a_name_of_another_version_that_is_known_itself_stays() -> None:
    read, diagnostics = fields("sli: a", "sli", "indicator")
    assert (read.text("sli"), "indicator" in read, warnings(diagnostics)) == ("a", False, [])


@pytest.mark.parametrize(("text", "form"), [("[a]", "a list"), ("a", "text"), ("", "empty")])
def test_only_a_map_has_fields(text: str, form: str) -> None:
    said = rejection(lambda: Fields(value_of(text), ("a", "b", "c", "d", "e"), Diagnostics()))
    assert said == f"1: value: is {form}: expected a map with a, b, c, d"
