"""A wide table: one row is one interval of one service."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.quantities import numbers
from dashboard.sources.csv.rows import CellValues, ChunkRows
from dashboard.sources.csv.shapes.names import FIXED, MAX_VALUE, MILLISECONDS, QUANTILES, ColumnNames, meaning_of

LATENCIES = frozenset((*QUANTILES, *(name + MILLISECONDS for name in QUANTILES)))


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
        known = (*FIXED, *sorted(LATENCIES))
        used = columns.base
        numbers = {name: columns.names[name] for name in known if name in columns.names}
        gauges = {
            name: column for name, column in columns.names.items() if name not in known and column not in used.values()
        }
        return cls(used | numbers | gauges)

    def cell_values(self, chunk: pa.Table, rows: ChunkRows) -> list[CellValues]:
        """The numbers of a chunk, column by column; rows that make no sense are refused.

        Args:
            chunk: as parsed. `rows`: its times and services.
        """
        values = {
            name: numbers(chunk[column]) for name, column in self.columns.items() if name not in ("time", "service")
        }
        _refuse_impossible(values, rows)
        cells = []
        for name, column in values.items():
            meaning = meaning_of(name)
            keys = [(str(service), meaning.measure, meaning.detail) for service in rows.services]
            missing = np.isnan(column) | (np.abs(column) > MAX_VALUE)
            cells.append(CellValues(rows.time, rows.service, keys, column * meaning.factor).without(rows, missing))
        return cells


def _refuse_impossible(values: dict[str, np.ndarray], rows: ChunkRows) -> None:
    requests, failed = values["requests"], values.get("errors", np.zeros(len(rows.time)))
    # Not `requests < 0`: a count that is missing is NaN, and below nothing.
    impossible = ~(requests >= 0) | (requests > MAX_VALUE) | (failed < 0) | (failed > requests)
    if "client_errors" in values:
        impossible |= (values["client_errors"] < 0) | (values["client_errors"] > requests)
    rows.refuse(impossible, "requests and errors must be counts with 0 <= errors <= requests")
    for name in values.keys() & LATENCIES:
        rows.refuse(values[name] < 0, "a latency must be at least 0")
