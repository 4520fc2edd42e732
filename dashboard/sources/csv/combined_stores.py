"""Creates stores for files that are read again, for the events of one service by all of its labels."""

from typing import Any

from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.csv.combined_rows import CellCombinations, CombinedRows, LogCombinations
from dashboard.sources.csv.store import Store


class CombinedStores:
    """Creates stores that collect events by all labels, as the stores of pages only keep one label at a time.

    Args:
        service: its name. `bad`: which events are bad. `spans`: the span to explain, and an earlier one.
        limit: seconds above which a request is too slow.

    Attributes:
        gathered: by the newest store; everything is read again if the detected properties of files change.
    """

    def __init__(self, service: str, bad: BadEvents, spans: Spans, limit: float) -> None:
        self._of = (service, bad, spans, limit)
        self.gathered = CombinedRows(*self._of)

    def __call__(self, **how: Any) -> Store:
        """A store; `how`: further arguments of `Store`."""
        self.gathered = CombinedRows(*self._of)
        labels, cells = LogCombinations(gathered=self.gathered), CellCombinations(gathered=self.gathered)
        return Store(**how, labels=labels, _cell_labels=cells)
