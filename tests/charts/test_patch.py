"""Charts from a keyframe and what has changed since are the charts as they would be sent whole."""

import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.figure import float32
from dashboard.charts.packing import packed
from dashboard.charts.patch import SAME, patch
from tests.broadcasts import assert_like, patched, read

GAP = float("nan")
STEP = 15_000.0
value = st.sampled_from([GAP, 0.0, 0.25, 1.0, 3.0])
series = st.lists(value, max_size=12)
names = st.sampled_from(["p50", "p99", "expected"])


def trace(name: str, begin: int, values: list[float]) -> dict[str, Any]:
    return {"type": "scatter", "name": name, "x0": begin * STEP, "dx": STEP, "y": float32(np.array(values))}


def chart(head: str, traces: list[dict[str, Any]], notes: list[str], end: int) -> dict[str, Any]:
    marks = [{"x": end * STEP, "text": text} for text in notes]
    return {"head": head, "figure": {"data": traces, "layout": {"range": [0.0, end * STEP], "annotations": marks}}}


traces = st.lists(st.builds(trace, names, st.integers(0, 9), series), max_size=3)
charts = st.builds(chart, names, traces, st.lists(names, max_size=3), st.integers(0, 9))
cards = st.lists(st.one_of(charts, st.builds(lambda head: {"head": head, "figure": None}, names)), max_size=3)


@given(cards, cards)
def test_any_charts_become_any_others(before: Any, after: Any) -> None:
    sent = json.loads(json.dumps(patch(before, after), allow_nan=False))
    assert_like(patched(packed(before), sent), packed(after))


@given(cards)
def test_nothing_is_sent_of_what_has_not_changed(before: Any) -> None:
    assert patch(before, copy.deepcopy(before)) == SAME


def patch_of(before: list[float], after: list[float], moved: int = 1) -> dict[str, Any]:
    part: dict[str, Any] = patch(trace("p99", 0, before), trace("p99", moved, after))
    return part


def test_of_a_series_that_moves_on_the_newest_numbers_are_sent() -> None:
    sent = patch_of([1, 2, GAP, 4, 5], [2, GAP, 4, 5, 6])
    assert sent["x0"] == STEP
    assert (sent["y"]["moved"], sent["y"]["length"], sent["y"]["runs"]) == (1, 5, [4, 1])
    assert read(sent["y"]).tolist() == [6]


def test_what_came_late_is_sent_beside_it() -> None:
    sent = patch_of([1, 2, GAP, GAP, 5, 6, GAP, 8], [2, 2.5, 3.5, 5, 6, 7, 8, 9, 10])
    assert sent["y"]["runs"] == [1, 2, 5, 1, 7, 2]
    assert read(sent["y"]).tolist() == [2.5, 3.5, 7, 9, 10]


@pytest.mark.parametrize("begin", [0.5, -1.0], ids=["between two steps", "back"])
def test_of_a_series_on_another_grid_all_is_sent(begin: float) -> None:
    before, after = trace("p99", 0, [1, 2, 3]), trace("p99", 0, [4, 5, 6])
    sent = patch(before, {**after, "x0": begin * STEP})
    assert (sent["y"]["moved"], sent["y"]["runs"]) == (0, [0, 3])
    wider = patch(before, {**after, "x0": STEP, "dx": 2 * STEP})
    assert (wider["y"]["moved"], wider["y"]["runs"]) == (0, [0, 3])


def test_of_a_map_that_moves_on_its_newest_columns_are_sent() -> None:
    """Row by row: with all rows one column on, each but its last number stands one place later."""

    def cells(begin: int, values: np.ndarray) -> dict[str, Any]:
        return {"x0": begin * STEP, "dx": STEP, "z": {**float32(values), "shape": f"{len(values)}, {values.shape[1]}"}}

    before = np.arange(12.0).reshape(3, 4)
    after = np.hstack([before[:, 1:], [[20], [21], [22]]])
    sent = patch(cells(0, before), cells(1, after))
    assert (sent["z"]["runs"], read(sent["z"]).tolist()) == ([3, 1, 7, 1, 11, 1], [20, 21, 22])
    assert "shape" not in sent["z"]
    higher = patch(cells(0, before), cells(0, np.arange(16.0).reshape(4, 4)))
    assert (higher["z"]["shape"], higher["z"]["runs"]) == ("4, 4", [12, 4])


def test_a_list_of_another_length_is_sent_whole_with_its_numbers_packed() -> None:
    before, after = [trace("p50", 0, [1.0])], [trace("p50", 0, [1.0]), trace("p99", 0, [2.0])]
    assert patch({"data": before}, {"data": after}) == {"data": packed(after)}
