"""Resources near their limit: for long, full, or soon full; and forecasts that take turns."""

from collections.abc import Sequence

import numpy as np
import pytest

from dashboard.anomaly.intervals import Stretch
from dashboard.anomaly.saturation_monitor import LASTING, LIMIT, TURNS, Levels
from dashboard.timerange import DAY, HOUR

START = 1_760_000_100 // 300 * 300
MEMORY = ("shop", "memory")
CPU = ("shop", "cpu")


def levels(*resources: tuple[str, str]) -> Levels:
    return Levels(resources or (MEMORY,), memory_s=DAY)


def look(made: Levels, values: Sequence[float], *, since: int = START) -> list[Stretch]:
    """The same level for every resource, minute by minute."""
    many = len(made.resources)
    for place, value in enumerate(values):
        at = since + 60 * place
        made.look(at, np.full(many, value), np.full((60, many), value), spacing=60)
    return list(made)


def test_above_the_limit_for_a_quarter_of_an_hour_is_told_and_not_before() -> None:
    made = levels()
    minutes = int(LASTING // 60)
    look(made, [0.5] + [0.95] * (minutes - 1))
    assert list(made) == []
    (one,) = look(made, [0.95] * 3, since=START + 60 * minutes)
    assert one.until is None


def test_what_is_full_is_told_at_once() -> None:
    (one,) = look(levels(), [0.5, 1.0])
    assert one.until is None


@pytest.mark.parametrize("value", [0.0, 0.5, LIMIT - 0.001, float("nan")])
def test_below_the_limit_or_unknown_nothing_is_told(value: float) -> None:
    assert look(levels(), [value] * 40) == []


def test_short_peaks_are_not_added_up() -> None:
    assert look(levels(), ([0.95] * 10 + [0.5]) * 5) == []


def test_what_will_soon_be_full_is_told_below_the_limit() -> None:
    made = levels()
    past = np.linspace(0.1, 0.8, 7 * 12)[:, None]
    ends = START + 300 * np.arange(len(past))
    made.put(ends, past, spacing=300)
    assert list(made) == []
    # It grows by a tenth of the limit in an hour: two hours are left.
    fine = np.linspace(0.7, 0.8, 60)[:, None]
    made.look(float(ends[-1]), fine[-1], fine, spacing=60)
    full = made.forecasts[MEMORY].to_full.seconds
    assert full == pytest.approx(2 * HOUR, rel=0.15)
    (one,) = made
    assert one.until is None


def test_no_forecast_is_older_than_five_minutes() -> None:
    made = levels(*((f"s{place}", "memory") for place in range(12)))
    for minute in range(20):
        look(made, [0.5], since=START + 60 * minute)
        newest = START + 60 * minute
        assert all(newest - one.at < 60 * TURNS for one in made.forecasts.values())
    assert len(made.forecasts) == 12


def test_resources_that_come_and_go_keep_what_is_known_of_the_others() -> None:
    made = levels(CPU, MEMORY)
    look(made, [0.5] + [0.95] * 14)
    made.follow((MEMORY, ("cart", "disk")))
    assert set(made.forecasts) == {MEMORY}
    found = look(made, [0.95, 0.95], since=START + 900)
    assert [made.resources[one.place] for one in found] == [MEMORY], "only of this one a quarter of an hour is known"


def test_without_resources_there_is_nothing() -> None:
    made = Levels(memory_s=DAY)
    assert look(made, [0.5]) == []
    assert made.forecasts == {}
