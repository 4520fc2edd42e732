"""Sparklines as SVG masks: the right places, gaps as gaps, and small enough for a wall of them."""

import re
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest

from dashboard.charts import sparkline

HEIGHT, MARGIN = sparkline.HEIGHT, sparkline.MARGIN


def test_a_line_runs_from_the_bottom_to_the_top() -> None:
    line, area = sparkline.shapes(np.array([0.0, 5.0, 10.0]), 10.0)
    assert line == f"M0,{HEIGHT - MARGIN}l2-122"
    assert area == f"M0,{HEIGHT}V{HEIGHT - MARGIN}l2-122V{HEIGHT}Z"


def test_beside_a_scale_a_value_stands_where_the_scale_has_it() -> None:
    line, _ = sparkline.sparkline(np.array([0.0, 5.0, 10.0]), top=10.0, to_scale=True)
    assert f"M0,{HEIGHT}l2-{HEIGHT}" in unquote(line)


def test_a_gap_stays_a_gap_and_a_lonely_value_is_seen() -> None:
    line, _ = sparkline.shapes(np.array([1.0, np.nan, 1.0, 1.0, np.nan]), 1.0)
    assert line == f"M0,{MARGIN}h.9M2,{MARGIN}l1,0"
    assert sparkline.runs(np.array([np.nan, np.nan])) == []


@pytest.mark.parametrize("values", [[], [np.nan], [0.0, 0.0], [-1.0, 3.0], [7.0], [1.0, np.nan, 1.0]])
def test_odd_values_give_a_picture_that_browsers_read(values: list[float]) -> None:
    top = 0.0 if not any(values) else 2.0
    for uri in (*sparkline.sparkline(np.array(values), top=top), sparkline.shaded(np.array(values), top=top)):
        head, _, body = uri.partition(",")
        assert head == "data:image/svg+xml"
        ElementTree.fromstring(unquote(body))
        assert not set(uri) & set(" \"'()<>\n"), "nothing that would end the url() of a style"


def test_an_hour_of_samples_takes_little_room() -> None:
    noise = np.random.default_rng(1).random(240)
    assert sum(len(uri) for uri in sparkline.sparkline(noise, top=1.0)) < 3000


def test_a_shaded_line_is_one_path_that_is_closed_out_of_sight() -> None:
    picture = unquote(sparkline.shaded(np.array([0.0, 5.0, 10.0]), top=10.0))
    bottom = HEIGHT + 9
    assert f"<path d='M-9,{bottom}V{HEIGHT - MARGIN}L0,{HEIGHT - MARGIN}l2-122h9V{bottom}Z'" in picture
    assert picture.count("<path") == 1


def test_a_shaded_line_keeps_its_gaps() -> None:
    picture = unquote(sparkline.shaded(np.array([1.0, np.nan, 1.0, 1.0]), top=1.0))
    line, area = sparkline.shapes(np.array([1.0, np.nan, 1.0, 1.0]), 1.0)
    assert f"d='{line}'" in picture
    assert f"d='{area}'" in picture


def test_a_shaded_hour_takes_half_the_room_of_two_pictures() -> None:
    noise = np.random.default_rng(1).random(240)
    assert len(sparkline.shaded(noise, top=1.0)) < 0.6 * sum(map(len, sparkline.sparkline(noise, top=1.0)))


def test_pieces_of_one_slope_are_one_and_pass_through_the_same_heights() -> None:
    line, _ = sparkline.shapes(np.array([0.0, 1, 2, 3, 3, 3, 0]), 3.0)
    bottom = HEIGHT - MARGIN
    assert line.startswith(f"M0,{bottom}l1-41,1-40,1-41,2,0,"), "heights are whole units"
    values = np.random.default_rng(1).normal(10, 1, 240)
    steps = [int(number) for number in re.findall(r"-?\d+", sparkline.shapes(values, 20.0)[0].partition("l")[2])]
    x, y = np.cumsum(steps[::2]), np.cumsum(steps[1::2])
    every = np.rint(bottom - values / 20.0 * (HEIGHT - 2 * MARGIN))
    assert x[-1] == 239
    assert np.interp(np.arange(1, 240), x, y) + every[0] == pytest.approx(every[1:])
