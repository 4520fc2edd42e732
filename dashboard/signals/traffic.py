"""Traffic: requests per second, whatever their outcome."""

import pandas as pd

from dashboard import frames


def rate(samples: pd.DataFrame) -> pd.Series:
    """Requests per second of one service, T values; NaN where the source has no data, 0 only where it counted none.

    Args:
        samples: of one service, columns (measure, detail), T rows.
    """
    return frames.series(samples, "requests")
