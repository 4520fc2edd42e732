"""All data read from CSV files, as tables of limited size, and breakdowns by labels."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dashboard.sources.csv import part_rows
from dashboard.sources.csv.bad_rows import BadRowKinds
from dashboard.sources.csv.cell_labels import CellLabels
from dashboard.sources.csv.counting import Counting
from dashboard.sources.csv.parsing import Part
from dashboard.sources.csv.reading import START
from dashboard.sources.csv.recognition import Recognised
from dashboard.sources.csv.rows.labels import LabelTables
from dashboard.sources.csv.rows.repeated_rows import ADD
from dashboard.sources.csv.rows.request_counts import LOG_FINE_INTERVAL, RequestCounts
from dashboard.sources.csv.rows.row_interval import RowInterval, common_interval, row_interval
from dashboard.sources.csv.rows.rows import BOUNDS, DEFAULT_INTERVAL, ChunkRows, RequestRows
from dashboard.sources.csv.rows.service_remarks import ServiceRemarks
from dashboard.sources.csv.rows.sparse_rows import SparseRows
from dashboard.sources.csv.rows.sparse_services import SparseServices
from dashboard.sources.csv.rows.start_stamps import StartStamps
from dashboard.sources.csv.rows.table_writer import ReadAnew, TableWriter
from dashboard.sources.csv.shapes.request_log import RequestLog
from dashboard.sources.csv.shapes.series_rows import SeriesRows
from dashboard.sources.csv.shapes.service_columns import ServiceColumns
from dashboard.sources.csv.table_frames import frame_of, gauge_measures, side_by_side
from dashboard.sources.csv.tables.table import UNKNOWN_OUTCOME, Table
from dashboard.sources.csv.values.repeated_hours import RowOrder
from dashboard.sources.protocol import Problem
from dashboard.timerange import Grid

# An interval is at most this factor shorter than the table's because of jitter.
SHORTER_BY = 1.25


@dataclass(slots=True)
class Store:
    """All data read so far.

    Attributes:
        interval: seconds between wide and tidy rows, if an earlier reading has determined it.
        bounds: latency bounds at which requests of a log are counted, in seconds, ascending.
        writer: writes wide and tidy rows to the table.
        newest_times: of each service and series, in epoch seconds, to measure intervals of single new rows.
        interval_is_guess: there were only few rows of each service.
        table: counts and gauges of wide and tidy rows by their interval. `requests`: of a log.
        rows, bad_rows, bytes: what was read.
        examples: the first bad rows. `bad_kinds`: the number of each kind.
        labels: counts by label values.
        remarks: notes on services.
        unnamed: services with several rows at most times that no column distinguishes → whether this was confirmed when
            everything was read at once, as another column may distinguish them then.
    """

    interval: int | None = None
    bounds: tuple[float, ...] = BOUNDS
    newest_times: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    interval_is_guess: bool = False
    writer: TableWriter = field(default_factory=TableWriter)
    table: Table | None = None
    requests: RequestCounts | None = None
    rows: int = 0
    bad_rows: int = 0
    bytes: int = 0
    examples: list[Problem] = field(default_factory=list)
    bad_kinds: BadRowKinds = field(default_factory=BadRowKinds)
    labels: LabelTables = field(default_factory=LabelTables)
    remarks: ServiceRemarks = field(default_factory=ServiceRemarks)
    unnamed: dict[str, bool] = field(default_factory=dict)
    # Service without counts so far → times of its rows with ambiguous numbers.
    _pending_unknown: dict[str, list[float]] = field(default_factory=dict)
    _sparse: SparseServices = field(init=False)
    _starts: StartStamps = field(default_factory=StartStamps)
    # First series of a chunk → seconds over which its rates were counted.
    _rated_over: dict[str, int] = field(default_factory=dict)
    # Wide and tidy rows by their labels.
    _cell_labels: CellLabels = field(default_factory=CellLabels)

    def __post_init__(self) -> None:
        self._sparse = SparseServices(TableWriter(self.writer.is_uneven))

    def remember(self, before: "Store") -> None:
        """Take over what an earlier reading of the same files has found out about their rows."""
        self.newest_times, self.unnamed = before.newest_times, before.unnamed
        self._starts = before._starts.anew()
        self._sparse.intervals.frequent = before._sparse.intervals.frequent

    def take(self, part: Part, recognised: Recognised, order: RowOrder, counting: Counting) -> ChunkRows:
        """Add the rows of a part of a file to the tables.

        Args:
            part: as parsed. `recognised`: format and shape of the file. `order`: of the file's rows so far.
            counting: what is known of its counts.

        Raises:
            ReadAnew: the tables must be built differently.
        """
        shape, reading, chunk = recognised.shape, recognised.reading, part.chunk
        rows = part_rows.checked_rows(part, recognised, newest=self.newest, order=order)
        part_rows.refuse_other_order(part, recognised, rows, counting)
        if isinstance(shape, RequestLog):
            requests = shape.requests(chunk, rows, self.bounds, reading.vocabulary)
            self._take_requests(requests)
            self._leave_out(part.too_many, shape, requests.services)
            return rows
        if isinstance(shape, SeriesRows | ServiceColumns):
            interval = self._interval(rows)
            self._look_at_rates(rows)
            cells = part_rows.cells_of(shape, chunk, rows, counting)
        else:
            part_rows.refuse_unnamed(rows, reading, self.unnamed)
            # Labels that distinguish rows are known after reading them.
            cells = [
                replace(values, adds=reading.rows == ADD, is_judged=not reading.rows)
                for values in part_rows.cells_of(shape, chunk, rows, counting)
            ]
            interval = self._interval(rows)
        cells = [*cells, *part_rows.unknown_cells(rows, self.services(), self._pending_unknown)]
        if counting.is_late:
            raise self._anew()
        if reading.stamp == START:
            # A start time describes the interval after it.
            cells = self._starts.moved(cells, rows.interval_s)
            if self._starts.are_wrong:
                raise self._anew()
        frequent = self._sparse.take(cells, self.table)
        if frequent:
            table = self._table_of(interval)
            for values in frequent:
                self.writer.put(table, values, interval.common if interval.is_sure else None)
                self._cell_labels.take(values, rows.labels, table)
        self.remarks.take_rows(rows)
        self._look_for_unnamed()
        return rows

    def frame(
        self, grid: Grid, *, rates: bool, service: str | None = None, measures: Container[tuple[str, str]] | None = None
    ) -> pd.DataFrame:
        """A samples frame of all data.

        Args:
            grid: the points.
            rates: requests per second and gauges; False: only counts.
            service: restrict to this one; None: all. `measures`: for a log, only these (measure, detail).
        """
        parts = []
        if self.requests is not None:
            shown = None if service is None else {name: name for name in self.requests.groups if name == service}
            parts.append(self.requests.frame(grid, rates=rates, shown=shown, measures=measures))
        tables = [table for table in (self.table, self._sparse.rows) if table is not None and table.columns]
        parts += [frame_of(table, grid, rates=rates, service=service) for table in tables]
        return side_by_side(parts) if parts else frame_of(None, grid, rates=rates)

    def breakdown(self, label: str, service: str, grid: Grid) -> pd.DataFrame:
        """Rates of one service by (value of a label, measure, detail), over the newest day.

        Args:
            label: one of its labels. `service`: its name. `grid`: the points.
        """
        return side_by_side([labels.frame(label, service, grid) for labels in (self.labels, self._cell_labels)])

    def labels_of(self, service: str) -> tuple[str, ...]:
        """The labels available for breakdowns of this service."""
        return tuple(dict.fromkeys((*self.labels.names(service), *self._cell_labels.names(service))))

    @property
    def newest(self) -> float | None:
        """Epoch seconds of the end of the newest interval."""
        return max((part.newest for part in self._parts if part.newest is not None), default=None)

    @property
    def oldest(self) -> float | None:
        """Epoch seconds of the start of the oldest interval."""
        held = [part for part in self._parts if part.newest is not None]
        return min((float(part.newest or 0.0) - part.history_s for part in held), default=None)

    @property
    def history_s(self) -> float | None:
        """Length of the data in seconds."""
        return max((part.history_s for part in self._parts if part.history_s), default=None)

    @property
    def scrape_interval(self) -> int:
        """Seconds between two rows of the service with the shortest interval."""
        if self.requests is not None:
            return LOG_FINE_INTERVAL
        if self.table is not None and self.table.columns:
            return self.table.base
        return min(self._sparse.rows.intervals.values(), default=DEFAULT_INTERVAL)

    @property
    def intervals(self) -> Mapping[str, int]:
        """Service → seconds between two of its rows, if longer than for others."""
        return (self.table.intervals if self.table is not None else {}) | self._sparse.rows.intervals

    @property
    def irregular(self) -> dict[str, int]:
        """Services whose rows do not show their interval → assumed interval of each row in seconds."""
        return dict.fromkeys(self.table.irregular, self.table.base) if self.table is not None else {}

    @property
    def longest_interval(self) -> int:
        """Seconds between two rows of the service with the longest interval."""
        longest: int = max((self.scrape_interval, *self.intervals.values()))
        return longest

    @property
    def series(self) -> int:
        """The number of columns."""
        requests = 0 if self.requests is None else len(self.requests.groups) * len(self.requests.measures)
        return requests + sum(len(table.columns) for table in (self.table, self._sparse.rows) if table is not None)

    def measures(self) -> dict[str, list[tuple[str, str]]]:
        """Service → its (measure, detail), gauges as saturation or usage; sorted by service."""
        measures: dict[str, list[tuple[str, str]]] = {}
        if self.requests is not None:
            measures |= {name: self.requests.measures_of(name) for name in self.requests.groups}
        for table in (self.table, self._sparse.rows):
            # Computed once: the kind of a gauge depends on all services.
            gauges = gauge_measures(table) if table is not None else {}
            for name, measure, detail in table.columns if table is not None else ():
                if measure == UNKNOWN_OUTCOME:
                    continue
                known = gauges.get(detail, measure) if measure == "gauge" else measure
                if (known, detail) not in measures.setdefault(name, []):
                    measures[name].append((known, detail))
        return dict(sorted(measures.items()))

    @property
    def _parts(self) -> list[Table | SparseRows | RequestCounts]:
        return [part for part in (self.table, self._sparse.rows, self.requests) if part is not None]

    def replaced_times(self, service: str) -> int:
        """The number of times at which a later row of a service replaced an earlier one."""
        return sum(writer.repeated.rows_of(service) for writer in (self.writer, self._sparse.writer))

    def _interval(self, rows: ChunkRows) -> RowInterval:
        interval = row_interval(rows, self.newest_times, without=self._sparse.among(rows))
        rows.interval_s = interval.seconds or self.interval or DEFAULT_INTERVAL
        return interval

    def _look_at_rates(self, rows: ChunkRows) -> None:
        """Start again if rates were counted over a longer interval than that between their rows."""
        for service in rows.services[:1]:
            if rows.interval_s * SHORTER_BY < self._rated_over.setdefault(str(service), rows.interval_s):
                raise self._anew()

    def _anew(self) -> ReadAnew:
        """Start again with the same interval."""
        return ReadAnew(self.interval, is_guess=self.interval_is_guess, is_uneven=self.writer.is_uneven)

    def _look_for_unnamed(self) -> None:
        """Start again if a service has several rows at most times that no column distinguishes."""
        unnamed = self._sparse.unnamed()
        if self.table is not None:
            unnamed |= self.writer.unnamed(self.table)
        if unnamed:
            self.unnamed |= {service: service in self.unnamed for service in unnamed}
            raise self._anew()

    def services(self) -> Iterator[str]:
        """The services with counts or gauges in the table, one for each column."""
        return (service for service, _, _ in self.table.columns) if self.table is not None else iter(())

    def _table_of(self, found: RowInterval) -> Table:
        """The table of wide and tidy rows; `found`: the interval of a chunk's rows."""
        interval, is_sure = found.common, found.is_sure
        if self.table is None:
            self.interval_is_guess = (self.interval is None or self.interval_is_guess) and not is_sure
            self.table = Table(self.interval or interval or DEFAULT_INTERVAL)
        base = self.table.base
        # Another file may have a longer interval that is not a multiple.
        common = common_interval(base, [interval]) if interval is not None and is_sure else base
        better = common if common < base else interval
        if better is not None and self._is_better(better, base, is_sure=is_sure):
            raise ReadAnew(better, is_guess=not is_sure, is_uneven=self.writer.is_uneven)
        self.interval_is_guess = self.interval_is_guess and not is_sure
        return self.table

    def _is_better(self, interval: int, base: int, *, is_sure: bool) -> bool:
        # Of two guesses keep the shorter one, otherwise they would alternate.
        guessed_wrong = self.interval_is_guess and interval != base and (is_sure or self.interval is None)
        return guessed_wrong or interval * SHORTER_BY < base

    def _leave_out(self, columns: Sequence[str], shape: RequestLog, services: Sequence[str]) -> None:
        """Drop columns with too many different texts, and note that for the services in their file."""
        for label in (name for name in shape.others if shape.columns[name] in columns):
            self.labels.drop(label)
            self.remarks.note(services, f"no breakdown by {label}: it has too many different values")

    def _take_requests(self, requests: RequestRows) -> None:
        if not len(requests.time):
            return
        self.requests = self.requests or RequestCounts(self.bounds)
        self.requests.add(requests, requests.service, requests.services)
        self.labels.take(requests)
        self.remarks.take_requests(requests)
