"""Instant and range queries of one server: text in, decoded series and their cost out."""

from dataclasses import dataclass

from dashboard.sources.prometheus.decode import Reply, Series, is_partial, reply_of
from dashboard.sources.prometheus.http import Api
from dashboard.sources.protocol import QueryCost
from dashboard.timerange import Grid


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What a query gave.

    Attributes:
        series: empty when the query selects nothing.
        cost: of this query. `warnings`, `infos`: what the server adds, a line each.
    """

    series: list[Series]
    cost: QueryCost
    warnings: list[str]
    infos: list[str]

    @property
    def partial(self) -> bool:
        """The server says that data are missing."""
        return any(map(is_partial, self.warnings))


class QueryClient:
    """Puts queries to one server; methods raise `SourceError` only.

    Attributes:
        where: the server's address, without credentials.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self.where = api.where

    def instant(self, query: str, at: int, purpose: str = "discovery") -> QueryResult:
        """The values of a query at one moment.

        Args:
            query: PromQL.
            at: epoch seconds.
            purpose: for its cost.
        """
        body, seconds = self._api.post("query", {"query": query, "time": str(at)}, query=query)
        reply = reply_of(body, self.where)
        count = len(reply.series)
        return _result(reply, QueryCost(query, purpose, seconds, len(body), count, count))

    def range(self, query: str, grid: Grid, purpose: str) -> QueryResult:
        """The values of a query at each point of a grid.

        Args:
            query: PromQL.
            grid: where it is evaluated.
            purpose: for its cost.
        """
        # A cache in between would give the newest steps as they were.
        form = {
            "query": query,
            "start": str(grid.start),
            "end": str(grid.end),
            "step": str(grid.step),
            "nocache": "1",
        }
        body, seconds = self._api.post("query_range", form, query=query)
        reply = reply_of(body, self.where)
        count = len(reply.series)
        return _result(reply, QueryCost(query, purpose, seconds, len(body), count, count * len(grid)))

    def close(self) -> None:
        """Close the connections."""
        self._api.close()


def _result(reply: Reply, cost: QueryCost) -> QueryResult:
    return QueryResult(reply.series, cost, reply.warnings, reply.infos)
