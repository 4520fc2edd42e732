"""Sends instant and range queries to a server, and returns decoded series and costs."""

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

# Maximum number of ranges per query; with more it would time out anyway.
PIECES_MAX = 1000


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The result of a query.

    Attributes:
        series: empty if the query selects nothing.
        cost: of this query. `warnings`, `infos`: remarks of the server, one line each.
        ranges: number of ranges into which it was split.
    """

    series: list[Series]
    cost: QueryCost
    warnings: list[str]
    infos: list[str]
    ranges: int = 1

    @property
    def warned(self) -> bool:
        """Whether the server warns that data may be missing."""
        return any(map(is_partial, self.warnings))

    @property
    def partial(self) -> bool:
        """Whether the server reports missing data, so that series absent from the answer may exist."""
        return any(map(lacks_data, self.warnings))


class QueryClient:
    """Sends queries to one server; methods raise `SourceError` only.

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
        """The values of a query at one time.

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
        """Raw samples over a span.

        Args:
            query: a selector; with `step`, any query. `span`: seconds. `at`: epoch seconds of the end of the span.
            purpose: for its cost.
            step: seconds between two evaluations of the query; 0: raw samples.
        """
        text = f"{query}[{span}s:{step}s]" if step else f"{query}[{span}s]"
        # By default, some servers answer as of half a minute ago.
        body, seconds = self._api.post("query", {"query": text, "time": str(at), "nocache": "1"}, query=text)
        reply = reply_of(body, self.where)
        points = sum(bytes(row.values).count(b"],[") + 1 for row in reply.series)
        return _result(reply, QueryCost(text, purpose, seconds, len(body), len(reply.series), points))

    def exemplars(self, query: str, start: int, end: int) -> tuple[bytes, float]:
        """The body of the reply with exemplars of series, and its duration in seconds.

        Args:
            query: a selector. `start`, `end`: epoch seconds.
        """
        return self._api.post("query_exemplars", {"query": query, "start": str(start), "end": str(end)}, query=query)

    def range(self, query: str, grid: Grid, purpose: str, *, small_first: bool = False) -> QueryResult:
        """The values of a query at each point of a grid, split into ranges that the server answers.

        Args:
            query: PromQL.
            grid: the evaluation times.
            purpose: for its cost.
            small_first: the server's limit is probably low: begin with a short range.

        Raises:
            LimitExceeded, SourceTimeout: the server does not even answer a single point.
        """
        pieces: list[QueryResult] = []
        size = self._allowed.size(query, grid.step, small_first=small_first)
        left: Grid | None = grid
        while left is not None:
            piece = left.newest(size.points)
            try:
                # Newest first: a query that is always refused costs a few attempts instead of one for each point.
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
        # A cache would return outdated values for the newest steps.
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
        """The values of a label, which even servers that limit queries return.

        Args:
            label: its name. `selectors`: PromQL of series, combined by OR; empty: all series.
            start, end: epoch seconds.
        """
        form = {"match[]": selectors, "start": str(start), "end": str(end)}
        body, _ = self._api.post(f"label/{quote(label, safe='')}/values", form)
        return values_of(body, self.where)

    def label_names(self, selectors: Sequence[str], start: int, end: int) -> list[str]:
        """The labels of series.

        Args:
            selectors: PromQL of series, combined by OR.
            start, end: epoch seconds.
        """
        body, _ = self._api.post("labels", {"match[]": selectors, "start": str(start), "end": str(end)})
        return values_of(body, self.where)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()


def _joined(pieces: Sequence[QueryResult]) -> QueryResult:
    """Merge the results of consecutive ranges: one series per label set, with its points in order."""
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
    """Concatenate two JSON lists without parsing them."""
    inside = [text for raw in (before, after) if (text := raw.strip()[1:-1].strip())]
    return b"[" + b",".join(inside) + b"]" if inside or before or after else b""


def _result(reply: Reply, cost: QueryCost) -> QueryResult:
    return QueryResult(reply.series, cost, reply.all_warnings, reply.infos or [])
