"""Describes the files that a tool writes."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.layout import Layout
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.rows.rows import Refusal

# Columns of rows that represent several requests.
COUNT = re.compile(r"#|n|c|cnt|calls|hits|requests?|rows|total|throughput|(?:count|sum|distinct)\b.*|.*\bcount")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows of a tool's file with the columns needed to read them.

    Attributes:
        chunk: including the columns that the format adds.
        ignored: mask of rows that are not counted, such as other metrics, shape (rows,); they are not bad rows.
        refusals: masks of bad rows, shape (rows,), with the reason.
    """

    chunk: pa.Table
    ignored: np.ndarray | None = None
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file besides its rows.

    Attributes:
        name: its path. `reading`: its settings.
        modified: epoch seconds of its last change.
        tail: its last complete lines.
    """

    name: str
    reading: Reading
    modified: float
    tail: tuple[str, ...] = ()

    def end(self, seconds: float) -> float:
        """Epoch seconds of the end of the recorded time, which took this many seconds and has no timestamp."""
        return self.modified if self.reading.start is None else self.reading.start + seconds


Prepare = Callable[[pa.Table], Prepared]
Text = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Format:
    """How to recognise the files of one tool, and the meaning of their columns.

    Attributes:
        name: of the tool, as in the configuration's `format`, in lower case without blanks.
        title: the name for display.
        header: required columns, in lower case; empty if there is no header.
        first_line: of a file without a header: pattern of its first row.
        layout: the columns of a file without a header.
        cut: returns the layout for the first lines of a file, beginning with its header if it has one, and the
            configured unit of durations; None: another tool's file.
        columns: our name of a column → the tool's name, or that of a column added by `prepare`.
        columns_of: returns these for the columns of a file, if their names contain words of the user; None: another
            tool's file.
        skips: columns that are neither series of a service nor distinguish requests, in lower case.
        signal, unit: of its numbers, as in the configuration; empty: from their names.
        duration: unit of its durations, as in `SECONDS`.
        zone: IANA name, for times without an offset; empty: as configured.
        stamp: `start` or `end`: the position of a time in its request or interval.
        time_format: of its times; empty: they are unambiguous.
        decimal: decimal sign of its numbers; empty: detect it.
        without_duration: note for rows without a duration, which are counted as requests; empty: they are bad rows.
        reads: further columns that `prepare` needs, as texts. `measures`: unconverted numbers that it needs.
        free_texts: those of `reads` that are different in nearly every row.
        adds: columns that it adds.
        prepare: converts parsed rows to rows with our columns.
        begin: returns `prepare` for one file, if that depends on facts about the file or on earlier rows; parts come in
            order.
        rewrite: converts text to the same number of lines of `layout`; lines that are not rows become blank.
        is_closed: columns missing in `columns` are ignored; otherwise they are read by their names.
        ending: suffix of its file names, which is not part of the service derived from them.
        refusal: why such files cannot be counted, with a remedy; empty if they can.
        better: a suffix of their names, and that of a more detailed file next to it; if that exists, they are rejected;
            empty: there is none.
        binary: first bytes of such files that are not text: they are rejected.
        note: a remark about such files.
    """

    name: str
    title: str
    header: frozenset[str] = frozenset()
    first_line: re.Pattern[str] | None = None
    layout: Layout | None = None
    cut: Callable[[Sequence[str], str], Layout | None] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    columns_of: Callable[[Sequence[str]], Mapping[str, str] | None] | None = None
    skips: frozenset[str] = frozenset()
    signal: str = ""
    unit: str = ""
    duration: str = ""
    zone: str = ""
    stamp: str = ""
    time_format: str = ""
    decimal: str = ""
    without_duration: str = ""
    reads: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    free_texts: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()
    prepare: Prepare | None = None
    begin: Callable[[FileFacts], Prepare] | None = None
    rewrite: Callable[[Text], Text] | None = None
    is_closed: bool = False
    ending: str = ""
    refusal: str = ""
    better: tuple[str, str] | None = None
    binary: re.Pattern[bytes] | None = None
    note: str = ""

    @property
    def has_header(self) -> bool:
        """Whether the first of the lines that determine the layout is a header."""
        return bool(self.header) or self.columns_of is not None

    def layout_of(self, lines: Sequence[str], layout: Layout, duration: str = "") -> Layout | None:
        """The layout of a file of this tool; None if it is another tool's file.

        Args:
            lines: one of its first lines, and the following ones; empty if it has no lines.
            layout: of the first of them as a header.
            duration: the configured unit of durations; empty: none.
        """
        if self.first_line is not None:
            return self.layout if lines and self.first_line.match(lines[0]) else None
        if self.columns_of is not None:
            cut = layout if self.cut is None else self.cut(lines, duration)
            return cut if cut is not None and self.columns_of(cut.columns) is not None else None
        if not self.header:
            return self.cut(lines, duration) if self.cut is not None and lines else None
        if not self._has_columns(layout.columns):
            return None
        cut = self.cut(lines, duration) if self.cut is not None and lines else layout
        if cut is None:
            return None
        spelled = replace(cut, columns=self._as_written_by_the_tool(cut.columns))
        # Columns are renamed to the tool's spelling, except in Parquet, which has no lines.
        return spelled if lines or spelled == layout else None

    def _has_columns(self, columns: Sequence[str]) -> bool:
        names = {name.lower() for name in columns}
        # If requests need no duration, rows that represent several requests must not be taken for single ones.
        counts = bool(self.without_duration) and any(map(COUNT.fullmatch, names))
        return self.header <= names and not counts

    def _as_written_by_the_tool(self, names: Sequence[str]) -> tuple[str, ...]:
        """The names in a header in the tool's upper and lower case."""
        known = (*self.columns.values(), *self.reads, *self.measures)
        own = {name.lower(): name for name in known}
        return tuple(name if name in known else own.get(name.lower(), name) for name in names)
