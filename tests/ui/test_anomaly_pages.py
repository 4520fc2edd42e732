"""What is unusual on the pages: in words, in the charts, weaker where it is a hint, and nothing while it is learned."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.anomaly.anomalies import Anomaly, Layer, Signal
from dashboard.anomaly.baseline import Expectations
from dashboard.anomaly.detectors import DETECTORS, Detector, DetectorSetting, off
from dashboard.anomaly.observations import WINDOWS, Observations
from dashboard.anomaly.results import SignalTest
from dashboard.engine import running_poller
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import ServiceReport
from dashboard.sources.demo.source import DemoSource
from dashboard.ui.panels.wall import wall_tiles
from dashboard.web import status_json
from tests.broadcasts import whole
from tests.steady import Clock
from tests.ui.test_pages import ROOT
from tests.ui.text.test_anomaly_text import anomaly

NOW = 1_760_000_000.0
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture(scope="module")
def known() -> Poller:
    """The demo with its past studied."""
    running = Poller(DemoSource(start=NOW), Settings(), clock=Clock(NOW))
    running.tick()
    while running.study():
        pass
    running.tick()
    return running


@pytest.fixture
def used(known: Poller) -> Iterator[Poller]:
    running_poller.use(known)
    snapshot = known.snapshot
    yield known
    known.snapshot = snapshot
    running_poller.use(None)


def opened(**query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "dashboard" / "ui" / "navigation.py"), default_timeout=30)
    test.query_params.update(query)
    test.run()
    test.switch_page(str(ROOT / "pages" / "service.py")).run()
    assert not test.exception
    return test


def text(test: AppTest) -> str:
    return "".join(element.proto.body for element in test.get("html"))


def written(test: AppTest) -> str:
    return re.sub("<[^>]*>", "", text(test)).replace("\xa0", " ")


def cards(test: AppTest) -> dict[str, Any]:
    (component,) = [each for each in test.get("bidi_component") if each.key == "charts"]
    return {card["key"]: card for card in whole(component.proto.bytes)["cards"]}


def parts(figure: dict[str, Any]) -> list[str]:
    return [trace.get("meta", {}).get("part", "line") for trace in figure["data"]]


def with_anomalies(running: Poller, name: str, *anomalies: Anomaly) -> ServiceReport:
    """The service as if these were what is unusual about it."""
    report = replace(running.snapshot.by_name[name], anomalies=anomalies)
    services = tuple(report if service.name == name else service for service in running.snapshot.services)
    running.snapshot = replace(running.snapshot, services=services, by_name={**running.snapshot.by_name, name: report})
    return report


def test_the_page_says_what_is_unusual_the_costliest_first(used: Poller) -> None:
    page = written(opened(service="checkout"))
    assert "More failures than usual since" in page
    assert page.index("More failures than usual") < page.index("Slower than usual")
    assert "Pool near its limit since" in page
    assert "of the budget" in page


def test_charts_draw_the_band_and_a_dot_where_a_row_lies_outside(used: Poller) -> None:
    drawn = cards(opened(service="checkout"))
    for key, signal in (("latency", Signal.LATENCY), ("errors", Signal.ERRORS)):
        figure = drawn[key]["figure"]
        assert parts(figure)[:2] == ["low", "high"]
        assert "dots" in parts(figure), key
        tested = used.snapshot.detection_history.signal_test(
            "checkout", signal, used.snapshot.detectors, since=NOW - 3600, until=NOW, by_minute=True
        )
        assert tested is not None
        assert tested[1].outside(used.snapshot.detectors[signal].level).any()
        assert any("unusual since" in note["text"] for note in figure["layout"]["annotations"])
    assert "dots" not in parts(drawn["traffic"]["figure"])
    assert parts(drawn["traffic"]["figure"])[:2] == ["low", "high"]


def test_a_calm_service_says_nothing(used: Poller) -> None:
    test = opened(service="auth")
    assert "usual since" not in written(test)
    assert all("dots" not in parts(card["figure"]) for card in cards(test).values() if card["figure"])


def test_what_fills_up_is_drawn_to_its_limit(used: Poller) -> None:
    card = cards(opened(service="media-proxy", span="24h"))["saturation"]
    # It restarts below its limit again and again, and says so.
    assert re.search(r"memory .*fell back at 96\s% before", card["head"])
    assert {"ahead", "low", "high"} <= set(parts(card["figure"]))
    assert card["figure"]["layout"]["meta"]["ahead"] == 6 * 3600 * 1000


def test_the_traffic_of_the_next_day_is_told_and_drawn(used: Poller) -> None:
    card = cards(opened(service="auth", span="24h"))["traffic"]
    assert "expected in the next 24" in card["head"]
    assert "ahead" in parts(card["figure"])


def test_a_deploy_and_its_rollback_are_marked_once_they_are_known(used: Poller) -> None:
    """Nobody waits for them: they are read beside the refreshes, and a page has them at its next one."""
    for _ in range(50):
        used.tick()
        if used.snapshot.changes:
            break
        used.changes._derived._reading.has_ended(20)
    for card in cards(opened(service="cart", span="24h")).values():
        named = {note["text"]: note["x"] / 1000 - NOW for note in card["figure"]["layout"]["annotations"]}
        assert abs(named["deploy v4.1.7"] + 23 * 3600) <= 300
        assert abs(named["rollback to v4.1.6"] + 22.5 * 3600) <= 300
    assert used.snapshot.by_name["checkout"].info.labels == ("route", "instance", "method")


def test_how_a_test_came_out_can_be_checked(used: Poller) -> None:
    page = computed()
    assert "Student's t of z" in page
    assert "negative binomial" in page
    assert re.search(r"errors: .* requests failed in 5 min, .*: unusual\.", page)


def test_the_failures_that_are_told_are_those_that_were_tested(used: Poller) -> None:
    """Few requests are tested over an hour, and the detector that is named is the one that was chosen."""
    snapshot, service = used.snapshot, "checkout"
    fine = snapshot.detection_history.by_minute
    values = fine.values.copy()
    place = snapshot.detection_history.services.index(service)
    requests, failed = [5.0, 12.0, 20_000.0], [0.0, 1.0, 7.0]
    assert "changed 0," not in computed()
    values[-1, place, : 2 * len(WINDOWS)] = [*requests, *failed]
    used.snapshot = replace(
        snapshot, detection_history=replace(snapshot.detection_history, by_minute=replace(fine, values=values))
    )
    assert re.search(r"errors: 7 of 20,000 requests failed in 60 min, .* beta-binomial; probability", computed())
    others = {
        Signal.LATENCY: DetectorSetting("off", 1e-4),
        Signal.TRAFFIC: DetectorSetting("poisson", 1e-5),
        Signal.ERRORS: DetectorSetting("binomial", 1e-5),
    }
    used.snapshot = replace(used.snapshot, detectors=others)
    page = computed()
    assert "latency: its test is turned off." in page
    assert re.search(r"traffic: 5 requests in 5 min, usual now [\d,]+; both tails of the Poisson;", page)
    assert "negative binomial" not in page
    assert re.search(r"errors: 0 of 5 requests failed in 5 min, .* upper tail of the binomial; too few", page)


def test_the_tests_are_made_once_for_all_viewers_until_a_new_minute_was_tested(
    used: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[int] = []

    def counting(observations: Observations, expectations: Expectations, level: float) -> SignalTest:
        rows.append(len(observations.ends))
        return off(observations, expectations, level)

    monkeypatch.setitem(DETECTORS[Signal.LATENCY], "counting", Detector(counting))
    snapshot = used.snapshot
    settings = {**snapshot.detectors, Signal.LATENCY: DetectorSetting("counting", 1e-4)}
    used.snapshot = replace(snapshot, detectors=settings)
    for _ in range(3):
        assert "latency: p95 of the last 5 min" in computed()
        used.snapshot = replace(used.snapshot, at=used.snapshot.at + 15)
    assert rows.count(1) == 1
    used.snapshot = replace(used.snapshot, detection_history=replace(snapshot.detection_history))
    computed()
    assert rows.count(1) == 2


def computed() -> str:
    return " ".join(element.value for element in opened(service="checkout").text)


def test_a_hint_is_weaker_than_a_test_and_not_on_the_wall(used: Poller) -> None:
    hint = anomaly(layer=Layer.NOVELTY, expected=(None, None), p_value=None)
    report = with_anomalies(used, "auth", hint)
    test = opened(service="auth")
    assert "◌ Unusual latency pattern since" in written(test)
    figure = cards(test)["latency"]["figure"]
    assert not [shape for shape in figure["layout"]["shapes"] if shape.get("fillcolor") == "$unusual"]
    (edge,) = [shape for shape in figure["layout"]["shapes"] if shape["line"].get("dash") == "dot"]
    assert edge["line"]["width"] == 1
    assert "pattern" not in wall_tiles.tile(wall_tiles.Shown(report, used.snapshot.source.state, now=NOW))


def test_a_hint_is_silent_where_a_test_says_the_same_of_its_signal(used: Poller) -> None:
    hint = anomaly(layer=Layer.NOVELTY, expected=(None, None), p_value=None)
    with_anomalies(used, "auth", anomaly(), hint, replace(hint, since=NOW - 300))
    test = opened(service="auth")
    assert "Slower than usual since" in written(test)
    assert "Unusual latency pattern" not in written(test)
    texts = [note["text"] for note in cards(test)["latency"]["figure"]["layout"]["annotations"]]
    assert [text for text in texts if "unusual" in text] == ["unusual since 08:43"]
    with_anomalies(used, "auth", hint, replace(hint, since=NOW - 300))
    texts = [note["text"] for note in cards(opened(service="auth"))["latency"]["figure"]["layout"]["annotations"]]
    assert [text for text in texts if "unusual" in text] == ["unusual pattern"]


def test_the_wall_names_what_is_unusual(used: Poller) -> None:
    report = used.snapshot.by_name["notifications"]
    tile = wall_tiles.tile(wall_tiles.Shown(report, used.snapshot.source.state, now=NOW))
    assert "▲ less traffic than usual since" in tile
    leak = used.snapshot.by_name["media-proxy"]
    assert "full in" not in wall_tiles.tile(wall_tiles.Shown(leak, used.snapshot.source.state, now=NOW))
    first = {"memory": replace(leak.forecasts["memory"], is_held=False)}
    tile = wall_tiles.tile(wall_tiles.Shown(replace(leak, forecasts=first), used.snapshot.source.state, now=NOW))
    assert "Memory, full in" in tile


def test_a_hostile_resource_is_text(used: Poller) -> None:
    report = with_anomalies(used, "auth", anomaly(signal=Signal.SATURATION, detail=HOSTILE, expected=(None, 0.9)))
    assert HOSTILE not in text(opened(service="auth"))
    assert HOSTILE not in wall_tiles.tile(wall_tiles.Shown(report, used.snapshot.source.state, now=NOW))


def test_nothing_is_claimed_while_it_is_being_learned() -> None:
    running = Poller(DemoSource(start=NOW), Settings(), clock=Clock(NOW))
    running.tick()
    running_poller.use(running)
    try:
        test = opened(service="checkout")
    finally:
        running_poller.use(None)
    assert "usual since" not in written(test)
    drawn = cards(test)
    assert all("learning what is usual" in drawn[key]["head"] for key in ("latency", "traffic", "errors"))
    assert all("high" not in parts(drawn[key]["figure"]) for key in ("latency", "traffic", "errors"))
    rows = status_json.as_json(running.snapshot, NOW)["services"]
    assert {(row["learned"], row["requests_next_day"]) for row in rows} == {(False, None)}
    assert all(row["anomalies"] == [] for row in rows)


def test_the_json_tells_what_lasts_and_what_fills_up(known: Poller) -> None:
    answer = json.loads(json.dumps(status_json.as_json(known.snapshot, NOW), allow_nan=False))
    rows = {row["service"]: row for row in answer["services"]}
    first = rows["checkout"]["anomalies"][0]
    assert (first["signal"], first["direction"], first["layer"]) == ("errors", "high", "test")
    assert first["expected"][0] is None
    assert first["value"] > first["expected"][1]
    assert first["budget_cost"] > 0
    assert rows["checkout"]["learned"] is True
    (leak,) = rows["media-proxy"]["forecasts"]
    assert (leak["resource"], leak["rule"]) == ("memory", "trend")
    assert (leak["full_in_s"], leak["between_s"]) == (None, [None, None])
    assert (leak["falls"]["count"], leak["falls"]["held"]) == (2, True)
    assert 0 < leak["falls"]["full_unless_it_falls_in_s"] < 10 * 3600
    assert rows["auth"]["requests_next_day"] > 1e6
    assert np.isfinite(
        [row["requests_next_day"] for row in rows.values() if row["requests_next_day"] is not None]
    ).all()
