"""The embedded demo: seeded services with incidents under way, answering like any other source."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from dashboard import buckets, frames
from dashboard.changes.derived.labels import version_label
from dashboard.changes.derived.presence import Origin, Subject
from dashboard.oncall.combinations import Combinations
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.slo.indicators import Column, Query
from dashboard.sources.alerted import AlertAnswer
from dashboard.sources.catalog import DEFAULT_THRESHOLD, Catalog, Resource, ServiceInfo
from dashboard.sources.combined import CombinationsAnswer
from dashboard.sources.demo import steps
from dashboard.sources.demo.alerts import alerts
from dashboard.sources.demo.parts import JOINT, Parts, Values
from dashboard.sources.demo.parts_of import labels_of
from dashboard.sources.demo.scenario import INCIDENTS, LIMIT_UNITS, SERVICES, DemoService
from dashboard.sources.demo.world import CELL, HISTORY, World
from dashboard.sources.peaked import FINE
from dashboard.sources.protocol import Answer, QueryCost, column_description, no_query_language
from dashboard.sources.versions import VersionsAnswer
from dashboard.timerange import HOUR, Grid

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)


class DemoSource:
    """A world of its own, deterministic for a start and a seed.

    Args:
        start: epoch seconds at which the demo begins; incidents lie relative to it, 30 days of history before it.
        seed: another one is another world.
        threshold: the latency wanted as the limit of "too slow", in seconds; the nearest bucket bound is used.
        limits: latencies in seconds that requests are counted at, too.
        quiet: nothing happens.
    """

    kind, where = "demo", "embedded demo"

    def __init__(
        self,
        *,
        start: float,
        seed: int = 7,
        threshold: float = DEFAULT_THRESHOLD,
        limits: Sequence[float] = (),
        quiet: bool = False,
    ) -> None:
        self.world = World(start // CELL * CELL, seed, () if quiet else INCIDENTS)
        self.threshold = buckets.nearest_bound(BOUNDS, threshold)
        self._limits = tuple(sorted({self.threshold or np.inf, *limits, np.inf}))

    def discover(self, now: float) -> Catalog:
        """All services, always."""
        history_s = max(now - self.world.start, 0.0) + HISTORY
        services = tuple(self._info(service) for service in SERVICES)
        oldest = self.world.start - HISTORY
        return Catalog(services, scrape_interval=float(CELL), history_s=history_s, oldest=float(oldest))

    def adopt(self, catalog: Catalog) -> None:
        """Nothing changes: there are always the same services."""

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """Rates and gauges over each step."""
        began = time.perf_counter()
        values: Values = {}
        for each in SERVICES:
            if service in (None, each.name):
                values |= self._rates(each, grid)
        return _answer(values, grid, began, "samples")

    def peaks(self, grid: Grid) -> Answer:
        """The highest level of each resource and the highest traffic in each step, with instances and limits."""
        began = time.perf_counter()
        values: Values = {}
        fine = Grid.between(grid.start - grid.step, grid.end, step=FINE)
        cells = steps.cells(fine)
        for service in SERVICES:
            requests = self._scraped(service, cells, partial(self.world.requests, service))
            values[(service.name, "requests", "")] = steps.highest(steps.rate(requests, fine), grid)
            values[(service.name, "instances", "")] = np.full(len(grid), float(service.instances))
            for resource in service.resources:
                level = self._scraped(service, cells, partial(self.world.saturation, service, resource))
                values[(service.name, "saturation", resource)] = steps.highest(steps.means(level, fine), grid)
                if resource in service.limits:
                    values[(service.name, "limit", resource)] = np.full(len(grid), service.limits[resource])
        return _answer(values, grid, began, "peaks")

    def counts(self, grid: Grid) -> Answer:
        """Events over each step."""
        return self._counts(grid, {service.name: self._limits for service in SERVICES})

    def counts_of(self, columns: Sequence[Column], grid: Grid) -> Answer:
        """Events over each step, of the services of some columns, latency at the bounds of these as well.

        Args:
            columns: that are wanted. `grid`: the steps.
        """
        bounds: dict[str, tuple[float, ...]] = {}
        for column in columns:
            bound = (float(column.detail),) if column.measure == "latency" else ()
            bounds[column.service] = (*bounds.get(column.service, ()), *bound)
        return self._counts(grid, {name: tuple(sorted({*wanted, np.inf})) for name, wanted in bounds.items()})

    def _counts(self, grid: Grid, bounds: Mapping[str, tuple[float, ...]]) -> Answer:
        """Events over each step; `bounds`: of latency, by service, and of no other service."""
        began = time.perf_counter()
        values: Values = {}
        for service in SERVICES:
            if service.name not in bounds:
                continue
            events = self.events_per_cell(service, steps.cells(grid), bounds[service.name])
            for (measure, detail), amounts in events.items():
                if (measure, detail) != ("errors", "client"):
                    values[(service.name, measure, detail)] = steps.sums(amounts, grid)
            if grid.step == HOUR:
                measured = np.where(np.isnan(events[("requests", "")]), 0.0, float(CELL))
                values[(service.name, "measured", "")] = steps.sums(measured, grid)
        return _answer(values, grid, began, "counts")

    def bucket_counts(self, grid: Grid, service: str | None = None) -> Answer:
        """Successful requests of each step at all bounds.

        Args:
            grid: the steps. `service`: only this one.
        """
        began = time.perf_counter()
        values: Values = {}
        for each in SERVICES:
            if service in (None, each.name):
                events = self.events_per_cell(each, steps.cells(grid), (*BOUNDS, np.inf))
                latency = {key: amounts for key, amounts in events.items() if key[0] == "latency"}
                values |= {(each.name, *key): steps.sums(amounts, grid) for key, amounts in latency.items()}
        return _answer(values, grid, began, "buckets")

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """The service's numbers by a label; the parts add up to the whole.

        Args:
            grid: where they are wanted. `service`: its name in the catalog. `label`: one of its labels.
        """
        began = time.perf_counter()
        values: Values = {}
        for each in SERVICES:
            if each.name == service and label in labels_of(each):
                values = dict(Parts(self.world, each, (label,), grid).values(self._rates(each, grid)))
        return _answer(values, grid, began, f"breakdown by {label}")

    def versions(self, services: Sequence[ServiceInfo], grid: Grid) -> VersionsAnswer:
        """Requests of each version in each step: what else a breakdown tells, nobody asks of weeks.

        Args:
            services: of the catalog. `grid`: the steps.
        """
        began = time.perf_counter()
        cells = steps.cells(grid, reach=steps.RATE_WINDOW)
        counts: dict[Subject, dict[str, np.ndarray]] = {}
        for service in SERVICES:
            label = version_label(labels_of(service))
            if label is None or service.name not in {info.name for info in services}:
                continue
            events = self.events_per_cell(service, cells, ())
            rates = _rates_of(service, events, grid)
            parts = Parts(self.world, service, (label,), grid).requests(rates)
            counts[Subject(service.name, Origin.REQUESTS)] = {name: each * grid.step for name, each in parts.items()}
        series = sum(map(len, counts.values()))
        cost = QueryCost(self.where, "versions", time.perf_counter() - began, 0, series, series * len(grid))
        return VersionsAnswer(counts, (cost,))

    def combinations(self, service: str, bad: BadEvents, spans: Spans) -> CombinationsAnswer:
        """Events of two spans by all labels of a service.

        Args:
            service: its name in the catalog. `bad`: which events are bad. `spans`: the explained one and one before.
        """
        began = time.perf_counter()
        known = next((each for each in SERVICES if each.name == service), None)
        if known is None:
            return CombinationsAnswer(Combinations.empty())
        every = [self._events(known, bad, end, spans.seconds) for end in spans.ends]
        parts = [tuple(part.split(JOINT)) for part in every[0]]
        counts = np.array([[events[part][side] for part in every[0]] for events in every for side in (0, 1)])
        combinations = Combinations.of(labels_of(known), parts, counts)
        cost = QueryCost(self.where, "events by all labels", time.perf_counter() - began, 0, counts.size, counts.size)
        return CombinationsAnswer(combinations, costs=(cost,))

    def _events(self, service: DemoService, bad: BadEvents, end: int, seconds: int) -> dict[str, tuple[float, float]]:
        """Bad and valid events of the parts of a service by all its labels.

        Args:
            service: whose. `bad`: which events are bad. `end`: epoch seconds. `seconds`: until then.
        """
        grid = Grid.ending(end, span=seconds, step=CELL)
        numbers = dict(Parts(self.world, service, labels_of(service), grid).values(self._rates(service, grid)))
        sums = {key: float(np.nansum(rates)) * grid.step for key, rates in numbers.items()}
        parts = dict.fromkeys(part for part, _, _ in sums)
        if bad is BadEvents.FAILED:
            return {part: (sums[part, "errors", "server"], sums[part, "requests", ""]) for part in parts}
        within = buckets.bound_text(self.threshold or np.inf)
        return {
            part: (max(sums[part, "latency", "inf"] - sums[part, "latency", within], 0.0), sums[part, "latency", "inf"])
            for part in parts
        }

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """Nothing: the demo has no query language."""
        return no_query_language(queries, grid)

    def expression(self, column: Column) -> str:
        """What is added up."""
        return column_description(column)

    def alerts(self, start: float, end: float, *, is_present: bool) -> AlertAnswer:
        """Samples of the alerts that fired.

        Args:
            start, end: epoch seconds. `is_present`: nothing is ever pending here.
        """
        return AlertAnswer(start, end, tuple(alert for alert in alerts(self.world, start, end) if len(alert.times)))

    def close(self) -> None:
        """Nothing to release."""

    def _info(self, service: DemoService) -> ServiceInfo:
        return ServiceInfo(
            name=service.name,
            preset="demo",
            bounds=BOUNDS,
            threshold=self.threshold,
            latency_by_outcome=True,
            labels=labels_of(service),
            resources=tuple(Resource(name, limit_unit=LIMIT_UNITS.get(name, "")) for name in service.resources),
            team=service.team,
            tier=service.tier,
        )

    def events_per_cell(
        self, service: DemoService, cells: np.ndarray, bounds: tuple[float, ...]
    ) -> dict[tuple[str, str], np.ndarray]:
        """(measure, detail) → events in each cell, shape (cells,); NaN if nothing was scraped.

        Args:
            service: whose. `cells`: their numbers, shape (cells,). `bounds`: of latency, in seconds.
        """
        blocks = [self._events_of_block(service, block, bounds) for block in steps.blocks(cells)]
        return {name: np.concatenate([events[name] for events in blocks]) for name in blocks[0]}

    def _events_of_block(
        self, service: DemoService, cells: np.ndarray, bounds: tuple[float, ...]
    ) -> dict[tuple[str, str], np.ndarray]:
        world = self.world
        requests = world.requests(service, cells)
        failed = world.failed(service, cells, requests)
        events = {("requests", ""): requests, ("errors", "server"): failed}
        events[("errors", "client")] = np.minimum(world.refused(service, cells, requests), requests - failed)
        for bound, within in world.within(service, cells, requests - failed, bounds).items():
            events[("latency", buckets.bound_text(bound))] = within
        scraped = world.scraped(service, cells)
        return {name: np.where(scraped, amounts, np.nan) for name, amounts in events.items()}

    def _scraped(
        self, service: DemoService, cells: np.ndarray, values_of: Callable[[np.ndarray], np.ndarray]
    ) -> np.ndarray:
        """What a service does in each cell, shape (cells,); NaN if nothing was scraped.

        Args:
            service: whose. `cells`: their numbers, shape (cells,). `values_of`: gives the values of a block of them.
        """
        blocks = [np.where(self.world.scraped(service, each), values_of(each), np.nan) for each in steps.blocks(cells)]
        return np.concatenate(blocks)

    def _rates(self, service: DemoService, grid: Grid) -> Values:
        cells = steps.cells(grid, reach=steps.RATE_WINDOW)
        events = self.events_per_cell(service, cells, (*BOUNDS, np.inf))
        failed = self.world.failed_within(service, cells, events[("errors", "server")], (*BOUNDS, np.inf))
        events |= {("failed_latency", buckets.bound_text(bound)): amounts for bound, amounts in failed.items()}
        rates = _rates_of(service, events, grid)
        for resource in service.resources:
            level = self._scraped(service, steps.cells(grid), partial(self.world.saturation, service, resource))
            rates[(service.name, "saturation", resource)] = steps.means(level, grid)
        return rates


def _rates_of(service: DemoService, events: Mapping[tuple[str, str], np.ndarray], grid: Grid) -> Values:
    """Rates over each step of events in each cell, by (measure, detail)."""
    rates = steps.rate(np.array(list(events.values())), grid)
    return {(service.name, *name): rate for name, rate in zip(events, rates, strict=True)}


def _answer(values: Values, grid: Grid, began: float, purpose: str) -> Answer:
    frame = frames.samples(values, grid)
    cost = QueryCost("embedded demo", purpose, time.perf_counter() - began, 0, frame.shape[1], frame.size)
    return Answer(frame, (cost,), newest=float(grid.end))
