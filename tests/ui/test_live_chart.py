"""What is sent to the browser for the charts of a page."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import plotly
import pytest
import streamlit as st

from dashboard.charts.figure import float32
from dashboard.ui import live_chart, theme
from dashboard.ui.live_chart import Broadcast, Card
from tests.broadcasts import message, payload, read

DRAWN = Card("latency", "<h3>Latency</h3>", {"data": [], "layout": {"height": 240}}, name="Latency p99 1 s")
ABSENT = Card("errors", "<h3>Errors</h3>", None, absent="No requests.", wide=True)


def sent(*cards: Card, offset: int = 0) -> Any:
    return payload(live_chart.broadcast(cards, offset=offset))


def test_cards_come_in_the_order_of_the_page_with_their_figures() -> None:
    text = sent(DRAWN, ABSENT, offset=120)
    assert text["offset"] == 120
    assert text["cards"] == [
        {
            "key": "latency",
            "head": "<h3>Latency</h3>",
            "figure": DRAWN.figure,
            "absent": "",
            "wide": False,
            "name": "Latency p99 1 s",
        },
        {
            "key": "errors",
            "head": "<h3>Errors</h3>",
            "figure": None,
            "absent": "No requests.",
            "wide": True,
            "name": "",
        },
    ]


def test_a_page_without_cards_is_an_empty_list() -> None:
    assert sent()["cards"] == []


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_browsers_cannot_read_is_refused_before_it_is_sent(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        live_chart.broadcast([Card("latency", "", {"data": [{"y": [value]}]})])


@pytest.mark.parametrize(("base", "prefix"), [("", ""), ("gs", "/gs"), ("/gs/", "/gs"), ("a/b", "/a/b")])
def test_scripts_are_fetched_under_the_base_path_by_its_version(
    monkeypatch: pytest.MonkeyPatch, base: str, prefix: str
) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.get)
    text = sent()
    assert text["src"] == f"{prefix}/assets/plotly-{plotly.__version__}.min.js"
    assert re.fullmatch(f"{prefix}/assets/charts-[0-9a-f]{{12}}/page.js", text["scripts"])


def test_the_script_is_a_text_and_not_taken_for_a_path() -> None:
    assert "\n" in live_chart.JS
    assert Path(live_chart.__file__).with_suffix(".js").is_file()


def test_what_is_sent_with_every_message_is_short() -> None:
    assert len(live_chart.JS) < 1200
    assert ".gs-chartcard{" in theme.STYLE, "the style sheet of the page has the styles"


def test_the_numbers_as_csv_are_below_the_base_path(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "csv" not in sent(DRAWN)
    monkeypatch.setattr(st, "get_option", lambda _: "golden")
    text = payload(live_chart.broadcast([DRAWN], csv="/api/v1/service?service=shop&chart="))
    assert text["csv"] == "/golden/api/v1/service?service=shop&chart="


# --- from one refresh to the next ------------------------------------------------------------------------------------

WALK = np.random.default_rng(1).normal(size=5000).cumsum()


def moving(tick: int, points: int = 720) -> list[Card]:
    """A chart of four series that go on by a point at each refresh, and one that stays."""
    lines = [
        {"name": str(number), "x0": tick * 5000.0, "dx": 5000.0, "y": float32(WALK[tick + number :][:points])}
        for number in range(4)
    ]
    value = WALK[tick + points - 1]
    moves = Card("latency", f"<b>{value:.1f}</b>", {"data": lines, "layout": {"meta": {"end": tick * 5000.0}}})
    return [moves, ABSENT]


def refreshes(count: int) -> Iterator[Broadcast]:
    broadcast = None
    for tick in range(count):
        broadcast = live_chart.broadcast(moving(tick), broadcast)
        yield broadcast


def test_what_has_not_changed_is_not_sent_again() -> None:
    first, second = refreshes(2)
    assert second.keyframe is first.keyframe
    (moved,) = message(second)["cards"].values()
    assert moved.keys() == {"head", "figure"}
    assert [line["y"]["runs"] for line in moved["figure"]["data"].values()] == [[719, 1]] * 4
    assert message(first)["cards"] == {}


def test_each_message_is_enough_for_a_tab_that_got_none_before() -> None:
    for tick, broadcast in enumerate(refreshes(60)):
        (latency, errors), (moves, _) = payload(broadcast)["cards"], moving(tick)
        assert (latency["head"], errors["absent"]) == (moves.head, ABSENT.absent)
        for number, line in enumerate(latency["figure"]["data"]):
            assert line["x0"] == tick * 5000.0
            assert np.allclose(read(line["y"]), WALK[tick + number :][:720], rtol=1e-3)


def test_a_new_keyframe_comes_when_messages_have_grown_by_as_much() -> None:
    broadcasts = list(refreshes(120))
    keyframes = [broadcast.keyframe for broadcast in broadcasts]
    renewed = [place for place in range(1, 120) if keyframes[place] is not keyframes[place - 1]]
    assert 2 <= len(renewed) <= 12
    first = broadcasts[1 : renewed[0]]
    grown = sum(len(broadcast.message) - len(first[0].message) for broadcast in first)
    size = len(keyframes[0].zipped)
    assert size - 1000 < grown <= size


def test_where_all_is_new_at_each_refresh_nobody_is_sent_it_twice() -> None:
    def charts(tick: int) -> list[Card]:
        values = float32(np.random.default_rng(tick).normal(size=720))
        return [Card("latency", "", {"data": [{"x0": 0.0, "dx": 1.0, "y": values}], "layout": {}})]

    broadcast, sent = None, 0
    for tick in range(20):
        before, broadcast = broadcast, live_chart.broadcast(charts(tick), broadcast)
        sent += len(broadcast.message)
        if before is None or broadcast.keyframe is not before.keyframe:
            sent += len(broadcast.keyframe.zipped)
    assert sent < 1.5 * 20 * len(broadcast.keyframe.zipped)


def test_a_browser_that_cannot_fetch_a_keyframe_is_sent_it_in_a_message() -> None:
    *_, newest = refreshes(3)
    plain, whole = message(newest), json.loads(gzip.decompress(live_chart.with_keyframe(newest)))
    assert whole == {**plain, "inside": json.loads(gzip.decompress(newest.keyframe.zipped))}
