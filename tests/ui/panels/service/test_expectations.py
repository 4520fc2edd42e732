"""What is expected and what lies ahead, drawn on the charts of a service."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.anomaly.detectors import DEFAULTS, DetectorSetting
from dashboard.anomaly.saturation.time_to_full import PATH_STEP, TimeToFull
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.charts.figure import Figure, layout
from dashboard.engine.snapshot import Snapshot
from dashboard.timerange import HOUR, Grid
from dashboard.ui.panels.service import expectations
from dashboard.ui.panels.service.service_view import ServiceView
from tests.ui.panels import NOW


def view(snapshot: Snapshot, *, span: int = HOUR, **changes: Any) -> ServiceView:
    report = snapshot.by_name["checkout"]
    end = int(report.samples.index[-1].timestamp())
    return ServiceView(replace(report, **changes), Grid.ending(end, span=span, step=15))


def figure(shown: ServiceView) -> Figure:
    return {"data": [], "layout": layout(shown.axis, top=1.0, ticks=[0, 1], texts=["0", "1"])}


def anomaly(**changes: Any) -> Anomaly:
    base = Anomaly("checkout", Signal.LATENCY, Direction.HIGH, NOW - 600, None, NOW, 0.5, 0.399, (None, 0.263), 1e-7)
    return replace(base, **changes)


def hint(**changes: Any) -> Anomaly:
    return anomaly(layer=Layer.NOVELTY, p_value=None, **changes)


def words(*anomalies: Anomaly, snapshot: Snapshot) -> list[str]:
    return [mark.text for mark in expectations._marks(anomalies, view(snapshot))]


def test_where_nothing_is_drawn_nothing_is_claimed(snapshot: Snapshot) -> None:
    assert expectations.draw_expected(None, view(snapshot), Signal.LATENCY) == ""


def test_a_head_says_what_keeps_a_signal_from_being_tested(snapshot: Snapshot) -> None:
    shown = view(snapshot, has_baseline=False)
    assert expectations.draw_expected(figure(shown), shown, Signal.LATENCY) == " · learning what is usual"
    off = replace(shown, detectors={**DEFAULTS, Signal.LATENCY: DetectorSetting("off", 1e-5)})
    assert expectations.draw_expected(figure(off), off, Signal.LATENCY) == ""
    past = replace(shown, live=False)
    assert expectations.draw_expected(figure(past), past, Signal.LATENCY) == ""
    known = view(snapshot, has_baseline=True)
    assert expectations.draw_expected(figure(known), known, Signal.LATENCY) == ""


def test_what_lasts_has_its_words_and_what_is_over_has_none(snapshot: Snapshot) -> None:
    over = anomaly(since=NOW - 3000, until=NOW - 2000)
    assert words(over, anomaly(), snapshot=snapshot) == ["", "unusual since 08:43"]


def test_only_the_first_hint_has_words_and_none_beside_a_test(snapshot: Snapshot) -> None:
    assert words(hint(), hint(since=NOW - 300), snapshot=snapshot) == ["unusual pattern", ""]
    assert words(hint(), anomaly(), snapshot=snapshot) == ["", "unusual since 08:43"]
    assert words(hint(until=NOW - 60), snapshot=snapshot) == [""]


def test_what_began_together_is_said_once(snapshot: Snapshot) -> None:
    assert words(anomaly(), anomaly(detail="memory"), snapshot=snapshot) == ["unusual since 08:43", ""]
    assert "" not in words(anomaly(), anomaly(since=NOW - 300), snapshot=snapshot)


def test_only_the_intervals_of_a_signal_are_drawn_on_it(snapshot: Snapshot) -> None:
    shown = view(snapshot, anomalies=(anomaly(), anomaly(signal=Signal.TRAFFIC)))
    drawn, empty = figure(shown), figure(shown)
    expectations.draw_unusual(drawn, shown, Signal.LATENCY)
    expectations.draw_unusual(empty, shown, Signal.ERRORS)
    assert empty == figure(shown)
    assert len(drawn["layout"]["annotations"]) == len(empty["layout"]["annotations"]) + 1


def filling(seconds: float | None) -> SaturationForecast:
    path = np.linspace(0.5, 1.0, 25)
    early = None if seconds is None else seconds * 0.9
    return SaturationForecast(NOW, TimeToFull("trend", seconds, early, None, HOUR, path, path, path, path))


def test_the_resource_that_is_full_first_is_named(snapshot: Snapshot) -> None:
    memory, pool = (str(name) for name in list(view(snapshot).samples["saturation"].columns)[:2])
    shown = view(snapshot, span=6 * HOUR, forecasts={memory: filling(4 * HOUR), pool: filling(2 * HOUR)})
    first = expectations.draw_filling(figure(shown), shown)
    assert first is not None
    assert (first[0], first[1].to_full.seconds) == (pool, 2 * HOUR)


def test_what_is_held_to_fall_back_is_drawn_and_named_after_what_fills_up(snapshot: Snapshot) -> None:
    memory, pool = (str(name) for name in list(view(snapshot).samples["saturation"].columns)[:2])
    held = replace(filling(HOUR), is_held=True)
    shown = view(snapshot, span=6 * HOUR, forecasts={memory: held, pool: filling(2 * HOUR)})
    first = expectations.draw_filling(figure(shown), shown)
    assert first is not None
    assert first[0] == pool
    assert expectations._way(memory, held, shown, "$cpu").text == "full 09:53 unless it falls back"


@pytest.mark.parametrize("seconds", [None, 0.0])
def test_what_does_not_fill_up_is_not_drawn(snapshot: Snapshot, seconds: float | None) -> None:
    name = str(view(snapshot).samples["saturation"].columns[0])
    shown = view(snapshot, span=6 * HOUR, forecasts={name: filling(seconds), "unknown": filling(HOUR)})
    drawn = figure(shown)
    assert expectations.draw_filling(drawn, shown) is None
    assert drawn["data"] == []
    past = replace(view(snapshot, forecasts={name: filling(HOUR)}), live=False)
    assert expectations.draw_filling(figure(past), past) is None


def test_the_way_to_the_limit_has_moments_and_not_durations(snapshot: Snapshot) -> None:
    way = expectations._way("cpu", filling(2 * HOUR), view(snapshot), "$cpu")
    assert (way.at, way.step, way.full_at) == (NOW, PATH_STEP, NOW + 2 * HOUR)
    assert way.early == NOW + 1.8 * HOUR
    assert way.late is None
    assert way.text == "full 10:53"


def test_without_a_forecast_of_traffic_nothing_lies_ahead(snapshot: Snapshot) -> None:
    shown = view(snapshot, span=6 * HOUR)
    assert expectations.traffic_ahead(shown) is None
