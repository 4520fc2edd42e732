"""Rings of rows: their order, gaps, what is dropped, and services that come and go."""

import numpy as np

from dashboard.anomaly.history import NOTHING, WIDTH, Ring

START = 1_760_000_100 // 300 * 300


def rows(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)[:, None, None] * np.ones((1, 1, WIDTH))


def held(ring: Ring) -> list[float | None]:
    return [None if np.isnan(one) else float(one) for one in ring.values[:, 0, 0]]


def test_the_newest_row_is_the_last() -> None:
    ring = Ring.nothing(60, 4, 1).put(START + 60 * np.arange(3), rows(1, 2, 3))
    assert held(ring) == [None, 1, 2, 3]
    assert ring.ends.tolist() == [START - 60, START, START + 60, START + 120]


def test_what_was_not_seen_stays_a_gap() -> None:
    ring = Ring.nothing(60, 5, 1).put(np.array([START]), rows(1)).put(np.array([START + 180]), rows(4))
    assert held(ring) == [None, 1, None, None, 4]


def test_rows_that_come_again_replace_and_those_that_come_late_fill() -> None:
    ring = Ring.nothing(60, 4, 1).put(np.array([START, START + 120]), rows(1, 3))
    ring = ring.put(np.array([START + 60]), rows(2)).put(np.array([START + 120]), rows(9))
    assert held(ring) == [None, 1, 2, 9]


def test_old_rows_are_dropped() -> None:
    ring = Ring.nothing(60, 3, 1).put(START + 60 * np.arange(5), rows(1, 2, 3, 4, 5))
    assert held(ring) == [3, 4, 5]
    assert held(ring.put(np.array([START - 600]), rows(7))) == [3, 4, 5]
    assert held(ring.put(np.array([START + 86400]), rows(8))) == [None, None, 8]


def test_rows_beside_the_grid_are_left_out_and_a_ring_is_never_changed() -> None:
    ring = Ring.nothing(300, 3, 1).put(np.array([START]), rows(1))
    assert ring.put(np.array([START + 60]), rows(2)) is ring
    ring.put(np.array([START + 300]), rows(2))
    assert held(ring) == [None, None, 1]


def test_services_that_come_and_go_keep_what_is_held_of_the_others() -> None:
    made = NOTHING.keep(("a", "b"))
    values = np.stack([np.full(WIDTH, 1.0), np.full(WIDTH, 2.0)])[None]
    ring = made.fine.put(np.array([START]), values).keep((1, -1))
    assert ring.values[-1, :, 0].tolist()[0] == 2.0
    assert np.isnan(ring.values[:, 1]).all()
    assert made.held("nobody", since=0, until=START, fine=True) is None
    assert made.held("a", since=0, until=START, fine=True) is None, "nothing was put"
