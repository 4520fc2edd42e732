"""Rings of rows: their order, gaps, what is dropped, and services that come and go."""

import numpy as np

from dashboard.anomaly.history import EMPTY_HISTORY, WIDTH, RingBuffer

START = 1_760_000_100 // 300 * 300


def rows(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)[:, None, None] * np.ones((1, 1, WIDTH))


def values_of(ring: RingBuffer) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in ring.values[:, 0, 0]]


def test_the_newest_row_is_the_last() -> None:
    ring = RingBuffer.empty(step=60, rows=4, services=1).extended(START + 60 * np.arange(3), rows(1, 2, 3))
    assert values_of(ring) == [None, 1, 2, 3]
    assert ring.ends.tolist() == [START - 60, START, START + 60, START + 120]


def test_what_was_not_seen_stays_a_gap() -> None:
    ring = (
        RingBuffer.empty(step=60, rows=5, services=1)
        .extended(np.array([START]), rows(1))
        .extended(np.array([START + 180]), rows(4))
    )
    assert values_of(ring) == [None, 1, None, None, 4]


def test_rows_that_come_again_replace_and_those_that_come_late_fill() -> None:
    ring = RingBuffer.empty(step=60, rows=4, services=1).extended(np.array([START, START + 120]), rows(1, 3))
    ring = ring.extended(np.array([START + 60]), rows(2)).extended(np.array([START + 120]), rows(9))
    assert values_of(ring) == [None, 1, 2, 9]


def test_old_rows_are_dropped() -> None:
    ring = RingBuffer.empty(step=60, rows=3, services=1).extended(START + 60 * np.arange(5), rows(1, 2, 3, 4, 5))
    assert values_of(ring) == [3, 4, 5]
    assert values_of(ring.extended(np.array([START - 600]), rows(7))) == [3, 4, 5]
    assert values_of(ring.extended(np.array([START + 86400]), rows(8))) == [None, None, 8]


def test_rows_beside_the_grid_are_left_out_and_a_ring_is_never_changed() -> None:
    ring = RingBuffer.empty(step=300, rows=3, services=1).extended(np.array([START]), rows(1))
    assert ring.extended(np.array([START + 60]), rows(2)) is ring
    ring.extended(np.array([START + 300]), rows(2))
    assert values_of(ring) == [None, None, 1]


def test_services_that_come_and_go_keep_what_is_held_of_the_others() -> None:
    history = EMPTY_HISTORY.for_services(("a", "b"))
    values = np.stack([np.full(WIDTH, 1.0), np.full(WIDTH, 2.0)])[None]
    ring = history.by_minute.extended(np.array([START]), values).reindexed((1, -1))
    assert ring.values[-1, :, 0].tolist()[0] == 2.0
    assert np.isnan(ring.values[:, 1]).all()
    assert history.rows("nobody", since=0, until=START, by_minute=True) is None
    assert history.rows("a", since=0, until=START, by_minute=True) is None, "no row was added"
