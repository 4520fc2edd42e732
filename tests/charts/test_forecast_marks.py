"""What lies ahead, as data: nothing beyond the axis, nothing without room for it."""

import base64

import numpy as np

from dashboard.charts.figure import Axis, Figure, layout
from dashboard.charts.forecast_marks import SaturationPath, TrafficPath, draw_expected_traffic, draw_saturation

START, HOUR = 1_760_000_000.0, 3600.0
PATH = np.linspace(0.5, 1.2, 25)


def drawn(*, ahead_h: float, full_h: float = 12.0) -> Figure:
    axis = Axis((START - HOUR) * 1000, START * 1000, ahead=ahead_h * HOUR * 1000)
    figure: Figure = {"data": [], "layout": layout(axis, top=1.0, ticks=[0, 1], texts=["0", "1"])}
    full = START + full_h * HOUR
    way = SaturationPath(START, HOUR, "pool", PATH, PATH - 0.1, PATH + 0.1, full, full - HOUR, None, "red", "full")
    draw_saturation(figure, axis, way)
    return figure


def parts(figure: Figure) -> list[str]:
    return [trace["meta"]["part"] for trace in figure["data"]]


def test_a_resource_that_fills_up_has_its_cone_its_way_and_its_end() -> None:
    figure = drawn(ahead_h=24)
    assert parts(figure) == ["low", "high", "ahead", "full"]
    assert figure["layout"]["annotations"][-1]["text"] == "full"
    assert figure["layout"]["shapes"][-1]["x1"] == (START + 24 * HOUR) * 1000, "a late end far away is cut"


def test_an_end_beyond_the_axis_is_not_drawn() -> None:
    assert parts(drawn(ahead_h=6)) == ["low", "high", "ahead"]


def test_without_room_ahead_nothing_is_drawn() -> None:
    assert parts(drawn(ahead_h=0)) == []


def test_what_is_usual_is_drawn_only_where_there_is_room() -> None:
    path = TrafficPath(START, HOUR, np.full(25, 2.0), np.ones(25), np.full(25, 3.0))
    for ahead, many in ((0.0, []), (6 * HOUR * 1000, ["low", "high", "ahead"])):
        figure: Figure = {"data": []}
        shown = path.until(Axis((START - HOUR) * 1000, START * 1000, ahead=ahead))
        if shown is not None:
            draw_expected_traffic(figure, shown)
        assert parts(figure) == many
    # The crosshair tells both ends as one entry.
    names = [trace["name"] for trace in figure["data"]]
    assert names == ["forecast of traffic", "forecast of traffic", "usual traffic"]
    assert {len(base64.b64decode(trace["y"]["bdata"])) // 4 for trace in figure["data"]} == {7}
