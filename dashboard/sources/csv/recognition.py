"""Recognises a file by its first lines: its layout, the tool that wrote it, and its shape."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Self
from zoneinfo import ZoneInfo

import pyarrow as pa

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.columns.names import header_abbreviation, header_zone
from dashboard.sources.csv.formats.catalog import FORMATS, PLAIN
from dashboard.sources.csv.formats.format import FileFacts, Format, Prepare
from dashboard.sources.csv.layout import FIELDS, Layout, fields_layout, header_layout, is_no_row, stated_delimiter
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.shapes.recognition import Shape, shape_of
from dashboard.sources.csv.values.time_texts import EXAMPLES, own_names
from dashboard.sources.csv.values.times import TimeFormat, epoch_seconds

# Beginnings of files that are not CSV, and what they are.
OTHERS = (
    (
        r'[\s\x1e]*(?:[{[]\s*(?:["{[\]}]|-?\d|null|true|false|$))',
        "JSON: write the time, service, status and duration of each request as CSV, as jq does with @csv",
    ),
    (
        r'(?:INFO: +|\S+ )?[\d.:\[\]a-f]+:\d+ - "[A-Z]+ \S+ HTTP/[\d.]+" \d{3}',
        "an access log of uvicorn without times: begin its format with %(asctime)s",
    ),
    (
        r'(?:[\w.@-]+=(?:"[^"]*"|[^\s",;]*)\s+){2}',
        "logfmt: write the time, service, status and duration of each as CSV",
    ),
    (
        r"(?:<\d+>\d* ?)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) \S+ [\w./-]+(?:\[\d+\])?: ",
        "a log of the system (syslog): name the access log of the server itself",
    ),
    (
        r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: |\[\w{3} \w{3} [ \d]\d [\d:.]+ \d{4}\] \[[\w:]+\] ",
        "an error log, which has no requests: name the access log beside it",
    ),
    (r"\s*<[!?a-zA-Z]", "XML or HTML: save it as CSV"),
    # Behind what syslog, a router or a framework write before.
    (
        r'.*?(?<!\S)(?:[\w.@-]{1,40}=(?:"[^"]*"|[^\s",;]*)\s+){3}',
        "logfmt: write the time, service, status and duration of each as CSV",
    ),
    (
        r'.*?\{\s*"[^"]+":',
        "JSON behind other text: write the time, service, status and duration of each request as CSV",
    ),
)
NOT_THAT = (
    'is no file of format = "{format}", which [source] names: leave it out, and what the file is will be found out'
)
# Number of characters of a line that show what it is.
FIRST_MAX = 1000
# Maximum number of title lines before a header.
HEAD_LINES = 20
# Suffixes of compressed or rotated files: app.log.1.gz, app-2026-11-28.csv.
ENDINGS = re.compile(r"(?:\.(?:csv|tsv|txt|log|jtl|gz|bz2|xz|zst|parquet|\d+)|[._-]\d{4}-?\d\d-?\d\d(?:[-_T]?\d+)*)+$")

# Dates as names of folders and log files, including those of IIS.
DAY = re.compile(r"(?:u_ex)?\d{2,4}(?:[-_]?\d\d){0,3}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The format of a file.

    Attributes:
        layout: of its lines. `shape`: the meaning of a row.
        reading: its settings, including those of its format.
        format: the tool that wrote it; None: it is only read by its columns.
        skipped: number of lines before the first row.
        prepare: converts parsed rows to rows with our columns; None: not needed.
    """

    layout: Layout
    shape: Shape
    reading: Reading
    format: Format | None = None
    skipped: int = 0
    prepare: Prepare | None = None

    @property
    def begins_with_time(self) -> bool:
        """Whether the first cell of a row is its time, which never begins with `#`."""
        return self.layout.columns[:1] == (self.shape.columns.get("time"),)

    def is_comment(self, first_cell: str, cells: int) -> bool:
        """Whether a line without the columns of a row is a comment.

        Args:
            first_cell: of the line. `cells`: number of its cells.
        """
        # A service may be named #1.
        can_be = self.layout.is_log or cells == 1 or self.begins_with_time
        return can_be and first_cell.lstrip().startswith("#")

    def begun(self, facts: FileFacts) -> Self:
        """Adapted to one file, from what is known of it."""
        begin = self.format.begin if self.format is not None else None
        return self if begin is None else replace(self, prepare=begin(facts))


def recognise(name: str, head: Sequence[str], reading: Reading) -> Recognised | None:
    """The format of a file; None while its header is missing.

    Args:
        name: its path. `head`: its first complete lines. `reading`: its settings.

    Raises:
        InvalidData: it has none of the shapes; the message lists its columns and the expected ones.
    """
    refusal: InvalidData | None = None
    for number, layout in _headers(head):
        try:
            recognised = recognise_columns(name, head[number:], layout, reading)
        except InvalidData as error:
            refusal = refusal or error
            continue
        if recognised.format is None or recognised.format.has_header:
            return replace(recognised, skipped=number + recognised.layout.header_lines)
        # Lines before the first one that looks like a row of a log are bad rows or comments.
        return recognised
    if refusal is not None:
        raise refusal
    return None


def no_csv(head: Sequence[str]) -> str:
    """What a file is that is not CSV, with a remedy; empty if unknown; `head`: its lines."""
    first = next((line for line in head if line.strip()), "")[:FIRST_MAX]
    said = next((said for pattern, said in OTHERS if re.match(pattern, first)), "")
    return f"is no CSV but {said}" if said else ""


def recognise_columns(name: str, lines: Sequence[str], layout: Layout, reading: Reading) -> Recognised:
    """The format of a file by its columns.

    Args:
        name: its path. `lines`: its first ones; empty if it has no lines. `layout`: of the first as a header.
        reading: its settings.

    Raises:
        InvalidData: it has none of the shapes; the message lists its columns and the expected ones.
    """
    for known in _formats(reading):
        cut = known.layout_of(lines, layout, reading.duration)
        recognised = _as_written_by(known, name, cut, reading) if cut is not None else None
        if recognised is not None:
            return recognised
    if reading.format not in ("", PLAIN):
        raise InvalidData(f"{name}: {NOT_THAT.format(format=reading.format)}", query=name)
    try:
        shape = shape_of(name, layout.columns, reading)
    except InvalidData:
        # A file that is not CSV has no recognisable columns.
        other = no_csv(lines)
        if not other:
            raise
        raise InvalidData(f"{name}: {other}", query=name) from None
    _refuse_abbreviation(name, lines, layout, shape.columns["time"], reading.times)
    zone = header_zone(shape.columns["time"])
    if zone:
        # The header of the times is more specific than the configuration for all files.
        try:
            ZoneInfo(zone)
        except (LookupError, ValueError, OSError, RecursionError):
            reason = (
                f"the column {shape.columns['time']!r} names the zone {zone!r}, which nobody knows: call it otherwise"
            )
            raise InvalidData(f"{name}: {reason}", query=name) from None
        reading = replace(reading, times=replace(reading.times, zone=zone))
    return Recognised(layout, shape, reading)


def _refuse_abbreviation(name: str, lines: Sequence[str], layout: Layout, time: str, times: TimeFormat) -> None:
    """Reject times with a time zone in the header that differs from the configured one.

    Args:
        name: of the file. `lines`: its header and first rows. `layout`: of them. `time`: its column of times.
        times: how they are read.

    Raises:
        InvalidData: times without an offset would be read in another time zone.
    """
    short = header_abbreviation(time)
    if not short or short in own_names(times.zone) or len(lines) < 2:
        return
    cells = header_layout(lines[1], layout.delimiter).columns
    cell = pa.chunked_array([pa.array(cells[layout.columns.index(time) :][:1], pa.string())])
    here, there = (epoch_seconds(cell, replace(times, zone=zone)) for zone in ("UTC", "Asia/Tokyo"))
    if (here != there).any():
        ways = " or ".join(f'time_zone = "{zone}"' for zone in EXAMPLES.get(short, ())) or "the time_zone of that place"
        reason = (
            f"the column {time!r} names the zone {short}, and times without an offset are read as of {times.zone}: "
            f"write {ways} at the top of the configuration"
        )
        raise InvalidData(f"{name}: {reason}", query=name)


def _as_written_by(known: Format, name: str, cut: Layout, reading: Reading) -> Recognised | None:
    """The format of a file if this tool wrote it; None if its columns have none of the shapes.

    Args:
        known: the tool's format. `name`: of the file. `cut`: its layout. `reading`: its settings.

    Raises:
        InvalidData: it is from the tool, but cannot be counted.
    """
    refusal = known.refusal or _better_file(name, known)
    if refusal:
        raise InvalidData(f"{name}: is {known.title}: {refusal}", query=name)
    columns = (*cut.columns, *(name for name in known.adds if name not in cut.columns))
    full = _with_format(reading, known, name, cut)
    # Unnamed columns of a tool cannot be looked up.
    if known.is_closed or known.first_line is not None:
        columns = tuple(column for column in columns if column in full.columns.values())
    if known.skips:
        skipped = {column for column in columns if column.lower() in known.skips} - {*full.columns.values()}
        columns = tuple(column for column in columns if column not in skipped)
    try:
        return Recognised(cut, shape_of(name, columns, full), full, known, prepare=known.prepare)
    except InvalidData:
        # The columns are similar to a tool's, but are configured differently, or one is missing.
        if known.first_line is not None:
            raise
        return None


def _better_file(name: str, known: Format) -> str:
    """Why a file is not counted because a better one is next to it; empty if it is counted."""
    if known.better is None or not name.endswith(known.better[0]):
        return ""
    better = name.removesuffix(known.better[0]) + known.better[1]
    return f"{PurePath(better).name} tells more of the same test: name that file" if os.path.exists(better) else ""


def _headers(head: Sequence[str]) -> Iterator[tuple[int, Layout]]:
    """Indices of possible header lines, and the layout described by each."""
    stated = next(filter(None, map(stated_delimiter, head)), "")
    for number, line in enumerate(head):
        fields = fields_layout(head[number:]) if line.startswith(FIELDS) else None
        if fields is not None:
            yield number, fields
        elif not is_no_row(line):
            yield number, header_layout(line, stated)


def _formats(reading: Reading) -> Sequence[Format]:
    if reading.format == PLAIN:
        return ()
    return [known for known in FORMATS if reading.format in ("", known.name)]


def _with_format(reading: Reading, known: Format, name: str, layout: Layout) -> Reading:
    """The settings, completed by the format, for the columns of the file."""
    # Columns in the configuration take precedence over those of the format.
    names = (*layout.columns, *known.adds)
    written = {column.lower(): column for column in names if column not in reading.columns.values()}
    own = known.columns if known.columns_of is None else known.columns_of(layout.columns) or {}
    lower = {ours: theirs.lower() for ours, theirs in own.items()}
    columns = {ours: written[theirs] for ours, theirs in lower.items() if theirs in written}
    if reading.service:
        # A configured service takes precedence over the format's service column.
        columns.pop("service", None)
    # Times that the format converts have only one form.
    is_read = columns.get("time") in known.adds
    pattern = known.time_format if is_read else reading.times.pattern or known.time_format
    return replace(
        reading,
        columns=columns | dict(reading.columns),
        called=called(PurePath(name), known.ending),
        duration=reading.duration or known.duration,
        stamp=reading.stamp or known.stamp,
        times=TimeFormat(known.zone or reading.times.zone, pattern),
        decimal=reading.decimal or known.decimal,
        signal=reading.signal or known.signal,
        # Requests that the format counts have its own unit.
        unit=known.unit if columns.get("requests") in known.adds else reading.unit or known.unit,
        # A note explains why no column is a duration, or how one was interpreted.
        without_duration=known.without_duration and (layout.note or known.without_duration),
        is_of_tool=True,
    )


def called(path: PurePath, ending: str) -> str:
    """The service of a load test or an access log, from the name of its file, or the folder of daily files.

    Args:
        path: of the file. `ending`: suffix of its name, which is not part of the service.
    """
    bases = [ENDINGS.sub("", part) or part for part in reversed(path.parts) if part != path.anchor]
    base = next((base for base in bases if not DAY.fullmatch(base)), bases[0])
    return base.removesuffix(ending) or base
