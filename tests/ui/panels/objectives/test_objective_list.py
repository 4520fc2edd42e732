"""The list of objectives as HTML: one scale for all bars, one row for each, names as text."""

from collections import Counter
from dataclasses import replace

import pytest

from dashboard.engine.snapshot import Snapshot, downgraded
from dashboard.engine.source_status import SourceState, Trouble
from dashboard.slo.report import State
from dashboard.ui.panels.objectives import objective_filter, objective_list
from dashboard.ui.panels.objectives.objective_filter import ObjectiveFilter, ObjectiveRows
from dashboard.ui.text.status_text import of_objective
from tests.ui.panels import HOSTILE, NOW
from tests.ui.panels.objectives.test_objective_filter import many


def test_what_is_chosen_is_in_the_list_though_it_is_none_of_the_worst(snapshot: Snapshot) -> None:
    thousand = many(snapshot, 1000)
    chosen = thousand.slos[-1]
    html = objective_list.table(thousand, ObjectiveFilter(), objective_filter.rows(thousand, ObjectiveFilter()), chosen)
    assert html.count('class="gs-slo gs-') == objective_filter.FIRST + 1


@pytest.mark.parametrize(
    ("left", "style"),
    [
        (1.0, "left:33.33%;width:66.67%"),
        (0.25, "left:33.33%;width:16.67%"),
        (0.0, "left:33.33%;width:0.00%"),
        (-0.25, "left:16.67%;width:16.67%"),
        (-24.0, "left:0.00%;width:33.33%"),
    ],
)
def test_budget_bars_share_one_zero_line(left: float, style: str) -> None:
    bar = objective_list.bar(left)
    assert style in bar
    assert ("cut" in bar) == (left < -0.5)


def test_the_windows_of_the_list_are_those_its_rules_look_at(snapshot: Snapshot) -> None:
    assert objective_list.long_windows(snapshot.slos) == (3600, 21600, 259200)
    assert objective_list.long_windows([replace(snapshot.slos[0], alerts=())]) == ()
    html = objective_list._table(snapshot, ObjectiveFilter(), ObjectiveRows((), (), 0), "")
    assert "No objective matches what you look for. Empty the field above, or choose all services." in html


def listed(snapshot: Snapshot, choice: ObjectiveFilter, *, shown: str = "") -> str:
    return objective_list._table(snapshot, choice, objective_filter.rows(snapshot, choice), shown)


@pytest.mark.parametrize(
    ("count", "choice", "foot"),
    [
        (12, ObjectiveFilter(), ""),
        (13, ObjectiveFilter(), "The 10 most urgent of 13 objectives"),
        (13, ObjectiveFilter(find="slo-000"), "10 matching of 13 objectives"),
        (13, ObjectiveFilter(find="slo-0001"), "1 matching of 13 objectives"),
        (120, ObjectiveFilter(every=True), "1–50 of 120 objectives"),
        (120, ObjectiveFilter(every=True, page=2), "51–100 of 120 objectives"),
    ],
)
def test_the_foot_says_how_many_there_are_unless_all_are_shown(
    snapshot: Snapshot, count: int, choice: ObjectiveFilter, foot: str
) -> None:
    html = objective_list._foot(choice, objective_filter.rows(many(snapshot, count), choice))
    assert (foot in html) if foot else (html == "")


def test_pages_lead_to_the_next_the_one_before_and_back(snapshot: Snapshot) -> None:
    crowded = many(snapshot, 120)
    turns = {page: listed(crowded, ObjectiveFilter(every=True, page=page)) for page in (1, 2, 3)}
    assert ["Previous" in turns[page] for page in (1, 2, 3)] == [False, True, True]
    assert ["Next" in turns[page] for page in (1, 2, 3)] == [True, True, False]
    assert all("Show the first 10" in html for html in turns.values())
    assert 'href="objectives?all=1&amp;page=3"' in turns[2]


def test_what_has_no_current_data_has_dashes_and_a_dashed_bar(snapshot: Snapshot) -> None:
    silent = replace(snapshot.slos[0], state=State.NO_DATA, stale=True, remaining=0.5)
    html = listed(replace(snapshot, slos=(silent,)), ObjectiveFilter())
    assert '<span class="n achieved">–</span><span class="n left">–</span><span class="gs-budget none">' in html
    assert "hot" not in html
    assert html.count("<b>–</b>") == 3, "burn rates of before are not those of now"


def test_the_head_counts_each_state_with_its_word(snapshot: Snapshot) -> None:
    html = objective_list.head(snapshot, NOW)
    for shown, number in Counter(map(of_objective, snapshot.slos)).items():
        assert f"<b>{number}</b> {shown.word}</span>" in html
    assert "Thu 9 Oct, 08:53 UTC" in html


def test_the_chosen_row_is_marked_for_eyes_and_screen_readers(snapshot: Snapshot) -> None:
    name = snapshot.slos[0].slo.name
    html = listed(snapshot, ObjectiveFilter(every=True), shown=name)
    assert html.count('aria-current="true"') == 1
    # A name of its own would hide from screen readers what is seen: the row is named by what is in it.
    assert "aria-label" not in html.partition('<div class="gs-taken">')[0]
    # What is looked for is what is taken along.
    assert 'href="api/v1/slos?tz=UTC&amp;format=csv"' in html
    listing = listed(snapshot, ObjectiveFilter(find="h-a", every=True))
    assert 'href="api/v1/slos?find=h-a&amp;tz=UTC&amp;format=csv"' in listing


def test_names_services_and_what_is_looked_for_are_text(snapshot: Snapshot) -> None:
    base = snapshot.slos[0]
    hostile = replace(base, slo=replace(base.slo, name=HOSTILE, service=HOSTILE))
    html = listed(replace(snapshot, slos=(hostile,)), ObjectiveFilter(find="script"), shown=HOSTILE)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 4


def test_what_has_ended_keeps_its_numbers_and_is_not_green(snapshot: Snapshot) -> None:
    source = replace(snapshot.source, state=SourceState.STALE, trouble=Trouble.ENDED, data_end=snapshot.at)
    ended = downgraded(replace(snapshot, source=source))
    page = objective_list.table(
        ended, ObjectiveFilter(every=True), objective_filter.rows(ended, ObjectiveFilter()), None
    )
    assert "gs-green" not in page
    assert 'class="gs-budget none"' not in page
    assert "left then" in page
