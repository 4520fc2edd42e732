"""On which line of its file a bad row stands, and why it is one."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import BinaryIO

from dashboard.sources.csv.encodings import decoded
from dashboard.sources.csv.files import FollowedFile, open_regular
from dashboard.sources.csv.lines import complete, is_comment
from dashboard.sources.csv.parsing import Part, rewritten
from dashboard.sources.protocol import Problem

BLOCK = 1 << 20


def bad_row_examples(
    file: FollowedFile, part: Part, reasons: Sequence[tuple[int, str]], limit: int
) -> list[Problem]:  # fmt: skip
    """The first bad rows of the part of a file that was just read, with their lines.

    Args:
        file: its `offset` is where the part begins. `part`: what was read.
        reasons: (row in the part, reason) of bad rows; rows of other columns have none and are found here.
        limit: so many are wanted.
    """
    if part.first_row is not None:
        first = 1 + part.first_row
        return [Problem(f"{file.name}: row {first + row}", reason) for row, reason in sorted(reasons)[:limit]]
    found = _bad_row_lines(file, part.size, dict(reasons), limit)
    return [Problem(f"{file.name}:{line}", reason) for line, reason in found]


def _bad_row_lines(file: FollowedFile, size: int, reasons: Mapping[int, str], limit: int) -> list[tuple[int, str]]:
    # Blank lines are no rows and a line end inside quotes ends none: the part is read again to find the lines.
    with (
        open_regular(file.name) as raw,
        closing(decoded(raw, file.name, file.recognised.reading.encoding)[0]) as reader,
    ):
        line = 1 + sum(block.count(b"\n") for block in _blocks(reader, file.offset))
        part = bytearray(reader.read(size))
    if not part.endswith(b"\n"):
        part += b"\n"
    complete(part, len(part), file.recognised.layout)
    text = io.StringIO(bytes(rewritten(file.recognised, part)).decode("utf-8", "replace"), newline="")
    return list(islice(_bad_rows(text, line, file, reasons), limit))


def _bad_rows(
    text: io.StringIO, line: int, file: FollowedFile, reasons: Mapping[int, str]
) -> Iterator[tuple[int, str]]:
    """(line, reason) of each bad row; `line`: that of the first."""
    layout = file.recognised.layout
    reader = csv.reader(
        text,
        delimiter=layout.delimiter,
        escapechar=layout.escape or None,
        doublequote=not layout.escape,
        quoting=csv.QUOTE_MINIMAL if layout.quotes else csv.QUOTE_NONE,
    )
    row, before, columns = 0, 0, len(layout.columns)
    try:
        for record in reader:
            if record and len(record) != columns:
                if not is_comment(record[0], layout):
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
