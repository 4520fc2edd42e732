"""Errors as messages: one failed query does not blank a page, and no text becomes markup."""

import pytest
import streamlit as st

from dashboard.exceptions import ConfigError, SourceUnavailable
from dashboard.ui import problems

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def html(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was put on the page."""
    pieces: list[str] = []
    monkeypatch.setattr(st, "html", pieces.append)
    return pieces


@pytest.mark.parametrize("error", [SourceUnavailable("connection refused"), ConfigError("connection refused")])
def test_an_error_of_ours_is_a_sentence_and_the_page_goes_on(html: list[str], error: Exception) -> None:
    with problems.shown():
        raise error
    assert html == ['<div class="gs-banner gs-amber"><b>▲</b> connection refused</div>']


def test_any_other_error_goes_on_to_the_log(html: list[str]) -> None:
    with pytest.raises(ZeroDivisionError), problems.shown():
        raise ZeroDivisionError
    assert html == []


def test_without_an_error_nothing_is_said(html: list[str]) -> None:
    with problems.shown():
        pass
    assert html == []


def test_a_hostile_text_is_text(html: list[str]) -> None:
    problems.banner(HOSTILE, colour="grey", word="Note:")
    problems.empty(HOSTILE)
    with problems.shown():
        raise SourceUnavailable(HOSTILE)
    escaped = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"
    assert html[0] == f'<div class="gs-banner gs-grey"><b>Note:</b> {escaped}</div>'
    assert html[1] == f'<div class="gs-empty">{escaped}</div>'
    assert all("<script>" not in piece for piece in html)
