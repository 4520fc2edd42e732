"""How many samples lie in the last minutes becomes the interval that people configure."""

import pytest

from dashboard.sources.prometheus.instrumentation.scrape_interval import common_interval


@pytest.mark.parametrize(
    ("samples", "interval"),
    [
        ((40, 13, 4), 15),
        ((41, 14, 5), 15),
        ((13, 4, 1), 45),
        ((14, 5, 2), 45),
        ((4, 4, 4), 15),
        ((13, 7, 2), 30),
        ((12, 0, 0), 45),
        ((20, 7, 0), 30),
        ((4, 4, 1), 60),
        ((61, 21, 7), 10),
        ((10, 3, 1), 60),
        ((3, 1, 0), 180),
        ((0, 0, 0), 60),
        ((0, 0, 12), 5),
        ((1500, 500, 150), 1),
        ((2, 1, 0), 300),
    ],
    ids=[
        "as configured",
        "both ends of the span are scrapes",
        "13 scrapes of 45 s in ten minutes",
        "14 scrapes of 45 s in ten minutes",
        "a target younger than the search",
        "a target that was away and is back",
        "a target that is away: as far as can be told",
        "away for the last minute",
        "one target is away, and the samples of another fit two intervals",
        "scrapes at both ends of all spans",
        "too seldom for the last minute",
        "every three minutes",
        "no two samples",
        "two samples in the last minute alone",
        "below the shortest",
        "the longest",
    ],
)
def test_the_common_interval_is_taken_that_so_many_samples_fit(samples: tuple[int, int, int], interval: float) -> None:
    assert common_interval(dict(zip((600, 200, 60), samples, strict=True))) == interval
