"""Decodes range and instant replies to arrays: one Python object per series, never one per point."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from dashboard.exceptions import InvalidData
from dashboard.timerange import Grid


class Series(msgspec.Struct, gc=False):
    """One series; `values` and `histograms` are the raw bytes of [[t,"v"],…] and [[t,{…}],…].

    They contain no reference cycles, so the garbage collector need not scan thousands of them.
    """

    metric: dict[str, str] = {}
    values: msgspec.Raw = msgspec.Raw(b"[]")
    value: tuple[float, str] | None = None
    histograms: msgspec.Raw = msgspec.Raw(b"")

    @property
    def has_histograms(self) -> bool:
        """Whether it has native histograms instead of numbers."""
        return bytes(self.histograms) not in (b"", b"null", b"[]")


class Data(msgspec.Struct):
    """The result of a query; null, from some servers, means empty."""

    result: list[Series] | None


class Reply(msgspec.Struct):
    """A whole reply with the server's remarks; `isPartial` is VictoriaMetrics' form of a warning."""

    status: str
    data: Data | None = None
    error: str = ""
    warnings: list[str] | None = None
    infos: list[str] | None = None
    isPartial: bool | None = None

    @property
    def series(self) -> list[Series]:
        """The selected series."""
        return (self.data.result or []) if self.data else []

    @property
    def all_warnings(self) -> list[str]:
        """The server's warnings; a partial answer is one, in whatever form the server reports it."""
        said = [IS_PARTIAL] if self.isPartial else []
        return said + (self.warnings or [])


class ValuesReply(msgspec.Struct):
    """A reply with the values of a label."""

    data: list[str] | None = None


class Histogram(msgspec.Struct):
    """A native histogram; a bucket is (inclusive edges, lower, upper, events), empty ones are omitted."""

    buckets: list[tuple[int, str, str, str]] = []


# The cluster version of VictoriaMetrics gives no further details.
IS_PARTIAL = "the server says that its answer is partial: a storage node did not answer"
# Thanos: no store has such data. Nothing failed, so missing series do not exist; but a store that has just started or
# was given up was not asked.
NO_STORE = "no storeapis matched"
_HISTOGRAMS = msgspec.json.Decoder(list[tuple[float, Histogram]])
_REPLY = msgspec.json.Decoder(Reply)
_COLUMNS = pc.ReadOptions(column_names=["t", "v"])
_FLOATS = pc.ConvertOptions(column_types={"t": pa.float64(), "v": pa.float64()})


def reply_of(body: bytes, where: str) -> Reply:
    """Decode the envelope.

    Args:
        body: JSON. `where`: the server, for the error message.

    Raises:
        InvalidData: it is not JSON of the API, for example because it was truncated.
    """
    try:
        reply = _decoded(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidData(f"{where} sent an answer that is no valid JSON of the API: {error}") from error
    if reply.status != "success" or reply.data is None:
        said = reply.error or f"its status is {reply.status!r}"
        raise InvalidData(f"{where} sent an answer without data: {said}")
    return reply


def values_of(body: bytes, where: str) -> list[str]:
    """The values of a label.

    Args:
        body: JSON. `where`: the server, for the error message.

    Raises:
        InvalidData: it is not JSON of the API.
    """
    try:
        return msgspec.json.decode(body, type=ValuesReply).data or []
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidData(f"{where} sent an answer that is no valid JSON of the API: {error}") from error


def _decoded(body: bytes) -> Reply:
    try:
        return _REPLY.decode(body)
    except msgspec.ValidationError:
        # Some servers write null for empty values. This is rare, so correctness matters more than speed.
        return _REPLY.decode(msgspec.json.encode(_without_nulls(msgspec.json.decode(body))))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        # A missing result is an error; a null result is empty.
        return {key: _without_nulls(item) for key, item in value.items() if item is not None or key == "result"}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value


def is_partial(warning: str) -> bool:
    """Whether the server warns that data may be missing.

    Only the text distinguishes this: in Prometheus, mere hints about the query begin with "PromQL".
    """
    return not warning.startswith("PromQL")


def lacks_data(warning: str) -> bool:
    """Whether the server warns that something could not be read, so that missing series may exist."""
    return is_partial(warning) and not warning.lower().startswith(NO_STORE)


def check_numbers(series: Sequence[Series]) -> None:
    """Check that every value of an instant reply is a number.

    Raises:
        InvalidData: a value is not a number.
    """
    try:
        for row in series:
            if row.value is not None:
                float(row.value[1])
    except ValueError as error:
        raise InvalidData(f"an answer holds a value that is no number: {error}") from error


def matrix(series: list[Series], grid: Grid) -> np.ndarray:
    """Values of each series on the grid, shape (series, points); NaN for missing ones.

    Raises:
        InvalidData: points are not numbers.
    """
    values = np.full((len(series), len(grid)), np.nan)
    if not series:
        return values
    try:
        counts, t, v = _points(series)
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise InvalidData(f"an answer holds points that are no numbers: {error}") from error
    row = np.repeat(np.arange(len(series)), counts)
    # Times are decimals that a proxy may have rounded.
    column = np.rint((t - grid.start) / grid.step)
    # A cache may return more than was requested, and a time may be invalid.
    keep = (column >= 0) & (column < len(grid))
    values[row[keep], column[keep].astype(np.int64)] = v[keep]
    # Infinite values, from divisions by zero, cannot be shown.
    values[np.isinf(values)] = np.nan
    return values


def moments(series: Sequence[Series]) -> list[np.ndarray]:
    """Epoch seconds of the samples of each series, without stale markers and other values that are not numbers.

    Raises:
        InvalidData: points are not numbers.
    """
    try:
        counts, t, v = _points(list(series))
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise InvalidData(f"an answer holds points that are no numbers: {error}") from error
    parts = np.split(np.arange(len(t)), np.cumsum(counts)[:-1]) if counts else []
    return [t[part][np.isfinite(v[part])] for part in parts]


def cumulative(series: Series, bounds: Sequence[float], grid: Grid) -> np.ndarray:
    """Cumulative events of native histograms at each bound, shape (bounds, points); NaN for missing ones.

    A bucket is counted for the bounds above all of it.

    Args:
        series: of native histograms.
        bounds: ascending, in the unit of the histogram; the last one is infinite.
        grid: the points.

    Raises:
        InvalidData: points are not histograms.
    """
    counts = np.full((len(bounds), len(grid)), np.nan)
    try:
        for time, histogram in _HISTOGRAMS.decode(bytes(series.histograms) or b"[]"):
            place = (time - grid.start) / grid.step
            if -0.5 <= place < len(grid) - 0.5:
                counts[:, round(place)] = _below(histogram.buckets, bounds)
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise InvalidData(f"an answer holds histograms that cannot be read: {error}") from error
    return counts


def _below(buckets: list[tuple[int, str, str, str]], bounds: Sequence[float]) -> np.ndarray:
    upper, events = (np.array([float(bucket[field]) for bucket in buckets]) for field in (2, 3))
    # A computed bound may differ by a rounding error.
    first = np.searchsorted(np.asarray(bounds) * (1 + 1e-9), upper)
    return np.cumsum(np.bincount(first, weights=events, minlength=len(bounds)))


def _points(series: list[Series]) -> tuple[list[int], np.ndarray, np.ndarray]:
    """The number of points of each series, and the times and values of all series."""
    # Without brackets and quotes the JSON of points is CSV, which Arrow parses much faster.
    parts = [bytes(row.values)[2:-2].replace(b"],[", b"\n").replace(b'"', b"") for row in series]
    counts = [part.count(b"\n") + 1 if part else 0 for part in parts]
    if not any(counts):
        return counts, np.empty(0), np.empty(0)
    text = b"\n".join(part for part in parts if part)
    if b"[" in text or b" " in text[:200]:
        return _points_of_formatted_json(series)
    try:
        table = pc.read_csv(pa.BufferReader(text), read_options=_COLUMNS, convert_options=_FLOATS)
    except pa.ArrowInvalid:
        # A line break within a point, as JSON allows; values that are not numbers are also detected there.
        return _points_of_formatted_json(series)
    if table.num_rows != sum(counts):
        return _points_of_formatted_json(series)
    return counts, table["t"].to_numpy(), table["v"].to_numpy()


def _points_of_formatted_json(series: list[Series]) -> tuple[list[int], np.ndarray, np.ndarray]:
    # A proxy has reformatted the JSON. This is rare, so correctness matters more than speed.
    decoded = [msgspec.json.decode(row.values, type=list[tuple[float, str]]) for row in series]
    flat = [(t, float(v)) for points in decoded for t, v in points]
    array = np.array(flat, dtype=float).reshape(-1, 2)
    return [len(points) for points in decoded], array[:, 0], array[:, 1]
