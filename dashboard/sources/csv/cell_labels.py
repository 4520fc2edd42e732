"""The newest day of wide and tidy rows by label values, for a limited number of values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.exceptions import InvalidData
from dashboard.sources.csv.rows.labels import OTHER, VALUES_MAX
from dashboard.sources.csv.rows.rows import CellValues
from dashboard.sources.csv.rows.table_writer import TableWriter
from dashboard.sources.csv.table_frames import frame_of
from dashboard.sources.csv.tables.table import Key, Table
from dashboard.timerange import DAY, Grid

# Maximum number of intervals over all values of a label: a day by the minute for two thousand values.
INTERVALS_MAX = 3_000_000


@dataclass(slots=True)
class LabelCells:
    """Numbers by the values of one label.

    Attributes:
        table: its services are "service\\0value". `writer`: writes to it.
        values: service → its values with separate numbers.
    """

    table: Table
    writer: TableWriter = field(default_factory=lambda: TableWriter(is_uneven=True))
    values: dict[str, set[str]] = field(default_factory=dict)
    groups: int = 0

    def put(self, cells: CellValues, codes: np.ndarray, texts: Sequence[str]) -> None:
        """Write the numbers of rows.

        Args:
            cells: with known rows. `codes`: of each of those rows, as indices of `texts`.
        """
        pairs, inverse = np.unique(cells.column * len(texts) + codes, return_inverse=True)
        keys: list[Key] = []
        for column, code in zip(*divmod(pairs, len(texts)), strict=True):
            service, measure, detail = cells.keys[column]
            keys.append((self._group(service, texts[code]), measure, detail))
        self.writer.put(self.table, replace(cells, column=inverse, keys=keys))

    def _group(self, service: str, value: str) -> str:
        values = self.values.setdefault(service, set())
        if value not in values:
            # A label with ids in its values has an unlimited number of them.
            if len(values) >= VALUES_MAX or self.groups >= INTERVALS_MAX // (DAY // self.table.base):
                return f"{service}\0{OTHER}"
            self.groups += 1
            values.add(value)
        return f"{service}\0{value}"


@dataclass(slots=True)
class CellLabels:
    """Numbers by service and label value over the newest day.

    Attributes:
        by_label: label → its numbers.
    """

    by_label: dict[str, LabelCells] = field(default_factory=dict)

    def take(self, cells: CellValues, labels: Mapping[str, tuple[np.ndarray, list[str]]], table: Table) -> None:
        """Add the numbers of a chunk.

        Args:
            cells: with known rows. `labels`: name → code of each row, and the texts of the codes.
            table: contains the numbers without labels.
        """
        newest = table.newest
        if cells.row is None or newest is None:
            return
        recent = cells.only(np.flatnonzero(cells.time > newest - DAY + table.base))
        if recent.row is None or not len(recent.row):
            return
        for label, (codes, texts) in labels.items():
            held = self.by_label.setdefault(label, LabelCells(Table(table.base)))
            try:
                held.put(recent, codes[recent.row], texts)
            except InvalidData:
                # After several days the space is full: start again with the newest day.
                self.by_label[label] = LabelCells(Table(table.base))

    def names(self, service: str) -> tuple[str, ...]:
        """The labels available for breakdowns of this service."""
        return tuple(label for label, held in self.by_label.items() if service in held.values)

    def frame(self, label: str, service: str, grid: Grid) -> pd.DataFrame:
        """Rates and gauges of one service by (value, measure, detail).

        Args:
            label: its name. `service`: the service. `grid`: the points.
        """
        held = self.by_label.get(label)
        if held is None or service not in held.values:
            return frames.samples({}, grid)
        groups = {f"{service}\0{value}": value for value in (*sorted(held.values[service]), OTHER)}
        parts = [frame_of(held.table, grid, rates=True, service=group) for group in groups]
        return pd.concat(parts, axis=1).rename(columns=groups, level=0)
