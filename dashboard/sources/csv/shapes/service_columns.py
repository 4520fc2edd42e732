"""A table with services, or their series, as columns: each row is an interval."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.exceptions import InvalidData
from dashboard.outcomes import Vocabulary
from dashboard.sources.csv.columns.names import COMMENTS, CONSTANT, FIXED, LABEL, ColumnNames
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.rows.rows import CellValues, ChunkRows
from dashboard.sources.csv.series.amounts import amounts
from dashboard.sources.csv.series.counting import Numbers
from dashboard.sources.csv.series.measuring import Measuring
from dashboard.sources.csv.series.series import RUNNING_TOTAL, Series
from dashboard.sources.csv.series.series_names import as_configured, series_of
from dashboard.sources.csv.values.columns import constant
from dashboard.sources.csv.values.numerals import Content
from dashboard.sources.csv.values.quantities import Unit, is_text

# Separator of names of series, which does not occur in files.
BETWEEN = "\0"
# Number of cells to process at once.
BLOCK_CELLS = 1 << 20


@dataclass(frozen=True, slots=True)
class ServiceColumns:
    """A file of services as columns.

    Attributes:
        columns: `time` and the index of each series → the file's column.
        series: in the order of their columns.
        vocabulary: the words for outcomes.
        measuring: what is remembered while the file is followed.
    """

    labels: ClassVar[tuple[str, ...]] = ()
    texts: ClassVar[tuple[str, ...]] = ()

    columns: dict[str, str]
    series: tuple[Series, ...]
    vocabulary: Vocabulary
    measuring: Measuring = field(compare=False)

    @classmethod
    def recognise(cls, file: str, names: Sequence[str], columns: ColumnNames, reading: Reading) -> Self | None:
        """A file with a time, and columns whose meaning is known by the configuration or their names.

        Args:
            file: its path. `names`: of its columns. `columns`: including the time. `reading`: the settings.

        Raises:
            InvalidData: the service of a column is unknown, or two columns have the same name.
        """
        if columns.service not in ("", CONSTANT):
            return None
        used = {columns.time, *(name for name in names if name.lower() in COMMENTS or not name)}
        series_columns = {name: series_of(name) for name in names if name not in used}
        known = {
            name: each
            for name, each in series_columns.items()
            # Without a service, such names belong to a wide table without a service column.
            if each is not None and (reading.signal or (each.signal and name.lower() not in FIXED))
        }
        named = {name: each for name, each in known.items() if each.service or each.status is not None or each.signal}
        # Next to services, a column such as `Total` is their sum.
        known = named or known
        if not known:
            return None
        _refuse_names(file, names, known)
        series = tuple(as_configured(file, name, each, reading) for name, each in known.items())
        places = {str(number): name for number, name in enumerate(known)}
        scale = columns.duration_scale
        return cls({"time": columns.time} | places, series, reading.vocabulary, Measuring(scale))

    @property
    def numbers(self) -> dict[str, Content]:
        """The file's columns of numbers."""
        return {name: series.content for series, name in self.named}

    @property
    def named(self) -> list[tuple[Series, str]]:
        """The series with their columns."""
        return [(each, self.columns[str(number)]) for number, each in enumerate(self.series)]

    def row_names(self, chunk: pa.Table) -> pa.ChunkedArray:
        """An empty name for all rows, as nothing distinguishes them: files with the same series have the same rows."""
        return constant(BETWEEN.join(f"{each.signal} {name}" for each, name in self.named), len(chunk))

    def cell_values(self, chunk: pa.Table, rows: ChunkRows) -> list[CellValues]:
        """The numbers of a chunk; rows with an unreadable cell are rejected.

        Args:
            chunk: as parsed. `rows`: its times, with their interval.

        Raises:
            InvalidData: the kind of the numbers is unknown.
        """
        self._refuse_another_header(chunk)
        names = [self.columns[str(number)] for number in range(len(self.series))]
        cells = dict(zip(chunk.column_names, chunk.columns, strict=True))
        read = [amounts(cells[name]) for name in names]
        for name, column in zip(names, read, strict=True):
            if column.unread.any():
                rows.refuse(column.unread, partial(_unread, name, cells[name]))
        written = [column.unit for column in read]
        matrix = np.column_stack([column.value for column in read])
        # Process thousands of columns in blocks of rows, to limit temporary memory.
        step = max(1, BLOCK_CELLS // len(names))
        for begin in range(0, len(matrix), step):
            self._refuse_impossible(matrix[begin : begin + step], begin, written, rows)
        kept = np.flatnonzero(~rows.refused)
        # Running totals need ascending times, but some files have their newest row first.
        kept = kept[np.argsort(rows.time[kept], kind="stable")]
        cells_of = []
        for begin in range(0, len(kept), step):
            block = kept[begin : begin + step]
            numbers = self._numbers(matrix[block], rows.time[block])
            cells_of += self.measuring.cells(numbers, self.series, written, rows, self.vocabulary)
        return cells_of

    def _numbers(self, matrix: np.ndarray, times: np.ndarray) -> Numbers:
        """The existing numbers of rows, shape (rows, series)."""
        present = ~np.isnan(matrix)
        # Missing failures in a row with other numbers mean zero.
        failures = np.array([_is_failure(each) for each in self.series], dtype=bool)
        silent = ~present & present.any(axis=1)[:, None] & failures
        matrix[silent] = 0.0
        moment, series = np.nonzero(present | silent)
        return Numbers(moment, series, matrix[moment, series], times)

    def _refuse_another_header(self, chunk: pa.Table) -> None:
        """Reject a file in which the header of another table follows, as its services are different."""
        time = self.columns["time"]
        if not is_text(chunk[time]):
            return
        for row in np.flatnonzero(pc.equal(chunk[time].cast(pa.string()), time).fill_null(False)):
            cells = {name: str(chunk[name][int(row)].as_py()).strip() for name in self.columns.values()}
            other = next((cell for name, cell in cells.items() if cell != name), None)
            if other is not None:
                raise InvalidData(f"its columns change in the middle, to one called {other!r}: split the file there")

    def _refuse_impossible(self, matrix: np.ndarray, first: int, written: Sequence[Unit], rows: ChunkRows) -> None:
        row, series = np.nonzero(~np.isnan(matrix))
        numbers = Numbers(row, series, matrix[row, series], rows.time)
        for reason, wrong in self.measuring.impossible(numbers, self.series, written):
            if wrong.any():
                # Explain a row by its first wrong number.
                number = dict(zip(row[wrong][::-1].tolist(), series[wrong][::-1].tolist(), strict=True))
                refused = np.zeros(len(rows.time), dtype=bool)
                refused[first + row[wrong]] = True
                rows.refuse(refused, partial(self._explained, number, matrix, reason, first))

    def _explained(self, number: dict[int, int], matrix: np.ndarray, reason: str, first: int, place: int) -> str:
        row = place - first
        series = number[row]
        return f"{self.columns[str(series)]} is {matrix[row, series]:g}: {reason}"


def _refuse_names(file: str, names: Sequence[str], series: Collection[str]) -> None:
    """Reject columns of the same name, and those that distinguish rows of one time, as only the last would count."""
    twice = next((name for name in series if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidData(f"{file}: two columns are called {twice!r}: give each its own name", query=file)
    label = next((name for name in series if LABEL.fullmatch(name)), None)
    if label is not None:
        raise InvalidData(
            f"{file}: the column {label!r} tells rows of one time apart, where services are columns: export one row "
            "for each time, or a column of services",
            query=file,
        )


def _unread(name: str, cells: pa.ChunkedArray, row: int) -> str:
    return f"{name} is {str(cells[row].as_py())[:40]!r}, which is no number, or has another unit than the others"


def _is_failure(series: Series) -> bool:
    return series.meaning.measure == "errors" and series.unit != RUNNING_TOTAL
