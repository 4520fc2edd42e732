"""Saturation: how much of each limit is in use."""

import pandas as pd

from dashboard import frames


def ratios(samples: pd.DataFrame) -> pd.DataFrame:
    """Share of its limit per resource, 0–1 and above; resources without a known limit are not here."""
    return frames.of_measure(samples, "saturation")


def usage(samples: pd.DataFrame) -> pd.DataFrame:
    """Raw use per resource whose limit is not known."""
    return frames.of_measure(samples, "usage")
