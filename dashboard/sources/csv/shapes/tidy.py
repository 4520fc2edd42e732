"""A tidy table: one row is one number."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.columns import codes_and_texts
from dashboard.sources.csv.quantities import numbers
from dashboard.sources.csv.row_memory import series_of
from dashboard.sources.csv.rows import CellValues, ChunkRows
from dashboard.sources.csv.shapes.names import COMMENTS, MAX_VALUE, ColumnNames, Meaning, meaning_of


@dataclass(frozen=True, slots=True)
class Tidy:
    """A file of numbers.

    Attributes:
        columns: our names → the file's. `labels`: columns that tell rows of one time, service and signal apart.
    """

    columns: dict[str, str]
    labels: tuple[str, ...] = ()

    @classmethod
    def recognise(cls, columns: ColumnNames) -> Self | None:
        """A file with a signal and a value."""
        names = columns.names
        if not {"signal", "value"} <= names.keys():
            return None
        used = columns.base | {"signal": names["signal"], "value": names["value"]}
        labels = {name: names[name] for name in names if names[name] not in used.values() and name not in COMMENTS}
        return cls(used | labels, tuple(labels))

    def cell_values(self, chunk: pa.Table, rows: ChunkRows) -> list[CellValues]:
        """The numbers of a chunk; counts of rows that differ in a further label add up.

        Args:
            chunk: as parsed. `rows`: its times and services; those that make no sense are refused.
        """
        value = numbers(chunk[self.columns["value"]])
        signal, texts = codes_and_texts(chunk[self.columns["signal"]])
        meanings = [meaning_of(str(text).lower()) for text in texts]
        value = _in_units(value, signal, meanings, rows)
        keys = [(str(service), meaning.measure, meaning.detail) for meaning in meanings for service in rows.services]
        column = signal.astype(np.intp) * len(rows.services) + rows.service
        if self.labels:
            rows.series = series_of([chunk[self.columns[label]] for label in self.labels])
        return [CellValues(rows.time, column, keys, value, rows.series).without(rows, np.isnan(value))]


def _in_units(value: np.ndarray, signal: np.ndarray, meanings: list[Meaning], rows: ChunkRows) -> np.ndarray:
    """The values in the units of their measures; what cannot be is refused. The last place is that of no signal."""
    signed = np.array([meaning.measure == "gauge" for meaning in meanings] + [True])
    rows.refuse(signal < 0, "the signal has no name")
    impossible = (np.abs(value) > MAX_VALUE) | ((value < 0) & ~signed[signal])
    rows.refuse(impossible, "the value of this signal is impossible")
    factors = np.array([meaning.factor for meaning in meanings] + [1.0])
    return value * factors[signal] if (factors != 1.0).any() else value
