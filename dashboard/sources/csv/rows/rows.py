"""Rows of a parsed chunk as numbers for cells of a table; what is invalid is counted and left out."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.rows.row_memory import series_of
from dashboard.sources.csv.tables.table import COUNTED, Key
from dashboard.sources.csv.values.columns import codes_and_texts

# Latency bounds in seconds that requests are counted at.
BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0,
          1.5, 2.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # fmt: skip
# The interval of rows while there is only one of each service.
DEFAULT_INTERVAL = 60
# This many bad rows are shown; this many of a kind are remembered of a part, as many as there are rows in a preview.
EXAMPLES, SHOWN = 5, 10
# What differs in reasons of one kind: what a cell holds, and numbers.
_CELL = re.compile(r"'(?:[^'\\]|\\.)*'|\"[^\"]*\"|\b[\d.,:-]*\d\b")


def kind_of(reason: str) -> str:
    """The reason of a bad row without what its cells hold: equal for rows that one remedy mends."""
    return _CELL.sub("…", reason)


# Rows that are refused, shape (rows,), and why.
Refusal = tuple[np.ndarray, str]


@dataclass(slots=True)
class ChunkRows:
    """What rows of all shapes have.

    Attributes:
        time: epoch seconds, shape (rows,).
        service: codes into `services`, shape (rows,).
        services: names.
        refused: rows that are left out, shape (rows,). `ignored`: how many of them are no bad rows.
        examples: some of the bad rows as (row, reason).
        kinds: kind of reason → how many bad rows, the first of them, and its reason.
        series: what tells rows of one time and service apart, as a number of their texts; None: nothing does.
        labels: name → a code for each row and the texts they stand for, of what tells rows apart.
        interval_s: seconds between two rows of one service.
        untold_words: service → words of a status that nobody can tell.
        without_errors: service → how many rows have requests and no errors beside them.
        doubtful: rows that are refused as a number of theirs can be read in two ways, shape (rows,).
    """

    time: np.ndarray
    service: np.ndarray
    services: np.ndarray
    refused: np.ndarray
    examples: list[tuple[int, str]] = field(default_factory=list)
    kinds: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    ignored: int = 0
    series: np.ndarray | None = None
    labels: dict[str, tuple[np.ndarray, list[str]]] = field(default_factory=dict)
    interval_s: int = DEFAULT_INTERVAL
    untold_words: dict[str, set[str]] = field(default_factory=dict)
    without_errors: Counter[str] = field(default_factory=Counter)
    doubtful: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.doubtful = np.zeros(len(self.time), dtype=bool)

    def refuse(self, rows: np.ndarray, reason: str | Callable[[int], str]) -> None:
        """Leave out the rows where `rows` is true, with the first of them as examples.

        Args:
            rows: shape (rows,). `reason`: of all, or by the number of a row.
        """
        # Nearly always there is nothing to refuse.
        if not rows.any():
            return
        new = rows & ~self.refused
        places = np.flatnonzero(new)
        if not len(places):
            return
        self.refused = self.refused | new
        reasons = [(row, reason if isinstance(reason, str) else reason(row)) for row in places[:SHOWN].tolist()]
        self.examples += reasons
        # One check, one kind: to word the reason of each of a million rows takes longer than to read them.
        first, text = reasons[0]
        kind = kind_of(text)
        before, row, said = self.kinds.get(kind, (0, first, text))
        self.kinds[kind] = before + len(places), row, said

    def told_apart_by(self, labels: Mapping[str, pa.ChunkedArray]) -> np.ndarray | None:
        """Take rows of one service and time for different ones where their texts differ.

        Args:
            labels: name → a column of texts.

        Returns:
            Numbers of the rows, shape (rows,), by which their labels are found; None without any labels.
        """
        if not labels:
            return None
        self.series = series_of(list(labels.values()))
        for label, column in labels.items():
            codes, texts = codes_and_texts(column)
            self.labels[label] = np.where(codes < 0, len(texts), codes), [*map(str, texts), "none"]
        return np.arange(len(self.time))

    def note_without_errors(self, untold: np.ndarray) -> None:
        """Count the rows whose errors are missing, by service; `untold`: which they are, shape (rows,)."""
        for code, count in enumerate(np.bincount(self.service[untold], minlength=len(self.services)).tolist()):
            self.without_errors[str(self.services[code])] += count

    def single(self, row: int) -> Self:
        """One of the rows by itself, as if it were not refused."""
        only = slice(row, row + 1)
        return type(self)(
            self.time[only], self.service[only], self.services, np.zeros(1, dtype=bool), interval_s=self.interval_s
        )

    def kept_times(self) -> np.ndarray:
        """Epoch seconds of the rows that are not refused; not to be written to."""
        return self.time[~self.refused] if self.refused.any() else self.time

    @property
    def bad_rows(self) -> int:
        """How many rows are left out that should not be."""
        return int(self.refused.sum()) - self.ignored

    def services_of(self, keep: np.ndarray) -> tuple[np.ndarray, list[str]]:
        """The services of some rows, shape (rows,), that are not refused: their codes, and the names of these alone."""
        codes = self.service[keep]
        used = np.flatnonzero(np.bincount(codes, minlength=len(self.services)))
        if len(used) < len(self.services):
            codes = np.searchsorted(used, codes)
        return codes, [str(self.services[code]) for code in used]


@dataclass(frozen=True, slots=True)
class CellValues:
    """Numbers for cells of a table, one each.

    Attributes:
        time: epoch seconds; the cell's interval holds it. `column`: the cell's column is `keys[column]`.
        keys: (service, measure, detail).
        value: in the unit of its measure.
        series: what tells rows of one time and column apart, as a number of their texts; None: nothing does.
        row: numbers of their rows in the chunk; None if nobody needs to know.
        adds: all rows of one time count; else the last one. `is_judged`: nobody has said which.
    """

    time: np.ndarray
    column: np.ndarray
    keys: list[Key]
    value: np.ndarray
    series: np.ndarray | None = None
    row: np.ndarray | None = None
    adds: bool = False
    is_judged: bool = False

    def without(self, rows: ChunkRows, missing: np.ndarray) -> Self:
        """The numbers of rows that are not refused and not `missing`."""
        drop = rows.refused | missing
        return self.only(np.flatnonzero(~drop)) if drop.any() else self

    def only(self, places: np.ndarray) -> Self:
        """The numbers in some places, in their order."""
        series = None if self.series is None else self.series[places]
        row = None if self.row is None else self.row[places]
        return replace(
            self, time=self.time[places], column=self.column[places], value=self.value[places], series=series, row=row
        )

    def later(self, seconds: np.ndarray) -> Self:
        """The same numbers of intervals that end later; `seconds`: of each of the `keys`, shape (keys,)."""
        return replace(self, time=self.time + seconds[self.column])

    @property
    def adds_up(self) -> bool:
        """Several of one time may be of one cell."""
        return self.adds or self.series is not None

    @property
    def is_count(self) -> np.ndarray:
        """Which of them add up where several are of one cell, shape (rows,); of others the worst counts."""
        counts = np.array([measure in COUNTED for _, measure, _ in self.keys], dtype=bool)
        chosen: np.ndarray = counts[self.column]
        return chosen


@dataclass(frozen=True, slots=True)
class RequestRows:
    """Requests of a log, each array of shape (requests,).

    Attributes:
        time: epoch seconds.
        service: codes into `services`.
        failed, refused: it failed by the server's or the client's fault. `untold`: nobody can tell.
        untold_words: service → the statuses that nobody can tell.
        bucket: the number of the bound it kept, `len(bounds)` when none, and one more when its duration is unknown.
        without_duration: what is said of requests whose duration is unknown.
        labels: label → codes and the values they stand for.
        bounds: of the buckets, in seconds, ascending.
    """

    time: np.ndarray
    service: np.ndarray
    services: list[str]
    failed: np.ndarray
    refused: np.ndarray
    untold: np.ndarray
    bucket: np.ndarray
    labels: dict[str, tuple[np.ndarray, list[str]]]
    bounds: tuple[float, ...] = BOUNDS
    without_duration: str = ""
    untold_words: dict[str, set[str]] = field(default_factory=dict)

    def only(self, rows: np.ndarray) -> Self:
        """The chosen rows, without their labels."""
        return replace(
            self,
            time=self.time[rows],
            service=self.service[rows],
            failed=self.failed[rows],
            refused=self.refused[rows],
            untold=self.untold[rows],
            bucket=self.bucket[rows],
            labels={},
        )
