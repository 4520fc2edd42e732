"""Lines of CSV files: which of them make up a record, and on which line of its file a bad row stands."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import BinaryIO

import numpy as np

from dashboard.sources.csv.files import FollowedFile, open_regular

# A record with line ends inside quotes is no longer than this: beyond, its quote was never closed.
RECORD_MAX = 1 << 16
BLOCK = 1 << 20


def complete(buffer: bytearray, size: int, delimiter: str, columns: int) -> tuple[int, bool]:
    """Where the last complete record among the first `size` bytes ends, and whether any holds a line end in quotes.

    A quote that is never closed would swallow the rows after it: such quotes become apostrophes, in place.

    Args:
        buffer: the bytes. `size`: how many of them count.
        delimiter: between columns. `columns`: how many a row has.
    """
    end = buffer.rfind(b"\n", 0, size) + 1
    # Without quotes every line end ends a row, and most files have none.
    if buffer.find(b'"', 0, end) < 0:
        return end, False
    data = np.frombuffer(buffer, np.uint8, end)
    quotes_before = np.searchsorted(np.flatnonzero(data == ord('"')), np.flatnonzero(data == ord("\n")))
    # A view of the buffer would keep it from being written to.
    del data
    if not (quotes_before % 2).any():
        return end, False
    return _end_of_quoted(buffer, end, delimiter.encode(), columns), True


def _end_of_quoted(buffer: bytearray, end: int, delimiter: bytes, columns: int) -> int:
    quoted = re.compile(rb'(^|%b)"(?:[^"]|"")*"' % delimiter)
    opening = re.compile(rb'(?:^|%b)"' % delimiter)

    def unfinished(record: bytes) -> bool:
        return opening.search(quoted.sub(rb"\1", record)) is not None

    begin = at = 0
    while at < end:
        after = buffer.find(b"\n", at, end) + 1
        line = bytes(buffer[at:after])
        # A row by itself after an open quote: the quote was never closed.
        row = at > begin and line.count(delimiter) == columns - 1 and not line.count(b'"') % 2
        if (at == begin and b'"' not in line) or (not row and not unfinished(bytes(buffer[begin:after]))):
            begin = at = after
        elif not row and after - begin <= RECORD_MAX:
            at = after
        else:
            first = buffer.find(b"\n", begin) + 1
            buffer[begin:first] = buffer[begin:first].replace(b'"', b"'")
            begin = at = first
    return begin


def bad_row_lines(file: FollowedFile, size: int, reasons: Mapping[int, str], limit: int) -> list[tuple[int, str]]:
    """The first bad rows of the part of a file that was just read, as (line from 1, reason).

    Blank lines are no rows and a line end inside quotes ends none: the part is read again to find the lines.

    Args:
        file: its `offset` is where the part begins. `size`: bytes of the part.
        reasons: of bad rows, by their number in the part; rows of other columns have none and are found here.
        limit: so many are wanted.
    """
    with open_regular(file.name) as reader:
        line = 1 + sum(block.count(b"\n") for block in _blocks(reader, file.offset))
        part = bytearray(reader.read(size))
    complete(part, len(part), file.delimiter, len(file.columns))
    text = io.StringIO(part.decode("utf-8", "replace"), newline="")
    return list(islice(_bad_rows(text, line, file, reasons), limit))


def _bad_rows(
    text: io.StringIO, line: int, file: FollowedFile, reasons: Mapping[int, str]
) -> Iterator[tuple[int, str]]:
    """(line, reason) of each bad row; `line`: that of the first."""
    reader = csv.reader(text, delimiter=file.delimiter)
    row, before, columns = 0, 0, len(file.columns)
    try:
        for record in reader:
            if record and len(record) != columns:
                yield line + before, f"{len(record)} columns instead of {columns}"
            elif record:
                if row in reasons:
                    yield line + before, reasons[row]
                row += 1
            before = reader.line_num
    except csv.Error as error:
        yield line + before, str(error)


def _blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    return (file.read(min(BLOCK, size - at)) for at in range(0, size, BLOCK))
