"""Splits a CSV file into records, which may span several lines."""

import re

import numpy as np

from dashboard.sources.csv.layout import FIELDS, Layout

# Maximum length of a record with line ends in quotes: a longer one has an unclosed quote.
RECORD_MAX = 1 << 16
PIECE = 1 << 18


def complete(buffer: bytearray, size: int, layout: Layout) -> tuple[bytearray, int, bool]:
    """The bytes, the end of the last complete record among the first `size` of them, and whether any is quoted.

    An unclosed quote would include the following rows, so such quotes are replaced by apostrophes, in a copy.

    Args:
        buffer: the bytes. `size`: number of valid bytes. `layout`: of the rows.

    Returns:
        The bytes to read, at least up to the end; the end; and whether a record contains a line end in quotes.
    """
    end = buffer.rfind(b"\n", 0, size) + 1
    # In a log, every line end ends a row.
    if layout.is_log:
        return buffer, end, False
    # Without quotes, every line end ends a row; most files have none.
    if not layout.quotes or buffer.find(b'"', 0, end) < 0:
        return buffer, end, False
    data = np.frombuffer(buffer, np.uint8, end)
    quotes_before = np.searchsorted(np.flatnonzero(data == ord('"')), np.flatnonzero(data == ord("\n")))
    # Release the view, which would keep the buffer from being resized.
    del data
    if not (quotes_before % 2).any():
        return buffer, end, False
    changed = buffer[:size]
    return changed, _end_of_quoted(changed, end, layout.delimiter.encode(), len(layout.columns)), True


def other_fields(line: str, layout: Layout) -> bool:
    """Whether a comment changes the meaning of the columns, even if their number is the same.

    Args:
        line: the comment. `layout`: of the rows before.
    """
    columns = tuple(line.removeprefix(FIELDS).split())
    return line.startswith(FIELDS) and len(columns) == len(layout.columns) and columns != layout.columns


def is_whole(data: memoryview, rows: int, layout: Layout) -> bool:
    """Whether each line of a log became one row.

    Args:
        data: the lines. `rows`: number of parsed rows. `layout`: of the rows.
    """
    # An unmatched quote swallows lines, or ends with the last one.
    return (not layout.quotes or _count(data, '"') % 2 == 0) and _count(data, "\n") == rows


def _count(data: memoryview, sign: str) -> int:
    text = np.frombuffer(data, np.uint8)
    # In pieces that fit into the processor's cache.
    return sum(int(np.count_nonzero(text[at : at + PIECE] == ord(sign))) for at in range(0, len(text), PIECE))


def mended(lines: bytes | bytearray | memoryview, layout: Layout) -> bytearray:
    """Lines of a log, one row each: unclosed quotes are replaced, and blanks in lists removed.

    Args:
        lines: complete lines. `layout`: of the rows.
    """
    buffer = bytearray(lines)
    data = np.frombuffer(buffer, np.uint8)
    if layout.has_lists:
        _join_lists(buffer, data)
    if layout.quotes:
        _close_quotes(data, layout)
    # Release the view, which would keep the buffer from being resized.
    del data
    return buffer


def _close_quotes(data: np.ndarray, layout: Layout) -> None:
    """Replace the quotes of lines with an unclosed one by apostrophes, in place; `data`: the bytes."""
    quotes, ends = (np.flatnonzero(data == ord(sign)) for sign in ('"', "\n"))
    if layout.escape:
        quotes = quotes[~_is_escaped(data, quotes, ord(layout.escape))]
        # A line that ends with an escape character would continue with the next one.
        cut = ends[_is_escaped(data, ends, ord(layout.escape))]
        data[cut - 1] = ord("'")
    odd = np.flatnonzero(np.diff(np.searchsorted(quotes, ends), prepend=0) % 2)
    # An unclosed quote would include the following lines.
    for line in odd.tolist():
        begin = int(ends[line - 1]) + 1 if line else 0
        row = data[begin : ends[line]]
        row[row == ord('"')] = ord("'")


def _join_lists(buffer: bytearray, data: np.ndarray) -> None:
    """Replace the blanks in `a, b` and `a : b` by a letter, in place; `data`: the bytes of the buffer."""
    commas = np.flatnonzero(data[:-1] == ord(","))
    data[commas[data[commas + 1] == ord(" ")] + 1] = ord("_")
    at = buffer.find(b" : ", 0, len(data))
    while at >= 0:
        data[at] = data[at + 2] = ord("_")
        at = buffer.find(b" : ", at + 3, len(data))


def _is_escaped(data: np.ndarray, quotes: np.ndarray, escape: int) -> np.ndarray:
    """Mask of quotes after an odd number of escape characters, shape (quotes,).

    Args:
        data: all bytes. `quotes`: positions in it, or of line ends. `escape`: the escape character.
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
        # A complete row after an open quote: the quote was never closed.
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
