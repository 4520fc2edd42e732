"""Reads files into a store: new rows as they grow, or everything again if a file was replaced."""

import math
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

from dashboard.exceptions import InvalidData, SourceError, SourceUnavailable
from dashboard.sources.csv import files
from dashboard.sources.csv.bad_rows import bad_row_examples
from dashboard.sources.csv.contents import Content, opened
from dashboard.sources.csv.counting import Counting
from dashboard.sources.csv.file_paths import readings_of
from dashboard.sources.csv.files import FollowedFile, Unread
from dashboard.sources.csv.followed.followed_files import FollowedFiles, Rewritten
from dashboard.sources.csv.parsing import Part
from dashboard.sources.csv.reading import FileGroup, Reading
from dashboard.sources.csv.rows.rows import EXAMPLES
from dashboard.sources.csv.rows.table_writer import ReadAnew, TableWriter
from dashboard.sources.csv.store import Store

# Seconds without changes after which a file is complete, even if its last row lacks a line end. So is a file that did
# not change between two checks and has no rows newer than this plus two intervals.
SETTLED_S = 60.0
# Maximum number of seconds by which the first row after a rotation may be older than the last one before; otherwise the
# file was rewritten.
LATE_S = 900.0


class FileReader:
    """Updates a store from files; used by one thread at a time.

    Args:
        groups: files and their settings; if several name a file, the first one determines how it is read.
        bounds: seconds at which requests are counted. `make_store`: creates the store for rows.
        is_past: a requested time in the past is judged: nobody writes any more.

    Attributes:
        store: the data read. `followed`: the files.
        readings: file → settings of each group that names it, in the order of the groups.
        counting: file → what is known of its counts. `now`: epoch seconds of the newest search for services.
    """

    def __init__(
        self,
        groups: Sequence[FileGroup],
        bounds: tuple[float, ...],
        make_store: Callable[..., Store],
        *,
        is_past: bool,
    ) -> None:
        self._groups, self._bounds, self._make_store, self._is_past = groups, bounds, make_store, is_past
        self.followed = FollowedFiles()
        self.readings: dict[str, list[Reading]] = {}
        self.counting: dict[str, Counting] = {}
        self.store = self._new_store()
        self.now = 0.0
        # Service → seconds between its rows, at the last read.
        self._intervals: dict[str, int] = {}
        # Request → epoch seconds after which rows were added since; -inf if everything was read again.
        self._changed_since: dict[tuple[str, ...], float] = {}
        # The same for requests that were not made yet.
        self._changed_first = math.inf

    def read(self) -> int:
        """Add new rows, and return their bytes; read all again if a file was replaced or rows lie closer together.

        Raises:
            SourceError: no file can be read.
        """
        before, rows = self.store.bytes, self.store.rows
        self.readings = readings_of(self._groups)
        names = {name: readings[0] for name, readings in self.readings.items()}
        # Each file may have a shorter interval than the previous ones.
        while True:
            try:
                for unread in self.followed.unread(names):
                    self._read_file(unread)
                break
            except ReadAnew as anew:
                # Rotated files are included as long as they exist.
                names = names | self.followed.elsewhere
                store = self._new_store(anew.interval, is_guess=anew.is_guess, is_uneven=anew.is_uneven)
                # Interleaved files each show a longer interval than all of them together.
                store.remember(self.store)
                self._start_anew(store)
                # What later rows showed of their columns also applies to the first ones.
                self.counting = {name: counting.anew() for name, counting in self.counting.items()}
            except Rewritten:
                self.counting.clear()
                self._start_anew(self._new_store())
            before = rows = 0
        self.followed.raise_unless_readable()
        if self.store.rows > rows:
            self._look_at_intervals()
        return self.store.bytes - before

    def changed_since(self, request: tuple[str, ...]) -> float:
        """Epoch seconds after which rows were added since the same request; -inf if everything was read again."""
        since = self._changed_since.get(request, self._changed_first)
        self._changed_since[request] = math.inf
        return since

    def _new_store(self, interval: int | None = None, *, is_guess: bool = False, is_uneven: bool = False) -> Store:
        writer = TableWriter(is_uneven)
        return self._make_store(interval=interval, interval_is_guess=is_guess, bounds=self._bounds, writer=writer)

    def _start_anew(self, store: Store) -> None:
        self.followed.forget()
        self.store = store
        self._changed_first = -math.inf
        self._note_change(-math.inf)

    def _note_change(self, since: float) -> None:
        for request, before in self._changed_since.items():
            self._changed_since[request] = min(before, since)

    def _look_at_intervals(self) -> None:
        """Invalidate all answers if the intervals of rows turn out to be different than before."""
        intervals, before = self.store.intervals, self._intervals
        if any(intervals.get(name, self.store.scrape_interval) != interval for name, interval in before.items()):
            self._note_change(-math.inf)
        self._intervals = {**dict.fromkeys(self.store.services(), self.store.scrape_interval), **intervals}

    def _read_file(self, unread: Unread) -> None:
        """Add the new rows of a file; skip it if it cannot be read."""
        present = unread.present
        try:
            with opened(present) as content:
                file = unread.file or self.followed.begun(content, unread)
                # Another file may have taken its name since the check.
                if file is not None and content.present.identity == present.identity:
                    file.begins_after = self.store.newest if unread.is_rotated else file.begins_after
                    self._read_on(file, content, was_read=unread.file is not None)
        except SourceUnavailable as error:
            # Permissions are not part of a file's version, so try it each time.
            self.followed.refuse(present.name, error)
        except SourceError as error:
            self.followed.refuse(present.name, error, files.version_of(present.status))

    def _read_on(self, file: FollowedFile, content: Content, *, was_read: bool) -> None:
        rests = was_read and files.version_of(file.status) == files.version_of(content.present.status)
        file.status = content.present.status
        self.followed.follow(file)
        is_old = self.now - file.status.st_mtime > SETTLED_S
        settled = self._is_past or is_old or (rests and self._data_have_ended())
        with closing(content.parts(file, settled=settled)) as parts:
            for part in parts:
                self._take(file, part)
        if len(file.head) < files.TAIL:
            file.head = content.head(min(files.TAIL, file.offset))
            self.followed.copies.remember(file)

    def _data_have_ended(self) -> bool:
        """Whether the data are old: a file changed just now may be a copy or an export."""
        newest = self.store.newest
        return newest is not None and self.now - newest > SETTLED_S + 2 * self.store.longest_interval

    def _take(self, file: FollowedFile, part: Part) -> None:
        store, recognised = self.store, file.recognised
        try:
            dated = replace(part, written_at=file.status.st_mtime)
            rows = store.take(dated, recognised, file.order, self._counting_of(file))
        except InvalidData as error:
            raise InvalidData(f"{file.name}: {error}", query=file.name) from None
        taken = rows.kept_times()
        if len(taken):
            oldest = float(taken.min())
            if file.begins_after is not None and oldest < file.begins_after - LATE_S:
                raise Rewritten
            file.begins_after = None
            # A row describes the interval that ends at its time.
            self._note_change(oldest - store.longest_interval)
        if recognised.layout.note:
            store.remarks.note(rows.services_of(~rows.refused)[1], recognised.layout.note)
        bad, read = rows.bad_rows + part.refused, part.chunk.num_rows - rows.ignored + part.refused
        store.bad_rows += bad
        store.rows += read
        file.bad_rows += bad
        file.rows += read
        if bad:
            store.bad_kinds.add(file, part, rows)
        store.bytes += part.size
        wanted = EXAMPLES - len(store.examples)
        if wanted > 0 and (part.refused or rows.examples):
            store.examples += bad_row_examples(file, part, rows.examples, wanted)
        file.offset += part.size
        file.ends_line = part.ends_line
        file.read = part.read or file.read

    def _counting_of(self, file: FollowedFile) -> Counting:
        return self.counting.setdefault(file.name, Counting(file.recognised.reading.unit))
