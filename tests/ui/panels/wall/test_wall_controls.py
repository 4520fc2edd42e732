"""What a browser sends of the controls, and pages that turn one after the other."""

import itertools

import pytest

from dashboard.ui.panels.wall import wall_choice, wall_controls


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        ({"find": ["pay"]}, {"find": ["pay"]}),
        ({"find": [""], "team": []}, {"find": [], "team": []}),
        ({"team": ["a"] * 99, "find": ["x" * 999]}, {"team": ["a"] * wall_choice.MOST, "find": ["x" * 80]}),
        ({"embed": ["true"], "service": ["x"]}, {}),
        ({"find": "pay", "team": None, "tier": 1}, {}),
        (None, {}),
        ("find=pay", {}),
        ({"tier": [1]}, {"tier": ["1"]}),
    ],
)
def test_only_known_parameters_of_text_go_into_the_address(sent: object, parameters: dict[str, list[str]]) -> None:
    assert wall_controls.parameters(sent) == parameters


def test_a_star_adds_a_favourite_and_takes_it_away() -> None:
    assert wall_controls.starred([], "a") == ["a"]
    assert wall_controls.starred(["a", "b"], "a") == ["b"]
    full = [str(place) for place in range(wall_choice.MOST)]
    assert wall_controls.starred(full, "new") == [*full[1:], "new"], "the oldest goes"


@pytest.mark.parametrize("refresh", [1.0, 2.0, 5.0, 15.0, 20.0, 60.0, 300.0])
@pytest.mark.parametrize("late", [-0.01, 0.0, 0.02, 0.4])
def test_no_page_is_left_out_whatever_the_refresh_and_however_late_its_timer(refresh: float, late: float) -> None:
    turned, turns = (0, 0.0), [(0, 0.0)]
    for number in range(1, 2000):
        turned = wall_controls.next_turn(turned, number * (refresh + late), refresh)
        if turned != turns[-1]:
            turns.append(turned)
    counts = [count for count, _ in turns]
    assert counts == list(range(len(turns))), "each follows the one before"
    lasted = [later - earlier for (_, earlier), (_, later) in itertools.pairwise(turns)]
    wanted = max(wall_controls.TURN_EVERY, refresh)
    assert all(abs(seconds - wanted) <= refresh / 2 + 0.5 for seconds in lasted)
