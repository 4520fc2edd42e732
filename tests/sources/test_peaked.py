"""Peaks of samples: the highest of each step, and none where nothing is measured."""

import numpy as np
import pytest

from dashboard import frames
from dashboard.sources.peaked import highest
from dashboard.timerange import Grid

COARSE = Grid(7200, 10_800, 3600)


@pytest.mark.parametrize("fine", [Grid(5400, 10_800, 1800)])
def test_a_file_without_rows_and_services_without_peaks_have_none(fine: Grid) -> None:
    assert highest(frames.samples({}, fine), COARSE).shape == (2, 0)
    values = {("shop", "requests", ""): np.array([1.0, np.nan, np.nan, np.nan])}
    peaks = highest(frames.samples(values, fine), COARSE)
    assert np.isnan(peaks.to_numpy()[1]).all()
