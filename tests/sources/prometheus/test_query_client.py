"""Ranges that a server refuses as too large are asked for in parts that it allows; what it allows is kept in mind."""

import json
from typing import Any

import numpy as np
import pytest

from dashboard.exceptions import LimitExceeded
from dashboard.sources.prometheus.decode import matrix
from dashboard.sources.prometheus.query_client import QueryClient
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
