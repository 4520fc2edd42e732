"""CSV files as a source: three shapes found by their columns, files followed as they grow, bad rows counted.

A row of the wide or tidy shape tells of the interval that *ends* at its time. Where two rows tell of the same
interval, the later one wins; in a request log every row is a request of its own.
"""

import glob
import hashlib
import io
import os
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc

from dashboard.exceptions import InvalidData, SourceUnavailable
from dashboard.signals.latency import nearest_bound
from dashboard.sources.base import DEFAULT_THRESHOLD, Answer, Catalog, Problem, QueryCost, Resource, ServiceInfo
from dashboard.sources.csv_rows import BOUNDS
from dashboard.sources.csv_shapes import Shape, shape_of
from dashboard.sources.csv_store import EXAMPLES, Finer, Store
from dashboard.sources.csv_table import frame_of
from dashboard.timerange import Grid

HEAD = 1024
LINE_MAX = 1 << 20
# So much is parsed at once: the memory a file needs while it is read does not grow with the file.
CHUNK = 1 << 25
WORD = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of a part of a file, its length in bytes, and what was wrong with rows that have no right columns."""

    table: pa.Table
    size: int
    refused: list[str]


@dataclass(slots=True)
class _File:
    """How far a file was read, and what tells that it is still the same one."""

    key: tuple[int, int]
    head: bytes
    head_length: int
    offset: int
    lines: int
    names: list[str]
    shape: Shape
    delimiter: str


class CsvSource:
    """Files, directories or globs read as one source.

    Args:
        paths: what to read. `mapping`: our column name → the file's. `time_zone`: of times without an offset.
        threshold: the latency wanted as the limit of "too slow", in seconds.
    """

    kind = "csv"

    def __init__(
        self,
        paths: Sequence[str],
        *,
        mapping: Mapping[str, str] | None = None,
        time_zone: str = "UTC",
        threshold: float = DEFAULT_THRESHOLD,
    ) -> None:
        self.where = ", ".join(paths)
        self._paths = tuple(paths)
        self._mapping = dict(mapping or {})
        self._zone = time_zone
        self._wanted = threshold
        self._files: dict[str, _File] = {}
        self._store = Store()
        self._lock = threading.RLock()

    def discover(self, now: float) -> Catalog:
        """Read what is new and name the services in it."""
        with self._lock:
            self._read()
            store = self._store
            infos = tuple(self._info(name) for name in store.services())
            notes = () if infos else ("the files hold no rows yet",)
            return Catalog(infos, scrape=float(store.scrape), notes=notes, history_s=store.span)

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """Rates and gauges on the grid; a step shorter than the file's interval shows the interval it lies in."""
        with self._lock:
            fresh, cost = self._read()
            frame = frame_of(self._store.table_for(grid), grid, rates=True, service=service)
            return self._answer(frame, cost, fresh)

    def counts(self, grid: Grid) -> Answer:
        """Events over each step; nothing where the step is shorter than the file's interval."""
        with self._lock:
            fresh, cost = self._read()
            return self._answer(frame_of(self._store.table_for(grid), grid, rates=False), cost, fresh)

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """One service by the values of a label."""
        with self._lock:
            fresh, cost = self._read()
            frame = self._store.labels.frame(label, service, grid)
            return self._answer(frame, cost, fresh)

    def close(self) -> None:
        """Nothing stays open between two reads."""

    # --- reading ---------------------------------------------------------------------------------------------------

    def _names(self) -> list[str]:
        found: list[str] = []
        for path in self._paths:
            if Path(path).is_dir():
                found += sorted(str(one) for one in Path(path).glob("*.csv"))
            else:
                found += sorted(glob.glob(path)) or ([path] if not glob.has_magic(path) else [])
        if not found:
            raise SourceUnavailable(f"{self.where}: no CSV file is there yet")
        return list(dict.fromkeys(found))

    def _read(self) -> tuple[bool, QueryCost]:
        """Take in what is new; False when something was replaced and everything was read anew."""
        began, before = time.perf_counter(), self._store.bytes
        names = self._names()
        changed = any(self._replaced(name) for name in names) or not set(self._files) <= set(names)
        if changed:
            self._files, self._store, before = {}, Store(), 0
        try:
            for name in names:
                self._take(name)
        except Finer as finer:
            self._files, self._store, changed, before = {}, Store(finest=finer.base), True, 0
            for name in names:
                self._take(name)
        taken = self._store.bytes - before
        cost = QueryCost(self.where, "new rows", time.perf_counter() - began, taken, self._store.series, 0)
        return not changed, cost

    def _replaced(self, name: str) -> bool:
        known = self._files.get(name)
        if known is None:
            return False
        try:
            status = os.stat(name)
            with open(name, "rb") as file:
                head = file.read(known.head_length)
        except OSError as error:
            raise SourceUnavailable(f"{name}: cannot be read: {error.strerror}") from None
        return (status.st_dev, status.st_ino) != known.key or status.st_size < known.offset or _hash(head) != known.head

    def _take(self, name: str) -> None:
        known = self._files.get(name)
        try:
            with open(name, "rb") as file:
                status = os.fstat(file.fileno())
                if known is not None and status.st_size == known.offset:
                    return
                if known is None:
                    known = self._begin(name, file, status)
                    if known is None:
                        return
                self._files[name] = known
                with closing(_ahead(_parts(name, known, file, status.st_size))) as parts:
                    for part in parts:
                        self._put(name, known, part)
        except OSError as error:
            raise SourceUnavailable(f"{name}: cannot be read: {error.strerror}") from None

    def _put(self, name: str, known: _File, part: _Part) -> None:
        for what in part.refused:
            self._bad(name, known.lines, what)
        taken = self._store.take(part.table, known.shape, self._zone)
        for row, what in taken.examples:
            self._bad(name, known.lines + row + 1, what, counted=False)
        self._store.bad += taken.bad
        self._store.rows += part.table.num_rows
        self._store.bytes += part.size
        known.lines += part.table.num_rows
        known.offset += part.size

    def _begin(self, name: str, file: io.BufferedReader, status: os.stat_result) -> _File | None:
        """Recognise a file by its first line; None while that line is not complete."""
        first = file.readline(LINE_MAX)
        if b"\0" in first:
            raise InvalidData(f"{name}: holds binary data: a CSV file in UTF-8 is expected", query=name)
        if not first.endswith(b"\n"):
            if len(first) >= LINE_MAX:
                raise InvalidData(f"{name}: its first line is longer than {LINE_MAX >> 20} MB: no CSV", query=name)
            return None
        try:
            text = first.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            raise InvalidData(f"{name}: is not UTF-8: convert it first", query=name) from None
        delimiter = max(",;\t", key=text.count)
        names = [part.strip().strip('"') for part in text.split(delimiter)]
        shape = shape_of(name, names, self._mapping)
        head_length = min(HEAD, status.st_size)
        file.seek(0)
        head = file.read(head_length)
        return _File((status.st_dev, status.st_ino), _hash(head), head_length, len(first), 1, names, shape, delimiter)

    def _bad(self, name: str, line: int, what: str, *, counted: bool = True) -> None:
        self._store.bad += counted
        if len(self._store.examples) < EXAMPLES:
            self._store.examples.append(Problem(f"{name}:{line}", what))

    # --- answering -------------------------------------------------------------------------------------------------

    def _info(self, name: str) -> ServiceInfo:
        measures = self._store.measures(name)
        bounds = BOUNDS if any(measure == "latency" for measure, _ in measures) else ()
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
            threshold=nearest_bound(bounds, self._wanted),
            split=bool(bounds),
            errors=("errors", "server") in measures,
            labels=labels,
            resources=tuple(resources),
            notes=tuple(notes),
        )

    def _answer(self, frame: pd.DataFrame, cost: QueryCost, fresh: bool) -> Answer:
        store = self._store
        return Answer(
            frame, (cost,), tuple(store.examples), newest=store.newest, fresh=fresh, rows=store.rows, bad_rows=store.bad
        )


def _parts(name: str, known: _File, file: io.BufferedReader, end: int) -> Iterator[_Part]:
    """The complete lines from where the file was left, parsed in parts; a line that is still being written waits."""
    offset = known.offset
    buffer = bytearray(min(CHUNK, end - offset))
    while offset < end:
        file.seek(offset)
        size = file.readinto(buffer)
        complete = buffer.rfind(b"\n", 0, size) + 1
        if not complete:
            if size > LINE_MAX:
                raise InvalidData(f"{name}: a line is longer than {LINE_MAX >> 20} MB: this is no CSV", query=name)
            return
        # Looking for line ends inside quotes costs Arrow its second core: only where there are quotes.
        quoted = buffer.find(b'"', 0, complete) >= 0
        yield _parsed(name, known, memoryview(buffer)[:complete], quoted=quoted)
        offset += complete


def _parsed(name: str, known: _File, data: memoryview, *, quoted: bool) -> _Part:
    refused: list[str] = []

    def refuse(row: pc.InvalidRow) -> str:
        refused.append(f"{row.actual_columns} columns instead of {row.expected_columns}")
        return "skip"

    wanted = known.shape.columns
    options = pc.ConvertOptions(
        include_columns=list(dict.fromkeys(wanted.values())),
        column_types={wanted[column]: WORD for column in ("service", "signal") if column in wanted},
        strings_can_be_null=True,
    )
    parsing = pc.ParseOptions(delimiter=known.delimiter, invalid_row_handler=refuse, newlines_in_values=quoted)
    reading = pc.ReadOptions(column_names=known.names)
    try:
        table = pc.read_csv(pa.BufferReader(data), reading, parsing, options)
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise InvalidData(f"{name}: cannot be read as CSV: {str(error)[:200]}", query=name) from None
    return _Part(table, len(data), refused)


def _ahead(parts: Iterator[_Part]) -> Generator[_Part]:
    """The same parts; while one is taken in, the next is parsed on the other core."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="csv") as pool:
        coming = pool.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = pool.submit(next, parts, None)
            yield part


def _hash(head: bytes) -> bytes:
    return hashlib.blake2b(head, digest_size=16).digest()
