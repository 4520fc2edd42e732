"""Runs queries through a pool of threads; one that hangs is abandoned at the deadline."""

from collections.abc import Sequence
from functools import partial

from dashboard.sources.prometheus.client.query_client import QueryClient, QueryResult
from dashboard.sources.prometheus.client.threads import DaemonPool
from dashboard.timerange import Grid


class PooledClient:
    """Sends queries like `QueryClient`, without waiting for threads that hang."""

    def __init__(self, client: QueryClient, pool: DaemonPool) -> None:
        self._client = client
        self._pool = pool

    def instant(self, query: str, at: int, purpose: str = "discovery") -> QueryResult:
        """The values of a query at one time.

        Args:
            query: PromQL. `at`: epoch seconds. `purpose`: for its cost.
        """
        return self._pool.result(self._pool.submit(self._client.instant, query, at, purpose))

    def range(self, query: str, grid: Grid, purpose: str) -> QueryResult:
        """The values of a query at each point of a grid.

        Args:
            query: PromQL. `grid`: the evaluation times. `purpose`: for its cost.
        """
        return self._pool.result(self._pool.submit(self._client.range, query, grid, purpose))

    def raw(self, query: str, span: int, at: int, purpose: str, *, step: int = 0) -> QueryResult:
        """Raw samples over a span.

        Args:
            query: a selector; with `step`, any query. `span`: seconds. `at`: epoch seconds of the end of the span.
            purpose: for its cost. `step`: seconds between two evaluations of the query; 0: raw samples.
        """
        return self._pool.result(self._pool.submit(partial(self._client.raw, query, span, at, purpose, step=step)))

    def label_values(self, label: str, selectors: Sequence[str], start: int, end: int) -> list[str]:
        """The values of a label.

        Args:
            label: its name. `selectors`: PromQL of series, combined by OR; empty: all series.
            start, end: epoch seconds.
        """
        return self._pool.result(self._pool.submit(self._client.label_values, label, selectors, start, end))

    def label_names(self, selectors: Sequence[str], start: int, end: int) -> list[str]:
        """The labels of series.

        Args:
            selectors: PromQL of series, combined by OR.
            start, end: epoch seconds.
        """
        return self._pool.result(self._pool.submit(self._client.label_names, selectors, start, end))
