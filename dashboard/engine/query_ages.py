"""When the samples were taken that objectives of operators' values are judged by."""

from collections.abc import Iterable, Sequence

import numpy as np

from dashboard.slo.indicators import Query, terms
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Answer


class QueryAges:
    """The newest raw sample of each query, as far as the source tells.

    A server repeats a value for minutes after the last sample of it: a rule that has stopped looks as if it went on.
    """

    def __init__(self) -> None:
        # Text of a query → epoch seconds.
        self._dates: dict[str, float] = {}
        self._of: tuple[Sequence[Slo], list[tuple[int, frozenset[str]]]] = (), []

    def learn(self, answers: Iterable[Answer]) -> None:
        """Take in what came of one request."""
        for answer in answers:
            self._dates |= answer.dates

    def newest(self, slos: Sequence[Slo]) -> np.ndarray | None:
        """Epoch seconds until which each objective can have been measured, infinite where nobody says; None: all so.

        Args:
            slos: in their order.
        """
        if not self._dates:
            return None
        if self._of[0] is not slos:
            self._of = slos, list(_of_values(slos))
        newest = np.full(len(slos), np.inf)
        for place, texts in self._of[1]:
            newest[place] = max((self._dates[text] for text in texts if text in self._dates), default=np.inf)
        return newest


def _of_values(slos: Sequence[Slo]) -> Iterable[tuple[int, frozenset[str]]]:
    """Places of objectives that are judged by queries of values alone, with the texts of these."""
    for place, slo in enumerate(slos):
        needed = tuple(terms(slo.indicator))
        texts = frozenset(term.text for term in needed if isinstance(term, Query) and not term.counter)
        if texts and all(isinstance(term, Query) and not term.counter for term in needed):
            yield place, texts
