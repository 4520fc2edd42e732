"""The demo as files and as a scrape target, so that a person can point a real Prometheus or a spreadsheet at it."""

import csv
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pandas as pd
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard import frames
from dashboard.signals import latency
from dashboard.sources.demo import BOUNDS, DemoSource
from dashboard.sources.demo_world import CELL, SERVICES
from dashboard.timerange import HOUR, Grid

SHAPES = ("requests", "wide", "tidy")
STEP = 60
ISO = "%Y-%m-%dT%H:%M:%SZ"


def write_csv(demo: DemoSource, path: Path, shape: str, *, start: float, end: float) -> None:
    """Write the demo between two moments (epoch seconds) in one of the three shapes; the file appears whole.

    Raises:
        OSError: the file cannot be written.
    """
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
        quantiles = latency.quantiles(one)
        columns = [
            frames.series(one, "requests"),
            *(frames.series(one, "errors", kind) for kind in ("server", "client")),
        ]
        columns += [quantiles[name] for name in latency.QUANTILES]
        columns += [frames.series(one, "saturation", name) for name in gauges]
        values = np.column_stack([column.to_numpy() for column in columns])
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
        for measure, status in (("latency", 200), ("failed_latency", 500)):
            names = latency.bounds(one, measure)
            counts = np.diff(frames.of_measure(one, measure)[names].to_numpy(), axis=1, prepend=0.0)
            for end, row in zip(grid.index(), np.nan_to_num(counts), strict=True):
                stamps = [(end - pd.Timedelta(seconds=back)).strftime(ISO) for back in range(grid.step)]
                for middle, count in zip(middles, row, strict=True):
                    for number in range(int(count)):
                        route = service.routes[number % len(service.routes)]
                        stamp = stamps[number * 37 % grid.step]
                        yield [stamp, service.name, route, status, f"{middle * 1000:.1f}"]


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
        buckets = frames.of_measure(one, measure)
        for name in latency.bounds(one, measure):
            le = "+Inf" if name == "inf" else name
            yield "http_request_duration_seconds_bucket", f'code="{code}",le="{le}"', buckets[name].to_numpy()
        yield "http_request_duration_seconds_count", f'code="{code}"', buckets["inf"].to_numpy()


def _running(amounts: np.ndarray, begins: list[int]) -> np.ndarray:
    total = np.empty(len(amounts))
    for begin, end in zip(begins, [*begins[1:], len(amounts)], strict=True):
        total[begin:end] = np.nancumsum(amounts[begin:end])
    return total


class DemoTarget(Collector):
    """The demo's counters since its start, for the official exposition."""

    def __init__(self, demo: DemoSource, *, since: float) -> None:
        self._demo = demo
        self._since = since // HOUR * HOUR - HOUR

    def collect(self) -> Iterable[Metric]:
        """Counters, histograms and gauges of this moment."""
        end = time.time() // CELL * CELL
        grid = Grid.between(self._since, end, step=CELL)
        requests = CounterMetricFamily("http_requests", "Requests", labels=["job", "code"])
        durations = HistogramMetricFamily("http_request_duration_seconds", "Duration", labels=["job", "code"])
        used = GaugeMetricFamily("process_open_fds", "Open file descriptors", labels=["job"])
        limit = GaugeMetricFamily("process_max_fds", "Limit of file descriptors", labels=["job"])
        counts = self._demo.samples(grid).frame
        for service in SERVICES:
            one = frames.of_service(counts, service.name)
            for name, labels, amounts in _counters(one):
                code = labels.split('"')[1]
                if name == "http_requests_total":
                    requests.add_metric([service.name, code], float(np.nansum(amounts) * CELL))
            for measure, code in (("latency", "200"), ("failed_latency", "500")):
                totals = frames.of_measure(one, measure).sum() * CELL
                buckets = [("+Inf" if b == "inf" else b, float(totals[b])) for b in latency.bounds(one, measure)]
                durations.add_metric([service.name, code], buckets=buckets, sum_value=None)
            level = frames.of_measure(one, "saturation").to_numpy()[-1, 0]
            used.add_metric([service.name], float(np.nan_to_num(level)) * 1000)
            limit.add_metric([service.name], 1000.0)
        return [requests, durations, used, limit]


def serve_metrics(demo: DemoSource, host: str, port: int) -> None:
    """Serve /metrics until interrupted.

    Raises:
        OSError: the port is taken.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DemoTarget(demo, since=demo.world.start))
    start_http_server(port, addr=host, registry=registry)
    Event().wait()
