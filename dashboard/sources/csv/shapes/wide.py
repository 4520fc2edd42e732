"""A wide table: one row is one interval of one service."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.quantities import is_text, numbers
from dashboard.sources.csv.row_memory import series_of
from dashboard.sources.csv.rows import CellValues, ChunkRows
from dashboard.sources.csv.shapes.names import (
    COMMENTS,
    FIXED,
    MAX_VALUE,
    MILLISECONDS,
    QUANTILES,
    ColumnNames,
    meaning_of,
)

LATENCIES = frozenset((*QUANTILES, *(name + MILLISECONDS for name in QUANTILES)))

KNOWN = (*FIXED, *sorted(LATENCIES))


@dataclass(frozen=True, slots=True)
class Wide:
    """A file of intervals; `columns`: our names → the file's, all of them numbers but `time` and `service`."""

    columns: dict[str, str]
    labels: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def recognise(cls, columns: ColumnNames) -> Self | None:
        """A file with counts of requests; columns that are not known are gauges."""
        if "requests" not in columns.names:
            return None
        used = columns.base
        numbers = {name: columns.names[name] for name in KNOWN if name in columns.names}
        gauges = {
            name: column for name, column in columns.names.items() if name not in KNOWN and column not in used.values()
        }
        return cls(used | numbers | gauges)

    def cell_values(self, chunk: pa.Table, rows: ChunkRows) -> list[CellValues]:
        """The numbers of a chunk, column by column; rows that make no sense are refused.

        Counts of rows that differ in a column of texts add up.

        Args:
            chunk: as parsed. `rows`: its times and services.
        """
        measured = {name: chunk[column] for name, column in self.columns.items() if name not in ("time", "service")}
        values = {name: numbers(column) for name, column in measured.items()}
        _refuse_impossible(values, rows)
        # Several rows of one service and time: one for each pod, zone or whatever a column of texts tells.
        labels = [
            column
            for name, column in measured.items()
            if name not in (*KNOWN, *COMMENTS) and _is_label(column, values[name])
        ]
        rows.series = series_of(labels) if labels else None
        cells = []
        for name, column in values.items():
            meaning = meaning_of(name)
            keys = [(str(service), meaning.measure, meaning.detail) for service in rows.services]
            missing = np.isnan(column) | (np.abs(column) > MAX_VALUE)
            numbered = CellValues(rows.time, rows.service, keys, column * meaning.factor, rows.series)
            cells.append(numbered.without(rows, missing))
        return cells


def _is_label(column: pa.ChunkedArray, values: np.ndarray) -> bool:
    """A column of texts, none of them a number."""
    return is_text(column) and bool(np.isnan(values).all())


def _refuse_impossible(values: dict[str, np.ndarray], rows: ChunkRows) -> None:
    requests, failed = values["requests"], values.get("errors", np.zeros(len(rows.time)))
    # Not `requests < 0`: a count that is missing is NaN, and below nothing.
    impossible = ~(requests >= 0) | (requests > MAX_VALUE) | (failed < 0) | (failed > requests)
    if "client_errors" in values:
        impossible |= (values["client_errors"] < 0) | (values["client_errors"] > requests)
    rows.refuse(impossible, "requests and errors must be counts with 0 <= errors <= requests")
    for name in values.keys() & LATENCIES:
        rows.refuse(values[name] < 0, "a latency must be at least 0")
