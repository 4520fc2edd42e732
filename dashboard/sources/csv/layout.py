"""The layout of a file: delimiter, header and quoting."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

DELIMITERS = ",;\t|"
# The header of logs in the extended format: https://www.w3.org/TR/WD-logfile.html
FIELDS = "#Fields:"
# The prefix of a first line that states the delimiter in spreadsheets: https://support.microsoft.com, "sep=;".
SEPARATOR = "sep="


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file.

    Attributes:
        columns: their names, in order.
        delimiter: between two columns.
        escape: the character before a quote inside a text; empty: such a quote is doubled.
        quotes: quoted texts may contain the delimiter; False: a quote is an ordinary character.
        is_log: each line is a row, whatever is quoted in it, or a comment that begins with `#`.
        has_lists: an unquoted column may hold several values, separated by a comma or colon and blanks.
        note: what the first lines leave open.
        header_lines: number of header lines.
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
    """The layout described by a header.

    Args:
        line: without its line end. `delimiter`: if known; otherwise the most frequent candidate.
    """
    # Ignore delimiters in quotes: a header of series contains labels with commas.
    sign = delimiter or max(DELIMITERS, key=_outside_quotes(line).count)
    # Line ends of other systems inside a line are ordinary characters, and an open quote extends to its end.
    try:
        cells = next(csv.reader([line.replace("\r", " ").replace("\n", " ")], delimiter=sign), [])
    except csv.Error:
        # A name is longer than CSV readers accept.
        cells = line.split(sign)
    return Layout(tuple(cell.strip() for cell in cells), sign)


def fields_layout(lines: Sequence[str]) -> Layout | None:
    """The layout described by a line of fields; None before the first row, which shows the delimiter.

    Args:
        lines: that line, and the following ones.
    """
    row = next((line for line in lines if line and not line.startswith("#")), "")
    columns = tuple(lines[0].removeprefix(FIELDS).split())
    return Layout(columns, "\t" if "\t" in row else " ", quotes=False, is_log=True) if row else None


def stated_delimiter(line: str) -> str:
    """The delimiter stated by a first line such as `sep=;`; empty without one."""
    text = line.strip().strip('"')
    return text[len(SEPARATOR) :] if len(text) == len(SEPARATOR) + 1 and text.lower().startswith(SEPARATOR) else ""


def is_no_row(line: str) -> bool:
    """Whether it is a blank line or a comment before the header."""
    text = line.strip().strip(DELIMITERS)
    return not text or text.startswith("#") or bool(stated_delimiter(line))


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])
