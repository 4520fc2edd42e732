"""Numbers as dashboards format them, with the units that say what they are amounts of."""

import numpy as np
import pyarrow as pa
import pytest

from dashboard.sources.csv.series.amounts import amounts
from dashboard.sources.csv.values.quantities import Unit

NAN = float("nan")


@pytest.mark.parametrize(
    ("cells", "values", "unit"),
    [
        (["3", "1.2 K", "1.5 Mil", "2K"], [3, 1200, 1.5e6, 2000], Unit.NONE),
        (["12.3 req/s", "1.20K req/s", "0 req/s", "0"], [12.3, 1200, 0, 0], Unit.PER_SECOND),
        (["1.5 rps", "2 ops/s", "3 c/s"], [1.5, 2, 3], Unit.PER_SECOND),
        (["90 req/min", "1 rpm", "2 ops/m", "1.5K cpm"], [90, 1, 2, 1500], Unit.PER_MINUTE),
        (["409 ms", "1.2 s", "250 µs", "2 mins", "1 hour"], [0.409, 1.2, 0.00025, 120, 3600], Unit.SECONDS),
        (["42 %", "0.5%"], [0.42, 0.005], Unit.PER_CENT),
        (["1", "", "null", "-", "NaN", "undefined"], [1, NAN, NAN, NAN, NAN, NAN], Unit.NONE),
        (["12 MB/s", "3 kB/s"], [12e6, 3e3], Unit.BYTES),
        # Billions, or bytes.
        (["12 B"], [12], Unit.BYTES),
    ],
)
def test_a_number_has_its_unit(cells: list[str], values: list[float], unit: Unit) -> None:
    read = amounts(pa.chunked_array([cells]))
    np.testing.assert_allclose(read.value, values)
    assert read.unit is unit
    assert not read.unread.any()


@pytest.mark.parametrize(
    ("cells", "unread"),
    [
        (["1", "many"], [False, True]),
        (["12 req/s", "5"], [False, True]),
        (["12 req/s", "5 ms"], [False, True]),
        (["1.2.3", "4"], [True, False]),
    ],
)
def test_what_is_no_number_or_has_another_unit_is_not_read(cells: list[str], unread: list[bool]) -> None:
    read = amounts(pa.chunked_array([cells]))
    assert read.unread.tolist() == unread
    assert np.isnan(read.value[read.unread]).all()


def test_a_column_of_numbers_stays_as_it_is() -> None:
    read = amounts(pa.chunked_array([[1, None, 3]]))
    np.testing.assert_equal(read.value, [1, NAN, 3])
    assert read.unit is Unit.NONE
    assert not read.unread.any()
