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
from dashboard.sources.csv.shapes import Shape, shape_of

LINE_MAX = 1 << 20
TAIL = 1024
REMEDIES = {errno.EACCES: "let the user that runs the dashboard read it", errno.ENOENT: "check the path"}


@dataclass(slots=True)
class File:
    """How far a file was read, and what tells that it is still the same one: its status, first line and last bytes."""

    status: os.stat_result
    first: bytes
    tail: bytes
    offset: int
    names: list[str]
    shape: Shape
    delimiter: str

    def replaced(self, name: str) -> bool:
        """Whether the file is another one now, was cut off, or holds something else where it was read.

        Raises:
            SourceUnavailable: it cannot be read.
        """
        try:
            with opened(name) as file:
                now, then = os.fstat(file.fileno()), self.status
                held = (file.read(len(self.first)), tail(file, self.offset))
        except OSError as error:
            raise unreadable(name, error) from None
        other = (now.st_dev, now.st_ino) != (then.st_dev, then.st_ino) or now.st_size < self.offset
        corrected = now.st_size == then.st_size and now.st_mtime_ns != then.st_mtime_ns
        # A last row without its line end was taken as complete, and now goes on.
        longer = now.st_size > self.offset and not self.tail.endswith(b"\n")
        return other or corrected or longer or held != (self.first, self.tail)


def found(paths: Sequence[str]) -> list[str]:
    """The files that paths, directories and globs stand for.

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


def opened(name: str) -> io.BufferedReader:
    """An ordinary file, open for reading; a pipe would be waited for, and cannot be read twice.

    Raises:
        OSError: it cannot be opened, or is something else.
    """
    if "\0" in name or not stat.S_ISREG(os.stat(name).st_mode):
        raise OSError(errno.EINVAL, "it is no ordinary file")
    return open(name, "rb")


def begun(name: str, file: io.BufferedReader, mapping: Mapping[str, str]) -> File | None:
    """Recognise a file by its first line; None while that line is not complete.

    Raises:
        InvalidData: it is no CSV, or none of the three shapes.
    """
    status = os.fstat(file.fileno())
    first = file.readline(LINE_MAX)
    if b"\0" in first:
        raise InvalidData(f"{name}: holds binary data: a CSV file in UTF-8 is expected", query=name)
    if not first.endswith(b"\n"):
        if len(first) >= LINE_MAX:
            raise InvalidData(
                f"{name}: its first line is longer than {LINE_MAX >> 20} MB: a CSV file is expected", query=name
            )
        return None
    try:
        text = first.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise InvalidData(f"{name}: is not UTF-8: convert it first", query=name) from None
    delimiter = max(",;\t", key=text.count)
    names = [part.strip().strip('"') for part in text.split(delimiter)]
    shape = shape_of(name, names, mapping)
    return File(status, first, tail(file, len(first)), len(first), names, shape, delimiter)


def tail(file: io.BufferedReader, offset: int) -> bytes:
    """The last bytes before an offset."""
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
