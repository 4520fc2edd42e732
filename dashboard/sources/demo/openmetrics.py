"""The demo's history as OpenMetrics text, in the names of the preset `generic-http`, to fill a real server with."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from dashboard import buckets, frames
from dashboard.sources.demo.csv_export import counted_samples
from dashboard.sources.demo.scenario import SERVICES
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import Grid

REQUESTS, DURATIONS, OPEN_FDS = "http_requests", "http_request_duration_seconds", "process_open_fds"
TYPES = {REQUESTS: "counter", DURATIONS: "histogram", OPEN_FDS: "gauge"}
# The limit of the gauge, of which a saturation is a share.
MAX_FDS = 1000


def openmetrics(demo: DemoSource, grid: Grid, *, restarts: Iterable[int] = ()) -> Iterator[str]:
    """Cumulative counters at each grid point as lines of text with time stamps.

    Args:
        demo: what is written. `grid`: its points are the scrapes.
        restarts: epoch seconds at which every counter begins at zero again.
    """
    frame = counted_samples(demo, grid)
    times = grid.index().as_unit("s").asi8
    begins = sorted({0, *(int(np.searchsorted(times, at)) for at in restarts)})
    # The format wants all series of a family in one piece.
    families: dict[str, list[str]] = {family: [] for family in TYPES}
    for service in SERVICES:
        samples = frames.of_service(frame, service.name)
        instance = f'job="{service.name}",instance="{service.name}-0"'
        for name, labels, amounts in _counters(samples):
            family = REQUESTS if name.startswith(REQUESTS) else DURATIONS
            totals = np.where(np.isnan(amounts), np.nan, _running_totals(amounts, begins))
            families[family] += _lines(f"{name}{{{instance},{labels}}}", totals, times)
        used = frames.of_measure(samples, "saturation").iloc[:, 0].to_numpy()
        families[OPEN_FDS] += _lines(f"{OPEN_FDS}{{{instance}}}", used * MAX_FDS, times)
    for family, lines in families.items():
        yield f"# TYPE {family} {TYPES[family]}"
        yield from lines
    yield "# TYPE process_max_fds gauge"
    for service in SERVICES:
        labels = f'job="{service.name}",instance="{service.name}-0"'
        yield from (f"process_max_fds{{{labels}}} {MAX_FDS} {time}" for time in times)
    yield "# EOF"


def _lines(series: str, values: np.ndarray, times: np.ndarray) -> list[str]:
    return [f"{series} {value:.0f} {time}" for value, time in zip(values, times, strict=True) if value == value]


def _counters(samples: pd.DataFrame) -> Iterator[tuple[str, str, np.ndarray]]:
    """(name, labels, events of each step) of every counter of a service."""
    requests = frames.series(samples, "requests").to_numpy()
    failed, refused = (frames.series(samples, "errors", kind).to_numpy() for kind in ("server", "client"))
    ever_failed = np.nansum(failed) > 0
    yield "http_requests_total", 'code="200"', requests - failed - refused
    yield "http_requests_total", 'code="404"', refused
    # A service that never failed has no series that says so, as in life.
    if ever_failed:
        yield "http_requests_total", 'code="500"', failed
    for measure, code in (("latency", "200"), ("failed_latency", "500"))[: 1 + ever_failed]:
        counts = frames.of_measure(samples, measure)
        for detail in buckets.details(samples, measure):
            le = "+Inf" if detail == "inf" else detail
            yield f"{DURATIONS}_bucket", f'code="{code}",le="{le}"', counts[detail].to_numpy()
        yield f"{DURATIONS}_count", f'code="{code}"', counts["inf"].to_numpy()


def _running_totals(amounts: np.ndarray, begins: list[int]) -> np.ndarray:
    """Cumulative sums that begin again at each of the rows `begins`."""
    totals = np.empty(len(amounts))
    for begin, end in zip(begins, [*begins[1:], len(amounts)], strict=True):
        totals[begin:end] = np.nancumsum(amounts[begin:end])
    return totals
