"""The newest day of request logs by label values, of so many values as fit."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.sources.csv.rows import RequestRows
from dashboard.sources.csv.table import Key, Table
from dashboard.sources.csv.table_frames import frame_of
from dashboard.timerange import DAY, Grid

INTERVAL = 60
# So many values of a label of one service have counts of their own.
VALUES_MAX = 30
# So many values of a label in all: a day of them by the minute fits the largest table, with "other" for each service.
GROUPS_MAX = 450
OTHER = "other values"


@dataclass(slots=True)
class LabelTables:
    """Counts by service and label value over the newest day.

    Attributes:
        tables: label → counts, whose services are "service\\0value".
        values: (label, service) → the values that have counts of their own.
    """

    tables: dict[str, Table] = field(default_factory=dict)
    values: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    # Label → how many values of it have counts of their own.
    _groups: Counter[str] = field(default_factory=Counter)

    def take(self, requests: RequestRows) -> None:
        """Count the newest day of a chunk by each of its labels."""
        recent = requests.time > float(requests.time.max()) - DAY
        kept = requests.only(recent)
        for label, (codes, texts) in requests.labels.items():
            pairs, inverse = np.unique(requests.service * len(texts) + codes, return_inverse=True)
            names = [
                self._group_name(label, requests.services[pair // len(texts)], texts[pair % len(texts)])
                for pair in pairs
            ]
            groups = list(dict.fromkeys(names))
            place = {name: number for number, name in enumerate(groups)}
            group = np.array([place[name] for name in names])[inverse]
            table = self.tables.setdefault(label, Table(INTERVAL, empty=0.0, keep=DAY, dtype="f4"))
            ends, block = kept.counted(INTERVAL, group[recent], len(groups))
            keys: list[Key] = [(name, *measure) for name in groups for measure in requests.measures]
            table.add(ends, table.column_numbers(keys), block)

    def names(self, service: str) -> tuple[str, ...]:
        """The labels a breakdown of this service can be asked for."""
        return tuple(label for label in self.tables if (label, service) in self.values)

    def frame(self, label: str, service: str, grid: Grid) -> pd.DataFrame:
        """Rates of one service by (value, measure, detail).

        Args:
            label: by whose values. `service`: of which service. `grid`: where they are wanted.
        """
        table = self.tables.get(label)
        if table is None:
            return frame_of(None, grid, rates=True)
        return frame_of(table, grid, rates=True, prefix=f"{service}\0")

    def _group_name(self, label: str, service: str, value: str) -> str:
        values = self.values.setdefault((label, service), [])
        if value not in values:
            # A label such as a path with ids in it has values without end.
            if len(values) >= VALUES_MAX or self._groups[label] >= GROUPS_MAX:
                return f"{service}\0{OTHER}"
            self._groups[label] += 1
            values.append(value)
        return f"{service}\0{value}"
