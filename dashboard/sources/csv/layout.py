"""How the lines of a file are cut into columns."""

import csv
from dataclasses import dataclass

DELIMITERS = ",;\t|"
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
    """

    columns: tuple[str, ...]
    delimiter: str = ","
    escape: str = ""
    quotes: bool = True


def header_layout(line: str, delimiter: str = "") -> Layout:
    """The layout that a header describes.

    Args:
        line: without its end. `delimiter`: where it is known; else the sign that stands there most often.
    """
    # Quotes may hold a delimiter: a header of series has labels with commas.
    sign = delimiter or max(DELIMITERS, key=_outside_quotes(line).count)
    # Line ends of other systems inside of a line are none here, and quotes that do not end go on to its end.
    cells = next(csv.reader([line.replace("\r", " ").replace("\n", " ")], delimiter=sign), [])
    return Layout(tuple(cell.strip() for cell in cells), sign)


def stated_delimiter(line: str) -> str:
    """The delimiter that a first line such as `sep=;` states; empty where it states none."""
    text = line.strip().strip('"')
    return text[len(SEPARATOR) :] if len(text) == len(SEPARATOR) + 1 and text.lower().startswith(SEPARATOR) else ""


def is_no_row(line: str) -> bool:
    """A blank line, or a comment, before the header."""
    text = line.strip().strip(DELIMITERS)
    return not text or text.startswith("#") or bool(stated_delimiter(line))


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])
