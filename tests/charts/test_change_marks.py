"""Changes as data: within the axis, named, as text, and folded where they are dense."""

import pytest

from dashboard.charts.change_marks import LISTED, MARKED, ChangeMark, draw_changes, folded
from dashboard.charts.figure import Axis, Figure

AXIS = Axis(1_000_000.0, 2_000_000.0)


def drawn(*marks: ChangeMark) -> Figure:
    figure: Figure = {"layout": {"shapes": [], "annotations": []}}
    draw_changes(figure, AXIS, marks)
    return figure


def test_a_deploy_has_a_line_and_a_name_left_of_it() -> None:
    layout = drawn(ChangeMark(1500.0, "deploy v42"))["layout"]
    line, triangle = layout["shapes"]
    assert (line["x0"], line["x1"], triangle["xanchor"]) == (1_500_000.0,) * 3
    assert "dash" not in line["line"]
    (name,) = layout["annotations"]
    assert (name["changes"], name["count"]) == ([[1_500_000.0, "deploy v42"]], 1)
    assert (name["text"], name["name"], name["xanchor"]) == ("deploy v42", "rail", "right")
    assert drawn(ChangeMark(1500.0, "flag", is_deploy=False))["layout"]["shapes"][0]["line"]["dash"] == "dot"


def test_names_of_deploys_have_room_before_those_of_all_else() -> None:
    marks = (
        ChangeMark(1300.0, "flag", is_deploy=False),
        ChangeMark(1500.0, "deploy v42"),
        ChangeMark(1600.0, "rollback"),
    )
    layout = drawn(*marks)["layout"]
    assert [note["text"] for note in layout["annotations"]] == ["deploy v42", "rollback", "flag"]
    assert [shape["x0"] for shape in layout["shapes"][::2]] == [1_300_000.0, 1_500_000.0, 1_600_000.0]


@pytest.mark.parametrize("at", [1000.0, 2000.1])
def test_what_was_before_or_after_the_span_is_left_out(at: float) -> None:
    assert drawn(ChangeMark(at, "deploy v42"))["layout"] == {"shapes": [], "annotations": []}


def test_a_name_is_text_and_short() -> None:
    marks = ChangeMark(1500.0, "deploy <b>1</b>"), ChangeMark(1600.0, "deploy 0123456789abcdef01")
    first, second = drawn(*marks)["layout"]["annotations"]
    assert first["text"] == "deploy &lt;b&gt;1&lt;/b&gt;"
    assert second["text"] == "deploy 0123456789abcdef…"


def test_what_lies_together_has_one_line_named_by_its_last_deploy() -> None:
    marks = [
        ChangeMark(1503.0, "flag pay", is_deploy=False),
        ChangeMark(1500.0, "deploy 41"),
        ChangeMark(1502.0, "deploy 42"),
    ]
    (mark,) = folded(AXIS, marks)
    assert (mark.at, mark.label, mark.is_deploy) == (1502.0, "deploy 42 and 2 more", True)
    (name,) = drawn(*marks)["layout"]["annotations"]
    assert name["changes"] == [[1_500_000.0, "deploy 41"], [1_502_000.0, "deploy 42"], [1_503_000.0, "flag pay"]]
    assert name["count"] == 3
    assert [mark.label for mark in folded(AXIS, [*marks, ChangeMark(1700.0, "deploy 43")])] == [
        "deploy 42 and 2 more",
        "deploy 43",
    ]


@pytest.mark.parametrize("count", [MARKED, MARKED + 1, 500])
def test_there_are_never_more_lines_than_can_be_told_apart(count: int) -> None:
    marks = [ChangeMark(1001.0 + 998.0 * number / count, f"deploy {number}") for number in range(count)]
    lines = folded(AXIS, marks)
    assert len(lines) <= MARKED
    assert len(lines) == count or count > MARKED
    # None is lost.
    assert sum(1 + line.more for line in lines) == count
    notes = drawn(*marks)["layout"]["annotations"]
    assert sum(note["count"] for note in notes) == count
    assert all(len(note["changes"]) == min(note["count"], LISTED) for note in notes)
