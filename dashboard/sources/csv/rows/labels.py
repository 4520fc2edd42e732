"""The newest day of request logs by label values, for a limited number of values."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dashboard import frames
from dashboard.sources.csv.rows.request_counts import RequestCounts
from dashboard.sources.csv.rows.rows import RequestRows
from dashboard.timerange import DAY, Grid

# Maximum number of separately counted values of a label for one service, and for all services.
VALUES_MAX, GROUPS_MAX = 30, 20_000
OTHER = "other values"


@dataclass(slots=True)
class LabelCounts:
    """Counts by the values of one label.

    Attributes:
        counts: its groups are "service\\0value".
        values: service → its separately counted values, in order of their first requests.
    """

    counts: RequestCounts
    values: dict[str, dict[str, None]] = field(default_factory=dict)

    def take(self, requests: RequestRows, codes: np.ndarray, texts: list[str]) -> None:
        """Count requests by their values.

        Args:
            requests: of a chunk. `codes`: indices of `texts`, the label's values, shape (requests,).
        """
        pairs, inverse = np.unique(requests.service * len(texts) + codes, return_inverse=True)
        service, code = np.divmod(pairs, len(texts))
        own = self._own(requests.services, pairs, texts)
        names: dict[str, int] = {}
        group = np.empty(len(pairs), dtype=np.int64)
        for place in np.flatnonzero(own).tolist():
            name, text = requests.services[service[place]], texts[code[place]]
            self.values.setdefault(name, {})[text] = None
            group[place] = names.setdefault(f"{name}\0{text}", len(names))
        # A label such as a path with ids in it has an unlimited number of values.
        others = np.zeros(len(requests.services), dtype=np.int64)
        for number in np.unique(service[~own]).tolist():
            self.values.setdefault(requests.services[number], {})
            others[number] = names.setdefault(f"{requests.services[number]}\0{OTHER}", len(names))
        group[~own] = others[service[~own]]
        self.counts.add(requests, group[inverse], list(names))

    def frame(self, service: str, grid: Grid) -> pd.DataFrame:
        """Rates of one service by (value, measure, detail); `grid`: the points."""
        groups = {f"{service}\0{value}": value for value in (*self.values.get(service, ()), OTHER)}
        shown = {group: value for group, value in groups.items() if group in self.counts.groups}
        return self.counts.frame(grid, rates=True, shown=shown)

    def _own(self, services: list[str], pairs: np.ndarray, texts: list[str]) -> np.ndarray:
        """Mask of separately counted pairs: known ones, and as many new ones as the limits allow.

        Args:
            services: names. `pairs`: index of a service × number of texts + code of a text, ascending, unique.
        """
        held = [(number, value) for number, name in enumerate(services) for value in self.values.get(name, ())]
        known = pc.index_in(pa.array([value for _, value in held], pa.string()), pa.array(texts)).fill_null(-1)
        codes, numbers = known.to_numpy(zero_copy_only=False), np.array([number for number, _ in held], dtype=np.int64)
        own = np.isin(pairs, (numbers * len(texts) + codes)[codes >= 0])
        new = np.flatnonzero(~own)
        service = pairs[new] // len(texts)
        room = VALUES_MAX - np.bincount(numbers, minlength=len(services))
        # The first new ones of each service, within the limit for all.
        rank = np.arange(len(new)) - np.searchsorted(service, service)
        chosen = new[rank < room[service]]
        own[chosen[: max(0, GROUPS_MAX - len(self.counts.groups))]] = True
        return own


@dataclass(slots=True)
class LabelTables:
    """Counts by service and label value over the newest day.

    Attributes:
        by_label: label → its counts.
    """

    by_label: dict[str, LabelCounts] = field(default_factory=dict)

    def take(self, requests: RequestRows) -> None:
        """Count the newest day of a chunk by each of its labels."""
        recent = requests.time > float(requests.time.max()) - DAY
        kept = requests.only(recent)
        for label, (codes, texts) in requests.labels.items():
            if label not in self.by_label:
                self.by_label[label] = LabelCounts(RequestCounts(requests.bounds, only_newest_day=True))
            self.by_label[label].take(kept, codes[recent], texts)

    def drop(self, label: str) -> None:
        """Drop a label with too many values."""
        self.by_label.pop(label, None)

    def names(self, service: str) -> tuple[str, ...]:
        """The labels available for breakdowns of this service."""
        return tuple(label for label, counts in self.by_label.items() if service in counts.values)

    def frame(self, label: str, service: str, grid: Grid) -> pd.DataFrame:
        """Rates of one service by (value, measure, detail).

        Args:
            label: its name. `service`: the service. `grid`: the points.
        """
        counts = self.by_label.get(label)
        return frames.samples({}, grid) if counts is None else counts.frame(service, grid)
