"""Every bad event belongs to one incident or to the background, and all of them add up to the last one."""

import itertools
import random

import pytest

from dashboard.review.attribution import Stretch, attributed, steps_of
from tests.review.facts import START, counts, impact, steps

HOUR, STEP = 3600.0, 300.0
NO_STEPS: dict[float, float] = {}


def test_an_hour_that_an_incident_covers_is_all_its() -> None:
    stretches = [Stretch("a", START + HOUR, START + 3 * HOUR)]
    assert attributed(counts([5, 100, 50, 7]), stretches, NO_STEPS) == {"a": 150}


def test_steps_say_how_much_of_an_hour_that_is_cut_belongs_to_it() -> None:
    known = steps_of([impact("checkout", START + 2700, START + 3600, 90, counts=steps(START, *[0] * 9, 20, 30, 40))])
    assert attributed(counts([95]), [Stretch("a", START + 2700, START + 3600)], known) == {"a": 90}
    # Of steps that are not known it has its share by time, in whole events.
    assert attributed(counts([95]), [Stretch("a", START + 2700, START + 3600)], NO_STEPS) == {"a": 24}


def test_what_lies_beyond_the_edge_of_the_period_does_not_count() -> None:
    stretches = [Stretch("a", START - 5 * HOUR, START + HOUR), Stretch("b", START + HOUR, float("inf"))]
    assert attributed(counts([10, 20]), stretches, NO_STEPS) == {"a": 10, "b": 20}


def test_what_two_incidents_share_belongs_to_the_one_that_began_first() -> None:
    stretches = [Stretch("late", START + HOUR, START + 3 * HOUR), Stretch("early", START, START + 2 * HOUR)]
    assert attributed(counts([1, 2, 4]), stretches, NO_STEPS) == {"early": 3, "late": 4}


def test_steps_of_late_samples_never_give_more_than_their_hour_has() -> None:
    known = {START: 80.0, START + STEP: 80.0}
    assert attributed(counts([100]), [Stretch("a", START, START + 600)], known) == {"a": 100}


def test_where_nothing_was_bad_nothing_is_anybodys() -> None:
    assert attributed(counts([0, 0]), [Stretch("a", START, START + HOUR)], NO_STEPS) == {}


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("is_whole", [True, False], ids=["counts", "increases"])
def test_parts_and_the_rest_add_up_exactly_in_any_order(seed: int, is_whole: bool) -> None:
    draw = random.Random(seed)
    bad = [float(draw.randrange(1000)) if is_whole else draw.random() * 10 ** draw.randrange(6) for _ in range(48)]
    stretches = []
    for number in range(draw.randrange(1, 8)):
        begin = START + draw.randrange(-100, 48 * 12) * STEP
        stretches.append(Stretch(str(number), begin, begin + draw.randrange(1, 200) * STEP))
    known = {START + place * STEP: draw.random() * 90 for place in range(48 * 12) if draw.random() < 0.5}
    rows = counts(bad)
    parts = attributed(rows, stretches, known)
    rest = rows.bad - sum(parts.values())
    assert rest >= 0
    assert all(part > 0 for part in parts.values())
    assert not is_whole or all(part.is_integer() for part in parts.values())
    for order in itertools.islice(itertools.permutations([*parts.values(), rest]), 50):
        assert sum(order) == rows.bad


@pytest.mark.parametrize("seed", range(10))
def test_where_all_hours_are_somebodys_nothing_is_left_and_never_less(seed: int) -> None:
    draw = random.Random(seed)
    rows = counts([draw.random() * 1000 for _ in range(48)])
    stretches = [Stretch(f"{hour}", START + hour * HOUR, START + (hour + 1) * HOUR) for hour in range(48)]
    parts = attributed(rows, stretches, NO_STEPS)
    rest = rows.bad - sum(parts.values())
    assert 0 <= rest < 1e-9
    assert sum([rest, *parts.values()]) == rows.bad
