"""Instant and range queries of one server: text in, decoded series and their cost out."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from dashboard.exceptions import LimitExceeded, SourceTimeout
from dashboard.sources.prometheus.client.allowances import Allowances, shortens
from dashboard.sources.prometheus.client.decode import (
    Reply,
    Series,
    check_numbers,
    is_partial,
    lacks_data,
    reply_of,
    values_of,
)
from dashboard.sources.prometheus.client.http import Api
from dashboard.sources.protocol import QueryCost
from dashboard.timerange import Grid

# A query that needs more ranges than this is not answered in time anyway.
PIECES_MAX = 1000


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What a query gave.

    Attributes:
        series: empty when the query selects nothing.
        cost: of this query. `warnings`, `infos`: what the server adds, a line each.
        ranges: this many it was put in.
    """

    series: list[Series]
    cost: QueryCost
    warnings: list[str]
    infos: list[str]
    ranges: int = 1

    @property
    def warned(self) -> bool:
        """The server warns that data may be missing."""
        return any(map(is_partial, self.warnings))

    @property
    def partial(self) -> bool:
        """The server says that data are missing: what is absent from the answer may be there all the same."""
        return any(map(lacks_data, self.warnings))


class QueryClient:
    """Puts queries to one server; methods raise `SourceError` only.

    Args:
        monotonic: returns seconds that never go back.

    Attributes:
        where: the server's address, without credentials.
    """

    def __init__(self, api: Api, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self.where = api.where
        self._allowed = Allowances(monotonic)

    def instant(self, query: str, at: int, purpose: str = "discovery") -> QueryResult:
        """The values of a query at one moment.

        Args:
            query: PromQL.
            at: epoch seconds.
            purpose: for its cost.
        """
        body, seconds = self._api.post("query", {"query": query, "time": str(at)}, query=query)
        reply = reply_of(body, self.where)
        check_numbers(reply.series)
        count = len(reply.series)
        return _result(reply, QueryCost(query, purpose, seconds, len(body), count, count))

    def raw(self, query: str, span: int, at: int, purpose: str, *, step: int = 0) -> QueryResult:
        """Samples as they are, over a span that ends at a moment.

        Args:
            query: a selector; with `step`, any query. `span`: seconds. `at`: epoch seconds.
            purpose: for its cost.
            step: seconds between two evaluations of the query; 0: its samples are wanted, not evaluations.
        """
        text = f"{query}[{span}s:{step}s]" if step else f"{query}[{span}s]"
        # Some servers answer as of half a minute ago unless they are told not to.
        body, seconds = self._api.post("query", {"query": text, "time": str(at), "nocache": "1"}, query=text)
        reply = reply_of(body, self.where)
        points = sum(bytes(row.values).count(b"],[") + 1 for row in reply.series)
        return _result(reply, QueryCost(text, purpose, seconds, len(body), len(reply.series), points))

    def exemplars(self, query: str, start: int, end: int) -> tuple[bytes, float]:
        """The body of the reply about exemplars of series, and the seconds it took.

        Args:
            query: a selector. `start`, `end`: epoch seconds.
        """
        return self._api.post("query_exemplars", {"query": query, "start": str(start), "end": str(end)}, query=query)

    def range(self, query: str, grid: Grid, purpose: str, *, small_first: bool = False) -> QueryResult:
        """The values of a query at each point of a grid, in ranges that the server answers.

        Args:
            query: PromQL.
            grid: where it is evaluated.
            purpose: for its cost.
            small_first: the server is known to allow little: begin with a short range.

        Raises:
            LimitExceeded, SourceTimeout: the server does not even answer one point.
        """
        pieces: list[QueryResult] = []
        size = self._allowed.size(query, grid.step, small_first=small_first)
        left: Grid | None = grid
        while left is not None:
            piece = left.newest(size.points)
            try:
                # The newest first: what is refused whatever it spans costs a few attempts, not one for each point.
                pieces.append(self._range(query, piece, purpose))
            except (LimitExceeded, SourceTimeout) as error:
                if not shortens(error) or len(piece) == 1 or len(piece) // 2 * PIECES_MAX < len(grid):
                    raise
                size = self._allowed.smaller(piece, error)
                continue
            if piece != grid:
                size = self._allowed.answered(query, piece, size)
            left = left.before(piece)
        return pieces[0] if len(pieces) == 1 else _joined(pieces[::-1])

    def _range(self, query: str, grid: Grid, purpose: str) -> QueryResult:
        """The values of a query in one range."""
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

    def label_values(self, label: str, selectors: Sequence[str], start: int, end: int) -> list[str]:
        """The values that a label has on some series: servers that limit queries tell them all the same.

        Args:
            label: its name. `selectors`: PromQL, of which any selects a series; none: all of them.
            start, end: epoch seconds.
        """
        form = {"match[]": selectors, "start": str(start), "end": str(end)}
        body, _ = self._api.post(f"label/{quote(label, safe='')}/values", form)
        return values_of(body, self.where)

    def label_names(self, selectors: Sequence[str], start: int, end: int) -> list[str]:
        """The labels that some series have.

        Args:
            selectors: PromQL, of which any selects a series.
            start, end: epoch seconds.
        """
        body, _ = self._api.post("labels", {"match[]": selectors, "start": str(start), "end": str(end)})
        return values_of(body, self.where)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()


def _joined(pieces: Sequence[QueryResult]) -> QueryResult:
    """The answers of consecutive ranges as one: a series of each label set, its points in their order."""
    series: dict[frozenset[tuple[str, str]], Series] = {}
    for piece in pieces:
        for part in piece.series:
            key = frozenset(part.metric.items())
            series[key] = part if key not in series else _appended(series[key], part)
    first = pieces[0].cost
    cost = QueryCost(
        first.query,
        first.purpose,
        sum(piece.cost.seconds for piece in pieces),
        sum(piece.cost.bytes for piece in pieces),
        len(series),
        sum(piece.cost.points for piece in pieces),
    )
    warnings = list(dict.fromkeys(line for piece in pieces for line in piece.warnings))
    infos = list(dict.fromkeys(line for piece in pieces for line in piece.infos))
    return QueryResult(list(series.values()), cost, warnings, infos, len(pieces))


def _appended(before: Series, after: Series) -> Series:
    values, histograms = (
        _concatenated(bytes(getattr(before, name)), bytes(getattr(after, name))) for name in ("values", "histograms")
    )
    return Series(before.metric, msgspec.Raw(values), None, msgspec.Raw(histograms))


def _concatenated(before: bytes, after: bytes) -> bytes:
    """Two JSON lists as one, untouched inside."""
    inside = [text for raw in (before, after) if (text := raw.strip()[1:-1].strip())]
    return b"[" + b",".join(inside) + b"]" if inside or before or after else b""


def _result(reply: Reply, cost: QueryCost) -> QueryResult:
    return QueryResult(reply.series, cost, reply.all_warnings, reply.infos or [])
