"""Running sums: the sum of any rows of a table is the difference of two of them."""

import numpy as np
from numpy.typing import DTypeLike

# Shorter rows are summed by NumPy's own function, which processes one column after the other.
WIDE = 512


def running_sums(values: np.ndarray, dtype: DTypeLike = np.float64) -> np.ndarray:
    """The sum of all rows before each row, and of all rows, shape (rows + 1, …).

    Args:
        values: shape (rows, …), without NaN. `dtype`: type of the sums.
    """
    sums = np.zeros((len(values) + 1, *values.shape[1:]), dtype=dtype)
    if values[:1].size < WIDE:
        np.cumsum(values, axis=0, out=sums[1:])
        return sums
    # Row by row, memory is read in order: six times as fast for thousands of columns.
    for place, row in enumerate(values):
        np.add(sums[place], row, out=sums[place + 1])
    return sums
