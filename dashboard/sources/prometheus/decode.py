"""Range and instant replies into arrays, in bulk: one Python object per series, never one per point."""

from collections.abc import Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from dashboard.exceptions import InvalidData
from dashboard.timerange import Grid


class Series(msgspec.Struct):
    """One series; `values` and `histograms` stay the untouched bytes of [[t,"v"],…] and [[t,{…}],…]."""

    metric: dict[str, str] = {}
    values: msgspec.Raw = msgspec.Raw(b"[]")
    value: tuple[float, str] | None = None
    histograms: msgspec.Raw = msgspec.Raw(b"")


class Data(msgspec.Struct):
    """The result of a query."""

    result: list[Series]


class Reply(msgspec.Struct):
    """A whole reply, with what the server adds beside the data."""

    status: str
    data: Data | None = None
    error: str = ""
    warnings: list[str] = []
    infos: list[str] = []


class Histogram(msgspec.Struct):
    """A native histogram; a bucket is (which edges belong to it, lower, upper, events), empty ones are left out."""

    buckets: list[tuple[int, str, str, str]] = []


_HISTOGRAMS = msgspec.json.Decoder(list[tuple[float, Histogram]])
_REPLY = msgspec.json.Decoder(Reply)
_COLUMNS = pc.ReadOptions(column_names=["t", "v"])
_FLOATS = pc.ConvertOptions(column_types={"t": pa.float64(), "v": pa.float64()})


def reply_of(body: bytes, where: str) -> Reply:
    """Decode the envelope.

    Raises:
        InvalidData: what came is not the JSON of the API, for example because it was cut short.
    """
    try:
        reply = _REPLY.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise InvalidData(f"{where} sent an answer that is no valid JSON of the API: {error}") from error
    if reply.status != "success" or reply.data is None:
        raise InvalidData(f"{where} sent an answer without data: {reply.error or reply.status}")
    return reply


def half(warning: str) -> bool:
    """The server warns that data are missing; a hint about the query begins with another word."""
    return not warning.startswith("PromQL")


def matrix(series: list[Series], grid: Grid) -> np.ndarray:
    """Values of each series on the grid, shape (series, points); NaN where nothing came.

    Raises:
        InvalidData: points that are no numbers.
    """
    made = np.full((len(series), len(grid)), np.nan)
    if not series:
        return made
    try:
        counts, t, v = _points(series)
    except (pa.ArrowInvalid, ValueError, msgspec.DecodeError) as error:
        raise InvalidData(f"an answer holds points that are no numbers: {error}") from error
    row = np.repeat(np.arange(len(series)), counts)
    column = np.rint((t - grid.start) / grid.step).astype(np.int64)
    keep = (column >= 0) & (column < len(grid))
    made[row[keep], column[keep]] = v[keep]
    made[np.isinf(made)] = np.nan
    return made


def cumulative(one: Series, bounds: Sequence[float], grid: Grid) -> np.ndarray:
    """Events of native histograms up to each bound, shape (bounds, points); NaN where nothing came.

    A bucket counts for the bounds that it lies below as a whole.

    Args:
        bounds: ascending, in the unit of the histogram; the last is endless.

    Raises:
        InvalidData: points that are no histograms.
    """
    made = np.full((len(bounds), len(grid)), np.nan)
    try:
        points = _HISTOGRAMS.decode(bytes(one.histograms) or b"[]")
        for moment, histogram in points:
            column = round((moment - grid.start) / grid.step)
            if 0 <= column < len(grid):
                made[:, column] = _below(histogram.buckets, bounds)
    except (ValueError, msgspec.DecodeError) as error:
        raise InvalidData(f"an answer holds histograms that cannot be read: {error}") from error
    return made


def _below(buckets: list[tuple[int, str, str, str]], bounds: Sequence[float]) -> np.ndarray:
    upper, counts = (np.array([float(bucket[field]) for bucket in buckets]) for field in (2, 3))
    # A bound that was computed may differ in the last digit.
    first = np.searchsorted(np.asarray(bounds) * (1 + 1e-9), upper)
    return np.cumsum(np.bincount(first, weights=counts, minlength=len(bounds)))


def _points(series: list[Series]) -> tuple[list[int], np.ndarray, np.ndarray]:
    parts = [bytes(one.values)[2:-2].replace(b"],[", b"\n").replace(b'"', b"") for one in series]
    counts = [part.count(b"\n") + 1 if part else 0 for part in parts]
    if not any(counts):
        return counts, np.empty(0), np.empty(0)
    text = b"\n".join(part for part in parts if part)
    if b"[" in text or b" " in text[:200]:
        return _slowly(series)
    table = pc.read_csv(pa.BufferReader(text), read_options=_COLUMNS, convert_options=_FLOATS)
    if table.num_rows != sum(counts):
        return _slowly(series)
    return counts, table["t"].to_numpy(), table["v"].to_numpy()


def _slowly(series: list[Series]) -> tuple[list[int], np.ndarray, np.ndarray]:
    # A proxy has re-formatted the JSON: rare, and then right matters more than fast.
    lists = [msgspec.json.decode(one.values, type=list[tuple[float, str]]) for one in series]
    flat = [(t, float(v)) for points in lists for t, v in points]
    array = np.array(flat, dtype=float).reshape(-1, 2)
    return [len(points) for points in lists], array[:, 0], array[:, 1]
