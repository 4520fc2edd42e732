"""The columns of the archive's files, from and to rows."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
import pyarrow as pa

from dashboard.archive.hour_rows import HourRows, Series

# Relative tolerance for the counts of an hour; seconds of an hour.
SLACK, HOUR_S = 1e-6, 3600
# Rows of files are sorted by these columns, so that the hours of an objective are adjacent.
HOURS = pa.schema(
    [
        # The end of the hour.
        ("time", pa.timestamp("s", tz="UTC")),
        ("service", pa.dictionary(pa.int32(), pa.string())),
        ("slo", pa.dictionary(pa.int32(), pa.string())),
        ("counting", pa.dictionary(pa.int32(), pa.string())),
        ("objective", pa.float64()),
        ("limit", pa.float64()),
        ("bad", pa.float64()),
        ("valid", pa.float64()),
        ("seconds", pa.float64()),
        ("partial", pa.bool_()),
        ("held", pa.bool_()),
    ]
)
LATENCY = pa.schema(
    [
        ("time", pa.timestamp("s", tz="UTC")),
        ("service", pa.dictionary(pa.int32(), pa.string())),
        # Upper bounds in seconds, ascending, the last one infinite, and successful requests up to each.
        ("bounds", pa.list_(pa.float64())),
        ("counts", pa.list_(pa.float64())),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class LatencyRows:
    """Hours of some services, by bucket; one value, or one array, per row.

    Attributes:
        services: names. `ends`: epoch seconds of the hours' ends.
        bounds: upper bounds in seconds, ascending. `counts`: successful requests up to each.
    """

    services: list[str]
    ends: np.ndarray
    bounds: list[np.ndarray]
    counts: list[np.ndarray]

    @classmethod
    def none(cls) -> Self:
        """No rows."""
        return cls([], np.zeros(0, dtype=np.int64), [], [])

    def __len__(self) -> int:
        return len(self.services)

    def select(self, rows: np.ndarray) -> "LatencyRows":
        """Some rows, by position."""
        places = rows.tolist()
        bounds, counts = ([each[place] for place in places] for each in (self.bounds, self.counts))
        return LatencyRows([self.services[place] for place in places], self.ends[rows].astype(np.int64), bounds, counts)

    def followed_by(self, other: "LatencyRows") -> "LatencyRows":
        """These rows, followed by others."""
        return LatencyRows(
            [*self.services, *other.services],
            np.concatenate([self.ends, other.ends]),
            [*self.bounds, *other.bounds],
            [*self.counts, *other.counts],
        )


def hours_table(rows: HourRows) -> pa.Table:
    """Rows as a table, in their order."""
    limits = pa.array(rows.limits, mask=np.isnan(rows.limits))
    names = ([getattr(series, name) for series in rows.series] for name in ("service", "slo", "counting"))
    texts = [_text_column(each, rows.places) for each in names]
    columns = [
        pa.array(rows.ends.astype("datetime64[s]"), pa.timestamp("s", tz="UTC")), *texts, pa.array(rows.objectives),
        limits, pa.array(rows.bad), pa.array(rows.valid), pa.array(rows.seconds), pa.array(rows.partial),
        pa.array(rows.held),
    ]  # fmt: skip
    return pa.table(columns, schema=HOURS)


def _text_column(names: list[str], places: np.ndarray) -> pa.DictionaryArray:
    """A text for each row, dictionary-encoded, as a million texts need much memory.

    Args:
        names: of series. `places`: position of each row's series among them.
    """
    # Readers expect a dictionary without duplicates and unused names.
    known: dict[str, int] = {}
    codes = np.zeros(len(names), dtype=np.int32)
    for place in np.unique(places).tolist():
        codes[place] = known.setdefault(names[place], len(known))
    return pa.DictionaryArray.from_arrays(pa.array(codes[places]), pa.array(list(known), pa.string()))


def sound_hours(table: pa.Table) -> pa.Table:
    """The valid rows: with whole hours, names, and plausible numbers.

    Raises:
        KeyError, pa.ArrowException: a column is missing, or has another type.
    """
    typed = table.select(HOURS.names).cast(HOURS)
    ends = typed["time"].cast(pa.int64()).to_numpy()
    bad, valid, seconds, objectives = (typed[name].to_numpy() for name in ("bad", "valid", "seconds", "objective"))
    known = [typed[name].is_valid().to_numpy() for name in HOURS.names if name != "limit"]
    with np.errstate(invalid="ignore"):
        # Fractional counts may deviate by the rounding error of their sum.
        least, most = -SLACK * (1 + np.abs(valid)), valid + SLACK * (1 + np.abs(valid))
        possible = (bad >= least) & (bad <= most) & (valid >= -SLACK) & np.isfinite(valid)
        possible &= (seconds > 0) & (seconds <= HOUR_S + SLACK) & (objectives >= 0) & (objectives <= 1)
    return table.filter(pa.array(np.logical_and.reduce([*known, possible, ends % HOUR_S == 0])))


def hours_of(table: pa.Table) -> HourRows:
    """Parse the rows of a table.

    Raises:
        KeyError, pa.ArrowException: a column is missing, or has another type.
    """
    table = table.select(HOURS.names).cast(HOURS).combine_chunks()
    texts = [table[name].unify_dictionaries().combine_chunks() for name in ("service", "slo", "counting")]
    texts = [text.chunk(0) if isinstance(text, pa.ChunkedArray) else text for text in texts if len(table)]
    if not texts:
        return HourRows.none()
    number = np.zeros(len(table), dtype=np.int64)
    for text in texts:
        number = number * max(len(text.dictionary), 1) + text.indices.to_numpy(zero_copy_only=False)
    _, first, places = np.unique(number, return_index=True, return_inverse=True)
    names = [text.take(pa.array(first)).to_pylist() for text in texts]
    values = {
        name: table[name].to_numpy() for name in ("bad", "valid", "seconds", "objective", "limit", "partial", "held")
    }
    return HourRows(
        tuple(Series(*each) for each in zip(*names, strict=True)), places, table["time"].cast(pa.int64()).to_numpy(),
        values["bad"], values["valid"], values["seconds"], values["objective"],
        values["limit"].astype(float), values["partial"].astype(bool), values["held"].astype(bool),
    )  # fmt: skip


def latency_table(rows: LatencyRows) -> pa.Table:
    """Rows as a table, in the order of service and time; of several rows for the same hour the last one."""
    newest = {
        (service, end): place
        for place, (service, end) in enumerate(zip(rows.services, rows.ends.tolist(), strict=True))
    }
    places = [newest[key] for key in sorted(newest)]
    columns = [
        pa.array(rows.ends[places].astype("datetime64[s]"), pa.timestamp("s", tz="UTC")),
        pa.array([rows.services[place] for place in places], pa.string()).dictionary_encode(),
        _lists([rows.bounds[place] for place in places]),
        _lists([rows.counts[place] for place in places]),
    ]
    return pa.table(columns, schema=LATENCY)


def latency_of(table: pa.Table) -> LatencyRows:
    """Parse the rows of a table.

    Raises:
        KeyError, pa.ArrowException: a column is missing, or has another type.
    """
    table = table.select(LATENCY.names).cast(LATENCY).combine_chunks()
    ends = table["time"].cast(pa.int64()).to_numpy()
    return LatencyRows(table["service"].to_pylist(), ends, _arrays(table["bounds"]), _arrays(table["counts"]))


def _lists(arrays: list[np.ndarray]) -> pa.Array:
    offsets = np.concatenate([[0], np.cumsum([len(array) for array in arrays])]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.concatenate([np.zeros(0), *arrays])))


def _arrays(column: pa.ChunkedArray) -> list[np.ndarray]:
    return [np.asarray(each) for chunk in column.chunks for each in _split(chunk)]


def _split(chunk: pa.ListArray) -> list[np.ndarray]:
    offsets = chunk.offsets.to_numpy()
    values = chunk.values.to_numpy(zero_copy_only=False)
    return [values[begin:end] for begin, end in pairwise(offsets.tolist())]
