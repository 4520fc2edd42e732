"""A CSV file `time,bad,valid,<labels>`: counts of events for each combination of label values."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.commands.csv_rows import csv_rows, named
from dashboard.commands.row_times import row_time
from dashboard.exceptions import ConfigError
from dashboard.oncall.combinations import Combinations
from dashboard.oncall.onset import onset

COLUMNS = ("time", "bad", "valid")
NOTHING = "{where}: no row is {which}: there is nothing to {purpose}; choose another --at or --span"

# Enough bad events to tell their causes by; more of the trouble is explained only as far as it has fewer.
ENOUGH_BAD = 300


@dataclass(frozen=True, slots=True)
class Span:
    """Times in epoch seconds.

    Attributes:
        onset: what is before it is compared with. `begin`, `end`: the first and last time to explain.
    """

    onset: float
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class EventFile:
    """The rows of such a file.

    Attributes:
        where: its name, for messages. `labels`: the label columns. `keys`: distinct combinations of their values.
        times: epoch seconds, shape (rows,). `places`: index of each row's combination in `keys`, shape (rows,).
        bad, valid: counts of events, shape (rows,).
    """

    where: str
    labels: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    times: np.ndarray
    places: np.ndarray
    bad: np.ndarray
    valid: np.ndarray

    def span(self, at: float, seconds: float | None) -> Span:
        """The rows to explain; those of an empty span if there are none.

        Args:
            at: epoch seconds, the end of the span; later rows are ignored.
            seconds: its length; None: the newest rows of the trouble at that time, compared with those before it.
        """
        known = self.times <= at
        newest = float(self.times[known].max(initial=-math.inf))
        if seconds is not None:
            begin = float(self.times[known & (self.times > at - seconds)].min(initial=math.inf))
            return Span(begin, begin, newest)
        times, place = np.unique(self.times[known], return_inverse=True)
        if not len(times):
            return Span(math.inf, math.inf, newest)
        bad, valid = (np.bincount(place, counts[known], len(times)) for counts in (self.bad, self.valid))
        began = onset(bad, valid)
        # The newest times say best what is wrong now: a trouble may begin with another cause, or be mixed at first.
        enough = int(np.searchsorted(np.cumsum(bad[::-1]), ENOUGH_BAD))
        return Span(float(times[began]), float(times[max(began, len(times) - 1 - enough)]), newest)

    def combinations(self, span: Span) -> Combinations:
        """Events of the rows of a span, and of all rows before the trouble.

        Raises:
            ConfigError: there are no rows in that span, or none before it.
        """
        is_now = (self.times >= span.begin) & (self.times <= span.end)
        is_before = (self.times < span.onset) & (self.times <= span.end)
        for rows, which, purpose in ((is_now, "of that time", "explain"), (is_before, "older", "compare with")):
            if not rows.any():
                raise ConfigError(NOTHING.format(where=self.where, which=which, purpose=purpose))
        return Combinations.of(self.labels, self.keys, np.array([*self._sums(is_before), *self._sums(is_now)]))

    def _sums(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        """Bad, then valid events of each combination; `rows`: mask of the rows to sum, shape (rows,)."""
        for counts in (self.bad, self.valid):
            yield np.bincount(self.places[rows], counts[rows], len(self.keys))


def read_events(path: str) -> EventFile:
    """Read a file of events.

    Args:
        path: a file; `-`: standard input.

    Raises:
        ConfigError: it cannot be read or a row is malformed; the message names its line.
    """
    where, numbered = named(path), csv_rows(path)
    columns, labels, others = _header(where, next(numbered, (1, []))[1])
    places: dict[tuple[str, ...], int] = {}
    rows: list[tuple[float, int, float, float]] = []
    times = _Times()
    for line, row in numbered:
        if not row:
            continue
        try:
            time, bad, valid = (row[column] for column in columns)
            key = tuple([row[column] for column in others])
            rows.append((times[time], places.setdefault(key, len(places)), *_counts(bad, valid)))
        except IndexError:
            width = len(columns) + len(others)
            raise ConfigError(f"{where}, line {line}: expected {width} columns, there are {len(row)}") from None
        except ValueError as error:
            raise ConfigError(f"{where}, line {line}: {error}") from None
    if not rows:
        raise ConfigError(f"{where}: the file holds no rows")
    table = np.array(rows, dtype=float)
    return EventFile(where, labels, tuple(places), table[:, 0], table[:, 1].astype(np.int64), table[:, 2], table[:, 3])


def _header(where: str, names: Sequence[str]) -> tuple[list[int], tuple[str, ...], list[int]]:
    """Positions of time, bad and valid; the labels and their positions.

    Raises:
        ConfigError: a column is missing, or there are no label columns.
    """
    plain = [name.strip().lower() for name in names]
    missing = [name for name in COLUMNS if name not in plain]
    if missing:
        raise ConfigError(f"{where}: expected the columns time,bad,valid and labels, there is no {missing[0]!r}")
    columns = [plain.index(name) for name in COLUMNS]
    others = [place for place in range(len(names)) if place not in columns]
    labels = tuple(names[place].strip() for place in others)
    if not labels or len(set(labels)) < len(labels):
        twice = next((name for name in labels if labels.count(name) > 1), "")
        why = (
            f"two columns are named {twice!r}"
            if labels
            else "there is no column beside time,bad,valid to explain it by"
        )
        raise ConfigError(f"{where}: {why}")
    return columns, labels, others


def _counts(bad: str, valid: str) -> tuple[float, float]:
    """Bad and valid events of a row."""
    try:
        counts = float(bad), float(valid)
    except ValueError:
        counts = math.nan, math.nan
    # The comparison is also false for NaN.
    if not 0 <= counts[0] <= counts[1] < math.inf:
        raise ValueError(f"bad {bad[:20]!r} and valid {valid[:20]!r} must be counts with 0 <= bad <= valid")
    return counts


class _Times(dict[str, float]):
    """Cache of parsed times: many rows share the same time."""

    def __missing__(self, text: str) -> float:
        self[text] = row_time(text.strip())
        return self[text]
