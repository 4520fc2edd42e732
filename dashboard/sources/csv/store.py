"""All that was read from CSV files, as tables that stay bounded, and the breakdown of it by labels."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.columns import constant
from dashboard.sources.csv.labels import LabelTables
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.repeated_hours import RowOrder
from dashboard.sources.csv.rows import BOUNDS, CellValues, ChunkRows, RequestRows, chunk_rows, row_interval
from dashboard.sources.csv.shapes.names import CONSTANT
from dashboard.sources.csv.shapes.recognition import Shape
from dashboard.sources.csv.shapes.request_log import RequestLog
from dashboard.sources.csv.table import UNTOLD, Key, Table
from dashboard.sources.csv.table_frames import gauge_measures
from dashboard.sources.protocol import Problem
from dashboard.timerange import DAY, Grid

# A request log is kept by the minute, its newest day also by the live step.
LOG_INTERVAL, LOG_FINE_INTERVAL = 60, 15
# The interval of rows while there is only one of each service.
DEFAULT_INTERVAL = 60
# An interval that is a little shorter than the table's is its jitter.
SHORTER_BY = 1.5


class ShorterInterval(Exception):
    """Rows lie closer together than the table's interval, or it was a guess: all must be read again.

    Attributes:
        interval: seconds between rows.
    """

    def __init__(self, interval: int) -> None:
        super().__init__(interval)
        self.interval = interval


@dataclass(slots=True)
class Store:
    """Everything read so far.

    Attributes:
        interval: seconds between wide and tidy rows, when an earlier reading has found it out.
        bounds: the latency bounds that a request log is counted by, in seconds, ascending.
        newest_times: of each service, in epoch seconds, for the distance of rows that arrive one by one.
        interval_is_guess: there was only one row of each service.
        table: counts and gauges by their interval. `fine`: those of a log's newest day by a shorter one.
        rows, bad_rows, bytes: what was read.
        examples: the first bad rows.
        labels: counts by label values.
        untold_words: service → words of a status that nobody can tell.
    """

    interval: int | None = None
    bounds: tuple[float, ...] = BOUNDS
    newest_times: dict[str, np.ndarray] = field(default_factory=dict)
    interval_is_guess: bool = False
    table: Table | None = None
    fine: Table | None = None
    rows: int = 0
    bad_rows: int = 0
    bytes: int = 0
    examples: list[Problem] = field(default_factory=list)
    labels: LabelTables = field(default_factory=LabelTables)
    untold_words: dict[str, set[str]] = field(default_factory=dict)

    def take(
        self,
        chunk: pa.Table,
        shape: Shape,
        reading: Reading,
        ignored: np.ndarray | None = None,
        order: RowOrder | None = None,
    ) -> ChunkRows:
        """Put the rows of a parsed chunk into the tables.

        Args:
            chunk: as parsed. `shape`: of its file. `reading`: how it is read.
            ignored: rows that tell of nothing that is counted, shape (rows,); None: there are none.
            order: of the rows of the file so far.

        Raises:
            ShorterInterval: the table must be made anew with a shorter interval.
        """
        named = shape.columns["service"]
        services = constant(reading.service, len(chunk)) if named == CONSTANT else chunk[named]
        times = chunk[shape.columns["time"]]
        rows = chunk_rows(times, services, reading.times, newest=self.newest, ignored=ignored, order=order)
        if isinstance(shape, RequestLog):
            self._take_requests(shape.requests(chunk, rows, self.bounds, reading.vocabulary))
            return rows
        cells = shape.cell_values(chunk, rows)
        table = self._table_of(row_interval(rows, self.newest_times))
        for values in cells:
            _put(table, values)
        return rows

    def table_for(self, grid: Grid) -> Table | None:
        """The table that answers best: the fine one where it reaches back far enough."""
        fine = self.fine
        if fine is None or grid.step >= LOG_INTERVAL or not fine.rows:
            return self.table
        return fine if grid.start - grid.step >= fine.first - LOG_FINE_INTERVAL else self.table

    @property
    def newest(self) -> float | None:
        """Epoch seconds of the newest interval's end."""
        table = self.fine or self.table
        return table.newest if table is not None else None

    @property
    def history_s(self) -> float | None:
        """Seconds the rows reach back."""
        table = self.table
        return float(table.rows * table.base) if table is not None and table.rows else None

    @property
    def scrape_interval(self) -> int:
        """Seconds between two rows of a service."""
        if self.fine is not None:
            return LOG_FINE_INTERVAL
        return self.table.base if self.table is not None else DEFAULT_INTERVAL

    @property
    def series(self) -> int:
        """How many columns there are."""
        return len(self.table.columns) if self.table is not None else 0

    def measures(self) -> dict[str, list[tuple[str, str]]]:
        """Service → (measure, detail) of what is known of it, gauges as saturation or usage; services by name."""
        if self.table is None:
            return {}
        # Once for all services: what a gauge is follows from those of all.
        gauges = gauge_measures(self.table)
        measures: dict[str, list[tuple[str, str]]] = {
            name: [] for name in sorted({key[0] for key in self.table.columns})
        }
        for name, measure, detail in self.table.columns:
            if measure == UNTOLD:
                continue
            measures[name].append((gauges.get(detail, measure) if measure == "gauge" else measure, detail))
        return measures

    def _table_of(self, interval: int | None) -> Table:
        """The table of wide and tidy rows; `interval`: seconds between those of a chunk, None where it cannot tell."""
        if self.table is None:
            self.table = Table(self.interval or interval or DEFAULT_INTERVAL)
            self.interval_is_guess = self.interval is None and interval is None
        elif interval is not None and self._needs_shorter(self.table, interval):
            raise ShorterInterval(interval)
        self.interval_is_guess = self.interval_is_guess and interval is None
        return self.table

    def _needs_shorter(self, table: Table, interval: int) -> bool:
        guessed_wrong = self.interval_is_guess and interval != table.base
        return guessed_wrong or interval * SHORTER_BY < table.base

    def _take_requests(self, requests: RequestRows) -> None:
        if not len(requests.time):
            return
        if self.table is None or self.fine is None:
            # Four bytes hold the counts of a minute exactly; a log has a column for each bound.
            self.table = Table(LOG_INTERVAL, empty=0.0, dtype="f4")
            self.fine = Table(LOG_FINE_INTERVAL, empty=0.0, keep=DAY, dtype="f4")
        recent = requests.only(requests.time > float(requests.time.max()) - DAY)
        keys: list[Key] = [(name, *measure) for name in requests.services for measure in requests.measures]
        for table, part in ((self.table, requests), (self.fine, recent)):
            ends, block = part.counted(table.base, part.service, len(requests.services))
            table.add(ends, table.column_numbers(keys), block)
        self.labels.take(requests)
        for service, words in requests.untold_words.items():
            self.untold_words.setdefault(service, set()).update(words)


def _put(table: Table, cells: CellValues) -> None:
    if not len(cells.time):
        return
    # Services times signals may be many: only columns that hold a number are made.
    used = np.flatnonzero(np.bincount(cells.column, minlength=len(cells.keys)))
    number = np.zeros(len(cells.keys), dtype=np.intp)
    number[used] = table.column_numbers([cells.keys[place] for place in used])
    # Rows a moment after the full minute tell of the minute before, as those on it do.
    ends = (cells.time + table.base // 2) // table.base * table.base
    table.put(ends.astype(np.int64), number[cells.column], cells.value, adding=cells.adding)
