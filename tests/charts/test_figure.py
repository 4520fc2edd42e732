"""The frame of a chart: round ticks, labels that do not overlap, text that stays text, times of one kind."""

import base64

import numpy as np
import pandas as pd
import pytest

from dashboard.charts import figure
from dashboard.charts.figure import Axis

AXIS = Axis(0.0, 3_600_000.0)


@pytest.mark.parametrize(
    ("highest", "top", "ticks"),
    [
        (0.0, 1.0, [0, 0.25, 0.5, 0.75, 1]),
        (0.96, 1.0, [0, 0.5, 1.0]),
        (7.3, 8.0, [0, 2, 4, 6, 8]),
        (83.0, 100.0, [0, 25, 50, 75, 100]),
        (float("nan"), 1.0, [0, 0.25, 0.5, 0.75, 1]),
    ],
)
def test_an_axis_ends_on_a_round_tick_above_the_highest_value(highest: float, top: float, ticks: list[float]) -> None:
    assert figure.ticks_to(highest) == (top, ticks)


@pytest.mark.parametrize("highest", np.geomspace(1e-6, 1e9, 60))
def test_no_value_is_cut_off_and_ticks_are_few(highest: float) -> None:
    top, ticks = figure.ticks_to(float(highest))
    assert highest <= top <= 2.6 * highest
    assert 3 <= len(ticks) <= 6
    assert ticks[-1] == pytest.approx(top)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2.00\u00a0s", "2\u00a0s"),
        ("75.0/s", "75/s"),
        ("100\u00a0ms", "100\u00a0ms"),
        ("0.50\u00a0%", "0.5\u00a0%"),
        ("1.05k/s", "1.05k/s"),
        ("20/s", "20/s"),
    ],
)
def test_ticks_have_no_digits_that_say_nothing(text: str, shown: str) -> None:
    assert figure.plain(text) == shown


def test_a_gap_stays_a_gap_and_times_are_epoch_milliseconds() -> None:
    index = pd.date_range("2025-10-09T10:00Z", periods=4, freq="15s")
    trace = figure.line(pd.Series([1.0, np.nan, 3.0, 4.0], index), "p99", "$p99", shift=1000)
    assert (trace["x0"], trace["dx"]) == (1_760_004_001_000.0, 15_000.0)
    values = np.frombuffer(base64.b64decode(trace["y"]["bdata"]), "<f4")
    assert values.tolist()[::2] == [1.0, 3.0]
    assert np.isnan(values[1])
    assert trace["connectgaps"] is False


def test_a_hostile_resource_is_text() -> None:
    chart = {"layout": figure.layout(AXIS, top=1, ticks=[0, 1], texts=["0", "1"])}
    figure.labels(chart, AXIS, [('<a href="javascript:alert(1)">', 0.5, "50 %", "$cpu")], 1.0)
    text = chart["layout"]["annotations"][-1]["text"]
    assert "<a" not in text
    assert "&lt;a href" in text


def test_a_piece_of_the_past_has_no_mark_at_its_end() -> None:
    past = figure.layout(Axis(0.0, 1.0, mark=""), top=1, ticks=[0, 1], texts=["0", "1"])
    assert (past["shapes"], past["annotations"]) == ([], [])
    assert figure.layout(AXIS, top=1, ticks=[0, 1], texts=["0", "1"])["annotations"][0]["text"] == "now"
