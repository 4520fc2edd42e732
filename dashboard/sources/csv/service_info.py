"""The services in files: their measures, their labels, and missing data."""

import math
from collections.abc import Sequence

from dashboard import buckets
from dashboard.outcomes import UnknownWords
from dashboard.sources.catalog import FILES, RATIO, Resource, ServiceInfo
from dashboard.sources.csv.columns.resources import free_note, is_free_of_unknown_size
from dashboard.sources.csv.store import Store
from dashboard.sources.csv.table_frames import in_per_cents
from dashboard.timerange import HOUR

# From this share and number of dropped rows on, they may include failures: any file has a few.
LEFT_OUT, LEFT_OUT_MIN = 0.1, 10
# Steps for counting events, in seconds: the first one that contains a row is used.
COUNT_STEPS = (60, 300, 600, 900, 1800, HOUR)
NO_REQUESTS = "no request counts: only gauges are shown"
NO_ERRORS = (
    "whether requests fail is unknown: nothing holds their errors; name the file that does as [[source.files]] "
    'with paths = ["errors.csv"], signal = "errors" and its unit'
)


def service_infos(store: Store, *, threshold: float) -> tuple[ServiceInfo, ...]:
    """The services in the files.

    Args:
        store: everything that was read. `threshold`: the requested limit of "too slow" in seconds.
    """
    intervals, irregular = store.intervals, store.irregular
    return tuple(
        _service_info(name, measures, store, threshold, intervals.get(name), irregular.get(name))
        for name, measures in store.measures().items()
    )


def _service_info(
    name: str,
    measures: Sequence[tuple[str, str]],
    store: Store,
    threshold: float,
    interval: int | None,
    taken_for: int | None,
) -> ServiceInfo:
    """A service in the files.

    Args:
        name: of the service. `measures`: its (measure, detail). `store`: everything that was read.
        threshold: the requested limit of "too slow" in seconds.
        interval: seconds between its rows; None: as for all.
        taken_for: assumed interval of each row in seconds, if rows do not show it; otherwise None.
    """
    bounds = store.bounds if any(measure == "latency" for measure, _ in measures) else ()
    counted = ("requests", "") in measures
    words = tuple(sorted(store.remarks.unknown_words.get(name, ())))
    unknown = (UnknownWords("status", words, is_column=True),) if words else ()
    labels = store.labels_of(name)
    return ServiceInfo(
        name=name,
        preset=FILES,
        bounds=bounds,
        threshold=buckets.nearest_bound(bounds, threshold),
        latency_by_outcome=bool(bounds),
        errors=("errors", "server") in measures,
        left_out=(store.bad_rows, store.rows) if counted and _is_much_left_out(store) else None,
        labels=labels,
        resources=_resources(measures),
        scrape_interval=None if interval is None else float(interval),
        count_step=None if interval is None else count_step(interval),
        notes=(
            *(() if counted else (NO_REQUESTS,)),
            *((NO_ERRORS,) if counted and ("errors", "server") not in measures else ()),
            *_duration_notes(store, name, has_latency=bool(bounds)),
            *_missing_notes(store.remarks.without_errors[name] if ("errors", "server") in measures else 0),
            *_repeat_notes(store.replaced_times(name)),
            *_interval_notes(taken_for),
            *_gauge_notes(store, measures),
            *(("breakdowns reach back 24 hours",) if labels else ()),
            *(words.note for words in unknown),
        ),
        unknown_words=unknown,
    )


def _is_much_left_out(store: Store) -> bool:
    return store.bad_rows >= max(LEFT_OUT_MIN, LEFT_OUT * store.rows)


def count_step(interval: int) -> int:
    """Seconds of the steps for counting events at this interval; whole hours if it is long."""
    return next((step for step in COUNT_STEPS if step >= interval), math.ceil(interval / HOUR) * HOUR)


def _gauge_notes(store: Store, measures: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Notes on gauges that are in percent only by their numbers."""
    per_cents = in_per_cents(store.table) if store.table is not None else {}
    taken = [
        f"{detail} goes up to {per_cents[detail]:g}: its numbers are taken for per cents"
        for measure, detail in measures
        if measure == "saturation" and detail in per_cents
    ]
    free = (free_note(detail) for measure, detail in measures if measure == "usage" and is_free_of_unknown_size(detail))
    return (*taken, *free)


def _missing_notes(rows: int) -> tuple[str, ...]:
    said = "rows without errors beside their requests, of which nobody can tell whether they failed"
    return (f"{said}: {rows:,}",) if rows else ()


def _repeat_notes(times: int) -> tuple[str, ...]:
    return (f"times with several rows, of which the last one counts: {times:,}",) if times else ()


def _interval_notes(seconds: int | None) -> tuple[str, ...]:
    said = "rows too few, or too irregular, to tell how long each of them tells of: it is taken for"
    return (f"{said} {seconds} s",) if seconds else ()


def _duration_notes(store: Store, service: str, *, has_latency: bool) -> tuple[str, ...]:
    """Notes on durations of requests, and on requests without any."""
    requests, notes = store.remarks.no_durations[service], tuple(sorted(store.remarks.notes.get(service, ())))
    if not has_latency:
        return (f"no latency: {store.remarks.without_duration[service]}",) if requests else ()
    return (*notes, f"requests without a duration, which are in no latency: {requests:,}") if requests else notes


def _resources(measures: Sequence[tuple[str, str]]) -> tuple[Resource, ...]:
    units = {"saturation": RATIO, "usage": "units"}
    return tuple(Resource(detail, units[measure]) for measure, detail in measures if measure in units)
