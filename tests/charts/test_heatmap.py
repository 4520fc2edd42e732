"""The latency distribution: the source's buckets, absolute columns of time, the last hour beside them."""

import numpy as np
import pandas as pd
import pytest

from dashboard import frames
from dashboard.charts import heatmap
from dashboard.charts.figure import Axis
from dashboard.timerange import DAY, HOUR, Grid
from dashboard.ui.text import units

BOUNDS = ("0.1", "0.5", "1", "inf")
END = 1_760_000_400 // 900 * 900


def cumulative(grid: Grid, per_bucket: list[np.ndarray]) -> pd.DataFrame:
    """One service's latency buckets from requests per second in each bucket."""
    total = np.cumsum(per_bucket, axis=0)
    values = {("s", "latency", name): row for name, row in zip(BOUNDS, total, strict=True)}
    return frames.of_service(frames.samples(values, grid), "s")


@pytest.fixture
def grid() -> Grid:
    return Grid.ending(END, span=HOUR, step=15)


@pytest.mark.parametrize(
    ("span", "step", "width"),
    [(900, 15, 15), (HOUR, 15, 60), (DAY, 240, 3600), (DAY, 300, 900), (30 * DAY, 7200, 28800)],
)
def test_columns_are_multiples_of_the_step_and_at_most_96(span: int, step: int, width: int) -> None:
    column = heatmap.width_for(span, step)
    assert column % step == 0
    assert span / column <= 96
    assert column == width


def test_each_column_holds_its_requests_once(grid: Grid) -> None:
    requests = [np.full(len(grid), rate) for rate in (8.0, 1.0, 0.5, 0.5)]
    counted = heatmap.distribution(cumulative(grid, requests), 15)
    assert counted is not None
    assert counted.width == 60
    assert counted.start % 60 == 0
    np.testing.assert_allclose(counted.shares, np.tile([[0.8], [0.1], [0.05], [0.05]], counted.counts.shape[1]))
    np.testing.assert_allclose(counted.counts.sum(), 10.0 * len(grid))


def test_the_same_column_is_the_same_wherever_the_window_begins(grid: Grid) -> None:
    seed = np.random.default_rng(3)
    samples = cumulative(grid, list(seed.random((4, len(grid)))))
    whole, later = heatmap.distribution(samples, 15), heatmap.distribution(samples.iloc[40:], 15)
    assert whole is not None
    assert later is not None
    assert (later.width, later.start % later.width) == (whole.width if later.width == whole.width else 30, 0)


def test_without_requests_there_is_no_picture(grid: Grid) -> None:
    nothing = cumulative(grid, [np.zeros(len(grid))] * 4)
    axis = Axis(grid.start * 1000.0, grid.end * 1000.0)
    assert heatmap.latency_heatmap(nothing, axis, step=15, before=None, limit=0.5, write=units.latency) is None
    assert heatmap.newest_hour(nothing, 15) is None


def test_a_gap_is_empty_and_not_fast(grid: Grid) -> None:
    rates = np.full(len(grid), 5.0)
    rates[100:140] = np.nan
    counted = heatmap.distribution(cumulative(grid, [rates, rates * 0, rates * 0, rates * 0]), 15)
    assert counted is not None
    empty = np.isnan(counted.shares).all(axis=0)
    assert empty.sum() in (9, 10)
    assert not empty[:20].any()


def test_what_is_slower_than_the_limit_wears_another_colour(grid: Grid) -> None:
    requests = [np.full(len(grid), rate) for rate in (8.0, 1.0, 0.5, 0.5)]
    axis = Axis(grid.start * 1000.0, grid.end * 1000.0)
    figure = heatmap.latency_heatmap(
        cumulative(grid, requests), axis, step=15, before=None, limit=0.5, write=units.latency
    )
    assert figure is not None
    assert [trace["name"] for trace in figure["data"]] == ["heat", "late"]
    assert figure["layout"]["yaxis"]["ticktext"] == [
        f"100{units.NBSP}ms",
        f"500{units.NBSP}ms",
        f"1{units.NBSP}s",
        "slower",
    ]
    line = next(shape for shape in figure["layout"]["shapes"] if shape.get("y0") == shape.get("y1") == 2.0)
    assert line["line"]["dash"]
    texts = [note["text"] for note in figure["layout"]["annotations"]]
    assert f"slow above 500{units.NBSP}ms" in texts
    assert [text for text in texts if "%" in text] == [f"{n}{units.NBSP}%" for n in ("80", "10", "5.0", "5.0")]


def test_the_compared_hour_is_a_tick_beside_the_bar(grid: Grid) -> None:
    now = cumulative(grid, [np.full(len(grid), rate) for rate in (5.0, 5.0, 0.0, 0.0)])
    then = cumulative(grid, [np.full(len(grid), rate) for rate in (10.0, 0.0, 0.0, 0.0)])
    axis = Axis(grid.start * 1000.0, grid.end * 1000.0)
    figure = heatmap.latency_heatmap(now, axis, step=15, before=then, limit=None, write=units.latency)
    assert figure is not None
    ticks = [shape for shape in figure["layout"]["shapes"] if shape.get("fillcolor") == "$crosshair"]
    assert len(ticks) == 1
    assert ticks[0]["x0"] == heatmap.GAP + heatmap.BAR
