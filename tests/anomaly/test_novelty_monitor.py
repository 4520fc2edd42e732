"""Novel points: a new shape is a hint, points wait their turn, and memory is bounded."""

import numpy as np

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.novelty_monitor import KEPT_FOR, POINTS_MAX, SERIES_MAX, NoveltyMonitor

START = 1_760_000_100
NOW = START + 300.0 * 600
ENDS = START + 300.0 * np.arange(600)
CALM = 10 + np.sin(np.arange(600) / 9)
STRANGE = np.where(np.arange(600) == 550, 50.0, CALM)


def scored(values: np.ndarray, *, points: int = 10_000) -> NoveltyMonitor:
    monitor = NoveltyMonitor()
    monitor.set_services(["shop"])
    monitor.add(ENDS, ["shop"], Signal.LATENCY, values[:, None])
    monitor.score_waiting(points=points)
    return monitor


def test_a_shape_that_was_never_seen_before_is_told_of() -> None:
    (hint,) = scored(STRANGE).recent(NOW)
    assert hint.series == ("shop", Signal.LATENCY)
    assert hint.at == ENDS[550]
    assert hint.value == 50.0


def test_what_repeats_itself_is_no_hint() -> None:
    assert scored(CALM).recent(NOW) == []


def test_gaps_are_no_hint() -> None:
    values = CALM.copy()
    values[300:320] = np.nan
    assert scored(values).recent(NOW) == []


def test_points_wait_for_their_turn_and_are_looked_at_in_order() -> None:
    monitor = scored(STRANGE, points=500)
    assert monitor.recent(NOW) == []
    monitor.score_waiting(points=100)
    assert [point.at for point in monitor.recent(NOW)] == [ENDS[550]]


def test_services_that_are_not_followed_are_left_out_and_those_that_stay_are_known() -> None:
    monitor = scored(STRANGE, points=500)
    monitor.set_services(["cart", "shop"])
    monitor.add(ENDS[:1], ["nobody"], Signal.LATENCY, np.ones((1, 1)))
    monitor.score_waiting(points=10_000)
    assert [point.series[0] for point in monitor.recent(NOW)] == ["shop"]


def test_those_of_more_than_a_day_ago_are_dropped() -> None:
    monitor = scored(STRANGE)
    assert len(monitor.recent(ENDS[550] + KEPT_FOR)) == 1
    assert monitor.recent(ENDS[550] + KEPT_FOR + 1) == []


def test_series_and_waiting_points_are_bounded() -> None:
    monitor = NoveltyMonitor()
    monitor.set_services([f"s{place:04d}" for place in range(SERIES_MAX)])
    assert len(monitor._series) == SERIES_MAX
    monitor.add(np.arange(POINTS_MAX + 50.0), ["s0000"], Signal.TRAFFIC, np.ones((POINTS_MAX + 50, 1)))
    assert len(monitor._series["s0000", Signal.TRAFFIC].waiting) == POINTS_MAX
