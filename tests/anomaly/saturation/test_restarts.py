"""Restarts: a drop that stays is one, a dip is none, and growth goes on across it."""

import numpy as np
import pytest

from dashboard.anomaly.saturation.restarts import drops, since_last, without_drops

GROWTH = 0.2 + 0.01 * np.arange(60.0)


def saw() -> np.ndarray:
    values = GROWTH.copy()
    values[30:] -= 0.3
    return values[None]


def test_only_what_follows_the_last_drop_is_left() -> None:
    values = saw()
    left = np.isfinite(since_last(values, drops(values))[0])
    assert not left[:30].any()
    assert left[31:].all()


def test_growth_goes_on_across_a_drop() -> None:
    values = saw()
    assert without_drops(values, drops(values))[0] == pytest.approx(GROWTH, abs=0.02)


@pytest.mark.parametrize("size", [1, 0.05])
def test_a_dip_or_a_small_drop_is_no_restart(size: float) -> None:
    values = GROWTH.copy()
    if size == 1:
        values[30] = 0
    else:
        values[30:] -= size
    assert not drops(values[None]).any()


def test_a_drop_across_a_gap_is_seen() -> None:
    values = saw()
    values[0, 25:32] = np.nan
    assert drops(values).any()


@pytest.mark.parametrize("values", [np.full((2, 20), np.nan), np.zeros((2, 20)), np.zeros((2, 1)), np.zeros((0, 20))])
def test_without_levels_nothing_drops(values: np.ndarray) -> None:
    assert not drops(values).any()
