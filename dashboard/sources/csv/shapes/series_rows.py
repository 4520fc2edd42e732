"""Series as rows: each row is a number of a series, which is named by one column or by several label columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.exceptions import InvalidData
from dashboard.outcomes import Vocabulary, dialect_of
from dashboard.sources.csv.columns.names import COMMENTS, STATUSES, ColumnNames
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.rows.rows import CellValues, ChunkRows
from dashboard.sources.csv.series.amounts import Amounts, amounts
from dashboard.sources.csv.series.counting import Numbers
from dashboard.sources.csv.series.measuring import Measuring
from dashboard.sources.csv.series.series import COUNT, Series
from dashboard.sources.csv.series.series_names import NO_SERVICES, as_configured, labelled, series_of
from dashboard.sources.csv.values.columns import codes_and_texts
from dashboard.sources.csv.values.numerals import Content
from dashboard.sources.csv.values.quantities import Unit

# Columns with the name of a series, and of its metric.
NAMES, METRICS = ("series",), ("metric", "__name__", "name")
# Separator of a series' labels, which does not occur in files.
BETWEEN = "\0"
NAMELESS = "\0nameless"
NO_SIGNAL = 'write signal = "requests" and unit = "count" or "per second" under [source]'
NO_SERVICE = 'nothing tells the service: write service = "checkout" under [source]'


@dataclass(frozen=True, slots=True)
class SeriesRows:
    """A file of series as rows.

    Attributes:
        columns: `time`, `value` and the labels → the file's column.
        labels: columns that identify a series: `series`, or its labels by the file's names.
        file: its path. `reading`: the settings.
        known: name of a series as in its row → its index. `series`: the series, None without counts.
        identity: a hash of the name of each series. `measuring`: what is remembered while the file is followed.
    """

    columns: dict[str, str]
    labels: tuple[str, ...]
    file: str
    reading: Reading = field(compare=False)
    known: dict[str, int] = field(default_factory=dict, compare=False)
    series: list[Series | None] = field(default_factory=list, compare=False)
    identity: list[int] = field(default_factory=list, compare=False)
    measuring: Measuring = field(default_factory=Measuring, compare=False)

    @classmethod
    def recognise(cls, file: str, names: Sequence[str], columns: ColumnNames, reading: Reading) -> Self | None:
        """A file with a time, a value, and columns of names or labels.

        Args:
            file: its path. `names`: of its columns. `columns`: including the time. `reading`: the settings.
        """
        lower = columns.names
        name = next((lower[name] for name in NAMES if name in lower), None)
        # A column of values with a configured signal needs no column of signals.
        is_usable = bool(reading.signal) and ("service" in lower or name is not None)
        value = next(
            (lower[each] for each in ("value", *NO_SERVICES) if each in lower and (each == "value" or is_usable)),
            None,
        )
        if value is None or "signal" in lower:
            return None
        used = {columns.time, value}
        if name is not None:
            labels = {"series": name}
        else:
            texts = {ours: lower[ours] for ours in ("service", *STATUSES, *METRICS) if ours in lower}
            labels = {ours: theirs for ours, theirs in texts.items() if theirs in names and theirs not in used}
            others = [each for each in names if each not in (*used, *labels.values()) and each.lower() not in COMMENTS]
            labels |= {each: each for each in others if each}
        if not labels or not (reading.signal or {"series", *METRICS} & labels.keys()):
            return None
        columns_of = {"time": columns.time, "value": value} | labels
        identity: list[int] = []
        measuring = Measuring(columns.duration_scale, identity=identity)
        return cls(columns_of, tuple(labels), file, reading, identity=identity, measuring=measuring)

    @property
    def texts(self) -> tuple[str, ...]:
        """Our names of text columns besides the labels, whatever their content looks like."""
        return ()

    @property
    def vocabulary(self) -> Vocabulary:
        """The words for outcomes."""
        return self.reading.vocabulary

    @property
    def numbers(self) -> dict[str, Content]:
        """The file's columns of numbers."""
        return {self.columns["value"]: Content.COUNTS if self.reading.unit == COUNT else Content.AMOUNTS}

    def row_names(self, chunk: pa.Table) -> pa.ChunkedArray:
        """The series of each row, as one text."""
        codes = [codes_and_texts(chunk[self.columns[label]]) for label in self.labels]
        if len(codes) == 1:
            return chunk[self.columns[self.labels[0]]]
        combined = np.zeros(len(chunk), dtype=np.int64)
        for code, texts in codes:
            # A missing label is empty. Renumbering keeps the combined codes from overflowing.
            combined = np.unique(combined * (len(texts) + 1) + code + 1, return_inverse=True)[1]
        first = np.unique(combined, return_index=True)[1]
        names = [
            BETWEEN.join("" if code[row] < 0 else str(texts[code[row]]).replace(BETWEEN, " ") for code, texts in codes)
            for row in first
        ]
        return pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array(combined, pa.int32()), pa.array(names))])

    def cell_values(self, chunk: pa.Table, rows: ChunkRows) -> list[CellValues]:
        """The numbers of a chunk; rows without one are rejected.

        Args:
            chunk: as parsed. `rows`: its times and series, with their interval.

        Raises:
            InvalidData: the kind of the numbers, or their service, is unknown.
        """
        cells = chunk[self.columns["value"]]
        read = amounts(cells)
        if read.unread.any():
            rows.refuse(read.unread, partial(_unread, cells))
        number = np.array([self._number(str(name)) for name in rows.services], dtype=np.intp)
        counting = np.array([each is not None for each in self.series], dtype=bool)
        if len(counting) and not counting.any():
            raise InvalidData(f"nothing tells what the numbers of {rows.services[0]} are: {NO_SIGNAL}")
        series: list[Series] = [each or Series("") for each in self.series]
        written = [read.unit] * len(series)
        code = number[np.where(rows.service < 0, 0, rows.service)]
        nameless = np.array([each.service == NAMELESS for each in series], dtype=bool)
        rows.refuse(nameless[code], NO_SERVICE)
        self._refuse_impossible(read, code, rows, written)
        kept = ~rows.refused & ~np.isnan(read.value) & counting[code] & ~_beside_a_bad_row(rows, code, series)
        times, moment = np.unique(rows.time[kept], return_inverse=True)
        numbers = Numbers(moment, code[kept], read.value[kept], times)
        return self.measuring.cells(numbers, series, written, rows, self.vocabulary)

    def _number(self, name: str) -> int:
        """The index of a series by its name."""
        if name not in self.known:
            self.known[name] = len(self.series)
            self.series.append(self._series(name))
            self.identity.append(int(pd.util.hash_array(np.array([name], dtype=object))[0]))
        return self.known[name]

    def _series(self, name: str) -> Series | None:
        if self.labels == ("series",):
            series = series_of(name)
        else:
            # The cells of a single column are used as written.
            texts = name.split(BETWEEN) if len(self.labels) > 1 else [name]
            values = dict(zip(self.labels, texts, strict=True))
            metric = next((values.pop(label) for label in METRICS if label in values), "")
            series = labelled(_without_empty(values), metric)
            if series is not None:
                # By the file's own name: a status may be mapped from a column of gRPC codes.
                series = replace(series, dialect=dialect_of(self.columns.get(series.label, series.label)))
        if series is None or not (self.reading.signal or series.signal):
            return None
        # A row without a service is rejected separately; if there is a service column, no other service is assumed.
        fallback = "" if "service" in self.labels else self.reading.called
        named = replace(series, service=self.reading.service or series.service or fallback or NAMELESS)
        return as_configured(self.file, name, named, self.reading)

    def _refuse_impossible(self, read: Amounts, code: np.ndarray, rows: ChunkRows, written: list[Unit]) -> None:
        place = np.flatnonzero(~np.isnan(read.value))
        numbers = Numbers(place, code[place], read.value[place], rows.time)
        series = [each or Series("") for each in self.series]
        for reason, wrong in self.measuring.impossible(numbers, series, written):
            refused = np.zeros(len(rows.time), dtype=bool)
            refused[place[wrong]] = True
            rows.refuse(refused, partial(_explained, read.value, reason))


def _without_empty(labels: Mapping[str, str]) -> dict[str, str]:
    """The non-empty labels of a series, and an empty one that means that nothing failed."""
    return {label: value for label, value in labels.items() if value or label in ("error_type", "error.type")}


def _beside_a_bad_row(rows: ChunkRows, code: np.ndarray, series: Sequence[Series]) -> np.ndarray:
    """Mask of rows next to a bad row of the same service and time: a part of the statuses would give wrong ratios.

    Args:
        rows: of a chunk. `code`: indices of their series. `series`: of the file.
    """
    bad: np.ndarray = rows.refused & ~np.isnan(rows.time)
    if not bad.any():
        return bad
    names = {name: place for place, name in enumerate(dict.fromkeys(each.service for each in series))}
    service = np.array([names[each.service] for each in series])[code]
    group = pd.MultiIndex.from_arrays([rows.time, service])
    beside: np.ndarray = np.asarray(group.isin(group[bad]), dtype=bool)
    return beside


def _explained(values: np.ndarray, reason: str, row: int) -> str:
    return f"the value is {values[row]:g}: {reason}"


def _unread(cells: pa.ChunkedArray, row: int) -> str:
    return f"the value is {str(cells[row].as_py())[:40]!r}, which is no number, or has another unit than the others"
