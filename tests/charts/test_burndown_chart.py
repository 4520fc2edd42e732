"""The burndown as data: its curve, its perfect burn, its bands and labels, and no forecast without one."""

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.charts.burndown_chart import burndown_figure, scale
from dashboard.charts.burndown_labels import BurndownText
from dashboard.charts.figure import Figure
from dashboard.slo.burndown import Burndown
from dashboard.slo.objective import Method
from dashboard.slo.timeline import Stretch
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import units
from tests.slo.test_burndown import MONTH, NOW, SLO, judged, story

BURST = (20 * DAY, 20 * DAY - 3 * HOUR, 0.04)


def text(**more: object) -> BurndownText:
    day = "{:.0f}".format
    return replace(BurndownText(units.percent, day, units.duration, "now", "31 % left"), **more)  # type: ignore[arg-type]


def drawn(part: Burndown, **more: object) -> Figure:
    figure = burndown_figure(part, text(**more))
    json.dumps(figure, allow_nan=False)
    return figure


def values(trace: Figure) -> np.ndarray:
    return np.frombuffer(base64.b64decode(trace["y"]["bdata"]), "<f4")


def named(figure: Figure, name: str) -> list[Figure]:
    return [trace for trace in figure["data"] if trace["name"] == name]


def texts(figure: Figure) -> list[str]:
    """Each line of what is written, without its marks."""
    lines = [line for note in figure["layout"]["annotations"] for line in note["text"].split("<br>")]
    return [re.sub(r"<[^>]*>", "", line) for line in lines]


def test_the_curve_runs_from_all_to_what_is_left_between_the_window_s_ends() -> None:
    report, ledger_view = judged(bursts=[BURST])
    figure = drawn(story(report, ledger_view))
    (left,) = named(figure, "left")
    y = values(left)
    assert y[0] == 1
    assert y[-1] == pytest.approx(report.remaining)
    assert left["x0"] == report.start * 1000
    assert left["x0"] + left["dx"] * (len(y) - 1) == pytest.approx(report.at * 1000)
    assert left["connectgaps"] is False


def test_the_perfect_burn_ends_at_now_of_a_rolling_window_and_at_the_end_of_a_period() -> None:
    for report, ledger_view in (judged(), judged(replace(SLO, window=MONTH))):
        figure = drawn(story(report, ledger_view))
        (pace,) = named(figure, "perfect burn")
        y = values(pace)
        assert (y[0], y[-1]) == (1, 0)
        assert pace["x0"] + pace["dx"] * (len(y) - 1) == pytest.approx(report.end * 1000)
        assert figure["layout"]["xaxis"]["range"][1] == pytest.approx(report.end * 1000)


def test_without_a_forecast_nothing_lies_ahead() -> None:
    figure = drawn(story(*judged()))
    assert [trace["name"] for trace in figure["data"]] == ["left", "perfect burn"]
    assert figure["layout"]["xaxis"]["range"][1] == NOW * 1000


def test_a_forecast_is_a_dotted_line_with_a_cone_that_ends_on_zero_and_says_when() -> None:
    part = story(*judged(bursts=[(2 * HOUR, 0, 0.02)]))
    assert part.projection is not None
    figure = drawn(part, outcome=("used up about 1 Dec", "30 Nov – 2 Dec", "at 1.2–1.4×"))
    (middle,) = named(figure, "at this rate")
    assert middle["line"]["dash"] == "dot"
    assert values(middle)[-1] == pytest.approx(0, abs=1e-6)
    assert middle["x0"] == NOW * 1000
    assert [trace["fill"] for trace in named(figure, "interval")] == ["none", "tonexty"]
    assert {"used up about 1 Dec", "30 Nov – 2 Dec", "at 1.2–1.4×"} <= set(texts(figure))
    bars = [shape for shape in figure["layout"]["shapes"] if shape["line"].get("width") == 4]
    earliest, latest = part.projection.earliest, part.projection.latest
    assert earliest is not None
    assert latest is not None
    assert [(bar["x0"], bar["x1"]) for bar in bars] == [(earliest * 1000, latest * 1000)]


def test_an_interval_of_which_one_end_never_comes_goes_on_to_the_end_of_the_axis() -> None:
    part = story(*judged(bursts=[(2 * HOUR, 0, 0.02)]))
    assert part.projection is not None
    figure = drawn(replace(part, projection=replace(part.projection, latest=None)))
    (bar,) = [shape for shape in figure["layout"]["shapes"] if shape["line"].get("width") == 4]
    assert bar["x1"] == figure["layout"]["xaxis"]["range"][1]


def test_what_took_most_is_labelled_with_its_share_and_time() -> None:
    part = story(*judged(bursts=[BURST]))
    (episode,) = part.episodes
    figure = drawn(part)
    (head,) = [note["text"] for note in figure["layout"]["annotations"] if "$amber" in note["text"]]
    assert head.startswith(f'<b style="color:$amber">{units.percent(-episode.share)}</b>')
    assert f"{episode.start:.0f}, 3{units.NBSP}h" in texts(figure)
    bands = [shape for shape in figure["layout"]["shapes"] if shape.get("fillcolor") == "$amber-fill"]
    assert len(bands) == 1


def test_what_goes_on_is_told_by_its_begin() -> None:
    figure = drawn(story(*judged(bursts=[(4 * HOUR, 0, 0.05)])))
    assert any(line.startswith("since ") for line in texts(figure))


def test_gaps_and_maintenance_are_bands_and_wide_ones_have_their_name() -> None:
    part = story(*judged(gaps=[(20 * DAY, 10 * DAY), (2 * DAY, 2 * DAY - 3 * HOUR)]))
    part = replace(part, maintenance=(Stretch(NOW - 9 * DAY, NOW - 4 * DAY, "<b>move</b>"),))
    figure = drawn(part)
    assert len([shape for shape in figure["layout"]["shapes"] if shape.get("fillcolor") == "$grey"]) == 3
    assert texts(figure).count("no data") == 1
    assert "&lt;b&gt;move&lt;/b&gt;" in texts(figure), "what somebody wrote is text"
    assert np.isnan(values(figure["data"][0])).sum() > 200


def test_a_young_objective_fills_the_picture() -> None:
    part = story(*judged(gaps=[(31 * DAY, 90 * 60)], share=0.0005))
    figure = drawn(part)
    begin, end = figure["layout"]["xaxis"]["range"]
    assert end == NOW * 1000
    assert begin == pytest.approx((NOW - 90 * 60 * 1.15) * 1000)
    (pace,) = named(figure, "perfect burn")
    assert pace["x0"] == begin
    assert values(pace)[0] == pytest.approx(90 * 60 * 1.15 / (30 * DAY))
    assert "no data" in texts(figure)


def test_the_scale_reaches_below_zero_as_far_as_the_budget_is_overspent() -> None:
    part = story(*judged(share=0.0035))
    figure = drawn(part)
    low, high = figure["layout"]["yaxis"]["range"]
    assert low < -2.5
    assert high > 1
    ticks = figure["layout"]["yaxis"]["tickvals"]
    assert 0 in ticks
    assert len(ticks) <= 8
    assert all(low <= tick <= high for tick in ticks)
    assert "overspent" in texts(figure)


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.0009, 0.0011, 0.004, 0.1, 1.0])
def test_the_lowest_value_and_the_zero_line_are_in_sight(share: float) -> None:
    part = story(*judged(share=share))
    low, ticks = scale(part)
    assert low <= min(-0.1, float(part.left.values.min()))
    assert {0.0} <= set(ticks)
    assert 3 <= len(ticks) <= 9


def test_slices_of_a_period_share_its_axis() -> None:
    slices = replace(SLO, window=MONTH, method=Method.TIMESLICES, slice_s=300, slice_target=0.99)
    report, ledger_view = judged(slices)
    figure = drawn(story(report, ledger_view))
    assert values(figure["data"][0])[-1] == pytest.approx(report.remaining)


def test_what_is_left_goes_before_how_it_ends_and_what_took_most() -> None:
    part = story(*judged(bursts=[BURST, (2 * HOUR, 0, 0.02)]))
    figure = drawn(part, outcome=("used up about 1 Dec",))
    assert texts(figure)[:2] == ["31 % left", "used up about 1 Dec"], "what comes later gives way"
    shares = [text for text in texts(figure) if text.startswith("−")]
    assert shares == [units.percent(-episode.share) for episode in sorted(part.episodes, key=lambda each: -each.share)]
