"""The two layers that score any single series, for `golden-signals detect`: how unusual, and how new.

A score depends only on its own point and earlier ones, is finite and never negative; higher is more unusual.
"""

from collections.abc import Callable, Mapping

import numpy as np

from dashboard.anomaly.novelty import novelty
from dashboard.anomaly.seasonal import seasonal

# Maps epoch seconds and values (NaN if there is none) to one score for each.
Layer = Callable[[np.ndarray, np.ndarray], np.ndarray]
LAYERS: Mapping[str, Layer] = {"seasonal": seasonal, "novelty": novelty}
