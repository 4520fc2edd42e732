"""The demo as a target that a real Prometheus scrapes."""

from collections import Counter
from collections.abc import Callable, Iterable
from threading import Event, Lock

import numpy as np
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard import buckets
from dashboard.sources.demo.openmetrics import DURATIONS, MAX_FDS, OPEN_FDS, REQUESTS
from dashboard.sources.demo.scenario import SERVICES, DemoService
from dashboard.sources.demo.source import BOUNDS, DemoSource
from dashboard.sources.demo.world import CELL
from dashboard.timerange import HOUR

# Bound in seconds → `le`.
EDGES = {bound: "+Inf" if np.isinf(bound) else buckets.bound_text(bound) for bound in (*BOUNDS, np.inf)}

# Who looks at the page of metrics reads it first.
HELP = (
    "Requests of many services, told apart by job: scrape with honor_labels: true to keep it. "
    "Without, Prometheus stores it as exported_job, which golden-signals reads as well."
)


class DemoTarget(Collector):
    """The demo's counters since its start, for the official exposition; a scrape counts only what is new.

    Args:
        demo: what is counted.
        since: epoch seconds; counters begin at least an hour before.
        clock: epoch seconds.
    """

    def __init__(self, demo: DemoSource, *, since: float, clock: Callable[[], float]) -> None:
        self._demo = demo
        self._clock = clock
        self._next_cell = int(since // HOUR * HOUR - HOUR) // CELL
        self._totals: dict[str, Counter[tuple[str, str]]] = {service.name: Counter() for service in SERVICES}
        # Two scrapes at once must not count a cell twice.
        self._lock = Lock()

    def collect(self) -> Iterable[Metric]:
        """Counters, histograms and gauges of this moment."""
        with self._lock:
            self._advance()
            return self._families()

    def _advance(self) -> None:
        end = int(self._clock() // CELL)
        cells = np.arange(self._next_cell, end)
        for service in SERVICES:
            events, totals = self._demo.events_per_cell(service, cells, tuple(EDGES)), self._totals[service.name]
            for name, amounts in events.items():
                totals[name] += int(np.nansum(amounts))
            failed = self._demo.world.failed_within(service, cells, events["errors", "server"], tuple(EDGES))
            for bound, amounts in failed.items():
                totals["failed_latency", buckets.bound_text(bound)] += int(np.nansum(amounts))
        self._next_cell = max(self._next_cell, end)

    def _families(self) -> list[Metric]:
        requests = CounterMetricFamily(REQUESTS, HELP, labels=["job", "code"])
        durations = HistogramMetricFamily(DURATIONS, "Duration", labels=["job", "code"])
        used = GaugeMetricFamily(OPEN_FDS, "Open file descriptors", labels=["job"])
        limit = GaugeMetricFamily("process_max_fds", "Limit of file descriptors", labels=["job"])
        for service in SERVICES:
            self._add_requests(service.name, requests, durations)
            used.add_metric([service.name], self._level(service) * MAX_FDS)
            limit.add_metric([service.name], float(MAX_FDS))
        return [requests, durations, used, limit]

    def _add_requests(self, name: str, requests: CounterMetricFamily, durations: HistogramMetricFamily) -> None:
        total = self._totals[name]
        failed, refused = total["errors", "server"], total["errors", "client"]
        requests.add_metric([name, "200"], total["requests", ""] - failed - refused)
        requests.add_metric([name, "404"], refused)
        answered = [(le, total["latency", buckets.bound_text(bound)]) for bound, le in EDGES.items()]
        durations.add_metric([name, "200"], buckets=answered, sum_value=None)
        # A service that never failed has no series that says so, as in life.
        if failed:
            requests.add_metric([name, "500"], failed)
            hung = [(le, total["failed_latency", buckets.bound_text(bound)]) for bound, le in EDGES.items()]
            durations.add_metric([name, "500"], buckets=hung, sum_value=None)

    def _level(self, service: DemoService) -> float:
        first = next(iter(service.resources))
        return float(self._demo.world.saturation(service, first, np.array([self._next_cell - 1]))[0])


def serve_metrics(demo: DemoSource, host: str, port: int, *, clock: Callable[[], float]) -> None:
    """Serve /metrics until interrupted.

    Args:
        demo: what is exposed. `host`, `port`: where. `clock`: epoch seconds.

    Raises:
        OSError: the port is taken.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DemoTarget(demo, since=demo.world.start, clock=clock))
    start_http_server(port, addr=host, registry=registry)
    Event().wait()
