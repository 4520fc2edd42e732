"""Which lines of a CSV file make up a record."""

import re

import numpy as np

from dashboard.sources.csv.layout import Layout

# A record with line ends inside quotes is no longer than this: beyond, its quote was never closed.
RECORD_MAX = 1 << 16


def complete(buffer: bytearray, size: int, layout: Layout) -> tuple[int, bool]:
    """Where the last complete record among the first `size` bytes ends, and whether any holds a line end in quotes.

    A quote that is never closed would swallow the rows after it: such quotes become apostrophes, in place.

    Args:
        buffer: the bytes. `size`: how many of them count. `layout`: of the rows.
    """
    end = buffer.rfind(b"\n", 0, size) + 1
    # Without quotes every line end ends a row, and most files have none.
    if not layout.quotes or buffer.find(b'"', 0, end) < 0:
        return end, False
    data = np.frombuffer(buffer, np.uint8, end)
    quotes_before = np.searchsorted(np.flatnonzero(data == ord('"')), np.flatnonzero(data == ord("\n")))
    # A view of the buffer would keep it from being written to.
    del data
    if not (quotes_before % 2).any():
        return end, False
    return _end_of_quoted(buffer, end, layout.delimiter.encode(), len(layout.columns)), True


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
