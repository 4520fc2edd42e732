"""What a file is by its first lines: its layout, the tool that wrote it, and its shape."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Self

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.formats.catalog import FORMATS, PLAIN
from dashboard.sources.csv.formats.format import FileFacts, Format, Prepare
from dashboard.sources.csv.layout import Layout, header_layout, is_no_row, stated_delimiter
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.shapes.recognition import Shape, shape_of
from dashboard.sources.csv.times import TimeFormat

# A header has no more lines of titles before it.
HEAD_LINES = 20
# What is added to the names of files that are compressed or were put aside: app.log.1.gz, app-2026-11-28.csv.
ENDINGS = re.compile(r"(?:\.(?:csv|tsv|txt|log|jtl|gz|bz2|xz|zst|parquet|\d+)|[._-]\d{4}-?\d\d-?\d\d(?:[-_T]?\d+)*)+$")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is.

    Attributes:
        layout: of its lines. `shape`: what a row is.
        reading: how it is read, with what its format says.
        format: the tool that wrote it; None: it is read by its columns alone.
        skipped: how many lines come before the first row.
        prepare: turns parsed rows into rows with our columns; None: they have them.
    """

    layout: Layout
    shape: Shape
    reading: Reading
    format: Format | None = None
    skipped: int = 0
    prepare: Prepare | None = None

    def begun(self, facts: FileFacts) -> Self:
        """For the rows of one file, by what is known of it."""
        begin = self.format.begin if self.format is not None else None
        return self if begin is None else replace(self, prepare=begin(facts))


def recognise(name: str, head: Sequence[str], reading: Reading) -> Recognised | None:
    """What a file is; None while its header is missing.

    Args:
        name: its path. `head`: its first lines, complete ones. `reading`: what the configuration says.

    Raises:
        InvalidData: it is none of the shapes, with the columns seen and those expected.
    """
    refusal: InvalidData | None = None
    for number, line, layout in _headers(head):
        try:
            recognised = recognise_columns(name, line, layout, reading)
        except InvalidData as error:
            refusal = refusal or error
            continue
        has_header = recognised.format is None or recognised.format.first_line is None
        return replace(recognised, skipped=number + has_header)
    if refusal is not None:
        raise refusal
    return None


def recognise_columns(name: str, line: str, layout: Layout, reading: Reading) -> Recognised:
    """What a file is by its columns.

    Args:
        name: its path. `line`: its first one; empty where it has no lines. `layout`: of that line as a header.
        reading: what the configuration says.

    Raises:
        InvalidData: it is none of the shapes, with the columns seen and those expected.
    """
    for known in _formats(reading):
        cut = known.layout_of(line, layout)
        if cut is None:
            continue
        if known.refusal:
            raise InvalidData(f"{name}: is {known.title}: {known.refusal}", query=name)
        columns = (*cut.columns, *known.adds)
        full = _with_format(reading, known, name, columns)
        if known.is_closed:
            columns = tuple(column for column in columns if column in full.columns.values())
        try:
            return Recognised(cut, shape_of(name, columns, full), full, known, prepare=known.prepare)
        except InvalidData:
            # Columns like those of a tool, which the configuration calls otherwise, or of which one is missing.
            continue
    return Recognised(layout, shape_of(name, layout.columns, reading), reading)


def _headers(head: Sequence[str]) -> Iterator[tuple[int, str, Layout]]:
    """The lines that may be a header, by their number from 0, and the layout that each describes."""
    stated = next(filter(None, map(stated_delimiter, head)), "")
    for number, line in enumerate(head):
        if not is_no_row(line):
            yield number, line, header_layout(line, stated)


def _formats(reading: Reading) -> Sequence[Format]:
    if reading.format == PLAIN:
        return ()
    return [known for known in FORMATS if reading.format in ("", known.name)]


def _with_format(reading: Reading, known: Format, name: str, names: Sequence[str]) -> Reading:
    """What the configuration says, and where it says nothing, the format; of the columns that the file has."""
    # What the configuration maps is not what the format takes it for.
    written = {column.lower(): column for column in names if column not in reading.columns.values()}
    lower = {ours: theirs.lower() for ours, theirs in known.columns.items()}
    columns = {ours: written[theirs] for ours, theirs in lower.items() if theirs in written}
    return replace(
        reading,
        columns=columns | dict(reading.columns),
        service=reading.service or _called(PurePath(name).name, known.ending),
        duration=reading.duration or known.duration,
        stamp=reading.stamp or known.stamp,
        times=reading.times if reading.times.pattern else TimeFormat(reading.times.zone, known.time_format),
    )


def _called(name: str, ending: str) -> str:
    """The service of a load test or an access log, which its file is called by."""
    base = ENDINGS.sub("", name)
    return base.removesuffix(ending) or base or name
