"""The look that Streamlit's theme cannot give: tokens, chips, counts, and the mark of a living page."""

import re

import pytest

from dashboard.engine.health import Health
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.slo.report import State
from dashboard.ui import theme
from dashboard.ui.text.status_text import status


@pytest.mark.parametrize("state", [*Health, *State, *SourceState])
def test_a_chip_has_colour_mark_and_word(state: Health | State | SourceState) -> None:
    shown = status(state)
    assert theme.chip(state) == f'<span class="gs-chip gs-{shown.colour}"><i>{shown.mark}</i> {shown.word}</span>'


def test_nothing_is_counted_where_there_is_none() -> None:
    assert theme.count(Health.BREACHING, 0) == ""
    assert "<b>3</b> breaching" in theme.count(Health.BREACHING, 3)


def shown(state: SourceState = SourceState.OK, newest: float | None = 100.0) -> Snapshot:
    return Snapshot(at=100.0, source=SourceStatus("prometheus", "here", state, newest=newest, stale_after_s=75.0))


def test_each_refresh_has_a_mark_of_its_own_that_waits_for_three_of_them() -> None:
    own = theme.alive(shown(), 100.0, kind="own")
    assert own == '<i class="gs-alive own" data-at="100" style="--gs-patience:55s"></i>'
    assert theme.alive(shown(), 101.0) != theme.alive(shown(), 100.0)


def test_the_mark_of_a_page_names_the_tab_and_what_the_page_chose_by_itself() -> None:
    mark = theme.alive(shown(), 100.0, tab='✕ "a" · Golden signals', address="service?service=a%26b&span=1h")
    assert 'data-tab="✕ &quot;a&quot; · Golden signals" data-worst="unknown"' in mark
    assert 'data-place="service" data-address="service=a%26b&amp;span=1h"' in mark
    assert 'data-tab="✓ Golden signals"' in theme.alive(shown(), 100.0), "without a service the state of the source"


@pytest.mark.parametrize(
    ("state", "newest", "seconds"),
    [
        (SourceState.OK, 100.0, 55),
        (SourceState.OK, 60.0, 36),
        (SourceState.OK, 26.0, 2),
        (SourceState.OK, 0.0, 1),
        (SourceState.OK, None, 55),
        (SourceState.STALE, 26.0, 55),
    ],
    ids=["new", "older", "nearly old", "old", "none", "said already"],
)
def test_a_page_greys_when_its_samples_are_old_whether_a_refresh_is_due_or_not(
    state: SourceState, newest: float | None, seconds: int
) -> None:
    assert f"--gs-patience:{seconds}s" in theme.alive(shown(state, newest), 100.0)


def test_the_style_sheet_uses_only_tokens_that_exist() -> None:
    names = set(re.findall(r"(--gs-[\w-]+):", theme.STYLE))
    used = set(re.findall(r"var\((--gs-[\w-]+)\)", theme.STYLE))
    assert used <= names | {"--gs-patience"}
    assert {f"gs-{colour}" for colour in ("red", "amber", "green", "grey")} <= set(re.findall(r"gs-\w+", theme.STYLE))
