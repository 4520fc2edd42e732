"""Checks the rows of a part of a file, and reads their numbers, for all shapes."""

from collections.abc import Iterable, Mapping
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.columns.names import CONSTANT
from dashboard.sources.csv.counting import Counting
from dashboard.sources.csv.parsing import Part
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.recognition import Recognised
from dashboard.sources.csv.rows.repeated_rows import ADD, TOTALS, UNNAMED
from dashboard.sources.csv.rows.row_checks import chunk_rows
from dashboard.sources.csv.rows.rows import CellValues, ChunkRows, Refusal
from dashboard.sources.csv.series.series import RUNNING_TOTAL
from dashboard.sources.csv.shapes.recognition import CellShape, Shape
from dashboard.sources.csv.shapes.series_rows import SeriesRows
from dashboard.sources.csv.shapes.service_columns import ServiceColumns
from dashboard.sources.csv.tables.table import UNKNOWN_OUTCOME
from dashboard.sources.csv.values.columns import constant
from dashboard.sources.csv.values.numerals import doubtful_number
from dashboard.sources.csv.values.quantities import is_text
from dashboard.sources.csv.values.repeated_hours import RowOrder
from dashboard.sources.csv.values.time_texts import CLOCK

# If a column has this many ambiguous numbers, and this share of them, all of its rows are rejected.
DOUBTFUL, DOUBTFUL_SHARE = 3, 0.1
BESIDE_DOUBTFUL = (
    'many numbers of this column can be read in two ways: write decimal = "," or decimal = "." under [source]'
)
OTHER_ORDER = (
    "the header stands in the file once more with other columns, or in another order: put what is behind it into a "
    "file of its own"
)


def checked_rows(
    part: Part, recognised: Recognised, *, newest: float | None = None, order: RowOrder | None = None
) -> ChunkRows:
    """Times and services of the rows of a part; rows without them, or with unreadable numbers, are rejected.

    Args:
        part: as parsed. `recognised`: format and shape of the file.
        newest: epoch seconds of the newest earlier row; None if there was none. `order`: of those rows.
    """
    shape, reading, chunk = recognised.shape, recognised.reading, part.chunk
    times, names = _times(chunk, shape), _row_names(chunk, shape, reading)
    rows = chunk_rows(
        times,
        names,
        reading.times,
        newest=newest,
        ignored=part.ignored,
        refusals=(*part.refusals, *_headers_among(times, shape.columns["time"])),
        order=order,
        written_at=part.written_at,
    )
    for name, is_doubtful in part.doubtful.items():
        rows.doubtful |= is_doubtful & ~rows.refused
        rows.refuse(is_doubtful, partial(_doubtful, name, chunk[name]))
        if is_doubtful.sum() >= max(DOUBTFUL, DOUBTFUL_SHARE * len(is_doubtful)):
            # The remaining rows would be the small ones, which would distort the result.
            rows.doubtful |= ~rows.refused
            rows.refuse(np.ones(len(is_doubtful), dtype=bool), f"{name}: {BESIDE_DOUBTFUL}")
    return rows


def refuse_other_order(part: Part, recognised: Recognised, rows: ChunkRows, counting: Counting) -> None:
    """Reject the rows after a repeated header with other columns or another order.

    Args:
        part: as parsed. `recognised`: format and shape of the file. `rows`: of the part.
        counting: of the file; knows whether earlier rows follow such a header.
    """
    chunk, names = part.chunk, recognised.layout.columns
    time = recognised.shape.columns["time"]
    is_other = np.full(len(rows.time), counting.is_other_order)
    headers = _headers_among(chunk[time], time) if recognised.format is None else ()
    for again, _ in headers:
        for row in np.flatnonzero(again).tolist():
            texts = ((name, chunk[name][row].as_py()) for name in chunk.column_names if name in names)
            is_other[row:] = any(str(text).strip() != name.strip() for name, text in texts)
    if len(is_other):
        counting.is_other_order = bool(is_other[-1])
    rows.refuse(is_other, OTHER_ORDER)


def refuse_unnamed(rows: ChunkRows, reading: Reading, unnamed: Mapping[str, bool]) -> None:
    """Reject the rows of services with several rows at most times that no column distinguishes.

    Args:
        rows: of a chunk. `reading`: their settings. `unnamed`: such services → whether it is certain.

    Raises:
        InvalidData: the configuration is inconsistent with the rows.
    """
    if reading.rows == ADD and reading.unit == RUNNING_TOTAL:
        raise InvalidData(TOTALS)
    if unnamed and not reading.rows:
        is_unnamed = np.array([unnamed.get(str(service), False) for service in rows.services], dtype=bool)
        rows.refuse(np.append(is_unnamed, False)[rows.service], UNNAMED)


def cells_of(shape: CellShape, chunk: pa.Table, rows: ChunkRows, counting: Counting) -> list[CellValues]:
    """The numbers of a chunk; invalid rows are rejected.

    Args:
        shape: of its file. `chunk`: as parsed. `rows`: its times and services.
        counting: what is known of the file's counts.
    """
    if isinstance(shape, SeriesRows | ServiceColumns):
        # The kind of series follows from their own names and units.
        return shape.cell_values(chunk, rows)
    return shape.cell_values(chunk, rows, counting)


def _times(chunk: pa.Table, shape: Shape) -> pa.ChunkedArray:
    """The times of rows; times of day are combined with the date in another column."""
    times = chunk[shape.columns["time"]]
    if "date" not in shape.columns or pa.types.is_timestamp(times.type):
        return times
    texts: pd.Series = times.cast(pa.string()).to_pandas()
    of_day = texts.str.strip().str.match(CLOCK).fillna(False).astype(bool)
    if not of_day.any():
        return times
    dates: pd.Series = chunk[shape.columns["date"]].cast(pa.string()).to_pandas()
    # Spreadsheets write dates as midnight.
    dates = dates.str.strip().str.replace(r"[T ]00:00(?::00(?:\.0+)?)?$", "", regex=True)
    joined = (dates + " " + texts.str.strip()).where(of_day, texts)
    return pa.chunked_array([pa.array(joined, pa.string(), from_pandas=True)])


def _row_names(chunk: pa.Table, shape: Shape, reading: Reading) -> pa.ChunkedArray:
    """The names that distinguish rows of one time: their service, or their series."""
    if isinstance(shape, SeriesRows | ServiceColumns):
        return shape.row_names(chunk)
    named = shape.columns["service"]
    return constant(reading.constant_service, len(chunk)) if named == CONSTANT else chunk[named]


def _headers_among(times: pa.ChunkedArray, name: str) -> tuple[Refusal, ...]:
    """Repeated headers among rows, as in concatenated files; `name`: of the column of times."""
    if not is_text(times):
        return ()
    again = pc.fill_null(pc.equal(times.cast(pa.string()), name), False).to_numpy(zero_copy_only=False)
    return ((again, "the header stands here once more"),) if again.any() else ()


def _doubtful(name: str, column: pa.ChunkedArray, row: int) -> str:
    return doubtful_number(name, column[row].as_py())


def unknown_cells(rows: ChunkRows, known: Iterable[str], pending: dict[str, list[float]]) -> list[CellValues]:
    """Cells that mark failures as unknown, next to rows with ambiguous numbers.

    Args:
        rows: of a chunk. `known`: services that already have counts.
        pending: service without counts → such times, in epoch seconds; updated.
    """
    for place in np.flatnonzero(rows.doubtful).tolist():
        pending.setdefault(str(rows.services[rows.service[place]]), []).append(float(rows.time[place]))
    if not pending:
        return []
    # A rejected row does not create a service.
    counted = {*known, *(str(rows.services[code]) for code in np.unique(rows.service[~rows.refused]))}
    names = [name for name in pending if name in counted]
    times = [np.array(pending.pop(name)) for name in names]
    if not names:
        return []
    column = np.repeat(np.arange(len(names)), [len(each) for each in times])
    keys = [(name, UNKNOWN_OUTCOME, "") for name in names]
    return [CellValues(np.concatenate(times), column, keys, np.ones(len(column)))]
