"""Each way data can go missing: no service without fresh data is healthy in the snapshot, the JSON or on the wall."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.engine.gate.gate_standings import decision_of
from dashboard.engine.health import FailuresUnknown, Health, NoRequestsYet, NoSamples, NotMeasuredNow
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState, Trouble
from dashboard.exceptions import SourceUnavailable
from dashboard.gate.standing import Reason, Verdict
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import HOUR
from dashboard.ui.panels.wall import wall, wall_tiles
from dashboard.web import status_json
from tests.misbehaving import NONE, Fault, Misbehaving, misbehaving
from tests.servers import NOW, Server, free_port, prometheus
from tests.steady import START, Clock, Steady

WIDE = "time,service,requests,errors,memory\n"
EMPTY = b'{"status":"success","data":{"resultType":"matrix","result":[]}}'


def claimed(poller: Poller) -> dict[str, str]:
    """Service → health as the JSON has it, after the snapshot and the wall were found to claim no more than it."""
    snapshot, now = poller.snapshot, poller.clock()
    rows = status_json.as_json(snapshot, now)["services"]
    healths = {row["service"]: row["health"] for row in rows}
    assert list(healths) == [report.name for report in snapshot.services]
    green = {name for name, health in healths.items() if health == "healthy"}
    if snapshot.source.state is SourceState.OK:
        assert green == {report.name for report in snapshot.services if report.health is Health.HEALTHY}
    else:
        assert not green
        objectives = status_json.as_json(snapshot, now)["slos"]
        assert "acceptable" not in {row["state"] for row in objectives}
        assert "acceptable" not in {alert["reading"] for row in objectives for alert in row["alerts"]}
    for report in snapshot.services:
        tile = wall_tiles.tile(wall_tiles.Shown(report, snapshot.source.state))
        assert ("gs-green" in tile and "healthy" in tile) == (report.name in green)
        # What the wall does not know is let go for no reason.
        gated = decision_of(snapshot, now, Reason.FIX, services=[report.name])
        assert (report.health is not Health.UNKNOWN) or gated.verdict is not Verdict.GO, (report.name, gated.rule)
    return healths


def evaluated(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, str]]:
    """Exit code of `status`, and service → health."""
    code = main(["status", *arguments, "--format", "json"])
    rows = json.loads(capsys.readouterr().out)["services"]
    return code, {row["service"]: row["health"] for row in rows}


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(clock: Clock) -> Steady:
    return Steady(clock)


@pytest.fixture
def poller(source: Steady, clock: Clock) -> Poller:
    poller = Poller(source, Settings(refresh=15), clock=clock)
    poller.tick()
    assert set(claimed(poller).values()) == {"healthy"}
    return poller


def later(poller: Poller, clock: Clock, seconds: float) -> dict[str, str]:
    clock.now += seconds
    poller.tick()
    return claimed(poller)


# --- what any source may do ----------------------------------------------------------------------------------------


def test_a_service_whose_series_vanish(poller: Poller, source: Steady, clock: Clock) -> None:
    source.silent = {"cart"}
    assert later(poller, clock, 90) == {"cart": "unknown", "shop": "healthy"}


def test_a_service_that_the_source_forgets(poller: Poller, source: Steady, clock: Clock) -> None:
    source.names = ("shop",)
    later(poller, clock, 90)
    assert "cart" not in later(poller, clock, 300) or claimed(poller)["cart"] == "unknown"


def test_nothing_but_nan(source: Steady, clock: Clock) -> None:
    source.ends = 0
    poller = Poller(source, clock=clock)
    poller.tick()
    assert claimed(poller) == {"shop": "unknown", "cart": "unknown"}
    assert poller.snapshot.by_name["shop"].reasons == (NoSamples(HOUR),)


def test_the_scrape_stops(poller: Poller, source: Steady, clock: Clock) -> None:
    source.ends = clock.now
    assert set(later(poller, clock, 90).values()) == {"unknown"}
    assert poller.snapshot.source.trouble is Trouble.NOTHING_NEW


def test_the_source_goes_down(poller: Poller, source: Steady, clock: Clock) -> None:
    source.failure = SourceUnavailable("connection refused")
    for _ in range(10):
        assert set(later(poller, clock, 15).values()) == {"unknown"}
    assert {report.health for report in poller.snapshot.services} == {Health.UNKNOWN}


def test_the_source_is_down_from_the_start(source: Steady, clock: Clock) -> None:
    source.failure = SourceUnavailable("connection refused")
    poller = Poller(source, clock=clock)
    poller.tick()
    assert claimed(poller) == {}
    assert "No service" not in wall.wall(poller.snapshot, clock.now, kiosk=False)


def test_only_a_gauge_goes_on(poller: Poller, source: Steady, clock: Clock) -> None:
    source.gauge = 0.3
    source.lost = dict.fromkeys(("requests", "errors", "latency"), clock.now)
    assert set(later(poller, clock, 90).values()) == {"unknown"}
    assert poller.snapshot.by_name["shop"].current.saturation == {"memory": 0.3}


def test_only_the_errors_stop(poller: Poller, source: Steady, clock: Clock) -> None:
    source.lost = {"errors": clock.now}
    healths = [later(poller, clock, 60)["shop"] for _ in range(6)]
    # Requests go on: from the first minute on nobody knows what became of them.
    assert healths == 6 * ["unknown"]
    availability, _ = poller.snapshot.by_name["shop"].slos
    assert FailuresUnknown() in poller.snapshot.by_name["shop"].reasons
    assert NotMeasuredNow(availability.slo, START) in poller.snapshot.by_name["shop"].reasons


def test_no_request_was_ever_counted(source: Steady, clock: Clock) -> None:
    source.rate = 0.0
    poller = Poller(source, clock=clock)
    poller.tick()
    assert set(claimed(poller).values()) == {"unknown"}
    assert poller.snapshot.by_name["shop"].reasons[0] == NoRequestsYet()


def test_no_traffic_now_is_neither_good_nor_bad(poller: Poller, source: Steady, clock: Clock) -> None:
    source.rate = 0.0
    for _ in range(7):
        later(poller, clock, 600)
    shop = poller.snapshot.by_name["shop"]
    assert (shop.current.traffic, shop.current.errors["server"], shop.slos[0].burn_1h) == (0, None, None)


def test_half_an_answer_does_not_vouch_for_who_is_not_in_it(poller: Poller, source: Steady, clock: Clock) -> None:
    source.partial, source.silent = True, {"cart"}
    assert later(poller, clock, 90) == {"cart": "unknown", "shop": "healthy"}
    assert "answered in part" in wall.banner(poller.snapshot, clock.now)


def test_only_a_part_of_the_history_is_there_and_told(source: Steady, clock: Clock) -> None:
    source.begins = START - 6 * HOUR
    poller = Poller(source, clock=clock)
    poller.tick()
    assert set(claimed(poller).values()) == {"healthy"}
    assert status_json.as_json(poller.snapshot, clock.now)["slos"][0]["coverage"] == pytest.approx(6 / 720)
    assert "of 30\u00a0days measured" in wall.wall(poller.snapshot, clock.now, kiosk=False)


def test_the_history_never_arrives(source: Steady, clock: Clock) -> None:
    clock.now = START // HOUR * HOUR + 30
    source.begins = clock.now - 29
    poller = Poller(source, clock=clock)
    poller.tick()
    assert set(claimed(poller).values()) == {"unknown"}


def test_our_clock_is_ahead(source: Steady, clock: Clock) -> None:
    source.ends = START
    clock.now = START + HOUR
    poller = Poller(source, clock=clock)
    poller.tick()
    assert set(claimed(poller).values()) == {"unknown"}


# --- CSV -----------------------------------------------------------------------------------------------------------


def rows(until: float, minutes: int = 120) -> str:
    return "".join(f"{stamp(until - 60 * ago)},shop,600,0,0.5\n" for ago in reversed(range(minutes)))


def csv(path: Path, text: str, clock: Clock) -> Poller:
    path.write_text(WIDE + text, encoding="utf-8")
    poller = Poller(CsvSource([str(path)]), Settings(), clock=clock)
    poller.tick()
    return poller


def test_a_file_that_does_not_grow(tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wide.csv"
    poller = csv(path, rows(START), clock)
    assert claimed(poller) == {"shop": "healthy"}
    assert later(poller, clock, 600) == {"shop": "unknown"}
    assert evaluated(capsys, "--csv", str(path), "--at", stamp(START)) == (0, {"shop": "healthy"})
    assert evaluated(capsys, "--csv", str(path), "--at", stamp(START + 600)) == (3, {"shop": "unknown"})


def test_a_file_from_the_future(tmp_path: Path, clock: Clock) -> None:
    poller = csv(tmp_path / "wide.csv", rows(START + 2 * HOUR, minutes=240), clock)
    assert claimed(poller) == {"shop": "unknown"}
    assert poller.snapshot.source.trouble is Trouble.FROM_THE_FUTURE


def tidy(path: Path, clock: Clock, **signals: float) -> Poller:
    lines = ["time,service,signal,value"]
    for ago in reversed(range(120)):
        lines += [f"{stamp(START - 60 * ago)},shop,{name},{value}" for name, value in signals.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    poller = Poller(CsvSource([str(path)]), Settings(), clock=clock)
    poller.tick()
    return poller


def test_a_file_with_gauges_only(tmp_path: Path, clock: Clock) -> None:
    poller = tidy(tmp_path / "tidy.csv", clock, memory=0.5)
    assert claimed(poller) == {"shop": "healthy"}
    assert later(poller, clock, 600) == {"shop": "unknown"}


def test_a_file_that_counts_requests_but_no_failures(tmp_path: Path, clock: Clock) -> None:
    poller = tidy(tmp_path / "tidy.csv", clock, memory=0.5, requests=600)
    assert claimed(poller) == {"shop": "unknown"}
    assert poller.snapshot.by_name["shop"].reasons == (FailuresUnknown(of_files=True),)


def test_a_file_that_is_gone(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "wide.csv"
    poller = csv(path, rows(START), clock)
    path.unlink()
    assert later(poller, clock, 90) == {"shop": "unknown"}


# --- Prometheus and VictoriaMetrics --------------------------------------------------------------------------------


@pytest.fixture
def proxy(prometheus_server: Server) -> Iterator[Misbehaving]:
    with misbehaving(prometheus_server.url) as proxy:
        yield proxy


def polled(url: str, clock: Clock) -> Poller:
    poller = Poller(PrometheusSource(url, timeout_s=5), Settings(), clock=clock)
    poller.tick()
    return poller


@pytest.mark.servers
def test_a_server_whose_targets_are_gone(few_servers: Server, capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock(NOW)
    poller = polled(few_servers.url, clock)
    assert claimed(poller)["catalog"] == "healthy"
    for minutes in (12, 5, 5, 60, 6 * 60):
        assert "healthy" not in later(poller, clock, 60 * minutes).values()
    assert len(claimed(poller)) == 12
    assert evaluated(capsys, "--prometheus", few_servers.url, "--at", stamp(NOW))[0] == 0
    code, healths = evaluated(capsys, "--prometheus", few_servers.url, "--at", stamp(NOW + 1200))
    assert (code, set(healths.values())) == (3, {"unknown"})
    gated = ["gate", "--prometheus", few_servers.url, "--service", "catalog", "--at"]
    assert (main([*gated, stamp(NOW)]), main([*gated, stamp(NOW + 1200)])) == (0, 3)
    poller.stop()


@pytest.mark.servers
def test_a_server_that_refuses_the_query_for_errors(proxy: Misbehaving) -> None:
    clock = Clock(NOW)
    poller = polled(proxy.url, clock)
    proxy.fault = Fault(422, b'{"status":"error","error":"too many series"}', only="status_code%29+%28rate")
    assert "healthy" not in later(poller, clock, 15).values()
    poller.stop()
    poller = polled(proxy.url, clock)
    assert "healthy" not in claimed(poller).values()
    assert poller.snapshot.source.state is SourceState.DOWN
    poller.stop()


@pytest.mark.servers
def test_half_an_answer_about_errors_does_not_mean_none(proxy: Misbehaving) -> None:
    clock = Clock(NOW)
    poller = polled(proxy.url, clock)
    assert poller.snapshot.by_name["inventory"].current.errors["server"] == 0
    proxy.fault = Fault(warning="store is gone", only="status_code%29+%28")
    healths = later(poller, clock, 300)
    assert poller.snapshot.by_name["inventory"].current.errors.get("server") is None
    assert healths["inventory"] == "unknown"
    proxy.fault = NONE
    # The newest sample is as old by now as it may be: what was answered in part is asked for again at once.
    assert later(poller, clock, 0)["inventory"] == "healthy"
    poller.stop()


@pytest.mark.servers
def test_a_server_that_loses_every_series(proxy: Misbehaving) -> None:
    clock = Clock(NOW)
    poller = polled(proxy.url, clock)
    proxy.fault = Fault(200, EMPTY)
    assert "healthy" not in later(poller, clock, 15).values()
    assert "healthy" not in later(poller, clock, 300).values()
    assert len(claimed(poller)) == 12
    proxy.fault, clock.now = NONE, NOW + 60
    assert later(poller, clock, 15)["catalog"] == "healthy"
    poller.stop()


@pytest.mark.servers
def test_a_server_without_any_series(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = prometheus(tmp_path)
    empty.start()
    try:
        poller = polled(empty.url, Clock(NOW))
        assert claimed(poller) == {}
        assert "No service was found" in wall.wall(poller.snapshot, NOW, kiosk=False)
        assert evaluated(capsys, "--prometheus", empty.url) == (3, {})
        poller.stop()
    finally:
        empty.stop()


def test_a_server_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluated(capsys, "--prometheus", f"http://127.0.0.1:{free_port()}") == (3, {})
