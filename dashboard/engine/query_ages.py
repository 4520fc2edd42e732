"""The age of the samples behind objectives that are judged by the values of operators' queries."""

from collections.abc import Iterable, Sequence

import numpy as np

from dashboard.slo.indicators import Query, terms
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Answer


class QueryAges:
    """The newest raw sample of each query, if the source tells it.

    A server repeats a value for minutes after its last sample, so a rule that has stopped seems to go on.
    """

    def __init__(self) -> None:
        # Text of a query → epoch seconds.
        self._dates: dict[str, float] = {}
        self._of: tuple[Sequence[Slo], list[tuple[int, frozenset[str]]]] = (), []

    def learn(self, answers: Iterable[Answer]) -> None:
        """Store the ages from the answers to one request."""
        for answer in answers:
            self._dates |= answer.dates

    def newest(self, slos: Sequence[Slo]) -> np.ndarray | None:
        """Epoch seconds of each objective's newest possible measurement, infinite if unknown; None: all unknown.

        Args:
            slos: all objectives in order.
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
    """Positions of objectives that are judged only by value queries, with the texts of these queries."""
    for place, slo in enumerate(slos):
        needed = tuple(terms(slo.indicator))
        texts = frozenset(term.text for term in needed if isinstance(term, Query) and not term.counter)
        if texts and all(isinstance(term, Query) and not term.counter for term in needed):
            yield place, texts
