"""Explains why a time cannot be parsed, and what to configure."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.sources.csv.values.time_texts import CLOCK, SHARED, plain_times, with_plain_signs
from dashboard.sources.csv.values.times import EPOCH_ABOVE, TimeFormat, epoch_seconds

# Texts for a missing time.
MISSING = ("", "nan", "na", "n/a", "nat", "none", "null", "-")
# Dates with digits only: which number is the month is ambiguous.
DIGITS = re.compile(
    r"(?P<first>\d{1,2})(?P<sign>[./-])(?P<second>\d{1,2})(?P=sign)(?P<third>\d{4}|\d{2})"
    r"(?P<between>[ T,]*)(?P<clock>\d{1,2}:\d{2})?(?P<seconds>:\d{2})?(?P<half> ?[AP]M)?"
)
# A date and time in ISO 8601: if unreadable, it does not exist.
ISO = re.compile(r"\d{4}-\d\d?-\d\d?(?:[T ]\d\d?(?::?\d\d){0,2}(?:[.,]\d+)? ?(?:Z|[+-]\d\d:?(?:\d\d)?)?)?")
# Days since 1900 in spreadsheets, from 2000 to 2100.
SERIALS = (36_526, 73_051)
AS_SERIAL = "spreadsheets count days so: give the column the format yyyy-mm-dd hh:mm:ss, and save it as CSV once more"

AS_ROUNDED = (
    "its last digits are lost, as a spreadsheet rounded it: give the column the format 0, and save it once more"
)


def unreadable(value: object, how: TimeFormat) -> str:
    """Why a time is unreadable, and what to configure.

    Args:
        value: the cell, None if missing. `how`: the format.
    """
    text = str("" if value is None else value).strip()
    if text.lower() in MISSING:
        return "the time is missing"
    said = f"the time {text[:40]!r} cannot be read"
    if how.pattern:
        said += f' with time_format = "{how.pattern}"'
        if not np.isnan(epoch_seconds(pa.chunked_array([pa.array([text])]), replace(how, pattern=""))[0]):
            return f"{said}: leave it out, and it is read"
    if _is_repeated(text, how):
        return f"{said}: clocks show it twice that night, and no rows around it tell which is meant: write the offset"
    return f"{said}: {_remedy(with_plain_signs(pd.Series([text]))[0])}"


def _remedy(text: str) -> str:
    """The setting for a time; `text`: with plain signs."""
    if ISO.fullmatch(text):
        return "there is no such time"
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text) and SERIALS[0] <= float(text) < SERIALS[1]:
        return AS_SERIAL
    # With more digits than nanoseconds, it is not an epoch that lost its last digits.
    if re.fullmatch(r"\d{1,19}(?:\.\d+)?(?:e\+\d\d)?", text, re.IGNORECASE) and float(text) > EPOCH_ABOVE:
        return AS_ROUNDED
    if re.match(CLOCK, text):
        return "it has no date: write the date before it, or in a column called date"
    zone = re.search(r"\d(?: ?[AP]M)? ?\(?([A-Z]{2,5})\)?$", text)
    if zone is not None and zone[1] in SHARED:
        zones = " or ".join(f'time_zone = "{name}"' for name in SHARED[zone[1]])
        return f"several zones are called {zone[1]}: write {zones}, or another one"
    digits = DIGITS.fullmatch(text)
    if digits is None:
        return 'write time_format, such as "%d.%m.%Y %H:%M:%S", under [source]'
    ways = [f'time_format = "{pattern}"' for pattern in _patterns(digits)]
    if len(ways) == 1:
        return f"write {ways[0]} under [source]"
    which = "year" if ways[1].startswith('time_format = "%y') else "month"
    return f"which number is the {which}? Write {ways[0]} or {ways[1]} under [source]"


def _patterns(digits: re.Match[str]) -> list[str]:
    """The possible formats of a time with digits only, for strptime."""
    first, second, third = (int(digits[name]) for name in ("first", "second", "third"))
    year = "%Y" if len(digits["third"]) == 4 else "%y"
    day_first, month_first, year_first = ("%d", "%m", year), ("%m", "%d", year), ("%y", "%m", "%d")
    if digits["sign"] == ".":
        orders = [day_first]
    elif first > 12 and year == "%y" and first <= 99 and third <= 31:
        orders = [day_first, year_first] if first <= 31 else [year_first]
    elif first > 12:
        orders = [day_first]
    else:
        orders = [month_first] if second > 12 else [day_first, month_first]
    return [_pattern(digits, order) for order in orders]


def _is_repeated(text: str, how: TimeFormat) -> bool:
    """Whether a time occurs twice because clocks go back."""
    plain, zones = plain_times(with_plain_signs(pd.Series([text])), how.zone)
    local = epoch_seconds(pa.chunked_array([pa.array(plain)]), replace(how, zone="UTC"))
    if np.isnan(local[0]):
        return False
    moment = pd.DatetimeIndex([pd.Timestamp(local[0], unit="s")])
    first, second = (
        moment.tz_localize(zones[0] or how.zone, ambiguous=np.array([is_summer]), nonexistent="NaT")
        for is_summer in (True, False)
    )
    return bool((first != second)[0]) and not first.isna()[0]


def _pattern(digits: re.Match[str], order: tuple[str, str, str]) -> str:
    """The format of a time with digits only, for strptime; `order`: of its date."""
    hours = "%I:%M" if digits["half"] else "%H:%M"
    clock = (hours if digits["clock"] else "") + (":%S" if digits["seconds"] else "")
    half = digits["half"] or ""
    return f"{digits['sign'].join(order)}{digits['between']}{clock}{half[:-2]}{'%p' if half else ''}"


def beyond(value: object) -> str:
    """Why a time before 2000 or after 2100 is rejected; `value`: the cell."""
    said = "the time lies before 2000 or after 2100"
    if not isinstance(value, int | float):
        return said
    if SERIALS[0] <= value < SERIALS[1]:
        return f"{said}: {AS_SERIAL}"
    return f"{said}: {value:g} is no epoch of these years; to times since a start add that start in the file"
