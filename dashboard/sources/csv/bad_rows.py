"""Finds the lines of bad rows, and the reasons why they are bad."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import BinaryIO

from dashboard.sources.csv.encodings import decoded
from dashboard.sources.csv.files import FollowedFile, open_regular
from dashboard.sources.csv.lines import complete, mended
from dashboard.sources.csv.parsing import Part, rewritten
from dashboard.sources.csv.rows.rows import ChunkRows, kind_of
from dashboard.sources.protocol import BadRows, Problem

BLOCK = 1 << 20
OTHER_COLUMNS = "{} columns instead of {}"
COLUMNS = kind_of(OTHER_COLUMNS.format(1, 2))
# Appended to the reason of a row with an escaped delimiter.
ESCAPED = ": a text that holds the delimiter stands in quotes, a \\ before it is none"


def bad_row_examples(
    file: FollowedFile, part: Part, reasons: Sequence[tuple[int, str]], limit: int
) -> list[Problem]:  # fmt: skip
    """The first bad rows of the newly read part of a file, with their lines.

    Args:
        file: its `offset` is the start of the part. `part`: the rows.
        reasons: (row in the part, reason) of bad rows; rows with other columns are not included, and are found here.
        limit: maximum number of rows.
    """
    if part.first_row is not None:
        first = 1 + part.first_row
        return [
            Problem(f"{file.name}: row {first + row}", reason, is_row=True) for row, reason in sorted(reasons)[:limit]
        ]
    bad_lines = islice(_bad_row_lines(file, part.size, dict(reasons)), limit)
    return [Problem(f"{file.name}:{line}", reason, is_row=True) for line, reason in bad_lines]


class BadRowKinds:
    """The number of bad rows of each kind, and the first of each, by file."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], BadRows] = {}

    @property
    def all(self) -> tuple[BadRows, ...]:
        """All kinds, in order of their first occurrence."""
        return tuple(self._kinds.values())

    def first_of(self, name: str) -> BadRows | None:
        """The first kind of bad row in a file; None without any."""
        return next((kind for (file, _), kind in self._kinds.items() if file == name), None)

    def add(self, file: FollowedFile, part: Part, rows: ChunkRows) -> None:
        """Count the bad rows of the newly read part of a file.

        Args:
            file: its `offset` is the start of the part. `part`: as parsed. `rows`: of the part.
        """
        counts = {kind: count for kind, (count, _, _) in rows.kinds.items()}
        if part.refused:
            counts[COLUMNS] = part.refused
        new = [kind for kind in counts if (file.name, kind) not in self._kinds]
        if new:
            reasons = [rows.kinds[kind][1:] for kind in new if kind in rows.kinds]
            for where, reason in _first_of_each(file, part, reasons, COLUMNS in new):
                self._kinds[file.name, _kind_of(reason)] = BadRows(0, where, reason)
        for kind, count in counts.items():
            known = self._kinds.get((file.name, kind))
            if known is not None:
                self._kinds[file.name, kind] = replace(known, rows=known.rows + count)


def without_rows(kinds: BadRowKinds, rows: int, bad_rows: int) -> str:
    """Why files contain no service.

    Args:
        kinds: of their bad rows. `rows`: number of rows. `bad_rows`: number of bad rows.
    """
    return _all_bad(rows, kinds.all[0]) if kinds.all and rows == bad_rows else "the files hold no rows yet"


def files_of_bad_rows(files: Iterable[FollowedFile], kinds: BadRowKinds) -> Iterator[Problem]:
    """The files with only bad rows; `kinds`: of the bad rows of all files."""
    for file in files:
        first = kinds.first_of(file.name)
        if first is not None and file.rows == file.bad_rows:
            yield Problem(file.name, _all_bad(file.rows, first))


def _all_bad(rows: int, first: BadRows) -> str:
    said = f"all {rows:,} rows are bad; first: " if rows > 1 else "its only row is bad: "
    return f"{said}{first.where}: {first.what}"


def _first_of_each(
    file: FollowedFile, part: Part, reasons: Sequence[tuple[int, str]], has_other_columns: bool
) -> Iterator[tuple[str, str]]:
    """Place and reason of the given rows, and of the first row with other columns.

    Args:
        file: its `offset` is the start of the part. `part`: the rows.
        reasons: (row in the part, reason). `has_other_columns`: some rows have other columns than the file.
    """
    if part.first_row is not None:
        yield from ((f"{file.name}: row {1 + part.first_row + row}", reason) for row, reason in reasons)
        return
    missing = {kind_of(reason) for _, reason in reasons} | ({COLUMNS} if has_other_columns else set())
    for line, reason in _bad_row_lines(file, part.size, dict(reasons)):
        if _kind_of(reason) in missing:
            yield f"{file.name}:{line}", reason
            missing.discard(_kind_of(reason))
        if not missing:
            return


def _kind_of(reason: str) -> str:
    """As `kind_of`, with a single kind for all rows with other columns."""
    return kind_of(reason.removesuffix(ESCAPED))


def _bad_row_lines(file: FollowedFile, size: int, reasons: Mapping[int, str]) -> Iterator[tuple[int, str]]:
    """(line, reason) of the given bad rows, and of all rows with other columns."""
    # Blank lines are not rows, and quoted texts may contain line ends: read the part again to find the lines.
    with (
        open_regular(file.name) as raw,
        closing(decoded(raw, file.name, file.recognised.reading.encoding)[0]) as reader,
    ):
        line = 1 + sum(block.count(b"\n") for block in _blocks(reader, file.offset))
        part = bytearray(reader.read(size))
    if not part.endswith(b"\n"):
        part += b"\n"
    data = rewritten(file.recognised, complete(part, len(part), file.recognised.layout)[0])
    if file.recognised.layout.is_log:
        data = mended(data, file.recognised.layout)
    text = io.StringIO(bytes(data).decode("utf-8", "replace"), newline="")
    yield from _bad_rows(text, line, file, reasons)


def _bad_rows(
    text: io.StringIO, line: int, file: FollowedFile, reasons: Mapping[int, str]
) -> Iterator[tuple[int, str]]:
    """(line, reason) of each bad row; `line`: the number of the first one."""
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
                if not file.recognised.is_comment(record[0], len(record)):
                    is_escaped = len(record) > columns and any(cell.endswith("\\") for cell in record[:-1])
                    yield line + before, OTHER_COLUMNS.format(len(record), columns) + (ESCAPED if is_escaped else "")
            elif record:
                if row in reasons:
                    yield line + before, reasons[row]
                row += 1
            before = reader.line_num
    except csv.Error as error:
        yield line + before, str(error)


def _blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    return (file.read(min(BLOCK, size - at)) for at in range(0, size, BLOCK))
