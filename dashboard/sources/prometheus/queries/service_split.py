"""Splits queries about many services that are too large for a server, and remembers the split.

First the range is shortened as far as possible. Then services are halved repeatedly until each part is answered, or a
single service is too large.
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

# Seconds for which a service that is too large on its own is not requested: the first time, and at most.
REFUSED_S, REFUSED_MAX_S = 300.0, 1800.0
# Measures whose queries only select series with the labels of their services.
BY_SERVICE = ("requests", "errors", "latency", "failed_latency", "measured")
# Maximum number of consecutive timeouts with fewer and fewer services, as each is waited for.
SLOW_MAX = 3
# Maximum number of queries whose splits are remembered.
SPLITS_KEPT = 500

Values = tuple[str, ...]
Refused = LimitExceeded | SourceTimeout


@dataclass(slots=True)
class SplitAnswer:
    """The results of a query.

    Attributes:
        results: each with the query for its part of the services.
        refused: service → why it has no result.
    """

    results: list[tuple[SignalQuery, QueryResult]] = field(default_factory=list)
    refused: dict[str, Refused] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Split:
    """What is known of a query: answered parts of its services, and refused services.

    Attributes:
        services: label values of all of them.
        until: seconds of the clock until which it is valid.
        refused_until: until when the refused services are not requested; the pause was `refused_s` long.
    """

    services: frozenset[Values]
    parts: tuple[tuple[Values, ...], ...]
    refused: Mapping[Values, Refused]
    until: float
    refused_until: float
    refused_s: float


class ServiceSplit:
    """Sends queries of signals to one server.

    Args:
        client: sends a query. `monotonic`: returns seconds that never go back.
    """

    def __init__(self, client: QueryClient, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._splits: dict[tuple[str, int], _Split] = {}

    def ask(self, query: SignalQuery, grid: Grid) -> SplitAnswer:
        """The values of a query, in as many parts as the server requires.

        Raises:
            LimitExceeded, SourceTimeout: the server refuses it, and it cannot be split by services.
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
    """A search for parts of a query's services that the server answers.

    Attributes:
        services: label values → service, for all services.
        parts: label values of the services in each answered part. `refused`: those that were refused.
    """

    def __init__(self, client: QueryClient, query: SignalQuery, grid: Grid, answer: SplitAnswer) -> None:
        self._client, self._query, self._grid, self._answer = client, query, grid, answer
        self.services = dict(query.services or {})
        # As many as needed to find one or two services that are too large on their own.
        self._refusals_max = 2 * math.ceil(math.log2(len(self.services))) + 4
        self._refusals_in_row = 0
        self.parts: list[tuple[Values, ...]] = []
        self.refused: dict[Values, Refused] = {}

    @property
    def is_whole(self) -> bool:
        """Whether all services were answered in one query."""
        return len(self.parts) == 1 and not self.refused

    def ask(self, values: Sequence[Values], *, small_first: bool = False) -> None:
        """Query some services, in parts if that is too large.

        Args:
            values: of their labels. `small_first`: the limit is probably low: begin with a short range.
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
        """Record services that were refused."""
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
        """Whether the query can be restricted to fewer services: a dialect that cannot be parsed cannot."""
        try:
            narrowed(self._query.promql, "")
        except ValueError:
            return False
        return True

    def _about(self, values: Sequence[Values]) -> SignalQuery:
        """The query restricted to some of its services."""
        if len(values) == len(self.services):
            return self._query
        columns = zip(self._query.by, zip(*values, strict=True), strict=False)
        matchers = (f"{label}=~{quoted(selectors.any_of(sorted(set(column))))}" for label, column in columns)
        # With several labels, the patterns may select further services, which are dropped from the answer.
        promql = narrowed(self._query.promql, ",".join(matchers))
        return replace(self._query, promql=promql, services={each: self.services[each] for each in values})
