"""The first search for series looks at a whole day; what a server refuses of that is not asked again."""

import re
from collections.abc import Sequence

import pytest
from msgspec import Raw

from dashboard.exceptions import LimitExceeded, QueryRejected, SourceTimeout
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.client.limits import Limit
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.search.series_search import SeriesSearch
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


class Limited:
    """Two jobs with a series each, that were there all day, on a server that limits what one query reads.

    Args:
        limit: what is limited. `allowed`: series times seconds that a query looks at, or series alone.
    """

    def __init__(self, limit: Limit, allowed: float) -> None:
        self.limit, self.allowed = limit, allowed
        self.asked: list[str] = []

    def label_values(self, label: str, selectors: Sequence[str], start: int, end: int) -> list[str]:
        return {"job": ["cart", "shop"]}.get(label, [])

    def instant(self, query: str, at: int) -> QueryResult:
        return self._answer(query, at)

    def range(self, query: str, grid: Grid, purpose: str) -> QueryResult:
        return self._answer(query, grid.end)

    def _answer(self, query: str, at: int) -> QueryResult:
        self.asked.append(query)
        named = re.search(r'job="(\w*)"', query)
        jobs = [job for job in ("cart", "shop") if named is None or job == named.group(1)]
        looked_at = max([span(text) for text in re.findall(r"\[(\w+)\]", query)], default=1)
        parts = max(query.count("golden_signals_part"), 1)
        read = len(jobs) * parts * (looked_at if self.limit is Limit.SAMPLES else 1)
        if read > self.allowed:
            raise LimitExceeded("too much", limit=self.limit)
        rows = []
        for number in range(parts):
            part = {"golden_signals_part": str(number)} if "golden_signals_part" in query else {}
            rows += [Series({"job": job, **part}, Raw(f'[[{at},"1"]]'.encode()), (at, "1")) for job in jobs]
        return QueryResult(rows, COST, [], [])


def span(text: str) -> int:
    """Seconds of a duration such as 15m."""
    return int(text[:-1]) * {"s": 1, "m": 60, "h": HOUR}[text[-1]]


BOTH = {("cart",), ("shop",)}


@pytest.mark.parametrize(("limit", "allowed"), [(Limit.SAMPLES, 2 * HOUR), (Limit.SAMPLES, 1000), (Limit.SERIES, 1)])
def test_a_look_back_that_is_too_much_is_put_in_parts(limit: Limit, allowed: float) -> None:
    search = SeriesSearch(Limited(limit, allowed))  # type: ignore[arg-type]
    assert search.recent(QUERY, ["job"], NOW) == BOTH
    assert search.refusals.notes == ()


def test_a_look_back_that_is_too_much_however_short_is_left_out_and_told() -> None:
    server = Limited(Limit.SAMPLES, 400)
    search = SeriesSearch(server)  # type: ignore[arg-type]
    assert search.recent(QUERY, ["job"], NOW) == BOTH
    assert search.refusals.notes == (
        "services that stopped before the start may be missing: the past of x was not searched: too much",
    )
    assert not search.refusals.errors, "what is there now is known"


@pytest.mark.parametrize("allowed", [4, 3, 2, 1])
def test_queries_that_are_too_much_together_are_asked_apart(allowed: int) -> None:
    server = Limited(Limit.SERIES, allowed)
    search = SeriesSearch(server)  # type: ignore[arg-type]
    queries = [f"count by (job) (x{number})" for number in range(5)]
    for _ in range(2):
        server.asked = []
        answers = search.together(queries, NOW)
        assert [{row.metric["job"] for row in rows} for rows in answers] == [{"cart", "shop"}] * 5
    assert all(query.count("golden_signals_part") <= allowed for query in server.asked), "learned once"


def test_none_are_put_together_any_more_where_one_is_too_much() -> None:
    server = Limited(Limit.SERIES, 1)
    search = SeriesSearch(server)  # type: ignore[arg-type]
    search.together(["count by (job) (x)", "count by (job) (y)"], NOW)
    server.asked = []
    answers = search.together([f"count by (job) (z{number})" for number in range(5)], NOW)
    assert [{row.metric["job"] for row in rows} for rows in answers] == [{"cart", "shop"}] * 5
    assert all(query.count("golden_signals_part") <= 1 for query in server.asked)


def test_what_is_refused_is_told_by_what_it_selects_once_for_each_limit() -> None:
    search = SeriesSearch(Limited(Limit.SERIES, 0))  # type: ignore[arg-type]
    assert search.instant(QUERY, NOW) == []
    assert search.refusals.notes == ('services may be missing: job="cart", job="shop" were not searched: too much',)
    search.begin()
    assert search.refusals.notes == ()


def test_what_is_missing_beside_the_services_is_a_note() -> None:
    search = SeriesSearch(Limited(Limit.SERIES, 0))  # type: ignore[arg-type]
    with search.best_effort("dots were not looked for"):
        search.instant(QUERY, NOW)
    assert (search.notes, search.refusals.errors) == (("dots were not looked for: too much",), [])
