"""The layout of a file: delimiter, header and quoting."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

DELIMITERS = ",;\t|"
# The header of logs in the extended format: https://www.w3.org/TR/WD-logfile.html
FIELDS = "#Fields:"
# The first line of spreadsheets that names the delimiter: https://support.microsoft.com, "sep=;".
SEPARATOR = "sep="


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file.

    Attributes:
        columns: their names, in order.
        delimiter: between two columns.
        escape: the character before a quote that is part of a text; empty: such a quote is written twice.
        quotes: a text in quotes may hold the delimiter; else a quote is a character like any other.
        is_log: each line is a row of its own, whatever is quoted in it, or a comment that begins with `#`.
        has_lists: a column without quotes may hold several values with a comma or a colon and blanks between them.
        note: what its first lines do not tell.
        header_lines: how many lines the header has.
    """

    columns: tuple[str, ...]
    delimiter: str = ","
    escape: str = ""
    quotes: bool = True
    is_log: bool = False
    has_lists: bool = False
    note: str = ""
    header_lines: int = 1


def header_layout(line: str, delimiter: str = "") -> Layout:
    """The layout that a header describes.

    Args:
        line: without its end. `delimiter`: where it is known; else the sign that stands there most often.
    """
    # Quotes may hold a delimiter: a header of series has labels with commas.
    sign = delimiter or max(DELIMITERS, key=_outside_quotes(line).count)
    # Line ends of other systems inside of a line are none here, and quotes that do not end go on to its end.
    try:
        cells = next(csv.reader([line.replace("\r", " ").replace("\n", " ")], delimiter=sign), [])
    except csv.Error:
        # A name longer than any that a reader of CSV takes.
        cells = line.split(sign)
    return Layout(tuple(cell.strip() for cell in cells), sign)


def fields_layout(lines: Sequence[str]) -> Layout | None:
    """The layout that a line of fields describes; None while there is no row, which tells the delimiter.

    Args:
        lines: that one, and those after it.
    """
    row = next((line for line in lines if line and not line.startswith("#")), "")
    columns = tuple(lines[0].removeprefix(FIELDS).split())
    return Layout(columns, "\t" if "\t" in row else " ", quotes=False, is_log=True) if row else None


def stated_delimiter(line: str) -> str:
    """The delimiter that a first line such as `sep=;` states; empty if it states none."""
    text = line.strip().strip('"')
    return text[len(SEPARATOR) :] if len(text) == len(SEPARATOR) + 1 and text.lower().startswith(SEPARATOR) else ""


def is_no_row(line: str) -> bool:
    """A blank line, or a comment, before the header."""
    text = line.strip().strip(DELIMITERS)
    return not text or text.startswith("#") or bool(stated_delimiter(line))


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])
