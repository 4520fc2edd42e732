"""The numbers of series, with their unit from the text after them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.values.quantities import Unit, is_missing, quantities

# A multiple is not a unit: numbers in thousands are converted to ones.
PLAIN = frozenset({Unit.NONE, Unit.MULTIPLE})


@dataclass(frozen=True, slots=True)
class Amounts:
    """The numbers of a column.

    Attributes:
        value: in seconds, as shares of 1 or as written, depending on their unit; NaN if missing, shape (rows,).
        unit: of numbers with one; NONE without any. `rounded`: mask of numbers written in thousands or more.
        unread: mask of cells with anything else, or a number with another unit, shape (rows,).
    """

    value: np.ndarray
    unit: Unit
    rounded: np.ndarray
    unread: np.ndarray


def amounts(column: pa.ChunkedArray) -> Amounts:
    """The numbers of a column, whatever type it was parsed as."""
    values, codes = quantities(column)
    there = ~np.isnan(values)
    written = {Unit(code) for code in np.unique(codes[there])} - PLAIN
    unit = min(written, default=Unit.NONE)
    plain = np.isin(codes, [int(code) for code in PLAIN])
    # Zero is the same in every unit.
    strange = there & (values != 0) & ((codes != unit) if unit is not Unit.NONE else ~plain)
    unread = strange if there.all() else strange | ~(there | is_missing(column))
    scaled = values * 0.01 if unit is Unit.PER_CENT else values
    return Amounts(np.where(unread, np.nan, scaled), unit, codes == Unit.MULTIPLE, unread)
