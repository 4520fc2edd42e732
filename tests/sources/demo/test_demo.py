"""The demo shows each incident that it announces by a measure of its own, and its exports hold the same numbers."""

from collections import defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from dashboard import buckets, frames
from dashboard.signals import latency
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.demo.csv_export import SHAPES, write_csv
from dashboard.sources.demo.scenario import SERVICES, DemoService
from dashboard.sources.demo.scrape_target import DemoTarget
from dashboard.sources.demo.source import BOUNDS, LABELS, DemoSource
from dashboard.timerange import DAY, HOUR, Grid
from tests.steady import Clock

START = 1_760_000_000 // HOUR * HOUR
MINUTE = 60
NAMES = {service.name for service in SERVICES}


@pytest.fixture(scope="module")
def demo() -> DemoSource:
    return DemoSource(start=START)


def around(begin: int, end: int, step: int = MINUTE) -> Grid:
    """The steps between two moments, in seconds relative to the start."""
    return Grid.between(START + begin, START + end, step=step)


def total(demo: DemoSource, service: str, grid: Grid, measure: str = "requests", detail: str = "") -> float:
    return float(demo.counts(grid).frame[(service, measure, detail)].sum())


def error_ratio(demo: DemoSource, service: str, begin: int, end: int) -> float:
    grid = around(begin, end)
    return total(demo, service, grid, "errors", "server") / total(demo, service, grid)


def p95(demo: DemoSource, service: str, begin: int, end: int) -> float:
    samples = frames.of_service(demo.samples(around(begin, end), service).frame, service)
    return float(latency.quantiles(samples)["0.95"].median())


def level(demo: DemoSource, service: str, resource: str, grid: Grid) -> pd.Series:
    series: pd.Series = demo.samples(grid, service).frame[(service, "saturation", resource)]
    return series


# --- the world -------------------------------------------------------------------------------------------------------


def test_two_demos_of_one_start_are_the_same(demo: DemoSource) -> None:
    grid = around(-HOUR, HOUR)
    pd.testing.assert_frame_equal(DemoSource(start=START).samples(grid).frame, demo.samples(grid).frame)
    pd.testing.assert_frame_equal(DemoSource(start=START).counts(grid).frame, demo.counts(grid).frame)


def test_another_seed_is_another_world(demo: DemoSource) -> None:
    grid = around(-HOUR, 0)
    assert not DemoSource(start=START, seed=8).counts(grid).frame.equals(demo.counts(grid).frame)


def test_a_coarse_grid_counts_the_same_events_as_a_fine_one(demo: DemoSource) -> None:
    fine, coarse = (demo.counts(around(-DAY, 0, step)).frame.sum() for step in (15, HOUR))
    pd.testing.assert_series_equal(fine, coarse.drop("measured", level="measure"))


def test_an_hour_was_measured_for_as_long_as_its_samples_say(demo: DemoSource) -> None:
    fine, hours = (demo.counts(around(-DAY, 0, step)).frame for step in (15, HOUR))
    for name in NAMES:
        seen = fine[(name, "requests", "")].notna().to_numpy().reshape(24, -1).sum(axis=1)
        assert hours[(name, "measured", "")].tolist() == (15 * seen).tolist()
    assert hours[("shipping", "measured", "")].sum() < DAY, "it is down for a while"


def test_there_are_twelve_services_and_all_have_samples(demo: DemoSource) -> None:
    infos = demo.discover(START).services
    assert len(infos) == 12
    frame = demo.samples(around(-HOUR, 0)).frame
    assert set(frame.columns.get_level_values("service")) == {info.name for info in infos} == NAMES


def test_counts_nest_as_counts_do(demo: DemoSource) -> None:
    frame = demo.samples(around(-DAY, 0, 15)).frame
    for name in NAMES:
        samples = frames.of_service(frame, name).dropna()
        failed = frames.series(samples, "errors", "server") + frames.series(samples, "errors", "client")
        assert (failed <= frames.series(samples, "requests") + 1e-9).all()
        for measure in ("latency", "failed_latency"):
            cumulative = frames.of_measure(samples, measure)[buckets.details(samples, measure)]
            assert (np.diff(cumulative.to_numpy(), axis=1) >= -1e-9).all()


def test_no_two_days_are_alike(demo: DemoSource) -> None:
    frame = demo.counts(around(-30 * DAY, 0, HOUR)).frame
    for name in NAMES - {"legacy-batch"}:
        days = frame[(name, "requests", "")].fillna(0).to_numpy().reshape(30, 24)
        assert all((day != other).sum() > 20 for day, other in combinations(days, 2))
        workdays = [day.sum() for number, day in enumerate(days) if (START // DAY - 30 + number + 3) % 7 < 5]
        assert np.std(workdays) > 0.01 * np.mean(workdays)


def test_nights_and_weekends_are_quiet(demo: DemoSource) -> None:
    hours = demo.counts(around(-28 * DAY, 0, HOUR)).frame[("auth", "requests", "")]
    clock = hours.groupby(hours.index.hour).mean()
    assert clock.idxmax() in range(13, 18)
    assert clock.max() > 2 * clock.min()
    days = hours.groupby(hours.index.normalize()).agg(["sum", "size"]).query("size == 24")["sum"]
    weekend = days.index.day_of_week >= 5
    assert days[weekend].mean() < 0.85 * days[~weekend].mean()


# --- incidents -------------------------------------------------------------------------------------------------------


def test_error_burst(demo: DemoSource) -> None:
    assert error_ratio(demo, "search", -195 * MINUTE, -185 * MINUTE) > 0.03
    for begin, end in ((-230, -200), (-178, -150)):
        assert error_ratio(demo, "search", begin * MINUTE, end * MINUTE) < 0.001


def test_latency_shift(demo: DemoSource) -> None:
    before, now = p95(demo, "search", -2 * HOUR, -45 * MINUTE), p95(demo, "search", -20 * MINUTE, 0)
    assert now > 2.5 * before
    assert error_ratio(demo, "search", -20 * MINUTE, 0) < 0.001


def test_slow_burn_spends_more_than_the_budget_every_day_without_a_burst(demo: DemoSource) -> None:
    frame = demo.counts(around(-5 * DAY + HOUR, 0, HOUR)).frame["recommendations"]
    ratio = frame[("errors", "server")] / frame[("requests", "")]
    assert ratio.min() > 0.001
    assert ratio.max() < 0.005
    assert error_ratio(demo, "recommendations", -10 * DAY, -5 * DAY) < 0.0005


def test_traffic_drop(demo: DemoSource) -> None:
    now = total(demo, "notifications", around(-5 * MINUTE, 0))
    yesterday = total(demo, "notifications", around(-DAY - 5 * MINUTE, -DAY))
    assert 0 < now < 0.35 * yesterday


def test_spike(demo: DemoSource) -> None:
    spike = total(demo, "catalog", around(-26 * HOUR + 12 * MINUTE, -25 * HOUR - 12 * MINUTE))
    day_before = total(demo, "catalog", around(-50 * HOUR + 12 * MINUTE, -49 * HOUR - 12 * MINUTE))
    assert spike > 2 * day_before


def test_memory_leaks_towards_its_limit_until_the_restart(demo: DemoSource) -> None:
    memory = level(demo, "media-proxy", "memory", around(-28 * HOUR, 0, HOUR))
    hourly = np.diff(memory)
    assert (hourly > 0).all()
    hours_left = (1 - memory.iloc[-1]) / hourly.mean()
    assert 4 < hours_left < 12
    later = level(demo, "media-proxy", "memory", around(0, 12 * HOUR, HOUR))
    assert later.max() > 0.94
    assert later.iloc[-1] < 0.5


def test_exhausted_pool_with_errors_and_slowness(demo: DemoSource) -> None:
    assert level(demo, "checkout", "pool", around(-10 * MINUTE, 0)).min() > 0.95
    assert level(demo, "checkout", "pool", around(-3 * HOUR, -2 * HOUR)).max() < 0.6
    assert error_ratio(demo, "checkout", -10 * MINUTE, 0) > 20 * error_ratio(demo, "checkout", -3 * HOUR, -HOUR)
    assert p95(demo, "checkout", -10 * MINUTE, 0) > 2.5 * p95(demo, "checkout", -3 * HOUR, -HOUR)


def test_bad_deploy_is_slow_and_fails_until_it_is_rolled_back(demo: DemoSource) -> None:
    middle = (-23 * HOUR + 8 * MINUTE, -22 * HOUR - 38 * MINUTE)
    after = (-22 * HOUR - 28 * MINUTE, -22 * HOUR)
    assert error_ratio(demo, "cart", *middle) > 50 * error_ratio(demo, "cart", *after)
    assert p95(demo, "cart", *middle) > 1.5 * p95(demo, "cart", *after)


def test_a_gap_in_scraping_is_no_data_and_not_zero(demo: DemoSource) -> None:
    grid = around(-7 * HOUR, -5 * HOUR)
    samples, counts = demo.samples(grid).frame, demo.counts(grid).frame
    for frame in (samples["shipping"], counts["shipping"]):
        missing = frame.isna().all(axis=1)
        assert missing.sum() == 45
        assert (missing[missing].index[0] - grid.index()[0]) == pd.Timedelta(hours=1)
        assert frame[~missing].notna().all(axis=None)
    others = [name for name in NAMES if name != "shipping"]
    assert samples[others].notna().all(axis=None)


def test_a_service_that_never_failed(demo: DemoSource) -> None:
    grid = around(-30 * DAY, 0, HOUR)
    assert total(demo, "inventory", grid) > 1e7
    assert total(demo, "inventory", grid, "errors", "server") == 0


def test_a_service_with_almost_no_traffic(demo: DemoSource) -> None:
    hourly = demo.counts(around(-30 * DAY, 0, HOUR)).frame[("legacy-batch", "requests", "")]
    assert 10 < hourly.sum() / 30 < 100
    assert (hourly == 0).sum() > 100


def test_an_incident_of_the_first_day_comes_again_every_day(demo: DemoSource) -> None:
    for day in range(3):
        assert error_ratio(demo, "checkout", day * DAY, day * DAY + 30 * MINUTE) > 0.01
        assert error_ratio(demo, "checkout", day * DAY + 3 * HOUR, day * DAY + 6 * HOUR) < 0.001


# --- breakdowns ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_parts_of_a_breakdown_add_up_to_the_whole(demo: DemoSource, name: str, label: str) -> None:
    grid = around(-HOUR, 0)
    whole = frames.of_service(demo.samples(grid, name).frame, name)
    whole = whole[[column for column in whole if column[0] != "saturation"]]
    parts = demo.breakdown(grid, name, label).frame
    summed = parts.T.groupby(level=["measure", "detail"], sort=False).sum().T
    pd.testing.assert_frame_equal(summed[whole.columns], whole, check_names=False)


def test_a_label_or_a_service_nobody_knows_has_no_parts(demo: DemoSource) -> None:
    grid = around(-HOUR, 0)
    assert demo.breakdown(grid, "checkout", "colour").frame.empty
    assert demo.breakdown(grid, "nobody", "route").frame.empty


# --- CSV -------------------------------------------------------------------------------------------------------------

WRITTEN = Grid(START - 60, START, MINUTE)


@pytest.fixture(scope="module")
def exports(demo: DemoSource, tmp_path_factory: pytest.TempPathFactory) -> dict[str, CsvSource]:
    folder = tmp_path_factory.mktemp("exports")
    sources = {}
    for shape in SHAPES:
        path = folder / f"{shape}.csv"
        write_csv(demo, path, shape, start=START - 2 * MINUTE, end=START)
        sources[shape] = CsvSource([str(path)])
    return sources


@pytest.mark.parametrize("shape", SHAPES)
def test_every_count_survives_the_way_through_a_file(
    demo: DemoSource, exports: dict[str, CsvSource], shape: str
) -> None:
    answer = exports[shape].counts(WRITTEN)
    assert answer.bad_rows == 0
    rates = demo.samples(WRITTEN).frame
    for name in NAMES:
        got = frames.of_service(answer.frame, name)
        for measure, detail in (("requests", ""), ("errors", "server"), ("errors", "client")):
            want = (rates[(name, measure, detail)] * MINUTE).round()
            np.testing.assert_array_equal(frames.series(got, measure, detail).fillna(0), want, f"{name} {measure}")


def test_the_request_log_fills_the_same_buckets(demo: DemoSource, exports: dict[str, CsvSource]) -> None:
    info = next(info for info in exports["requests"].discover(START).services if info.name == "checkout")
    shared = sorted(set(BOUNDS) & set(info.bounds))
    assert len(shared) > 10
    got, want = (source.samples(WRITTEN, "checkout").frame for source in (exports["requests"], demo))
    for bound in shared:
        for measure in ("latency", "failed_latency"):
            column = ("checkout", measure, buckets.bound_text(bound))
            np.testing.assert_allclose(got[column] * MINUTE, (want[column] * MINUTE).round(), rtol=1e-12)


@pytest.mark.parametrize("shape", ["wide", "tidy"])
def test_quantiles_and_gauges_survive_to_six_digits(
    demo: DemoSource, exports: dict[str, CsvSource], shape: str
) -> None:
    got, want = exports[shape].samples(WRITTEN).frame, demo.samples(WRITTEN).frame
    for service in SERVICES:
        for resource in service.resources:
            column = (service.name, "saturation", resource)
            np.testing.assert_allclose(got[column], want[column], rtol=1e-5)
    quantiles = latency.quantiles(frames.of_service(want, "checkout"))
    np.testing.assert_allclose(got[("checkout", "quantile", "0.95")], quantiles["0.95"], rtol=0.01)


def test_a_gap_in_scraping_has_no_rows(demo: DemoSource, tmp_path: Path) -> None:
    begin, end = START - 6 * HOUR - 5 * MINUTE, START - 5 * HOUR
    write_csv(demo, tmp_path / "gap.csv", "wide", start=begin, end=end)
    frame = CsvSource([str(tmp_path / "gap.csv")]).counts(Grid.between(begin, end, step=MINUTE)).frame
    assert frame[("shipping", "requests", "")].isna().sum() == 45
    assert frame[("cart", "requests", "")].notna().all()


# --- the scrape target -----------------------------------------------------------------------------------------------


class Watched(DemoSource):
    """The demo, counting the cells that are computed."""

    cells = 0

    def events_per_cell(
        self, service: DemoService, cells: np.ndarray, bounds: tuple[float, ...]
    ) -> dict[tuple[str, str], np.ndarray]:
        self.cells += len(cells)
        return super().events_per_cell(service, cells, bounds)


def target(demo: DemoSource, clock: Clock) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DemoTarget(demo, since=START, clock=clock))
    return registry


def scraped(registry: CollectorRegistry) -> dict[str, dict[tuple[str, ...], float]]:
    """Name of the sample → values of its labels (job, code, le) → value."""
    samples: dict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            labels = tuple(sample.labels[name] for name in ("job", "code", "le") if name in sample.labels)
            samples[sample.name][labels] = sample.value
    return samples


def test_counters_are_the_exact_events_since_they_began(demo: DemoSource) -> None:
    clock = Clock(START + 20 * MINUTE)
    samples = scraped(target(demo, clock))
    counts = demo.counts(around(-HOUR, 20 * MINUTE, 15)).frame.sum()
    threshold = buckets.bound_text(demo.threshold or np.inf)
    for name in NAMES:
        codes = {code: value for (job, code), value in samples["http_requests_total"].items() if job == name}
        assert sum(codes.values()) == counts[(name, "requests", "")]
        assert codes.get("500", 0) == counts[(name, "errors", "server")]
        counters = samples["http_request_duration_seconds_bucket"]
        assert counters[(name, "200", threshold)] == counts[(name, "latency", threshold)]
        assert counters[(name, "200", "+Inf")] == counts[(name, "latency", "inf")]
        if "500" in codes:
            assert counters[(name, "500", "+Inf")] == codes["500"]


def test_a_scrape_adds_what_is_new_and_ends_where_one_scrape_would(demo: DemoSource) -> None:
    clock = Clock(START)
    often = target(demo, clock)
    before = scraped(often)
    for _ in range(40):
        clock.now += 37
        after = scraped(often)
        for name, values in before.items():
            if name.endswith(("_total", "_bucket")):
                assert all(after[name][labels] >= value for labels, value in values.items())
        before = after
    assert before == scraped(target(demo, clock))


def test_the_cost_of_a_scrape_does_not_grow_with_the_run() -> None:
    watched, clock = Watched(start=START), Clock(START)
    registry = target(watched, clock)
    costs = []
    for hours in (0, 0, 24, 0):
        clock.now += hours * HOUR + MINUTE
        watched.cells = 0
        generate_latest(registry)
        costs.append(watched.cells / len(SERVICES))
    assert costs == [4 + 240, 4, 4 + 24 * 240, 4]


def test_a_second_scrape_of_the_same_moment_and_a_clock_set_back_change_nothing(demo: DemoSource) -> None:
    clock = Clock(START + HOUR)
    registry = target(demo, clock)
    first = scraped(registry)
    assert scraped(registry) == first
    clock.now -= 600
    assert scraped(registry) == first
    clock.now += 1200
    assert scraped(registry) == scraped(target(demo, clock))


def test_a_service_that_never_failed_has_no_series_of_failures(demo: DemoSource) -> None:
    samples = scraped(target(demo, Clock(START + DAY)))
    for name in ("http_requests_total", "http_request_duration_seconds_bucket"):
        failing = {labels[0] for labels in samples[name] if labels[1] == "500"}
        assert failing == NAMES - {"inventory", "legacy-batch"}
        assert {labels[0] for labels in samples[name] if labels[1] == "200"} == NAMES


def test_gauges_of_the_target_are_shares_of_their_limit(demo: DemoSource) -> None:
    samples = scraped(target(demo, Clock(START)))
    used = level(demo, "checkout", "cpu", Grid(START, START, 15)).iloc[0]
    assert samples["process_open_fds"][("checkout",)] / samples["process_max_fds"][("checkout",)] == pytest.approx(used)
