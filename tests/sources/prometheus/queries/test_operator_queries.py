"""Against the real servers: the operator's queries, counts that tile, and columns as PromQL that gives the same."""

from collections.abc import Iterator, Sequence

import httpx
import msgspec
import numpy as np
import pandas as pd
import pytest

from dashboard import buckets, frames
from dashboard.exceptions import SourceError, SourceUnavailable
from dashboard.promql import increase_over
from dashboard.slo.indicators import Column, Query
from dashboard.sources.prometheus.catalog_search import count_step
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.scrape_interval import SPANS, ScrapeIntervals
from dashboard.sources.prometheus.presets import presets
from dashboard.sources.prometheus.queries import operator_queries
from dashboard.sources.prometheus.search.series_search import SeriesSearch
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid
from tests.misbehaving import NONE, Fault, misbehaving
from tests.servers import NOW, RESTART, Server, filled, free_port

pytestmark = pytest.mark.servers

END = NOW - 1800
# An hour without a restart.
CALM = Grid.between(RESTART - 2 * HOUR, RESTART - HOUR, step=300)
CHECKOUT = Query('sum(http_requests_total{job="checkout"})', counter=True)


@pytest.fixture
def source(server: Server) -> Iterator[PrometheusSource]:
    opened = PrometheusSource(server.url)
    opened.discover(NOW)
    yield opened
    opened.close()


def column(answer: Answer, query: Query) -> pd.Series:
    return answer.frame[query.key]


def problems_of(answer: Answer) -> str:
    return "\n".join(f"{problem.where}: {problem.what}" for problem in answer.problems)


# --- counters -----------------------------------------------------------------------------------------------------


def test_a_counter_gives_what_the_counts_of_its_service_give(source: PrometheusSource) -> None:
    for grid in (CALM, Grid(END - 2 * HOUR, END, HOUR)):
        want = source.counts(grid).frame[("checkout", "requests", "")]
        got = column(source.query_values([CHECKOUT], grid), CHECKOUT)
        assert want.notna().all()
        np.testing.assert_allclose(got, want, rtol=1e-9)


@pytest.mark.parametrize("service", ["checkout", "catalog"])
def test_steps_follow_each_other_without_gap_or_overlap(source: PrometheusSource, service: str) -> None:
    hour = Grid(CALM.end, CALM.end, HOUR)
    for measure, detail in (("requests", ""), ("errors", "server"), ("latency", "0.5")):
        fine, whole = source.counts(CALM).frame, source.counts(hour).frame
        got, want = fine[(service, measure, detail)].sum(), whole[(service, measure, detail)].sum()
        assert got == pytest.approx(want, rel=1e-9), (measure, detail)


def test_what_each_scrape_found_adds_up_to_the_whole(source: PrometheusSource) -> None:
    """Scraped once a minute, asked about by the quarter: the scrape is in one of four, and nothing in the others."""
    quarters, whole = Grid.between(CALM.end - 900, CALM.end, step=15), Grid(CALM.end, CALM.end, 900)
    signals, queried = source.newest_counts(quarters), source.newest_values([CHECKOUT], quarters)
    for measure, detail in (("requests", ""), ("errors", "server"), ("latency", "0.5"), ("latency", "inf")):
        key = ("checkout", measure, detail)
        values = signals.frame[key]
        assert values.notna().all()
        assert (values > 0).sum() <= 15
        assert values.sum() == pytest.approx(source.counts(whole).frame[key].sum(), rel=1e-9), key
    assert column(queried, CHECKOUT).sum() == pytest.approx(signals.frame[("checkout", "requests", "")].sum())


def test_a_restart_between_two_scrapes_loses_no_more_than_that(source: PrometheusSource) -> None:
    signals = source.newest_counts(Grid.between(RESTART - 600, RESTART + 600, step=15))
    column = signals.frame[("checkout", "requests", "")]
    assert (column >= 0).all()
    assert column.max() < 3 * column[column > 0].median()


def test_each_counter_has_its_own_pace(uneven: PrometheusSource) -> None:
    grid = Grid.between(NOW - HOUR, NOW - 600, step=60)
    queries = [Query(f'jobs_total{{pace="{pace}"}}', counter=True) for pace in INTERVALS]
    answer = uneven.query_values(queries, grid)
    for query in queries:
        rows = column(answer, query)
        assert rows.mean() == pytest.approx(60, rel=0.05), query.text


def test_a_restart_loses_no_more_than_half_a_scrape(source: PrometheusSource) -> None:
    fine = Grid.between(RESTART - HOUR, RESTART + 1800, step=300)
    rows = column(source.query_values([CHECKOUT], fine), CHECKOUT)
    assert rows.notna().all()
    assert rows.min() > 0.5 * rows.median()
    assert rows.max() < 2 * rows.median()


def test_whether_a_server_extrapolates_is_seen_by_what_it_does(
    prometheus_server: Server, victoria_server: Server
) -> None:
    for server, metricsql in ((prometheus_server, False), (victoria_server, True)):
        source = PrometheusSource(server.url)
        source.discover(NOW)
        assert source._catalogs._discovery.speaks_metricsql(NOW) is metricsql
        (asked,) = {cost.query for cost in source.query_values([CHECKOUT], CALM).costs}
        assert ("[359999ms]" in asked) is not metricsql
        source.close()


@pytest.mark.parametrize(
    ("scrapes", "step"),
    [((15.0, 30.0), 60), ((15.0, 45.0), 300), ((150.0,), 300), ((180.0,), 600), ((360.0,), 3600), ((), 60)],
)
def test_steps_are_as_short_as_the_slowest_service_allows(scrapes: Sequence[float], step: int) -> None:
    generic = next(preset for preset in presets() if preset.name == "generic-http")
    host = next(preset for preset in presets() if preset.name == "node-exporter")
    instrumentations = [Instrumentation(generic, ("service",), {}, scrape) for scrape in scrapes]
    assert count_step([*instrumentations, Instrumentation(host, ("instance",), {}, 300.0)]) == step


# --- queries of any kind ------------------------------------------------------------------------------------------


def test_values_are_taken_at_the_end_of_each_step(source: PrometheusSource) -> None:
    query = Query("max(process_open_fds / process_max_fds)")
    answer = source.query_values([query], CALM)
    assert answer.frame.index.equals(CALM.index())
    assert column(answer, query).between(0, 1).all()


def test_a_template_in_a_value_is_the_step(source: PrometheusSource) -> None:
    query = Query("max(count_over_time(process_open_fds[{{.window}}]))")
    assert column(source.query_values([query], CALM), query).isin([5, 6]).all()


def test_identical_queries_are_asked_once(source: PrometheusSource) -> None:
    answer = source.query_values([CHECKOUT, Query("vector(1)"), CHECKOUT], CALM)
    assert len(answer.costs) == 2
    assert set(answer.frame) == {CHECKOUT.key, ("", "value", "vector(1)")}


def test_what_has_no_series_is_a_column_without_data(source: PrometheusSource) -> None:
    queries = [Query("sum(nothing_of_the_kind)"), Query("nothing_of_the_kind", counter=True)]
    answer = source.query_values(queries, CALM)
    assert answer.frame.shape == (len(CALM), 2)
    assert answer.frame.isna().all(axis=None)
    assert answer.problems == ()


REFUSED = {
    Query("sum(", counter=True): "sum(: `sum(` is not valid PromQL: unclosed left parenthesis",
    Query("sum(", counter=False): "refuses a query",
    Query("no_such_function(up)"): "refuses a query",
    Query("rate(sum(http_requests_total)[5m:])", counter=True): "write sum(rate(x[5m]))",
    Query("process_open_fds"): "series, told apart by",
    Query("sum(up) * $factor"): "a template can only stand for a range, as in x[{{.window}}]",
}


@pytest.mark.parametrize("query", REFUSED, ids=lambda query: query.text)
def test_a_query_that_cannot_be_answered_is_a_problem_and_no_column(source: PrometheusSource, query: Query) -> None:
    answer = source.query_values([query, CHECKOUT], CALM)
    assert REFUSED[query] in problems_of(answer)
    assert query.text in problems_of(answer)
    assert set(answer.frame) == {CHECKOUT.key}


def test_a_query_that_falls_into_a_trap_is_answered_and_told(source: PrometheusSource) -> None:
    query = Query("sum(process_open_fds) or vector(0) / sum(process_max_fds)")
    answer = source.query_values([query], CALM)
    assert column(answer, query).notna().all()
    assert "write `(a or vector(0)) / b`" in problems_of(answer)


def test_queries_that_only_victoria_understands_are_asked_as_they_are(victoria_server: Server) -> None:
    source = PrometheusSource(victoria_server.url)
    source.discover(NOW)
    query = Query("sum(nothing_of_the_kind) default 7")
    assert (column(source.query_values([query], CALM), query) == 7).all()
    source.close()


def test_a_server_that_is_away_is_an_error() -> None:
    source = PrometheusSource(f"http://127.0.0.1:{free_port()}", timeout_s=2)
    for query in (CHECKOUT, Query("vector(1)")):
        with pytest.raises(SourceUnavailable, match="cannot be reached"):
            source.query_values([query, Query("vector(2)")], CALM)
    source.close()


def test_half_an_answer_is_marked(prometheus_server: Server) -> None:
    with misbehaving(prometheus_server.url) as proxy:
        source = PrometheusSource(proxy.url)
        source.discover(NOW)
        assert not source.query_values([CHECKOUT], CALM).partial
        proxy.fault = Fault(warning="a store is gone", only="start=")
        answer = source.query_values([CHECKOUT], CALM)
        proxy.fault = NONE
        source.close()
    assert answer.partial
    assert "a store is gone" in problems_of(answer)


def test_a_native_histogram_is_told_what_it_lacks() -> None:
    with pytest.raises(ValueError, match=r"write histogram_count"):
        operator_queries.values(Query("x", counter=True), [Series(histograms=msgspec.Raw(b"[[1,{}]]"))], CALM)


# --- columns as PromQL --------------------------------------------------------------------------------------------

COLUMNS = [
    Column("checkout", "requests"),
    Column("checkout", "errors", "server"),
    Column("checkout", "latency", "0.5"),
    Column("checkout", "latency", "inf"),
]


@pytest.mark.parametrize("wanted", COLUMNS, ids=lambda column: f"{column.measure} {column.detail}")
def test_a_column_is_counted_by_its_expression(source: PrometheusSource, wanted: Column) -> None:
    text = source.expression(wanted)
    assert "increase(" not in text
    assert "rate(" not in text
    query = Query(text, counter=True)
    got = column(source.query_values([query], CALM), query)
    np.testing.assert_allclose(got, source.counts(CALM).frame[wanted.key], rtol=1e-9)


def test_an_expression_over_five_minutes_is_what_anybody_would_ask(server: Server, source: PrometheusSource) -> None:
    text = increase_over(source.expression(COLUMNS[0]), "5m")
    assert text.startswith("sum(increase(http_requests_total{")
    assert text.endswith("[5m]))")
    form = {"query": text, "time": str(CALM.end)}
    (row,) = httpx.post(f"{server.url}/api/v1/query", data=form).json()["data"]["result"]
    counted = source.counts(CALM).frame[COLUMNS[0].key].iloc[-1]
    assert float(row["value"][1]) == pytest.approx(counted, rel=0.05)


def test_what_failed_is_told_from_what_was_slow(source: PrometheusSource) -> None:
    assert 'code=~"5.."' in source.expression(Column("checkout", "errors", "server"))
    assert 'code=~"4.."' in source.expression(Column("checkout", "errors", "client"))
    slow, failed = (source.expression(Column("checkout", measure, "0.5")) for measure in ("latency", "failed_latency"))
    assert 'le="0.5"' in slow
    assert 'code=~"[1-4].."' in slow
    assert 'code=~"5.."' in failed


def test_a_resource_is_its_gauge(source: PrometheusSource) -> None:
    wanted = Column("checkout", "saturation", "file descriptors")
    query = Query(source.expression(wanted))
    want = source.samples(CALM, "checkout").frame[wanted.key]
    np.testing.assert_allclose(column(source.query_values([query], CALM), query), want)


def test_an_age_is_the_time_since_the_newest_sample(source: PrometheusSource) -> None:
    query = Query(source.expression(Column("checkout", "age")))
    assert column(source.query_values([query], CALM), query).between(0, 60).all()


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Column("nobody", "requests"), "no service 'nobody' was found"),
        (Column("checkout", "saturation", "pool"), "generic-http does not tell saturation pool of 'checkout'"),
        (Column("checkout", "latency", "0.123"), "does not tell latency 0.123"),
        (Column("checkout", "quantile", "0.5"), "does not tell quantile 0.5"),
    ],
)
def test_a_column_that_is_not_there_has_no_expression(source: PrometheusSource, wanted: Column, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        source.expression(wanted)


# --- latency limits -----------------------------------------------------------------------------------------------


def test_latency_is_counted_at_every_limit_asked_for_or_stricter(server: Server) -> None:
    source = PrometheusSource(server.url, limits=[0.2, 0.25, 0.3, 0.0001, 99])
    (checkout,) = (info for info in source.discover(NOW).services if info.name == "checkout")
    frame = frames.of_service(source.counts(CALM).frame, "checkout")
    source.close()
    details = frames.of_measure(frame, "latency").columns
    assert set(details) == {"0.2", "0.3", "0.5", "inf", buckets.bound_text(checkout.bounds[-1])}
    assert (frame[("latency", "0.3")] <= frame[("latency", "0.5")]).all()


# --- other series -------------------------------------------------------------------------------------------------

INTERVALS = (15, 60, 120)


def exposition() -> str:
    """One job a second at several paces; requests whose buckets are written in two ways, as after an upgrade."""
    lines = ["# TYPE jobs counter"]
    for interval in INTERVALS:
        times = range(NOW - 2 * HOUR + interval // 3, NOW, interval)
        lines += [f'jobs_total{{pace="{interval}"}} {at - NOW + 3 * HOUR} {at}' for at in times]
    lines += ["# TYPE http_requests counter"]
    moments = range(NOW - 2 * HOUR, NOW, 60)
    lines += [f'http_requests_total{{service="a",code="200"}} {4 * (at - NOW + 3 * HOUR)} {at}' for at in moments]
    lines += ["# TYPE http_request_duration_seconds histogram"]
    for le, share, instance in (("1", 1, "old"), ("+Inf", 2, "old"), ("1.0", 1, "new"), ("+Inf", 2, "new")):
        series = f'http_request_duration_seconds_bucket{{service="a",instance="{instance}",le="{le}"}}'
        lines += [f"{series} {share * (at - NOW + 3 * HOUR)} {at}" for at in moments]
    return "\n".join([*lines, "# EOF"]) + "\n"


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def uneven(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusSource]:
    server = filled(request.param, tmp_path_factory.mktemp("paced"), exposition())
    source = PrometheusSource(server.url, limits=[1])
    source.discover(NOW - 60)
    yield source
    source.close()
    server.stop()


def test_a_bound_that_is_written_in_two_ways_is_one(uneven: PrometheusSource) -> None:
    grid = Grid.between(NOW - HOUR, NOW - 600, step=300)
    frame = frames.of_service(uneven.counts(grid).frame, "a")
    np.testing.assert_allclose(frame[("latency", "1")], 600, rtol=1e-6)
    np.testing.assert_allclose(frame[("latency", "inf")], 1200, rtol=1e-6)
    query = Query(uneven.expression(Column("a", "latency", "1")), counter=True)
    assert 'le=~"1' in query.text
    np.testing.assert_allclose(column(uneven.query_values([query], grid), query), 600, rtol=1e-6)


@pytest.mark.parametrize("late", [120, 330, 5 * HOUR])
def test_a_counter_that_has_ended_has_the_interval_that_it_had(uneven: PrometheusSource, late: int) -> None:
    intervals = ScrapeIntervals(SeriesSearch(uneven._client).instant)  # type: ignore[arg-type]
    texts = {interval: f'jobs_total{{pace="{interval}"}}' for interval in INTERVALS}
    intervals.measure(texts.values(), NOW + late)
    assert {interval: intervals.slowest(text) for interval, text in texts.items()} == {each: each for each in INTERVALS}


def test_the_scrape_intervals_of_a_thousand_queries_are_measured_by_few(prometheus_server: Server) -> None:
    source = PrometheusSource(prometheus_server.url)
    asked: list[str] = []

    class Counting(SeriesSearch):
        def instant(self, query: str, at: int) -> list[Series]:
            asked.append(query)
            return super().instant(query, at)

    intervals = ScrapeIntervals(Counting(source._client).instant)
    texts = [f'http_requests_total{{service="{n}"}}' for n in range(99)] + [CHECKOUT.text]
    for _ in range(3):
        intervals.measure(texts, NOW)
    assert len(asked) == 4 * len(SPANS), "two batches, and those of them that have no samples over a day"
    bad = 'http_requests_total{job=~"("}'
    intervals.measure([bad, 'http_requests_total{job="search"}'], NOW)
    assert (intervals.slowest(bad), intervals.slowest('http_requests_total{job="search"}')) == (None, 60)
    assert (intervals.slowest(CHECKOUT.text), intervals.slowest(texts[0])) == (60, None)
    source.close()
