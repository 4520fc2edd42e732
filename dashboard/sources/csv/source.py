"""CSV files as a source: three shapes found by their columns, files followed as they grow, bad rows counted.

A row of the wide or tidy shape tells of the interval that *ends* at its time. Where two rows tell of the same
interval, the later one wins; in a request log every row is a request of its own.
"""

import math
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

import pandas as pd

from dashboard import buckets
from dashboard.exceptions import InvalidData, SourceError, SourceUnavailable
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.slo.indicators import Column, Query
from dashboard.sources.catalog import DEFAULT_THRESHOLD, Catalog
from dashboard.sources.combined import CombinationsAnswer
from dashboard.sources.csv import files
from dashboard.sources.csv.bad_rows import bad_row_examples, files_of_bad_rows, without_rows
from dashboard.sources.csv.combined_stores import CombinedStores
from dashboard.sources.csv.contents import Content, opened
from dashboard.sources.csv.counting import Counting
from dashboard.sources.csv.file_paths import readings_of
from dashboard.sources.csv.files import FollowedFile, Unread
from dashboard.sources.csv.followed_files import FollowedFiles, Rewritten
from dashboard.sources.csv.parsing import Part
from dashboard.sources.csv.reading import FileGroup, Reading
from dashboard.sources.csv.rows import BOUNDS, EXAMPLES
from dashboard.sources.csv.service_info import count_step, service_infos
from dashboard.sources.csv.store import Store
from dashboard.sources.csv.table_writer import ReadAnew, TableWriter
from dashboard.sources.csv.taken_for import files_alike, named_twice
from dashboard.sources.protocol import Answer, QueryCost, column_description, no_query_language
from dashboard.timerange import Grid

# A file that was not written to for so many seconds is not being written: its last row may lack a line end. So may that
# of one that did not change between two looks and tells of nothing newer than so many seconds and two intervals.
SETTLED_S = 60.0
# The first rows after a rotation may be so many seconds older than those before: else the file was written anew.
LATE_S = 900.0


class CsvSource:
    """Files, directories or globs read as one source.

    Args:
        groups: what to read and how, or paths; a file that two of them name is read as the first of them says.
        threshold: the latency wanted as the limit of "too slow", in seconds.
        limits: latencies in seconds that requests are counted at, too.
        is_past: a moment is judged that was asked for: nobody writes then.
        store: makes what rows are put in.
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
        self._threshold = threshold
        self._is_past = is_past
        self._followed = FollowedFiles()
        # File → what each group that names it says of it, in the order of the groups.
        self._readings: dict[str, list[Reading]] = {}
        # File → what is known of its counts.
        self._counting: dict[str, Counting] = {}
        self._bounds = tuple(sorted({*BOUNDS, *limits}))
        self._make_store = store
        self._store = self._new_store()
        self._now = 0.0
        # Service → seconds between its rows, when it was last read.
        self._intervals: dict[str, int] = {}
        # What was asked for → epoch seconds after which rows have joined since; -inf where all was read anew.
        self._changed_since: dict[tuple[str, ...], float] = {}
        # Of what was not asked for yet.
        self._changed_first = math.inf
        # Viewers and the poller ask at the same time, and whoever asks reads on.
        self._lock = threading.RLock()

    def discover(self, now: float) -> Catalog:
        """Read what is new and name the services in it."""
        with self._lock:
            self._now = now
            self._read()
            store = self._store
            services = service_infos(store, threshold=self._threshold)
            return Catalog(
                services,
                scrape_interval=float(store.scrape_interval),
                files=files_alike(self._followed.files, self._readings, self._counting),
                notes=() if services else (without_rows(store.bad_kinds, store.rows, store.bad_rows),),
                history_s=store.history_s,
                oldest=store.oldest,
                count_step=count_step(store.scrape_interval),
            )

    def adopt(self, catalog: Catalog) -> None:
        """Nothing changes: whoever asks reads on."""

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """Rates and gauges on the grid; a step shorter than the file's interval shows the interval it lies in."""
        with self._lock:
            cost = self._read()
            frame = self._store.frame(grid, rates=True, service=service)
            return self._answer(frame, cost, "samples", service or "", str(grid.step))

    def counts(self, grid: Grid) -> Answer:
        """Events over each step; nothing where the step is shorter than the file's interval."""
        with self._lock:
            cost = self._read()
            frame = self._store.frame(grid, rates=False)
            return self._answer(frame, cost, "counts", str(grid.step))

    def counts_of(self, columns: Sequence[Column], grid: Grid) -> Answer:
        """As `counts`; of a log only the measures of these columns."""
        with self._lock:
            cost = self._read()
            measures = {(column.measure, column.detail) for column in columns}
            frame = self._store.frame(grid, rates=False, measures=measures)
            return self._answer(frame, cost, "counts", str(grid.step))

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """Requests, errors and latency of one service by the values of a label, over the newest day.

        Args:
            grid: where they are wanted. `service`: its name in the catalog. `label`: one of its labels.
        """
        with self._lock:
            cost = self._read()
            frame = self._store.breakdown(label, service, grid)
            return self._answer(frame, cost, label, service, str(grid.step))

    def combinations(self, service: str, bad: BadEvents, spans: Spans) -> CombinationsAnswer:
        """Events of two spans by all labels of a service; the files are read once more for it.

        Args:
            service: its name in the catalog. `bad`: which events are bad. `spans`: the explained one and one before.
        """
        began = time.perf_counter()
        limit = buckets.nearest_bound(self._bounds, self._threshold) or math.inf
        stores = CombinedStores(service, bad, spans, limit)
        # Not this store: refreshes go on with it meanwhile.
        again = CsvSource(
            self._groups, threshold=self._threshold, limits=self._bounds, is_past=self._is_past, store=stores
        )
        again.discover(self._now)
        answer, read = stores.gathered.answer(), again._store
        cost = QueryCost(self.where, "rows by all labels", time.perf_counter() - began, read.bytes, read.series, 0)
        return replace(answer, costs=(cost,))

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """Nothing: files have no query language."""
        return no_query_language(queries, grid)

    def expression(self, column: Column) -> str:
        """What is added up."""
        return column_description(column)

    def close(self) -> None:
        """Nothing stays open between two reads."""

    # --- reading ---------------------------------------------------------------------------------------------------

    def _read(self) -> QueryCost:
        """Take in what is new; where something was replaced, or rows lie closer together, all is read anew."""
        began, before, rows = time.perf_counter(), self._store.bytes, self._store.rows
        self._readings = readings_of(self._groups)
        names = {name: readings[0] for name, readings in self._readings.items()}
        # Each file may show that rows lie closer together than those before did.
        while True:
            try:
                for unread in self._followed.unread(names):
                    self._read_file(unread)
                break
            except ReadAnew as anew:
                # What was rotated away counts as long as it is there.
                names = names | self._followed.elsewhere
                store = self._new_store(anew.interval, is_guess=anew.is_guess, is_uneven=anew.is_uneven)
                # Of files that interleave each tells a longer interval than all together.
                store.remember(self._store)
                self._start_anew(store)
                # What later rows told of their columns holds for the first ones, too.
                self._counting = {name: counting.anew() for name, counting in self._counting.items()}
            except Rewritten:
                self._counting.clear()
                self._start_anew(self._new_store())
            before = rows = 0
        self._followed.raise_unless_readable()
        if self._store.rows > rows:
            self._look_at_intervals()
        size = self._store.bytes - before
        return QueryCost(self.where, "new rows", time.perf_counter() - began, size, self._store.series, 0)

    def _new_store(self, interval: int | None = None, *, is_guess: bool = False, is_uneven: bool = False) -> Store:
        writer = TableWriter(is_uneven)
        return self._make_store(interval=interval, interval_is_guess=is_guess, bounds=self._bounds, writer=writer)

    def _start_anew(self, store: Store) -> None:
        self._followed.forget()
        self._store = store
        self._changed_first = -math.inf
        self._note_change(-math.inf)

    def _note_change(self, since: float) -> None:
        for request, before in self._changed_since.items():
            self._changed_since[request] = min(before, since)

    def _look_at_intervals(self) -> None:
        """Have all asked for again where rows turn out to tell of longer or shorter times than before."""
        intervals, before = self._store.intervals, self._intervals
        if any(intervals.get(name, self._store.scrape_interval) != interval for name, interval in before.items()):
            self._note_change(-math.inf)
        self._intervals = {**dict.fromkeys(self._store.services(), self._store.scrape_interval), **intervals}

    def _read_file(self, unread: Unread) -> None:
        """Take in the new rows of a file; one that cannot be read is left out."""
        present = unread.present
        try:
            with opened(present) as content:
                file = unread.file or self._followed.begun(content, unread)
                # Between two looks another one may have taken the name.
                if file is not None and content.present.identity == present.identity:
                    file.begins_after = self._store.newest if unread.is_rotated else file.begins_after
                    self._read_on(file, content, was_read=unread.file is not None)
        except SourceUnavailable as error:
            # Who may read a file is no part of it: it is tried each time.
            self._followed.refuse(present.name, error)
        except SourceError as error:
            self._followed.refuse(present.name, error, files.version_of(present.status))

    def _read_on(self, file: FollowedFile, content: Content, *, was_read: bool) -> None:
        rests = was_read and files.version_of(file.status) == files.version_of(content.present.status)
        file.status = content.present.status
        self._followed.follow(file)
        is_old = self._now - file.status.st_mtime > SETTLED_S
        settled = self._is_past or is_old or (rests and self._data_have_ended())
        with closing(content.parts(file, settled=settled)) as parts:
            for part in parts:
                self._take(file, part)
        if len(file.head) < files.TAIL:
            file.head = content.head(min(files.TAIL, file.offset))
            self._followed.copies.remember(file)

    def _data_have_ended(self) -> bool:
        """Nobody writes rows of now: a file that was changed just now was copied here, or is an export."""
        newest = self._store.newest
        return newest is not None and self._now - newest > SETTLED_S + 2 * self._store.longest_interval

    def _take(self, file: FollowedFile, part: Part) -> None:
        store, recognised = self._store, file.recognised
        try:
            dated = replace(part, written_at=file.status.st_mtime)
            rows = store.take(dated, recognised, file.order, self._counting_of(file))
        except InvalidData as error:
            raise InvalidData(f"{file.name}: {error}", query=file.name) from None
        taken = rows.kept_times()
        if len(taken):
            oldest = float(taken.min())
            if file.begins_after is not None and oldest < file.begins_after - LATE_S:
                raise Rewritten
            file.begins_after = None
            # A row tells of the interval that ends at its time.
            self._note_change(oldest - store.longest_interval)
        if recognised.layout.note:
            store.remarks.note(rows.services_of(~rows.refused)[1], recognised.layout.note)
        bad, read = rows.bad_rows + part.refused, part.chunk.num_rows - rows.ignored + part.refused
        store.bad_rows += bad
        store.rows += read
        file.bad_rows += bad
        file.rows += read
        if bad:
            store.bad_kinds.add(file, part, rows)
        store.bytes += part.size
        wanted = EXAMPLES - len(store.examples)
        if wanted > 0 and (part.refused or rows.examples):
            store.examples += bad_row_examples(file, part, rows.examples, wanted)
        file.offset += part.size
        file.ends_line = part.ends_line
        file.read = part.read or file.read

    def _counting_of(self, file: FollowedFile) -> Counting:
        return self._counting.setdefault(file.name, Counting(file.recognised.reading.unit))

    # --- answering -------------------------------------------------------------------------------------------------

    def _answer(self, frame: pd.DataFrame, cost: QueryCost, *request: str) -> Answer:
        """An answer; `request`: what was asked for, to know whether a tail can continue what it was given before."""
        store = self._store
        since = self._changed_since.get(request, self._changed_first)
        self._changed_since[request] = math.inf
        return Answer(
            frame,
            (cost,),
            (*self._followed.refused, *self._followed.remarks, *named_twice(self._readings), *store.examples),
            newest=store.newest,
            may_end=True,
            mergeable=since > -math.inf,
            changed_since=since if math.isfinite(since) else None,
            rows=store.rows,
            bad_rows=store.bad_rows,
            bad_kinds=store.bad_kinds.all,
            left_out=(*self._followed.refused, *files_of_bad_rows(self._followed.files, store.bad_kinds)),
        )
