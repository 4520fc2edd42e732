"""Native histograms on a real Prometheus: found without any classic series, and counted as exactly as classic ones."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

from dashboard.engine.default_slos import default_slos
from dashboard.exceptions import InvalidData
from dashboard.frames import of_service, series
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.promql import increase_over
from dashboard.ranking import ranking
from dashboard.rules import write_rules
from dashboard.signals.latency import quantiles
from dashboard.slo.indicators import Column, Query
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.prometheus.client.decode import Series, cumulative
from dashboard.sources.prometheus.queries import worst_values
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import DAY, HOUR, Grid
from tests import remote_write
from tests.remote_write import Histogram
from tests.rules.promtool import check
from tests.servers import NOW, Server, filled, prometheus

pytestmark = pytest.mark.servers

END = NOW // DAY * DAY
BEGIN = END - DAY
SCRAPE = 60
HOURS = Grid(BEGIN + HOUR, END, HOUR)
# The first window reaches back to before anything was scraped.
LATER = Grid(BEGIN + 2 * HOUR, END, HOUR)
NAME = "http_request_duration_seconds"
GAP = (BEGIN + 12 * HOUR + 700, BEGIN + 12 * HOUR + 3400)
# As of thirty days of counters in tests/slo/test_accuracy.py: Prometheus extrapolates.
ALLOWED = 0.0015
LIMIT = 0.5
LE = ("0.25", "0.5", "+Inf")


@dataclass(frozen=True)
class Instance:
    """Requests with their seconds and outcomes, the moments of the scrapes, the last start before each."""

    number: int
    at: np.ndarray
    seconds: np.ndarray
    failed: np.ndarray
    scrapes: np.ndarray
    started: np.ndarray

    def histograms(self, code: str) -> Iterator[Histogram]:
        """What it exposes of the requests with a code; nothing before the first of them."""
        chosen = self.failed if code == "500" else ~self.failed
        at, index = self.at[chosen], remote_write.bucket(self.seconds[chosen])
        for moment, since in zip(self.scrapes.tolist(), self.started.tolist(), strict=True):
            seen = index[(at > since) & (at <= moment)]
            if len(seen):
                yield Histogram(moment, int(seen.min()), np.bincount(seen - seen.min()).tolist())


def instance(number: int, rng: np.random.Generator) -> Instance:
    at = np.sort(rng.uniform(BEGIN, END, 130_000))
    seconds = rng.lognormal(np.log(0.15), 0.9, len(at))
    failed = rng.random(len(at)) < 0.02
    scrapes = np.arange(BEGIN + 7 + 20 * number, END, SCRAPE)
    scrapes = scrapes[(scrapes < GAP[0]) | (scrapes >= GAP[1])]
    restarts = np.array([BEGIN, BEGIN + 5 * HOUR + 1234 + 99 * number])
    return Instance(
        number, at, seconds, failed, scrapes, restarts[np.searchsorted(restarts, scrapes, side="right") - 1]
    )


@lru_cache(maxsize=1)
def checkout() -> tuple[Instance, ...]:
    rng = np.random.default_rng(20261126)
    return tuple(instance(number, rng) for number in range(2))


def exact(matching: str) -> int:
    """Requests of the whole day: `all`, `failed`, `answered`, and `fast` ones among these."""
    counted = {
        "all": lambda requests: np.ones(len(requests.at), bool),
        "failed": lambda requests: requests.failed,
        "answered": lambda requests: ~requests.failed,
        "fast": lambda requests: ~requests.failed & (requests.seconds <= LIMIT),
    }
    return sum(int(counted[matching](requests).sum()) for requests in checkout())


def steadily(service: str, **labels: str) -> list[bytes]:
    """One request a second of 0.1 s, told natively and, of `both`, by classic series, too."""
    moments = range(BEGIN, END, SCRAPE)
    named = {"__name__": NAME, "service": service, **labels}
    first = int(remote_write.bucket(np.array([0.1]))[0])
    series = [remote_write.series(named, histograms=[Histogram(at, first, [at - BEGIN + 1]) for at in moments])]
    counts = [(at, float(at - BEGIN + 1)) for at in moments]
    if service == "both":
        series.append(remote_write.series(named | {"__name__": f"{NAME}_count"}, samples=counts))
        for le in LE:
            classic = {"__name__": f"{NAME}_bucket", "le": le}
            series.append(remote_write.series(named | classic, samples=counts))
    return series


def everything() -> list[bytes]:
    series = [
        remote_write.series(
            {"__name__": NAME, "service": "checkout", "instance": str(each.number), "code": code},
            histograms=each.histograms(code),
        )
        for each in checkout()
        for code in ("200", "500")
    ]
    idle = [Histogram(at, 0, [5], zero=5) for at in range(BEGIN, END, SCRAPE)]
    series.append(remote_write.series({"__name__": NAME, "service": "idle"}, histograms=idle))
    plain = {"__name__": "http_requests_total", "service": "plain", "job": "plain", "code": "200"}
    series.append(remote_write.series(plain, samples=[(at, float(at - BEGIN)) for at in range(BEGIN, END, SCRAPE)]))
    return [*series, *split(), *steadily("both"), *moved(), *grpc(), *two_intervals(), *halved()]


def split() -> Iterator[bytes]:
    """Requests whose classic buckets carry the code; native histograms of the same name may carry none."""
    moments = [(at, float(at - BEGIN)) for at in range(BEGIN, END, SCRAPE)]
    for labels in ({"__name__": "http_requests_total"}, *({"__name__": f"{NAME}_bucket", "le": le} for le in LE)):
        yield remote_write.series({"service": "split", "job": "split", "code": "200"} | labels, samples=moments)
    yield remote_write.series(
        {"__name__": NAME, "service": "split", "job": "split"}, histograms=[Histogram(END, 0, [5])]
    )


def halved() -> Iterator[bytes]:
    """A request a second of each of three instances: fast ones by classic series; failed and slow ones natively."""
    moments = range(BEGIN, END, SCRAPE)
    counts = [(at, float(at - BEGIN + 1)) for at in moments]
    old = {"service": "halved", "job": "old", "instance": "old", "code": "200"}
    for labels in ({"__name__": f"{NAME}_count"}, *({"__name__": f"{NAME}_bucket", "le": le} for le in LE)):
        yield remote_write.series(old | labels, samples=counts)
    slow = int(remote_write.bucket(np.array([0.9]))[0])
    for code in ("200", "500"):
        new = {"__name__": NAME, "service": "halved", "job": "new", "instance": code, "code": code}
        yield remote_write.series(new, histograms=[Histogram(at, slow, [at - BEGIN + 1]) for at in moments])


def two_intervals() -> list[bytes]:
    """One request a second of each of two instances, one scraped four times as often; half of them take 0.9 s."""
    series = []
    for instance, every in (("often", SCRAPE // 4), ("seldom", SCRAPE)):
        named = {"__name__": NAME, "service": "uneven", "code": "200", "instance": instance}
        first, last = remote_write.bucket(np.array([0.4, 0.9])).tolist()
        moments = range(END - 2 * HOUR + 7, END, every)
        halves = ((at, (at - END + 2 * HOUR) // 2) for at in moments)
        each = [Histogram(at, first, [half, *[0] * (last - first - 1), half]) for at, half in halves]
        series.append(remote_write.series(named, histograms=each))
    return series


def moved() -> list[bytes]:
    """One request a second: told by classic series until two hours ago, natively since."""
    when = END - 2 * HOUR
    named = {"service": "moved"}
    classic = [(at, float(at - BEGIN + 1)) for at in range(BEGIN, when, SCRAPE)]
    native = [Histogram(at, 0, [at - when + 1]) for at in range(when, END, SCRAPE)]
    return [
        remote_write.series(named | {"__name__": f"{NAME}_count"}, samples=classic),
        remote_write.series(named | {"__name__": f"{NAME}_bucket", "le": "0.5"}, samples=classic),
        remote_write.series(named | {"__name__": f"{NAME}_bucket", "le": "+Inf"}, samples=classic),
        remote_write.series(named | {"__name__": NAME}, histograms=native),
    ]


def grpc() -> list[bytes]:
    """A request counter of its own, and a native histogram without a code beside it; all lies at zero."""
    moments = range(BEGIN, END, SCRAPE)
    named = {"grpc_service": "pay.Pay"}
    count = {"__name__": "grpc_server_handled_total", "grpc_code": "OK"}
    native = [Histogram(at, 0, [], zero=at - BEGIN + 1) for at in moments]
    return [
        remote_write.series(named | count, samples=[(at, float(at - BEGIN + 1)) for at in moments]),
        remote_write.series(named | {"__name__": "grpc_server_handling_seconds"}, histograms=native),
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    native = prometheus(tmp_path_factory.mktemp("native"))
    native.command += ["--enable-feature=native-histograms", "--web.enable-remote-write-receiver"]
    native.start()
    remote_write.send(native.url, everything())
    yield native
    native.stop()


@pytest.fixture
def source(server: Server) -> Iterator[PrometheusSource]:
    opened = PrometheusSource(server.url, timeout_s=60, limits=[0.3, 2.0])
    yield opened
    opened.close()


def services_of(source: PrometheusSource) -> dict[str, ServiceInfo]:
    return {info.name: info for info in source.discover(END).services}


@pytest.mark.parametrize("late", [330, 6 * HOUR])
def test_services_whose_data_have_ended_are_found_as_they_were(
    source: PrometheusSource, server: Server, late: int
) -> None:
    before = services_of(source)
    with closing(PrometheusSource(server.url, timeout_s=60, limits=[0.3, 2.0])) as later:
        assert {info.name: info for info in later.discover(END + late).services} == before


def test_a_service_with_nothing_but_a_native_histogram_is_found(source: PrometheusSource) -> None:
    info = services_of(source)["checkout"]
    assert (info.preset, info.errors, info.latency_by_outcome, info.notes) == ("generic-http", True, True, ())
    assert info.threshold == LIMIT
    assert set(info.labels) == {"instance", "code"}
    assert {slo.kind for slo in default_slos(info)} == {"availability", "latency"}


def test_hours_add_up_to_exact_counting_across_a_restart_and_a_gap(source: PrometheusSource) -> None:
    services_of(source)
    answer = source.counts(HOURS)
    assert answer.problems == ()
    frame = of_service(answer.frame, "checkout")
    sums = {
        "all": series(frame, "requests").sum(),
        "failed": series(frame, "errors", "server").sum(),
        "answered": series(frame, "latency", "inf").sum(),
        "fast": series(frame, "latency", "0.5").sum(),
    }
    assert sums["failed"] / sums["all"] == pytest.approx(exact("failed") / exact("all"), rel=ALLOWED)
    assert sums["fast"] / sums["answered"] == pytest.approx(exact("fast") / exact("answered"), rel=ALLOWED)
    assert sums["all"] == pytest.approx(exact("all"), rel=0.002)


def test_only_the_threshold_and_the_limits_that_were_written_are_counted(source: PrometheusSource) -> None:
    services_of(source)
    frame = of_service(source.counts(HOURS).frame, "checkout")
    assert sorted(frame["latency"].columns) == ["0.25", "0.5", "2", "inf"]


def test_signals_and_a_breakdown_come_with_quantiles(source: PrometheusSource, monkeypatch: pytest.MonkeyPatch) -> None:
    services_of(source)
    grid = Grid(END - HOUR, END - 300, 300)
    frame = of_service(source.samples(grid).frame, "checkout")
    median = quantiles(frame)["0.5"]
    assert median.notna().all()
    assert median.median() == pytest.approx(0.15, rel=0.1)
    assert quantiles(frame, measure="failed_latency")["0.5"].notna().all()
    parts = source.breakdown(grid, "checkout", "instance").frame
    every = series(frame, "requests")
    summed = sum(series(of_service(parts, name), "requests") for name in ("0", "1"))
    pd.testing.assert_series_equal(summed, every, check_names=False)
    monkeypatch.setattr(worst_values, "FETCHED", 1)
    ranked, by_points = source.ranking(grid, "checkout", "instance"), ranking(parts, 0.5, grid.step)
    assert ranked is not None
    assert set(ranked.values) == set(by_points.values) == {"0", "1"}
    # A range of an hour is extrapolated other than the sum of its parts.
    np.testing.assert_allclose(ranked.bad.sum(), by_points.bad.sum(), rtol=0.01)


def test_events_by_all_labels_are_those_of_the_breakdown(source: PrometheusSource) -> None:
    services_of(source)
    grid = Grid(END - HOUR, END - 300, 300)
    parts = source.breakdown(grid, "checkout", "instance").frame
    spans = Spans(grid.end, grid.span, HOUR)
    for bad, measure, of_bad in ((BadEvents.FAILED, "requests", "errors"), (BadEvents.SLOW, "latency", "latency")):
        table = source.combinations("checkout", bad, spans).combinations
        (place,) = (place for place, label in enumerate(table.labels) if label == "instance")
        for code, name in enumerate(table.values[place]):
            inside, frame = table.codes[place] == code, of_service(parts, name)
            detail = "inf" if bad is BadEvents.SLOW else ""
            valid = series(frame, measure, detail).sum() * grid.step
            fast = series(frame, "latency", "0.5").sum() * grid.step
            failed = series(frame, of_bad, "server").sum() * grid.step
            assert table.valid[inside].sum() == pytest.approx(valid, rel=0.02)
            assert table.bad[inside].sum() == pytest.approx(valid - fast if detail else failed, rel=0.05)


def test_what_is_told_both_ways_is_counted_once(source: PrometheusSource) -> None:
    info = services_of(source)["both"]
    assert info.bounds == (0.25, 0.5)
    frame = of_service(source.counts(LATER).frame, "both")
    assert series(frame, "requests").to_numpy() == pytest.approx(3600)
    assert series(frame, "latency", "inf").to_numpy() == pytest.approx(3600)


def test_beside_others_that_have_one_no_native_histogram_is_taken_for_granted(source: PrometheusSource) -> None:
    info = services_of(source)["plain"]
    assert info.bounds == ()
    assert {slo.kind for slo in default_slos(info)} == {"availability"}


def test_whether_buckets_carry_the_outcome_is_asked_of_those_that_are_counted(source: PrometheusSource) -> None:
    info = services_of(source)["split"]
    assert (info.bounds, info.latency_by_outcome) == ((0.25, 0.5), True)


def test_instances_that_write_native_histograms_alone_count_beside_classic_ones(source: PrometheusSource) -> None:
    assert services_of(source)["halved"].bounds == (0.25, 0.5)
    keys = (("requests", ""), ("errors", "server"), ("latency", "inf"), ("latency", "0.5"))
    hour, row = (
        of_service(frame, "halved").iloc[-1]
        for frame in (source.counts(LATER).frame, source.newest_counts(Grid(END - 600, END - 300, 300)).frame)
    )
    assert [float(hour[key]) for key in keys] == pytest.approx([10_800, 3600, 7200, 3600])
    assert [float(row[key]) for key in keys] == pytest.approx([900, 300, 600, 300])
    shown = of_service(source.samples(Grid(END - HOUR, END - 300, 300)).frame, "halved").iloc[-1]
    assert [float(shown[key]) for key in keys] == pytest.approx([3, 1, 2, 1])


def test_what_came_newly_is_counted_once_however_often_each_target_is_scraped(source: PrometheusSource) -> None:
    assert services_of(source)["uneven"].scrape_interval == SCRAPE
    frame = of_service(source.newest_counts(Grid(END - 1200, END, 15)).frame, "uneven")
    counted = [float(series(frame, *key).sum()) for key in (("requests", ""), ("latency", "inf"), ("latency", "0.5"))]
    # A scrape may lie on either side of each end.
    assert counted == [pytest.approx(2400, abs=60), pytest.approx(2400, abs=60), pytest.approx(1200, abs=30)]


def test_a_service_that_became_native_is_not_taken_to_be_gone(source: PrometheusSource) -> None:
    assert len(services_of(source)["moved"].bounds) > 2
    frame = of_service(source.counts(LATER).frame, "moved")
    assert series(frame, "requests").iloc[-1] == pytest.approx(3600)


def test_a_query_that_gives_a_histogram_is_told_what_it_lacks(source: PrometheusSource) -> None:
    services_of(source)
    (problem,) = source.query_values([Query(f"sum({NAME})", counter=True)], LATER).problems
    assert "write histogram_count(…)" in problem.what


def test_where_nothing_came_no_part_is_unknown(source: PrometheusSource) -> None:
    services_of(source)
    frame = of_service(source.counts(LATER).frame, "idle")
    for detail in ("0.5", "inf"):
        assert (series(frame, "latency", detail) == 0).all()


def test_beside_a_request_counter_the_native_histogram_tells_latency(source: PrometheusSource) -> None:
    assert services_of(source)["pay.Pay"].threshold == LIMIT
    frame = of_service(source.counts(LATER).frame, "pay.Pay")
    assert series(frame, "requests").to_numpy() == pytest.approx(3600)
    assert series(frame, "latency", "0.5").to_numpy() == pytest.approx(3600), "also what lies in the zero bucket"


def test_its_rules_are_taken_by_promtool(source: PrometheusSource, tmp_path: Path) -> None:
    slos = default_slos(services_of(source)["checkout"])
    rules = write_rules(slos, source.expression)  # type: ignore[arg-type]
    assert "histogram_fraction(-Inf, 0.5, sum(" in rules.text
    assert rules.notes == ()
    assert "SUCCESS" in check(tmp_path, rules.text)


def test_the_expression_counts_what_the_service_counts(source: PrometheusSource) -> None:
    services_of(source)
    columns = [Column(service, "latency", detail) for service in ("checkout", "idle") for detail in ("0.5", "inf")]
    queries = [Query(source.expression(column), counter=True) for column in columns]
    answer = source.query_values(queries, HOURS)
    assert answer.problems == ()
    idle = [answer.frame[query.key] for query in queries[2:]]
    assert all((column == 0).all() for column in idle), "of no requests none were fast, in any hour"
    fast, every = (float(answer.frame[query.key].sum()) for query in queries[:2])
    assert fast / every == pytest.approx(exact("fast") / exact("answered"), rel=ALLOWED)
    assert every == pytest.approx(exact("answered"), rel=0.002)


def test_a_bucket_counts_for_the_bounds_that_it_lies_below_as_a_whole() -> None:
    buckets = b'[[0,"0.0625","0.25","3"],[0,"0.25","1","5"],[0,"1","4","2"]]'
    points = b'[[%d,{"count":"10","sum":"1","buckets":%s}],[%d,{"count":"0","sum":"0"}]]' % (NOW, buckets, NOW + 60)
    one = Series(histograms=msgspec.Raw(points))
    made = cumulative(one, (0.25, 0.5, 1.0, np.inf), Grid(NOW, NOW + 120, 60))
    assert made[:, 0].tolist() == [3, 3, 8, 10]
    assert made[:, 1].tolist() == [0, 0, 0, 0]
    assert np.isnan(made[:, 2]).all()


def test_what_is_no_histogram_is_told() -> None:
    for odd in (b'[[0,{"buckets":[[0,"0","many","1"]]}]]', b'[[0,"1"]]'):
        with pytest.raises(InvalidData, match="histograms that cannot be read"):
            cumulative(Series(histograms=msgspec.Raw(odd)), (1.0, np.inf), Grid(0, 60, 60))


def test_a_stretched_window_scales_numbers_and_no_histogram() -> None:
    assert (
        increase_over("sum(histogram_count(x))", "60s", overlap=60)
        == "sum((histogram_count(increase(x[120000ms])) * 0.5))"
    )
    assert (
        increase_over("histogram_fraction(0, 1, x)", "60s", overlap=60)
        == "sum(histogram_fraction(0, 1, increase(x[120000ms])))"
    )


@pytest.mark.parametrize("kind", ["prometheus", "victoria"])
def test_a_server_that_knows_no_native_histograms_is_undisturbed(kind: str, tmp_path: Path) -> None:
    moments = range(NOW - HOUR, NOW, SCRAPE)
    counted = [f'http_requests_total{{service="shop",code="200"}} {at - NOW + HOUR} {at}' for at in moments]
    summary = [f'{NAME}{{service="shop",quantile="0.5"}} 0.1 {at}' for at in moments]
    plain = [f'http_server_requests_seconds{{service="odd"}} 1 {at}' for at in moments]
    text = ["# TYPE http_requests counter", *counted, f"# TYPE {NAME} summary", *summary]
    text += ["# TYPE http_server_requests_seconds gauge", *plain, "# EOF"]
    made = filled(kind, tmp_path, "\n".join(text) + "\n")
    source = PrometheusSource(made.url)
    catalog = source.discover(NOW)
    source.close()
    made.stop()
    assert [one.name for one in catalog.services] == ["shop"]
    notes = [note for note in catalog.notes if "native" in note]
    assert len(notes) == (kind == "victoria")
    assert all(note.startswith("http_server_requests_seconds was not read as a native histogram") for note in notes)
