"""Charts without scripts: what they show stays in place, in words, and harmless."""

import re
from urllib.parse import unquote

import numpy as np
import pytest

from dashboard.charts.light_chart import LightAxis, LightChart, Mark, light_charts
from dashboard.timerange import DAY, HOUR

NOW = 1_760_000_000.0


def axis(span: float = HOUR, zone: str = "UTC", **how: float) -> LightAxis:
    return LightAxis(NOW - span, NOW, zone, **how)


def chart(**changes: object) -> LightChart:
    values = {
        "title": "Errors",
        "value": "2 %",
        "values": np.array([0.0, 0.01, 0.02]),
        "top": 0.04,
        "name": "Errors 2 %",
    }
    return LightChart(**{**values, **changes})  # type: ignore[arg-type]


def times(html: str) -> list[tuple[float, str]]:
    within = html.partition('<div class="x"')[2]
    return [(float(left), label) for left, label in re.findall(r'left:([\d.]+)%">([^<]+)<', within)]


def test_the_part_since_it_began_is_cut_where_it_began() -> None:
    html = light_charts([chart(is_over=True)], axis(since=NOW - 0.25 * HOUR))
    assert 'class="l over" style="--l:url(data:image/svg+xml,' in html
    assert "--s:75.0%;width:100.0%" in html
    # What began before the axis is all of it, and what will begin none of it.
    assert "--s:0.0%" in light_charts([chart()], axis(since=NOW - 2 * HOUR))
    assert "--s:100.0%" in light_charts([chart()], axis())


def test_a_gap_stays_a_gap_and_nothing_measured_says_so() -> None:
    gap = light_charts([chart(values=np.array([0.1, np.nan, 0.2, 0.3]))], axis())
    assert unquote(gap).count("M") >= 2
    assert "no data" in light_charts([chart(values=np.full(3, np.nan))], axis())
    assert light_charts([], axis()) == ""


@pytest.mark.parametrize(("span", "zone", "first"), [
    (HOUR, "UTC", "08:00"), (HOUR, "Asia/Kolkata", "13:30"), (30 * HOUR, "UTC", "06:00"), (20 * DAY, "UTC", "25 Sep"),
])  # fmt: skip
def test_times_are_round_in_the_time_zone_of_the_page(span: float, zone: str, first: str) -> None:
    html = light_charts([chart()], axis(span, zone))
    moments = times(html)
    assert moments[0][1] == first
    assert 1 <= len(moments) <= 6
    assert all(0 < left < 93 for left, _ in moments)
    # On a phone those next to the end would lie on its label.
    near = re.findall(r'<span class=n style="left:([\d.]+)%', html)
    assert [float(left) for left in near] == [left for left, _ in moments if left > 80]


def test_limits_and_marks_are_named_where_there_is_room() -> None:
    limits = ((0.001, "objective"), (0.003, "alerts"), (0.038, "top"), (0.5, "far"))
    marks = [Mark(NOW - 3000, "deploy 1"), Mark(NOW - 300, "deploy <2>"), Mark(NOW - 2 * DAY, "long ago")]
    html = light_charts([chart(limits=limits), chart()], axis(), marks)
    assert "<span>objective</span>" in html
    assert "alerts" not in html, "it would lie on the other label"
    assert '<span class="u">top</span>' in html, "above it is the head"
    assert "far" not in html
    # The most likely change alone has its label, on the first chart, left of its line where that is near the end.
    assert html.count('<span class="r">deploy &lt;2&gt;</span>') == 1
    assert "long ago" not in html
    assert html.count("<q ") == 4


def test_what_is_expected_goes_on_from_now() -> None:
    ahead = LightAxis(NOW - HOUR, NOW + 3 * HOUR, "UTC", now=NOW)
    html = light_charts([chart(ahead=np.array([0.02, 0.04]))], ahead)
    assert "width:25.0%" in html
    assert 'class="d"' in html
    assert "left:25.0%" in html
