"""The first search for series looks at a whole day; what a server refuses of that is not asked again."""

import pytest
from msgspec import Raw

from dashboard.exceptions import QueryRejected, SourceTimeout
from dashboard.sources.prometheus.decode import Series
from dashboard.sources.prometheus.query_client import QueryResult
from dashboard.sources.prometheus.series_search import SeriesSearch
from dashboard.sources.protocol import QueryCost
from dashboard.timerange import HOUR, Grid

NOW = 1_760_000_000 // HOUR * HOUR + 1700
QUERY = "count by (job) (x)"
COST = QueryCost(QUERY, "discovery", 0.0, 0, 1, 1)
WITHIN = "count by (job) ((x or last_over_time(x[1h])))"


class Server:
    """Answers as a server with one series, and notes what it was asked.

    Args:
        refusal: what it answers to a query that looks back.
    """

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal = refusal
        self.asked: list[str] = []

    def instant(self, query: str, at: int) -> QueryResult:
        return self._answer(query, Series(value=(at, "1")))

    def range(self, query: str, grid: Grid, purpose: str) -> QueryResult:
        return self._answer(query, Series(values=Raw(f'[[{grid.start + 3 * HOUR},"1"]]'.encode())))

    def _answer(self, query: str, row: Series) -> QueryResult:
        self.asked.append(query)
        if self.refusal is not None and "over_time" in query:
            raise self.refusal
        row.metric = {"job": "cart", **({"golden_signals_part": "0"} if "golden_signals_part" in query else {})}
        return QueryResult([row], COST, [], [])


def asked(server: Server) -> list[str]:
    """The queries without what tells parts of an answer apart."""
    return [query.removeprefix("label_replace(").split(', "golden')[0] for query in server.asked]


def test_the_first_search_looks_at_all_of_a_day_and_the_next_at_the_moment() -> None:
    server = Server()
    search = SeriesSearch(server)  # type: ignore[arg-type]
    assert search.recent(QUERY, ["job"], NOW) == {("cart",)}
    assert asked(server) == [WITHIN, WITHIN]
    search.recent(QUERY, ["job"], NOW + HOUR)
    assert asked(server)[2:] == [QUERY]


@pytest.mark.parametrize("refusal", [QueryRejected("too many samples"), SourceTimeout("took too long", by_server=True)])
def test_a_server_that_refuses_to_look_back_is_asked_for_moments_from_then_on(refusal: Exception) -> None:
    server = Server(refusal)
    search = SeriesSearch(server)  # type: ignore[arg-type]
    assert search.recent(QUERY, ["job"], NOW) == {("cart",)}
    assert asked(server) == [WITHIN, QUERY, QUERY]
    search.recent("count by (job) (y)", ["job"], NOW)
    assert not any("over_time" in query for query in server.asked[1:])


def test_a_server_that_does_not_answer_is_not_asked_in_another_way() -> None:
    search = SeriesSearch(Server(SourceTimeout("no answer")))  # type: ignore[arg-type]
    with pytest.raises(SourceTimeout):
        search.recent(QUERY, ["job"], NOW)


def test_matchers_of_another_dialect_are_asked_for_moments() -> None:
    server = Server()
    search = SeriesSearch(server)  # type: ignore[arg-type]
    search.recent("count by (job) (x{) keep_metric_names", ["job"], NOW)
    assert not any("over_time" in query for query in server.asked)
