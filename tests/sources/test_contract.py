"""Cases every source must pass, whatever it is: the same queries, answers of one form."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.engine.past.latency_past import bucket_counts
from dashboard.frames import LEVELS
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.demo.csv_export import write_csv
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.sources.protocol import Source
from dashboard.timerange import HOUR, Grid
from tests.servers import NOW, Server

WINDOW = Grid.ending(NOW, span=HOUR, step=60)
MEASURES = {"requests", "errors", "latency", "failed_latency", "quantile", "mean", "saturation", "usage"}


def demo(request: pytest.FixtureRequest) -> Source:
    return DemoSource(start=NOW)


def from_csv(request: pytest.FixtureRequest) -> Source:
    path: Path = request.getfixturevalue("tmp_path") / "demo.csv"
    write_csv(DemoSource(start=NOW), path, "wide", start=NOW - 3 * HOUR, end=NOW)
    return CsvSource([str(path)])


def from_prometheus(request: pytest.FixtureRequest) -> Source:
    server: Server = request.getfixturevalue("prometheus_server")
    return PrometheusSource(server.url)


def from_victoria(request: pytest.FixtureRequest) -> Source:
    server: Server = request.getfixturevalue("victoria_server")
    return PrometheusSource(server.url)


Factory = Callable[[pytest.FixtureRequest], Source]


@pytest.fixture(params=[demo, from_csv, from_prometheus, from_victoria], ids=["demo", "csv", "prometheus", "victoria"])
def source(request: pytest.FixtureRequest) -> Iterator[Source]:
    factory: Factory = request.param
    opened = factory(request)
    opened.discover(NOW)
    yield opened
    opened.close()


def test_samples_lie_on_the_whole_grid_in_the_form_of_the_contract(source: Source) -> None:
    frame = source.samples(WINDOW).frame
    assert list(frame.columns.names) == LEVELS
    assert frame.index.equals(WINDOW.index())
    assert str(frame.index.tz) == "UTC"  # type: ignore[attr-defined]
    assert {str(dtype) for dtype in frame.dtypes} == {"float64"}
    assert set(frame.columns.get_level_values("measure")) <= MEASURES
    assert frame.columns.is_unique
    assert not np.isinf(frame.to_numpy()).any()


def test_every_service_found_has_samples(source: Source) -> None:
    names = {info.name for info in source.discover(NOW).services}
    assert set(source.samples(WINDOW).frame.columns.get_level_values("service")) == names


def test_one_service_alone_is_what_it_is_among_all(source: Source) -> None:
    every, alone = source.samples(WINDOW).frame, source.samples(WINDOW, "checkout").frame
    columns = sorted(alone.columns)
    pd.testing.assert_frame_equal(every[columns], alone[columns], rtol=1e-9, check_freq=False)


def test_an_unknown_service_is_no_error_but_no_columns(source: Source) -> None:
    assert source.samples(WINDOW, 'no"such{service}').frame.empty


def test_a_tail_holds_what_the_whole_holds_there(source: Source) -> None:
    whole = source.samples(WINDOW).frame
    tail = source.samples(WINDOW.tail(NOW - 600)).frame
    columns = sorted(tail.columns)
    pd.testing.assert_frame_equal(whole.loc[tail.index, columns], tail[columns], rtol=1e-12, check_freq=False)


def test_events_obey_their_bounds(source: Source) -> None:
    frame = source.counts(Grid(NOW, NOW, HOUR)).frame
    for service in ("checkout", "search"):
        requests = frame[(service, "requests", "")].iloc[-1]
        assert 0 <= frame[(service, "errors", "server")].iloc[-1] <= requests
        if (service, "latency", "inf") in frame.columns:
            assert frame[(service, "latency", "0.5")].iloc[-1] <= frame[(service, "latency", "inf")].iloc[-1]


def test_all_sources_agree_on_the_hour(source: Source) -> None:
    true = DemoSource(start=NOW).counts(Grid(NOW, NOW, HOUR)).frame
    frame = source.counts(Grid(NOW, NOW, HOUR)).frame
    for service in ("checkout", "catalog"):
        column = (service, "requests", "")
        assert frame[column].iloc[-1] == pytest.approx(true[column].iloc[-1], rel=0.03)


def test_buckets_are_counted_at_all_bounds_as_objectives_count_them_at_one(source: Source) -> None:
    """Any threshold can be tried on the past: what it is now gives the counts that it has now."""
    grid = Grid(NOW, NOW, HOUR)
    counts, every = source.counts(grid).frame, bucket_counts(source, grid).frame
    alone = bucket_counts(source, grid, "checkout").frame
    latency = [column for column in every.columns if column[:2] == ("checkout", "latency")]
    assert sorted(latency) == sorted(column for column in alone.columns if column[1] == "latency")
    if ("checkout", "latency", "inf") not in counts.columns:
        return
    assert len(latency) > 10
    for bound in ("0.5", "inf"):
        column = ("checkout", "latency", bound)
        for frame in (every, alone):
            assert frame[column].tolist() == pytest.approx(counts[column].tolist(), rel=1e-9, nan_ok=True)
    rising = alone[sorted(latency, key=lambda column: float(column[2]))].to_numpy()[-1]
    assert (np.diff(rising) >= -1e-6).all()


def test_outside_what_is_known_there_is_no_data_rather_than_zero(source: Source) -> None:
    if source.kind == "demo":
        gap = source.samples(Grid(NOW - 6 * HOUR + 900, NOW - 6 * HOUR + 1800, 60), "shipping").frame
        assert gap.isna().all(axis=None)
        return
    later = Grid(WINDOW.start + 30 * 86400, WINDOW.end + 30 * 86400, 60)
    assert source.samples(later).frame.isna().all(axis=None)


def test_each_query_has_its_cost_and_the_newest_sample_its_time(source: Source) -> None:
    answer = source.samples(WINDOW)
    assert answer.costs
    assert all(cost.seconds >= 0 and cost.purpose for cost in answer.costs)
    assert answer.newest == pytest.approx(NOW, abs=60)
