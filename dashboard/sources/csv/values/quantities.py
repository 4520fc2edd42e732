"""Parses numbers with units of time, data and rates, or in thousands and millions."""

import re
from collections.abc import Callable
from enum import IntEnum
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
# Seconds per unit in log lines, load tests and dashboards.
SECONDS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0,
    "h": 3600.0,
}  # fmt: skip
# Multiples as written by people and by Grafana.
MULTIPLES: Final = {
    "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40,
    "Mil": 1e6, "Mio": 1e6, "Bil": 1e9, "Tri": 1e12,
}  # fmt: skip
# Cells that mean a missing number.
MISSING: Final = ("", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "undefined", "-", "--", "–", "—")
# Further units of Grafana, which are not used in configurations.
_LONG: Final = {"mins": 60.0, "hour": 3600.0, "hours": 3600.0, "day": 86_400.0, "days": 86_400.0}
_ALL_SECONDS: Final = SECONDS | _LONG
_PART = re.compile(rf"({NUMBER})\s*({'|'.join(sorted(_ALL_SECONDS, key=len, reverse=True))})(?![a-z])\s*")
# Spans of less than an hour in .NET and spreadsheets; with hours it may be a time of day.
_CLOCK = re.compile(r"(?:0+\.)?0{1,2}:([0-5]\d):([0-5]\d(?:[.,]\d+)?)")
CLOCK_S = 3600.0
# ISO 8601: `PT1M2.5S`.
_ISO = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?")
_PARTS: Final = (1.0, 60.0, 3600.0)
_QUANTITY = re.compile(rf"([+-]?{NUMBER})\s*(Mil|Mio|Bil|Tri|[KMGT]i|[kKMGTP])?(?![a-z])\s*(.*)")


class Unit(IntEnum):
    """The unit after a number."""

    NONE = 0
    PER_CENT = 1
    PER_SECOND = 2
    SECONDS = 3
    BYTES = 4
    # A thousand or a million: such a number is rounded.
    MULTIPLE = 5
    PER_MINUTE = 6


_UNITS: Final = (
    (re.compile(r"%|per ?cent|pct"), Unit.PER_CENT),
    (re.compile(r"i?[Bb](?:/s|ps)?|bytes?(?:/s(?:ec)?)?"), Unit.BYTES),
    (re.compile(r"(?:\w* ?(?:/|per) ?(?:m|min|minute))|[rco]pm|reqpm", re.IGNORECASE), Unit.PER_MINUTE),
    (re.compile(r"(?:\w* ?(?:/|per) ?(?:s|sec|second))|[rtqi]ps|reqps|i?ops|cps", re.IGNORECASE), Unit.PER_SECOND),
    (re.compile(r"reqs?|requests?|errors?|hits?|calls?|events?|counts?", re.IGNORECASE), Unit.NONE),
)


def durations(column: pa.ChunkedArray, scale: float) -> np.ndarray:
    """Durations in seconds, shape (rows,); NaN for unreadable ones.

    Args:
        column: numbers, or texts with a unit such as `123ms`, `0.244 s` or `1m30s`.
        scale: seconds per unit of numbers; a written unit takes precedence.
    """
    if pa.types.is_duration(column.type):
        # Parquet has a type for durations.
        nanoseconds: np.ndarray = column.cast(pa.duration("ns")).cast(pa.int64()).to_numpy()
        return nanoseconds * 1e-9
    if pa.types.is_time(column.type):
        # Arrow parses such texts as times of day.
        since_midnight: np.ndarray = column.cast(pa.time64("ns")).cast(pa.int64()).cast(pa.float64()).to_numpy()
        return np.where(since_midnight * 1e-9 < CLOCK_S, since_midnight * 1e-9, np.nan)
    plain, left = _plain(column)
    return plain * scale if left is None else _with_texts(plain * scale, left, _seconds)[0]


def numbers(column: pa.ChunkedArray) -> np.ndarray:
    """Numbers, shape (rows,), such as `1200` or `1.2 K`; NaN for unreadable ones."""
    return quantities(column)[0]


def quantities(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and the `Unit` after each, both of shape (rows,); NaN for unreadable ones.

    Durations are converted to seconds, and percentages unchanged.
    """
    plain, left = _plain(column)
    if left is None:
        return plain, np.zeros(len(plain), dtype=np.int8)
    return _with_texts(plain, left, _quantity)


def unit_of(text: str) -> Unit:
    """The unit in a text, such as `req/s`; NONE if it is something else."""
    return next((unit for pattern, unit in _UNITS if pattern.fullmatch(text)), Unit.NONE)


def is_missing(column: pa.ChunkedArray) -> np.ndarray:
    """Mask of cells that are empty or mean a missing value, shape (rows,)."""
    if is_text(column):
        texts: pd.Series = column.cast(pa.string()).to_pandas()
        missing: np.ndarray = (texts.isna() | texts.str.strip().str.lower().isin(MISSING)).to_numpy(dtype=bool)
        return missing
    empty: np.ndarray = np.isnan(_plain(column)[0])
    return empty


def is_text(column: pa.ChunkedArray) -> bool:
    """Whether Arrow parsed a column as texts."""
    return bool(pa.types.is_string(column.type) or pa.types.is_dictionary(column.type))


def _plain(column: pa.ChunkedArray) -> tuple[np.ndarray, pd.Series | None]:
    """A column as floats, shape (rows,), NaN if it has none; and its texts, None if it is numeric."""
    # A single cell that is not a number makes Arrow parse the whole column as text.
    if is_text(column):
        texts: pd.Series = column.cast(pa.string()).to_pandas()
        texts = texts.str.strip()
        return pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float), texts
    # A column without values has a null type; dates and times are not numbers.
    if pa.types.is_null(column.type) or pa.types.is_temporal(column.type):
        return np.full(len(column), np.nan), None
    return column.cast(pa.float64(), safe=False).to_numpy(), None


def _with_texts(
    values: np.ndarray, texts: pd.Series, read: Callable[[str], tuple[float, Unit]]
) -> tuple[np.ndarray, np.ndarray]:
    """Values and units, with missing values parsed from their texts, each distinct text once."""
    missing, units = np.isnan(values) & texts.notna().to_numpy(), np.zeros(len(values), dtype=np.int8)
    if missing.any():
        codes, different = pd.factorize(texts[missing])
        values = values.copy()
        readings = [read(str(text)) for text in different]
        values[missing] = np.array([value for value, _ in readings])[codes]
        units[missing] = np.array([unit for _, unit in readings], dtype=np.int8)[codes]
    return values, units


def _seconds(text: str) -> tuple[float, Unit]:
    """Seconds of one or several numbers with units, or of a span in clock format; NaN for anything else."""
    span = _CLOCK.fullmatch(text) or (_ISO.fullmatch(text) if text[-1:] in ("H", "M", "S") else None)
    if span is not None:
        parts = [float((part or "0").replace(",", ".")) for part in reversed(span.groups())]
        return sum(part * factor for part, factor in zip(parts, _PARTS, strict=False)), Unit.SECONDS
    seconds, place = 0.0, 0
    for part in _PART.finditer(text):
        if part.start() != place:
            return np.nan, Unit.NONE
        seconds, place = seconds + float(part[1]) * _ALL_SECONDS[part[2]], part.end()
    return (seconds, Unit.SECONDS) if place == len(text) > 0 else (np.nan, Unit.NONE)


def _quantity(text: str) -> tuple[float, Unit]:
    """A number with a unit; NaN for anything else."""
    parts = _QUANTITY.fullmatch(text)
    if parts is not None:
        value = float(parts[1]) * MULTIPLES.get(parts[2], 1.0)
        if not parts[3]:
            return value, Unit.MULTIPLE if parts[2] else Unit.NONE
        for pattern, unit in _UNITS:
            if pattern.fullmatch(parts[3]):
                return value, Unit.MULTIPLE if unit is Unit.NONE and parts[2] else unit
    return _seconds(text)
