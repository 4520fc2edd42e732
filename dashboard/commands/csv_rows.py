"""Read the rows of a CSV file, plain or compressed, with any common delimiter, or from standard input."""

import csv
import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain

from dashboard.exceptions import ConfigError, InvalidData
from dashboard.sources.csv.encodings import decoded
from dashboard.sources.csv.layout import header_layout, stated_delimiter

STANDARD_INPUT = "standard input"


def named(path: str | None) -> str:
    """How messages name a file: `-` and None mean standard input."""
    return path if path not in (None, "-") else STANDARD_INPUT


def csv_rows(path: str | None) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of its last line; the delimiter is detected from the first line.

    Args:
        path: a file; `-` or None: standard input.

    Raises:
        ConfigError: the file cannot be read or is not a CSV file.
    """
    where = named(path)
    try:
        with _text(where) as text:
            yield from _rows(where, text)
    except InvalidData as error:
        raise ConfigError(str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is no text in UTF-8"
        raise ConfigError(f"{where}: cannot be read: {why}") from None


def _rows(where: str, text: io.TextIOWrapper) -> Iterator[tuple[int, list[str]]]:
    first = text.readline()
    stated = stated_delimiter(first)
    reader = csv.reader(text if stated else chain([first], text), delimiter=stated or header_layout(first).delimiter)
    before = 1 if stated else 0
    try:
        for row in reader:
            yield before + reader.line_num, row
    except csv.Error as error:
        raise ConfigError(f"{where}, line {before + reader.line_num}: {error}") from None


@contextmanager
def _text(where: str) -> Iterator[io.TextIOWrapper]:
    with ExitStack() as opened:
        raw = _raw(where)
        opened.callback(raw.close)
        plain, _ = decoded(raw, where)
        # Spreadsheets write a byte order mark, which would become part of the first column's name.
        yield opened.enter_context(io.TextIOWrapper(plain, encoding="utf-8-sig", newline=""))


def _raw(where: str) -> io.BufferedReader:
    if where != STANDARD_INPUT and (file := open(where, "rb")).seekable():  # noqa: SIM115 - closed with the text
        return file
    # A pipe cannot be read twice, so its content is buffered before the format is detected.
    with sys.stdin.buffer if where == STANDARD_INPUT else file as pipe:
        return io.BufferedReader(io.BytesIO(pipe.read()))
