"""Which queries of SLOs cannot tell good from bad events, by what they select and have ever returned."""

from collections.abc import Iterable

import numpy as np

from dashboard.slo.events import Values
from dashboard.slo.indicators import Query, Term, terms
from dashboard.slo.objective import Slo
from dashboard.slo.selections import Blindness, Selection, blind_queries
from dashboard.sources.protocol import Answer


class QuerySelections:
    """What was learned from the answers of one source."""

    def __init__(self) -> None:
        self._selections: dict[str, Selection] = {}
        # Texts of queries that lack something.
        self._lacking: frozenset[str] = frozenset()
        # Texts of queries that have returned a value at some time.
        self._answered: set[str] = set()
        # Texts of queries whose values were dropped.
        self._left_out: set[str] = set()

    def learn(self, answers: Iterable[Answer], values: Values) -> None:
        """Learn from one request: its answers, and their series by term."""
        self._answered |= {
            text for (service, _, text), series in values.items() if not service and np.isfinite(series).any()
        }
        found = [selection for answer in answers for selection in answer.selections]
        if found:
            self._selections |= {selection.query: selection for selection in found}
            self._lacking = frozenset(text for text, selection in self._selections.items() if selection.lacks)

    def blind(self, slo: Slo) -> tuple[Blindness, ...]:
        """The queries of an SLO that cannot tell good from bad, each once."""
        # Among thousands of SLOs, hardly any lacks something.
        if not self._lacking or self._lacking.isdisjoint(_texts(terms(slo.indicator))):
            return ()
        blind: dict[str, Blindness] = {}
        for blindness in blind_queries(slo.indicator, self._selections, self._answered):
            blind.setdefault(blindness.query.text, blindness)
        return tuple(blind.values())

    def without_blind(self, values: Values, slos: Iterable[Slo]) -> Values:
        """Series by term, without those of blind queries: an unknown value is not a number."""
        blind = {blindness.query for slo in slos for blindness in self.blind(slo)}
        if not blind:
            return values
        self._left_out |= {query.text for query in blind}
        keys = {query.key for query in blind}
        return {key: series for key, series in values.items() if key not in keys}

    def take_recovered(self, slos: Iterable[Slo]) -> bool:
        """Whether a dropped query can tell good from bad by now; True only once for each."""
        if not self._left_out:
            return False
        slos = tuple(slos)
        used = {text for slo in slos for text in _texts(terms(slo.indicator))}
        before, blind = self._left_out, {blindness.query.text for slo in slos for blindness in self.blind(slo)}
        self._left_out = before & blind
        return bool((before - blind) & used)

    def selection(self, query: Query) -> Selection | None:
        """What a query selects now; None if unknown."""
        return self._selections.get(query.text)


def _texts(every: Iterable[Term]) -> Iterable[str]:
    return (term.text for term in every if isinstance(term, Query))
