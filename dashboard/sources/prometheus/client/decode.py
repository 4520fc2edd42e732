"""Range and instant replies into arrays, in bulk: one Python object per series, never one per point."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from dashboard.exceptions import InvalidData
from dashboard.timerange import Grid


class Series(msgspec.Struct, gc=False):
    """One series; `values` and `histograms` stay the untouched bytes of [[t,"v"],…] and [[t,{…}],…].

    None is part of a circle: thousands of them shall not make Python look for circles in all that it holds.
    """

    metric: dict[str, str] = {}
    values: msgspec.Raw = msgspec.Raw(b"[]")
    value: tuple[float, str] | None = None
    histograms: msgspec.Raw = msgspec.Raw(b"")

    @property
    def has_histograms(self) -> bool:
        """Native histograms came, not numbers."""
        return bytes(self.histograms) not in (b"", b"null", b"[]")


class Data(msgspec.Struct):
    """The result of a query; some servers write null for an empty one."""

    result: list[Series] | None


class Reply(msgspec.Struct):
    """A whole reply, with what the server adds beside the data; `isPartial` is VictoriaMetrics' word for a warning."""

    status: str
    data: Data | None = None
    error: str = ""
    warnings: list[str] | None = None
    infos: list[str] | None = None
    isPartial: bool | None = None

    @property
    def series(self) -> list[Series]:
        """What the query selected."""
        return (self.data.result or []) if self.data else []

    @property
    def all_warnings(self) -> list[str]:
        """The server's warnings; that the answer is partial is one, in whatever way it is said."""
        said = [IS_PARTIAL] if self.isPartial else []
        return said + (self.warnings or [])


class ValuesReply(msgspec.Struct):
    """A reply about the values of a label."""

    data: list[str] | None = None


class Histogram(msgspec.Struct):
    """A native histogram; a bucket is (which edges belong to it, lower, upper, events), empty ones are left out."""

    buckets: list[tuple[int, str, str, str]] = []


# A cluster of VictoriaMetrics says no more than that.
IS_PARTIAL = "the server says that its answer is partial: a storage node did not answer"
# Thanos: no store has such data. Nothing failed, so what is absent from the answer is truly not there; but a store that
# was just started, or was given up, is not among those that were asked.
NO_STORE = "no storeapis matched"
_HISTOGRAMS = msgspec.json.Decoder(list[tuple[float, Histogram]])
_REPLY = msgspec.json.Decoder(Reply)
_COLUMNS = pc.ReadOptions(column_names=["t", "v"])
_FLOATS = pc.ConvertOptions(column_types={"t": pa.float64(), "v": pa.float64()})


def reply_of(body: bytes, where: str) -> Reply:
    """Decode the envelope.

    Args:
        body: JSON. `where`: the server, for the message.

    Raises:
        InvalidData: what came is not the JSON of the API, for example because it was cut short.
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
        body: JSON. `where`: the server, for the message.

    Raises:
        InvalidData: what came is not the JSON of the API.
    """
    try:
        return msgspec.json.decode(body, type=ValuesReply).data or []
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidData(f"{where} sent an answer that is no valid JSON of the API: {error}") from error


def _decoded(body: bytes) -> Reply:
    try:
        return _REPLY.decode(body)
    except msgspec.ValidationError:
        # Some servers write null for whatever is empty. Rare, and then right matters more than fast.
        return _REPLY.decode(msgspec.json.encode(_without_nulls(msgspec.json.decode(body))))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        # An answer without any result is none; one whose result is null is empty.
        return {key: _without_nulls(item) for key, item in value.items() if item is not None or key == "result"}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value


def is_partial(warning: str) -> bool:
    """The server warns that data may be missing.

    Servers tell it in words alone: Prometheus begins what is only a hint about the query with "PromQL".
    """
    return not warning.startswith("PromQL")


def lacks_data(warning: str) -> bool:
    """The server warns that something could not be read: what is absent from the answer may be there all the same."""
    return is_partial(warning) and not warning.lower().startswith(NO_STORE)


def check_numbers(series: Sequence[Series]) -> None:
    """Every value of an instant reply is a number.

    Raises:
        InvalidData: one is none.
    """
    try:
        for row in series:
            if row.value is not None:
                float(row.value[1])
    except ValueError as error:
        raise InvalidData(f"an answer holds a value that is no number: {error}") from error


def matrix(series: list[Series], grid: Grid) -> np.ndarray:
    """Values of each series on the grid, shape (series, points); NaN if nothing came.

    Raises:
        InvalidData: points that are no numbers.
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
    # A cache in between may answer for more than was asked, and a time may be none.
    keep = (column >= 0) & (column < len(grid))
    values[row[keep], column[keep].astype(np.int64)] = v[keep]
    # What a division by zero gives is nothing to show.
    values[np.isinf(values)] = np.nan
    return values


def moments(series: Sequence[Series]) -> list[np.ndarray]:
    """Epoch seconds of the samples of each series, those left out that are no numbers: marks of an end.

    Raises:
        InvalidData: points that are no numbers.
    """
    try:
        counts, t, v = _points(list(series))
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise InvalidData(f"an answer holds points that are no numbers: {error}") from error
    parts = np.split(np.arange(len(t)), np.cumsum(counts)[:-1]) if counts else []
    return [t[part][np.isfinite(v[part])] for part in parts]


def cumulative(series: Series, bounds: Sequence[float], grid: Grid) -> np.ndarray:
    """Events of native histograms up to each bound, shape (bounds, points); NaN if nothing came.

    A bucket counts for the bounds that it lies below as a whole.

    Args:
        series: of native histograms.
        bounds: ascending, in the unit of the histogram; the last is endless.
        grid: where they are wanted.

    Raises:
        InvalidData: points that are no histograms.
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
    # A bound that was computed may differ in the last digit.
    first = np.searchsorted(np.asarray(bounds) * (1 + 1e-9), upper)
    return np.cumsum(np.bincount(first, weights=events, minlength=len(bounds)))


def _points(series: list[Series]) -> tuple[list[int], np.ndarray, np.ndarray]:
    """How many points each series has, and the times and values of all."""
    # Without its brackets and quotes the JSON of points is CSV, which Arrow reads far faster.
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
        # A line that ends within a point, as JSON allows; what is truly no number is found there, too.
        return _points_of_formatted_json(series)
    if table.num_rows != sum(counts):
        return _points_of_formatted_json(series)
    return counts, table["t"].to_numpy(), table["v"].to_numpy()


def _points_of_formatted_json(series: list[Series]) -> tuple[list[int], np.ndarray, np.ndarray]:
    # A proxy has re-formatted the JSON: rare, and then right matters more than fast.
    decoded = [msgspec.json.decode(row.values, type=list[tuple[float, str]]) for row in series]
    flat = [(t, float(v)) for points in decoded for t, v in points]
    array = np.array(flat, dtype=float).reshape(-1, 2)
    return [len(points) for points in decoded], array[:, 0], array[:, 1]
