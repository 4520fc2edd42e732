"""CSV files on disk: lists them, reads their headers, and detects whether they were replaced."""

import errno
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

from dashboard.exceptions import InvalidData, SourceUnavailable
from dashboard.sources.csv.fingerprint import BLOCK, Fingerprint
from dashboard.sources.csv.formats.catalog import FORMATS
from dashboard.sources.csv.formats.format import FileFacts
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.recognition import HEAD_LINES, Recognised, no_csv, recognise
from dashboard.sources.csv.values.numerals import Numerals
from dashboard.sources.csv.values.repeated_hours import RowOrder

LINE_MAX = 1 << 20
TAIL = 1024
# Number of already read bytes to compare in one check of all files that have grown: a few milliseconds, as there are
# several checks in each refresh. The rest of a longer file is compared in the following checks.
CHECK_BYTES = 1 << 22
NO_FILE = "it is no ordinary file"
Identity = tuple[int, int]
Version = tuple[int, ...]
REMEDIES = {errno.EACCES: "let the user that runs the dashboard read it", errno.ENOENT: "check the path"}


@dataclass(frozen=True, slots=True)
class Present:
    """An existing file.

    Attributes:
        name: its path. `status`: of the file system now. `reading`: its settings.
    """

    name: str
    status: os.stat_result
    reading: Reading

    @classmethod
    def of(cls, name: str, reading: Reading) -> Self:
        """The file at a path.

        Raises:
            SourceUnavailable: it does not exist, or is not a regular file.
        """
        try:
            return cls(name, regular_status(name), reading)
        except OSError as error:
            raise unreadable(name, error) from None

    @property
    def identity(self) -> Identity:
        """The part of a file's status that does not change when it is renamed."""
        return self.status.st_dev, self.status.st_ino


@dataclass(slots=True)
class FollowedFile:
    """The reading position of a file, and the data to detect whether it is still the same file.

    Attributes:
        name: its path.
        status: of the file system when it was last read.
        begin: bytes of text before its first row.
        offset: bytes of UTF-8 text already read.
        recognised: its format and shape.
        encoding: detected encoding; empty for plain UTF-8, of which new bytes can be read separately.
        has_header: False if it continues the rows of a truncated file, and needs that file's header.
        read: digests of the text already read. `ends_line`: that text ends with a line end.
        order: of the rows read so far.
        numerals: how its numbers are written.
        head: the first bytes of its text, at most `TAIL`; empty if it has no lines.
        is_named: a configured path leads to it; False once it was rotated away. `is_rotated`: it was renamed.
        rows, bad_rows: number of rows read.
        begins_after: epoch seconds of the earliest possible row, if its name belonged to a rotated file; None without a
            limit.
        seen: status of the file system when it was last compared with the text already read.
        unchecked: number of blocks still to compare. `next_block`: index of the first of them.
    """

    name: str
    status: os.stat_result
    begin: int
    offset: int
    recognised: Recognised
    encoding: str = ""
    has_header: bool = True
    read: Fingerprint = field(default_factory=Fingerprint)
    ends_line: bool = True
    order: RowOrder = field(default_factory=RowOrder)
    numerals: Numerals = field(init=False)
    head: bytes = b""
    is_named: bool = True
    is_rotated: bool = False
    rows: int = 0
    bad_rows: int = 0
    begins_after: float | None = None
    seen: Version = ()
    unchecked: int = 0
    next_block: int = 0

    def __post_init__(self) -> None:
        recognised = self.recognised
        self.numerals = Numerals(recognised.shape.numbers, recognised.layout.delimiter, recognised.reading.decimal)

    @property
    def identity(self) -> Identity:
        """The part of a file's status that does not change when it is renamed."""
        return self.status.st_dev, self.status.st_ino

    @property
    def has_rows(self) -> bool:
        """Whether anything after its header was read."""
        return self.rows > 0 or self.offset > self.begin

    @property
    def reading(self) -> Reading:
        """How it is read."""
        return self.recognised.reading

    def is_read(self, status: os.stat_result) -> bool:
        """Whether there is nothing new; `status`: of the file system now."""
        return bool(self.encoding) or status.st_size == self.offset

    def resume(self, original: "FollowedFile") -> None:
        """Continue at the position of another file with the same content; `original`: that file."""
        self.offset, self.read, self.ends_line = original.offset, original.read.copy(), original.ends_line
        self.order, self.numerals = original.order, original.numerals
        self.rows, self.bad_rows = original.rows, original.bad_rows

    def is_due(self, status: os.stat_result) -> bool:
        """Whether it must be compared with the text already read; `status`: of the file system now."""
        return self.unchecked > 0 or _seen(status) != self.seen

    def is_replaced(self, now: Present, limit: int = CHECK_BYTES) -> bool:
        """Whether a file of the same identity was truncated, or its text already read has changed.

        Args:
            now: the file. `limit`: maximum number of bytes to compare in this check if it may only have grown; the rest
                is compared in the following ones.
        """
        status = now.status
        # New bytes of a file that is not plain UTF-8 cannot be read separately.
        if self.encoding:
            return version_of(status) != version_of(self.status)
        if not self.is_due(status):
            return False
        is_changed, self.seen = self.seen != _seen(status), _seen(status)
        # The last row without a line end was considered complete, and now continues.
        if status.st_size < self.offset or (status.st_size > self.offset and not self.ends_line):
            return True
        if is_changed:
            # Twice, as timestamps of file systems have a limited resolution: it may be written again at the same
            # timestamp.
            self.unchecked = 2 * self.read.blocks
        is_appended = status.st_size > self.status.st_size or status.st_mtime_ns == self.status.st_mtime_ns
        return not self._is_as_read(now.name, max(1, limit // BLOCK) if is_appended else self.read.blocks)

    def _is_as_read(self, name: str, most: int) -> bool:
        """Compare it with the text already read.

        Args:
            name: its path. `most`: maximum number of blocks; the following ones are compared next time.
        """
        total = self.read.blocks
        count = min(most, total, self.unchecked)
        blocks = [(self.next_block + place) % total for place in range(count)]
        self.unchecked -= count
        self.next_block = (self.next_block + count) % max(1, total)
        try:
            with open_regular(name) as file:
                return self.read.is_in(file, blocks)
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Unread:
    """A file to read.

    Attributes:
        present: the file. `file`: its reading position; None for a new file.
        resumes: the file that it continues as a copy.
        is_rotated: its name belonged to a file that was rotated away.
    """

    present: Present
    file: FollowedFile | None = None
    resumes: FollowedFile | None = None
    is_rotated: bool = False


def regular_status(name: str) -> os.stat_result:
    """The status of a regular file.

    Raises:
        OSError: it does not exist, or is not a regular file.
    """
    if "\0" in name:
        raise OSError(errno.EINVAL, NO_FILE)
    status = os.stat(name)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, NO_FILE)
    return status


def open_regular(name: str) -> io.BufferedReader:
    """Open a regular file for reading; a pipe would block, and cannot be read twice.

    Raises:
        OSError: it cannot be opened, or is not a regular file.
    """
    regular_status(name)
    return open(name, "rb")


def start_following(
    name: str, file: io.BufferedReader, status: os.stat_result, reading: Reading, encoding: str = ""
) -> FollowedFile | None:
    """Recognise a file by its first lines; None while its header is incomplete.

    Args:
        name: its path. `file`: its text in UTF-8, open at its start.
        status: of the open file, as its name may belong to another one by now.
        reading: its settings.
        encoding: detected encoding; empty for plain UTF-8.

    Raises:
        InvalidData: it is not CSV, or has none of the shapes.
    """
    lines = list(_head(name, file))
    recognised = recognise(name, [line.decode("utf-8-sig", "replace").rstrip("\r\n") for line in lines], reading)
    if recognised is None:
        return None
    before = b"".join(lines[: recognised.skipped])
    tail = last_bytes(file, file.seek(0, os.SEEK_END)).decode("utf-8", "replace")
    facts = FileFacts(name, recognised.reading, status.st_mtime, tuple(tail.splitlines()[1:]))
    followed = FollowedFile(name, status, len(before), len(before), recognised.begun(facts), encoding)
    followed.read.add(before)
    return followed


def _head(name: str, file: io.BufferedReader) -> Iterator[bytes]:
    """The first complete lines."""
    for number in range(HEAD_LINES):
        line = file.readline(LINE_MAX)
        if line.endswith(b"\n") and b"\0" not in line:
            yield line
        elif not number and (reason := _no_text(line) or no_csv([line[:TAIL].decode("utf-8-sig", "replace")])):
            raise InvalidData(f"{name}: {reason}", query=name)
        else:
            return


def _no_text(line: bytes) -> str:
    """Why a first line cannot be CSV; empty if it may."""
    if b"\0" in line:
        known = next((known for known in FORMATS if known.binary is not None and known.binary.match(line)), None)
        return f"is {known.title}: {known.refusal}" if known else "holds binary data: a CSV file is expected"
    is_long = len(line) >= LINE_MAX
    return f"its first line is longer than {LINE_MAX >> 20} MB: a CSV file is expected" if is_long else ""


def version_of(status: os.stat_result) -> Version:
    """A value that changes with every change of a file."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _seen(status: os.stat_result) -> Version:
    """A value that changes with every change of a file, even if its modification time is restored."""
    return *version_of(status), status.st_ctime_ns


def last_bytes(file: io.BufferedReader, offset: int) -> bytes:
    """The last bytes before an offset, at most `TAIL`."""
    file.seek(max(0, offset - TAIL))
    return file.read(min(TAIL, offset))


def unreadable(name: str, error: OSError) -> SourceUnavailable:
    """The error for a file or directory that cannot be read."""
    remedy = REMEDIES.get(error.errno or 0, "")
    return SourceUnavailable(f"{name}: cannot be read: {error.strerror}" + (f": {remedy}" if remedy else ""))


def too_long(name: str) -> InvalidData:
    """The error for a line that is too long for a row of CSV."""
    return InvalidData(f"{name}: a line is longer than {LINE_MAX >> 20} MB, so this is no CSV: remove it", query=name)
