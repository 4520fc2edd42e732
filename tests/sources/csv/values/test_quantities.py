"""Numbers with units, as tools and people write them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from dashboard.sources.csv.values.quantities import durations, numbers


def column(texts: Sequence[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, pa.string())])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("123ms", 0.123), ("409 ms", 0.409), ("1.2s", 1.2), ("0.244s", 0.244), (".5 s", 0.5), ("850us", 0.00085),
        ("850µs", 0.00085), ("850μs", 0.00085), ("12ns", 12e-9), ("1m30s", 90.0), ("1h2m3.5s", 3723.5),
        ("00:00:01.2", 1.2), ("0:01:02,5", 62.5), ("0.00:03:04", 184.0), ("PT1M2.5S", 62.5), ("PT1H", 3600.0),
        ("2 min", 120.0), ("3 sec", 3.0), ("1e-3s", 0.001), ("0", 0.0), ("250", 0.25), (" 250 ", 0.25),
    ],
)  # fmt: skip
def test_a_unit_that_is_written_counts_and_a_number_is_in_that_of_the_column(text: str, seconds: float) -> None:
    assert durations(column([text, "fast"]), 0.001)[0] == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ms",
        "12 apples",
        "1.2.3s",
        "-5ms",
        "1s-2s",
        "s1",
        "5msx",
        "1,5s",
        "0x10ms",
        "P",
        "PT",
        "1:2",
        "0:61:00",
        "8:00:01",
    ],
)
def test_what_is_no_duration_is_none(text: str) -> None:
    assert np.isnan(durations(column([text]), 1.0)).all()


def test_numbers_stay_what_they_are() -> None:
    assert durations(pa.chunked_array([pa.array([250, 500])]), 0.001).tolist() == [0.25, 0.5]
    np.testing.assert_equal(numbers(pa.chunked_array([pa.array([1.5, None])])), [1.5, np.nan])
    np.testing.assert_equal(numbers(pa.chunked_array([pa.nulls(1)])), [np.nan])


def test_thousands_and_millions_are_counted_out() -> None:
    values = numbers(column(["1.2 K", "3k", "2M", "-1 K", "7", "1 KB", "K", None]))
    np.testing.assert_allclose(values, [1200, 3000, 2e6, -1000, 7, 1000, np.nan, np.nan])
