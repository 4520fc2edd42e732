"""CSV files as a source: three shapes found by their columns, files followed as they grow, bad rows counted.

A row of the wide or tidy shape tells of the interval that *ends* at its time. Where two rows tell of the same
interval, the later one wins; in a request log every row is a request of its own.
"""

import io
import os
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc

from dashboard import buckets
from dashboard.exceptions import InvalidData
from dashboard.slo.indicators import Column, Query
from dashboard.sources.csv import files, lines
from dashboard.sources.csv.files import File
from dashboard.sources.csv.rows import BOUNDS
from dashboard.sources.csv.store import EXAMPLES, Finer, Store
from dashboard.sources.csv.table import frame_of
from dashboard.sources.protocol import (
    DEFAULT_THRESHOLD,
    Answer,
    Catalog,
    Problem,
    QueryCost,
    Resource,
    ServiceInfo,
    column_description,
    no_query_language,
)
from dashboard.timerange import HOUR, Grid

# So much is parsed at once: the memory a file needs while it is read does not grow with the file.
CHUNK = 1 << 25
# A file that was not written to for so many seconds is not being written: its last row may lack a line end.
SETTLED = 60.0
WORD = pa.dictionary(pa.int32(), pa.string())
WORDS = ("service", "signal", "status")


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of a part of a file, its length and last bytes, and how many rows do not have the right columns."""

    table: pa.Table
    size: int
    refused: int
    tail: bytes = b""


class CsvSource:
    """Files, directories or globs read as one source.

    Args:
        paths: what to read. `mapping`: our column name → the file's. `time_zone`: of times without an offset.
        threshold: the latency wanted as the limit of "too slow", in seconds. `limits`: those that objectives have.
    """

    kind = "csv"

    def __init__(
        self,
        paths: Sequence[str],
        *,
        mapping: Mapping[str, str] | None = None,
        time_zone: str = "UTC",
        threshold: float = DEFAULT_THRESHOLD,
        limits: Sequence[float] = (),
    ) -> None:
        self.where = ", ".join(paths)
        self._paths = tuple(paths)
        self._mapping = dict(mapping or {})
        self._zone = time_zone
        self._wanted = threshold
        self._files: dict[str, File] = {}
        self._bounds = tuple(sorted({*BOUNDS, *limits}))
        self._store = Store(bounds=self._bounds)
        self._now = 0.0
        # How often all was read anew, and how often that was so when a question was last answered.
        self._anew = 0
        self._told: dict[tuple[str, ...], int] = {}
        self._lock = threading.RLock()

    def discover(self, now: float) -> Catalog:
        """Read what is new and name the services in it."""
        with self._lock:
            self._now = now
            self._read()
            store = self._store
            infos = tuple(self._info(name) for name in store.services())
            notes = () if infos else ("the files hold no rows yet",)
            step = next((step for step in (60, 300, 600, 900, 1800, HOUR) if step >= store.scrape), HOUR)
            return Catalog(
                infos, scrape_interval=float(store.scrape), notes=notes, history_s=store.span, count_step=step
            )

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """Rates and gauges on the grid; a step shorter than the file's interval shows the interval it lies in."""
        with self._lock:
            cost = self._read()
            frame = frame_of(self._store.table_for(grid), grid, rates=True, service=service)
            return self._answer(frame, cost, "samples", service or "", str(grid.step))

    def counts(self, grid: Grid) -> Answer:
        """Events over each step; nothing where the step is shorter than the file's interval."""
        with self._lock:
            cost = self._read()
            frame = frame_of(self._store.table_for(grid), grid, rates=False)
            return self._answer(frame, cost, "counts", str(grid.step))

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """One service by the values of a label."""
        with self._lock:
            cost = self._read()
            frame = self._store.labels.frame(label, service, grid)
            return self._answer(frame, cost, label, service, str(grid.step))

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
        began, before = time.perf_counter(), self._store.bytes
        names = files.found(self._paths)
        if not set(self._files) <= set(names) or any(file.replaced(name) for name, file in self._files.items()):
            self._forget(Store(bounds=self._bounds))
            before = 0
        while True:
            try:
                for name in names:
                    self._take(name)
                break
            except Finer as finer:
                self._forget(Store(finest=finer.base, bounds=self._bounds))
                before = 0
        taken = self._store.bytes - before
        return QueryCost(self.where, "new rows", time.perf_counter() - began, taken, self._store.series, 0)

    def _forget(self, store: Store) -> None:
        self._files, self._store = {}, store
        self._anew += 1

    def _take(self, name: str) -> None:
        known = self._files.get(name)
        try:
            with files.opened(name) as file:
                status = os.fstat(file.fileno())
                if known is not None and status.st_size == known.offset:
                    return
                if known is None:
                    known = files.begun(name, file, self._mapping)
                    if known is None:
                        return
                self._files[name] = known
                known.status = status
                written = self._now - status.st_mtime > SETTLED
                with closing(_ahead(_parts(name, known, file, status.st_size, written=written))) as parts:
                    for part in parts:
                        self._put(name, known, part)
        except OSError as error:
            raise files.unreadable(name, error) from None

    def _put(self, name: str, known: File, part: _Part) -> None:
        store = self._store
        try:
            taken = store.take(part.table, known.shape, self._zone)
        except InvalidData as error:
            raise InvalidData(f"{name}: {error}", query=name) from None
        store.bad += taken.bad + part.refused
        store.rows += part.table.num_rows
        store.bytes += part.size
        wanted = EXAMPLES - len(store.examples)
        if wanted > 0 and (part.refused or taken.examples):
            found = lines.located(
                name, known.offset, part.size, known.delimiter, len(known.names), dict(taken.examples), wanted
            )
            store.examples += [Problem(f"{name}:{line}", what) for line, what in found]
        known.offset += part.size
        known.tail = part.tail

    # --- answering -------------------------------------------------------------------------------------------------

    def _info(self, name: str) -> ServiceInfo:
        measures = self._store.measures(name)
        bounds = self._bounds if any(measure == "latency" for measure, _ in measures) else ()
        counted = ("requests", "") in measures
        resources = [
            Resource(detail, "ratio" if measure == "saturation" else "units")
            for measure, detail in measures
            if measure in ("saturation", "usage")
        ]
        notes = [] if counted else ["no request counts: only gauges are shown"]
        labels = self._store.labels.names(name)
        if labels:
            notes.append("breakdowns reach back 24 hours")
        return ServiceInfo(
            name=name,
            preset="csv",
            bounds=bounds,
            threshold=buckets.nearest_bound(bounds, self._wanted),
            latency_by_outcome=bool(bounds),
            errors=("errors", "server") in measures,
            labels=labels,
            resources=tuple(resources),
            notes=tuple(notes),
        )

    def _answer(self, frame: pd.DataFrame, cost: QueryCost, *question: str) -> Answer:
        store = self._store
        fresh = self._told.get(question, 0) == self._anew
        self._told[question] = self._anew
        return Answer(
            frame,
            (cost,),
            tuple(store.examples),
            newest=store.newest,
            mergeable=fresh,
            rows=store.rows,
            bad_rows=store.bad,
        )


def _parts(name: str, known: File, file: io.BufferedReader, end: int, *, written: bool) -> Iterator[_Part]:
    """The complete rows from where the file was left, parsed in parts; a row that is still being written waits.

    `written`: nobody writes any more, so that the last row is complete without its line end.
    """
    offset = known.offset
    buffer = bytearray(min(CHUNK, end - offset))
    while offset < end:
        file.seek(offset)
        size = file.readinto(buffer)
        complete, quoted = lines.complete(buffer, size, known.delimiter, len(known.names))
        if complete:
            data = memoryview(buffer)[:complete]
        elif size > files.LINE_MAX:
            raise files.too_long(name)
        elif written and offset + size == end:
            data, complete = memoryview(bytes(buffer[:size]) + b"\n"), size
        else:
            return
        # Looking for line ends inside quotes costs Arrow its second core: only where there are any.
        part = _parsed(name, known, data if buffer.isascii() else _readable(data), quoted=quoted)
        offset += complete
        yield replace(part, size=complete, tail=files.tail(file, offset))


def _readable(data: memoryview) -> memoryview:
    """The same with a replacement character for each byte that is no UTF-8."""
    text = str(data, "utf-8", "replace")
    return memoryview(text.encode()) if "\ufffd" in text else data


def _parsed(name: str, known: File, data: memoryview, *, quoted: bool) -> _Part:
    refused: list[int] = []

    def refuse(row: pc.InvalidRow) -> str:
        refused.append(row.actual_columns)
        return "skip"

    wanted = known.shape.columns
    options = pc.ConvertOptions(
        include_columns=list(dict.fromkeys(wanted.values())),
        column_types={wanted[column]: WORD for column in (*WORDS, *known.shape.labels) if column in wanted},
        strings_can_be_null=True,
    )
    parsing = pc.ParseOptions(delimiter=known.delimiter, invalid_row_handler=refuse, newlines_in_values=quoted)
    reading = pc.ReadOptions(column_names=known.names)
    try:
        table = pc.read_csv(pa.BufferReader(data), reading, parsing, options)
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        if "straddling" in str(error):
            raise files.too_long(name) from None
        raise InvalidData(f"{name}: cannot be read as CSV: {str(error)[:200]}", query=name) from None
    return _Part(table, len(data), len(refused))


def _ahead(parts: Iterator[_Part]) -> Generator[_Part]:
    """The same parts; while one is taken in, the next is parsed on the other core."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="csv") as pool:
        coming = pool.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = pool.submit(next, parts, None)
            yield part
