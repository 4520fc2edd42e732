"""Sparklines as SVG masks: the right places, gaps as gaps, and small enough for a wall of them."""

from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest

from dashboard.charts import sparkline

HEIGHT, MARGIN = sparkline.HEIGHT, sparkline.MARGIN


def test_a_line_runs_from_the_bottom_to_the_top() -> None:
    line, area = sparkline.shapes(np.array([0.0, 5.0, 10.0]), 10.0)
    assert line == f"M0,{HEIGHT - MARGIN}l1-61,1-61"
    assert area == f"M0,{HEIGHT}V{HEIGHT - MARGIN}l1-61,1-61V{HEIGHT}Z"


def test_a_gap_stays_a_gap_and_a_lonely_value_is_seen() -> None:
    line, _ = sparkline.shapes(np.array([1.0, np.nan, 1.0, 1.0, np.nan]), 1.0)
    assert line == f"M0,{MARGIN}h.9M2,{MARGIN}l1,0"
    assert sparkline.runs(np.array([np.nan, np.nan])) == []


@pytest.mark.parametrize("values", [[], [np.nan], [0.0, 0.0], [-1.0, 3.0]])
def test_odd_values_give_a_picture_that_browsers_read(values: list[float]) -> None:
    for uri in sparkline.sparkline(np.array(values), top=0.0 if not any(values) else 2.0):
        head, _, body = uri.partition(",")
        assert head == "data:image/svg+xml"
        ElementTree.fromstring(unquote(body))
        assert not set(uri) & set(" \"'()<>\n"), "nothing that would end the url() of a style"


def test_an_hour_of_samples_takes_little_room() -> None:
    noise = np.random.default_rng(1).random(240)
    assert sum(len(uri) for uri in sparkline.sparkline(noise, top=1.0)) < 3000
