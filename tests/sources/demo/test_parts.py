"""The demo's breakdowns tell where its incidents come from, and their parts are the whole."""

import numpy as np
import pandas as pd
import pytest

from dashboard import buckets, frames
from dashboard.changes.derived.presence import Origin, Subject
from dashboard.signals import latency
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import DAY, HOUR, Grid
from tests.sources.demo.moments import MINUTE, NAMES, START, around

# In the middle of the bad deploy, and a quiet hour of it.
BAD_DEPLOY = around(-23 * HOUR + 5 * MINUTE, -22 * HOUR - 35 * MINUTE)
BEFORE = around(-25 * HOUR, -24 * HOUR)


def by(demo: DemoSource, service: str, label: str, grid: Grid) -> dict[str, pd.DataFrame]:
    """Each part's samples, (measure, detail) columns."""
    frame = demo.breakdown(grid, service, label).frame
    return {name: frames.of_service(frame, name) for name in frame.columns.unique("service")}


def failures(parts: dict[str, pd.DataFrame]) -> dict[str, float]:
    """The share of all failures that each part has, 0–1."""
    failed = {name: float(frames.series(part, "errors", "server").sum()) for name, part in parts.items()}
    return {name: number / sum(failed.values()) for name, number in failed.items()}


def traffic(part: pd.DataFrame) -> float:
    return float(frames.series(part, "requests").sum())


def median_p95(part: pd.DataFrame) -> float:
    return float(latency.quantiles(part)["0.95"].median())


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize(
    "grid",
    [around(-HOUR, 0), around(-7 * HOUR, -5 * HOUR), around(-24 * HOUR, -22 * HOUR), around(-9 * DAY, 0, HOUR)],
    ids=["now", "a gap in scraping", "a bad deploy", "by the hour"],
)
def test_the_parts_of_a_breakdown_add_up_to_the_whole(demo: DemoSource, name: str, grid: Grid) -> None:
    whole = frames.of_service(demo.samples(grid, name).frame, name)
    whole = whole[[column for column in whole if column[0] != "saturation"]]
    (info,) = (info for info in demo.discover(START).services if info.name == name)
    for label in info.labels:
        parts = demo.breakdown(grid, name, label).frame
        summed = parts.T.groupby(level=["measure", "detail"], sort=False).sum(min_count=1).T
        pd.testing.assert_frame_equal(summed[whole.columns], whole, check_names=False, atol=1e-9)
        for part in by(demo, name, label, grid).values():
            answered = frames.of_measure(part, "latency")[buckets.details(part)].to_numpy()
            assert (np.diff(np.nan_to_num(answered), axis=1) >= -1e-9).all()
            requests = frames.series(part, "requests") - frames.series(part, "errors", "server")
            np.testing.assert_allclose(requests, answered[:, -1], atol=1e-9)


@pytest.mark.parametrize("name", ["cart", "payments"])
@pytest.mark.parametrize(
    "grid", [BAD_DEPLOY, BEFORE, around(-9 * DAY, 0, HOUR)], ids=["during", "before", "by the hour"]
)
def test_versions_have_the_requests_that_a_breakdown_says(demo: DemoSource, name: str, grid: Grid) -> None:
    answer = demo.versions(demo.discover(START).services, grid)
    assert {subject.service for subject in answer.counts} == {"cart", "payments"}
    for version, part in by(demo, name, "version", grid).items():
        requests = frames.series(part, "requests").to_numpy() * grid.step
        counts = answer.counts[Subject(name, Origin.REQUESTS)][version]
        # Buckets of all parts are fitted in a breakdown, in so many rounds.
        np.testing.assert_allclose(counts, requests, rtol=0.02)
        assert np.array_equal(counts > 0, requests > 0)


def test_a_route_is_guilty_of_the_exhausted_pool(demo: DemoSource) -> None:
    routes = by(demo, "checkout", "route", around(-20 * MINUTE, 0))
    assert failures(routes)["/checkout/payment"] > 0.9
    calm = by(demo, "checkout", "route", around(-3 * HOUR, -HOUR))
    assert max(failures(calm).values()) < 0.6
    slower = {name: median_p95(part) / median_p95(calm[name]) for name, part in routes.items()}
    assert max(slower, key=lambda name: slower[name]) == "/checkout/payment"
    assert max(routes, key=lambda name: median_p95(routes[name])) == "/checkout/payment"


def test_a_route_of_a_version_is_guilty_of_the_bad_deploy(demo: DemoSource) -> None:
    assert failures(by(demo, "cart", "route", BAD_DEPLOY))["/cart/items"] > 0.9
    versions = by(demo, "cart", "version", BAD_DEPLOY)
    assert failures(versions)["4.1.7"] > 0.9
    assert median_p95(versions["4.1.7"]) > 1.3 * median_p95(versions["4.1.6"])
    assert 0.3 < traffic(versions["4.1.7"]) / (traffic(versions["4.1.6"]) + traffic(versions["4.1.7"])) < 0.5
    for grid in (BEFORE, around(-22 * HOUR, -21 * HOUR)):
        assert traffic(by(demo, "cart", "version", grid)["4.1.7"]) == 0


def test_one_instance_fails_more_than_the_others(demo: DemoSource) -> None:
    instances = by(demo, "recommendations", "instance", around(-DAY, 0, HOUR))
    ratios = {
        name: float(frames.series(part, "errors", "server").sum()) / traffic(part) for name, part in instances.items()
    }
    worst = ratios.pop("recommendations-2")
    assert worst > 4 * max(ratios.values())


def test_trouble_spreads_from_checkout_to_what_it_calls(demo: DemoSource) -> None:
    now, yesterday = (by(demo, "notifications", "caller", around(end - 10 * MINUTE, end)) for end in (0, -DAY))
    left = {name: traffic(part) / traffic(yesterday[name]) for name, part in now.items()}
    assert left["checkout"] < 0.15
    assert left["shipping"] > 0.7


@pytest.mark.parametrize("name", sorted(NAMES - {"notifications", "legacy-batch"}))
def test_routes_have_latencies_of_their_own(demo: DemoSource, name: str) -> None:
    slowness = [median_p95(part) for part in by(demo, name, "route", BEFORE).values()]
    assert max(slowness) > 1.1 * min(slowness)


def test_failed_requests_take_longer_in_an_incident_and_never_the_same_time(demo: DemoSource) -> None:
    def p95(begin: int, end: int) -> pd.Series:
        samples = frames.of_service(demo.samples(around(begin, end), "checkout").frame, "checkout")
        return latency.quantiles(samples, measure="failed_latency")["0.95"]

    incident = p95(-20 * MINUTE, 0)
    assert incident.nunique() > 0.7 * len(incident)
    assert incident.max() > 1.5 * incident.min()
    # Of a failure or two in a minute the highest bucket is all that is known: their median is compared.
    assert incident.median() > p95(-3 * HOUR, -HOUR).median()
