"""Detects services with rows an hour or more apart, and stores them separately."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.sources.csv.rows.rows import CellValues, ChunkRows
from dashboard.sources.csv.rows.service_intervals import ServiceIntervals
from dashboard.sources.csv.rows.sparse_rows import SparseRows
from dashboard.sources.csv.rows.table_writer import ReadAnew, TableWriter
from dashboard.sources.csv.tables.table import Table


@dataclass(slots=True)
class SparseServices:
    """The services with rare rows.

    Attributes:
        writer: writes their numbers to `rows`. `intervals`: detects these services.
    """

    writer: TableWriter
    rows: SparseRows = field(default_factory=SparseRows)
    intervals: ServiceIntervals = field(default_factory=ServiceIntervals)
    _moved: set[str] = field(default_factory=set)

    def take(self, cells: Sequence[CellValues], table: Table | None) -> list[CellValues]:
        """Add their numbers; returns those of other services.

        Args:
            cells: numbers of a chunk. `table`: of the other services; may contain first rows of rare ones.

        Raises:
            ReadAnew: these are the first early or late ones, or they lie between those of a service that seemed to have
            only a few.
        """
        self.intervals.learn(cells)
        if self.intervals.are_between:
            # Interleaved files each show longer intervals than all of them together.
            raise ReadAnew(None, is_uneven=self.writer.is_uneven)
        services = self.intervals.sparse
        if not services:
            return list(cells)
        others = []
        for values in cells:
            is_sparse = np.array([service in services for service, _, _ in values.keys], dtype=bool)[values.column]
            others.append(values.only(np.flatnonzero(~is_sparse)) if is_sparse.any() else values)
            self.writer.put(self.rows, values.only(np.flatnonzero(is_sparse)))
        # From the first row alone, the interval is unknown.
        for service in services - self._moved:
            self._move(service, table)
        return [values for values in others if len(values.time)]

    def unnamed(self) -> set[str]:
        """Those with rows of several indistinguishable instances."""
        return self.writer.unnamed(self.rows)

    def among(self, rows: ChunkRows) -> set[str]:
        """The rare ones among other services in a chunk; empty if all are rare."""
        services = self.intervals.sparse
        return services if services and any(str(name) not in services for name in rows.services) else set()

    def _move(self, service: str, table: Table | None) -> None:
        self._moved.add(service)
        if table is None:
            return
        for key in [key for key in table.columns if key[0] == service]:
            ends, values = table.removed(key)
            self.rows.put(ends, np.repeat(self.rows.column_numbers([key]), len(ends)), values)
