"""Against the real servers: what the presets find, and numbers that agree with the world they were filled from."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from dashboard import frames
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.sample_window import SampleWindow
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.exceptions import SourceUnavailable
from dashboard.ranking import ranking
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.demo.openmetrics import MAX_FDS
from dashboard.sources.demo.scenario import SERVICES
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.prometheus.queries import worst_values
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.sources.spec import DeclaredService
from dashboard.timerange import HOUR, Grid
from dashboard.ui.text import source_text
from tests.servers import NOW, RESTART, Server, prometheus

pytestmark = pytest.mark.servers
HOURLY = Grid(NOW - 1800 - 2 * HOUR, NOW - 1800, HOUR)


@pytest.fixture
def source(server: Server) -> Iterator[PrometheusSource]:
    opened = PrometheusSource(server.url)
    opened.discover(NOW)
    yield opened
    opened.close()


def test_every_service_is_found_with_its_labels_buckets_and_resources(source: PrometheusSource) -> None:
    services = {info.name: info for info in source.discover(NOW).services}
    assert set(services) == {service.name for service in SERVICES}
    checkout = services["checkout"]
    assert (checkout.preset, checkout.latency_by_outcome, checkout.threshold) == ("generic-http", True, 0.5)
    assert checkout.bounds[0] == 0.005
    assert "code" in checkout.labels
    assert [resource.name for resource in checkout.resources] == ["file descriptors"]


def test_the_scrape_interval_is_measured(source: PrometheusSource) -> None:
    assert source.discover(NOW).scrape_interval == 60


def test_hourly_counts_agree_with_the_world_across_a_restart(source: PrometheusSource, world: DemoSource) -> None:
    assert HOURLY.start - HOUR < RESTART <= HOURLY.end
    measured, truth = source.counts(HOURLY).frame, world.counts(HOURLY).frame
    for service in ("checkout", "search", "catalog"):
        for measure, detail in (("requests", ""), ("latency", "0.5"), ("latency", "inf")):
            got, want = measured[(service, measure, detail)].sum(), truth[(service, measure, detail)].sum()
            # A counter's last half scrape before a restart is lost on every server.
            assert got == pytest.approx(want, rel=0.03), (service, measure, detail)


def test_a_service_that_never_failed_has_no_errors_rather_than_no_data(source: PrometheusSource) -> None:
    grid = Grid.ending(NOW, span=1800, step=60)
    errors = source.samples(grid).frame[("inventory", "errors", "server")]
    assert (errors.dropna() == 0).all()
    assert errors.notna().any()


def test_the_error_ratio_is_that_of_the_world(source: PrometheusSource, world: DemoSource) -> None:
    measured, truth = source.counts(HOURLY).frame, world.counts(HOURLY).frame
    ratios = [
        frame[("recommendations", "errors", "server")].sum() / frame[("recommendations", "requests", "")].sum()
        for frame in (measured, truth)
    ]
    assert ratios[0] == pytest.approx(ratios[1], rel=0.06)


def test_hourly_peaks_are_the_highest_of_all_samples_with_limits_and_instances(source: PrometheusSource) -> None:
    peaks, (fine, coarse) = (
        source.peaks(HOURLY).frame,
        (Grid.between(NOW - 1800 - 3 * HOUR, NOW - 1800, step=step) for step in (60, 300)),
    )
    used = frames.series(frames.of_service(source.samples(fine).frame, "checkout"), "saturation", "file descriptors")
    rates = frames.series(frames.of_service(source.samples(coarse).frame, "checkout"), "requests")
    shown = frames.of_service(peaks, "checkout")
    highest = used.to_numpy().reshape(len(HOURLY), -1).max(axis=1)
    assert frames.values(shown, "saturation", "file descriptors") == pytest.approx(highest, rel=0.02)
    busiest = rates.to_numpy().reshape(len(HOURLY), -1).max(axis=1)
    assert frames.values(shown, "requests") == pytest.approx(busiest, rel=0.1)
    assert (frames.values(shown, "instances") >= 1).all()
    # What the demo's target says of its processes.
    assert (frames.values(shown, "limit", "file descriptors") == MAX_FDS).all()


def test_the_number_of_queries_does_not_depend_on_services(source: PrometheusSource) -> None:
    answer = source.samples(Grid.ending(NOW, span=3600, step=15))
    assert answer.frame.columns.get_level_values("service").nunique() == len(SERVICES)
    assert len(answer.costs) == 5


def test_a_followed_window_equals_a_full_fetch(source: PrometheusSource) -> None:
    window = SampleWindow()
    for now in range(NOW - 3 * HOUR, NOW - 3 * HOUR + 40 * 60, 60):
        grid = Grid.ending(now, span=3600, step=60)
        plan = window.part_to_fetch(grid)
        if not window.merge(source.samples(plan).frame, plan, grid):
            window.merge(source.samples(grid).frame, grid, grid)
    full = source.samples(grid).frame.dropna(axis=1, how="all")
    assert window.frame is not None
    columns = sorted(full.columns)
    assert sorted(window.frame.columns) == columns
    pd.testing.assert_frame_equal(window.frame[columns], full[columns], rtol=1e-12, check_freq=False)


def test_a_breakdown_adds_up_to_the_whole(source: PrometheusSource) -> None:
    grid = Grid.ending(NOW, span=600, step=60)
    whole = source.samples(grid, "checkout").frame[("checkout", "requests", "")]
    parts = source.breakdown(grid, "checkout", "code").frame
    requests = parts.loc[:, parts.columns.get_level_values("measure") == "requests"]
    assert set(requests.columns.get_level_values("service")) == {"200", "404", "500"}
    np.testing.assert_allclose(requests.sum(axis=1), whole, rtol=1e-9)


def test_values_of_a_label_are_ranked_as_their_points_would_be(
    source: PrometheusSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid, label = Grid.ending(NOW, span=1800, step=60), "code"
    assert source.ranking(grid, "checkout", label) is None, "so few can be fetched at once"
    monkeypatch.setattr(worst_values, "FETCHED", 1)
    whole = source.breakdown(grid, "checkout", label).frame
    ranked, by_points = source.ranking(grid, "checkout", label), ranking(whole, 0.5, grid.step)
    assert ranked is not None
    assert (ranked.values[0], set(ranked.values)) == (by_points.values[0], set(by_points.values))
    # A rate is of the four scrapes before its point, and so trails what grows.
    np.testing.assert_allclose(ranked.bad.sum(), by_points.bad.sum(), rtol=0.1)
    assert ranked.queries > 0
    first = source.breakdown_of(ranked.values[:1], grid, "checkout", label).frame
    pd.testing.assert_frame_equal(first, whole[list(first.columns)], rtol=1e-12)
    assert set(first.columns.get_level_values(0)) == {ranked.values[0]}


def test_a_whole_tick_judges_every_service(source: PrometheusSource) -> None:
    poller = Poller(source, Settings(), clock=lambda: float(NOW))
    poller.tick()
    snapshot = poller.snapshot
    assert snapshot.source.state is SourceState.OK, source_text.message(snapshot.source)
    assert snapshot.source.newest == pytest.approx(NOW, abs=60)
    assert snapshot.by_name["checkout"].health in (Health.AT_RISK, Health.BREACHING)
    assert snapshot.by_name["catalog"].health is Health.HEALTHY
    assert snapshot.by_name["catalog"].slos[0].coverage < 0.02
    assert snapshot.by_name["legacy-batch"].current.errors.get("server") is None


def test_hostile_names_are_asked_for_safely(source: PrometheusSource) -> None:
    grid = Grid.ending(NOW, span=600, step=60)
    for name in ('<script>alert("x")</script>', 'quote" back\\slash\nnewline', "\u202eevil", "x" * 10_000):
        assert source.samples(grid, name).frame.empty


def test_a_server_that_dies_and_returns_needs_no_restart_of_ours(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = prometheus(tmp_path_factory.mktemp("mortal"))
    server.start()
    try:
        source = PrometheusSource(server.url)
        assert source.discover(NOW).services == ()
        server.stop()
        with pytest.raises(SourceUnavailable, match="cannot be reached"):
            source.discover(NOW)
        server.start()
        assert "no known metric" in source.discover(NOW).notes[0]
        source.close()
    finally:
        server.stop()


def test_samples_of_a_service_hold_no_other(source: PrometheusSource) -> None:
    frame = source.samples(Grid.ending(NOW, span=600, step=60), "search").frame
    assert set(frame.columns.get_level_values("service")) == {"search"}
    assert not frames.of_service(frame, "search").empty


def declared(server: Server, *services: DeclaredService) -> tuple[PrometheusSource, dict[str, ServiceInfo]]:
    source = PrometheusSource(server.url, declared=services)
    return source, {info.name: info for info in source.discover(NOW).services}


@pytest.mark.parametrize("preset", ["", "generic-http"])
def test_a_service_is_picked_out_by_its_labels_under_the_name_it_is_given(server: Server, preset: str) -> None:
    source, infos = declared(server, DeclaredService("Shop: checkout", preset, {"job": "checkout"}))
    assert "checkout" not in infos, "it is the same one under another name"
    assert len(infos) == len(SERVICES)
    grid = Grid.ending(NOW, span=600, step=60)
    plain = PrometheusSource(server.url)
    plain.discover(NOW)
    want = plain.samples(grid, "checkout").frame.droplevel("service", axis=1)
    for frame in (source.samples(grid).frame, source.samples(grid, "Shop: checkout").frame):
        pd.testing.assert_frame_equal(frames.of_service(frame, "Shop: checkout"), want, check_like=True)
    parts = source.breakdown(grid, "Shop: checkout", "code").frame
    assert set(parts.columns.get_level_values("service")) == {"200", "404", "500"}
    source.close()
    plain.close()


def test_labels_that_no_preset_names_pick_a_service_out_beside_the_others(server: Server) -> None:
    source, infos = declared(
        server,
        DeclaredService("eu", match={"job": "search", "instance": "search-0"}),
        DeclaredService("no", match={"job": "x"}),
    )
    assert set(infos) == {service.name for service in SERVICES} | {"eu"}
    grid = Grid.ending(NOW, span=600, step=60)
    both = source.samples(grid).frame
    pd.testing.assert_series_equal(
        both[("eu", "requests", "")], both[("search", "requests", "")], check_names=False, rtol=1e-12
    )
    source.close()


def test_a_vanished_service_is_known_for_a_day(server: Server) -> None:
    source = PrometheusSource(server.url)
    names = {service.name for service in SERVICES}
    assert {info.name for info in source.discover(NOW + 20 * HOUR).services} == names
    assert source.discover(NOW + 30 * HOUR).services == ()
    source.close()
