"""Checks times and services of rows: rejects missing, impossible and far outlying ones."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.rows.rows import ChunkRows, Refusal, kind_of
from dashboard.sources.csv.values.columns import codes_and_texts
from dashboard.sources.csv.values.quantities import is_missing, is_text
from dashboard.sources.csv.values.repeated_hours import RowOrder
from dashboard.sources.csv.values.times import TimeFormat, epoch_seconds
from dashboard.sources.csv.values.unreadable_times import beyond, unreadable

# Epoch seconds of 2000 and 2100: a time outside is a typing error, and one such row would stretch the table.
EARLIEST, LATEST = 946_684_800, 4_102_444_800
# A row is an outlier if it is this many seconds before or after all except this share of the rows; if fewer rows than
# FEW_ROWS arrive at once, they are compared with earlier ones.
ASTRAY_S, ASTRAY_SHARE, FEW_ROWS = 92 * 86_400, 0.05, 20
# Minimum number of evenly spread rows to estimate the share of many.
SAMPLED = 20_000
# Seconds by which a row may be later than the last change of its file: clocks and zones differ.
AHEAD_S = 86_400
# Maximum number of rows without a time for which the reason is determined.
LOOKED_AT = 8
NO_UTF_8 = 'the name of the service is not UTF-8: write encoding = "windows-1252" under [source]'


def chunk_rows(
    time: pa.ChunkedArray,
    service: pa.ChunkedArray,
    times: TimeFormat,
    *,
    newest: float | None = None,
    ignored: np.ndarray | None = None,
    refusals: Sequence[Refusal] = (),
    order: RowOrder | None = None,
    written_at: float | None = None,
) -> ChunkRows:
    """Times and services of a chunk; rows without them and single outliers are rejected.

    Args:
        time, service: its columns.
        times: how to parse them.
        newest: epoch seconds of the newest row of all files; None if there was none.
        ignored: mask of rows that are not counted, shape (rows,); None: there are none.
        refusals: rows rejected by the format of the file.
        order: what earlier rows of the file show of its order; updated.
        written_at: epoch seconds of the last change of the file; None if unknown.
    """
    order = order or RowOrder()
    seconds = epoch_seconds(time, times, order)
    codes, services = codes_and_texts(service)
    refused = np.zeros(len(seconds), dtype=bool) if ignored is None else ignored.copy()
    rows = ChunkRows(seconds, codes, services, refused, ignored=int(refused.sum()))
    for refusal in refusals:
        rows.refuse(*refusal)
    _refuse_unread_times(rows, time, times)
    _refuse_outlying_times(rows, time, order, newest, written_at)
    order.take(rows.kept_times())
    _refuse_unnamed_services(rows)
    return rows


def _refuse_unread_times(rows: ChunkRows, time: pa.ChunkedArray, times: TimeFormat) -> None:
    """Parse again by service what could not be parsed, then reject the rest.

    Args:
        rows: to check; gets the new times. `time`: the column, as text. `times`: how to parse it.
    """
    # Whole seconds are integers, which have no NaN.
    if rows.time.dtype.kind != "f" or not np.isnan(rows.time).any():
        return
    rows.time = _by_service(rows.time, time, rows.service, times)
    unread = np.isnan(rows.time)
    if unread.any():
        empty = is_missing(time) if is_text(time) else time.is_null().to_numpy()
        rows.refuse(empty & unread, "the time is missing")
    for kind in _kinds_of_unread(unread & ~rows.refused, time, times):
        rows.refuse(kind, lambda row: unreadable(time[row].as_py(), times))


def _refuse_outlying_times(
    rows: ChunkRows, time: pa.ChunkedArray, order: RowOrder, newest: float | None, written_at: float | None
) -> None:
    """Reject impossible times, and those far from nearly all others; arguments as for `chunk_rows`."""
    # For nearly all parts, the first and last time show that nothing is to be rejected.
    span = (rows.time.min(), rows.time.max()) if len(rows.time) else (0, 0)
    _refuse_beyond(rows, span, (EARLIEST, LATEST), lambda row: beyond(time[row].as_py()))
    low, high = _usual_times(rows.kept_times(), newest if order.newest is None else order.newest)
    usual = (low - ASTRAY_S, high + ASTRAY_S)
    _refuse_beyond(rows, span, usual, "the time lies months away from nearly all others")
    written = (-np.inf, _latest(high, written_at))
    _refuse_beyond(rows, span, written, "the time lies days after the file was written")


def _refuse_unnamed_services(rows: ChunkRows) -> None:
    rows.refuse(rows.service < 0, "the service has no name")
    broken = [code for code, name in enumerate(rows.services) if "\ufffd" in str(name)]
    if broken:
        rows.refuse(np.isin(rows.service, broken), NO_UTF_8)


def _refuse_beyond(
    rows: ChunkRows, span: tuple[float, float], limits: tuple[float, float], reason: str | Callable[[int], str]
) -> None:
    """Reject rows before or after two limits, in epoch seconds.

    Args:
        rows: to check. `span`: their first and last time, NaN if unreadable.
        limits: the first and last possible time. `reason`: as for `ChunkRows.refuse`.
    """
    if not (span[0] >= limits[0] and span[1] <= limits[1]):
        rows.refuse((rows.time < limits[0]) | (rows.time > limits[1]), reason)


def _kinds_of_unread(unread: np.ndarray, time: pa.ChunkedArray, times: TimeFormat) -> Iterator[np.ndarray]:
    """Masks of the rows for each reason why times are unreadable, shape (rows,), and of those not examined at the end.

    Args:
        unread: mask of rows without a time, shape (rows,). `time`: its column. `times`: how to parse them.
    """
    # Local times that are ambiguous or missing in a zone are valid in others.
    if unread.any() and times.zone != "UTC":
        elsewhere = epoch_seconds(time.filter(pa.array(unread)), replace(times, zone="UTC"), RowOrder())
        of_zone = unread.copy()
        of_zone[unread] = ~np.isnan(elsewhere.astype(float))
        yield of_zone
        unread = unread & ~of_zone
    kinds: dict[str, list[int]] = {}
    for row in np.flatnonzero(unread)[:LOOKED_AT].tolist():
        kinds.setdefault(kind_of(unreadable(time[row].as_py(), times)), []).append(row)
    for places in kinds.values():
        chosen = np.zeros(len(unread), dtype=bool)
        chosen[places] = True
        yield chosen
    yield unread


def _by_service(seconds: np.ndarray, time: pa.ChunkedArray, codes: np.ndarray, times: TimeFormat) -> np.ndarray:
    """Times in epoch seconds, resolving those in the repeated hour by the rows of each service.

    Args:
        seconds: resolved by the order of all rows, NaN if ambiguous, shape (rows,). `time`: its column.
        codes: of services, shape (rows,). `times`: how to parse them.
    """
    unread = np.isnan(seconds)
    if not unread.any():
        return seconds
    read = seconds.copy()
    for code in np.unique(codes[unread]).tolist():
        own = codes == code
        if code < 0 or own.all() or not _is_sorted(seconds[own & ~unread]):
            continue
        # If a file contains one service after the other, the order of all rows does not help.
        by_itself = epoch_seconds(time.filter(pa.array(own)), times, RowOrder())
        read[own & unread] = by_itself[unread[own]]
    return read


def _is_sorted(seconds: np.ndarray) -> bool:
    steps = np.diff(seconds)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _usual_times(seconds: np.ndarray, newest: float | None) -> tuple[float, float]:
    """The first and last time that is not an outlier, in epoch seconds; infinite if unknown.

    A time beyond may be a typing error, and one such row would stretch the table by years.

    Args:
        seconds: epoch seconds of accepted rows, shape (rows,). `newest`: of the rows before.
    """
    if newest is not None and len(seconds) < FEW_ROWS:
        # A few rows that arrive at once are compared with earlier ones.
        return newest, newest
    if len(seconds) <= 2:
        return -np.inf, np.inf
    # Many rows are trusted: a file may have a gap of years.
    times = np.sort(seconds[:: max(1, len(seconds) // SAMPLED)])
    beyond = max(1, int(ASTRAY_SHARE * len(times)))
    return float(times[beyond]), float(times[-1 - beyond])


def _latest(high: float, written_at: float | None) -> float:
    """Epoch seconds after which no row is possible: nobody writes rows of future days.

    Args:
        high: the last time that is not an outlier.
        written_at: of the last change of the file; None if unknown.
    """
    # A file older than most of its rows has the timestamp of an archive.
    is_known = written_at is not None and written_at >= high - AHEAD_S
    return max(high, written_at or 0.0) + AHEAD_S if is_known else np.inf
