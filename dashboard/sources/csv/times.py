"""Times as files write them, as epoch seconds: what can be read in only one way, and what a format says."""

import re
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.sources.csv.repeated_hours import RowOrder, resolved

# A number is an epoch in the largest of these units by which it lies after 1973 and before 5138.
EPOCH_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
UNIT_ABOVE = {1e11: 1e3, 1e14: 1e6, 1e17: 1e9}
# A text that is a number is an epoch only above this (1973); below it may be a year.
EPOCH_ABOVE = 1e8
OFFSET = r"(?:Z|[+-]\d\d:?\d\d)$"
# What stands behind a time where an offset should; parsers take it for one all the same.
HALF_OFFSET = r"[T ]\d\d[\d:.,]*\s*[+-]"
# What names the month, or has it in the middle of dots, can be read in one way only: access logs, mails and HTTP,
# syslog of a year, dashboards.
FORMATS = (
    "%d/%b/%Y:%H:%M:%S", "%d %b %Y %H:%M:%S", "%b %d %Y %H:%M:%S", "%b %d %H:%M:%S %Y", "%d-%b-%Y %H:%M:%S",
    "%d %b %Y %I:%M:%S %p", "%b %d %Y %I:%M:%S %p", "%d %b %Y %H:%M", "%b %d %Y %H:%M", "%b %d %Y %I:%M %p",
)  # fmt: skip
# What programs write where they have no time.
MISSING = ("", "nan", "na", "n/a", "nat", "none", "null", "-")
# Digits alone: which of them is the month only a person knows.
DIGITS = re.compile(
    r"(?P<first>\d{1,2})(?P<sign>[./-])(?P<second>\d{1,2})(?P=sign)\d{4}"
    r"(?P<between>[ T,]*)(?P<clock>\d{1,2}:\d{2})?(?P<seconds>:\d{2})?(?P<half> ?[AP]M)?"
)


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """How times are to be read.

    Attributes:
        zone: IANA name, of times without an offset.
        pattern: as strptime has it, or `s`, `ms`, `us`, `ns` for an epoch; empty: what can be read in only one way.
    """

    zone: str = "UTC"
    pattern: str = ""

    @property
    def is_pattern(self) -> bool:
        """Times are texts, not a number of an epoch."""
        return bool(self.pattern) and self.pattern not in EPOCH_UNITS


def epoch_seconds(column: pa.ChunkedArray, how: TimeFormat, order: RowOrder | None = None) -> np.ndarray:
    """Times in epoch seconds, shape (rows,); NaN where one cannot be read.

    Args:
        column: of a file, in its order. `how`: they are to be read.
        order: what the rows before say; when clocks go back, the order of rows tells which of two hours is meant.
    """
    order = order or RowOrder()
    if how.is_pattern:
        return _of_pattern(_texts(column), how, order)
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _of_timestamps(column, how.zone, order)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _of_numbers(column.cast(pa.float64(), safe=False).to_numpy(), how.pattern)
    return _of_texts(_texts(column), how, order)


def unreadable(value: object, how: TimeFormat) -> str:
    """Why a time cannot be read, and what to write in the configuration.

    Args:
        value: the cell, None without any. `how`: times are to be read.
    """
    text = str("" if value is None else value).strip()
    if text.lower() in MISSING:
        return "the time is missing"
    said = f"the time {text[:40]!r} cannot be read"
    if _is_repeated(text, how):
        return f"{said}: clocks show it twice that night, and no rows around it tell which is meant: write the offset"
    if re.match(r"\d{4}-\d", text):
        return f"{said}: there is no such time"
    digits = DIGITS.fullmatch(text)
    if digits is None:
        return f'{said}: write time_format, such as "%d.%m.%Y %H:%M:%S", under [source]'
    patterns = [f'time_format = "{_pattern(digits, day_first=day_first)}"' for day_first in (True, False)]
    if int(digits["first"]) > 12 or digits["sign"] == ".":
        return f"{said}: write {patterns[0]} under [source]"
    if int(digits["second"]) > 12:
        return f"{said}: write {patterns[1]} under [source]"
    return f"{said}: which number is the month? Write {patterns[0]} or {patterns[1]} under [source]"


def _is_repeated(text: str, how: TimeFormat) -> bool:
    """A time that clocks show twice, as they go back."""
    plain, zones = _plain(pd.Series([text]))
    local = epoch_seconds(pa.chunked_array([pa.array(plain)]), replace(how, zone="UTC"))
    if np.isnan(local[0]):
        return False
    moment = pd.DatetimeIndex([pd.Timestamp(local[0], unit="s")])
    first, second = (
        moment.tz_localize(zones[0] or how.zone, ambiguous=np.array([is_summer]), nonexistent="NaT")
        for is_summer in (True, False)
    )
    return bool((first != second)[0]) and not first.isna()[0]


def _pattern(digits: re.Match[str], *, day_first: bool) -> str:
    """The format of a time of digits, as strptime has it."""
    date = digits["sign"].join(("%d", "%m", "%Y") if day_first else ("%m", "%d", "%Y"))
    hours = "%I:%M" if digits["half"] else "%H:%M"
    clock = (hours if digits["clock"] else "") + (":%S" if digits["seconds"] else "")
    half = digits["half"] or ""
    return f"{date}{digits['between']}{clock}{half[:-2]}{'%p' if half else ''}"


def _texts(column: pa.ChunkedArray) -> pd.Series:
    texts: pd.Series = column.cast(pa.string()).to_pandas()
    return texts.str.strip()


def _of_pattern(texts: pd.Series, how: TimeFormat, order: RowOrder) -> np.ndarray:
    aware = "%z" in how.pattern or "%Z" in how.pattern
    times = pd.DatetimeIndex(pd.to_datetime(texts, format=how.pattern, errors="coerce", utc=aware))
    return _seconds(times) if aware else _local_seconds(times, how.zone, order)


def _of_timestamps(column: pa.ChunkedArray, zone: str, order: RowOrder) -> np.ndarray:
    if column.type.unit == "s" and column.type.tz is not None and not column.null_count:
        whole: np.ndarray = column.cast(pa.int64()).to_numpy()
        return whole
    times = pd.DatetimeIndex(column.to_pandas())
    # Arrow reads an offset into UTC; a time without one is local to the zone the configuration names.
    return _seconds(times) if times.tz is not None else _local_seconds(times, zone, order)


def _of_texts(texts: pd.Series, how: TimeFormat, order: RowOrder) -> np.ndarray:
    """Times in epoch seconds: ISO 8601 and numbers first, then what is left in each of the formats."""
    seconds = np.full(len(texts), np.nan)
    numbers = _of_numbers(pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float), how.pattern)
    is_epoch = np.abs(numbers) > (0 if how.pattern else EPOCH_ABOVE)
    seconds[is_epoch] = numbers[is_epoch]
    left = np.isnan(seconds) & texts.notna().to_numpy()
    if left.any() and not how.pattern:
        plain, zones = _plain(texts[left])
        parsed = np.full(len(plain), np.nan)
        for zone in zones.unique():
            rows = (zones == zone).to_numpy()
            parsed[rows] = _of_plain(plain[rows], zone or how.zone, order)
        seconds[left] = parsed
    return seconds


def _plain(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Texts without brackets, quotes, names of days and zones, and the IANA name of each zone; empty without any."""
    plain = texts.str.strip("[]\"' ")
    # Java writes the zone behind the offset, which tells all.
    plain = plain.str.replace(r"(Z|[+-]\d\d:?\d\d)\[.*$", r"\1", regex=True)
    plain = plain.str.replace(r"^[A-Za-z]{3,9},? +(?=[A-Za-z]{3} +\d|\d{1,2} +[A-Za-z]{3})", "", regex=True)
    plain = plain.str.replace(r" ?(?:UTC|GMT|UT)$|(?<=\d)z$", "+00:00", regex=True)
    # Databases write whole hours alone.
    plain = plain.str.replace(r"([T ]\d\d(?::?\d\d){0,2}(?:[.,]\d+)?) ?([+-]\d\d)$", r"\1\2:00", regex=True)
    named = plain.str.extract(r"^(.*\d)[ \[]([A-Z][A-Za-z_]+/[A-Za-z_/+-]+)$")
    zones = named[1].fillna("")
    known = zones.isin(_known_zones(zones))
    return named[0].where(known & (zones != ""), plain), zones.where(known, "")


def _known_zones(zones: pd.Series) -> list[str]:
    known = []
    for zone in zones.unique():
        try:
            pd.Timestamp(0, tz=zone or "UTC")
            known.append(zone)
        # Of pytz and zoneinfo alike: KeyError, ValueError or an error of files.
        except (LookupError, ValueError, OSError):
            continue
    return known


def _of_plain(texts: pd.Series, zone: str, order: RowOrder) -> np.ndarray:
    seconds = np.full(len(texts), np.nan)
    has_offset = texts.str.contains(OFFSET, regex=True, na=False).to_numpy()
    # A comma before the fraction is as good by ISO 8601; loggers write it.
    dotted = texts.str.replace(r",(\d{1,9})(?=$|Z|[+-])", r".\1", regex=True)
    for rows, aware in ((has_offset, True), (~has_offset, False)):
        if rows.any():
            seconds[rows] = _in_seconds(dotted[rows], "ISO8601", zone, order, aware=aware)
    # Commas are all that some of them differ in.
    spaced = texts.str.replace(r"(?<=\d),", "", regex=True)
    spaced = spaced.str.replace(r" *([+-]\d\d):?(\d\d)$", r" \1\2", regex=True)
    for pattern, aware in product(FORMATS, (True, False)):
        rows = np.isnan(seconds) & (has_offset == aware)
        if rows.any():
            pattern = f"{pattern} %z" if aware else pattern
            seconds[rows] = _in_seconds(spaced[rows], pattern, zone, order, aware=aware)
    return seconds


def _in_seconds(texts: pd.Series, pattern: str, zone: str, order: RowOrder, *, aware: bool) -> np.ndarray:
    # Of texts without an offset, too: of those that have another one than the rest all would be refused.
    index = pd.DatetimeIndex(pd.to_datetime(texts, utc=True, errors="coerce", format=pattern))
    if aware:
        return _seconds(index)
    is_cut = texts.str.contains(HALF_OFFSET, regex=True, na=False).to_numpy()
    return _local_seconds(pd.DatetimeIndex(index.tz_localize(None).where(~is_cut)), zone, order)


def _of_numbers(values: np.ndarray, unit: str) -> np.ndarray:
    if unit:
        in_unit: np.ndarray = values / EPOCH_UNITS[unit]
        return in_unit
    divisor = np.ones(len(values))
    for above, per_s in UNIT_ABOVE.items():
        divisor[np.abs(values) > above] = per_s
    seconds: np.ndarray = values / divisor
    return seconds


def _local_seconds(times: pd.DatetimeIndex, zone: str, order: RowOrder) -> np.ndarray:
    """Local times in epoch seconds; of the hour that clocks repeat, their order tells which one is meant."""
    seconds = _seconds(times.tz_localize(zone, ambiguous="NaT", nonexistent="NaT"))
    doubtful = np.flatnonzero(np.isnan(seconds) & times.notna())
    if not len(doubtful):
        return seconds
    summer, winter = (
        _seconds(times[doubtful].tz_localize(zone, ambiguous=np.full(len(doubtful), is_summer), nonexistent="NaT"))
        for is_summer in (True, False)
    )
    # What clocks leave out is neither.
    is_repeated = ~np.isnan(summer)
    repeated = doubtful[is_repeated]
    if len(repeated):
        seconds[repeated] = resolved(seconds, repeated, summer[is_repeated], winter[is_repeated], order)
    return seconds


def _seconds(times: pd.DatetimeIndex) -> np.ndarray:
    whole = times.as_unit("us").asi8.astype(float) / 1e6
    seconds: np.ndarray = np.where(times.isna(), np.nan, whole)
    return seconds
