"""What counters count between two samples, through restarts, late samples and parts of a file."""

import numpy as np
import pytest

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.series.running_totals import RunningTotals

NAN = float("nan")


def increases(totals: RunningTotals, samples: list[tuple[float, int, float]], count: int = 2) -> list[float]:
    """Of samples (time, series, value)."""
    time, series, value = (np.array(part) for part in zip(*samples, strict=True))
    return list(totals.increases(time.astype(float), series.astype(int), value.astype(float), count))


def test_each_series_grows_by_itself_across_parts() -> None:
    totals = RunningTotals()
    np.testing.assert_equal(
        increases(totals, [(60, 0, 100), (60, 1, 5), (120, 1, 9), (120, 0, 130)]), [NAN, NAN, 4, 30]
    )
    np.testing.assert_equal(increases(totals, [(180, 0, 131), (180, 1, 9), (180, 2, 7)], 3), [1, 0, NAN])


def test_a_counter_that_began_anew_has_counted_what_it_shows() -> None:
    np.testing.assert_equal(increases(RunningTotals(), [(60, 0, 100), (120, 0, 8), (180, 0, 10)]), [NAN, 8, 2])


def test_a_late_sample_lies_between_two_that_were_counted() -> None:
    totals = RunningTotals()
    increases(totals, [(60, 0, 100), (180, 0, 160)])
    np.testing.assert_equal(increases(totals, [(120, 0, 130), (240, 0, 165)]), [NAN, 5])


def test_what_falls_all_the_time_is_no_running_total() -> None:
    samples = [(60.0 * place, 0, value) for place, value in enumerate([5, 3, 8, 2, 9, 1, 7, 0, 4])]
    with pytest.raises(
        InvalidData, match=r'its numbers fall 4 times in 8.*write unit = "count" or unit = "per second"'
    ):
        increases(RunningTotals(), samples)
