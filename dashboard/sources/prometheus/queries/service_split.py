"""Questions about many services that a server finds too large, put about fewer of them; which ones is kept in mind.

First a range is made shorter, as far as that goes. Then services are halved, and halved again, until each part is
answered, or until one service alone is too much.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from dashboard.exceptions import LimitExceeded, SourceTimeout
from dashboard.promql import narrowed, quoted
from dashboard.sources.prometheus.client.allowances import KEPT_S, shortens
from dashboard.sources.prometheus.client.query_client import QueryClient, QueryResult
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.queries.signal_query import SignalQuery
from dashboard.timerange import Grid

# Seconds for which nothing is asked about a service that is too much by itself: the first time, and at most.
REFUSED_S, REFUSED_MAX_S = 300.0, 1800.0
# Measures whose queries select nothing but series that bear the labels of their services.
BY_SERVICE = ("requests", "errors", "latency", "failed_latency", "measured")
# This many times in a row a server may give up on ever fewer services: each time it is waited for.
SLOW_MAX = 3
# Queries whose parts are kept in mind.
SPLITS_KEPT = 500

Values = tuple[str, ...]
Refused = LimitExceeded | SourceTimeout


@dataclass(slots=True)
class SplitAnswer:
    """What came of a query.

    Attributes:
        results: each with the query about the services that it is of.
        refused: service → why nothing came of it.
    """

    results: list[tuple[SignalQuery, QueryResult]] = field(default_factory=list)
    refused: dict[str, Refused] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Split:
    """What is known of a query: parts of its services that were answered, and services that were refused.

    Attributes:
        services: label values of all of them.
        until: seconds of the clock until which it holds.
        refused_until: until which nothing is asked about the refused, which were left alone for `refused_s` then.
    """

    services: frozenset[Values]
    parts: tuple[tuple[Values, ...], ...]
    refused: Mapping[Values, Refused]
    until: float
    refused_until: float
    refused_s: float


class ServiceSplit:
    """Puts queries of signals to one server.

    Args:
        client: puts a query. `monotonic`: returns seconds that never go back.
    """

    def __init__(self, client: QueryClient, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._splits: dict[tuple[str, int], _Split] = {}

    def ask(self, query: SignalQuery, grid: Grid) -> SplitAnswer:
        """The values of a query, in as many parts as the server wants.

        Raises:
            LimitExceeded, SourceTimeout: the server refuses it, and there are no services to tell apart.
            SourceError: the server did not answer.
        """
        answer = SplitAnswer()
        if query.services is None or len(query.services) < 2 or query.measure not in BY_SERVICE:
            answer.results.append((query, self._client.range(query.promql, grid, query.purpose)))
            return answer
        now, key = self._monotonic(), (query.promql, grid.step)
        known = self._splits.get(key)
        search = _Search(self._client, query, grid, answer)
        if known is None or known.services != set(query.services) or now >= known.until:
            known = None
            search.ask(sorted(query.services))
        else:
            for part in known.parts:
                search.ask(part)
            if known.refused and now >= known.refused_until:
                search.ask(sorted(known.refused), small_first=True)
            else:
                search.refuse(known.refused)
        self._keep(key, search, known)
        return answer

    def _keep(self, key: tuple[str, int], search: "_Search", known: _Split | None) -> None:
        """Remember how a query was answered; nothing if that was at once, or not at all: that may pass soon."""
        self._splits.pop(key, None)
        if search.is_whole or not search.parts:
            return
        while len(self._splits) >= SPLITS_KEPT:
            self._splits.pop(next(iter(self._splits)))
        now = self._monotonic()
        services, parts = frozenset(search.services), tuple(search.parts)
        if known is None:
            self._splits[key] = _Split(services, parts, search.refused, now + KEPT_S, now + REFUSED_S, REFUSED_S)
        elif now < known.refused_until:
            self._splits[key] = known
        else:
            wait_s = min(2 * known.refused_s, REFUSED_MAX_S)
            self._splits[key] = _Split(services, parts, search.refused, known.until, now + wait_s, wait_s)


class _Search:
    """One search for parts of a query's services that are answered.

    Attributes:
        services: label values → service, of all of them.
        parts: label values of the services of each part that was answered. `refused`: those of which none was.
    """

    def __init__(self, client: QueryClient, query: SignalQuery, grid: Grid, answer: SplitAnswer) -> None:
        self._client, self._query, self._grid, self._answer = client, query, grid, answer
        self.services = dict(query.services or {})
        # As many as it takes to find the one or two services that are too much by themselves.
        self._refusals_max = 2 * math.ceil(math.log2(len(self.services))) + 4
        self._refusals_in_row = 0
        self.parts: list[tuple[Values, ...]] = []
        self.refused: dict[Values, Refused] = {}

    @property
    def is_whole(self) -> bool:
        """All services were answered at once."""
        return len(self.parts) == 1 and not self.refused

    def ask(self, values: Sequence[Values], *, small_first: bool = False) -> None:
        """Ask about some services, in parts where that is too much at once.

        Args:
            values: of their labels. `small_first`: little is allowed: begin with a short range.
        """
        part = self._about(values)
        try:
            result = self._client.range(part.promql, self._grid, part.purpose, small_first=small_first)
        except (LimitExceeded, SourceTimeout) as error:
            if isinstance(error, SourceTimeout) and not error.by_server:
                raise
            self._refusals_in_row += 1
            self._ask_halves(values, error)
        else:
            self._refusals_in_row = 0
            self.parts.append(tuple(values))
            self._answer.results.append((part, result))

    def refuse(self, refused: Mapping[Values, Refused]) -> None:
        """Note that nothing is answered of some services."""
        self.refused |= refused
        self._answer.refused |= {self.services[values]: error for values, error in refused.items()}

    def _ask_halves(self, values: Sequence[Values], error: Refused) -> None:
        middle = len(values) // 2
        if not middle or not self._can_narrow:
            self.refuse(dict.fromkeys(values, error))
            return
        most = SLOW_MAX if isinstance(error, SourceTimeout) else self._refusals_max
        for half in (values[:middle], values[middle:]):
            if self._refusals_in_row > most:
                self.refuse(dict.fromkeys(half, error))
            else:
                self.ask(half, small_first=shortens(error))

    @cached_property
    def _can_narrow(self) -> bool:
        """The query can be put about fewer services: a dialect that nobody here can parse cannot."""
        try:
            narrowed(self._query.promql, "")
        except ValueError:
            return False
        return True

    def _about(self, values: Sequence[Values]) -> SignalQuery:
        """The query about some of its services only."""
        if len(values) == len(self.services):
            return self._query
        columns = zip(self._query.by, zip(*values, strict=True), strict=False)
        matchers = (f"{label}=~{quoted(selectors.any_of(sorted(set(column))))}" for label, column in columns)
        # Of several labels the patterns may select more than these services: those are left out of the answer.
        promql = narrowed(self._query.promql, ",".join(matchers))
        return replace(self._query, promql=promql, services={each: self.services[each] for each in values})
