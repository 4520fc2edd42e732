"""Rows of a parsed chunk as numbers for cells of a table; invalid ones are counted and dropped."""

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

# Latency bounds in seconds at which requests are counted.
BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0,
          1.5, 2.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # fmt: skip
# Assumed interval in seconds while each service has only one row.
DEFAULT_INTERVAL = 60
# Number of bad rows to show; and to remember per kind and part, as many as a preview has rows.
EXAMPLES, SHOWN = 5, 10
# The variable parts of a reason: contents of cells, and numbers.
_CELL = re.compile(r"'(?:[^'\\]|\\.)*'|\"[^\"]*\"|\b[\d.,:-]*\d\b")


def kind_of(reason: str) -> str:
    """The reason of a bad row without contents of cells: equal for rows with the same remedy."""
    return _CELL.sub("…", reason)


# Mask of rejected rows, shape (rows,), and the reason.
Refusal = tuple[np.ndarray, str]


@dataclass(slots=True)
class ChunkRows:
    """The common part of rows of all shapes.

    Attributes:
        time: epoch seconds, shape (rows,).
        service: indices of `services`, shape (rows,).
        services: names.
        refused: mask of dropped rows, shape (rows,). `ignored`: number of dropped rows that are not bad.
        examples: some of the bad rows as (row, reason).
        kinds: kind of reason → number of bad rows, the first of them, and its reason.
        series: distinguishes rows of one time and service, as a hash of their texts; None: nothing does.
        labels: name → a code for each row and the texts of the codes, for labels that distinguish rows.
        interval_s: seconds between two rows of one service.
        unknown_words: service → words of a status with an unknown meaning.
        without_errors: service → number of rows with requests but without errors.
        doubtful: mask of rows rejected because of an ambiguous number, shape (rows,).
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
    unknown_words: dict[str, set[str]] = field(default_factory=dict)
    without_errors: Counter[str] = field(default_factory=Counter)
    doubtful: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.doubtful = np.zeros(len(self.time), dtype=bool)

    def refuse(self, rows: np.ndarray, reason: str | Callable[[int], str]) -> None:
        """Reject the rows where `rows` is true, and keep the first of them as examples.

        Args:
            rows: shape (rows,). `reason`: for all, or a function of the row's index.
        """
        # Nearly always, nothing is rejected.
        if not rows.any():
            return
        new = rows & ~self.refused
        places = np.flatnonzero(new)
        if not len(places):
            return
        self.refused = self.refused | new
        reasons = [(row, reason if isinstance(reason, str) else reason(row)) for row in places[:SHOWN].tolist()]
        self.examples += reasons
        # One check has one kind: formatting the reason of a million rows takes longer than reading them.
        first, text = reasons[0]
        kind = kind_of(text)
        before, row, said = self.kinds.get(kind, (0, first, text))
        self.kinds[kind] = before + len(places), row, said

    def told_apart_by(self, labels: Mapping[str, pa.ChunkedArray]) -> np.ndarray | None:
        """Distinguish rows of one service and time by their texts.

        Args:
            labels: name → a column of texts.

        Returns:
            Hashes of the rows, shape (rows,), to find their labels; None without labels.
        """
        if not labels:
            return None
        self.series = series_of(list(labels.values()))
        for label, column in labels.items():
            codes, texts = codes_and_texts(column)
            self.labels[label] = np.where(codes < 0, len(texts), codes), [*map(str, texts), "none"]
        return np.arange(len(self.time))

    def note_without_errors(self, unknown_outcome: np.ndarray) -> None:
        """Count the rows without errors, by service; `unknown_outcome`: mask of these rows, shape (rows,)."""
        for code, count in enumerate(np.bincount(self.service[unknown_outcome], minlength=len(self.services)).tolist()):
            self.without_errors[str(self.services[code])] += count

    def single(self, row: int) -> Self:
        """A single row, as if it were not rejected."""
        only = slice(row, row + 1)
        return type(self)(
            self.time[only], self.service[only], self.services, np.zeros(1, dtype=bool), interval_s=self.interval_s
        )

    def kept_times(self) -> np.ndarray:
        """Epoch seconds of the accepted rows; read-only."""
        return self.time[~self.refused] if self.refused.any() else self.time

    @property
    def bad_rows(self) -> int:
        """The number of bad rows."""
        return int(self.refused.sum()) - self.ignored

    def services_of(self, keep: np.ndarray) -> tuple[np.ndarray, list[str]]:
        """The services of the given accepted rows, shape (rows,): their codes, and only their names."""
        codes = self.service[keep]
        used = np.flatnonzero(np.bincount(codes, minlength=len(self.services)))
        if len(used) < len(self.services):
            codes = np.searchsorted(used, codes)
        return codes, [str(self.services[code]) for code in used]


@dataclass(frozen=True, slots=True)
class CellValues:
    """Numbers for cells of a table.

    Attributes:
        time: epoch seconds within the cell's interval. `column`: the cell's column is `keys[column]`.
        keys: (service, measure, detail).
        value: in the unit of its measure.
        series: distinguishes rows of one time and column, as a hash of their texts; None: nothing does.
        row: indices of their rows in the chunk; None if not needed.
        adds: all rows of one time are summed; otherwise the last one counts. `is_judged`: detect this.
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
        """The numbers of rows that are accepted and not `missing`."""
        drop = rows.refused | missing
        return self.only(np.flatnonzero(~drop)) if drop.any() else self

    def only(self, places: np.ndarray) -> Self:
        """The numbers at these indices, in this order."""
        series = None if self.series is None else self.series[places]
        row = None if self.row is None else self.row[places]
        return replace(
            self, time=self.time[places], column=self.column[places], value=self.value[places], series=series, row=row
        )

    def later(self, seconds: np.ndarray) -> Self:
        """The same numbers with later interval ends; `seconds`: for each of the `keys`, shape (keys,)."""
        return replace(self, time=self.time + seconds[self.column])

    @property
    def adds_up(self) -> bool:
        """Whether several numbers of one time may belong to one cell."""
        return self.adds or self.series is not None

    @property
    def is_count(self) -> np.ndarray:
        """Mask of numbers that are summed within a cell, shape (rows,); of others, the worst one counts."""
        counts = np.array([measure in COUNTED for _, measure, _ in self.keys], dtype=bool)
        chosen: np.ndarray = counts[self.column]
        return chosen


@dataclass(frozen=True, slots=True)
class RequestRows:
    """Requests of a log, each array of shape (requests,).

    Attributes:
        time: epoch seconds.
        service: indices of `services`.
        failed, refused: failed by the server's or the client's fault. `unknown_outcome`: unknown.
        unknown_words: service → statuses with an unknown meaning.
        bucket: index of the smallest bound it is within, `len(bounds)` if none, and one more if its duration is
            unknown.
        without_duration: the note for requests with an unknown duration.
        labels: label → codes and their values.
        bounds: of the buckets, in seconds, ascending.
    """

    time: np.ndarray
    service: np.ndarray
    services: list[str]
    failed: np.ndarray
    refused: np.ndarray
    unknown_outcome: np.ndarray
    bucket: np.ndarray
    labels: dict[str, tuple[np.ndarray, list[str]]]
    bounds: tuple[float, ...] = BOUNDS
    without_duration: str = ""
    unknown_words: dict[str, set[str]] = field(default_factory=dict)

    def only(self, rows: np.ndarray) -> Self:
        """The chosen rows, without their labels."""
        return replace(
            self,
            time=self.time[rows],
            service=self.service[rows],
            failed=self.failed[rows],
            refused=self.refused[rows],
            unknown_outcome=self.unknown_outcome[rows],
            bucket=self.bucket[rows],
            labels={},
        )
