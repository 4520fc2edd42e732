"""CSV files on disk: lists them, reads their headers, and detects whether they have been replaced."""

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
from dashboard.sources.csv.recognition import HEAD_LINES, Recognised, recognise
from dashboard.sources.csv.values.numerals import Numerals
from dashboard.sources.csv.values.repeated_hours import RowOrder

LINE_MAX = 1 << 20
TAIL = 1024
# This many bytes that were read before are looked at again in one look, of all files that were written to since: a few
# milliseconds, as there are several looks in each refresh. A longer file is compared in the looks that follow.
CHECK_BYTES = 1 << 22
NO_FILE = "it is no ordinary file"
Identity = tuple[int, int]
Version = tuple[int, ...]
REMEDIES = {errno.EACCES: "let the user that runs the dashboard read it", errno.ENOENT: "check the path"}


@dataclass(frozen=True, slots=True)
class Present:
    """A file that is there.

    Attributes:
        name: its path. `status`: of the file system now. `reading`: what the configuration says of it.
    """

    name: str
    status: os.stat_result
    reading: Reading

    @classmethod
    def of(cls, name: str, reading: Reading) -> Self:
        """The file of a path.

        Raises:
            SourceUnavailable: it is not there, or no ordinary file.
        """
        try:
            return cls(name, regular_status(name), reading)
        except OSError as error:
            raise unreadable(name, error) from None

    @property
    def identity(self) -> Identity:
        """What stays of a file when it is renamed."""
        return self.status.st_dev, self.status.st_ino


@dataclass(slots=True)
class FollowedFile:
    """How far a file was read, and what tells that it is still the same one.

    Attributes:
        name: its path.
        status: of the file system, when it was last read.
        begin: bytes of its text before its first row.
        offset: bytes of its text in UTF-8 that were read.
        recognised: what it is.
        encoding: what it was read as; empty for plain UTF-8, where what is new can be read by itself.
        has_header: False if it continues with the rows of a file that was cut off, and wants one.
        read: the digests of what was read. `ends_line`: what was read last ended with a line end.
        order: of its rows, as far as they were read.
        numerals: how its numbers are written.
        head: the first bytes of its text that were read, at most `TAIL`; empty if it has no lines.
        is_named: a path leads to it; False once it was rotated out of what is read. `is_rotated`: it had another name.
        rows, bad_rows: that were read.
        begins_after: epoch seconds before which none of its rows may lie: its name was that of a file that was rotated
            away. None if any may.
        seen: what the file system said of it when it was last compared with what was read.
        unchecked: how many blocks are to be compared yet. `next_block`: the number of the first of them.
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
        """What stays of a file when it is renamed."""
        return self.status.st_dev, self.status.st_ino

    @property
    def has_rows(self) -> bool:
        """Something was read but its header."""
        return self.rows > 0 or self.offset > self.begin

    @property
    def reading(self) -> Reading:
        """How it is read."""
        return self.recognised.reading

    def is_read(self, status: os.stat_result) -> bool:
        """Whether nothing is new; `status`: of the file system now."""
        return bool(self.encoding) or status.st_size == self.offset

    def resume(self, original: "FollowedFile") -> None:
        """Go on where another file was left that holds the same; `original`: as far as it was read."""
        self.offset, self.read, self.ends_line = original.offset, original.read.copy(), original.ends_line
        self.order, self.numerals = original.order, original.numerals
        self.rows, self.bad_rows = original.rows, original.bad_rows

    def is_due(self, status: os.stat_result) -> bool:
        """Whether it is to be compared with what was read of it; `status`: of the file system now."""
        return self.unchecked > 0 or _seen(status) != self.seen

    def is_replaced(self, now: Present, limit: int = CHECK_BYTES) -> bool:
        """Whether a file of the same identity was cut off, or holds something else where it was read.

        Args:
            now: the file. `limit`: this many bytes are compared in this look where it may have been appended to; the
                rest of it in those that follow.
        """
        status = now.status
        # What is new in a file that is not plain UTF-8 cannot be read by itself.
        if self.encoding:
            return version_of(status) != version_of(self.status)
        if not self.is_due(status):
            return False
        is_changed, self.seen = self.seen != _seen(status), _seen(status)
        # A last row without its line end was taken as complete, and now continues.
        if status.st_size < self.offset or (status.st_size > self.offset and not self.ends_line):
            return True
        if is_changed:
            # Twice, as file systems tell times in steps: it may be written to again in the same one.
            self.unchecked = 2 * self.read.blocks
        is_appended = status.st_size > self.status.st_size or status.st_mtime_ns == self.status.st_mtime_ns
        return not self._is_as_read(now.name, max(1, limit // BLOCK) if is_appended else self.read.blocks)

    def _is_as_read(self, name: str, most: int) -> bool:
        """Compare it with what was read.

        Args:
            name: its path. `most`: this many blocks are compared; those that follow the next time.
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
    """What is to be read now.

    Attributes:
        present: the file. `file`: how far it was read; None where it begins to be followed.
        resumes: what it continues from, as a copy of it.
        is_rotated: it has the name of a file that was rotated away.
    """

    present: Present
    file: FollowedFile | None = None
    resumes: FollowedFile | None = None
    is_rotated: bool = False


def regular_status(name: str) -> os.stat_result:
    """The status of an ordinary file.

    Raises:
        OSError: it is not there, or something else.
    """
    if "\0" in name:
        raise OSError(errno.EINVAL, NO_FILE)
    status = os.stat(name)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, NO_FILE)
    return status


def open_regular(name: str) -> io.BufferedReader:
    """An ordinary file, open for reading; a pipe would be waited for, and cannot be read twice.

    Raises:
        OSError: it cannot be opened, or is something else.
    """
    regular_status(name)
    return open(name, "rb")


def start_following(
    name: str, file: io.BufferedReader, status: os.stat_result, reading: Reading, encoding: str = ""
) -> FollowedFile | None:
    """Recognise a file by its first lines; None while its header is not complete.

    Args:
        name: its path. `file`: its text in UTF-8, open at its beginning.
        status: of the file system, of the open file: its name may be another one's by now.
        reading: what the configuration says of it.
        encoding: what it was read as; empty for plain UTF-8.

    Raises:
        InvalidData: it is no CSV, or none of the shapes.
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
    """The first lines that are complete."""
    for number in range(HEAD_LINES):
        line = file.readline(LINE_MAX)
        if line.endswith(b"\n") and b"\0" not in line:
            yield line
        elif not number and (reason := _no_text(line)):
            raise InvalidData(f"{name}: {reason}", query=name)
        else:
            return


def _no_text(line: bytes) -> str:
    """Why a first line is none of a CSV file; empty if it may go on."""
    if b"\0" in line:
        known = next((known for known in FORMATS if known.binary is not None and known.binary.match(line)), None)
        return f"is {known.title}: {known.refusal}" if known else "holds binary data: a CSV file is expected"
    is_long = len(line) >= LINE_MAX
    return f"its first line is longer than {LINE_MAX >> 20} MB: a CSV file is expected" if is_long else ""


def version_of(status: os.stat_result) -> Version:
    """What changes with every change of a file."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _seen(status: os.stat_result) -> Version:
    """What changes with every change of a file, even where its times are set as they were before."""
    return *version_of(status), status.st_ctime_ns


def last_bytes(file: io.BufferedReader, offset: int) -> bytes:
    """The last bytes before an offset, at most `TAIL`."""
    file.seek(max(0, offset - TAIL))
    return file.read(min(TAIL, offset))


def unreadable(name: str, error: OSError) -> SourceUnavailable:
    """What to tell the user of a file or directory that cannot be read."""
    remedy = REMEDIES.get(error.errno or 0, "")
    return SourceUnavailable(f"{name}: cannot be read: {error.strerror}" + (f": {remedy}" if remedy else ""))


def too_long(name: str) -> InvalidData:
    """What to tell the user of a line that no row of a CSV file is as long as."""
    return InvalidData(f"{name}: a line is longer than {LINE_MAX >> 20} MB, so this is no CSV: remove it", query=name)
