"""Running sums."""

import numpy as np
import pytest

from dashboard.running_sums import WIDE, running_sums


@pytest.mark.parametrize("shape", [(0, 3), (1, 4), (50, 3), (7, WIDE), (5, WIDE, 3), (9, 0)])
def test_the_difference_of_two_is_the_sum_of_the_rows_between(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(1).integers(0, 9, shape).astype(float)
    sums = running_sums(values)
    assert sums.shape == (shape[0] + 1, *shape[1:])
    for begin in range(shape[0] + 1):
        for end in range(begin, shape[0] + 1):
            np.testing.assert_array_equal(sums[end] - sums[begin], values[begin:end].sum(axis=0))


@pytest.mark.parametrize("columns", [3, WIDE])
def test_true_rows_are_counted(columns: int) -> None:
    sums = running_sums(np.ones((300, columns), dtype=bool), np.int32)
    assert sums.dtype == np.int32
    assert (sums[-1] == 300).all()
