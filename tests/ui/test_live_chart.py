"""What is sent to the browser for the charts of a page."""

import json
import re
from pathlib import Path
from typing import Any

import plotly
import pytest
import streamlit as st

from dashboard.ui import live_chart, theme
from dashboard.ui.live_chart import Card

DRAWN = Card("latency", "<h3>Latency</h3>", {"data": [], "layout": {"height": 240}}, name="Latency p99 1 s")
ABSENT = Card("errors", "<h3>Errors</h3>", None, absent="No requests.", wide=True)


def sent(*cards: Card, offset: int = 0) -> Any:
    return json.loads(live_chart.payload(cards, offset=offset))


def test_cards_come_in_the_order_of_the_page_with_their_figures() -> None:
    message = sent(DRAWN, ABSENT, offset=120)
    assert message["offset"] == 120
    assert message["cards"] == [
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
        live_chart.payload([Card("latency", "", {"data": [{"y": [value]}]})])


@pytest.mark.parametrize(("base", "prefix"), [("", ""), ("gs", "/gs"), ("/gs/", "/gs"), ("a/b", "/a/b")])
def test_scripts_are_fetched_under_the_base_path_by_its_version(
    monkeypatch: pytest.MonkeyPatch, base: str, prefix: str
) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.get)
    message = sent()
    assert message["src"] == f"{prefix}/assets/plotly-{plotly.__version__}.min.js"
    assert re.fullmatch(f"{prefix}/assets/charts-[0-9a-f]{{12}}/page.js", message["scripts"])


def test_the_script_is_a_text_and_not_taken_for_a_path() -> None:
    assert "\n" in live_chart.JS
    assert Path(live_chart.__file__).with_suffix(".js").is_file()


def test_what_is_sent_with_every_message_is_short() -> None:
    assert len(live_chart.JS) < 1200
    assert ".gs-chartcard{" in theme.STYLE, "the style sheet of the page has the styles"


def test_the_numbers_as_csv_are_below_the_base_path(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "csv" not in sent(DRAWN)
    monkeypatch.setattr(st, "get_option", lambda _: "golden")
    message = json.loads(live_chart.payload([DRAWN], csv="/api/v1/service?service=shop&chart="))
    assert message["csv"] == "/golden/api/v1/service?service=shop&chart="
