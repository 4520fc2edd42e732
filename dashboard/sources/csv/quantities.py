"""Numbers as people and tools write them: with units of time, or in thousands and millions."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa

NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
# Seconds of the units that log lines, load tests and dashboards write.
SECONDS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0,
    "h": 3600.0,
}  # fmt: skip
MULTIPLES = {"k": 1e3, "K": 1e3, "M": 1e6}
_PART = re.compile(rf"({NUMBER})\s*({'|'.join(sorted(SECONDS, key=len, reverse=True))})(?![a-z])\s*")
_MULTIPLE = re.compile(rf"([+-]?{NUMBER})\s*([kKM])")


def durations(column: pa.ChunkedArray, scale: float) -> np.ndarray:
    """Durations in seconds, shape (rows,); NaN where one cannot be read.

    Args:
        column: numbers, or texts with a unit such as `123ms`, `0.244 s` or `1m30s`.
        scale: seconds of the unit that numbers are in; a unit that is written counts, whatever the column is called.
    """
    if pa.types.is_duration(column.type):
        # Parquet has a type for them.
        nanoseconds: np.ndarray = column.cast(pa.duration("ns")).cast(pa.int64()).to_numpy()
        return nanoseconds * 1e-9
    plain, left = _plain(column)
    return plain * scale if left is None else _with_texts(plain * scale, left, _seconds)


def numbers(column: pa.ChunkedArray) -> np.ndarray:
    """Numbers, shape (rows,), such as `1200` or `1.2 K`; NaN where one cannot be read."""
    plain, left = _plain(column)
    return plain if left is None else _with_texts(plain, left, _in_multiples)


def is_text(column: pa.ChunkedArray) -> bool:
    """A column of texts, as Arrow took it."""
    return bool(pa.types.is_string(column.type) or pa.types.is_dictionary(column.type))


def _plain(column: pa.ChunkedArray) -> tuple[np.ndarray, pd.Series | None]:
    """A column as floats, shape (rows,), NaN where it holds none; and its texts, None where it is of numbers."""
    # One cell that is no number makes Arrow take the whole column for text.
    if is_text(column):
        texts: pd.Series = column.cast(pa.string()).to_pandas()
        texts = texts.str.strip()
        return pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float), texts
    # A column without any value has no type; dates and times are no numbers.
    if pa.types.is_null(column.type) or pa.types.is_temporal(column.type):
        return np.full(len(column), np.nan), None
    return column.cast(pa.float64(), safe=False).to_numpy(), None


def _with_texts(values: np.ndarray, texts: pd.Series, read: Callable[[str], float]) -> np.ndarray:
    """Values, with those that are missing read from their texts, each different text once."""
    missing = np.isnan(values) & texts.notna().to_numpy()
    if missing.any():
        codes, different = pd.factorize(texts[missing])
        values = values.copy()
        values[missing] = np.array([read(str(text)) for text in different])[codes]
    return values


def _seconds(text: str) -> float:
    """Seconds of one or several numbers with units; NaN for anything else."""
    seconds, place = 0.0, 0
    for part in _PART.finditer(text):
        if part.start() != place:
            return np.nan
        seconds, place = seconds + float(part[1]) * SECONDS[part[2]], part.end()
    return seconds if place == len(text) > 0 else np.nan


def _in_multiples(text: str) -> float:
    parts = _MULTIPLE.fullmatch(text)
    return float(parts[1]) * MULTIPLES[parts[2]] if parts else np.nan
