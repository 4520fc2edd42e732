"""Rows of a parsed chunk, checked, as numbers for cells of a table; what makes no sense is counted and left out."""

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard import buckets
from dashboard.sources.csv import table
from dashboard.sources.csv.shapes import QUANTILES, Shape
from dashboard.sources.csv.table import Key

BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0,
          1.5, 2.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # fmt: skip
ABSURD = 1e15
# Epoch seconds of 2000 and of 2100: a time outside is a slip of the pen, and one such row would stretch the table.
EARLIEST, LATEST = 946_684_800, 4_102_444_800
EXAMPLES = 5
SLOWEST = 1e6
# So many rows suffice to see how far apart they are.
LOOKED_AT = 20_000
FAILED = ("false", "error", "failed")
# What a column `ok` says of a failure.
NO = ("0", "no", "n", "f")


@dataclass(slots=True)
class Checked:
    """What all shapes share: times (epoch seconds), services, and which rows are wrong, with examples (row, what)."""

    time: np.ndarray
    service: np.ndarray
    names: np.ndarray
    wrong: np.ndarray
    examples: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, rows: np.ndarray, what: str) -> None:
        """Mark rows as wrong, with the first of them as examples."""
        new = rows & ~self.wrong
        if new.any():
            self.examples += [(int(row), what) for row in np.flatnonzero(new)[:EXAMPLES]]
            self.wrong = self.wrong | new

    @property
    def bad(self) -> int:
        """How many rows are left out."""
        return int(self.wrong.sum())


@dataclass(frozen=True, slots=True)
class Entries:
    """Numbers for the cells (interval that holds `time`, `keys[column]`); `adding`: those of one cell add up."""

    time: np.ndarray
    column: np.ndarray
    keys: list[Key]
    value: np.ndarray
    adding: bool = False


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests of a log: epoch seconds, service and outcome of each, the bucket it fell into, and label values.

    `bounds`: of the buckets, in seconds, ascending.
    """

    time: np.ndarray
    service: np.ndarray
    names: list[str]
    server: np.ndarray
    client: np.ndarray
    bucket: np.ndarray
    labels: dict[str, tuple[np.ndarray, list[str]]]
    bounds: tuple[float, ...] = BOUNDS

    @property
    def measures(self) -> list[tuple[str, str]]:
        """What is counted of each service: requests, failures, and how many kept each bound."""
        ends = [buckets.bound_text(bound) for bound in (*self.bounds, np.inf)]
        failed = [("requests", ""), ("errors", "server"), ("errors", "client")]
        return failed + [(measure, end) for measure in ("latency", "failed_latency") for end in ends]

    def only(self, rows: np.ndarray) -> Self:
        """The chosen rows, without their labels."""
        return replace(
            self,
            time=self.time[rows],
            service=self.service[rows],
            server=self.server[rows],
            client=self.client[rows],
            bucket=self.bucket[rows],
            labels={},
        )


def checked(table: pa.Table, shape: Shape, zone: str) -> Checked:
    """Times and services of a chunk."""
    time = moments(table[shape.columns["time"]], zone)
    service, names = words(table[shape.columns["service"]])
    made = Checked(time, service, names, np.zeros(len(time), dtype=bool))
    unread = np.isnan(time) if time.dtype.kind == "f" else np.zeros(len(time), dtype=bool)
    made.refuse(unread, "the time cannot be read")
    made.refuse((time < EARLIEST) | (time > LATEST), "the time lies before 2000 or after 2100")
    made.refuse(service < 0, "the service has no name")
    broken = [place for place, name in enumerate(names) if "\ufffd" in str(name)]
    if broken:
        made.refuse(np.isin(service, broken), "the name of the service is not UTF-8")
    return made


def interval(made: Checked, seen: dict[str, np.ndarray]) -> int | None:
    """The usual distance of two rows of one service, in whole seconds; None where there is only one.

    `seen`: the newest times of each service in earlier chunks, brought up to date.
    """
    shortest = []
    time, services, wrong = made.time[:LOOKED_AT], made.service[:LOOKED_AT], made.wrong[:LOOKED_AT]
    for service in range(min(len(made.names), EXAMPLES)):
        name = str(made.names[service])
        times = np.unique(np.append(seen.get(name, time[:0]), time[(services == service) & ~wrong]))
        seen[name] = times[-EXAMPLES:]
        if len(times) > 1:
            shortest.append(float(np.median(np.diff(times))))
    return max(1, round(min(shortest))) if shortest else None


def tidy(table: pa.Table, shape: Shape, made: Checked) -> list[Entries]:
    """One number a row; counts of rows that differ in a further label add up."""
    value = numbers(table, shape.columns["value"])
    signal, names = words(table[shape.columns["signal"]])
    places = [_place(str(name).lower()) for name in names]
    counting = np.array([measure in ("requests", "errors") for measure, _, _ in places] + [False])
    signed = np.array([measure == "gauge" for measure, _, _ in places] + [True])
    made.refuse(signal < 0, "the signal has no name")
    made.refuse((np.abs(value) > ABSURD) | ((value < 0) & ~signed[signal]), "the value of this signal is impossible")
    scale = np.array([factor for _, _, factor in places] + [1.0])
    if (scale != 1.0).any():
        value = value * scale[signal]
    keys = [(str(service), measure, detail) for measure, detail, _ in places for service in made.names]
    column = signal.astype(np.intp) * len(made.names) + made.service
    if not shape.labels:
        return [_kept(made, Entries(made.time, column, keys, value), np.isnan(value))]
    counts = counting[signal]
    return [
        _kept(made, Entries(made.time, column, keys, value, adding=True), np.isnan(value) | ~counts),
        _kept(made, Entries(made.time, column, keys, value), np.isnan(value) | counts),
    ]


def wide(table: pa.Table, shape: Shape, made: Checked) -> list[Entries]:
    """One interval of one service a row."""
    values = {name: numbers(table, shape.columns[name]) for name in shape.columns if name not in ("time", "service")}
    requests, failed = values["requests"], values.get("errors", np.zeros(len(made.time)))
    impossible = ~(requests >= 0) | (requests > ABSURD) | (failed < 0) | (failed > requests)
    if "client_errors" in values:
        impossible |= (values["client_errors"] < 0) | (values["client_errors"] > requests)
    made.refuse(impossible, "requests and errors must be counts with 0 <= errors <= requests")
    for name in values.keys() & {quantile + unit for quantile in QUANTILES for unit in ("", "_ms")}:
        made.refuse(values[name] < 0, "a latency must be at least 0")
    entries = []
    for name, column in values.items():
        measure, detail, factor = _place(name)
        keys = [(str(service), measure, detail) for service in made.names]
        odd = np.isnan(column) | (np.abs(column) > ABSURD)
        entries.append(_kept(made, Entries(made.time, made.service, keys, column * factor), odd))
    return entries


def log(table: pa.Table, shape: Shape, made: Checked, bounds: tuple[float, ...] = BOUNDS) -> Requests:
    """One request a row."""
    duration = numbers(table, shape.columns["duration"]) * shape.duration_scale
    made.refuse(~((duration >= 0) & (duration <= SLOWEST)), "the duration is no number of at least 0")
    status, outcomes = words(table[shape.columns["status"]])
    made.refuse(status < 0, "the status is missing")
    told = [str(outcome).strip().lower() for outcome in outcomes] + [""]
    bad = (*FAILED, *NO) if shape.truth else FAILED
    failed = np.array([text in bad or (text.startswith("5") and not shape.truth) for text in told])
    refused = np.array([text.startswith("4") for text in told])
    keep = ~made.wrong
    labels = {}
    for label in shape.labels:
        codes, names = words(table[shape.columns[label]])
        labels[label] = np.where(codes < 0, len(names), codes)[keep], [*(str(name) for name in names), "none"]
    return Requests(
        made.time[keep],
        made.service[keep],
        [str(name) for name in made.names],
        failed[status][keep],
        refused[status][keep],
        np.searchsorted(bounds, duration[keep]),
        labels,
        bounds,
    )


def counted(requests: Requests, base: int, group: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the intervals, and counts of each group (such as a service) in them, shape (rows, groups × measures)."""
    row = np.ceil(requests.time / base).astype(np.int64)
    first, rows = int(row.min()), int(row.max() - row.min()) + 1
    table.check_room(first * base, int(row.max()) * base, base, groups * len(requests.measures))
    kinds = len(requests.bounds) + 1
    cell = (row - first) * groups + group
    buckets = np.bincount((cell * 2 + requests.server) * kinds + requests.bucket, minlength=rows * groups * 2 * kinds)
    split = buckets.reshape(rows, groups, 2, kinds)
    client = np.bincount(cell, weights=requests.client, minlength=rows * groups).reshape(rows, groups, 1)
    every, server = split.sum(axis=(2, 3))[..., None], split[:, :, 1].sum(axis=2)[..., None]
    cumulative = split.cumsum(axis=3).reshape(rows, groups, 2 * kinds)
    made = np.concatenate([every, server, client, cumulative], axis=2).reshape(rows, groups * len(requests.measures))
    return (np.arange(rows) + first) * base, made


def _kept(made: Checked, entries: Entries, missing: np.ndarray) -> Entries:
    """The entries of rows that are right and hold a number."""
    drop = made.wrong | missing
    if not drop.any():
        return entries
    keep = ~drop
    return replace(entries, time=entries.time[keep], column=entries.column[keep], value=entries.value[keep])


def _place(name: str) -> tuple[str, str, float]:
    """Measure, detail and factor of a wide column or a tidy signal."""
    fixed = {"requests": ("requests", ""), "errors": ("errors", "server"), "client_errors": ("errors", "client")}
    if name in fixed:
        return (*fixed[name], 1.0)
    quantile = QUANTILES.get(name.removesuffix("_ms"))
    if quantile is not None:
        return "quantile", quantile, 0.001 if name.endswith("_ms") else 1.0
    return "gauge", name, 1.0


# --- columns ---------------------------------------------------------------------------------------------------------


def words(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """A column of few different words as codes, -1 where there is none, and the words they stand for."""
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    codes: np.ndarray = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    names: np.ndarray = whole.dictionary.to_numpy(zero_copy_only=False)
    empty = [place for place, name in enumerate(names) if name is None or not str(name).strip()]
    return np.where(np.isin(codes, empty), -1, codes) if empty else codes, names


def numbers(table: pa.Table, name: str) -> np.ndarray:
    """A column as floats; NaN where it holds none."""
    values = table[name]
    if pa.types.is_string(values.type) or pa.types.is_dictionary(values.type):
        coerced: np.ndarray = pd.to_numeric(values.to_pandas(), errors="coerce").to_numpy(dtype=float)
        return coerced
    if pa.types.is_null(values.type):
        return np.full(len(values), np.nan)
    floats: np.ndarray = values.cast(pa.float64(), safe=False).to_numpy()
    return floats


def moments(column: pa.ChunkedArray, zone: str) -> np.ndarray:
    """Epoch seconds, NaN where a time cannot be read: ISO 8601 with or without offset, epoch s or ms."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        if kind.unit == "s" and kind.tz is not None and not column.null_count:
            whole: np.ndarray = column.cast(pa.int64()).to_numpy()
            return whole
        stamps = pd.DatetimeIndex(column.to_pandas())
        # Arrow reads an offset into UTC; a time without one is local to the zone the configuration names.
        aware = stamps if stamps.tz is not None else stamps.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        return _seconds(aware)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _epoch(column.cast(pa.float64(), safe=False).to_numpy())
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
        epoch = _epoch(pd.to_numeric(bare, errors="coerce").to_numpy(dtype=float))
        made[(~offset).to_numpy()] = np.where(np.abs(epoch) > 1e8, epoch, values)
    return made


def _epoch(values: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = np.where(np.abs(values) > 1e11, values / 1000, values)
    return scaled


def _seconds(stamps: pd.DatetimeIndex) -> np.ndarray:
    whole = stamps.as_unit("ms").asi8.astype(float) / 1000
    seconds: np.ndarray = np.where(stamps.isna(), np.nan, whole)
    return seconds
