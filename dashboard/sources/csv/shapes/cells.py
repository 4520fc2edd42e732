"""Reads the cells of a column; unreadable ones are rejected with their text."""

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.rows.rows import ChunkRows
from dashboard.sources.csv.values.quantities import is_missing, is_text, quantities


def measured(name: str, column: pa.ChunkedArray, rows: ChunkRows) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and the `Unit` after each, both of shape (rows,); NaN if missing.

    Args:
        name: of the column in the file. `column`: its cells. `rows`: those without a number are rejected.
    """
    values, units = quantities(column)
    if is_text(column):
        rows.refuse(np.isnan(values) & ~is_missing(column), lambda row: _no_number(name, column[row].as_py()))
    return values, units


def _no_number(name: str, text: str) -> str:
    return f"{name} {text.strip()[:40]!r} is no number"
