"""Looks for all doubts about the services of a server."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from dashboard.outcomes import Vocabulary
from dashboard.sources.catalog import Contradiction
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.doubts.counting_faults import CountingFaults
from dashboard.sources.prometheus.doubts.failure_counters import FailureCounters
from dashboard.sources.prometheus.doubts.long_polling import LongPolling
from dashboard.sources.prometheus.doubts.other_counters import OtherCounters
from dashboard.sources.prometheus.doubts.other_labels import OtherLabels
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.search.series_search import SeriesSearch

V = TypeVar("V")


@dataclass(slots=True)
class Doubts:
    """What is doubtful about services.

    Attributes:
        waiting: those whose requests wait by design.
        failing: service → the preset by whose counter, which is not shown, its requests fail.
        contradicted: service → the label, which is not read, by which requests fail that are called good.
        uncounted: service → a counter of its failures that is not read, and that of its requests.
        faults: a line each: counters that are shared, doubled, or keep falling.
    """

    waiting: frozenset[str] = frozenset()
    failing: dict[str, str] = field(default_factory=dict)
    contradicted: dict[str, Contradiction] = field(default_factory=dict)
    uncounted: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


class DoubtSearch:
    """Looks for them on one server.

    Args:
        search: searches its series. `client`: puts further queries.
        matchers: for every selector, each followed by a comma. `vocabulary`: the words for outcomes.
        decided: names of presets whose author says what is a failure.
    """

    def __init__(
        self,
        search: SeriesSearch,
        client: PooledClient,
        matchers: str,
        vocabulary: Vocabulary,
        decided: Collection[str],
    ) -> None:
        self._search = search
        self._long_polling = LongPolling(search)
        self._other_counters = OtherCounters(client, vocabulary)
        self._other_labels = OtherLabels(search, client, matchers, vocabulary)
        self._failure_counters = FailureCounters(search, matchers, self._other_counters, decided)
        self._counting_faults = CountingFaults(search)
        # Of the newest search: of who is away since it is known what was doubtful about him.
        self._last, self._judged = Doubts(), frozenset[str]()

    def find(self, instrumentations: Sequence[Instrumentation], at: int) -> Doubts:
        """What is doubtful about services at a moment; about those that are away, when they were there.

        Args:
            instrumentations: each service is owned by one. `at`: epoch seconds.

        Raises:
            SourceError: the server did not answer.
        """
        moments = {name: each.away.get(name, at) for each in instrumentations for name in each.owned}
        away = {name for name, moment in moments.items() if moment != at}
        known, before = away & self._judged, self._last
        found = Doubts(
            failing=_of(before.failing, known),
            contradicted=_of(before.contradicted, known),
            uncounted=_of(before.uncounted, known),
        )
        asked = {name: moment for name, moment in moments.items() if moment is not None and name not in known}
        for moment in sorted({at, *asked.values()}, reverse=True):
            names = {name for name, asked_at in asked.items() if asked_at == moment}
            self._add(found, list(_about(instrumentations, names)), moment)
        with self._search.beside("counters that are shared or fall were not looked for everywhere"):
            there = list(_about(instrumentations, moments.keys() - away))
            found.faults = self._counting_faults.notes(there, at)
        self._last, self._judged = found, frozenset(known | asked.keys())
        return found

    def _add(self, found: Doubts, instrumentations: Sequence[Instrumentation], at: int) -> None:
        """Add what is doubtful about services that are there at a moment."""
        with self._search.beside("requests that wait by design were not looked for everywhere"):
            found.waiting = self._long_polling.find(instrumentations, at)
        found.failing |= self._other_counters.failing(instrumentations, at)
        found.contradicted |= self._other_labels.failing(instrumentations, at)
        found.uncounted |= self._failure_counters.failing(instrumentations, at)


def _of(doubts: Mapping[str, V], names: Collection[str]) -> dict[str, V]:
    return {name: doubts[name] for name in names if name in doubts}


def _about(instrumentations: Sequence[Instrumentation], names: Collection[str]) -> Iterator[Instrumentation]:
    """Those that know any of some services, and these alone."""
    for each in instrumentations:
        services = {name: values for name, values in each.services.items() if name in names}
        if services:
            yield replace(each, services=services, owned=each.owned & services.keys())
