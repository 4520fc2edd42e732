"""All services monitored, on the demo: what happens is found soon, a quiet week is quiet, gaps do not flag."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.anomaly.detectors import DEFAULTS
from dashboard.anomaly.history import MINUTE_ROWS
from dashboard.anomaly.monitor import LEAD, PAST, SIGNALS, AnomalyMonitor
from dashboard.anomaly.monitor_memory import saved
from dashboard.sources.demo.scenario import INCIDENTS, SERVICES, DemoIncident, DemoSignal
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import DAY, HOUR, Grid
from tests.slow import slow

NOW = 1_760_000_000 // 900 * 900
NAMES = tuple(service.name for service in SERVICES)
MINUTE = 60


def monitor_at(source: DemoSource, now: float, names: Sequence[str] = NAMES) -> AnomalyMonitor:
    """A monitor that knows the past of a moment."""
    monitor = AnomalyMonitor()
    monitor.set_services(names)
    only = names[0] if len(names) == 1 else None
    while (grid := monitor.next_backfill(now)) is not None:
        monitor.backfill(source.samples(grid, only).frame, grid)
    return monitor


def live(source: DemoSource, now: float, only: str | None = None) -> pd.DataFrame:
    """The last hour of all services, or of one."""
    return source.samples(Grid.ending(now, span=HOUR, step=15), only).frame


@pytest.fixture(scope="module")
def known() -> AnomalyMonitor:
    """A monitor of all services, with their past and the last hour; to be looked at only."""
    source = DemoSource(start=NOW)
    monitor = monitor_at(source, NOW)
    monitor.update(live(source, NOW), 15, NOW)
    return monitor


def anomalies_of(monitor: AnomalyMonitor, service: str, signal: Signal) -> list[Anomaly]:
    anomalies = monitor.anomalies().get(service, ())
    return [anomaly for anomaly in anomalies if anomaly.signal is signal and anomaly.layer is Layer.TEST]


# --- what happens ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "incident",
    [incident for incident in INCIDENTS if incident.signal is not DemoSignal.SCRAPES],
    ids=lambda incident: f"{incident.service} {incident.signal}",
)
def test_every_incident_of_the_demo_is_found_within_five_minutes(incident: DemoIncident) -> None:
    source, begin = DemoSource(start=NOW), NOW + incident.begin
    monitor = monitor_at(source, begin, (incident.service,))
    signal = Signal(incident.signal)
    for minutes in range(6):
        now = begin + minutes * MINUTE
        monitor.update(live(source, now, incident.service), 15, now)
        lasting = [anomaly for anomaly in anomalies_of(monitor, incident.service, signal) if anomaly.lasts]
        assert all(anomaly.since >= begin - 2 * MINUTE for anomaly in lasting), "nothing was found before it began"
    (anomaly,) = lasting
    assert anomaly.direction is (Direction.LOW if incident.size < 0 else Direction.HIGH)
    assert anomaly.detail == incident.resource


@slow
def test_a_quiet_week_is_quiet() -> None:
    """12 services, 4 signals, 7 days by the minute: no more than two false anomalies."""
    source = DemoSource(start=NOW, quiet=True)
    monitor = monitor_at(source, NOW - 7 * DAY)
    false: set[tuple[str, Signal, float]] = set()
    for now in range(NOW - 7 * DAY, NOW, HOUR):
        monitor.update(live(source, now), 15, now)
        for service, anomalies in monitor.anomalies().items():
            false |= {(service, flag.signal, flag.since) for flag in anomalies if flag.layer is Layer.TEST}
    assert len(false) <= 2, false


def test_an_anomaly_lasts_until_it_is_over() -> None:
    source = DemoSource(start=NOW)
    incident = next(incident for incident in INCIDENTS if incident.kind == "error burst")
    monitor = monitor_at(source, NOW + incident.begin, (incident.service,))
    for now in range(NOW + incident.begin, NOW + incident.end + 20 * MINUTE, MINUTE):
        monitor.update(live(source, now, incident.service), 15, now)
    (burst,) = anomalies_of(monitor, incident.service, Signal.ERRORS)
    assert burst.until == pytest.approx(NOW + incident.end, abs=6 * MINUTE)
    assert burst.since == pytest.approx(NOW + incident.begin, abs=2 * MINUTE)
    assert burst.peak == pytest.approx(incident.size, rel=0.2)
    assert burst.p_value is not None
    assert burst.p_value < 1e-12


def test_the_past_is_told_at_the_start(known: AnomalyMonitor) -> None:
    """A dashboard that starts now knows what was unusual yesterday."""
    (spike,) = anomalies_of(known, "catalog", Signal.TRAFFIC)
    assert spike.since == pytest.approx(NOW - 26 * HOUR, abs=600)
    assert spike.until == pytest.approx(NOW - 25 * HOUR, abs=600)
    assert [anomaly.since for anomaly in anomalies_of(known, "cart", Signal.ERRORS)] == [
        pytest.approx(NOW - 23 * HOUR, abs=600)
    ]


def test_a_gap_in_scraping_is_no_anomaly(known: AnomalyMonitor) -> None:
    assert known.anomalies().get("shipping", ()) == ()


# --- what is not known -----------------------------------------------------------------------------------------------


def test_a_service_of_less_than_a_day_is_not_judged() -> None:
    source = DemoSource(start=NOW)
    monitor = AnomalyMonitor()
    monitor.set_services(("checkout",))
    begin = NOW - 20 * HOUR
    while (grid := monitor.next_backfill(NOW)) is not None:
        frame = source.samples(grid).frame
        frame.loc[frame.index < pd.Timestamp(begin, unit="s", tz="UTC")] = np.nan
        monitor.backfill(frame, grid)
    monitor.update(live(source, NOW), 15, NOW)
    assert monitor.has_baseline == {"checkout": False}
    assert anomalies_of(monitor, "checkout", Signal.ERRORS) == []
    assert anomalies_of(monitor, "checkout", Signal.LATENCY) == []
    forecast = monitor.traffic_forecast()
    assert forecast is not None
    assert forecast.requests("checkout") is None


def test_nothing_is_tested_while_the_past_is_missing() -> None:
    source = DemoSource(start=NOW)
    monitor = AnomalyMonitor()
    monitor.set_services(NAMES)
    monitor.update(live(source, NOW), 15, NOW)
    assert monitor.anomalies() == {}
    grid = monitor.next_backfill(NOW)
    assert grid is not None
    assert grid.start - 300 == NOW - LEAD - PAST - LEAD
    monitor.backfill(source.samples(grid).frame, grid)
    later = monitor.next_backfill(NOW)
    assert later is not None
    assert later.start + LEAD == grid.end + 300, "the next part goes on where this one ended"


class Young(DemoSource):
    """The demo with nothing before a moment."""

    # Where a part of the past begins: at the edge of one the rows beside a gap are not all known.
    begins = float(NOW - LEAD - DAY)

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        answer = super().samples(grid, service)
        answer.frame.loc[answer.frame.index <= pd.Timestamp(self.begins, unit="s", tz="UTC")] = np.nan
        return answer


def _rows(monitor: AnomalyMonitor, since: float) -> list[np.ndarray]:
    return [ring.values[ring.ends > since] for ring in (monitor.history.by_five_minutes, monitor.history.by_minute)]


def test_rows_before_the_first_sample_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Young(start=NOW)
    source.begins = NOW - 1.3 * DAY
    states = []
    for _ in range(2):
        monitor = AnomalyMonitor()
        monitor.set_services(NAMES[:2])
        for end in (NOW - 2 * DAY, NOW - DAY, NOW):
            grid = Grid.between(end - DAY - LEAD, end, step=300)
            monitor.backfill(source.samples(grid).frame, grid)
        states.append(saved(monitor)[0])
        monkeypatch.setattr("dashboard.anomaly.monitor._from_first_measured", lambda ends, _: ends)
    trimmed, whole = states
    assert trimmed.keys() == whole.keys()
    # Of points without a value, which score nothing, only the moments differ.
    for state in (trimmed, whole):
        state["points"] = state["points"][np.isfinite(state["points"][..., 1])]
    for name, array in trimmed.items():
        np.testing.assert_array_equal(array, whole[name], err_msg=name)


@pytest.mark.parametrize("data_begin", [Young.begins, NOW - 600.0])
def test_what_lies_before_the_first_sample_is_neither_asked_for_nor_missed(data_begin: float) -> None:
    source = Young(start=NOW)
    source.begins = data_begin
    monitors = {name: AnomalyMonitor() for name in ("knows", "asks")}
    monitors["knows"].data_begin = data_begin
    asked = dict.fromkeys(monitors, 0)
    for name, monitor in monitors.items():
        monitor.set_services(NAMES)
        while (grid := monitor.next_backfill(NOW)) is not None:
            asked[name] += len(grid)
            monitor.backfill(source.samples(grid).frame, grid)
        monitor.update(live(source, NOW), 15, NOW)
    knows, asks = monitors.values()
    assert asked["knows"] <= (NOW - LEAD - data_begin) // 300 + 3 * LEAD // 300
    assert asked["asks"] > PAST // 300
    assert knows.has_baseline == asks.has_baseline
    # Sums that begin elsewhere are rounded otherwise.
    rough = [
        [
            (anomaly.service, anomaly.signal, anomaly.direction, anomaly.since, anomaly.until)
            for of_service in monitor.anomalies().values()
            for anomaly in of_service
        ]
        for monitor in (knows, asks)
    ]
    assert rough[0] == rough[1]
    for here, there in zip(_rows(knows, data_begin), _rows(asks, data_begin), strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-6)
    forecasts = [monitor.traffic_forecast() for monitor in (knows, asks)]
    assert forecasts[0] is not None
    assert forecasts[1] is not None
    np.testing.assert_allclose(forecasts[0].values, forecasts[1].values, rtol=1e-6)


def test_parts_of_the_past_are_small_where_there_are_many_series() -> None:
    monitor = AnomalyMonitor()
    monitor.set_services(NAMES)
    large, small = monitor.next_backfill(NOW), monitor.next_backfill(NOW, columns=20_000)
    assert large is not None
    assert small is not None
    assert len(small) * 20_000 < 1_000_000 < len(large) * 20_000


def test_after_an_outage_what_was_missed_is_studied() -> None:
    source = DemoSource(start=NOW)
    monitor = monitor_at(source, NOW, ("cart",))
    monitor.update(live(source, NOW), 15, NOW)
    assert monitor.next_backfill(NOW + 30 * MINUTE) is None
    grid = monitor.next_backfill(NOW + 5 * HOUR)
    assert grid is not None
    assert grid.start + LEAD == NOW + 300
    assert grid.end == NOW + 5 * HOUR - LEAD


def test_services_that_come_and_go_keep_what_is_known_of_the_others() -> None:
    source = DemoSource(start=NOW)
    monitor = monitor_at(source, NOW)
    before = [replace(anomaly, value=0.0) for anomaly in monitor.anomalies()["cart"]]
    monitor.set_services(("cart", "new"))
    assert [replace(anomaly, value=0.0) for anomaly in monitor.anomalies()["cart"]] == before
    assert set(monitor.anomalies()) == {"cart"}
    assert monitor.has_baseline == {"cart": True, "new": False}
    monitor.update(live(source, NOW), 15, NOW)


# --- bands and tests -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("service", ["checkout", "notifications", "catalog", "legacy-batch", "recommendations"])
def test_a_row_lies_outside_its_band_exactly_where_it_is_flagged(
    known: AnomalyMonitor, service: str, signal: Signal
) -> None:
    for by_minute in (True, False):
        rows = known.history.signal_test(service, signal, DEFAULTS, since=0, until=NOW, by_minute=by_minute)
        assert rows is not None
        _, test = rows
        below, above = test.value < test.low, test.value > test.high
        np.testing.assert_array_equal(below | above, test.outside(DEFAULTS[signal].level))


def test_rows_are_kept_by_the_minute_and_by_five(known: AnomalyMonitor) -> None:
    span = {"since": NOW - MINUTE_ROWS * MINUTE, "until": float(NOW)}
    fine = known.history.signal_test("checkout", Signal.TRAFFIC, DEFAULTS, by_minute=True, **span)
    coarse = known.history.signal_test("checkout", Signal.TRAFFIC, DEFAULTS, by_minute=False, **span)
    assert fine is not None
    assert coarse is not None
    assert set(np.diff(fine[0])) == {60}
    assert set(np.diff(coarse[0])) == {300}
    assert fine[0][-1] == coarse[0][-1] == NOW
    assert known.history.signal_test("nobody", Signal.TRAFFIC, DEFAULTS, by_minute=True, **span) is None


def test_the_future_changes_nothing() -> None:
    source = DemoSource(start=NOW)
    whole, early = (monitor_at(source, NOW, ("checkout", "cart")) for _ in range(2))
    frame = live(source, NOW)
    whole.update(frame, 15, NOW)
    poisoned = live(source, NOW)
    poisoned.iloc[-20:] = 1e6
    early.update(poisoned, 15, NOW - 300)
    seen = whole.history.signal_test("checkout", Signal.ERRORS, DEFAULTS, since=0, until=NOW - 300, by_minute=True)
    blind = early.history.signal_test("checkout", Signal.ERRORS, DEFAULTS, since=0, until=NOW - 300, by_minute=True)
    assert seen is not None
    assert blind is not None
    common = slice(-50, None)
    np.testing.assert_array_equal(seen[1].p_high[common], blind[1].p_high[common])
    np.testing.assert_array_equal(seen[1].high[common], blind[1].high[common])


# --- forecasts -------------------------------------------------------------------------------------------------------


def test_a_leak_is_forecast_and_a_calm_resource_is_not(known: AnomalyMonitor) -> None:
    source = DemoSource(start=NOW)
    forecasts = known.forecasts()
    leak = forecasts["media-proxy"]["memory"]
    # It grows by 0.66 of the limit in 36 hours.
    level = float(
        source.samples(Grid(NOW, NOW, 15), "media-proxy").frame["media-proxy", "saturation", "memory"].iloc[0]
    )
    assert leak.to_full.seconds == pytest.approx((1 - level) / 0.66 * 36 * HOUR, rel=0.1)
    assert set(forecasts) == {"media-proxy", "checkout"}


def test_the_traffic_of_the_next_day_is_expected() -> None:
    source = DemoSource(start=NOW, quiet=True)
    monitor = monitor_at(source, NOW)
    forecast = monitor.traffic_forecast()
    assert forecast is not None
    truth = source.counts(Grid.between(NOW - LEAD, NOW - LEAD + DAY, step=HOUR)).frame
    for name in ("checkout", "catalog", "shipping"):
        assert forecast.requests(name) == pytest.approx(truth[name, "requests", ""].sum(), rel=0.25)
    assert forecast.requests("nobody") is None
