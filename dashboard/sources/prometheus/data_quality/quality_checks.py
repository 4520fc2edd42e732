"""Checks the data of all services of a server, and collects the issues found."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from dashboard.outcomes import Vocabulary
from dashboard.sources.catalog import Contradiction
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.data_quality.counting_faults import CountingFaults
from dashboard.sources.prometheus.data_quality.failure_counters import FailureCounters
from dashboard.sources.prometheus.data_quality.long_polling import LongPolling
from dashboard.sources.prometheus.data_quality.other_counters import OtherCounters
from dashboard.sources.prometheus.data_quality.other_labels import OtherLabels
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.search.series_search import SeriesSearch

V = TypeVar("V")


@dataclass(slots=True)
class QualityIssues:
    """QualityIssues about services.

    Attributes:
        waiting: services whose requests wait by design.
        failing: service → the preset with a counter, not shown, by which its requests fail.
        contradicted: service → the unused label by which requests fail that are considered good.
        uncounted: service → an unused counter of its failures, and the counter of its requests.
        faults: one line each: shared, duplicated or repeatedly decreasing counters.
    """

    waiting: frozenset[str] = frozenset()
    failing: dict[str, str] = field(default_factory=dict)
    contradicted: dict[str, Contradiction] = field(default_factory=dict)
    uncounted: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


class QualityChecks:
    """Checks the data of one server.

    Args:
        search: searches its series. `client`: sends further queries.
        matchers: for every selector, each followed by a comma. `vocabulary`: the words for outcomes.
        decided: names of presets whose author defines what a failure is.
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
        # From the newest search; issues of services that are away are kept.
        self._last, self._judged = QualityIssues(), frozenset[str]()

    def find(self, instrumentations: Sequence[Instrumentation], at: int) -> QualityIssues:
        """QualityIssues about services at a time; for those that are away, at the time they were last seen.

        Args:
            instrumentations: each service is owned by one. `at`: epoch seconds.

        Raises:
            SourceError: the server did not answer.
        """
        moments = {name: each.away.get(name, at) for each in instrumentations for name in each.owned}
        away = {name for name, moment in moments.items() if moment != at}
        known, before = away & self._judged, self._last
        issues = QualityIssues(
            failing=_of(before.failing, known),
            contradicted=_of(before.contradicted, known),
            uncounted=_of(before.uncounted, known),
        )
        asked = {name: moment for name, moment in moments.items() if moment is not None and name not in known}
        for moment in sorted({at, *asked.values()}, reverse=True):
            names = {name for name, asked_at in asked.items() if asked_at == moment}
            self._add(issues, list(_about(instrumentations, names)), moment)
        with self._search.best_effort("counters that are shared or fall were not looked for everywhere"):
            there = list(_about(instrumentations, moments.keys() - away))
            issues.faults = self._counting_faults.notes(there, at)
        self._last, self._judged = issues, frozenset(known | asked.keys())
        return issues

    def _add(self, issues: QualityIssues, instrumentations: Sequence[Instrumentation], at: int) -> None:
        """Add issues of services that exist at a time."""
        with self._search.best_effort("requests that wait by design were not looked for everywhere"):
            issues.waiting = self._long_polling.find(instrumentations, at)
        issues.failing |= self._other_counters.failing(instrumentations, at)
        issues.contradicted |= self._other_labels.failing(instrumentations, at)
        issues.uncounted |= self._failure_counters.failing(instrumentations, at)


def _of(issues: Mapping[str, V], names: Collection[str]) -> dict[str, V]:
    return {name: issues[name] for name in names if name in issues}


def _about(instrumentations: Sequence[Instrumentation], names: Collection[str]) -> Iterator[Instrumentation]:
    """The instrumentations that know any of the services, restricted to these."""
    for each in instrumentations:
        services = {name: values for name, values in each.services.items() if name in names}
        if services:
            yield replace(each, services=services, owned=each.owned & services.keys())
