"""What the cells of a column are, row by row; what cannot be read, or is no count, is refused with what it says."""

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.quantities import Unit, is_missing, is_text, quantities
from dashboard.sources.csv.rows import ChunkRows

# A column holds ratios or rates when more than this share of its numbers, and so many of them, have fractions.
FRACTIONS_SHARE, FRACTIONS = 0.1, 3
# Numbers that a computer added up are whole within this.
WHOLE_WITHIN = 1e-6
RATE = "a rate per second is no count: export how many there were in each interval"
SHARE = "a share is no count: name the column of counts in columns under [source]"
UNITS_OF_NO_COUNT = {
    Unit.PER_CENT: SHARE,
    Unit.PER_SECOND: RATE,
    Unit.PER_MINUTE: "a rate per minute is no count: export how many there were in each interval",
    Unit.SECONDS: "a duration is no count",
    Unit.BYTES: "an amount of data is no count",
}


def measured(name: str, column: pa.ChunkedArray, rows: ChunkRows) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and the `Unit` behind each, both of shape (rows,); NaN where there is none.

    Args:
        name: of the column in the file. `column`: its cells. `rows`: of which those are refused that hold no number.
    """
    values, units = quantities(column)
    if is_text(column):
        rows.refuse(np.isnan(values) & ~is_missing(column), lambda row: _no_number(name, column[row].as_py()))
    return values, units


def refuse_no_counts(name: str, values: np.ndarray, units: np.ndarray, rows: ChunkRows) -> None:
    """Refuse the rows of a column of counts that hold none.

    Args:
        name: of the column in the file. `values`, `units`: of its cells. `rows`: whose those are.
    """
    for unit, reason in UNITS_OF_NO_COUNT.items():
        rows.refuse(units == unit, f"{name}: {reason}")
    # What is written in thousands is rounded to them.
    whole = np.where(np.isfinite(values) & ~rows.refused & (units != Unit.MULTIPLE), values, 0.0)
    fractional = np.abs(whole - np.round(whole)) > WHOLE_WITHIN * np.maximum(1, np.abs(whole))
    if not fractional.any():
        return
    counted = values[~rows.refused & (values != 0) & ~np.isnan(values)]
    if fractional.sum() >= max(FRACTIONS, FRACTIONS_SHARE * len(counted)):
        # A whole number among ratios or rates is none of counts, either: 1 of a ratio are all requests.
        ratio = counted.max() <= 1
        seems = f"holds numbers of at most 1, so it seems to be a ratio: {SHARE}" if ratio else f"has fractions: {RATE}"
        rows.refuse(~np.isnan(values), f"{name} {seems}")
    rows.refuse(fractional, lambda row: f"{name} {values[row]:g} is no count: it has a fraction")


def _no_number(name: str, text: str) -> str:
    return f"{name} {text.strip()[:40]!r} is no number"
