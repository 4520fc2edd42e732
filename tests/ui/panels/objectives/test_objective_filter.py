"""Which objectives are shown: what matches, in which order, on which page, and what is said of a name nobody has."""

from dataclasses import replace

import pytest

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import State
from dashboard.ui.panels.objectives import objective_filter, objective_list
from dashboard.ui.panels.objectives.objective_filter import ObjectiveFilter


def many(snapshot: Snapshot, count: int) -> Snapshot:
    judged = snapshot.slos[0]
    slos = tuple(replace(judged, slo=replace(judged.slo, name=f"slo-{number:04}")) for number in range(count))
    return replace(snapshot, slos=slos)


def test_a_thousand_are_shown_in_pages_of_fifty(snapshot: Snapshot) -> None:
    thousand = many(snapshot, 1000)
    part = objective_filter.rows(thousand, ObjectiveFilter(every=True, page=20))
    assert (len(part.shown), part.first, part.pages) == (50, 951, 20)
    foot = objective_list.table(thousand, ObjectiveFilter(every=True, page=20), part, None)
    assert "951–1,000 of 1,000 objectives" in foot
    assert "Next" not in foot
    assert "page=19" in foot


def test_the_order_is_that_of_the_states_then_what_is_left(snapshot: Snapshot) -> None:
    base = snapshot.slos[0]
    wanted = [("a", State.EXHAUSTED, -3.0), ("b", State.EXHAUSTED, -0.1), ("c", State.CRITICAL, 0.8),
              ("d", State.NO_DATA, None), ("e", State.NO_DATA, 0.9), ("f", State.INCREASING, 0.1),
              ("g", State.RECOVERING, 0.1), ("h", State.ACCEPTABLE, 0.05), ("i", State.ACCEPTABLE, 0.2)]  # fmt: skip
    reports = [replace(base, slo=replace(base.slo, name=name), state=s, remaining=left) for name, s, left in wanted]
    listed = replace(snapshot, slos=tuple(reports[::-1])).objectives()
    assert [report.slo.name for report in listed] == list("abcdefghi")


def named(snapshot: Snapshot, *names: str, service: str = "shop") -> Snapshot:
    base = snapshot.slos[0]
    slos = tuple(replace(base, slo=replace(base.slo, name=name, service=service)) for name in names)
    return replace(snapshot, slos=slos)


@pytest.mark.parametrize(
    ("choice", "address"),
    [
        (ObjectiveFilter(), "objectives?"),
        (ObjectiveFilter(slo="a&b", service="shop 1"), "objectives?slo=a%26b&service=shop+1"),
        (ObjectiveFilter(every=True, page=3), "objectives?all=1&page=3"),
        (ObjectiveFilter(find="<script>", page=1), "objectives?find=%3Cscript%3E"),
    ],
)
def test_a_choice_is_an_address_without_what_is_empty(choice: ObjectiveFilter, address: str) -> None:
    assert choice.address == address


@pytest.mark.parametrize(
    ("count", "every", "page", "shown", "first", "pages"),
    [
        (0, False, 1, 0, 1, 1),
        (12, False, 1, 12, 1, 1),
        (13, False, 1, 10, 1, 1),
        (13, True, 1, 13, 1, 1),
        (51, True, 2, 1, 51, 2),
        (51, True, 99, 1, 51, 2),
        (51, True, 0, 50, 1, 2),
    ],
)
def test_pages_hold_fifty_and_a_page_that_is_not_there_is_the_nearest(
    snapshot: Snapshot, count: int, every: bool, page: int, shown: int, first: int, pages: int
) -> None:
    part = objective_filter.rows(many(snapshot, count), ObjectiveFilter(every=every, page=page))
    assert (len(part.shown), part.first, part.pages) == (shown, first, pages)
    assert (len(part.matching), part.total) == (count, count)


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (ObjectiveFilter(find="UP"), ["shop-up"]),
        (ObjectiveFilter(find="shop"), ["fast", "shop-up"]),
        (ObjectiveFilter(service="shop"), ["fast", "shop-up"]),
        (ObjectiveFilter(service="sho"), []),
        (ObjectiveFilter(service="shop", find="fast"), ["fast"]),
        (ObjectiveFilter(find="nothing"), []),
    ],
)
def test_what_is_looked_for_matches_a_part_of_name_or_service(
    snapshot: Snapshot, choice: ObjectiveFilter, names: list[str]
) -> None:
    part = objective_filter.rows(named(snapshot, "shop-up", "fast"), choice)
    assert [report.slo.name for report in part.shown] == names


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        (ObjectiveFilter(), None),
        (ObjectiveFilter(slo="shop-up", service="shop"), None),
        (ObjectiveFilter(slo="shop-upp"), "No objective is called 'shop-upp'; did you mean shop-up?"),
        (ObjectiveFilter(slo="zzz"), "No objective is called 'zzz'"),
        (ObjectiveFilter(service="shp", slo="zzz"), "No service is called 'shp'; did you mean shop?"),
    ],
)
def test_a_name_that_nobody_has_is_said_with_the_nearest(
    snapshot: Snapshot, choice: ObjectiveFilter, sentence: str | None
) -> None:
    assert objective_filter.problem(named(snapshot, "shop-up", "fast"), choice) == sentence


def test_a_hostile_address_is_cut_before_it_is_compared_and_shown(snapshot: Snapshot) -> None:
    sentence = objective_filter.problem(named(snapshot, "shop-up"), ObjectiveFilter(slo="x" * 5_000_000))
    assert sentence == f"No objective is called {'x' * 80!r}"
