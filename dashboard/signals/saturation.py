"""Saturation: how much of each limit is in use."""

import pandas as pd

from dashboard import frames


def ratios(samples: pd.DataFrame) -> pd.DataFrame:
    """Share of its limit, 0–1 and above, one column per resource; resources without a known limit are not here.

    Args:
        samples: of one service, columns (measure, detail), T rows.

    Returns:
        T rows; NaN where it was not measured, no columns where no limit is known.
    """
    return frames.of_measure(samples, "saturation")


def usage(samples: pd.DataFrame) -> pd.DataFrame:
    """Use in its raw unit, one column per resource whose limit is unknown; arguments and rows as in `ratios`."""
    return frames.of_measure(samples, "usage")
