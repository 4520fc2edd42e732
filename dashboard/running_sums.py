"""Running sums: the sum over any rows of a table is the difference of two of them."""

import numpy as np
from numpy.typing import DTypeLike

# Rows shorter than this are added up by NumPy's own loop, which goes down one column after the other.
WIDE = 512


def running_sums(values: np.ndarray, dtype: DTypeLike = np.float64) -> np.ndarray:
    """The sum of all rows before each, and of all, shape (rows + 1, …).

    Args:
        values: shape (rows, …), without NaN. `dtype`: of the sums.
    """
    sums = np.zeros((len(values) + 1, *values.shape[1:]), dtype=dtype)
    if values[:1].size < WIDE:
        np.cumsum(values, axis=0, out=sums[1:])
        return sums
    # Row by row memory is read in its order: six times as fast for thousands of columns.
    for place, row in enumerate(values):
        np.add(sums[place], row, out=sums[place + 1])
    return sums
