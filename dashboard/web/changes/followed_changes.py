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
from dashboard.state import changes as kept_changes
from dashboard.state.store import Store

EVERY_S = 5.0
# Bytes that are read of a file at once; a row that is longer is none.
BLOCK = 4_000_000
# Changes of one transaction.
BATCH = 500
FILES = 100


@dataclass(slots=True)
class _Place:
    """How far a file was read.

    Attributes:
        size: the size when it was looked at last; a last line without an end is read when it no longer grows.
        columns, header: of CSV: what its columns are, and their names.
    """

    inode: int = 0
    read: int = 0
    size: int = -1
    lines: int = 0
    header: list[str] = field(default_factory=list)


class FollowedChanges:
    """Files whose rows are changes.

    Args:
        patterns: paths or globs. `store`: keeps them. `clock`: epoch seconds. `say`: takes what is wrong, a line each.
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
        """Begin to follow them, if there are any."""
        if self._patterns:
            self._thread.start()

    def stop(self) -> None:
        """End; what was read is kept."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def read(self) -> int:
        """Read what is new; returns how many changes were kept, known ones among them."""
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
            # The same is tried again: a file without columns may be replaced, a store may be back.
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
                count += len(kept_changes.add(self._store, batch, f"file {os.path.basename(path)}", now))
                batch = []
        return count + len(kept_changes.add(self._store, batch, f"file {os.path.basename(path)}", now))

    def _changes(self, path: str, place: _Place, text: str) -> Iterator[tuple[int, Change]]:
        """Changes with the lines that they begin on; what is none is said once."""
        is_json = place.header == ["{"] or (not place.header and text.lstrip().startswith("{"))
        if is_json:
            place.header = ["{"]
        for number, row in _json_rows(place, text) if is_json else _csv_rows(place, text):
            try:
                yield number, rows.change_of(row, rows.columns_of(row))
            except EventRefused as error:
                self._problem(path, str(error), number)

    def _problem(self, path: str, what: str, line: int | None = None) -> None:
        """Say what is wrong with a file, or with a line of it, once each."""
        # Of the rows of each file the first: a table of other things has as many problems as rows.
        problem = path, line is not None
        if problem not in self._said:
            self._said.add(problem)
            self._say(f"changes of {path}: {what if line is None else f'line {line}: {what}'}")


def _next_block(file: io.BufferedReader, place: _Place) -> bytes:
    """The bytes that come next and end with a row; empty if there is none yet."""
    status = os.fstat(file.fileno())
    if status.st_ino != place.inode or status.st_size < place.read:
        # Another file, or a shorter one: its rows are known by what they are, not by where they stood.
        place.inode, place.read, place.size, place.lines, place.header = status.st_ino, 0, -1, 0, []
    has_ended, place.size = status.st_size == place.size, status.st_size
    if status.st_size == place.read:
        return b""
    file.seek(place.read)
    block = file.read(BLOCK)
    whole = block[: block.rfind(b"\n") + 1]
    # A line end within quotes is none of a row.
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
            # A file that is no table of changes is refused as a whole.
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
