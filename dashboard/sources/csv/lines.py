"""Lines of CSV files: which of them make up a record, and on which line of its file a bad row stands."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import numpy as np

from dashboard.sources.csv.files import opened

# A record with line ends inside quotes is no longer than this: beyond, its quote was never closed.
RECORD_MAX = 1 << 16
BLOCK = 1 << 20


def complete(buffer: bytearray, size: int, delimiter: str, columns: int) -> tuple[int, bool]:
    """Where the last complete record among the first `size` bytes ends, and whether any holds a line end in quotes.

    A quote that is never closed would swallow the rows after it: such quotes become apostrophes, in place.
    """
    end = buffer.rfind(b"\n", 0, size) + 1
    if buffer.find(b'"', 0, end) < 0:
        return end, False
    data = np.frombuffer(buffer, np.uint8, end)
    before = np.searchsorted(np.flatnonzero(data == ord('"')), np.flatnonzero(data == ord("\n")))
    del data
    if not (before % 2).any():
        return end, False
    return _settled(buffer, end, delimiter.encode(), columns), True


def _settled(buffer: bytearray, end: int, delimiter: bytes, columns: int) -> int:
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


def located(
    name: str, begin: int, size: int, delimiter: str, columns: int, rows: Mapping[int, str], limit: int
) -> list[tuple[int, str]]:
    """The first bad rows of a part of a file as (line from 1, what): `rows` by number, and those of other columns.

    Blank lines are no rows and a line end inside quotes ends none: the part is read again to find the lines.
    """
    found: list[tuple[int, str]] = []
    with opened(name) as file:
        line = 1 + sum(block.count(b"\n") for block in _blocks(file, begin))
        part = bytearray(file.read(size))
    complete(part, len(part), delimiter, columns)
    reader = csv.reader(io.StringIO(part.decode("utf-8", "replace"), newline=""), delimiter=delimiter)
    row, before = 0, 0
    try:
        for record in reader:
            if record and len(record) != columns:
                found.append((line + before, f"{len(record)} columns instead of {columns}"))
            elif record:
                if row in rows:
                    found.append((line + before, rows[row]))
                row += 1
            before = reader.line_num
            if len(found) >= limit:
                break
    except csv.Error as error:
        found.append((line + before, str(error)))
    return found


def _blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    return (file.read(min(BLOCK, size - at)) for at in range(0, size, BLOCK))
