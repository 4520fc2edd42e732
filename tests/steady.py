"""A source in memory, as steady as a test wants it, and a clock that tests move."""

from collections.abc import Sequence

import numpy as np

from dashboard import frames
from dashboard.engine.poller import Poller
from dashboard.exceptions import SourceError
from dashboard.slo.indicators import Column, Query
from dashboard.sources.catalog import Catalog, ServiceInfo
from dashboard.sources.protocol import Answer, QueryCost, column_description, no_query_language
from dashboard.timerange import HOUR, Grid

START = 1_700_000_000 // HOUR * HOUR + 1800
COST = QueryCost("q", "test", 0.0, 0, 1, 1)


class Clock:
    """A clock that tests move."""

    def __init__(self, now: float = START) -> None:
        self.now = float(now)

    def __call__(self) -> float:
        return self.now


class Steady:
    """A source of constant rates for `names`, which can be told to fail, to stop, or to lose something.

    Attributes:
        begins, ends: nothing is older or newer, in epoch seconds. `lost`: measure → the same for one measure.
        silent: services without any series. `rate`: requests per second. `gauge`: level of a resource, if any.
            `labels`: those that it is broken down by.
    """

    kind, where = "steady", "memory"

    def __init__(self, clock: Clock, names: tuple[str, ...] = ("shop", "cart")) -> None:
        self.clock, self.names = clock, names
        self.failure: SourceError | None = None
        self.begins, self.ends = float("-inf"), float("inf")
        self.silent: set[str] = set()
        self.lost: dict[str, float] = {}
        self.error_ratio = 0.0001
        self.rate = 10.0
        self.gauge: float | None = None
        self.labels: tuple[str, ...] = ()
        self.partial = False
        self.asked: list[Grid] = []
        self.adopted: list[Catalog] = []

    def discover(self, now: float) -> Catalog:
        self._maybe_fail()
        infos = tuple(ServiceInfo(name, "test", (0.1, 0.5), 0.5, labels=self.labels) for name in self.names)
        return Catalog(infos, scrape_interval=15.0)

    def adopt(self, catalog: Catalog) -> None:
        self.adopted.append(catalog)

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        return self._answer(grid, self.rate)

    def counts(self, grid: Grid) -> Answer:
        return self._answer(grid, self.rate * grid.step)

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        return no_query_language(queries, grid)

    def expression(self, column: Column) -> str:
        return column_description(column)

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        return self._answer(grid, 1.0)

    def close(self) -> None:
        pass

    def _maybe_fail(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _answer(self, grid: Grid, level: float) -> Answer:
        self._maybe_fail()
        self.asked.append(grid)
        at = np.arange(grid.start, grid.end + 1, grid.step)
        there = np.where((at > self.begins) & (at <= self.ends), level, np.nan)
        values = {}
        for name in self.names:
            if name in self.silent:
                continue
            values[(name, "requests", "")] = there
            values[(name, "errors", "server")] = there * self.error_ratio
            values[(name, "latency", "0.5")] = there * 0.999
            values[(name, "latency", "inf")] = there
            if self.gauge is not None:
                values[(name, "saturation", "memory")] = np.where(at <= self.ends, self.gauge, np.nan)
        for key in values:
            values[key] = np.where(at <= self.lost.get(key[1], np.inf), values[key], np.nan)
        newest = min(self.clock.now, self.ends)
        return Answer(frames.samples(values, grid), (COST,), newest=newest, partial=self.partial)


def refreshed_with_search(poller: Poller) -> None:
    """Refresh, and once more after the search for services that began then: it runs beside the refreshes."""
    poller.tick()
    assert poller._intake.search.has_ended(10), "a search began"
    poller.tick()
