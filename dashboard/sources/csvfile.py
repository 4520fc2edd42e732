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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc

from dashboard import frames
from dashboard.exceptions import InvalidData, SourceUnavailable
from dashboard.signals.latency import nearest_bound
from dashboard.sources.base import DEFAULT_THRESHOLD, Answer, Catalog, Problem, QueryCost, Resource, ServiceInfo
from dashboard.sources.csv_shapes import BOUNDS, Shape, aggregated, shape_of
from dashboard.timerange import Grid

HEAD = 1024
LINE_MAX = 1 << 20
# So much is parsed at once: the memory a file needs while it is read does not grow with the file.
CHUNK = 1 << 26
WORD = pa.dictionary(pa.int32(), pa.string())
EXAMPLES = 5


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


@dataclass(slots=True)
class _Store:
    """Everything read so far: ends of intervals × (service, measure, detail)."""

    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    base: int = 60
    log: bool = False
    rows: int = 0
    bad: int = 0
    bytes: int = 0
    examples: list[Problem] = field(default_factory=list)
    labels: dict[str, pd.DataFrame] = field(default_factory=dict)


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
        self._store = _Store()
        self._lock = threading.RLock()

    def discover(self, now: float) -> Catalog:
        """Read what is new and name the services in it."""
        with self._lock:
            self._read()
            table = self._store.table
            names = sorted(set(table.columns.get_level_values("service"))) if len(table.columns) else []
            infos = tuple(self._info(name) for name in names)
            ends = table.index
            span = float(ends[-1] - ends[0]) if len(ends) else None
            notes = () if infos else ("the files hold no rows yet",)
            return Catalog(infos, scrape=float(self._store.base), notes=notes, history_s=span)

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """Rates and gauges on the grid; a step shorter than the file's interval shows the interval it lies in."""
        with self._lock:
            fresh, cost = self._read()
            table = self._store.table
            if service is not None and len(table.columns):
                table = table.loc[:, table.columns.get_level_values("service") == service]
            return self._answer(self._on_grid(table, grid, rates=True), grid, cost, fresh)

    def counts(self, grid: Grid) -> Answer:
        """Events over each step; nothing where the step is shorter than the file's interval."""
        with self._lock:
            fresh, cost = self._read()
            table = self._store.table
            if len(table.columns):
                keep = table.columns.get_level_values("measure").isin(["requests", "errors", "latency"])
                table = table.loc[:, keep]
            return self._answer(self._on_grid(table, grid, rates=False), grid, cost, fresh)

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """One service of a request log by the values of a label."""
        with self._lock:
            fresh, cost = self._read()
            table = self._store.labels.get(label, pd.DataFrame())
            if len(table.columns):
                table = table.loc[:, table.columns.get_level_values("service") == service]
                table = table.droplevel("service", axis=1)
            return self._answer(self._on_grid(table, grid, rates=True), grid, cost, fresh)

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
            self._files, self._store, before = {}, _Store(), 0
        for name in names:
            self._take(name)
        taken = self._store.bytes - before
        cost = QueryCost(self.where, "new rows", time.perf_counter() - began, taken, len(self._store.table.columns), 0)
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
                while known.offset < status.st_size:
                    file.seek(known.offset)
                    data = file.read(min(CHUNK, status.st_size - known.offset))
                    if not self._advance(name, known, data):
                        return
        except OSError as error:
            raise SourceUnavailable(f"{name}: cannot be read: {error.strerror}") from None

    def _advance(self, name: str, known: _File, data: bytes) -> bool:
        """Take in the complete lines of what was read; False when there is none: the rest is still being written."""
        complete = data.rfind(b"\n") + 1
        if not complete:
            if len(data) > LINE_MAX:
                raise InvalidData(f"{name}: a line is longer than {LINE_MAX >> 20} MB: this is no CSV", query=name)
            return False
        self._parse(name, known, data[:complete])
        known.offset += complete
        self._store.bytes += complete
        return True

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

    def _parse(self, name: str, known: _File, data: bytes) -> None:
        def bad(row: pc.InvalidRow) -> str:
            self._bad(name, known.lines, f"{row.actual_columns} columns instead of {row.expected_columns}")
            return "skip"

        wanted = known.shape.columns
        options = pc.ConvertOptions(
            include_columns=list(dict.fromkeys(wanted.values())),
            column_types={wanted[column]: WORD for column in ("service", "signal") if column in wanted},
            strings_can_be_null=True,
        )
        parsing = pc.ParseOptions(delimiter=known.delimiter, invalid_row_handler=bad, newlines_in_values=True)
        try:
            table = pc.read_csv(
                io.BytesIO(data),
                read_options=pc.ReadOptions(column_names=known.names),
                parse_options=parsing,
                convert_options=options,
            )
        except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
            raise InvalidData(f"{name}: cannot be read as CSV: {str(error)[:200]}", query=name) from None
        made = aggregated(table, known.shape, zone=self._zone)
        for row, what in made.problems[:EXAMPLES]:
            self._bad(name, known.lines + row + 1, what, counted=False)
        self._store.bad += made.bad
        self._store.rows += table.num_rows
        known.lines += table.num_rows
        self._merge(made.table, made.base, log=known.shape.kind == "requests")
        for label, part in made.labels.items():
            held = self._store.labels.get(label)
            self._store.labels[label] = part if held is None else held.add(part, fill_value=0.0)

    def _bad(self, name: str, line: int, what: str, *, counted: bool = True) -> None:
        self._store.bad += counted
        if len(self._store.examples) < EXAMPLES:
            self._store.examples.append(Problem(f"{name}:{line}", what))

    def _merge(self, table: pd.DataFrame, base: int, *, log: bool) -> None:
        store = self._store
        store.log = log
        if not len(table):
            return
        if not len(store.table):
            store.table, store.base = table, base
        elif log:
            store.table = store.table.add(table, fill_value=0.0)
        else:
            # Rows mostly come in order: only where old and new overlap must they be brought together.
            begin = store.table.index.searchsorted(table.index[0])
            overlap = store.table.iloc[begin:]
            tail = table.combine_first(overlap) if len(overlap) else table
            store.table = pd.concat([store.table.iloc[:begin], tail])
        if log:
            store.table = store.table.sort_index()

    # --- answering -------------------------------------------------------------------------------------------------

    def _info(self, name: str) -> ServiceInfo:
        one = frames.of_service(self._store.table, name)
        measures = set(one.columns.get_level_values("measure"))
        bounds = BOUNDS if "latency" in measures else ()
        resources = [Resource(str(d)) for d in frames.of_measure(one, "saturation")]
        resources += [Resource(str(d), "units") for d in frames.of_measure(one, "usage")]
        notes = () if "requests" in measures else ("no request counts: only gauges are shown",)
        return ServiceInfo(
            name=name,
            preset="csv",
            bounds=bounds,
            threshold=nearest_bound(bounds, self._wanted),
            split="failed_latency" in measures,
            errors=("errors", "server") in one.columns,
            labels=tuple(self._store.labels),
            resources=tuple(resources),
            notes=notes,
        )

    def _on_grid(self, table: pd.DataFrame, grid: Grid, *, rates: bool) -> pd.DataFrame:
        if not len(table.columns):
            return frames.samples({}, grid)
        base, points = self._store.base, np.arange(grid.start, grid.end + 1, grid.step)
        values, ends = table.to_numpy(dtype=float), table.index.to_numpy()
        if self._store.log:
            values, ends = _filled(values, ends, base)
        counted = table.columns.get_level_values("measure").isin(["requests", "errors", "latency", "failed_latency"])
        if grid.step < base:
            if not rates:
                return frames.samples({}, grid)
            at = np.searchsorted(ends, points)
            inside = (at < len(ends)) & (ends[np.minimum(at, len(ends) - 1)] - base < points)
            made = np.where(inside[:, None], values[np.minimum(at, len(ends) - 1)], np.nan)
            made = made / np.where(counted, base, 1)
        else:
            made = _stepped(values, ends, points, grid.step, counted, base if rates else None)
        return pd.DataFrame(
            made,
            index=grid.index(),
            columns=frames.triples(table.columns),
        )

    def _answer(self, frame: pd.DataFrame, grid: Grid, cost: QueryCost, fresh: bool) -> Answer:
        store = self._store
        newest = float(store.table.index[-1]) if len(store.table) else None
        return Answer(
            frame, (cost,), tuple(store.examples), newest=newest, fresh=fresh, rows=store.rows, bad_rows=store.bad
        )


def _hash(head: bytes) -> bytes:
    return hashlib.blake2b(head, digest_size=16).digest()


def _filled(values: np.ndarray, ends: np.ndarray, base: int) -> tuple[np.ndarray, np.ndarray]:
    """A log without a request in a cell says that there was none: the cells between first and last are zero."""
    every = np.arange(ends[0], ends[-1] + 1, base)
    made = np.zeros((len(every), values.shape[1]))
    made[(ends - ends[0]) // base] = np.nan_to_num(values)
    return made, every


def _stepped(
    values: np.ndarray, ends: np.ndarray, points: np.ndarray, step: int, counted: np.ndarray, base: int | None
) -> np.ndarray:
    """Sums (per second, when `base` is given) of counts and means of gauges over each step; NaN without rows."""
    zero = np.zeros((1, values.shape[1]))
    total = np.vstack([zero, np.cumsum(np.nan_to_num(values), axis=0)])
    known = np.vstack([zero, np.cumsum(~np.isnan(values), axis=0)])
    low, high = np.searchsorted(ends, points - step, side="right"), np.searchsorted(ends, points, side="right")
    sums, rows = total[high] - total[low], known[high] - known[low]
    per = np.where(counted, rows * base if base is not None else 1.0, rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        made: np.ndarray = np.where(rows > 0, sums / per, np.nan)
    return made
