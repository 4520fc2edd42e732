"""Parses times in files to epoch seconds, if they are unambiguous or their format is given."""

from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.values.repeated_hours import RowOrder, resolved
from dashboard.sources.csv.values.time_texts import plain_times, with_plain_signs
from dashboard.timerange import HOUR

# A number is an epoch in the largest of these units for which it is after 1973 and before 5138.
EPOCH_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
UNIT_ABOVE = {1e11: 1e3, 1e14: 1e6, 1e17: 1e9}
# A text with a number is only an epoch above this (1973); below it may be a year.
EPOCH_ABOVE = 1e8
# Dates from 2000 to 2100 written as one number, which as an epoch would be outside those years.
COMPACT = {
    (20_000_101_000_000, 21_000_101_000_000): "%Y%m%d%H%M%S",
    (200_001_010_000, 210_001_010_000): "%Y%m%d%H%M",
    (20_000_101, 21_000_101): "%Y%m%d",
}
# Resolution in seconds of an epoch with seven digits.
ROUNDED_S = 1000
OFFSET = r"(?:Z|[+-]\d\d:?\d\d)$"
# The beginning of an incomplete offset, which parsers would accept.
HALF_OFFSET = r"[T ]\d\d[\d:.,]*\s*[+-]"
# Formats with the month's name, or with dots, are unambiguous: access logs, mails and HTTP, syslog with a year,
# dashboards.
FORMATS = (
    "%d/%b/%Y:%H:%M:%S", "%d %b %Y %H:%M:%S", "%b %d %Y %H:%M:%S", "%b %d %H:%M:%S %Y", "%d-%b-%Y %H:%M:%S",
    "%d %b %Y %I:%M:%S %p", "%b %d %Y %I:%M:%S %p", "%d %b %Y %H:%M", "%b %d %Y %H:%M", "%b %d %Y %I:%M %p",
    "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S.%f %p", "%Y/%m/%d %I:%M:%S %p", "%Y/%m/%d %I:%M %p",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """How to parse times.

    Attributes:
        zone: IANA name, for times without an offset.
        pattern: for strptime, or `s`, `ms`, `us`, `ns` for an epoch; empty: only unambiguous formats.
    """

    zone: str = "UTC"
    pattern: str = ""

    @property
    def is_pattern(self) -> bool:
        """Whether times are texts and not an epoch."""
        return bool(self.pattern) and self.pattern not in EPOCH_UNITS


def epoch_seconds(column: pa.ChunkedArray, how: TimeFormat, order: RowOrder | None = None) -> np.ndarray:
    """Times in epoch seconds, shape (rows,); NaN for unreadable ones.

    Args:
        column: of a file, in its order. `how`: the format.
        order: of the rows before; when clocks go back, the order of rows decides which of two hours is meant.
    """
    order = order or RowOrder()
    if how.is_pattern:
        return _of_pattern(_texts(column), how, order)
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _of_timestamps(column, how.zone, order)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _of_numbers(column.cast(pa.float64(), safe=False).to_numpy(), how, order)
    return _of_texts(_texts(column), how, order)


def _texts(column: pa.ChunkedArray) -> pd.Series:
    texts: pd.Series = column.cast(pa.string()).to_pandas()
    # Most files only contain this, and each search in all texts takes time.
    is_ascii = pc.all(pc.string_is_ascii(column.cast(pa.string()))).as_py()
    return texts.str.strip() if is_ascii is not False else with_plain_signs(texts)


def _of_pattern(texts: pd.Series, how: TimeFormat, order: RowOrder) -> np.ndarray:
    aware = "%z" in how.pattern or "%Z" in how.pattern
    times = pd.DatetimeIndex(pd.to_datetime(texts, format=how.pattern, errors="coerce", utc=aware))
    return _seconds(times) if aware else _local_seconds(times, how.zone, order)


def _of_timestamps(column: pa.ChunkedArray, zone: str, order: RowOrder) -> np.ndarray:
    if column.type.unit == "s" and column.type.tz is not None and not column.null_count:
        whole: np.ndarray = column.cast(pa.int64()).to_numpy()
        return whole
    times = pd.DatetimeIndex(column.to_pandas())
    # Arrow converts offsets to UTC; times without one are local to the configured zone.
    return _seconds(times) if times.tz is not None else _local_seconds(times, zone, order)


def _of_texts(texts: pd.Series, how: TimeFormat, order: RowOrder) -> np.ndarray:
    """Times in epoch seconds: ISO 8601 and numbers first, then the rest in each of the formats."""
    # Each distinct text is parsed once, as rows of the same time have the same text.
    codes, different = pd.factorize(texts)
    numbers = pd.to_numeric(pd.Series(different), errors="coerce").to_numpy(dtype=float)
    numbers = _of_numbers(np.append(numbers, np.nan)[codes], how, order)
    is_epoch = np.abs(numbers) > (0 if how.pattern else EPOCH_ABOVE)
    seconds = np.where(is_epoch, numbers, np.nan)
    left = np.isnan(seconds) & (codes >= 0)
    if not left.any() or how.pattern:
        return seconds
    written = _Written.of(pd.Series(different), codes[left])
    plain, zones = plain_times(written.texts, how.zone)
    parsed = np.full(len(written.codes), np.nan)
    for zone in zones.unique():
        rows = (zones == zone).to_numpy()[written.codes]
        parsed[rows] = _of_plain(_Written.of(plain, written.codes[rows]), zone or how.zone, order)
    seconds[left] = parsed
    return seconds


@dataclass(frozen=True, slots=True, eq=False)
class _Written:
    """Times as written.

    Attributes:
        texts: the distinct ones. `codes`: of each row in the order of the file, indices of these, shape (rows,).
    """

    texts: pd.Series
    codes: np.ndarray

    @classmethod
    def of(cls, texts: pd.Series, codes: np.ndarray) -> Self:
        """The times of some rows, without texts that none of them has."""
        is_used = np.bincount(codes, minlength=len(texts)) > 0
        if is_used.all():
            return cls(texts, codes)
        return cls(texts[is_used].reset_index(drop=True), (np.cumsum(is_used) - 1)[codes])


def _of_plain(written: _Written, zone: str, order: RowOrder) -> np.ndarray:
    seconds = np.full(len(written.codes), np.nan)
    has_offset = written.texts.str.contains(OFFSET, regex=True, na=False).to_numpy()[written.codes]
    # ISO 8601 also allows a comma before the fraction, which loggers write.
    dotted = written.texts.str.replace(r",(\d{1,9})($|Z|[+-])", r".\1\2", regex=True)
    for rows, aware in ((has_offset, True), (~has_offset, False)):
        if rows.any():
            own = _Written.of(dotted, written.codes[rows])
            seconds[rows] = _in_seconds(own, "ISO8601", zone, order, aware=aware)
    if not np.isnan(seconds).any():
        return seconds
    # Some formats only differ in commas.
    spaced = written.texts.str.replace(r"(?<=\d),", "", regex=True)
    spaced = spaced.str.replace(r" *([+-]\d\d):?(\d\d)$", r" \1\2", regex=True)
    for pattern, aware in product(FORMATS, (True, False)):
        rows = np.isnan(seconds) & (has_offset == aware)
        if rows.any():
            own = _Written.of(spaced, written.codes[rows])
            seconds[rows] = _in_seconds(own, f"{pattern} %z" if aware else pattern, zone, order, aware=aware)
    return seconds


def _in_seconds(written: _Written, pattern: str, zone: str, order: RowOrder, *, aware: bool) -> np.ndarray:
    texts = written.texts
    # Also for texts without an offset: if some had a different offset, all would be rejected.
    index = pd.DatetimeIndex(pd.to_datetime(texts, utc=True, errors="coerce", format=pattern))
    if aware:
        return _seconds(index[written.codes])
    is_cut = texts.str.contains(HALF_OFFSET, regex=True, na=False).to_numpy()
    local = pd.DatetimeIndex(index.tz_localize(None).where(~is_cut))
    return _local_seconds(local[written.codes], zone, order)


def _of_numbers(values: np.ndarray, how: TimeFormat, order: RowOrder) -> np.ndarray:
    seconds = _epochs(values, how, order)
    if is_rounded(seconds):
        return np.full(len(seconds), np.nan)
    return seconds


def is_rounded(seconds: np.ndarray) -> bool:
    """Whether epochs lack their last digits, as from a spreadsheet that wrote 1.76441E+12.

    Args:
        seconds: since the epoch, shape (rows,); NaN for missing ones.
    """
    finite = seconds[np.isfinite(seconds)]
    if len(finite) < 3 or (finite % ROUNDED_S).any():
        return False
    # Every fifth whole hour also is a multiple of this, but rarely for three successive rows.
    steps = np.unique(finite)[:3]
    return len(steps) > 2 and bool((np.diff(steps) < 4 * HOUR).all())


def _epochs(values: np.ndarray, how: TimeFormat, order: RowOrder) -> np.ndarray:
    if how.pattern:
        in_unit: np.ndarray = values / EPOCH_UNITS[how.pattern]
        return in_unit
    # Nearly always all are epochs in seconds; comparisons with NaN are false.
    if len(values) and values.min() > EPOCH_ABOVE and values.max() <= min(UNIT_ABOVE):
        return values
    divisor = np.ones(len(values))
    for above, per_s in UNIT_ABOVE.items():
        divisor[np.abs(values) > above] = per_s
    seconds: np.ndarray = values / divisor
    for (low, high), pattern in COMPACT.items():
        is_date = (values >= low) & (values < high) & (values == np.floor(values))
        if is_date.any():
            texts = pd.Series(values[is_date].astype(np.int64).astype(str))
            times = pd.DatetimeIndex(pd.to_datetime(texts, format=pattern, errors="coerce"))
            seconds[is_date] = _local_seconds(times, how.zone, order)
    return seconds


def _local_seconds(times: pd.DatetimeIndex, zone: str, order: RowOrder) -> np.ndarray:
    """Local times in epoch seconds; in the repeated hour, their order decides which one is meant."""
    seconds = _seconds(times.tz_localize(zone, ambiguous="NaT", nonexistent="NaT"))
    doubtful = np.flatnonzero(np.isnan(seconds) & times.notna())
    if not len(doubtful):
        return seconds
    summer, winter = (
        _seconds(times[doubtful].tz_localize(zone, ambiguous=np.full(len(doubtful), is_summer), nonexistent="NaT"))
        for is_summer in (True, False)
    )
    # Times in the hour that clocks skip are invalid.
    is_repeated = ~np.isnan(summer)
    repeated = doubtful[is_repeated]
    if len(repeated):
        seconds[repeated] = resolved(seconds, repeated, summer[is_repeated], winter[is_repeated], order)
    return seconds


def _seconds(times: pd.DatetimeIndex) -> np.ndarray:
    whole = times.as_unit("us").asi8.astype(float) / 1e6
    seconds: np.ndarray = np.where(times.isna(), np.nan, whole)
    return seconds
