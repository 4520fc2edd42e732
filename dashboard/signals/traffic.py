"""Traffic: requests per second, whatever their outcome."""

import pandas as pd

from dashboard import frames


def rate(samples: pd.DataFrame) -> pd.Series:
    """Requests per second; NaN where the source has no data, 0 only where it counted none."""
    return frames.series(samples, "requests")
