"""The gate lets through only what fits its grid, and parts of a frame keep its index."""

import numpy as np
import pandas as pd
import pytest

from dashboard import frames
from dashboard.exceptions import InvalidData
from dashboard.timerange import Grid

GRID = Grid(1_700_000_100, 1_700_000_145, 15)
REQUESTS, ERRORS = ("shop", "requests", ""), ("shop", "errors", "server")
CART = ("cart", "requests", "")


def ones(count: int = 4) -> np.ndarray:
    return np.ones(count)


# --- the gate --------------------------------------------------------------------------------------------------------


def test_a_frame_has_the_grid_as_its_index_and_floats_in_its_columns() -> None:
    frame = frames.samples({REQUESTS: np.array([1, 2, 3, 4]), ERRORS: ones() / 2}, GRID)
    pd.testing.assert_index_equal(frame.index, GRID.index())
    assert (frame.index.name, str(frame.index.tz)) == ("time", "UTC")
    assert frame.columns.names == ["service", "measure", "detail"]
    assert frame.columns.tolist() == [REQUESTS, ERRORS]
    assert {str(dtype) for dtype in frame.dtypes} == {"float64"}
    assert frame[REQUESTS].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_a_frame_of_nothing_is_as_long_as_its_grid_and_has_the_levels() -> None:
    frame = frames.samples({}, GRID)
    assert (frame.shape, frame.columns.names) == ((4, 0), ["service", "measure", "detail"])


@pytest.mark.parametrize("count", [0, 3, 5])
def test_a_series_that_is_not_as_long_as_the_grid_is_refused_by_name(count: int) -> None:
    message = r"series \('shop', 'requests', ''\) has \d points, the grid has 4"
    with pytest.raises(InvalidData, match=message):
        frames.samples({CART: ones(), REQUESTS: ones(count)}, GRID)


def test_a_gap_stays_a_gap() -> None:
    """NaN is no data, which is neither 0 nor the value before."""
    frame = frames.samples({REQUESTS: np.array([1.0, np.nan, 3.0, np.nan])}, GRID)
    assert frame[REQUESTS].isna().tolist() == [False, True, False, True]


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="could not convert"):
        frames.samples({REQUESTS: np.array(["1", "2", "many", "4"])}, GRID)


# --- columns ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [[], [REQUESTS], [REQUESTS, ERRORS]], ids=["none", "one", "two"])
def test_an_index_of_columns_works_for_any_number(columns: list[tuple[str, str, str]]) -> None:
    index = frames.column_index(columns)
    assert (index.nlevels, index.names, index.tolist()) == (3, ["service", "measure", "detail"], columns)


# --- parts of a frame ------------------------------------------------------------------------------------------------


@pytest.fixture
def frame() -> pd.DataFrame:
    return frames.samples({REQUESTS: ones(), CART: ones() * 2, ERRORS: ones() * 3}, GRID)


def test_of_a_service_are_its_columns_in_their_order(frame: pd.DataFrame) -> None:
    part = frames.of_service(frame, "shop")
    assert part.columns.tolist() == [("requests", ""), ("errors", "server")]
    assert part.columns.names == ["measure", "detail"]


@pytest.mark.parametrize("name", ["search", "", "sho"])
def test_of_a_service_that_is_not_there_are_no_columns_but_all_rows(frame: pd.DataFrame, name: str) -> None:
    part = frames.of_service(frame, name)
    assert (part.shape, part.columns.names) == ((4, 0), ["measure", "detail"])


def test_of_a_measure_are_its_details(frame: pd.DataFrame) -> None:
    part = frames.of_measure(frames.of_service(frame, "shop"), "errors")
    assert (part.columns.tolist(), part["server"].tolist()) == (["server"], [3.0] * 4)
    assert frames.of_measure(frames.of_service(frame, "shop"), "latency").shape == (4, 0)


def test_a_series_is_a_column_or_no_data(frame: pd.DataFrame) -> None:
    shop = frames.of_service(frame, "shop")
    assert frames.series(shop, "requests").tolist() == [1.0] * 4
    assert frames.series(shop, "errors", "server").tolist() == [3.0] * 4
    missing = frames.series(shop, "errors", "client")
    assert (missing.isna().all(), len(missing)) == (True, 4)
    pd.testing.assert_index_equal(missing.index, frame.index)
