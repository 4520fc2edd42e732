"""A file, open, as the text or the table that it holds."""

import io
import os
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from dashboard.sources.csv import files, parquet
from dashboard.sources.csv.encodings import decoded
from dashboard.sources.csv.files import FollowedFile, Present
from dashboard.sources.csv.parsing import Part, new_parts


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds.

    Attributes:
        present: the file. `text`: its text in UTF-8, or its bytes where it has no lines.
        encoding: what it is read as; empty for plain UTF-8.
    """

    present: Present
    text: io.BufferedReader
    encoding: str

    def begun(self) -> FollowedFile | None:
        """The file from its beginning; None while its header is not complete.

        Raises:
            InvalidData: it is none of the shapes.
        """
        present = self.present
        if self.encoding == parquet.PARQUET:
            return parquet.start_following(present.name, self.text, present.status, present.reading)
        return files.start_following(present.name, self.text, present.status, present.reading, self.encoding)

    def parts(self, file: FollowedFile, *, settled: bool) -> Generator[Part]:
        """The rows from where the file was left.

        Args:
            file: how far it was read. `settled`: nobody writes any more.

        Raises:
            InvalidData: it cannot be read.
        """
        if self.encoding == parquet.PARQUET:
            return parquet.parts(file, self.text)
        end = self.text.seek(0, os.SEEK_END) if self.encoding else self.present.status.st_size
        return new_parts(file, self.text, end, settled=settled)

    def head(self, size: int = files.TAIL) -> bytes:
        """The first bytes of its text; none where it has no lines."""
        if self.encoding == parquet.PARQUET:
            return b""
        self.text.seek(0)
        return self.text.read(size)

    def goes_on_from(self, file: FollowedFile) -> bool:
        """It holds all that was read of another file."""
        begins_alike = bool(file.head) and self.head(len(file.head)) == file.head
        return begins_alike and self.until(file.offset) == file.last_bytes

    def until(self, offset: int) -> bytes:
        """The last bytes of its text before an offset."""
        return files.last_bytes(self.text, offset)

    def size(self) -> int:
        """Bytes of its text."""
        return self.text.seek(0, os.SEEK_END)


@contextmanager
def opened(present: Present) -> Iterator[Content]:
    """A file, open as long as it is looked at.

    Raises:
        SourceUnavailable: it cannot be read.
        InvalidData: it is damaged.
    """
    try:
        with files.open_regular(present.name) as raw:
            # Of the open file: its name may be another one's by now.
            present = replace(present, status=os.fstat(raw.fileno()))
            if parquet.is_parquet(raw):
                yield Content(present, raw, parquet.PARQUET)
                return
            text, encoding = decoded(raw, present.name, present.reading.encoding)
            with closing(text):
                yield Content(present, text, encoding)
    except OSError as error:
        raise files.unreadable(present.name, error) from None
