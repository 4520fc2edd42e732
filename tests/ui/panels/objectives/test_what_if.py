"""Is this objective right?, as Streamlit runs it: the suggestion, what is tried, and what it costs to try more."""

from collections.abc import Iterator
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.engine import running_poller
from dashboard.engine.past.past_windows import PastWindow
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.exceptions import SourceUnavailable
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid
from dashboard.ui import data
from tests.ui.test_pages import NOW, ROOT, text


class Forgetful(DemoSource):
    """A source that does not answer for spans of more than a few thousand points by the minute."""

    def counts_of(self, columns: object, grid: Grid) -> Answer:
        if grid.step < HOUR and len(grid) > 5000:
            raise SourceUnavailable("the span is too long")
        return super().counts_of(columns, grid)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ticked() -> Poller:
    running = Poller(DemoSource(start=NOW), Settings(title="Shop"), clock=lambda: NOW)
    running.tick()
    return running


@pytest.fixture
def full(ticked: Poller, monkeypatch: pytest.MonkeyPatch) -> Iterator[Poller]:
    monkeypatch.setattr(data, "GLANCE_S", 60.0)
    running_poller.use(ticked)
    yield ticked
    running_poller.use(None)


def looked_at(**query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages" / "objectives.py"), default_timeout=60)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception, test.exception
    return test


def written(test: AppTest) -> str:
    return unescape(text(test)).replace("\xa0", " ")


def test_what_is_suggested_stands_there_without_a_query(full: Poller) -> None:
    before = full.viewers.queries
    seen = written(looked_at(slo="recommendations-availability"))
    assert "Is this objective right?" in seen
    assert "99.9 % fits: it is the tightest usual objective that would have held." in seen
    assert "Few periods are known (only 1 of 30 d, 30 days), so this may change." in seen
    assert "objectives?slo=recommendations-availability&whatif=1" in seen
    assert "Save as OpenSLO" not in seen
    assert full.viewers.queries == before


def test_moving_a_slider_costs_the_source_nothing(full: Poller) -> None:
    test = looked_at(slo="cart-latency", whatif="1")
    seen, asked = written(test), full.viewers.pasts.queries
    assert asked > 0
    assert "99 % ≤ 500 ms over 30 d" in seen
    assert "No alert would have fired." in seen
    (objective, threshold) = test.select_slider
    threshold.set_value("0.1").run()
    assert test.query_params["threshold"] == "0.1"
    seen = written(test)
    assert "99 % ≤ 100 ms over 30 d" in seen
    assert "Tried ≤ 100 ms over 30 d: 95 % is suggested, looser than it is now." in seen
    assert "−192 %" in seen
    objective.set_value("0.95").run()
    seen = written(test)
    assert "95 % ≤ 100 ms over 30 d" in seen
    assert "api/v1/slo?slo=cart-latency&objective=0.95&threshold=0.1&format=openslo" in seen
    assert full.viewers.pasts.queries == asked


def test_the_widgets_stand_where_they_are_while_the_past_is_read(full: Poller, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that moves begins anew in the browser, and chooses its first option."""
    monkeypatch.setattr(data, "past", lambda *_: PastWindow(done=2, parts=7, retry_s=2.0))
    reading = looked_at(slo="cart-latency", whatif="1")
    assert "Reading the past, part 3 of 7 …" in written(reading)
    monkeypatch.undo()
    monkeypatch.setattr(data, "GLANCE_S", 60.0)
    there = looked_at(slo="cart-latency", whatif="1")
    assert "Budget left, and the alerts that would have fired" in written(there)
    widgets = [
        [(each.label, each.options) for each in (*test.select_slider, *test.selectbox)] for test in (reading, there)
    ]
    assert widgets[0] == widgets[1]


def test_an_address_that_cannot_be_is_said(full: Poller) -> None:
    seen = written(looked_at(slo="cart-latency", threshold="0.31"))
    assert "threshold" in seen
    assert "it may be 0.005, 0.01, 0.025" in seen
    assert "99 % ≤ 500 ms over 30 d" in seen


def test_the_alert_that_no_incident_explains_is_named(full: Poller) -> None:
    seen = written(looked_at(slo="cart-latency", whatif="1", threshold="0.1"))
    assert "no incident explains it" in seen


def test_what_is_not_told_by_the_minute_is_known_by_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "GLANCE_S", 60.0)
    running = Poller(Forgetful(start=NOW), Settings(title="Shop"), clock=lambda: NOW)
    running.tick()
    running_poller.use(running)
    try:
        seen = written(looked_at(slo="recommendations-availability", whatif="1"))
        slow = looked_at(slo="cart-latency", whatif="1")
    finally:
        running_poller.use(None)
    assert "The span is too long." in seen
    assert "Only hours are known of this past: rules with a shorter window are left out." in seen
    assert [box.value for box in slow.selectbox if box.label == "Answered within"] == ["0.5"], "no other is known"


def test_objectives_that_say_nothing_are_pointed_out_in_the_list(full: Poller) -> None:
    seen = written(looked_at(all="1"))
    assert seen.count("never challenged</em>") >= 1
    told = "Never challenged: in the last 4 weeks it never spent more than 0 % of a week's budget"
    assert told in seen
