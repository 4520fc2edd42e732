"""Numbers of figures in two bytes, as a reader sees them."""

import base64
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.figure import float32
from dashboard.charts.packing import packed

# A nine-digit range within one array: 1 request a day beside 10,000 a second.
number = st.one_of(st.floats(1e-4, 1e4), st.floats(-1e4, -1e-4), st.just(0.0), st.just(float("nan")))


def sent(values: np.ndarray) -> dict[str, Any]:
    array: dict[str, Any] = packed({"data": [{"type": "scatter", "y": float32(values)}], "layout": {}})["data"][0]["y"]
    return array


def read(array: dict[str, Any]) -> np.ndarray:
    """As the browser reads them."""
    halves = np.frombuffer(base64.b64decode(array["bdata"]), "<f2").astype(float)
    return np.asarray(halves * array["scale"])


@given(st.lists(number, max_size=40), st.sampled_from([1e-9, 1.0, 1e9]))
def test_no_value_is_off_by_what_a_reader_could_see(values: list[float], unit: float) -> None:
    wanted = np.array(values, dtype=float) * unit
    shown = read(sent(wanted))
    assert (np.isnan(shown) == np.isnan(wanted)).all(), "a gap stays a gap"
    known = ~np.isnan(wanted)
    assert np.allclose(shown[known], wanted[known], rtol=4.9e-4, atol=0)


def test_what_is_not_there_takes_no_scale() -> None:
    for values in (np.array([]), np.zeros(3), np.full(3, np.nan)):
        assert np.array_equal(read(sent(values)), values, equal_nan=True)


def test_a_map_keeps_its_shape_and_the_figure_that_was_given_its_numbers() -> None:
    figure: dict[str, Any] = {
        "data": [{"type": "heatmap", "z": {**float32(np.ones(6)), "shape": "2, 3"}}, {"type": "scatter", "y": [1]}],
        "layout": {"height": 9},
    }
    result = packed(figure)
    assert result["data"][0]["z"]["shape"] == "2, 3"
    assert result["data"][1] == {"type": "scatter", "y": [1]}
    assert result["layout"] == {"height": 9}
    assert figure["data"][0]["z"]["dtype"] == "f4"
