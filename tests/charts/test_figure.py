"""The frame of a chart: round ticks, labels that do not overlap, text that stays text, times of one kind."""

import base64
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from dashboard.charts import figure
from dashboard.charts.figure import Axis, Figure
from dashboard.ui.text import units

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


@pytest.mark.parametrize("write", [units.latency, units.percent, units.rate])
def test_no_two_ticks_say_the_same_and_each_says_what_it_is(write: Callable[[float | None], str]) -> None:
    for highest in np.geomspace(1e-6, 1e5, 80):
        top, ticks = figure.ticks_to(float(highest))
        texts = figure.tick_texts(ticks, write)
        assert len(set(texts)) == len(texts)
        numbers = [float(re.match(r"[\d.]+", text)[0]) for text in texts]  # type: ignore[index]
        assert np.allclose(np.array(numbers) / numbers[-1], np.array(ticks) / top, rtol=1e-6), (highest, texts)
        assert len({re.sub(r"^[\d.]+", "", text) for text in texts}) == 1, "one unit"


@pytest.mark.parametrize(
    ("highest", "write", "texts"),
    [
        (1.8, units.latency, ["0\u00a0s", "0.5\u00a0s", "1\u00a0s", "1.5\u00a0s", "2\u00a0s"]),
        (0.35, units.latency, ["0\u00a0ms", "100\u00a0ms", "200\u00a0ms", "300\u00a0ms", "400\u00a0ms"]),
        (0.018, units.rate, ["0/s", "0.005/s", "0.01/s", "0.015/s", "0.02/s"]),
        (90.0, units.rate, ["0/s", "25/s", "50/s", "75/s", "100/s"]),
        (0.0007, units.percent, ["0\u00a0%", "0.02\u00a0%", "0.04\u00a0%", "0.06\u00a0%", "0.08\u00a0%"]),
    ],
)
def test_ticks_have_the_digits_that_tell_them_apart(
    highest: float, write: Callable[[float | None], str], texts: list[str]
) -> None:
    assert figure.tick_texts(figure.ticks_to(highest)[1], write) == texts


def test_a_piece_of_the_past_says_its_year() -> None:
    past, now = (figure.layout(Axis(0.0, 1.0, mark=mark), top=1, ticks=[0], texts=["0"]) for mark in ("", "now"))
    assert all("%Y" in stop["value"] for stop in past["xaxis"]["tickformatstops"])
    assert not any("%Y" in stop["value"] for stop in now["xaxis"]["tickformatstops"])


def test_what_is_missing_now_lies_beyond_no_edge() -> None:
    chart: Figure = {"layout": {"annotations": []}}
    figure.labels(chart, AXIS, [("failed p95", 1.5, "–", "$server"), ("p99", 1.5, "1.5 s", "$p99")], 1.0)
    assert [note["text"].partition(" <b>")[2] for note in chart["layout"]["annotations"]] == ["–</b>", "↑ 1.5 s</b>"]
