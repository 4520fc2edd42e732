"""Rows of one service in two spans by all of their labels at once, gathered while files are read anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.oncall.combinations import Combinations
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.outcomes import OUTCOME_LABELS
from dashboard.sources.combined import CombinationsAnswer, UnusedLabel
from dashboard.sources.csv.cell_labels import CellLabels
from dashboard.sources.csv.labels import LabelTables
from dashboard.sources.csv.rows import CellValues, RequestRows
from dashboard.sources.csv.shapes.names import STATUSES
from dashboard.sources.csv.table import Table

# So many combinations of texts are told apart; what has more loses the label with most texts.
COMBINATIONS_MAX = 30_000
TOO_MANY = "it has {values:,} values, with which there would be more than {most:,} combinations"
NO_PART = {*OUTCOME_LABELS, *STATUSES}
BAD, VALID = 0, 1
Texts = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class CombinedRows:
    """Events of one service in two spans.

    Attributes:
        service: its name. `bad`: which events are bad. `spans`: the explained one and one before.
        limit: seconds beyond which a request is too slow.
    """

    service: str
    bad: BadEvents
    spans: Spans
    limit: float
    # Label and text of each label → its number.
    _keys: dict[Texts, int] = field(default_factory=dict)
    # Chunks of rows: number of the key, span (0 before, 1 now), epoch seconds, `BAD` or `VALID`, events, and whether
    # a later row of the same time takes the place.
    _rows: list[np.ndarray] = field(default_factory=list)
    _replaced: list[np.ndarray] = field(default_factory=list)

    def span_of(self, times: np.ndarray) -> np.ndarray:
        """0 in the span before, 1 in the explained one, else -1; `times`: epoch seconds."""
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
        """Take in events of rows in the spans.

        Args:
            times: epoch seconds, shape (rows,). `labels`: name → code of each row, and the texts they stand for.
            side: `BAD` or `VALID`. `events`: of each row.
            is_replaced: a later row of the same time and texts takes the place of an earlier one.
        """
        if not len(times):
            return
        names = sorted(label for label in labels if label.lower() not in NO_PART)
        codes = np.array([labels[name][0] for name in names]).reshape(len(names), len(times))
        columns, group = (
            np.unique(codes, axis=1, return_inverse=True) if names else (codes[:, :1], np.zeros_like(times))
        )
        keys = [
            self._keys.setdefault(
                tuple((name, labels[name][1][code]) for name, code in zip(names, column, strict=True)), len(self._keys)
            )
            for column in columns.T.tolist()
        ]
        number = np.array(keys)[group.reshape(-1).astype(int)]
        self._rows.append(np.stack([number, self.span_of(times), times, np.full(len(times), side), events]))
        self._replaced.append(np.full(len(times), is_replaced))

    def answer(self) -> CombinationsAnswer:
        """All that was taken in."""
        labels = tuple(dict.fromkeys(name for key in self._keys for name, _ in key))
        texts = [dict(key) for key in self._keys]
        keys: dict[tuple[str, ...], int] = {}
        merged = np.array(
            [keys.setdefault(tuple(each.get(label, "") for label in labels), len(keys)) for each in texts],
            dtype=np.int64,
        )
        counts = np.zeros((2, 2, len(keys)))
        if self._rows:
            number, span, _, side, events = self._kept_rows()
            np.add.at(counts, (span.astype(int), side.astype(int), merged[number.astype(int)]), events)
        combinations = Combinations.of(labels, keys, counts)
        return _bounded(combinations)

    def _kept_rows(self) -> np.ndarray:
        """Of rows that take the place of others the last ones, and all others, shape (5, rows)."""
        rows, is_replaced = np.concatenate(self._rows, axis=1), np.concatenate(self._replaced)
        # The last of each is the first from behind.
        backwards = rows[:4, ::-1]
        last = rows.shape[1] - 1 - np.unique(backwards, axis=1, return_index=True)[1]
        kept = ~is_replaced
        kept[last] = True
        return rows[:, kept]


def _bounded(combinations: Combinations) -> CombinationsAnswer:
    """As many labels as there is room for."""
    unused = []
    while len(combinations) > COMBINATIONS_MAX and len(combinations.labels) > 1:
        sizes = [len(values) for values in combinations.values]
        largest = int(np.argmax(sizes))
        why = TOO_MANY.format(values=sizes[largest], most=COMBINATIONS_MAX)
        unused.append(UnusedLabel(combinations.labels[largest], why))
        combinations = combinations.only([place for place in range(len(sizes)) if place != largest])
    return CombinationsAnswer(combinations, tuple(unused))


@dataclass(slots=True)
class LogCombinations(LabelTables):
    """Takes in requests of a log in the place of its breakdowns.

    Attributes:
        gathered: where they go.
    """

    gathered: CombinedRows = field(kw_only=True)

    def take(self, requests: RequestRows) -> None:
        gathered = self.gathered
        if gathered.service not in requests.services:
            return
        own = (requests.service == requests.services.index(gathered.service)) & (gathered.span_of(requests.time) >= 0)
        if gathered.bad is BadEvents.SLOW:
            # Whose duration is not told is no event; what failed is told by the other signal.
            own &= ~requests.failed.astype(bool) & (requests.bucket <= len(requests.bounds))
            is_bad = requests.bucket > np.searchsorted(requests.bounds, gathered.limit * (1 - 1e-9))
        else:
            is_bad = requests.failed.astype(bool)
        labels = {label: (codes[own], texts) for label, (codes, texts) in requests.labels.items()}
        for side, events in ((BAD, is_bad[own].astype(float)), (VALID, np.ones(int(own.sum())))):
            gathered.add(requests.time[own], labels, side, events, is_replaced=False)


@dataclass(slots=True)
class CellCombinations(CellLabels):
    """Takes in rows of intervals in the place of their breakdowns.

    Attributes:
        gathered: where they go.
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
                # Without rows nothing tells them apart.
                row = None if cells.row is None else cells.row[own]
                of_rows = (
                    {} if row is None else {label: (codes[row], texts) for label, (codes, texts) in labels.items()}
                )
                gathered.add(cells.time[own], of_rows, sides[key], cells.value[own], is_replaced=not cells.adds)
