"""The demo's files hold the numbers that its pages show."""

from pathlib import Path

import numpy as np
import pytest

from dashboard import buckets, frames
from dashboard.signals import latency
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.demo.csv_export import SHAPES, write_csv
from dashboard.sources.demo.scenario import SERVICES
from dashboard.sources.demo.source import BOUNDS, DemoSource
from dashboard.timerange import HOUR, Grid
from tests.sources.demo.moments import MINUTE, NAMES, START

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
