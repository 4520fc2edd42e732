"""The band and what lies outside, as data; hints are weaker than what was tested."""

import base64

import numpy as np

from dashboard.charts.anomaly_marks import Band, Mark, draw_band, draw_marks
from dashboard.charts.figure import Axis, Figure, layout

START = 1_760_000_000.0
AXIS = Axis(START * 1000, (START + 3600) * 1000)
NAN = float("nan")


def figure() -> Figure:
    return {"data": [{"meta": {"part": "line"}}], "layout": layout(AXIS, top=1.0, ticks=[0, 1], texts=["0", "1"])}


def expected(low: list[float], high: list[float], outside: list[bool]) -> Band:
    value = np.array([0.5, 0.9, 0.4])
    return Band(START, 60.0, value, np.array(low), np.array(high), np.array(outside))


def parts(drawn: Figure) -> list[str]:
    return [trace["meta"]["part"] for trace in drawn["data"]]


def numbers(drawn: Figure, part: str) -> list[float]:
    (trace,) = [trace for trace in drawn["data"] if trace["meta"]["part"] == part]
    return np.frombuffer(base64.b64decode(trace["y"]["bdata"]), dtype=np.float32).tolist()


def test_the_band_lies_under_the_line_and_dots_are_exactly_the_rows_outside() -> None:
    drawn = figure()
    draw_band(drawn, expected([0.2] * 3, [0.6] * 3, [False, True, False]))
    assert parts(drawn) == ["low", "high", "line", "dots"]
    np.testing.assert_allclose(numbers(drawn, "dots"), [NAN, 0.9, NAN], rtol=1e-6)


def test_without_a_row_outside_there_is_no_dot_and_without_a_test_no_band() -> None:
    drawn = figure()
    draw_band(drawn, expected([0.2] * 3, [0.6] * 3, [False] * 3))
    assert parts(drawn) == ["low", "high", "line"]
    drawn = figure()
    draw_band(drawn, expected([NAN] * 3, [NAN] * 3, [False] * 3))
    assert parts(drawn) == ["line"]


def test_an_open_side_ends_at_the_bottom_or_the_top_and_untested_rows_are_gaps() -> None:
    drawn = figure()
    draw_band(drawn, expected([NAN, NAN, 0.1], [0.6, NAN, NAN], [False] * 3), top=1.0)
    np.testing.assert_allclose(numbers(drawn, "low"), [0.0, NAN, 0.1], rtol=1e-6)
    np.testing.assert_allclose(numbers(drawn, "high"), [0.6, NAN, 1.0], rtol=1e-6)


def test_a_hint_is_a_thin_dotted_edge_and_no_area() -> None:
    tested, hinted = figure(), figure()
    before = len(tested["layout"]["shapes"])
    draw_marks(tested, AXIS, [Mark(START, None, "slower than usual")])
    draw_marks(hinted, AXIS, [Mark(START, None, "unusual pattern", hint=True)])
    area, edge = tested["layout"]["shapes"][before:]
    (thin,) = hinted["layout"]["shapes"][before:]
    assert (area["type"], area["x1"]) == ("rect", AXIS.end)
    assert thin["line"]["width"] < edge["line"]["width"]
    assert thin["line"]["dash"] == "dot"
    words = tested["layout"]["annotations"][-1]
    assert (words["text"], words["x"], words["until"]) == ("slower than usual", AXIS.start, AXIS.end)


def test_what_lies_beyond_the_axis_is_cut_or_left_out() -> None:
    drawn = figure()
    before = len(drawn["layout"]["shapes"])
    draw_marks(drawn, AXIS, [Mark(START - 900, START - 60, "gone"), Mark(START - 900, START + 60, "cut")])
    assert {shape["x0"] for shape in drawn["layout"]["shapes"][before:]} == {AXIS.start}
    assert [note["text"] for note in drawn["layout"]["annotations"]][-1] == "cut"
