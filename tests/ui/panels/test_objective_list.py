"""The list of objectives as HTML: one scale for all bars, one row for each, names as text."""

from dataclasses import replace

import pytest

from dashboard.engine.snapshot import Snapshot
from dashboard.ui.panels import objective_filter, objective_list
from dashboard.ui.panels.objective_filter import ObjectiveFilter, ObjectiveRows
from tests.ui.panels.test_objective_filter import many


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
    assert "No objective matches" in html
