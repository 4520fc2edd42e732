"""When alerts fired, by samples of `ALERTS` that a table makes: firsts, ends, flaps, parts in any order."""

from collections.abc import Sequence

import numpy as np
import pytest

from dashboard.alerts import interval_history
from dashboard.alerts.alert import Labels
from dashboard.alerts.interval_history import AlertSamples, IntervalHistory, end_of

RULE: Labels = (("alertname", "Errors"), ("job", "shop"))
OTHER: Labels = (("alertname", "Disk"),)


def samples(times: Sequence[float], labels: Labels = RULE) -> AlertSamples:
    return AlertSamples(labels, np.array(times, dtype=float))


def every(start: float, count: int, step: float = 15) -> list[float]:
    return [start + number * step for number in range(count)]


def stretches(history: IntervalHistory, labels: Labels = RULE) -> list[tuple[float, float]]:
    return [(stretch.first, stretch.last) for stretch in history.stretches() if stretch.labels == labels]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param(every(100, 8), [(100, 205)], id="one alert"),
        pytest.param([*every(100, 4), *every(175, 4)], [(100, 145), (175, 220)], id="away for one evaluation"),
        pytest.param([*every(100, 4), *every(1000, 4)], [(100, 145), (1000, 1045)], id="two alerts"),
        pytest.param([100.0], [(100, 100)], id="a single evaluation"),
        pytest.param([100.1, 114.9, 130.2, 145.0], [(100.1, 145)], id="evaluations that are late by a hair"),
        pytest.param([100, 107, 115, 122, 130], [(100, 130)], id="two replicas in turn"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_samples_next_to_each_other_are_one_alert(times: list[float], expected: list[tuple[float, float]]) -> None:
    history = IntervalHistory()
    history.add([samples(times)])
    assert stretches(history) == expected


def test_parts_may_come_in_any_order_and_more_than_once() -> None:
    times = [*every(0, 50), *every(2000, 50)]
    whole = IntervalHistory()
    whole.add([samples(times)])
    parts = IntervalHistory()
    for begin, end in ((60, 100), (0, 30), (20, 70), (60, 100)):
        parts.add([samples(times[begin:end])])
    assert stretches(parts) == stretches(whole) == [(0, 735), (2000, 2735)]


def test_each_rule_has_an_interval_of_its_own() -> None:
    history = IntervalHistory()
    assert history.interval("Errors") == 60
    history.add([samples(every(0, 20)), samples(every(0, 5, 300), OTHER)])
    assert (history.interval("Errors"), history.interval("Disk")) == (15, 300)
    # One that tells nothing is taken for one of the others.
    assert history.interval("New") == 15
    assert stretches(history, OTHER) == [(0, 1200)]


def test_an_alert_ends_one_evaluation_after_its_last_sample_once_it_is_away_for_sure() -> None:
    history = IntervalHistory()
    history.add([samples(every(0, 10))])
    [stretch] = history.stretches()
    assert end_of(stretch, 15, until=stretch.last + 37) is None
    assert end_of(stretch, 15, until=stretch.last + 38) == stretch.last + 15


def test_where_only_some_evaluations_were_read_each_stands_for_the_seconds_before_it() -> None:
    history = IntervalHistory()
    history.add([samples(every(3000, 40))])
    # Of a busier part one number for each five minutes: it touches what was read in full.
    history.add([samples([2100, 2400, 2700, 3000]), samples([900, 1200], OTHER)], spacing=300)
    assert stretches(history) == [(1815, 3585)]
    assert stretches(history, OTHER) == [(615, 1200)]
    assert history.interval("Disk") == 15


def test_what_is_over_is_forgotten_and_of_too_much_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    history = IntervalHistory()
    history.add([samples([*every(0, 3), *every(1000, 3), *every(2000, 3)])])
    history.forget(500)
    assert stretches(history) == [(1000, 1030), (2000, 2030)]
    assert not history.is_cut
    monkeypatch.setattr(interval_history, "STRETCHES_MAX", 1)
    history.forget(500)
    assert stretches(history) == [(2000, 2030)]
    assert history.is_cut
