"""CSV files on disk: which there are, what their first line says, and whether they are still the same."""

import errno
import glob
import io
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from dashboard.exceptions import InvalidData, SourceUnavailable
from dashboard.sources.csv.formats.catalog import FORMATS
from dashboard.sources.csv.formats.format import FileFacts
from dashboard.sources.csv.numerals import Numerals
from dashboard.sources.csv.reading import FileGroup, Reading
from dashboard.sources.csv.recognition import HEAD_LINES, Recognised, recognise
from dashboard.sources.csv.repeated_hours import RowOrder

LINE_MAX = 1 << 20
TAIL = 1024
NO_FILE = "it is no ordinary file"
Identity = tuple[int, int]
Version = tuple[int, ...]
# Files of a folder that are read: also those that were put aside or compressed, such as access.log.2.gz.
INSIDE = re.compile(
    r"^[^.].*(?:\.(?:csv|tsv|log|jtl|parquet)(?:[.-]\d[\d-]*)?(?:\.(?:gz|bz2|xz))?|\.gz)$", re.IGNORECASE
)
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
        first_line, last_bytes: what was read first, and last.
        offset: bytes of its text in UTF-8 that were read.
        recognised: what it is.
        encoding: what it was read as; empty for plain UTF-8, where what is new can be read by itself.
        order: of its rows, as far as they were read.
        numerals: how its numbers are written.
        head: the first bytes of its text that were read, at most `TAIL`; empty where it has no lines.
        is_named: a path leads to it; False once it was rotated out of what is read. `is_rotated`: it had another name.
        rows, bad_rows: that were read.
        begins_after: epoch seconds before which none of its rows may lie: its name was that of a file that was rotated
            away. None where any may.
    """

    name: str
    status: os.stat_result
    first_line: bytes
    last_bytes: bytes
    offset: int
    recognised: Recognised
    encoding: str = ""
    order: RowOrder = field(default_factory=RowOrder)
    numerals: Numerals = field(init=False)
    head: bytes = b""
    is_named: bool = True
    is_rotated: bool = False
    rows: int = 0
    bad_rows: int = 0
    begins_after: float | None = None

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
        return self.rows > 0 or len(self.head) > len(self.first_line)

    @property
    def reading(self) -> Reading:
        """How it is read."""
        return self.recognised.reading

    def is_read(self, status: os.stat_result) -> bool:
        """Whether nothing is new; `status`: of the file system now."""
        return bool(self.encoding) or status.st_size == self.offset

    def is_replaced(self, now: Present) -> bool:
        """Whether a file of the same identity was cut off, or holds something else where it was read."""
        if version_of(now.status) == version_of(self.status):
            return False
        # What is new in a file that is not plain UTF-8 cannot be read by itself.
        if self.encoding:
            return True
        try:
            with open_regular(now.name) as file:
                content = (file.read(len(self.first_line)), last_bytes(file, self.offset))
        except OSError:
            return True
        size, then = now.status.st_size, self.status
        corrected = size == then.st_size and now.status.st_mtime_ns != then.st_mtime_ns
        # A last row without its line end was taken as complete, and now goes on.
        continued = size > self.offset and not self.last_bytes.endswith(b"\n")
        return size < self.offset or corrected or continued or content != (self.first_line, self.last_bytes)


def csv_files(groups: Sequence[FileGroup]) -> dict[str, Reading]:
    """The files that paths, directories and globs stand for, each once, and how they are read.

    Args:
        groups: a file that two of them name is read as the first of them says.

    Raises:
        SourceUnavailable: there are none.
    """
    files: dict[str, Reading] = {}
    for group in groups:
        for path in group.paths:
            for name in _named(path):
                files.setdefault(name, group.reading)
    if not files:
        paths = ", ".join(path for group in groups for path in group.paths)
        raise SourceUnavailable(f"{paths}: no CSV file is there yet")
    return files


def _named(path: str) -> list[str]:
    # `**` stands for folders in folders.
    names = sorted(glob.glob(path, recursive=True)) or ([path] if not glob.has_magic(path) else [])
    return [file for name in names for file in (_inside(name) if os.path.isdir(name) else [name])]


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
    first = b"".join(lines[: recognised.skipped]) or lines[0]
    begin = sum(map(len, lines[: recognised.skipped]))
    tail = last_bytes(file, file.seek(0, os.SEEK_END)).decode("utf-8", "replace")
    facts = FileFacts(name, recognised.reading, status.st_mtime, tuple(tail.splitlines()[1:]))
    return FollowedFile(name, status, first, last_bytes(file, begin), begin, recognised.begun(facts), encoding)


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
    """Why a first line is none of a CSV file; empty where it may go on."""
    if b"\0" in line:
        known = next((known for known in FORMATS if known.binary is not None and known.binary.match(line)), None)
        return f"is {known.title}: {known.refusal}" if known else "holds binary data: a CSV file is expected"
    is_long = len(line) >= LINE_MAX
    return f"its first line is longer than {LINE_MAX >> 20} MB: a CSV file is expected" if is_long else ""


def version_of(status: os.stat_result) -> Version:
    """What changes with every change of a file."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


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


def _inside(folder: str) -> list[str]:
    """The files of a folder and of those in it, which many have one of for each day."""

    def refuse(error: OSError) -> None:
        raise unreadable(str(error.filename), error) from None

    folders = os.walk(folder, onerror=refuse)
    return sorted(str(Path(inner) / name) for inner, _, names in folders for name in names if INSIDE.search(name))
