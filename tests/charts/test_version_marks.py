"""Begins of versions as data: within the axis, named, and as text."""

import pytest

from dashboard.charts.figure import Axis, Figure
from dashboard.charts.version_marks import draw_versions

AXIS = Axis(1_000_000.0, 2_000_000.0)


def drawn(*versions: tuple[float, str]) -> Figure:
    figure: Figure = {"layout": {"shapes": [], "annotations": []}}
    draw_versions(figure, AXIS, versions)
    return figure


def test_a_version_has_a_line_and_a_name_left_of_it() -> None:
    layout = drawn((1500.0, "4.1.7"))["layout"]
    line, triangle = layout["shapes"]
    assert (line["x0"], line["x1"], triangle["xanchor"]) == (1_500_000.0,) * 3
    (name,) = layout["annotations"]
    assert (name["text"], name["name"], name["xanchor"]) == ("version 4.1.7", "rail", "right")


@pytest.mark.parametrize("at", [1000.0, 2000.1])
def test_what_began_before_or_after_the_span_is_left_out(at: float) -> None:
    assert drawn((at, "4.1.7"))["layout"] == {"shapes": [], "annotations": []}


def test_a_name_is_text_and_short() -> None:
    first, second = drawn((1500.0, "<b>1</b>"), (1600.0, "0123456789abcdef0"))["layout"]["annotations"]
    assert first["text"] == "version &lt;b&gt;1&lt;/b&gt;"
    assert second["text"] == "version 0123456789abcde…"
