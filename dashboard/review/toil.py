"""Toil and cost of a period: manual hours of all hours worked, and the cost per request.

Toil is manual work that could be automated; it should take at most half of the time:
https://sre.google/sre-book/eliminating-toil/
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import inf
from zoneinfo import ZoneInfo

from dashboard.capacity.prices import MONTH_HOURS
from dashboard.review.period import Period
from dashboard.review.review import Cost, Toil

COLUMNS = ("day", "service", "toil_hours", "hours")
MONTH_S = MONTH_HOURS * 3600.0
MILLION = 1e6


@dataclass(frozen=True, slots=True)
class ToilRow:
    """Hours of one day: of toil, and of all work. `service`: its name; empty for none."""

    day: date
    service: str
    toil_hours: float
    hours: float


def toil_rows(text: str) -> tuple[ToilRow, ...]:
    """Parse a CSV with the header `day,service,toil_hours,hours`, in any order; blank rows are left out.

    Formats of spreadsheets are accepted: with a byte order mark, and with semicolons if numbers contain commas.

    Raises:
        ValueError: a column is missing, or a cell is invalid; the message begins with the line.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    delimiter = ";" if lines and ";" in lines[0] else ","
    reader = csv.DictReader(lines, delimiter=delimiter)
    reader.fieldnames = [name.strip().casefold() for name in reader.fieldnames or ()]
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise ValueError(f"line 1: there is no column {missing[0]}: write {','.join(COLUMNS)}")
    return tuple(_row(row, reader.line_num, "," if delimiter == ";" else ".") for row in reader if _is_written(row))


def toil_of(rows: Iterable[ToilRow], period: Period, names: Mapping[str, str]) -> dict[str, Toil]:
    """Toil of a period by service, and the total under an empty name; empty if no row is in the period.

    Args:
        rows: of any days. `period`: to select days. `names`: ids of services by their names in the file.
    """
    zone = ZoneInfo(period.zone)
    first, end = (datetime.fromtimestamp(moment, zone).date() for moment in (period.start, period.end))
    sums: dict[str, list[float]] = {}
    for row in rows:
        if first <= row.day < end:
            for name in {"", names.get(row.service, row.service)}:
                hours = sums.setdefault(name, [0.0, 0.0])
                hours[0] += row.toil_hours
                hours[1] += row.hours
    return {name: Toil(toil_hours=toil, hours=hours) for name, (toil, hours) in sums.items()}


def costs_of(
    monthly: Mapping[str, float], currency: str, requests: Mapping[str, float], seconds: float
) -> dict[str, Cost]:  # fmt: skip
    """The costs of services over a time span.

    Args:
        monthly: monthly price by service. `currency`: written after amounts.
        requests: number served in that time, by service. `seconds`: length of the span.
    """
    amounts = {service: price * seconds / MONTH_S for service, price in monthly.items()}
    return {
        service: Cost(
            amount=amount,
            currency=currency,
            per_million=amount / requests[service] * MILLION if requests.get(service) else None,
        )
        for service, amount in amounts.items()
    }


def _is_written(row: Mapping[str, str | None]) -> bool:
    return any((row[column] or "").strip() for column in COLUMNS)


def _row(row: Mapping[str, str | None], line: int, point: str) -> ToilRow:
    """Parse one row.

    Args:
        row: cells by column. `line`: of the file. `point`: the decimal separator.

    Raises:
        ValueError: a cell is invalid.
    """
    try:
        toil_hours, hours = (float((row[column] or "").replace(point, ".")) for column in ("toil_hours", "hours"))
        day = date.fromisoformat((row["day"] or "").strip())
    except ValueError:
        raise ValueError(f"line {line}: expected a day such as 2026-10-14, and hours as numbers") from None
    if not 0 <= toil_hours <= hours < inf:
        raise ValueError(f"line {line}: of {hours:g} hours {toil_hours:g} cannot be toil")
    return ToilRow(day, (row["service"] or "").strip(), toil_hours, hours)
