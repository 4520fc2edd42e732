"""The four signals as figures: what is drawn, what is left out, and never an axis without data."""

import base64
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from dashboard import frames
from dashboard.charts import signal_charts
from dashboard.charts.figure import Axis, Figure
from dashboard.charts.resource_looks import resource_looks
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
        name = trace["name"]
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


def drawn(figure: Figure, name: str) -> np.ndarray:
    (trace,) = [trace for trace in figure["data"] if trace["name"] == name]
    return np.frombuffer(base64.b64decode(trace["y"]["bdata"]), "<f4")


def test_errors_that_are_judged_are_stacked_server_on_the_baseline() -> None:
    figure = failing(FULL)
    assert figure is not None
    assert [(trace["name"], trace.get("stackgroup")) for trace in figure["data"]] == [
        ("server", "one"), ("too slow", "one"), ("client", None),
    ]  # fmt: skip


@pytest.mark.parametrize("share", [0.02, 0.2, 9.9])
def test_client_errors_never_reach_the_line_that_they_are_not_judged_by(share: float) -> None:
    figure = failing(samples(requests=10, errors__server=0.001, errors__client=share))
    assert figure is not None
    client, axis = drawn(figure, "client"), figure["layout"]["yaxis"]
    assert client.max() < 0
    assert axis["range"][0] <= client.min()
    assert figure["data"][-1]["meta"]["scale"] * share / 10 == pytest.approx(client[0], rel=1e-5)
    (end,) = [note for note in figure["layout"]["annotations"] if ">client<" in note["text"]]
    assert f"<b>{units.percent(share / 10)}</b>" in end["text"]
    assert axis["ticktext"][0].startswith("↓ ")


def test_without_errors_of_clients_there_is_no_room_for_them() -> None:
    figure = failing(samples(requests=10, errors__server=0.05, errors__client=0))
    assert figure is not None
    assert figure["layout"]["yaxis"]["range"][0] == 0
    assert not any(text.startswith("↓") for text in figure["layout"]["yaxis"]["ticktext"])
    assert drawn(figure, "client").tolist() == [0.0] * len(GRID)


def test_how_many_errors_clients_make_does_not_change_the_scale_of_the_others() -> None:
    few, many = (failing(samples(requests=10, errors__server=0.05, errors__client=client)) for client in (0.01, 9))
    assert few is not None
    assert many is not None
    assert few["layout"]["yaxis"]["range"] == many["layout"]["yaxis"]["range"]


def test_of_client_errors_alone_there_is_nothing_that_they_could_be_taken_for() -> None:
    figure = failing(samples(requests=10, errors__client=1))
    assert figure is not None
    assert figure["layout"]["yaxis"]["range"][0] == 0


def test_a_few_slow_failures_do_not_flatten_the_others() -> None:
    calm = {"requests": 100.0, "latency__0_1": 99.0, "latency__0_5": 99.5, "latency__60": 99.6, "latency__inf": 99.6}
    slow = {"failed_latency__0_1": 0.0, "failed_latency__0_5": 0.0, "failed_latency__60": 2.0}
    figure = latency(samples(**calm, **slow, failed_latency__inf=2.0))
    assert figure is not None
    assert drawn(figure, "failed p95").max() > 50
    assert figure["layout"]["yaxis"]["range"][1] <= 1
    (end,) = [note for note in figure["layout"]["annotations"] if ">failed p95<" in note["text"]]
    assert end["y"] == figure["layout"]["yaxis"]["range"][1]
    assert "<b>↑ 57" in end["text"], "what lies beyond the axis says so, with its value"


def test_a_percentile_of_fewer_failures_than_it_needs_is_not_drawn() -> None:
    calm = {"requests": 100.0, "latency__0_1": 99.0, "latency__inf": 99.6}
    frame = samples(**calm, failed_latency__60=1.0, failed_latency__inf=1.0)
    step_s = (frame.index[1] - frame.index[0]).total_seconds()
    for failures, is_drawn in ((19, False), (20, True)):
        frame[[("failed_latency", "60"), ("failed_latency", "inf")]] = failures / step_s
        figure = latency(frame)
        assert figure is not None
        assert ("failed p95" in [trace["name"] for trace in figure["data"]]) is is_drawn


def test_a_resource_keeps_its_colour_whichever_is_the_fullest_and_whichever_is_missing() -> None:
    every = {"saturation__cpu": 0.4, "saturation__pool": 0.5, "saturation__disk": 0.3, "saturation__threads": 0.1}
    looks = []
    for part in (every, {**every, "saturation__cpu": 0.9, "saturation__pool": 0.1}, {"saturation__threads": 0.7}):
        figure = signal_charts.saturation_figure(
            samples(**part), AXIS, names=["cpu", "pool", "disk", "threads"], write=units.percent
        )
        assert figure is not None
        looks.append({trace["name"]: (trace["line"]["color"], trace["line"]["dash"]) for trace in figure["data"]})
    assert looks[0] == looks[1]
    assert looks[2].items() <= looks[0].items()
    assert len(set(looks[0].values())) == 4


def test_of_very_many_resources_the_fullest_are_drawn_and_no_two_look_alike() -> None:
    looks = resource_looks(["cpu", "memory", *(f"pool{number}" for number in range(12))])
    assert len(set(looks.values())) == 14
    every = {f"saturation__pool{number}": number / 20 for number in range(12)}
    figure = used(samples(**every))
    assert figure is not None
    assert [trace["name"] for trace in figure["data"]] == [f"pool{number}" for number in range(11, 3, -1)]


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


def test_a_series_that_has_stopped_keeps_its_name_but_no_value_of_hours_ago() -> None:
    part = samples(requests=10, mean=0.12)
    stopped, late = (latency(part.iloc[:-rows].reindex(part.index)) for rows in (20, 2))
    assert stopped is not None
    assert late is not None
    assert [note["text"] for note in stopped["layout"]["annotations"]][-1].endswith(">mean</span> <b>–</b>")
    assert [note["text"] for note in late["layout"]["annotations"]][-1].endswith(f"<b>120{units.NBSP}ms</b>")
