"""Tables as CSV: comment lines about the request, a header, and rows."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

# Spreadsheets treat cells that start with one of these as formulas.
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(head: Iterable[str], columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a CSV.

    Args:
        head: comments. `columns`: names of the columns, which may be untrusted.
        rows: cells written by `cell`, `number` and `moment`.
    """
    out = io.StringIO()
    out.writelines(f"# {' '.join(line.split())}\n" for line in head)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([cell(name) for name in columns])
    writer.writerows(rows)
    return out.getvalue()


def cell(text: str) -> str:
    """A text that no spreadsheet evaluates as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def number(value: float | None) -> str:
    """A number with the precision of a single float; empty if missing."""
    return "" if value is None or not np.isfinite(value) else f"{value:.7g}"


def moment(seconds: float, zone: str) -> str:
    """Format epoch seconds with the offset of a time zone (IANA name)."""
    return datetime.fromtimestamp(seconds, ZoneInfo(zone)).isoformat(timespec="seconds")


def file_name(title: str, kind: str, end: float) -> str:
    """The name of the downloaded file.

    Args:
        title: of the service or objective. `kind`: of the data. `end`: epoch seconds.
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", title)[:60].strip("-.") or "service"
    return f"{safe}-{kind}-{datetime.fromtimestamp(end, UTC):%Y%m%dT%H%MZ}.csv"
