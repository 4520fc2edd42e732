"""A diagnostic is one line with file, line, key and remedy; all are collected once, in the order of the files."""

import pytest

from dashboard.openslo.diagnostics import (
    Diagnostic,
    Diagnostics,
    RejectedError,
    excerpt,
    join_path,
    reject,
    suggestion,
)
from dashboard.openslo.yaml_nodes import Node

NODE = Node("a.yaml", 7, "spec.service", "shop")


@pytest.mark.parametrize(
    ("diagnostic", "text"),
    [
        (Diagnostic("a.yaml", 7, "spec.x", "is wrong: write y"), "a.yaml:7: spec.x: is wrong: write y"),
        (Diagnostic("a.yaml", 1, "", "is empty", fatal=True), "a.yaml:1: is empty"),
    ],
    ids=["of a field", "of a document"],
)
def test_a_diagnostic_is_one_line(diagnostic: Diagnostic, text: str) -> None:
    assert str(diagnostic) == text


def test_diagnostics_come_by_file_and_line_and_each_once() -> None:
    diagnostics = Diagnostics()
    for file, line, what in [("b", 1, "x"), ("a", 10, "x"), ("a", 9, "y"), ("a", 9, "x"), ("b", 1, "x")]:
        diagnostics.add(Diagnostic(file, line, "k", what))
    assert [(found.file, found.line, found.what) for found in diagnostics.sorted()] == [
        ("a", 9, "y"), ("a", 9, "x"), ("a", 10, "x"), ("b", 1, "x")
    ]  # fmt: skip


def test_a_warning_may_be_about_a_field_that_is_missing() -> None:
    diagnostics = Diagnostics()
    diagnostics.warn(NODE, "is odd")
    diagnostics.warn(NODE, "missing", "name")
    assert list(map(str, diagnostics.sorted())) == [
        "a.yaml:7: spec.service: is odd", "a.yaml:7: spec.service.name: missing"
    ]  # fmt: skip
    assert diagnostics.fatal_count == 0


def test_what_is_rejected_is_collected_and_counted_and_gives_nothing() -> None:
    diagnostics = Diagnostics()
    assert diagnostics.attempt(lambda: 5) == 5
    for _ in range(2):
        assert diagnostics.attempt(lambda: reject(NODE, "is wrong", "x")) is None
    assert diagnostics.sorted() == (Diagnostic("a.yaml", 7, "spec.service.x", "is wrong", fatal=True),)
    assert diagnostics.fatal_count == 2


def test_a_rejection_is_a_value_error_that_holds_its_diagnostic() -> None:
    with pytest.raises(RejectedError, match=r"^a\.yaml:7: spec\.service: is wrong$") as caught:
        reject(NODE, "is wrong")
    assert caught.value.diagnostic == Diagnostic("a.yaml", 7, "spec.service", "is wrong", fatal=True)
    assert isinstance(caught.value, ValueError)


def test_other_errors_are_not_taken_for_a_rejection() -> None:
    with pytest.raises(ZeroDivisionError):
        Diagnostics().attempt(lambda: 1 // 0)


@pytest.mark.parametrize(("path", "key", "joined"), [("a", "b", "a.b"), ("a", "", "a"), ("", "b", "b"), ("", "", "")])
def test_paths_are_joined_by_a_dot(path: str, key: str, joined: str) -> None:
    assert join_path(path, key) == joined


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a", "'a'"), ("a\nb", "'a\\nb'"), ("it's", '"it\'s"'), ("x" * 60, f"'{'x' * 60}'"),
        ("x" * 61, f"'{'x' * 60}…'"), ("\x85", "'\\x85'"),
    ],
    ids=["short", "two lines", "a quote", "as long as may be", "longer", "a control character"],
)  # fmt: skip
def test_an_excerpt_is_short_and_on_one_line(text: str, shown: str) -> None:
    assert excerpt(text) == shown


@pytest.mark.parametrize(
    ("word", "known", "ending"),
    [
        ("tagret", ["target", "value"], "; did you mean target?"),
        ("TARGET", ["target"], "; did you mean target?"),
        ("occurences", ["Occurrences"], "; did you mean Occurrences?"),
        ("zzz", ["b", "a", "a", ""], "; known are a, b"),
        ("zzz", [str(number) for number in range(10, 26)], f"; known are {', '.join(map(str, range(10, 26)))}"),
        ("zzz", [str(number) for number in range(10, 27)], ""),
        ("zzz", [], ""),
        ("x" * 100_000, ["target"], "; known are target"),
    ],
    ids=["near", "in capitals", "with capitals", "near to none", "sixteen", "seventeen", "nothing known", "very long"],
)
def test_the_end_of_a_sentence_helps_with_a_word(word: str, known: list[str], ending: str) -> None:
    assert suggestion(word, known) == ending
