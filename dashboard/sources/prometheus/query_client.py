"""Instant and range queries of one server: text in, decoded series and their cost out."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from dashboard.exceptions import LimitExceeded
from dashboard.sources.prometheus.decode import Reply, Series, check_numbers, is_partial, lacks_data, reply_of
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
    def warned(self) -> bool:
        """The server warns that data may be missing."""
        return any(map(is_partial, self.warnings))

    @property
    def partial(self) -> bool:
        """The server says that data are missing: what is absent from the answer may be there all the same."""
        return any(map(lacks_data, self.warnings))


class QueryClient:
    """Puts queries to one server; methods raise `SourceError` only.

    Attributes:
        where: the server's address, without credentials.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self.where = api.where
        # Seconds that one range may span; None while the server refused none.
        self._span: int | None = None

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

    def range(self, query: str, grid: Grid, purpose: str) -> QueryResult:
        """The values of a query at each point of a grid.

        Args:
            query: PromQL.
            grid: where it is evaluated.
            purpose: for its cost.
        """
        pieces = [self._range(query, piece, purpose) for piece in self._pieces(grid)]
        return pieces[0] if len(pieces) == 1 else _joined(pieces)

    def _pieces(self, grid: Grid) -> list[Grid]:
        """A grid in parts that span no more than the server allows, as far as that is known."""
        if self._span is None or grid.span <= self._span:
            return [grid]
        points = max(1, self._span // grid.step)
        starts = range(grid.start, grid.end + 1, points * grid.step)
        return [Grid(start, min(start + (points - 1) * grid.step, grid.end), grid.step) for start in starts]

    def _range(self, query: str, grid: Grid, purpose: str) -> QueryResult:
        """One range, in parts where the server refuses it as too large; what it allows is kept in mind."""
        # A cache in between would give the newest steps as they were.
        form = {
            "query": query,
            "start": str(grid.start),
            "end": str(grid.end),
            "step": str(grid.step),
            "nocache": "1",
        }
        try:
            body, seconds = self._api.post("query_range", form, query=query)
        except LimitExceeded:
            # The newer half, and half of that, until one is answered: a query that is refused whatever it spans costs
            # a few attempts, not one for each point.
            if len(grid) < 2:
                raise
            newer = Grid(grid.start + len(grid) // 2 * grid.step, grid.end, grid.step)
            answered = self._range(query, newer, purpose)
            self._span = min(newer.span, self._span or newer.span)
            older = self._pieces(Grid(grid.start, newer.start - grid.step, grid.step))
            return _joined([*(self._range(query, piece, purpose) for piece in older), answered])
        reply = reply_of(body, self.where)
        count = len(reply.series)
        return _result(reply, QueryCost(query, purpose, seconds, len(body), count, count * len(grid)))

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
    return QueryResult(list(series.values()), cost, warnings, infos)


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
