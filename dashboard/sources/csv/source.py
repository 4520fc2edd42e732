"""CSV files as a source: three shapes found by their columns, files followed as they grow, bad rows counted.

A row of the wide or tidy shape describes the interval that *ends* at its time. If two rows describe the same interval,
the later one replaces the earlier; in a request log, every row is a separate request.
"""

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from dashboard import buckets
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.slo.indicators import Column, Query
from dashboard.sources.catalog import DEFAULT_THRESHOLD, Catalog
from dashboard.sources.combined import CombinationsAnswer
from dashboard.sources.csv.bad_rows import files_of_bad_rows, without_rows
from dashboard.sources.csv.combined_stores import CombinedStores
from dashboard.sources.csv.followed.file_reader import FileReader
from dashboard.sources.csv.reading import FileGroup
from dashboard.sources.csv.rows.rows import BOUNDS
from dashboard.sources.csv.service_info import count_step, service_infos
from dashboard.sources.csv.store import Store
from dashboard.sources.csv.taken_for import files_alike, named_twice
from dashboard.sources.csv.total_rows import NOTE, totals
from dashboard.sources.protocol import Answer, QueryCost, column_description, no_query_language
from dashboard.timerange import Grid


class CsvSource:
    """Files, directories or globs read as one source.

    Args:
        groups: files and their settings, or paths; if several name a file, the first one determines how it is read.
        threshold: the requested limit of "too slow" in seconds.
        limits: further latencies in seconds at which requests are counted.
        is_past: a requested time in the past is judged: nobody writes any more.
        store: creates the store for rows.
    """

    kind = "csv"

    def __init__(
        self,
        groups: Sequence[FileGroup | str],
        *,
        threshold: float = DEFAULT_THRESHOLD,
        limits: Sequence[float] = (),
        is_past: bool = False,
        store: Callable[..., Store] = Store,
    ) -> None:
        self._groups = tuple(FileGroup((group,)) if isinstance(group, str) else group for group in groups)
        self.where = ", ".join(path for group in self._groups for path in group.paths)
        self._threshold, self._is_past = threshold, is_past
        self._bounds = tuple(sorted({*BOUNDS, *limits}))
        self._reader = FileReader(self._groups, self._bounds, store, is_past=is_past)
        # Services whose rows are totals of the others.
        self._totals: frozenset[str] = frozenset()
        # Viewers and the poller call this in parallel, and each call reads new rows.
        self._lock = threading.RLock()

    def discover(self, now: float) -> Catalog:
        """Read new rows and return their services."""
        with self._lock:
            self._reader.now = now
            self._read()
            store = self._reader.store
            self._totals = totals(store)
            every = service_infos(store, threshold=self._threshold)
            services = tuple(info for info in every if info.name not in self._totals)
            left_out = tuple(NOTE.format(name=repr(name)) for name in sorted(self._totals))
            return Catalog(
                services,
                scrape_interval=float(store.scrape_interval),
                files=files_alike(self._reader.followed.files, self._reader.readings, self._reader.counting),
                notes=left_out if services else (without_rows(store.bad_kinds, store.rows, store.bad_rows),),
                history_s=store.history_s,
                oldest=store.oldest,
                count_step=count_step(store.scrape_interval),
            )

    def adopt(self, catalog: Catalog) -> None:
        """Does nothing, as each call reads new rows."""

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """Rates and gauges on the grid; a step shorter than the file's interval has the values of its interval."""
        with self._lock:
            cost = self._read()
            frame = self._reader.store.frame(grid, rates=True, service=service)
            return self._answer(frame, cost, "samples", service or "", str(grid.step))

    def counts(self, grid: Grid) -> Answer:
        """Events over each step; NaN if the step is shorter than the file's interval."""
        with self._lock:
            cost = self._read()
            frame = self._reader.store.frame(grid, rates=False)
            return self._answer(frame, cost, "counts", str(grid.step))

    def counts_of(self, columns: Sequence[Column], grid: Grid) -> Answer:
        """As `counts`; for a log, only the measures of these columns."""
        with self._lock:
            cost = self._read()
            measures = {(column.measure, column.detail) for column in columns}
            frame = self._reader.store.frame(grid, rates=False, measures=measures)
            return self._answer(frame, cost, "counts", str(grid.step))

    def bucket_counts(self, grid: Grid, service: str | None = None) -> Answer:
        """As `counts`, which are at all counted bounds.

        Args:
            grid: the steps. `service`: restrict to this one; None: all.
        """
        with self._lock:
            cost = self._read()
            frame = self._reader.store.frame(grid, rates=False, service=service)
            return self._answer(frame, cost, "buckets", service or "", str(grid.step))

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """Requests, errors and latency of one service by the values of a label, over the newest day.

        Args:
            grid: the points. `service`: its name in the catalog. `label`: one of its labels.
        """
        with self._lock:
            cost = self._read()
            frame = self._reader.store.breakdown(label, service, grid)
            return self._answer(frame, cost, label, service, str(grid.step))

    def combinations(self, service: str, bad: BadEvents, spans: Spans) -> CombinationsAnswer:
        """Events of two spans by all labels of a service; this reads the files again.

        Args:
            service: its name in the catalog. `bad`: which events are bad. `spans`: the span to explain, and an earlier
                one.
        """
        began = time.perf_counter()
        limit = buckets.nearest_bound(self._bounds, self._threshold) or math.inf
        stores = CombinedStores(service, bad, spans, limit)
        # Use a separate store, as refreshes continue with this one.
        again = CsvSource(
            self._groups, threshold=self._threshold, limits=self._bounds, is_past=self._is_past, store=stores
        )
        again.discover(self._reader.now)
        answer, read = stores.gathered.answer(), again._reader.store
        cost = QueryCost(self.where, "rows by all labels", time.perf_counter() - began, read.bytes, read.series, 0)
        return replace(answer, costs=(cost,))

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """Empty, as files have no query language."""
        return no_query_language(queries, grid)

    def expression(self, column: Column) -> str:
        """A description of what is summed."""
        return column_description(column)

    def close(self) -> None:
        """Nothing stays open between two reads."""

    def _read(self) -> QueryCost:
        """Add new rows; returns the cost."""
        began = time.perf_counter()
        size = self._reader.read()
        return QueryCost(self.where, "new rows", time.perf_counter() - began, size, self._reader.store.series, 0)

    def _answer(self, frame: pd.DataFrame, cost: QueryCost, *request: str) -> Answer:
        """An answer; `request`: identifies the request, to know whether a tail can continue its previous answer."""
        reader, store = self._reader, self._reader.store
        since = reader.changed_since(request)
        if self._totals:
            frame = frame.loc[:, [column not in self._totals for column in frame.columns.get_level_values(0)]]
        return Answer(
            frame,
            (cost,),
            (*reader.followed.refused, *reader.followed.remarks, *named_twice(reader.readings), *store.examples),
            newest=store.newest,
            may_end=True,
            mergeable=since > -math.inf,
            changed_since=since if math.isfinite(since) else None,
            rows=store.rows,
            bad_rows=store.bad_rows,
            bad_kinds=store.bad_kinds.all,
            left_out=(*reader.followed.refused, *files_of_bad_rows(reader.followed.files, store.bad_kinds)),
        )
