"""Any file ends in documents or in one clear line: nothing in it can raise, hang or fill the memory."""

import time

import pytest

from dashboard.openslo.diagnostics import Diagnostics
from dashboard.openslo.openslo_reader import read_slos
from dashboard.openslo.yaml_composer import DEPTH_MAX, TEXT_MAX, compose_documents
from tests.openslo.samples import RATIO, changed, only, only_diagnostic, reading

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {" + ", ".join(f"k{number}: 1" for number in range(2000)) + "}\nb:\n  <<: [" + "*a, " * 5000 + "*a]\n"


@pytest.mark.parametrize(
    ("text", "line", "words", "fatal"),
    [
        ("", 1, "is empty: write an SLO", False),
        ("\n# nothing\n---\n---\n", 1, "is empty: write an SLO", False),
        ("a: [1,\n\n", 1, "is not valid YAML from here on", True),
        ("a: 1\nb: c: d\n", 2, "mapping values are not allowed in this context", True),
        ("a:\n  b: 1\n\tc: 2\n", 3, "a tab indents this line", True),
        ("a: 'x\n", 1, "check colons, quotes and indentation", True),
        ("a: b\nc: \0\n", 2, "is not text: it has the character U+0000; save it as UTF-8 text", True),
        ("\x89PNG\r\n\x1a\n", 1, "is not text: it has the character U+0089; save it as UTF-8 text", True),
        ("a: \ud800\n", 1, "is not text: it has the character U+D800; save it as UTF-8 text", True),
        ("a: &x\n  b: *x\n", 2, "the alias *x contains itself: write out what is meant", True),
        ("a: 1\nb: *x\n", 2, "there is no anchor &x before this alias", True),
        (BOMB, 7, "the aliases unfold to more than 2,000,000 values", True),
        (MERGES, 3, "the aliases unfold to more than 2,000,000 values", True),
        ("[" * 100_000, 1, f"is nested deeper than {DEPTH_MAX} levels", True),
        ("{a: " * 100_000, 1, f"is nested deeper than {DEPTH_MAX} levels", True),
        ("- " * 10_000, 1, f"is nested deeper than {DEPTH_MAX} levels", True),
        ("x" * (TEXT_MAX + 1), 1, "is longer than 4,000,000 characters", True),
        ("hello", 1, "is not an OpenSLO document and is ignored: one begins with apiVersion: openslo/v1", False),
        ("apiVersion: v1\nkind: ConfigMap\n", 1, "'v1' is not OpenSLO: the document is ignored", False),
        ("apiVersion: [1]\n", 1, "is a list: expected a text", True),
        ("%YAML 9.9\n---\na: 1\n", 1, "is not valid YAML", True),
    ],
    ids=[
        "nothing", "only comments", "a list without its end", "two colons", "a tab", "a quote without its end", "a NUL",
        "a picture", "half a character", "an alias of itself", "an alias of nothing", "a bomb of aliases",
        "a bomb of merges", "deep lists", "deep maps", "deep items", "a huge file", "prose", "something else",
        "a list for a version", "another YAML",
    ],
)  # fmt: skip
def test_one_clear_line(text: str, line: int, words: str, fatal: bool) -> None:
    began = time.perf_counter()
    result = reading(text)
    diagnostic = only_diagnostic(result)
    assert (diagnostic.file, diagnostic.line, diagnostic.fatal) == ("slo.yaml", line, fatal)
    assert words in diagnostic.what
    assert result.slos == ()
    assert time.perf_counter() - began < 5


def test_documents_before_a_mistake_are_read() -> None:
    result = reading(RATIO + "---\nb: c: d\n")
    assert len(result.slos) == 1
    assert (only_diagnostic(result).line, only_diagnostic(result).fatal) == (31, True)


def test_a_key_that_is_a_list_is_ignored() -> None:
    result = reading(changed(RATIO, "\nspec:\n", "\nspec:\n  ? [a]\n  : b\n"))
    assert len(result.slos) == 1
    assert str(only_diagnostic(result)) == "slo.yaml:9: spec.?: a key must be text: this one is ignored"


def test_anchors_and_merged_maps_are_read() -> None:
    text = changed(
        RATIO, "            spec: {query: 'sum(ok_requests)'}", "            spec: &ok {query: 'sum(ok_requests)'}"
    )
    text = changed(
        text,
        "spec: {query: 'sum(all_requests)'}",
        "spec:\n              <<: *ok\n              query: 'sum(all_requests)'",
    )
    assert only(text).indicator == only(RATIO).indicator


def test_of_two_merged_maps_the_first_counts() -> None:
    diagnostics = Diagnostics()
    (node,) = compose_documents("x", "a: &a {k: 1}\nb: &b {k: 2, l: 3}\nc:\n  <<: [*a, *b]\n", diagnostics)
    merged = node.fields["c"].fields
    assert ({key: value.scalar for key, value in merged.items()}, diagnostics.sorted()) == ({"k": "1", "l": "3"}, ())


def test_every_value_knows_its_line_and_path() -> None:
    (node,) = compose_documents("x", "a:\n  b:\n    - c: 1\n    - |\n      text\n", Diagnostics())
    items = node.fields["a"].fields["b"].items
    assert (items[0].fields["c"].line, items[0].fields["c"].key) == (3, "a.b[0].c")
    assert (items[1].line, items[1].key, items[1].scalar) == (4, "a.b[1]", "text\n")


def test_documents_come_one_by_one_from_streams_lists_and_lists_of_kubernetes() -> None:
    text = "a: 1\n---\n- b: 2\n- c: 3\n---\nkind: SomethingList\nitems: [{d: 4}]\n"
    assert [list(node.fields) for node in compose_documents("x", text, Diagnostics())] == [["a"], ["b"], ["c"], ["d"]]


def test_keys_are_shown_on_one_line() -> None:
    result = reading(changed(RATIO, "\nspec:\n", '\nspec:\n  "a\\nb": 1\n'))
    assert only_diagnostic(result).key == "spec.a?b"


def test_diagnostics_come_by_file_and_line_and_once() -> None:
    result = read_slos(
        {"b.yaml": "x: 1", "a.yaml": "a: 'x\n", "c.yaml": RATIO.replace("30d", "30").replace("0.999", "2")}
    )
    assert [(diagnostic.file, diagnostic.line) for diagnostic in result.diagnostics] == [
        ("a.yaml", 1), ("b.yaml", 1), ("c.yaml", 25), ("c.yaml", 29)]  # fmt: skip


def test_a_thousand_objectives_are_read_in_a_moment() -> None:
    text = "---\n".join(RATIO.replace("checkout-availability", f"slo-{number}") for number in range(1000))
    began = time.perf_counter()
    assert len(reading(text).slos) == 1000
    assert time.perf_counter() - began < 5
