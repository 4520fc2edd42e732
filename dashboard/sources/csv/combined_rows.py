"""Rows of one service in two spans by combinations of all labels, collected while files are read again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.oncall.combinations import Combinations, grouped
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.outcomes import OUTCOME_LABELS
from dashboard.sources import combined
from dashboard.sources.combined import ALONE, NOT_TRIED, TOO_MANY, CombinationsAnswer, UnusedLabel
from dashboard.sources.csv.cell_labels import CellLabels
from dashboard.sources.csv.columns.names import STATUSES
from dashboard.sources.csv.rows.labels import LabelTables
from dashboard.sources.csv.rows.rows import CellValues, RequestRows
from dashboard.sources.csv.tables.table import Table

NO_PART = {*OUTCOME_LABELS, *STATUSES}
BAD, VALID = 0, 1
Texts = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class CombinedRows:
    """Events of one service in two spans.

    Attributes:
        service: its name. `bad`: which events are bad. `spans`: the span to explain, and an earlier one.
        limit: seconds above which a request is too slow.
    """

    service: str
    bad: BadEvents
    spans: Spans
    limit: float
    # (label, text) of all labels → its number, and its events: of both spans, bad and valid.
    _keys: dict[Texts, int] = field(default_factory=dict)
    _sums: list[np.ndarray] = field(default_factory=list)
    # Rows that later ones of the same time may replace: number of the key, span, epoch seconds, side, events.
    _rows: list[np.ndarray] = field(default_factory=list)

    def span_of(self, times: np.ndarray) -> np.ndarray:
        """0 in the earlier span, 1 in the span to explain, otherwise -1; `times`: epoch seconds."""
        place = np.full(times.shape, -1)
        for number, end in enumerate(self.spans.ends):
            place[(times > end - self.spans.seconds) & (times <= end)] = number
        return place

    def add(
        self,
        times: np.ndarray,
        labels: Mapping[str, tuple[np.ndarray, Sequence[str]]],
        side: int,
        events: np.ndarray,
        *,
        is_replaced: bool,
    ) -> None:
        """Add events of rows in the spans.

        Args:
            times: epoch seconds, shape (rows,). `labels`: name → code of each row, and the texts of the codes.
            side: `BAD` or `VALID`. `events`: of each row.
            is_replaced: a later row of the same time and texts replaces an earlier one.
        """
        if not len(times):
            return
        number, span = self._numbers(labels, len(times)), self.span_of(times)
        if is_replaced:
            self._rows.append(np.stack([number, span, times, np.full(len(times), side), events]))
        else:
            self._count(number, span, np.full(len(times), side), events)

    def answer(self) -> CombinationsAnswer:
        """The answer from all added events."""
        if self._rows:
            number, span, _, side, events = _last_rows(np.concatenate(self._rows, axis=1))
            self._rows.clear()
            self._count(number.astype(int), span.astype(int), side.astype(int), events)
        labels = tuple(dict.fromkeys(name for key in self._keys for name, _ in key))
        keys: dict[tuple[str, ...], np.ndarray] = {}
        # Files may have different columns: a missing one means an empty text.
        for key, sums in zip(map(dict, self._keys), self._sums, strict=True):
            values = tuple(key.get(label, "") for label in labels)
            keys[values] = sums + keys[values] if values in keys else sums
        counts = np.array(list(keys.values())).reshape(-1, 4).T
        return _bounded(Combinations.of(labels, keys, counts))

    def _numbers(self, labels: Mapping[str, tuple[np.ndarray, Sequence[str]]], rows: int) -> np.ndarray:
        """The number of the key of each row, shape (rows,); `labels`: as for `add`."""
        names = sorted(label for label in labels if label.lower() not in NO_PART)
        codes = np.array([labels[name][0] for name in names], dtype=np.int64).reshape(len(names), rows)
        group, _ = grouped(codes, [len(labels[name][1]) for name in names], rows)
        _, first, group = np.unique(group, return_index=True, return_inverse=True)
        numbers = []
        for row in first.tolist():
            key = tuple((name, str(labels[name][1][codes[place, row]])) for place, name in enumerate(names))
            numbers.append(self._keys.setdefault(key, len(self._keys)))
        self._sums += [np.zeros(4) for _ in range(len(self._keys) - len(self._sums))]
        return np.array(numbers)[group]

    def _count(self, number: np.ndarray, span: np.ndarray, side: np.ndarray, events: np.ndarray) -> None:
        """Sum events, each array of shape (rows,).

        Args:
            number: of the key. `span`: 0 earlier, 1 to explain. `side`: `BAD` or `VALID`. `events`: of each row.
        """
        sums = np.bincount(number * 4 + span * 2 + side, events, 4 * len(self._keys)).reshape(-1, 4)
        for key in np.flatnonzero(sums.any(axis=1)).tolist():
            self._sums[key] += sums[key]


def _last_rows(rows: np.ndarray) -> np.ndarray:
    """The last of the rows with the same key, time and side, shape (5, rows)."""
    number, _, times, side, _ = rows
    _, moment = np.unique(times, return_inverse=True)
    identity = (number.astype(np.int64) * (int(moment.max()) + 1) + moment) * 2 + side.astype(np.int64)
    # The last of each is the first in reverse order.
    _, place = np.unique(identity[::-1], return_index=True)
    return rows[:, rows.shape[1] - 1 - place]


def _bounded(combinations: Combinations) -> CombinationsAnswer:
    """Limit the labels to combine; those with the most texts are only tried alone."""
    unused: list[UnusedLabel] = []
    alone: list[Combinations] = []
    most = combined.COMBINATIONS_MAX
    while len(combinations) > most and len(combinations.labels) > 1:
        sizes = [len(values) for values in combinations.values]
        largest = int(np.argmax(sizes))
        is_alone = sizes[largest] <= most and len(alone) < combined.ALONE_MAX
        alone += [combinations.only([largest])] if is_alone else []
        why = TOO_MANY.format(values=sizes[largest], most=most, how=ALONE if is_alone else NOT_TRIED)
        unused.append(UnusedLabel(combinations.labels[largest], why))
        combinations = combinations.only([place for place in range(len(sizes)) if place != largest])
    return CombinationsAnswer(combinations, tuple(unused), tuple(alone))


@dataclass(slots=True)
class LogCombinations(LabelTables):
    """Collects requests of a log instead of breakdowns.

    Attributes:
        gathered: receives them.
    """

    gathered: CombinedRows = field(kw_only=True)

    def take(self, requests: RequestRows) -> None:
        gathered = self.gathered
        if gathered.service not in requests.services:
            return
        own = (requests.service == requests.services.index(gathered.service)) & (gathered.span_of(requests.time) >= 0)
        if gathered.bad is BadEvents.SLOW:
            # A request without a duration is not an event; failures belong to the other signal.
            own &= ~requests.failed.astype(bool) & (requests.bucket <= len(requests.bounds))
            is_bad = requests.bucket > np.searchsorted(requests.bounds, gathered.limit * (1 - 1e-9))
        else:
            is_bad = requests.failed.astype(bool)
        labels = {label: (codes[own], texts) for label, (codes, texts) in requests.labels.items()}
        for side, events in ((BAD, is_bad[own].astype(float)), (VALID, np.ones(int(own.sum())))):
            gathered.add(requests.time[own], labels, side, events, is_replaced=False)


@dataclass(slots=True)
class CellCombinations(CellLabels):
    """Collects rows of intervals instead of breakdowns.

    Attributes:
        gathered: receives them.
    """

    gathered: CombinedRows = field(kw_only=True)

    def take(self, cells: CellValues, labels: Mapping[str, tuple[np.ndarray, list[str]]], table: Table) -> None:
        gathered = self.gathered
        sides = {(gathered.service, "errors", "server"): BAD, (gathered.service, "requests", ""): VALID}
        if gathered.bad is BadEvents.SLOW:
            return
        for column, key in enumerate(cells.keys):
            if key in sides:
                own = (cells.column == column) & (gathered.span_of(cells.time) >= 0)
                # Without row numbers, rows have no labels.
                row = None if cells.row is None else cells.row[own]
                of_rows = (
                    {} if row is None else {label: (codes[row], texts) for label, (codes, texts) in labels.items()}
                )
                gathered.add(cells.time[own], of_rows, sides[key], cells.value[own], is_replaced=not cells.adds)
