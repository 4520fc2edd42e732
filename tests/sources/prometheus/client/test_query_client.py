"""Ranges that a server refuses as too large are asked for in parts that it allows; what it allows is kept in mind."""

import json
from typing import Any

import numpy as np
import pytest

from dashboard.exceptions import LimitExceeded, SourceError, SourceTimeout
from dashboard.sources.prometheus.client.decode import matrix
from dashboard.sources.prometheus.client.limits import Limit
from dashboard.sources.prometheus.client.query_client import QueryClient
from dashboard.timerange import Grid

STEP = 3600


class Limited:
    """An API that refuses ranges longer than `allowed` seconds, and answers each point with its own time."""

    where = "memory"

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        self.asked: list[tuple[int, int]] = []

    def post(self, path: str, form: dict[str, str], *, query: str) -> tuple[bytes, float]:
        start, end, step = (int(form[name]) for name in ("start", "end", "step"))
        self.asked.append((start, end))
        if end - start + step > self.allowed:
            raise LimitExceeded("the query time range exceeds the limit", query=query)
        points = range(start, end + 1, step)
        result: list[dict[str, Any]] = [{"metric": {"job": "a"}, "values": [[at, str(at)] for at in points]}]
        # A series that is only there in the last day.
        late = [at for at in points if at > GRID.end - 86400]
        result += [{"metric": {"job": "b"}, "values": [[at, "1"] for at in late]}] if late else []
        data = {"status": "success", "data": {"resultType": "matrix", "result": result}, "warnings": ["slow"]}
        return json.dumps(data).encode(), 0.5


GRID = Grid.ending(1_760_000_400, span=30 * 86400, step=STEP)


def client(api: Limited) -> QueryClient:
    return QueryClient(api)  # type: ignore[arg-type]


def test_a_range_that_is_allowed_is_asked_at_once() -> None:
    api = Limited(31 * 86400)
    client(api).range("up", GRID, "test")
    assert api.asked == [(GRID.start, GRID.end)]


@pytest.mark.parametrize("days", [16, 7, 1])
def test_the_parts_give_what_the_whole_would(days: int) -> None:
    result = client(Limited(days * 86400)).range("up", GRID, "test")
    rows = matrix(result.series, GRID)
    assert [series.metric["job"] for series in result.series] == ["a", "b"]
    np.testing.assert_array_equal(rows[0], np.arange(GRID.start, GRID.end + 1, STEP, dtype=float))
    assert np.count_nonzero(~np.isnan(rows[1])) == 24
    assert result.warnings == ["slow"]
    assert (result.cost.series, result.cost.seconds > 0.5) == (2, True)


def test_what_a_server_allows_is_found_out_once() -> None:
    api = Limited(7 * 86400)
    own = client(api)
    own.range("up", GRID, "test")
    refused = len(api.asked)
    api.asked.clear()
    own.range("up", GRID, "test")
    assert len(api.asked) < refused
    assert all(end - start + STEP <= api.allowed for start, end in api.asked)
    covered = sorted(at for start, end in api.asked for at in range(start, end + 1, STEP))
    assert covered == list(range(GRID.start, GRID.end + 1, STEP))


def test_a_query_that_is_refused_whatever_it_spans_costs_a_few_attempts() -> None:
    api = Limited(0)
    with pytest.raises(LimitExceeded, match="exceeds the limit"):
        client(api).range("up", GRID, "test")
    assert len(api.asked) <= np.log2(len(GRID)) + 2


def test_null_in_place_of_an_empty_list_is_an_empty_list() -> None:
    class Null(Limited):
        def post(self, path: str, form: dict[str, str], *, query: str) -> tuple[bytes, float]:
            return b'{"status":"success","data":{"resultType":"matrix","result":null},"warnings":null}', 0.0

    result = client(Null(0)).range("up", GRID, "test")
    assert (result.series, result.warnings, result.partial) == ([], [], False)


class Sampled(Limited):
    """An API that reads one sample for each point and each of a query's series, `allowed` at the most."""

    def __init__(self, allowed: int, limit: Limit = Limit.SAMPLES, *, by_server: bool = False) -> None:
        super().__init__(allowed)
        self.limit, self.by_server = limit, by_server

    def post(self, path: str, form: dict[str, str], *, query: str) -> tuple[bytes, float]:
        start, end, step = (int(form[name]) for name in ("start", "end", "step"))
        points = (end - start) // step + 1
        if points * int(query) > self.allowed:
            self.asked.append((start, end))
            if self.by_server:
                raise SourceTimeout("gave up", query=query, by_server=True)
            raise LimitExceeded("too many samples", query=query, limit=self.limit)
        allowed, self.allowed = self.allowed, 10**9
        answer = super().post(path, form, query=query)
        self.allowed = allowed
        return answer


def test_what_one_query_may_read_limits_no_other() -> None:
    api = Sampled(720)
    own = client(api)
    own.range("100", GRID, "test")
    api.asked.clear()
    own.range("1", GRID, "test")
    assert api.asked == [(GRID.start, GRID.end)]


@pytest.mark.parametrize("limit", [Limit.RANGE, Limit.POINTS])
def test_what_any_query_may_span_is_found_out_by_the_first(limit: Limit) -> None:
    api = Sampled(200, limit)
    own = client(api)
    own.range("1", GRID, "test")
    refused = len(api.asked)
    api.asked.clear()
    own.range("01", GRID, "test")
    assert len(api.asked) < refused
    assert sum((end - start) // STEP + 1 for start, end in api.asked) == len(GRID), "none was refused"


def test_a_server_that_gives_up_on_a_query_is_asked_for_less() -> None:
    api = Sampled(100, by_server=True)
    rows = matrix(client(api).range("1", GRID, "test").series, GRID)
    np.testing.assert_array_equal(rows[0], np.arange(GRID.start, GRID.end + 1, STEP, dtype=float))


@pytest.mark.parametrize("error", [SourceTimeout("no answer"), LimitExceeded("too long query", limit=Limit.TEXT)])
def test_what_no_shorter_range_mends_is_asked_once(error: SourceError) -> None:
    class Broken(Limited):
        def post(self, path: str, form: dict[str, str], *, query: str) -> tuple[bytes, float]:
            self.asked.append((0, 0))
            raise error

    api = Broken(0)
    with pytest.raises(type(error)):
        client(api).range("1", GRID, "test")
    assert len(api.asked) == 1


def test_where_little_is_allowed_ranges_grow_until_one_is_refused() -> None:
    api = Sampled(45)
    own = client(api)
    own.range("1", GRID, "test", small_first=True)
    sizes = [(end - start) // STEP + 1 for start, end in api.asked]
    assert sizes[:6] == [2, 4, 8, 16, 32, 64]
    assert set(sizes[6:-1]) == {32}
    api.asked.clear()
    own.range("1", GRID, "test", small_first=True)
    assert all((end - start) // STEP + 1 <= 32 for start, end in api.asked), "it is known"


def test_after_hours_more_is_tried_again() -> None:
    api, now = Sampled(100), [0.0]
    own = QueryClient(api, monotonic=lambda: now[0])  # type: ignore[arg-type]
    own.range("1", GRID, "test")
    api.allowed = 10_000
    api.asked.clear()
    own.range("1", GRID, "test")
    assert len(api.asked) > 1
    now[0] += 6 * 3600
    api.asked.clear()
    own.range("1", GRID, "test")
    assert len(api.asked) == 1


def test_a_query_that_would_take_thousands_of_ranges_is_given_up() -> None:
    api, minutes = Sampled(3), Grid.ending(1_760_000_400, span=7 * 86400, step=60)
    with pytest.raises(LimitExceeded):
        client(api).range("1", minutes, "test")
    assert len(api.asked) < 15


def test_what_was_refused_and_never_answered_teaches_nothing() -> None:
    """A server that refuses everything for a while is asked as before once it is well."""
    api = Sampled(0, Limit.POINTS)
    own = client(api)
    with pytest.raises(LimitExceeded):
        own.range("1", GRID, "test")
    api.allowed = 10_000
    api.asked.clear()
    own.range("1", GRID, "test")
    assert api.asked == [(GRID.start, GRID.end)]
