"""Samples of one service with one row, written as keywords: `latency__0_5=6.0` is the measure latency up to 0.5 s."""

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.timerange import Grid


def samples_of(requests: float, **details: float) -> pd.DataFrame:
    """Columns (measure, detail), one row: requests per second and what the keywords say."""
    values = {("shop", "requests", ""): np.array([requests])}
    for name, value in details.items():
        measure, _, detail = name.partition("__")
        values[("shop", measure, detail.replace("_", "."))] = np.array([value])
    return frames.of_service(frames.samples(values, Grid(0, 0, 15)), "shop")
