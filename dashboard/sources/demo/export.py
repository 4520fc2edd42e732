"""The demo as files and as a scrape target, so that a person can point a real Prometheus or a spreadsheet at it."""

import csv
import errno
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Event, Lock
from typing import Any

import numpy as np
import pandas as pd
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard import buckets, frames
from dashboard.sources.demo.source import BOUNDS, DemoSource, failed_within
from dashboard.sources.demo.world import CELL, SERVICES, DemoService
from dashboard.timerange import HOUR, Grid

SHAPES = ("requests", "wide", "tidy")
STEP = 60
ISO = "%Y-%m-%dT%H:%M:%SZ"
_EDGES = [(bound, "+Inf" if np.isinf(bound) else buckets.bound_text(bound)) for bound in (*BOUNDS, np.inf)]


def write_csv(demo: DemoSource, path: Path, shape: str, *, start: float, end: float) -> None:
    """Write the demo between two moments (epoch seconds) in one of the three shapes; the file appears whole.

    Raises:
        OSError: the file cannot be written.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    grid = Grid.between(start, end, step=STEP)
    rows = {"requests": _request_rows, "wide": _wide_rows, "tidy": _tidy_rows}[shape](demo, grid)
    draft = path.with_name(f".{path.name}.part")
    with draft.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    draft.replace(path)


def _counted(demo: DemoSource, grid: Grid) -> pd.DataFrame:
    frame = demo.samples(grid).frame
    counted = frame.columns.get_level_values("measure").isin(["requests", "errors", "latency", "failed_latency"])
    frame.loc[:, counted] = (frame.loc[:, counted] * grid.step).round()
    return frame


def _stamps(grid: Grid) -> list[str]:
    return [moment.strftime(ISO) for moment in grid.index()]


def _wide_rows(demo: DemoSource, grid: Grid) -> Iterator[list[Any]]:
    frame, gauges = _counted(demo, grid), sorted({name for service in SERVICES for name in service.resources})
    yield ["time", "service", "requests", "errors", "client_errors", "p50", "p95", "p99", *gauges]
    for service in SERVICES:
        one = frames.of_service(frame, service.name)
        bounds, cumulative = buckets.cumulative_counts(one)
        counts = [
            frames.series(one, "requests"),
            *(frames.series(one, "errors", kind) for kind in ("server", "client")),
        ]
        quantiles = [buckets.bucket_quantile(bounds, cumulative, q)[0] for q in (0.5, 0.95, 0.99)]
        resources = [frames.series(one, "saturation", name) for name in gauges]
        values = np.column_stack([*counts, *quantiles, *resources])
        for stamp, row in zip(_stamps(grid), values, strict=True):
            if row[0] == row[0]:
                yield [stamp, service.name, *("" if value != value else f"{value:.6g}" for value in row)]


def _tidy_rows(demo: DemoSource, grid: Grid) -> Iterator[list[Any]]:
    rows = _wide_rows(demo, grid)
    heads = next(rows)
    yield ["time", "service", "signal", "value"]
    for row in rows:
        yield from ([*row[:2], name, value] for name, value in zip(heads[2:], row[2:], strict=True) if value != "")


def _request_rows(demo: DemoSource, grid: Grid) -> Iterator[list[Any]]:
    frame = _counted(demo, grid)
    yield ["time", "service", "route", "status", "duration_ms"]
    edges = np.array([0.0, *BOUNDS, 2 * BOUNDS[-1]])
    middles = np.sqrt(np.maximum(edges[:-1], 0.001) * edges[1:])
    for service in SERVICES:
        one = frames.of_service(frame, service.name)
        refused = np.nan_to_num(frames.series(one, "errors", "client").to_numpy())
        for measure, status in (("latency", 200), ("failed_latency", 500)):
            names = buckets.details(one, measure)
            counts = np.diff(frames.of_measure(one, measure)[names].to_numpy(), axis=1, prepend=0.0)
            for end, row, left in zip(grid.index(), np.nan_to_num(counts), refused, strict=True):
                stamps = [(end - pd.Timedelta(seconds=back)).strftime(ISO) for back in range(grid.step)]
                durations = (
                    f"{middle * 1000:.1f}"
                    for middle, count in zip(middles, row, strict=True)
                    for _ in range(int(count))
                )
                for number, duration in enumerate(durations):
                    route = service.routes[number % len(service.routes)]
                    told = 404 if status == 200 and number < left else status
                    yield [stamps[number * 37 % grid.step], service.name, route, told, duration]


def openmetrics(demo: DemoSource, grid: Grid, *, restarts: Iterable[int] = ()) -> Iterator[str]:
    """Cumulative counters at each grid point as OpenMetrics text with time stamps, in the names of `generic-http`.

    Args:
        restarts: epoch seconds at which every counter begins at zero again.
    """
    frame = _counted(demo, grid)
    begins = sorted({0, *(int(np.searchsorted(grid.index().as_unit("s").asi8, at)) for at in restarts)})
    stamps = grid.index().as_unit("s").asi8
    families: dict[str, list[str]] = {"http_requests": [], "http_request_duration_seconds": [], "process_open_fds": []}
    for service in SERVICES:
        one = frames.of_service(frame, service.name)
        for name, labels, amounts in _counters(one):
            text = f'{name}{{job="{service.name}",instance="{service.name}-0",{labels}}}'
            family = "http_requests" if name.startswith("http_requests") else "http_request_duration_seconds"
            known = ~np.isnan(amounts)
            for stamp, value, there in zip(stamps, _running(amounts, begins), known, strict=True):
                if there:
                    families[family].append(f"{text} {value:.0f} {stamp}")
        used = frames.of_measure(one, "saturation").iloc[:, 0].to_numpy()
        for stamp, value in zip(stamps, used, strict=True):
            if value == value:
                labels = f'job="{service.name}",instance="{service.name}-0"'
                families["process_open_fds"].append(f"process_open_fds{{{labels}}} {value * 1000:.0f} {stamp}")
    kinds = {"http_requests": "counter", "http_request_duration_seconds": "histogram", "process_open_fds": "gauge"}
    for family, lines in families.items():
        yield f"# TYPE {family} {kinds[family]}"
        yield from lines
    yield "# TYPE process_max_fds gauge"
    for service in SERVICES:
        labels = f'job="{service.name}",instance="{service.name}-0"'
        yield from (f"process_max_fds{{{labels}}} 1000 {stamp}" for stamp in stamps)
    yield "# EOF"


def _counters(one: pd.DataFrame) -> Iterator[tuple[str, str, np.ndarray]]:
    requests = frames.series(one, "requests").to_numpy()
    failed, refused = (frames.series(one, "errors", kind).to_numpy() for kind in ("server", "client"))
    yield "http_requests_total", 'code="200"', requests - failed - refused
    yield "http_requests_total", 'code="404"', refused
    if np.nansum(failed) > 0:
        yield "http_requests_total", 'code="500"', failed
    sides = [("latency", "200")] + ([("failed_latency", "500")] if np.nansum(failed) > 0 else [])
    for measure, code in sides:
        cumulative = frames.of_measure(one, measure)
        for name in buckets.details(one, measure):
            le = "+Inf" if name == "inf" else name
            yield "http_request_duration_seconds_bucket", f'code="{code}",le="{le}"', cumulative[name].to_numpy()
        yield "http_request_duration_seconds_count", f'code="{code}"', cumulative["inf"].to_numpy()


def _running(amounts: np.ndarray, begins: list[int]) -> np.ndarray:
    total = np.empty(len(amounts))
    for begin, end in zip(begins, [*begins[1:], len(amounts)], strict=True):
        total[begin:end] = np.nancumsum(amounts[begin:end])
    return total


class DemoTarget(Collector):
    """The demo's counters since its start, for the official exposition; a scrape counts only what is new.

    Args:
        since: epoch seconds; counters begin at least an hour before. `clock`: epoch seconds.
    """

    def __init__(self, demo: DemoSource, *, since: float, clock: Callable[[], float]) -> None:
        self._demo = demo
        self._clock = clock
        self._next = int(since // HOUR * HOUR - HOUR) // CELL
        self._totals: dict[str, Counter[tuple[str, str]]] = {service.name: Counter() for service in SERVICES}
        self._lock = Lock()

    def collect(self) -> Iterable[Metric]:
        """Counters, histograms and gauges of this moment."""
        with self._lock:
            self._advance()
            return self._families()

    def _advance(self) -> None:
        end = int(self._clock() // CELL)
        cells = np.arange(self._next, end)
        for service in SERVICES:
            for name, amounts in self._demo.counted(service, cells, (*BOUNDS, np.inf)).items():
                self._totals[service.name][name] += int(np.nansum(amounts))
        self._next = max(self._next, end)

    def _families(self) -> list[Metric]:
        requests = CounterMetricFamily("http_requests", "Requests", labels=["job", "code"])
        durations = HistogramMetricFamily("http_request_duration_seconds", "Duration", labels=["job", "code"])
        used = GaugeMetricFamily("process_open_fds", "Open file descriptors", labels=["job"])
        limit = GaugeMetricFamily("process_max_fds", "Limit of file descriptors", labels=["job"])
        for service in SERVICES:
            total = self._totals[service.name]
            failed, refused = total["errors", "server"], total["errors", "client"]
            requests.add_metric([service.name, "200"], total["requests", ""] - failed - refused)
            requests.add_metric([service.name, "404"], refused)
            answered = [(text, total["latency", buckets.bound_text(bound)]) for bound, text in _EDGES]
            durations.add_metric([service.name, "200"], buckets=answered, sum_value=None)
            # A service that never failed has no series that says so, as in life.
            if failed:
                requests.add_metric([service.name, "500"], failed)
                hung = [(text, failed * failed_within(bound) // 1) for bound, text in _EDGES]
                durations.add_metric([service.name, "500"], buckets=hung, sum_value=None)
            used.add_metric([service.name], self._level(service) * 1000)
            limit.add_metric([service.name], 1000.0)
        return [requests, durations, used, limit]

    def _level(self, service: DemoService) -> float:
        first = next(iter(service.resources))
        return float(self._demo.world.saturation(service, first, np.array([self._next - 1]))[0])


def serve_metrics(demo: DemoSource, host: str, port: int, *, clock: Callable[[], float]) -> None:
    """Serve /metrics until interrupted; `clock`: epoch seconds.

    Raises:
        OSError: the port is taken.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DemoTarget(demo, since=demo.world.start, clock=clock))
    start_http_server(port, addr=host, registry=registry)
    Event().wait()
