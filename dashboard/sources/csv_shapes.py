"""The three CSV shapes: how each is recognised by its columns, and how its rows become counts and gauges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard import frames
from dashboard.exceptions import InvalidData

TIMES: Final = ("time", "timestamp", "ts", "date", "datetime", "@timestamp")
STATUSES: Final = ("status", "code", "status_code", "ok")
DURATIONS: Final = {"duration_s": 1.0, "latency_s": 1.0, "duration": 1.0, "duration_ms": 1e-3, "latency_ms": 1e-3,
                    "response_time_ms": 1e-3, "duration_us": 1e-6}  # fmt: skip
QUANTILES: Final = {"p50": "0.5", "p95": "0.95", "p99": "0.99"}
LABELS: Final = ("route", "path", "instance", "method", "version", "region", "code", "status")
BOUNDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0,
                 1.5, 2.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # fmt: skip
LOG_BASE = 15
ABSURD = 1e15
# Cells of one table: 400 MB of numbers, far above 30 days of a thousand services by the minute and signal.
DENSE_MAX = 50_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """A recognised file: `kind` is requests, wide or tidy; `columns` maps our names to the file's."""

    kind: str
    columns: dict[str, str]
    duration_scale: float = 1.0
    gauges: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(slots=True)
class Aggregated:
    """Rows turned into a table: ends of intervals × (service, measure, detail); problems are (row, what)."""

    table: pd.DataFrame
    base: int
    bad: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)
    labels: dict[str, pd.DataFrame] = field(default_factory=dict)


def shape_of(file: str, names: Sequence[str], mapping: Mapping[str, str]) -> Shape:
    """Recognise a file by its columns.

    Raises:
        InvalidData: with the columns seen and those expected.
    """
    columns = {name.lower(): name for name in names} | dict(mapping)
    moment = next((columns[name] for name in TIMES if name in columns), None)
    status = next((columns[name] for name in STATUSES if name in columns), None)
    duration = next((name for name in DURATIONS if name in columns), None)
    if moment is not None and "service" in columns:
        base = {"time": moment, "service": columns["service"]}
        if {"signal", "value"} <= set(columns):
            return Shape("tidy", base | {"signal": columns["signal"], "value": columns["value"]})
        if "requests" in columns:
            return _wide(base, columns)
        if status is not None and duration is not None:
            labels = tuple(name for name in LABELS if name in columns)
            own = base | {"status": status, "duration": columns[duration]} | {name: columns[name] for name in labels}
            return Shape("requests", own, DURATIONS[duration], labels=labels)
    raise InvalidData(
        f"{file}: its columns are {', '.join(names)[:200]}; expected are a time, service and either status and duration "
        "(a request log), requests and errors (wide), or signal and value (tidy); name others in source.columns",
        query=file,
    )


def _wide(base: dict[str, str], columns: dict[str, str]) -> Shape:
    known = {"requests", "errors", "client_errors", *QUANTILES, *(f"{name}_ms" for name in QUANTILES)}
    own = base | {name: columns[name] for name in known if name in columns}
    gauges = tuple(name for name in columns if name not in known and columns[name] not in base.values())
    return Shape("wide", own | {name: columns[name] for name in gauges}, gauges=gauges)


def aggregated(table: pa.Table, shape: Shape, *, zone: str) -> Aggregated:
    """Turn parsed rows into counts and gauges; rows that make no sense are counted and left out."""
    time = moments(table[shape.columns["time"]], zone)
    service, names = _words(table[shape.columns["service"]])
    problems: list[tuple[int, str]] = []
    wrong = np.isnan(time)
    _note(problems, wrong, "the time cannot be read")
    nameless = service < 0
    _note(problems, nameless & ~wrong, "the service has no name")
    wrong = wrong | nameless
    build = {"requests": _requests, "wide": _wide_rows, "tidy": _tidy_rows}[shape.kind]
    return build(table, shape, time, Words(service, names), wrong, problems)


@dataclass(frozen=True, slots=True)
class Words:
    """A column of few different words: `codes` number them, -1 is none."""

    codes: np.ndarray
    names: np.ndarray


def _words(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    codes: np.ndarray = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    names: np.ndarray = whole.dictionary.to_numpy(zero_copy_only=False)
    empty = [place for place, name in enumerate(names) if name is None or not str(name).strip()]
    return np.where(np.isin(codes, empty), -1, codes) if empty else codes, names


def moments(column: pa.ChunkedArray, zone: str) -> np.ndarray:
    """Epoch seconds, NaN where a time cannot be read: ISO 8601 with or without offset, epoch s or ms."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers = column.to_pandas().to_numpy(dtype=float)
        scaled: np.ndarray = np.where(np.abs(numbers) > 1e11, numbers / 1000, numbers)
        return scaled
    if pa.types.is_timestamp(kind):
        stamps = pd.DatetimeIndex(column.to_pandas())
        # Arrow reads an offset into UTC; a time without one is local to the zone the configuration names.
        aware = stamps if stamps.tz is not None else stamps.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        return _seconds(aware)
    texts = column.cast(pa.string()).to_pandas()
    stamps = texts.str.strip()
    offset = stamps.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True, na=False)
    made = np.full(len(stamps), np.nan)
    if offset.any():
        made[offset.to_numpy()] = _seconds(
            pd.DatetimeIndex(pd.to_datetime(stamps[offset], utc=True, errors="coerce", format="ISO8601"))
        )
    if (~offset).any():
        bare = stamps[~offset]
        local = pd.DatetimeIndex(pd.to_datetime(bare, errors="coerce", format="ISO8601"))
        values = _seconds(local.tz_localize(zone, ambiguous="NaT", nonexistent="NaT"))
        numbers = pd.to_numeric(bare, errors="coerce").to_numpy(dtype=float)
        epoch = np.where(np.abs(numbers) > 1e11, numbers / 1000, numbers)
        made[(~offset).to_numpy()] = np.where(np.abs(numbers) > 1e8, epoch, values)
    return made


def _seconds(stamps: pd.DatetimeIndex) -> np.ndarray:
    whole = stamps.as_unit("ms").asi8.astype(float) / 1000
    seconds: np.ndarray = np.where(stamps.isna(), np.nan, whole)
    return seconds


def _note(problems: list[tuple[int, str]], wrong: np.ndarray, what: str) -> None:
    problems += [(int(row), what) for row in np.flatnonzero(wrong)[:5]]


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    values = table[name]
    if pa.types.is_string(values.type) or pa.types.is_dictionary(values.type):
        coerced: np.ndarray = pd.to_numeric(values.to_pandas(), errors="coerce").to_numpy(dtype=float)
        return coerced
    if pa.types.is_null(values.type):
        return np.full(len(values), np.nan)
    numbers: np.ndarray = values.cast(pa.float64(), safe=False).to_pandas().to_numpy(dtype=float)
    return numbers


def _interval(time: np.ndarray) -> int:
    """The usual distance of two rows, at least 15 s, as the base of the table."""
    apart = np.diff(np.unique(time))
    usual = float(np.median(apart)) if len(apart) else 60.0
    return max(LOG_BASE, round(usual / LOG_BASE) * LOG_BASE)


@dataclass(slots=True)
class _Part:
    """Values of one measure: ends of intervals, service numbers, values; one entry per row."""

    end: np.ndarray
    service: np.ndarray
    measure: str
    detail: str
    value: np.ndarray


def _pivot(parts: list[_Part], services: np.ndarray, base: int) -> pd.DataFrame:
    """One dense table by plain assignment: of two rows for one interval the later stays."""
    first = min(int(part.end.min()) for part in parts)
    last = max(int(part.end.max()) for part in parts)
    intervals = (last - first) // base + 1
    if intervals * len(parts) * len(services) > DENSE_MAX:
        raise InvalidData(
            f"rows from {pd.Timestamp(first, unit='s')} to {pd.Timestamp(last, unit='s')} are too far apart for one "
            f"table of {base} s intervals: split the file, or correct its times"
        )
    blocks, columns = [], []
    for part in parts:
        block = np.full((intervals, len(services)), np.nan)
        block[(part.end - first) // base, part.service] = part.value
        blocks.append(block)
        columns += [(str(service), part.measure, part.detail) for service in services]
    values = np.hstack(blocks)
    there = ~np.isnan(values).all(axis=1)
    filled = ~np.isnan(values).all(axis=0)
    index = pd.Index(np.arange(first, last + 1, base)[there])
    names = [name for name, keep in zip(columns, filled, strict=True) if keep]
    return pd.DataFrame(values[np.ix_(there, filled)], index=index, columns=frames.column_index(names))


def _ends(time: np.ndarray, base: int) -> np.ndarray:
    ends: np.ndarray = (np.ceil(time / base) * base).astype(np.int64)
    return ends


def _empty() -> pd.DataFrame:
    return pd.DataFrame(index=pd.Index([], dtype=np.int64), columns=frames.column_index([]))


def _requests(
    table: pa.Table,
    shape: Shape,
    time: np.ndarray,
    service: Words,
    wrong: np.ndarray,
    problems: list[tuple[int, str]],
) -> Aggregated:
    duration = _numbers(table, shape.columns["duration"]) * shape.duration_scale
    odd = ~(duration >= 0) | (duration > 1e6)
    _note(problems, odd & ~wrong, "the duration is no number of at least 0")
    status = table[shape.columns["status"]].cast(pa.string()).to_pandas().str.strip().str.lower()
    server = (status.str.startswith("5") | status.isin(["false", "error", "failed"])).to_numpy(dtype=bool)
    client = status.str.startswith("4").to_numpy(dtype=bool)
    keep = ~(wrong | odd)
    bad = int((~keep).sum())
    if not keep.any():
        return Aggregated(_empty(), LOG_BASE, bad, problems)
    rows = pd.DataFrame({"end": _ends(time[keep], LOG_BASE), "service": service.names[service.codes[keep]]})
    rows["server"], rows["client"] = server[keep], client[keep]
    rows["bucket"] = np.searchsorted(BOUNDS, duration[keep])
    labels = {}
    for label in shape.labels:
        by = rows.assign(value=table[shape.columns[label]].cast(pa.string()).to_pandas().to_numpy(dtype=object)[keep])
        by["value"] = by["value"].fillna("none")
        labels[label] = _counted(by, ["service", "value"])
    return Aggregated(_counted(rows, ["service"]), LOG_BASE, bad, problems, labels)


def _counted(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Requests, errors and cumulative buckets of request rows, (by…, measure, detail) columns."""
    keys = ["end", *by]
    base = rows.groupby(keys, sort=True)
    series = {("requests", ""): base.size()}
    series |= {("errors", kind): base[kind].sum() for kind in ("server", "client")}
    for measure, chosen in (("latency", rows[~rows["server"]]), ("failed_latency", rows[rows["server"]])):
        counts = chosen.groupby([*keys, "bucket"]).size().unstack("bucket", fill_value=0)
        counts = counts.reindex(index=series[("requests", "")].index, columns=range(len(BOUNDS) + 1), fill_value=0)
        cumulative = counts.cumsum(axis=1)
        for number, bound in enumerate((*BOUNDS, np.inf)):
            series[(measure, frames.bound_text(bound))] = cumulative[number]
    wide = pd.DataFrame(series).astype(float)
    wide.columns = pd.MultiIndex.from_tuples(list(series), names=["measure", "detail"])
    made = pd.DataFrame(wide.unstack(by))
    columns = frames.triples(made.columns, ["measure", "detail", *by])
    made.columns = columns.reorder_levels([*by, "measure", "detail"])
    return made.fillna(0.0).sort_index()


def _wide_rows(
    table: pa.Table,
    shape: Shape,
    time: np.ndarray,
    service: Words,
    wrong: np.ndarray,
    problems: list[tuple[int, str]],
) -> Aggregated:
    values = {name: _numbers(table, shape.columns[name]) for name in shape.columns if name not in ("time", "service")}
    requests = values["requests"]
    failed = values.get("errors", np.full(len(time), np.nan))
    odd = ~(requests >= 0) | (requests > ABSURD) | (failed < 0) | (failed > requests)
    _note(problems, odd & ~wrong, "requests and errors must be counts with 0 <= errors <= requests")
    keep = ~(wrong | odd)
    bad = int((~keep).sum())
    if not keep.any():
        return Aggregated(_empty(), 60, bad, problems)
    base = _interval(time[keep])
    ends, codes = _ends(time[keep], base), service.codes[keep]
    parts = []
    for name, column in values.items():
        place = _place(name, column, shape)
        if place is not None and not np.isnan(column[keep]).all():
            measure, detail, scale = place
            parts.append(_Part(ends, codes, measure, detail, column[keep] * scale))
    return Aggregated(_pivot(parts, service.names, base), base, bad, problems)


def _place(name: str, column: np.ndarray, shape: Shape) -> tuple[str, str, float] | None:
    """Measure, detail and factor of a wide column or a tidy signal."""
    fixed = {"requests": ("requests", "", 1.0), "errors": ("errors", "server", 1.0),
             "client_errors": ("errors", "client", 1.0)}  # fmt: skip
    if name in fixed:
        return fixed[name]
    quantile = QUANTILES.get(name.removesuffix("_ms"))
    if quantile is not None:
        return "quantile", quantile, 0.001 if name.endswith("_ms") else 1.0
    highest = np.nanmax(column) if np.isfinite(column).any() else 0.0
    return ("saturation" if highest <= 1.5 else "usage"), name, 1.0


def _tidy_rows(
    table: pa.Table,
    shape: Shape,
    time: np.ndarray,
    service: Words,
    wrong: np.ndarray,
    problems: list[tuple[int, str]],
) -> Aggregated:
    value = _numbers(table, shape.columns["value"])
    signal, names = _words(table[shape.columns["signal"]])
    counting = [place for place, name in enumerate(names) if str(name) in ("requests", "errors", "client_errors")]
    odd = (signal < 0) | (np.abs(value) > ABSURD) | (np.isin(signal, counting) & (value < 0)) | np.isinf(value)
    _note(problems, odd & ~wrong, "the value of this signal is impossible")
    wrong = wrong | odd
    keep = ~(wrong | np.isnan(value))
    bad = int(wrong.sum())
    if not keep.any():
        return Aggregated(_empty(), 60, bad, problems)
    base = _interval(time[keep])
    ends, codes, signal, value = _ends(time[keep], base), service.codes[keep], signal[keep], value[keep]
    parts = []
    for number, name in enumerate(names):
        chosen = np.flatnonzero(signal == number)
        place = _place(str(name).lower(), value[chosen], shape) if len(chosen) else None
        if place is not None:
            measure, detail, scale = place
            parts.append(_Part(ends[chosen], codes[chosen], measure, detail, value[chosen] * scale))
    return Aggregated(_pivot(parts, service.names, base), base, bad, problems)
