"""What an address chooses of the wall, whatever it holds."""

from collections.abc import Mapping, Sequence

import pytest

from dashboard.engine.snapshot import Snapshot
from dashboard.ui.panels.wall import wall_choice
from dashboard.ui.panels.wall.wall_choice import NO_TEAM, WallChoice
from tests.ui.panels import HOSTILE
from tests.ui.panels.services import copies, named


@pytest.fixture(scope="module")
def six(snapshot: Snapshot) -> Snapshot:
    return copies(snapshot, 6)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["s0", "s1", "s2", "s3", "s4", "s5"]),
        ({"team": ["team 1"]}, ["s1", "s4"]),
        ({"team": ["TEAM 1", "team 2"]}, ["s1", "s2", "s4", "s5"]),
        ({"tier": ["1"]}, ["s0", "s2", "s4"]),
        ({"tier": ["1,2"]}, ["s0", "s1", "s2", "s3", "s4", "s5"]),
        ({"team": ["team 1"], "tier": ["1"]}, ["s4"]),
        ({"find": ["S4"]}, ["s4"]),
        ({"find": ["team 2  s5"]}, ["s5"]),
        ({"find": ["nothing"]}, []),
    ],
)
def test_an_address_leaves_what_matches_all_of_it(
    six: Snapshot, query: Mapping[str, Sequence[str]], names: list[str]
) -> None:
    choice = wall_choice.chosen(query, six.services)
    assert choice.problem is None
    assert [report.name for report in wall_choice.matching(six.services, choice)] == names
    assert choice.narrows == bool(query)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"team": ["teem 1"]}, "no team is called 'teem 1'; did you mean team 1 or team 2 or team 0?"),
        ({"tier": ["9"]}, "no tier is called '9'"),
        ({"tier": ["1", "x"]}, "no tier is called 'x'"),
        ({"view": ["compcat"]}, "no view is called 'compcat'; did you mean compact?"),
        ({"group": ["tier"]}, "no group is called 'tier'; did you mean team?"),
        ({"fav": ["gone"]}, "no service is called 'gone'"),
        ({"team": [HOSTILE]}, f"no team is called {HOSTILE!r}"),
    ],
)
def test_names_that_nobody_has_are_told_and_leave_nothing_out(
    six: Snapshot, query: Mapping[str, Sequence[str]], problem: str
) -> None:
    choice = wall_choice.chosen(query, six.services)
    assert choice.problem == problem
    assert len(wall_choice.matching(six.services, choice)) in (3, 6), "what is known still holds"


def test_before_the_first_services_are_known_no_name_is_wrong() -> None:
    query = {"team": ["team 1"], "fav": ["s1"], "view": ["compact"]}
    assert wall_choice.chosen(query, ()) == WallChoice(view="compact")


def test_what_is_shared_by_the_choice_is_bounded(six: Snapshot) -> None:
    query = {"find": ["x" * 10_000], "fav": [f"s{place % 6}" for place in range(1000)], "team": ["team 1"] * 1000}
    choice = wall_choice.chosen(query, six.services)
    assert len(choice.find) == wall_choice.LONGEST
    assert choice.teams == ("team 1",)
    assert choice.favourites == ("s0", "s1", "s2", "s3", "s4", "s5")


def test_services_without_a_team_can_be_chosen_and_stand_last(six: Snapshot) -> None:
    services = (named(six.services[0], "lonely"), *six.services)
    assert wall_choice.teams_of(services) == ["team 0", "team 1", "team 2", NO_TEAM]
    choice = wall_choice.chosen({"team": [NO_TEAM]}, services)
    assert [report.name for report in wall_choice.matching(services, choice)] == ["lonely"]


def test_a_favourite_may_be_written_as_pages_show_it(six: Snapshot) -> None:
    far = named(six.services[0], "prod/s9")
    assert wall_choice.chosen({"fav": ["prod/s9"]}, (far,)).favourites == ("prod/s9",)
