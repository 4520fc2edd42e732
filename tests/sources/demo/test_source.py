"""The demo shows each incident that it announces by a measure of its own."""

from itertools import combinations

import numpy as np
import pandas as pd

from dashboard import buckets, frames
from dashboard.signals import latency
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import DAY, HOUR, Grid
from tests.sources.demo.moments import MINUTE, NAMES, START, around, level


def total(demo: DemoSource, service: str, grid: Grid, measure: str = "requests", detail: str = "") -> float:
    return float(demo.counts(grid).frame[(service, measure, detail)].sum())


def error_ratio(demo: DemoSource, service: str, begin: int, end: int) -> float:
    grid = around(begin, end)
    return total(demo, service, grid, "errors", "server") / total(demo, service, grid)


def p95(demo: DemoSource, service: str, begin: int, end: int) -> float:
    samples = frames.of_service(demo.samples(around(begin, end), service).frame, service)
    return float(latency.quantiles(samples)["0.95"].median())


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


def test_a_label_or_a_service_nobody_knows_has_no_parts(demo: DemoSource) -> None:
    grid = around(-HOUR, 0)
    assert demo.breakdown(grid, "checkout", "colour").frame.empty
    assert demo.breakdown(grid, "checkout", "version").frame.empty
    assert demo.breakdown(grid, "nobody", "route").frame.empty
