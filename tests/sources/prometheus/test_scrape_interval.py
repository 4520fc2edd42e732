"""Measured distances of samples become the intervals that people configure."""

import numpy as np
import pytest

from dashboard.sources.prometheus.scrape_interval import common_interval


@pytest.mark.parametrize(
    ("measured", "recent", "interval"),
    [
        (600 / 40, 60 / 4, 15),
        (600 / 13, 60.0, 45),
        (600 / 14, 60.0, 45),
        (600 / 4, 60 / 4, 15),
        (600 / 10, np.inf, 60),
        (600 / 3, np.inf, 180),
        (np.inf, np.inf, 60),
        (np.inf, 60 / 12, 5),
        (0.4, 0.4, 1),
        (4000, np.inf, 300),
    ],
    ids=[
        "as configured",
        "13 scrapes of 45 s in ten minutes",
        "14 scrapes of 45 s in ten minutes",
        "a target younger than the search",
        "too seldom for the last minute",
        "every three minutes",
        "no two samples",
        "two samples in the last minute alone",
        "below the shortest",
        "above the longest",
    ],
)
def test_the_nearest_common_interval_is_taken(measured: float, recent: float, interval: float) -> None:
    assert common_interval(measured, recent) == interval
