"""Stores of files that are read once more, for the events of one service by all of its labels at once."""

from typing import Any

from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.csv.combined_rows import CellCombinations, CombinedRows, LogCombinations
from dashboard.sources.csv.store import Store


class CombinedStores:
    """Makes stores that gather events by all labels: what is held for pages tells of one label at a time.

    Args:
        service: its name. `bad`: which events are bad. `spans`: the explained one and one before.
        limit: seconds beyond which a request is too slow.

    Attributes:
        gathered: by the newest store; all is read again where files turn out to be other than they seemed.
    """

    def __init__(self, service: str, bad: BadEvents, spans: Spans, limit: float) -> None:
        self._of = (service, bad, spans, limit)
        self.gathered = CombinedRows(*self._of)

    def __call__(self, **how: Any) -> Store:
        """A store; `how` it is made otherwise."""
        self.gathered = CombinedRows(*self._of)
        labels, cells = LogCombinations(gathered=self.gathered), CellCombinations(gathered=self.gathered)
        return Store(**how, labels=labels, _cell_labels=cells)
