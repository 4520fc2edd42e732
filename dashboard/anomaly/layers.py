"""The two layers that score any single series, for `golden-signals detect`: what is unusual, and what is new.

A score depends on its own point and on earlier ones only, is finite and never negative; higher is stranger.
"""

from collections.abc import Callable, Mapping

import numpy as np

from dashboard.anomaly.novelty import novelty
from dashboard.anomaly.seasonal import seasonal

# Epoch seconds and values, NaN if there is none, to one score for each.
Layer = Callable[[np.ndarray, np.ndarray], np.ndarray]
LAYERS: Mapping[str, Layer] = {"seasonal": seasonal, "novelty": novelty}
