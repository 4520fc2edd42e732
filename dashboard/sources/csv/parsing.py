"""Parses new rows of a followed file with Arrow; unreadable content is rejected with the file's name."""

import io
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
from pyarrow import compute

from dashboard.exceptions import InvalidData
from dashboard.sources.csv import files, lines
from dashboard.sources.csv.columns.names import CONSTANT
from dashboard.sources.csv.files import FollowedFile
from dashboard.sources.csv.fingerprint import Fingerprint
from dashboard.sources.csv.formats.format import Prepared, Text
from dashboard.sources.csv.layout import Layout
from dashboard.sources.csv.recognition import Recognised
from dashboard.sources.csv.rows.rows import Refusal
from dashboard.sources.csv.values.numerals import Content
from dashboard.sources.csv.values.quantities import is_text

# Number of bytes to parse at once, so that memory does not grow with the file.
PART_BYTES = 1 << 25
# Columns with few different texts, such as labels, store each text once.
TEXT = pa.dictionary(pa.int32(), pa.string())
TEXT_COLUMNS = ("service",)


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a part of a file.

    Attributes:
        chunk: the rows as columns. `size`: bytes of the part.
        refused: number of further rows with wrong columns.
        ends_line: whether its last row has a line end.
        read: the file's text up to the end of the part; None if it has no lines.
        ignored: mask of rows without anything that is counted, shape (rows,); None: there are none.
        refusals: rows rejected by the format of the file.
        doubtful: column → mask of rows with an ambiguous number, shape (rows,).
        too_many: columns that were dropped because of too many different texts.
        written_at: epoch seconds of the last change of the file; None if unknown.
        first_row: index of the first row, if a file has rows but no lines.
    """

    chunk: pa.Table
    size: int
    refused: int
    ends_line: bool = True
    read: Fingerprint | None = None
    ignored: np.ndarray | None = None
    refusals: tuple[Refusal, ...] = ()
    doubtful: Mapping[str, np.ndarray] = field(default_factory=dict)
    too_many: tuple[str, ...] = ()
    first_row: int | None = None
    written_at: float | None = None


def new_parts(file: FollowedFile, reader: io.BufferedReader, end: int, *, settled: bool) -> Generator[Part]:
    """The complete rows after the reading position; while one part is processed, the next is parsed on another core.

    An incomplete row at the end is read later.

    Args:
        file: the followed file. `reader`: open on it.
        end: its size in bytes.
        settled: nobody writes to it any more, so that the last row is complete without a line end.

    Raises:
        InvalidData: it cannot be read as CSV.
    """
    parts = _parts(file, reader, end, settled=settled)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="csv") as pool:
        coming = pool.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = pool.submit(next, parts, None)
            yield part


def _parts(file: FollowedFile, reader: io.BufferedReader, end: int, *, settled: bool) -> Iterator[Part]:
    offset, read = file.offset, file.read
    buffer = bytearray(min(PART_BYTES, end - offset))
    while offset < end:
        reader.seek(offset)
        size = reader.readinto(buffer)
        # A row cut by the end of the buffer is read with the next part.
        readable, complete, quoted = lines.complete(buffer, size, file.recognised.layout)
        if complete:
            data = memoryview(readable)[:complete]
        elif size > files.LINE_MAX:
            raise files.too_long(file.name)
        elif settled and offset + size == end:
            data, complete = memoryview(readable[:size] + b"\n"), size
        else:
            return
        # Looking for line ends in quotes prevents Arrow from using several cores, so only do it if needed.
        data = data if readable.isascii() else _as_utf8(data)
        part = _parsed(file, memoryview(rewritten(file.recognised, data)), quoted=quoted)
        offset += complete
        # Use the parsed bytes: the file may have been rewritten since.
        read = read.copy()
        read.add(memoryview(buffer)[:complete])
        yield replace(part, size=complete, ends_line=buffer[complete - 1] == ord("\n"), read=read)


def _as_utf8(data: memoryview) -> memoryview:
    """Replace invalid UTF-8 by replacement characters."""
    text = str(data, "utf-8", "replace")
    return memoryview(text.encode()) if "\ufffd" in text else data


def _parsed(file: FollowedFile, data: memoryview, *, quoted: bool) -> Part:
    conversions = _conversions(file)
    data, chunk, refused = _read_log(file, data, conversions, quoted=quoted)
    numerals = file.numerals
    # Thousands of services may be columns, and looking up each name in a table is linear.
    columns = dict(zip(chunk.column_names, chunk.columns, strict=True))
    again = [name for name in numerals.columns if name in columns and numerals.needs_texts(name, columns[name])]
    if again:
        # Arrow may have parsed thousands separators as decimal points: this needs the texts.
        conversions.include_columns = again
        conversions.column_types = dict.fromkeys(again, pa.string())
        texts, _ = _read(file, data, conversions, quoted=quoted)
        chunk = pa.table(columns | dict(zip(texts.column_names, texts.columns, strict=True)))
    return settled_part(file, chunk, len(data), refused)


def _read_log(
    file: FollowedFile, data: memoryview, conversions: pc.ConvertOptions, *, quoted: bool
) -> tuple[memoryview, pa.Table, int]:
    """As `_read`, with the lines that were read: lines of a log are repaired if not every one became a row."""
    layout = file.recognised.layout
    with suppress(InvalidData) if layout.is_log else nullcontext():
        chunk, refused = _read(file, data, conversions, quoted=quoted)
        if not layout.is_log or (not refused and lines.is_whole(data, len(chunk), layout)):
            return data, chunk, refused
    # Most parts of a log need no repair, which takes as long as reading them.
    data = memoryview(lines.mended(data, layout))
    return data, *_read(file, data, conversions, quoted=quoted)


def _parsing(layout: Layout, *, quoted: bool) -> pc.ParseOptions:
    """Arrow's parse options; `quoted`: some texts contain line ends."""
    return pc.ParseOptions(
        delimiter=layout.delimiter,
        quote_char='"' if layout.quotes else False,
        escape_char=layout.escape or False,
        double_quote=not layout.escape,
        newlines_in_values=quoted,
    )


def _read(
    file: FollowedFile, data: memoryview, conversions: pc.ConvertOptions, *, quoted: bool
) -> tuple[pa.Table, int]:  # fmt: skip
    """The rows of a part, and the number of further rows with wrong columns."""
    refused: list[int] = []
    others: list[str] = []
    layout = file.recognised.layout

    def refuse(row: pc.InvalidRow) -> str:
        if not file.recognised.is_comment(row.text, row.actual_columns):
            refused.append(row.actual_columns)
        elif layout.is_log and lines.other_fields(row.text, layout):
            others.append(row.text)
        return "skip"

    parsing = _parsing(layout, quoted=quoted)
    parsing.invalid_row_handler = refuse
    reading = pc.ReadOptions(column_names=layout.columns)
    try:
        chunk = pc.read_csv(pa.BufferReader(data), reading, parsing, conversions)
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        # Arrow only reports a row longer than its block as text.
        if "straddling" in str(error):
            raise files.too_long(file.name) from None
        raise InvalidData(f"{file.name}: cannot be read as CSV: {str(error)[:200]}", query=file.name) from None
    if others:
        reason = f"its columns change in the middle, to {others[0][:200]!r}: split the file there"
        raise InvalidData(f"{file.name}: {reason}", query=file.name)
    return chunk, len(refused)


def settled_part(
    file: FollowedFile, chunk: pa.Table, size: int, refused: int = 0, first_row: int | None = None
) -> Part:
    """A part with columns converted to numbers or texts, as decided by all values up to now.

    Args:
        file: its file. `chunk`: its rows, as parsed. `size`: its bytes.
        refused: number of further rows with wrong columns.
        first_row: index of the first row, if a file has rows but no lines.
    """
    columns, doubtful = _settled(file, chunk)
    ready = prepared(file.recognised, pa.table(columns))
    return Part(
        ready.chunk,
        size,
        refused,
        ignored=_or_comments(ready, file.recognised),
        refusals=ready.refusals,
        doubtful=doubtful,
        too_many=tuple(file.numerals.too_many),
        first_row=first_row,
    )


def _or_comments(ready: Prepared, recognised: Recognised) -> np.ndarray | None:
    """Mask of rows to ignore, including comments with as many commas as a row; None: there are none.

    Args:
        ready: rows as parsed. `recognised`: format and shape of the file.
    """
    name = recognised.shape.columns.get("time", "")
    if not recognised.begins_with_time or name not in ready.chunk.column_names or not is_text(ready.chunk[name]):
        return ready.ignored
    times = compute.utf8_ltrim_whitespace(ready.chunk[name].cast(pa.string()))
    comments: np.ndarray = compute.starts_with(times, "#").fill_null(False).to_numpy()
    return comments if ready.ignored is None else comments | ready.ignored


def _settled(
    file: FollowedFile, chunk: pa.Table
) -> tuple[dict[str, pa.ChunkedArray], dict[str, np.ndarray]]:  # fmt: skip
    """The columns of a part, and masks of ambiguous numbers."""
    numerals, known = file.numerals, file.recognised.format
    doubtful: dict[str, np.ndarray] = {}
    columns = dict(zip(chunk.column_names, chunk.columns, strict=True))
    # Columns from which a format derives others are left as written.
    names = [name for name in numerals.columns if name in columns and (known is None or name not in known.reads)]
    labels = {name for name in names if numerals.is_label(name, columns[name])}
    numbers = [name for name in names if name not in labels and numerals.columns[name] is not Content.TEXTS]
    # The numbers of one column may show how those of another are written.
    for name in numbers:
        numerals.learn(name, columns[name])
    for name in numbers:
        columns[name], is_doubtful = numerals.settled(name, columns[name])
        if is_doubtful is not None:
            doubtful[name] = is_doubtful
    for name in labels:
        columns[name] = columns[name].cast(pa.string()).dictionary_encode()
    for name in set(names).difference(labels, numbers):
        del columns[name]
    return columns, doubtful


def rewritten(recognised: Recognised, text: Text) -> Text:
    """Lines rewritten to rows by the format of their file."""
    known = recognised.format
    return text if known is None or known.rewrite is None else known.rewrite(text)


def prepared(recognised: Recognised, chunk: pa.Table) -> Prepared:
    """Parsed rows with the columns that the format of their file adds."""
    return Prepared(chunk) if recognised.prepare is None else recognised.prepare(chunk)


def used_columns(recognised: Recognised) -> list[str]:
    """The columns of a file that are read."""
    known = recognised.format
    used = [column for column in recognised.shape.columns.values() if column != CONSTANT]
    if known is None:
        return list(dict.fromkeys(used))
    # Optional columns of a format may be missing in a file.
    needs = (column for column in (*known.reads, *known.measures) if column in recognised.layout.columns)
    return list(dict.fromkeys([*(column for column in used if column not in known.adds), *needs]))


def text_columns(recognised: Recognised) -> set[str]:
    """The file's columns that are texts by their names, even if they look like numbers."""
    shape = recognised.shape
    names = (*TEXT_COLUMNS, *shape.texts, *shape.labels)
    return {shape.columns[name] for name in names if name in shape.columns}


def _conversions(file: FollowedFile) -> pc.ConvertOptions:
    recognised = file.recognised
    shape, known = recognised.shape, recognised.format
    used = [name for name in used_columns(recognised) if name not in file.numerals.left_out]
    times = ("time", "date") if recognised.reading.times.is_pattern else ()
    texts = text_columns(recognised) | {shape.columns[name] for name in times if name in shape.columns}
    # Columns from which a format derives others are left as written.
    texts = (texts | set(() if known is None else known.reads)).intersection(used)
    free = set() if known is None else texts.intersection(known.free_texts)
    as_text = (file.numerals.as_text - texts) | free
    return pc.ConvertOptions(
        include_columns=used,
        column_types=dict.fromkeys((texts - free) | file.numerals.labels, TEXT) | dict.fromkeys(as_text, pa.string()),
        # A service or pod may be named NA or null; only empty cells are missing, as in `codes_and_texts`.
        null_values=[""],
        strings_can_be_null=False,
        # It was already converted to UTF-8.
        check_utf8=False,
    )
