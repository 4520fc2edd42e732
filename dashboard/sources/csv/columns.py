"""Columns as Arrow parsed them, as arrays: texts as codes, numbers as floats, times as epoch seconds."""

import numpy as np
import pandas as pd
import pyarrow as pa

# Epoch numbers above this are milliseconds: as seconds they would lie 3000 years ahead.
MILLISECONDS_ABOVE = 1e11
# A text that is a number is an epoch only above this (1973); below it may be a year.
EPOCH_ABOVE = 1e8
OFFSET = r"(?:Z|[+-]\d\d:?\d\d)$"


def codes_and_texts(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """A column of few different texts as codes, shape (rows,), -1 where there is none, and the texts they stand for."""
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    codes: np.ndarray = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    texts: np.ndarray = whole.dictionary.to_numpy(zero_copy_only=False)
    empty = [code for code, text in enumerate(texts) if text is None or not str(text).strip()]
    return np.where(np.isin(codes, empty), -1, codes) if empty else codes, texts


def floats(chunk: pa.Table, name: str) -> np.ndarray:
    """A column as floats, shape (rows,); NaN where it holds none."""
    column = chunk[name]
    # One cell that is no number makes Arrow take the whole column for text.
    if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
        coerced: np.ndarray = pd.to_numeric(column.to_pandas(), errors="coerce").to_numpy(dtype=float)
        return coerced
    # A column without any value has no type.
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    values: np.ndarray = column.cast(pa.float64(), safe=False).to_numpy()
    return values


def epoch_seconds(column: pa.ChunkedArray, zone: str) -> np.ndarray:
    """Times in epoch seconds, shape (rows,); NaN where one cannot be read.

    Args:
        column: ISO 8601 with or without offset, or epoch seconds or milliseconds.
        zone: IANA name, of times without an offset.
    """
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _of_timestamps(column, zone)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _of_numbers(column.cast(pa.float64(), safe=False).to_numpy())
    return _of_texts(column.cast(pa.string()).to_pandas().str.strip(), zone)


def _of_timestamps(column: pa.ChunkedArray, zone: str) -> np.ndarray:
    if column.type.unit == "s" and column.type.tz is not None and not column.null_count:
        whole: np.ndarray = column.cast(pa.int64()).to_numpy()
        return whole
    times = pd.DatetimeIndex(column.to_pandas())
    # Arrow reads an offset into UTC; a time without one is local to the zone the configuration names.
    return _seconds(times if times.tz is not None else _localized(times, zone))


def _of_texts(texts: pd.Series, zone: str) -> np.ndarray:
    seconds = np.full(len(texts), np.nan)
    has_offset = texts.str.contains(OFFSET, regex=True, na=False).to_numpy()
    if has_offset.any():
        aware = pd.to_datetime(texts[has_offset], utc=True, errors="coerce", format="ISO8601")
        seconds[has_offset] = _seconds(pd.DatetimeIndex(aware))
    if not has_offset.all():
        bare = texts[~has_offset]
        local = pd.DatetimeIndex(pd.to_datetime(bare, errors="coerce", format="ISO8601"))
        epoch = _of_numbers(pd.to_numeric(bare, errors="coerce").to_numpy(dtype=float))
        seconds[~has_offset] = np.where(np.abs(epoch) > EPOCH_ABOVE, epoch, _seconds(_localized(local, zone)))
    return seconds


def _localized(times: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    return times.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")


def _of_numbers(values: np.ndarray) -> np.ndarray:
    seconds: np.ndarray = np.where(np.abs(values) > MILLISECONDS_ABOVE, values / 1000, values)
    return seconds


def _seconds(times: pd.DatetimeIndex) -> np.ndarray:
    whole = times.as_unit("ms").asi8.astype(float) / 1000
    seconds: np.ndarray = np.where(times.isna(), np.nan, whole)
    return seconds
