"""Follows files of changes, CSV or JSON lines, as they grow and are replaced; each row is kept once."""

import csv
import glob
import io
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from dashboard.changes import rows
from dashboard.changes.change import Change
from dashboard.changes.reading import EventRefused
from dashboard.changes.times import times_problem
from dashboard.exceptions import StateError
from dashboard.state import changes as stored_changes
from dashboard.state.store import Store

EVERY_S = 5.0
# Maximum number of bytes to read at once; a longer row is not accepted.
BLOCK = 4_000_000
# Maximum number of changes in a transaction.
BATCH = 500
FILES = 100


@dataclass(slots=True)
class _Place:
    """How far a file has been read.

    Attributes:
        size: at the last look; a last line without a line end is read once the file stops growing.
        columns, header: of CSV: the meaning of its columns, and their names.
    """

    inode: int = 0
    read: int = 0
    size: int = -1
    lines: int = 0
    header: list[str] = field(default_factory=list)


class FollowedChanges:
    """Files whose rows are changes.

    Args:
        patterns: paths or globs. `store`: keeps the changes. `clock`: epoch seconds. `say`: called with each problem.
    """

    def __init__(
        self, patterns: Sequence[str], store: Store, clock: Callable[[], float], say: Callable[[str], None]
    ) -> None:
        self._patterns, self._store, self._clock, self._say = patterns, store, clock, say
        self._places: dict[str, _Place] = {}
        self._said: set[tuple[str, bool]] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="followed changes", daemon=True)

    def start(self) -> None:
        """Start following the files, if there are any."""
        if self._patterns:
            self._thread.start()

    def stop(self) -> None:
        """Stop; what has been read is stored."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def read(self) -> int:
        """Read new rows; returns the number of stored changes, including those already known."""
        paths = sorted({path for pattern in self._patterns for path in glob.glob(pattern)})
        for pattern in self._patterns:
            if not glob.glob(pattern):
                self._problem(pattern, "there is no such file yet")
        return sum(self._read(path) for path in paths[:FILES])

    def _follow(self) -> None:
        while not self._ended.is_set():
            self.read()
            self._ended.wait(EVERY_S)

    def _read(self, path: str) -> int:
        place = self._places.setdefault(path, _Place())
        count = 0
        try:
            with open(path, "rb") as file:
                while block := _next_block(file, place):
                    count += self._keep(path, place, block)
                    place.read += len(block)
        except OSError as error:
            self._problem(path, f"cannot be read: {error.strerror}")
        except (StateError, EventRefused) as error:
            # This is tried again: a file without columns may be replaced, and a store may come back.
            self._problem(path, str(error))
        return count

    def _keep(self, path: str, place: _Place, block: bytes) -> int:
        now, batch, count = self._clock(), [], 0
        for number, change in self._changes(path, place, block.decode("utf-8-sig", "replace")):
            if change.start < now - self._store.spec.retention:
                continue
            if problem := times_problem(change, now, self._store.spec.retention):
                self._problem(path, problem, number)
                continue
            batch.append(change)
            if len(batch) == BATCH:
                count += len(stored_changes.add(self._store, batch, f"file {os.path.basename(path)}", now))
                batch = []
        return count + len(stored_changes.add(self._store, batch, f"file {os.path.basename(path)}", now))

    def _changes(self, path: str, place: _Place, text: str) -> Iterator[tuple[int, Change]]:
        """Changes with the numbers of their first lines; an invalid row is reported once."""
        is_json = place.header == ["{"] or (not place.header and text.lstrip().startswith("{"))
        if is_json:
            place.header = ["{"]
        for number, row in _json_rows(place, text) if is_json else _csv_rows(place, text):
            try:
                yield number, rows.change_of(row, rows.columns_of(row))
            except EventRefused as error:
                self._problem(path, str(error), number)

    def _problem(self, path: str, what: str, line: int | None = None) -> None:
        """Report a problem of a file, or of a line of it, once each."""
        # Only the first bad row of each file is reported: a table of something else has a problem in each row.
        problem = path, line is not None
        if problem not in self._said:
            self._said.add(problem)
            self._say(f"changes of {path}: {what if line is None else f'line {line}: {what}'}")


def _next_block(file: io.BufferedReader, place: _Place) -> bytes:
    """The next bytes, up to the end of a row; empty if no row is complete yet."""
    status = os.fstat(file.fileno())
    if status.st_ino != place.inode or status.st_size < place.read:
        # The file was replaced or truncated; read it again, as rows are identified by content, not by position.
        place.inode, place.read, place.size, place.lines, place.header = status.st_ino, 0, -1, 0, []
    has_ended, place.size = status.st_size == place.size, status.st_size
    if status.st_size == place.read:
        return b""
    file.seek(place.read)
    block = file.read(BLOCK)
    whole = block[: block.rfind(b"\n") + 1]
    # A line end within quotes does not end a row.
    while whole and whole.count(b'"') % 2:
        whole = whole[: whole.rfind(b"\n", 0, len(whole) - 1) + 1]
    return whole or (block if has_ended or len(block) == BLOCK else b"")


def _csv_rows(place: _Place, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    begin = place.lines
    for cells in _readable(reader):
        number = place.lines + 1
        place.lines = begin + reader.line_num
        if not place.header:
            # A file that is not a table of changes is rejected as a whole.
            rows.columns_of(cells)
            place.header = cells
        elif cells:
            yield number, dict(zip(place.header, cells, strict=False))


def _readable(reader: Any) -> Iterator[list[str]]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield []


def _json_rows(place: _Place, text: str) -> Iterable[tuple[int, Any]]:
    for line in text.splitlines():
        place.lines += 1
        if line.strip():
            try:
                row = msgspec.json.decode(line)
            except (msgspec.DecodeError, RecursionError):
                row = None
            yield place.lines, row if isinstance(row, dict) else {}
