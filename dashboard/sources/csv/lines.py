"""Which lines of a CSV file make up a record."""

import re

import numpy as np

from dashboard.sources.csv.layout import FIELDS, Layout

# A record with line ends inside quotes is no longer than this: beyond, its quote was never closed.
RECORD_MAX = 1 << 16
PIECE = 1 << 18


def complete(buffer: bytearray, size: int, layout: Layout) -> tuple[bytearray, int, bool]:
    """The bytes, where the last complete record among the first `size` of them ends, and whether any is quoted.

    A quote that is never closed would swallow the rows after it: such quotes become apostrophes, in a copy.

    Args:
        buffer: the bytes. `size`: how many of them count. `layout`: of the rows.

    Returns:
        The bytes to be read, at least up to the end; where that is; and whether a record holds a line end in quotes.
    """
    end = buffer.rfind(b"\n", 0, size) + 1
    # In a log every line end ends a row.
    if layout.is_log:
        return buffer, end, False
    # Without quotes every line end ends a row, and most files have none.
    if not layout.quotes or buffer.find(b'"', 0, end) < 0:
        return buffer, end, False
    data = np.frombuffer(buffer, np.uint8, end)
    quotes_before = np.searchsorted(np.flatnonzero(data == ord('"')), np.flatnonzero(data == ord("\n")))
    # A view of the buffer would keep it from being written to.
    del data
    if not (quotes_before % 2).any():
        return buffer, end, False
    changed = buffer[:size]
    return changed, _end_of_quoted(changed, end, layout.delimiter.encode(), len(layout.columns)), True


def other_fields(line: str, layout: Layout) -> bool:
    """Whether the columns mean something else after this comment, which their number does not show.

    Args:
        line: of a comment. `layout`: of the rows before.
    """
    columns = tuple(line.removeprefix(FIELDS).split())
    return line.startswith(FIELDS) and len(columns) == len(layout.columns) and columns != layout.columns


def is_whole(data: memoryview, rows: int, layout: Layout) -> bool:
    """Whether each line of a log became a row.

    Args:
        data: the lines. `rows`: how many there are as parsed. `layout`: of the rows.
    """
    # An odd quote swallows lines, or ends with the last one.
    return (not layout.quotes or _count(data, '"') % 2 == 0) and _count(data, "\n") == rows


def _count(data: memoryview, sign: str) -> int:
    text = np.frombuffer(data, np.uint8)
    # In pieces that a processor holds close by.
    return sum(int(np.count_nonzero(text[at : at + PIECE] == ord(sign))) for at in range(0, len(text), PIECE))


def mended(lines: bytes | bytearray | memoryview, layout: Layout) -> bytearray:
    """Lines of a log, each of which is a row of its own: quotes that are not closed are none, and lists have no blanks.

    Args:
        lines: complete ones. `layout`: of the rows.
    """
    buffer = bytearray(lines)
    data = np.frombuffer(buffer, np.uint8)
    if layout.has_lists:
        _join_lists(buffer, data)
    if layout.quotes:
        _close_quotes(data, layout)
    # A view of the buffer would keep it from being changed.
    del data
    return buffer


def _close_quotes(data: np.ndarray, layout: Layout) -> None:
    """Put apostrophes in place of the quotes of lines that do not close one, in place; `data`: the bytes."""
    quotes, ends = (np.flatnonzero(data == ord(sign)) for sign in ('"', "\n"))
    if layout.escape:
        quotes = quotes[~_is_escaped(data, quotes, ord(layout.escape))]
        # A line that is cut off in the middle of an escape would continue with the next one.
        cut = ends[_is_escaped(data, ends, ord(layout.escape))]
        data[cut - 1] = ord("'")
    odd = np.flatnonzero(np.diff(np.searchsorted(quotes, ends), prepend=0) % 2)
    # A quote that is not closed would swallow the lines after it.
    for line in odd.tolist():
        begin = int(ends[line - 1]) + 1 if line else 0
        row = data[begin : ends[line]]
        row[row == ord('"')] = ord("'")


def _join_lists(buffer: bytearray, data: np.ndarray) -> None:
    """Put a letter in place of the blanks in `a, b` and `a : b`, in place; `data`: the bytes of the buffer."""
    commas = np.flatnonzero(data[:-1] == ord(","))
    data[commas[data[commas + 1] == ord(" ")] + 1] = ord("_")
    at = buffer.find(b" : ", 0, len(data))
    while at >= 0:
        data[at] = data[at + 2] = ord("_")
        at = buffer.find(b" : ", at + 3, len(data))


def _is_escaped(data: np.ndarray, quotes: np.ndarray, escape: int) -> np.ndarray:
    """Which of the quotes stand behind an odd number of escapes, shape (quotes,).

    Args:
        data: all bytes. `quotes`: places in it, or of line ends. `escape`: the byte that escapes.
    """
    escaped = np.zeros(len(quotes), dtype=bool)
    behind, distance = np.arange(len(quotes)), 1
    while len(behind := behind[(quotes[behind] >= distance) & (data[quotes[behind] - distance] == escape)]):
        escaped[behind] = ~escaped[behind]
        distance += 1
    return escaped


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
