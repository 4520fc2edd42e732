"""The demo as CSV files in each of the three shapes, so that a person can open it in a spreadsheet."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dashboard import buckets, frames
from dashboard.sources.demo.scenario import SERVICES, DemoService
from dashboard.sources.demo.source import BOUNDS, DemoSource
from dashboard.timerange import Grid
from dashboard.whole_file import whole_file

STEP = 60
ISO = "%Y-%m-%dT%H:%M:%SZ"
QUANTILES = (0.5, 0.95, 0.99)
REQUEST_MEASURES = ("requests", "errors", "latency", "failed_latency")
Row = list[Any]


def write_csv(demo: DemoSource, path: Path, shape: str, *, start: float, end: float) -> None:
    """Write the demo between two moments in one of the three shapes; the file appears whole.

    Args:
        demo: what is written. `path`: of the file. `shape`: one of `SHAPES`.
        start, end: epoch seconds.

    Raises:
        OSError: the file cannot be written.
    """
    rows = _WRITERS[shape](demo, Grid.between(start, end, step=STEP))
    # Whoever follows the file must never see half of it.
    with whole_file(path) as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def counted_samples(demo: DemoSource, grid: Grid) -> pd.DataFrame:
    """The demo's samples with requests as whole counts of each step instead of rates."""
    frame = demo.samples(grid).frame
    counted = frame.columns.get_level_values("measure").isin(REQUEST_MEASURES)
    frame.loc[:, counted] = (frame.loc[:, counted] * grid.step).round()
    return frame


def _wide_rows(demo: DemoSource, grid: Grid) -> Iterator[Row]:
    frame, gauges = counted_samples(demo, grid), sorted({name for service in SERVICES for name in service.resources})
    yield ["time", "service", "requests", "errors", "client_errors", "p50", "p95", "p99", *gauges]
    times = [time.strftime(ISO) for time in grid.index()]
    for service in SERVICES:
        samples = frames.of_service(frame, service.name)
        bounds, cumulative = buckets.cumulative_counts(samples)
        columns = [frames.series(samples, "requests")]
        columns += [frames.series(samples, "errors", kind) for kind in ("server", "client")]
        quantiles = [buckets.bucket_quantile(bounds, cumulative, q)[0] for q in QUANTILES]
        levels = [frames.series(samples, "saturation", name) for name in gauges]
        for time, row in zip(times, np.column_stack([*columns, *quantiles, *levels]), strict=True):
            # A gap in scraping has no rows.
            if not np.isnan(row[0]):
                yield [time, service.name, *("" if np.isnan(value) else f"{value:.6g}" for value in row)]


def _tidy_rows(demo: DemoSource, grid: Grid) -> Iterator[Row]:
    rows = _wide_rows(demo, grid)
    columns = next(rows)
    yield ["time", "service", "signal", "value"]
    for row in rows:
        yield from ([*row[:2], name, value] for name, value in zip(columns[2:], row[2:], strict=True) if value != "")


def _request_rows(demo: DemoSource, grid: Grid) -> Iterator[Row]:
    frame = counted_samples(demo, grid)
    yield ["time", "service", "route", "status", "duration_ms"]
    for service in SERVICES:
        samples = frames.of_service(frame, service.name)
        client_errors = np.nan_to_num(frames.series(samples, "errors", "client").to_numpy())
        for measure, status in (("latency", 200), ("failed_latency", 500)):
            details = buckets.details(samples, measure)
            cumulative = frames.of_measure(samples, measure)[details].to_numpy()
            counts = np.nan_to_num(np.diff(cumulative, axis=1, prepend=0.0))
            for end, row, refused in zip(grid.index(), counts, client_errors, strict=True):
                yield from _requests(service, end, row, status, int(refused) if status == 200 else 0)


def _requests(service: DemoService, end: pd.Timestamp, counts: np.ndarray, status: int, refused: int) -> Iterator[Row]:
    """The requests of one step: as many of each bucket as were counted, the first `refused` of them with 404."""
    times = [(end - pd.Timedelta(seconds=back)).strftime(ISO) for back in range(STEP)]
    durations = (
        f"{middle * 1000:.1f}" for middle, count in zip(_middles(), counts, strict=True) for _ in range(int(count))
    )
    for number, duration in enumerate(durations):
        route = service.routes[number % len(service.routes)]
        # Spread over the step, as requests come.
        yield [times[number * 37 % STEP], service.name, route, 404 if number < refused else status, duration]


def _middles() -> np.ndarray:
    """A duration inside of each bucket, in seconds."""
    edges = np.array([0.0, *BOUNDS, 2 * BOUNDS[-1]])
    middles: np.ndarray = np.sqrt(np.maximum(edges[:-1], 0.001) * edges[1:])
    return middles


_WRITERS: dict[str, Callable[[DemoSource, Grid], Iterator[Row]]] = {
    "requests": _request_rows,
    "wide": _wide_rows,
    "tidy": _tidy_rows,
}
SHAPES = tuple(_WRITERS)
