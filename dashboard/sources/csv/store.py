"""All that was read from CSV files, as tables that stay bounded, and the breakdown of it by labels."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.sources.csv import rows
from dashboard.sources.csv.rows import BOUNDS, Checked, Entries, Requests
from dashboard.sources.csv.shapes import Shape
from dashboard.sources.csv.table import Key, Table, frame_of, gauges
from dashboard.sources.protocol import Problem
from dashboard.timerange import DAY, Grid

EXAMPLES = 5
# A request log is kept by the minute, its newest day also by the live step.
LOG_BASE, LOG_FINE = 60, 15
# The interval of rows while there is only one of each service.
GUESS = 60
VALUES_MAX = 30
# So many values of a label in all: a day of them by the minute fits the largest table, with "other" for each service.
GROUPS_MAX = 450
OTHER = "other values"


class Finer(Exception):
    """Rows lie closer together than the table's interval, or it was a guess: all must be read again into `base`."""

    def __init__(self, base: int) -> None:
        super().__init__(base)
        self.base = base


@dataclass(slots=True)
class Labels:
    """Counts by service and label value over the newest day, of so many values as fit."""

    tables: dict[str, Table] = field(default_factory=dict)
    known: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def take(self, requests: Requests) -> None:
        """Count the newest day of a chunk by each of its labels."""
        recent = requests.time > float(requests.time.max()) - DAY
        for label, (codes, names) in requests.labels.items():
            pairs, inverse = np.unique(requests.service * len(names) + codes, return_inverse=True)
            called = [
                self._called(label, requests.names[pair // len(names)], names[pair % len(names)]) for pair in pairs
            ]
            groups = list(dict.fromkeys(called))
            group = np.array([groups.index(name) for name in called])[inverse]
            table = self.tables.setdefault(label, Table(LOG_BASE, empty=0.0, keep=DAY, dtype="f4"))
            kept = requests.only(recent)
            ends, block = rows.counted(kept, LOG_BASE, group[recent], len(groups))
            keys: list[Key] = [(name, *measure) for name in groups for measure in requests.measures]
            table.add(ends, table.numbers(keys), block)

    def names(self, service: str) -> tuple[str, ...]:
        """The labels a breakdown of this service can be asked for."""
        return tuple(label for label in self.tables if (label, service) in self.known)

    def frame(self, label: str, service: str, grid: Grid) -> pd.DataFrame:
        """(value, measure, detail) columns of one service."""
        table = self.tables.get(label)
        if table is None:
            return frame_of(None, grid, rates=True)
        return frame_of(table, grid, rates=True, service=f"{service}\0", part=True)

    def _called(self, label: str, service: str, value: str) -> str:
        values = self.known.setdefault((label, service), [])
        if value not in values:
            groups = sum(len(held) for (other, _), held in self.known.items() if other == label)
            if len(values) >= VALUES_MAX or groups >= GROUPS_MAX:
                return f"{service}\0{OTHER}"
            values.append(value)
        return f"{service}\0{value}"


@dataclass(slots=True)
class Store:
    """Everything read so far.

    Attributes:
        finest: the interval of wide and tidy rows in seconds, when an earlier reading has found it out.
        bounds: the latency bounds that a request log is counted by, in seconds, ascending.
        seen: the newest times of each service, for the distance of rows that arrive one by one.
    """

    finest: int | None = None
    bounds: tuple[float, ...] = BOUNDS
    seen: dict[str, np.ndarray] = field(default_factory=dict)
    guessed: bool = False
    table: Table | None = None
    fine: Table | None = None
    rows: int = 0
    bad: int = 0
    bytes: int = 0
    examples: list[Problem] = field(default_factory=list)
    labels: Labels = field(default_factory=Labels)

    def take(self, chunk: pa.Table, shape: Shape, zone: str) -> Checked:
        """Put the rows of a parsed chunk into the tables.

        Raises:
            Finer: the table must be made anew with a shorter interval.
        """
        made = rows.checked(chunk, shape, zone)
        if shape.kind == "requests":
            self._log(rows.log(chunk, shape, made, self.bounds))
            return made
        entries = (rows.tidy if shape.kind == "tidy" else rows.wide)(chunk, shape, made)
        usual = rows.interval(made, self.seen)
        if self.table is None:
            self.table = Table(self.finest or usual or GUESS)
            self.guessed = self.finest is None and usual is None
        elif usual is not None and usual != self.table.base and (self.guessed or usual * 1.5 < self.table.base):
            raise Finer(usual)
        self.guessed = self.guessed and usual is None
        for some in entries:
            self._put(self.table, some)
        return made

    def table_for(self, grid: Grid) -> Table | None:
        """The table that answers best: the fine one where it reaches back far enough."""
        fine = self.fine
        if fine is not None and grid.step < LOG_BASE and fine.rows and grid.start - grid.step >= fine.first - LOG_FINE:
            return fine
        return self.table

    @property
    def newest(self) -> float | None:
        """Epoch seconds of the newest interval's end."""
        table = self.fine or self.table
        return table.newest if table is not None else None

    @property
    def span(self) -> float | None:
        """Seconds the rows reach back."""
        table = self.table
        return float(table.rows * table.base) if table is not None and table.rows else None

    @property
    def scrape(self) -> int:
        """Seconds between two rows of a service."""
        if self.fine is not None:
            return LOG_FINE
        return self.table.base if self.table is not None else 60

    @property
    def series(self) -> int:
        """Columns held."""
        return len(self.table.columns) if self.table is not None else 0

    def services(self) -> list[str]:
        """The services that rows were read of."""
        return sorted({name for name, _, _ in self.table.columns}) if self.table is not None else []

    def measures(self, service: str) -> list[tuple[str, str]]:
        """What is known of a service, gauges as saturation or usage."""
        if self.table is None:
            return []
        named = gauges(self.table)
        return [
            (named.get(detail, measure) if measure == "gauge" else measure, detail)
            for name, measure, detail in self.table.columns
            if name == service
        ]

    def _log(self, requests: Requests) -> None:
        if not len(requests.time):
            return
        if self.table is None or self.fine is None:
            self.table = Table(LOG_BASE, empty=0.0, dtype="f4")
            self.fine = Table(LOG_FINE, empty=0.0, keep=DAY, dtype="f4")
        recent = requests.only(requests.time > float(requests.time.max()) - DAY)
        keys: list[Key] = [(name, *measure) for name in requests.names for measure in requests.measures]
        for table, some in ((self.table, requests), (self.fine, recent)):
            ends, block = rows.counted(some, table.base, some.service, len(requests.names))
            table.add(ends, table.numbers(keys), block)
        self.labels.take(requests)

    @staticmethod
    def _put(table: Table, entries: Entries) -> None:
        if not len(entries.time):
            return
        used = np.flatnonzero(np.bincount(entries.column, minlength=len(entries.keys)))
        number = np.zeros(len(entries.keys), dtype=np.intp)
        number[used] = table.numbers([entries.keys[place] for place in used])
        # Rows a moment after the full minute tell of the minute before, as those on it do.
        ends = (entries.time + table.base // 2) // table.base * table.base
        table.put(ends.astype(np.int64), number[entries.column], entries.value, adding=entries.adding)
