"""The plot of what was left: lines on one scale, alerts in their lanes, long ones that colour nothing."""

import numpy as np

from dashboard.charts.light_chart import LightAxis
from dashboard.charts.what_if_plot import DEPTH, LOWEST, Bar, BudgetCourse, lowest, plot

AXIS = LightAxis(0.0, 1000.0, "UTC")
TICKS = ["0 %", "50 %", "100 %"]


def course(*values: float, now: np.ndarray | None = None) -> BudgetCourse:
    return BudgetCourse(np.array(values), now, "Budget <left>")


def test_there_is_room_below_zero_and_a_floor() -> None:
    assert lowest(course(0.2, 0.9)) == DEPTH
    assert lowest(course(0.2, -0.5)) == -0.55
    assert lowest(course(0.2, now=np.array([-7.0]))) == LOWEST
    assert lowest(course(np.nan)) == DEPTH


def test_alerts_lie_where_and_as_long_as_they_fired() -> None:
    bars = [
        Bar("page", 100.0, 150.0, True, 'a "page"'),
        Bar("ticket", 200.0, 900.0, False, "a ticket"),
        Bar("page", -50.0, 20.0, True, "from before"),
    ]
    drawn = plot(course(0.5, 0.4), AXIS, bars, TICKS)
    assert 'aria-label="Budget &lt;left&gt;"' in drawn
    assert '<b class="" style="left:min(10.00%,100% - 5px);width:5.00%" title="a &quot;page&quot;">' in drawn
    assert '<b class="lone" style="left:min(20.00%,100% - 5px);width:70.00%" title="a ticket">' in drawn
    assert 'left:min(0.00%,100% - 5px);width:2.00%" title="from before"' in drawn
    assert drawn.count("<s class=") == 2, "what fired for most of the axis would colour all of it"


def test_without_a_line_it_says_why() -> None:
    assert "not enough of its windows is known" in plot(course(np.nan, np.nan), AXIS, [], TICKS)
    both = plot(course(0.5, 0.4, now=np.array([0.9, 0.8])), AXIS, [], TICKS)
    assert 'class="now"' in both
    assert "not enough" not in both
