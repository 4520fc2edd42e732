"""Thirty days on real servers: what hourly counts add up to against exact counting, and what a tick costs them.

Events are drawn cell by cell; several instances a service are scraped once a minute at phases of their own, restart,
and one service is not scraped for 45 minutes. The truth counts every event, also those that no scrape ever saw.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import httpx
import numpy as np
import pandas as pd
import pytest

from dashboard.cli import main
from dashboard.config.configuration import Config
from dashboard.engine.event_counts import fetch
from dashboard.engine.opening import open_poller
from dashboard.frames import of_service, series
from dashboard.slo.event_requests import Level
from dashboard.slo.indicators import Column, Query, Ratio
from dashboard.slo.ledger import Ledger
from dashboard.slo.objective import Slo
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.sources.prometheus.spec import PrometheusSpec
from dashboard.sources.protocol import Answer
from dashboard.timerange import DAY, HOUR, Grid, utc
from tests.servers import NOW, Server, filled

pytestmark = pytest.mark.servers

DAYS = 30
END = NOW // DAY * DAY
BEGIN = END - DAYS * DAY
SCRAPE = 60
CELL = 5  # seconds; events of a cell happen at once
CELLS = DAYS * DAY // CELL
MONTH = Grid(BEGIN + HOUR, END, HOUR)
# Relative error of the error ratio of thirty days: Prometheus extrapolates, VictoriaMetrics does not.
ALLOWED = {"prometheus": 0.0015, "victoria": 0.0002}
BUSY = 100_000
# The default SLOs, and one for the same numbers as it is configured.
QUERIES = tuple(
    Query(f'sum(http_requests_total{{service="search"{code}}})', counter=True) for code in ("", ',code=~"5.."')
)
SLOS = (
    Slo(
        "checkout",
        "configured",
        Ratio(Column("checkout", "requests"), bad=Column("checkout", "errors", "server")),
        0.999,
    ),
    Slo("search", "written", Ratio(QUERIES[0], bad=QUERIES[1]), 0.99),
)


@dataclass(frozen=True)
class Kind:
    """A service: its events and how it is run. `gap`: seconds after BEGIN between which nobody scrapes it."""

    per_s: float
    failing: float
    instances: int
    restarts: int
    gap: tuple[int, int] = (0, 0)


KINDS = {
    "checkout": Kind(6.0, 0.004, 2, 8, gap=(12 * DAY + 4000, 12 * DAY + 6700)),
    "search": Kind(1.0, 0.02, 2, 4),
    "small": Kind(0.06, 0.03, 1, 4),
    "flawless": Kind(0.5, 0.0, 1, 3),
    "rare": Kind(0.0005, 0.1, 1, 3),
}
# Days of a slow burn and of an outage, and the share of requests that fail.
INCIDENTS = ((9.1, 9.2, 0.05), (20.5, 20.52, 0.5))


@dataclass(frozen=True)
class Instance:
    """Events of each cell by code, the second of each scrape after BEGIN, and when it was started last before it."""

    labels: str
    events: dict[str, np.ndarray]
    scrapes: np.ndarray
    started: np.ndarray

    def lines(self) -> Iterator[str]:
        """Exposition of each series; a counter that nothing has happened to is not there."""
        at, since = self.scrapes // CELL, self.started // CELL
        for code, events in self.events.items():
            total = np.concatenate([[0], np.cumsum(events)])
            value = total[at] - total[since]
            there = value > 0
            name = f'http_requests_total{{{self.labels},code="{code}"}}'
            moments = BEGIN + self.scrapes[there]
            rows = zip(value[there].tolist(), moments.tolist(), strict=True)
            yield from (f"{name} {count} {moment}" for count, moment in rows)


def instance(service: str, kind: Kind, number: int, rng: np.random.Generator) -> Instance:
    moments = BEGIN + np.arange(CELLS) * CELL
    daily = 1 + 0.6 * np.sin(2 * np.pi * moments / DAY)
    requests = rng.poisson(kind.per_s * CELL / kind.instances * daily)
    failing = np.full(CELLS, kind.failing)
    for begin, end, share in INCIDENTS:
        if kind.failing:
            failing[int(begin * DAY / CELL) : int(end * DAY / CELL)] = share
    failed = rng.binomial(requests, failing)
    scrapes = np.arange(CELL * int(rng.integers(1, SCRAPE // CELL)), DAYS * DAY, SCRAPE)
    scrapes = scrapes[(scrapes < kind.gap[0]) | (scrapes >= kind.gap[1])]
    restarts = np.concatenate([[0], np.sort(rng.integers(1, CELLS, kind.restarts)) * CELL])
    started = restarts[np.searchsorted(restarts, scrapes, side="right") - 1]
    labels = f'service="{service}",instance="{service}-{number}"'
    return Instance(labels, {"200": requests - failed, "500": failed}, scrapes, started)


@lru_cache(maxsize=1)
def world() -> dict[str, list[Instance]]:
    rng = np.random.default_rng(20261124)
    return {name: [instance(name, kind, n, rng) for n in range(kind.instances)] for name, kind in KINDS.items()}


def truth(service: str, start: int = BEGIN, end: int = END) -> tuple[int, int]:
    """Failed and all requests of thirty days, or between two moments (epoch seconds)."""
    cells = slice((start - BEGIN) // CELL, (end - BEGIN) // CELL)
    every = [process.events for process in world()[service]]
    failed = sum(int(events["500"][cells].sum()) for events in every)
    return failed, failed + sum(int(events["200"][cells].sum()) for events in every)


def exposition() -> str:
    """OpenMetrics of every scrape."""
    lines = [line for instances in world().values() for each in instances for line in each.lines()]
    return "\n".join(["# TYPE http_requests counter", *lines, "# EOF"]) + "\n"


@dataclass(frozen=True)
class Month:
    """A server that holds the world, a source that has looked at it, and its answer for every hour."""

    kind: str
    server: Server
    source: PrometheusSource
    hours: Answer

    def sums(self, service: str) -> tuple[float, float]:
        """Failed and all requests of thirty days, as counted by the hour."""
        return counted(self.hours.frame, service)


def counted(frame: pd.DataFrame, service: str) -> tuple[float, float]:
    columns = of_service(frame, service)
    return float(series(columns, "errors", "server").sum()), float(series(columns, "requests").sum())


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def month(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    folder = tmp_path_factory.mktemp("month")
    server = filled(request.param, folder, exposition())
    source = PrometheusSource(server.url, timeout_s=60)
    source.discover(END)
    yield Month(request.param, server, source, source.counts(MONTH))
    source.close()
    server.stop()


@pytest.mark.parametrize("service", ["checkout", "search", "small"])
def test_the_error_ratio_of_thirty_days_is_that_of_exact_counting(month: Month, service: str) -> None:
    failed, every = truth(service)
    assert every > BUSY
    got_failed, got_every = month.sums(service)
    assert got_failed / got_every == pytest.approx(failed / every, rel=ALLOWED[month.kind])
    # Of what was lost, half a scrape before each restart and what nobody saw in the gap, both sides lost their share.
    assert got_every == pytest.approx(every, rel=0.002)


def test_shorter_steps_add_up_to_the_same(month: Month) -> None:
    step = month.source.discover(END).count_step
    assert step == 300
    days = [month.source.counts(Grid(day + step, day + 5 * DAY, step)).frame for day in range(BEGIN, END, 5 * DAY)]
    for service in ("checkout", "search", "small"):
        failed, every = truth(service)
        got_failed, got_every = counted(pd.concat(days), service)
        assert got_failed / got_every == pytest.approx(failed / every, rel=ALLOWED[month.kind])


def test_a_service_without_an_error_series_has_none_rather_than_no_data(month: Month) -> None:
    columns = of_service(month.hours.frame, "flawless")
    assert truth("flawless")[0] == 0
    assert (series(columns, "errors", "server") == 0).all()
    assert series(columns, "requests").notna().all()


def test_almost_no_traffic_is_counted_as_such(month: Month) -> None:
    failed, every = truth("rare")
    got_failed, got_every = month.sums("rare")
    assert got_every == pytest.approx(every, rel=0.02)
    assert got_failed == pytest.approx(failed, rel=0.1)


def test_an_hour_with_a_gap_was_measured_for_the_rest(month: Month) -> None:
    """Looked at every five minutes, and a server looks back as far: a gap seems shorter by no more than twice that."""
    measured = series(of_service(month.hours.frame, "checkout"), "measured")
    begin, end = KINDS["checkout"].gap
    hour = pd.to_datetime(BEGIN + 12 * DAY + 2 * HOUR, unit="s", utc=True)
    assert HOUR - (end - begin) - 300 <= measured[hour] <= HOUR - (end - begin) + 600
    assert (measured.drop(hour).iloc[1:] == HOUR).all()


def test_of_a_gap_no_more_is_lost_than_nobody_saw(month: Month) -> None:
    begin, end = (BEGIN + edge for edge in KINDS["checkout"].gap)
    requests = series(of_service(month.hours.frame, "checkout"), "requests")
    around = requests[pd.to_datetime(begin, unit="s", utc=True) : pd.to_datetime(end + HOUR, unit="s", utc=True)]
    usual = KINDS["checkout"].per_s * HOUR
    assert around.notna().all()
    assert around.max() < 2.5 * usual
    assert around.sum() > (len(around) - (end - begin) / HOUR - 0.5) * usual


@pytest.mark.parametrize("month", ["prometheus"], indirect=True)
def test_the_costliest_tick_reads_a_hundredth_of_what_the_naive_queries_read(month: Month) -> None:
    """An hour has just closed, the window's start cuts another; found and written objectives, against thirty days."""
    ledger = Ledger(base=300)
    ledger.follow(SLOS, 300, scrapes=(SCRAPE, SCRAPE))
    for request in ledger.due(END - HOUR - 300):
        ledger.add(request, fetch(month.source, request).values)
    # The newest rows were asked for at each refresh, the last time a quarter of a minute ago.
    for request in ledger.due(END - HOUR + 285):
        if request.level is Level.NEWEST:
            ledger.add(request, fetch(month.source, request).values)
    requests = ledger.due(END - HOUR + 300)
    assert {request.level for request in requests} == set(Level)
    assert all(request.slos == SLOS for request in requests)
    tick = sum(
        samples_read(month, answer, request.grid)
        for request in requests
        for answer in fetch(month.source, request).answers
    )
    month_at_once = Grid(END, END, DAYS * DAY)
    naive = [month.source.counts(month_at_once), month.source.query_values(QUERIES, month_at_once)]
    assert 0 < tick <= sum(samples_read(month, answer, month_at_once) for answer in naive) / 100


def samples_read(month: Month, answer: Answer, grid: Grid) -> int:
    """Samples that the server looks at for an answer, by its own word."""
    return sum(looked_at(month, cost.query, grid) for cost in answer.costs if cost.purpose != "newest sample")


def looked_at(month: Month, query: str, grid: Grid) -> int:
    """Of a subquery the server counts what comes out of it: what goes in is asked for at the same moments."""
    inner = re.fullmatch(r"count_over_time\(\((.*)\)\[3599s:300s\]\) \* 300", query)
    if inner:
        query, grid = inner[1], Grid(grid.start - HOUR + 300, grid.end, 300)
    form = {"query": query, "start": str(grid.start), "end": str(grid.end), "step": str(grid.step), "stats": "all"}
    reply = httpx.post(f"{month.server.url}/api/v1/query_range", data=form, timeout=60).json()
    return int(reply["data"]["stats"]["samples"]["totalQueryableSamples"])


@pytest.mark.parametrize("month", ["prometheus"], indirect=True)
def test_the_review_of_a_period_is_that_of_exact_counting(month: Month, capsys: pytest.CaptureFixture[str]) -> None:
    """Three weeks of whole days with restarts, a gap, a slow burn and an outage."""
    first, last = BEGIN + 6 * DAY, END - 3 * DAY
    days = f"{utc(first):%Y-%m-%d}..{utc(last - DAY):%Y-%m-%d}"
    source = ("--prometheus", month.server.url)
    assert main(["report", *source, "--period", days, "--format", "json"]) == 0
    review = json.loads(capsys.readouterr().out)
    # As `status --at` judges that moment, without the past that anomalies are judged by.
    judged = open_poller(Config(PrometheusSpec(month.server.url)), now=float(last), is_watched=False)
    judged.tick()
    left = {report.slo.name: report.remaining for report in judged.snapshot.slos}
    judged.stop()
    every = {objective["service"]: objective for objective in review["objectives"]}
    for service, objective in every.items():
        # To the last digit, though not a whole number of them is a count: Prometheus extrapolates.
        assert sum(part["bad"] for part in objective["spending"]) == objective["bad"]
        assert sum(part["bad"] for part in objective["spending"][::-1]) == objective["bad"]
        assert objective["window"]["remaining"] == left[objective["slo"]]
        failed, requests = truth(service, first, last)
        assert objective["valid"] == pytest.approx(requests, rel=0.02)
        if failed > 1000:
            assert 1 - objective["achieved"] == pytest.approx(failed / requests, rel=ALLOWED[month.kind])
