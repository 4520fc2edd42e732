"""Hints: a new shape is told of, points wait their turn, and memory is bounded."""

import numpy as np

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.novelty_monitor import KEPT, POINTS, SERIES, Hints

START = 1_760_000_100
ENDS = START + 300.0 * np.arange(600)
CALM = 10 + np.sin(np.arange(600) / 9)
STRANGE = np.where(np.arange(600) == 550, 50.0, CALM)


def told(values: np.ndarray, *, points: int = 10_000) -> Hints:
    made = Hints()
    made.follow(["shop"])
    made.put(ENDS, ["shop"], Signal.LATENCY, values[:, None])
    made.work(points=points)
    return made


def test_a_shape_that_was_never_seen_before_is_told_of() -> None:
    (hint,) = told(STRANGE).found
    assert hint.series == ("shop", Signal.LATENCY)
    assert hint.at == ENDS[550]
    assert hint.value == 50.0


def test_what_repeats_itself_is_no_hint() -> None:
    assert told(CALM).found == []


def test_gaps_are_no_hint() -> None:
    values = CALM.copy()
    values[300:320] = np.nan
    assert told(values).found == []


def test_points_wait_for_their_turn_and_are_looked_at_in_order() -> None:
    hints = told(STRANGE, points=500)
    assert hints.found == []
    hints.work(points=100)
    assert [one.at for one in hints.found] == [ENDS[550]]


def test_services_that_are_not_followed_are_left_out_and_those_that_stay_are_known() -> None:
    hints = told(STRANGE, points=500)
    hints.follow(["cart", "shop"])
    hints.put(ENDS[:1], ["nobody"], Signal.LATENCY, np.ones((1, 1)))
    hints.work(points=10_000)
    assert [one.series[0] for one in hints.found] == ["shop"]


def test_those_of_more_than_a_day_ago_are_dropped() -> None:
    hints = told(STRANGE)
    assert hints.lately(ENDS[550] + KEPT) == hints.found != []
    assert hints.lately(ENDS[550] + KEPT + 1) == []


def test_series_and_waiting_points_are_bounded() -> None:
    hints = Hints()
    hints.follow([f"s{place:04d}" for place in range(SERIES)])
    assert len(hints._lines) == SERIES
    hints.put(np.arange(POINTS + 50.0), ["s0000"], Signal.TRAFFIC, np.ones((POINTS + 50, 1)))
    assert len(hints._lines["s0000", Signal.TRAFFIC].waiting) == POINTS
