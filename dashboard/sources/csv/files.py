"""CSV files on disk: which there are, what their first line says, and whether they are still the same."""

import errno
import glob
import io
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboard.exceptions import InvalidData, SourceUnavailable
from dashboard.sources.csv.shapes.recognition import Shape, shape_of

LINE_MAX = 1 << 20
TAIL = 1024
REMEDIES = {errno.EACCES: "let the user that runs the dashboard read it", errno.ENOENT: "check the path"}


@dataclass(slots=True)
class FollowedFile:
    """How far a file was read, and what tells that it is still the same one.

    Attributes:
        name: its path.
        status: of the file system, when it was last read.
        first_line, last_bytes: what was read first, and last.
        offset: bytes that were read.
        columns: their names, in order. `shape`: what a row is. `delimiter`: between columns.
    """

    name: str
    status: os.stat_result
    first_line: bytes
    last_bytes: bytes
    offset: int
    columns: list[str]
    shape: Shape
    delimiter: str

    def is_replaced(self) -> bool:
        """Whether the file is another one now, was cut off, or holds something else where it was read.

        Raises:
            SourceUnavailable: it cannot be read.
        """
        try:
            with open_regular(self.name) as file:
                now, then = os.fstat(file.fileno()), self.status
                content = (file.read(len(self.first_line)), last_bytes(file, self.offset))
        except OSError as error:
            raise unreadable(self.name, error) from None
        # A file that is written anew may have the old name, size or beginning, but not all of it.
        other = (now.st_dev, now.st_ino) != (then.st_dev, then.st_ino) or now.st_size < self.offset
        corrected = now.st_size == then.st_size and now.st_mtime_ns != then.st_mtime_ns
        # A last row without its line end was taken as complete, and now goes on.
        continued = now.st_size > self.offset and not self.last_bytes.endswith(b"\n")
        return other or corrected or continued or content != (self.first_line, self.last_bytes)


def csv_files(paths: Sequence[str]) -> list[str]:
    """The files that paths, directories and globs stand for, each once.

    Raises:
        SourceUnavailable: there are none.
    """
    names: list[str] = []
    for path in paths:
        if os.path.isdir(path):
            names += _inside(path)
        else:
            names += sorted(glob.glob(path)) or ([path] if not glob.has_magic(path) else [])
    if not names:
        raise SourceUnavailable(f"{', '.join(paths)}: no CSV file is there yet")
    return list(dict.fromkeys(names))


def open_regular(name: str) -> io.BufferedReader:
    """An ordinary file, open for reading; a pipe would be waited for, and cannot be read twice.

    Raises:
        OSError: it cannot be opened, or is something else.
    """
    if "\0" in name or not stat.S_ISREG(os.stat(name).st_mode):
        raise OSError(errno.EINVAL, "it is no ordinary file")
    return open(name, "rb")


def start_following(
    name: str, file: io.BufferedReader, mapping: Mapping[str, str], service: str = ""
) -> FollowedFile | None:
    """Recognise a file by its first line; None while that line is not complete.

    Args:
        name: its path. `file`: open at its beginning. `mapping`: our name of a column → the file's.
        service: of which all rows are where no column tells it.

    Raises:
        InvalidData: it is no CSV, or none of the three shapes.
    """
    # Of the open file: its name may be another one's by now.
    status = os.fstat(file.fileno())
    line = file.readline(LINE_MAX)
    if b"\0" in line:
        raise InvalidData(f"{name}: holds binary data: a CSV file in UTF-8 is expected", query=name)
    if not line.endswith(b"\n"):
        if len(line) >= LINE_MAX:
            reason = f"its first line is longer than {LINE_MAX >> 20} MB"
            raise InvalidData(f"{name}: {reason}: a CSV file is expected", query=name)
        return None
    try:
        text = line.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise InvalidData(f"{name}: is not UTF-8: convert it first", query=name) from None
    # A header has no numbers: its delimiter is the sign that stands there most often.
    delimiter = max(",;\t", key=text.count)
    columns = [part.strip().strip('"') for part in text.split(delimiter)]
    shape = shape_of(name, columns, mapping, service)
    return FollowedFile(name, status, line, last_bytes(file, len(line)), len(line), columns, shape, delimiter)


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
    try:
        return sorted(str(Path(folder) / name) for name in os.listdir(folder) if name.endswith(".csv"))
    except OSError as error:
        raise unreadable(folder, error) from None
