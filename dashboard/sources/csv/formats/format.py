"""What is known of the files that one tool writes."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.layout import Layout
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.rows.rows import Refusal

# Columns of rows that stand for several requests.
COUNT = re.compile(r"#|n|c|cnt|calls|hits|requests?|rows|total|throughput|(?:count|sum|distinct)\b.*|.*\bcount")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows of a tool's file, ready to be read by its columns.

    Attributes:
        chunk: with the columns that the format adds.
        ignored: rows that tell of nothing that is counted, such as other metrics, shape (rows,); they are no bad rows.
        refusals: bad rows, shape (rows,), and why they are.
    """

    chunk: pa.Table
    ignored: np.ndarray | None = None
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file beside its rows.

    Attributes:
        name: its path. `reading`: how it is read.
        modified: epoch seconds of its last change.
        tail: its last lines, as far as they are complete.
    """

    name: str
    reading: Reading
    modified: float
    tail: tuple[str, ...] = ()

    def end(self, seconds: float) -> float:
        """Epoch seconds of the end of what the file tells of, as it took so many seconds and has no time of its own."""
        return self.modified if self.reading.start is None else self.reading.start + seconds


Prepare = Callable[[pa.Table], Prepared]
Text = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Format:
    """How the files of one tool are recognised, and what their columns are.

    Attributes:
        name: of the tool, as `format` in the configuration names it, in lower case without blanks.
        title: as people write it.
        header: columns that a header must hold, in lower case; empty if there is none.
        first_line: of a file without a header: what its first row looks like.
        layout: the columns of a file without a header.
        cut: finds the layout of a file by its first lines, which begin with its header where it has one, and the unit
            of its durations where the configuration says it; None: they are of another tool.
        columns: our name of a column → the tool's, or one that `prepare` adds.
        columns_of: finds these by the columns of a file, where the tool writes words of its user into their names;
            None: it is of another tool.
        skips: columns that are no series of a service and tell no requests apart, in lower case.
        signal, unit: what its numbers are, as the configuration says them of others; empty: their names tell it.
        duration: the unit of its durations, as `SECONDS` has it.
        zone: IANA name, of its times without an offset; empty: as the configuration says.
        stamp: `start` or `end` of the request or interval that its times are of.
        time_format: how its times are written; empty: it can be read in only one way.
        decimal: the decimal sign of its numbers; empty: their columns tell it.
        without_duration: what is said of rows that tell no duration, which are requests all the same; empty: they are
            bad rows.
        reads: further columns that `prepare` needs, as texts. `measures`: those it needs as they come, numbers.
        free_texts: those of `reads` that differ in nearly every row.
        adds: columns that it adds.
        prepare: turns parsed rows into rows with our columns.
        begin: gives `prepare` for one file, where it depends on what is known of the file or on the rows before; its
            parts come in order.
        rewrite: turns text into lines of `layout`, as many as there were: those that are no rows become blank.
        is_closed: columns that `columns` does not name are not read; else they are what their own names say.
        ending: of names of its files, which is no part of the service that they are called by.
        refusal: why such files cannot be counted, and what to do; empty if they can.
        better: an ending of their names, and that of a file beside them which tells more of the same: where it is
            there, they are refused; empty: there is none.
        binary: the first bytes of such files that are no text: they are refused.
        note: what to know of such files.
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
        """The first of the lines that tell the layout is no row."""
        return bool(self.header) or self.columns_of is not None

    def layout_of(self, lines: Sequence[str], layout: Layout, duration: str = "") -> Layout | None:
        """The layout of a file of this tool; None if it is none.

        Args:
            lines: one of its first lines, and those after it; none if it has no lines.
            layout: of the first of them as a header.
            duration: the unit of durations that the configuration says; empty: it says nothing.
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
        # Columns are named as they are read, but not those of Parquet, which has no line.
        return spelled if lines or spelled == layout else None

    def _has_columns(self, columns: Sequence[str]) -> bool:
        names = {name.lower() for name in columns}
        # Where a row needs no duration to be a request, one that counts several must not be taken for one.
        counts = bool(self.without_duration) and any(map(COUNT.fullmatch, names))
        return self.header <= names and not counts

    def _as_written_by_the_tool(self, names: Sequence[str]) -> tuple[str, ...]:
        """The names of a header with upper and lower case as the tool has it."""
        known = (*self.columns.values(), *self.reads, *self.measures)
        own = {name.lower(): name for name in known}
        return tuple(name if name in known else own.get(name.lower(), name) for name in names)
