"""The four signals as figures: what is drawn, what is left out, and never an axis without data."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from dashboard import frames
from dashboard.charts import signal_charts
from dashboard.charts.figure import Axis, Figure
from dashboard.charts.signal_charts import Comparison
from dashboard.timerange import Grid
from dashboard.ui.text import units

GRID = Grid.ending(1_760_000_400, span=3600, step=15)
AXIS = Axis((GRID.start - GRID.step) * 1000.0, GRID.end * 1000.0)


def samples(**rows: float) -> pd.DataFrame:
    """One service; `errors_server=1` is the column ("errors", "server")."""
    values = {}
    for name, value in rows.items():
        measure, _, detail = name.partition("__")
        values[("s", measure, detail.replace("_", "."))] = np.full(len(GRID), value)
    return frames.of_service(frames.samples(values, GRID), "s")


FULL = samples(requests=10, errors__server=1, errors__client=2, latency__0_1=8, latency__0_5=9, latency__inf=9,
               saturation__cpu=0.4, saturation__pool=1.2)  # fmt: skip


def rate(part: pd.DataFrame) -> Figure | None:
    return signal_charts.traffic_figure(part, AXIS, compared=None, write=units.rate)


def failing(part: pd.DataFrame) -> Figure | None:
    return signal_charts.errors_figure(part, AXIS, limit=0.1, allowed=0.001, write=units.percent)


def used(part: pd.DataFrame) -> Figure | None:
    return signal_charts.saturation_figure(part, AXIS, write=units.percent)


def latency(part: pd.DataFrame) -> Figure | None:
    return signal_charts.latency_figure(part, AXIS, compared=None, limit=0.5, objective=0.99, write=units.latency)


@pytest.mark.parametrize("draw", [rate, failing, used, latency])
@pytest.mark.parametrize("part", [samples(), FULL * np.nan], ids=["no columns", "no values"])
def test_without_data_nothing_is_drawn(draw: Callable[[pd.DataFrame], Figure | None], part: pd.DataFrame) -> None:
    assert draw(part) is None


@pytest.mark.parametrize("draw", [rate, failing, used, latency])
def test_every_axis_has_units_and_every_line_its_name_and_value(
    draw: Callable[[pd.DataFrame], Figure | None],
) -> None:
    figure = draw(FULL)
    assert figure is not None
    assert all(text[-1] in "%s" for text in figure["layout"]["yaxis"]["ticktext"])
    texts = [note["text"] for note in figure["layout"]["annotations"]]
    for trace in figure["data"]:
        name = "now" if trace["name"] == "traffic" else trace["name"]
        assert any(f">{name}</span> <b>" in text for text in texts), (name, texts)


def test_each_quantile_has_its_colour_and_the_slowest_is_the_widest() -> None:
    figure = latency(FULL)
    assert figure is not None
    lines = [(trace["name"], trace["line"]["color"], trace["line"]["width"]) for trace in figure["data"]]
    assert lines == [("p99", "$p99", 2), ("p95", "$p95", 1.5), ("p50", "$p50", 1.5)]


def test_the_slo_is_drawn_on_its_signal_with_its_meaning() -> None:
    figure = latency(FULL)
    assert figure is not None
    assert f"SLO: 99 % under 500{units.NBSP}ms" in [note["text"] for note in figure["layout"]["annotations"]]
    assert any(shape.get("y0") == shape.get("y1") == 0.5 for shape in figure["layout"]["shapes"])
    errors = failing(FULL)
    assert errors is not None
    assert f"SLO: server ≤ 0.1{units.NBSP}%" in [note["text"] for note in errors["layout"]["annotations"]]


def test_errors_are_stacked_by_class_server_on_the_baseline() -> None:
    figure = failing(FULL)
    assert figure is not None
    assert [trace["name"] for trace in figure["data"]] == ["server", "too slow", "client"]
    assert {trace["stackgroup"] for trace in figure["data"]} == {"one"}


def test_a_resource_beyond_its_limit_is_not_cut_off() -> None:
    figure = used(FULL)
    assert figure is not None
    assert figure["layout"]["yaxis"]["range"][1] >= 1.2
    assert figure["data"][0]["name"] == "pool", "the fullest first"


def test_the_compared_period_lies_under_the_shown_one() -> None:
    compared = Comparison(samples(requests=40), 86_400_000.0, "yesterday")
    figure = signal_charts.traffic_figure(FULL, AXIS, compared=compared, write=units.rate)
    assert figure is not None
    assert [trace["name"] for trace in figure["data"]] == ["yesterday", "traffic"]
    assert figure["data"][0]["x0"] - figure["data"][1]["x0"] == 86_400_000.0
    assert figure["layout"]["yaxis"]["range"][1] >= 40


def test_a_mean_is_shown_where_there_is_nothing_better() -> None:
    figure = latency(samples(requests=1, mean=0.12))
    assert figure is not None
    assert [trace["name"] for trace in figure["data"]] == ["mean"]
