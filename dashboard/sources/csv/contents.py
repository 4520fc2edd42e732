"""Opens a file as text or as a table."""

import io
import os
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from dashboard.sources.csv import files, parquet
from dashboard.sources.csv.encodings import decoded
from dashboard.sources.csv.files import FollowedFile, Present
from dashboard.sources.csv.fingerprint import BLOCK
from dashboard.sources.csv.formats.format import FileFacts
from dashboard.sources.csv.layout import header_layout
from dashboard.sources.csv.parsing import Part, new_parts
from dashboard.sources.csv.recognition import Recognised
from dashboard.sources.csv.values.times import epoch_seconds


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a file.

    Attributes:
        present: the file. `text`: its text in UTF-8, or its bytes if it has no lines.
        encoding: detected encoding; empty for plain UTF-8.
    """

    present: Present
    text: io.BufferedReader
    encoding: str

    def begun(self) -> FollowedFile | None:
        """The file from its start; None while its header is incomplete.

        Raises:
            InvalidData: it has none of the shapes.
        """
        present = self.present
        if self.encoding == parquet.PARQUET:
            return parquet.start_following(present.name, self.text, present.status, present.reading)
        return files.start_following(present.name, self.text, present.status, present.reading, self.encoding)

    def begins_with_row(self, known: Recognised) -> bool:
        """Whether its first line is a row without a header; `known`: the expected rows."""
        line = self.head(files.LINE_MAX).partition(b"\n")[0].decode("utf-8", "replace").rstrip("\r")
        columns = known.layout.columns
        cells = header_layout(line, known.layout.delimiter).columns
        time, tool = known.shape.columns.get("time", ""), known.format
        has_header = tool is None or tool.has_header
        if not has_header or len(cells) != len(columns) or time not in columns:
            return False
        cell = cells[columns.index(time)]
        return not np.isnan(epoch_seconds(pa.chunked_array([[cell]]), known.reading.times)).any()

    def without_header(self, known: Recognised) -> FollowedFile:
        """The file from its start, without a header; `known`: describes its rows."""
        present = self.present
        recognised = known.begun(FileFacts(present.name, known.reading, present.status.st_mtime))
        return FollowedFile(present.name, present.status, 0, 0, recognised, self.encoding, has_header=False)

    def parts(self, file: FollowedFile, *, settled: bool) -> Generator[Part]:
        """The rows after the already read ones.

        Args:
            file: its reading position. `settled`: nobody writes to it any more.

        Raises:
            InvalidData: it cannot be read.
        """
        if self.encoding == parquet.PARQUET:
            return parquet.parts(file, self.text)
        end = self.text.seek(0, os.SEEK_END) if self.encoding else self.present.status.st_size
        return new_parts(file, self.text, end, settled=settled)

    def head(self, size: int = files.TAIL) -> bytes:
        """The first bytes of its text; empty if it has no lines."""
        if self.encoding == parquet.PARQUET:
            return b""
        self.text.seek(0)
        return self.text.read(size)

    def goes_on_from(self, file: FollowedFile) -> bool:
        """Whether it starts with everything that was read of another file."""
        return bool(file.head) and self.size() >= file.offset and file.read.is_in(self.text)

    def equals(self, other: "Content", begin: int, end: int) -> bool:
        """Whether another content has the same bytes of text.

        Args:
            other: the other content. `begin`, `end`: offsets of the first byte, and after the last.
        """
        for at in range(begin, end, BLOCK):
            size = min(BLOCK, end - at)
            self.text.seek(at)
            other.text.seek(at)
            if self.text.read(size) != other.text.read(size):
                return False
        return True

    def size(self) -> int:
        """Size of its text in bytes."""
        return self.text.seek(0, os.SEEK_END)


@contextmanager
def opened(present: Present) -> Iterator[Content]:
    """A file, open while it is used.

    Raises:
        SourceUnavailable: it cannot be read.
        InvalidData: it is damaged.
    """
    try:
        with files.open_regular(present.name) as raw:
            # Use the status of the open file: its name may belong to another one by now.
            present = replace(present, status=os.fstat(raw.fileno()))
            if parquet.is_parquet(raw):
                yield Content(present, raw, parquet.PARQUET)
                return
            text, encoding = decoded(raw, present.name, present.reading.encoding)
            with closing(text):
                yield Content(present, text, encoding)
    except OSError as error:
        raise files.unreadable(present.name, error) from None
