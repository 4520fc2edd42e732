"""A tidy table: one row is one number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.columns import codes_and_texts
from dashboard.sources.csv.numerals import Content
from dashboard.sources.csv.row_memory import series_of
from dashboard.sources.csv.rows import CellValues, ChunkRows
from dashboard.sources.csv.shapes.cells import measured, refuse_no_counts
from dashboard.sources.csv.shapes.names import COMMENTS, MAX_VALUE, ColumnNames, Meaning, meaning_of


@dataclass(frozen=True, slots=True)
class Tidy:
    """A file of numbers.

    Attributes:
        columns: our names → the file's. `labels`: columns that tell rows of one time, service and signal apart.
        duration_scale: turns latencies into seconds; None: the name of their signal tells it.
    """

    columns: dict[str, str]
    labels: tuple[str, ...] = ()
    duration_scale: float | None = None

    @classmethod
    def recognise(cls, columns: ColumnNames) -> Self | None:
        """A file with a signal and a value."""
        names = columns.names
        if not {"signal", "value"} <= names.keys():
            return None
        used = columns.base | {"signal": names["signal"], "value": names["value"]}
        labels = tuple(name for name in names if names[name] not in used.values() and name not in COMMENTS)
        return cls(used | {name: names[name] for name in labels}, labels, columns.duration_scale)

    @property
    def numbers(self) -> dict[str, Content]:
        """The file's columns of numbers."""
        return {self.columns["value"]: Content.COUNTS}

    def cell_values(self, chunk: pa.Table, rows: ChunkRows) -> list[CellValues]:
        """The numbers of a chunk; counts of rows that differ in a further label add up, of all else the worst counts.

        Args:
            chunk: as parsed. `rows`: its times and services; those that make no sense are refused.
        """
        values, units = measured(self.columns["value"], chunk[self.columns["value"]], rows)
        signal, texts = codes_and_texts(chunk[self.columns["signal"]])
        rows.refuse(signal < 0, "the signal has no name")
        meanings = [meaning_of(str(text).lower(), self.duration_scale) for text in texts]
        _refuse_impossible(values, units, signal, [str(text) for text in texts], meanings, rows)
        values = _in_units(values, units, signal, meanings)
        keys = [(str(service), meaning.measure, meaning.detail) for meaning in meanings for service in rows.services]
        column = signal.astype(np.intp) * len(rows.services) + rows.service
        if self.labels:
            rows.series = series_of([chunk[self.columns[label]] for label in self.labels])
        return [CellValues(rows.time, column, keys, values, rows.series).without(rows, np.isnan(values))]


def _is_counted(meaning: Meaning) -> bool:
    return meaning.measure in ("requests", "errors")


def _refuse_impossible(
    values: np.ndarray,
    units: np.ndarray,
    signal: np.ndarray,
    names: Sequence[str],
    meanings: Sequence[Meaning],
    rows: ChunkRows,
) -> None:
    """Refuse what the values of a signal cannot be.

    Args:
        values, units: as they are written. `signal`: codes into `names` and `meanings`. `rows`: whose they are.
    """
    # The last place is that of rows without a signal.
    signed = np.array([meaning.measure == "gauge" for meaning in meanings] + [True])
    impossible = (np.abs(values) > MAX_VALUE) | ((values < 0) & ~signed[signal])
    rows.refuse(impossible, "the value of this signal is impossible")
    for code, meaning in enumerate(meanings):
        if _is_counted(meaning):
            of_signal = signal == code
            refuse_no_counts(names[code], np.where(of_signal, values, np.nan), np.where(of_signal, units, 0), rows)


def _in_units(values: np.ndarray, units: np.ndarray, signal: np.ndarray, meanings: Sequence[Meaning]) -> np.ndarray:
    """The values in the units of their measures."""
    factors = np.array([meaning.factor for meaning in meanings] + [1.0])
    if units.any():
        return np.where(units, Meaning("", "").in_unit(values, units), values * factors[signal])
    return values * factors[signal] if (factors != 1.0).any() else values
