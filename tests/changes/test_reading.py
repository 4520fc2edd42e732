"""Texts lose what hides in them, times come in any unit, and links lead to the web without secrets."""

import math
from typing import Any

import pytest

from dashboard.changes import reading
from dashboard.changes.reading import EventRefused

NOW = 1_760_000_000.0
ISO = "2025-10-09T08:53:20"


@pytest.mark.parametrize(
    "value",
    [
        *(NOW, NOW * 1e3, int(NOW) * 10**6, int(NOW) * 10**9),
        *(str(int(NOW)), f" {int(NOW)}000 ", f"{NOW}"),
        *(ISO, f"{ISO}Z", f"{ISO}+00:00", "2025-10-09T10:53:20.000+02:00"),
        *("2025-10-09 08:53:20 UTC", "2025-10-09 10:53:20 +0200", "2025-10-09 08:53:20"),
    ],
)
def test_a_time_is_read_in_any_unit_and_form(value: Any) -> None:
    assert reading.moment(value, "time") == NOW


@pytest.mark.parametrize("value", [None, "", 0, 0.0])
def test_what_is_not_there_is_no_time(value: Any) -> None:
    assert reading.moment(value, "time") is None


@pytest.mark.parametrize(
    "value",
    [True, False, -1, 1e20, 10**400, math.nan, math.inf, "nan", "inf", "soon", "9" * 5000, [], {}, "2025-13-01"],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_time_is_refused(value: Any) -> None:
    with pytest.raises(EventRefused, match=r"^when is no time: write epoch milliseconds, or ISO 8601 such as "):
        reading.moment(value, "when")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("  two\r\nlines\t ", "two\nlines"),
        ("a\x00b\x1bc\u202ed\ud800e\ufeff", "abcde"),
        (42, "42"),
        (True, ""),
        (None, ""),
        (["x"], ""),
        ("x" * 5000, "x" * 3999 + "…"),
        ("Größe 🚀 <b>", "Größe 🚀 <b>"),
    ],
    ids=repr,
)
def test_a_text_has_nothing_hidden_and_an_end(value: Any, words: str) -> None:
    assert reading.text(value) == words


@pytest.mark.parametrize(
    ("value", "link"),
    [
        ("https://ci.example.org/42?tab=log#end", True),
        ("http://10.0.0.5:8080/job/18/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,<script>", False),
        ("//example.org/x", False),
        ("https://user:secret@example.org/", False),
        ("https://example.org/?token=abc", False),
        ("https://example.org/\n<b>", False),
        ("https://[half", False),
        ("https://example.org/" + "x" * 1000, False),
        (5, False),
    ],
)
def test_a_link_leads_to_the_web_and_holds_no_secret(value: Any, link: bool) -> None:
    assert reading.links(value) == ((value,) if link else ())


def test_a_digest_knows_parts_whatever_the_order_of_their_keys() -> None:
    assert reading.digest("a", {"x": 1, "y": [2]}) == reading.digest("a", {"y": [2], "x": 1})
    assert reading.digest("a", "b") != reading.digest("ab")
