"""Questions about many services are halved until each part is answered; what is too much by itself is left alone."""

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from dashboard.exceptions import LimitExceeded, SourceTimeout, SourceUnavailable
from dashboard.sources.prometheus.client.limits import Limit
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.queries.service_split import REFUSED_MAX_S, REFUSED_S, ServiceSplit, SplitAnswer
from dashboard.sources.prometheus.queries.signal_query import SignalQuery
from dashboard.sources.protocol import QueryCost
from dashboard.timerange import Grid

GRID = Grid(3600, 7200, 3600)
NAMES = [f"s{number:02}" for number in range(16)]
QUERY = SignalQuery(
    "requests", 'sum by (job) (increase(x{kind="http"}[1h]))', ("job",), "requests",
    services={(name,): name for name in NAMES},
)  # fmt: skip


class Server:
    """Answers about services that have no more than `allowed` series together.

    Attributes:
        series: service → its series; 1 where it is not there. `asked`: the services of each question.
    """

    def __init__(self, allowed: int, series: Mapping[str, int] | None = None, error: Exception | None = None) -> None:
        self.allowed, self.series = allowed, dict(series or {})
        self.error = error or LimitExceeded("too many series", limit=Limit.SERIES)
        self.asked: list[list[str]] = []
        self.small_first: list[bool] = []

    def range(self, query: str, grid: Grid, purpose: str, *, small_first: bool = False) -> QueryResult:
        named = re.search(r'job=~"([^"]*)"', query)
        names = named.group(1).split("|") if named else NAMES
        self.asked.append(names)
        self.small_first.append(small_first)
        if sum(self.series.get(name, 1) for name in names) > self.allowed:
            raise self.error
        return QueryResult([], QueryCost(query, purpose, 0.0, 0, 0, 0), [], [])


def asked(server: Server, query: SignalQuery = QUERY) -> tuple[ServiceSplit, SplitAnswer, list[float]]:
    now = [0.0]
    split = ServiceSplit(server, monotonic=lambda: now[0])  # type: ignore[arg-type]
    return split, split.ask(query, GRID), now


def answered(answer: SplitAnswer) -> list[str]:
    """The services of all parts, which must not overlap."""
    names = [name for query, _ in answer.results for name in (query.services or {}).values()]
    assert len(names) == len(set(names))
    return sorted(names)


def test_what_is_allowed_is_asked_at_once() -> None:
    server = Server(100)
    split, answer, _ = asked(server)
    assert (server.asked, answered(answer), answer.refused) == ([NAMES], NAMES, {})
    split.ask(QUERY, GRID)
    assert server.asked == [NAMES, NAMES]


@pytest.mark.parametrize("allowed", [1, 3, 8, 15])
def test_services_are_halved_until_each_part_is_answered_and_that_is_kept_in_mind(allowed: int) -> None:
    server = Server(allowed)
    split, answer, _ = asked(server)
    assert (answered(answer), answer.refused) == (NAMES, {})
    assert all(len(query.services or ()) <= allowed for query, _ in answer.results)
    server.asked.clear()
    assert answered(split.ask(QUERY, GRID)) == NAMES
    assert all(len(names) <= allowed for names in server.asked), "nothing is refused any more"


def test_a_service_that_is_too_much_by_itself_is_found_and_left_alone() -> None:
    server = Server(20, {"s05": 100})
    split, answer, now = asked(server)
    assert answered(answer) == [name for name in NAMES if name != "s05"]
    assert {service: str(error) for service, error in answer.refused.items()} == {"s05": "too many series"}
    assert len(server.asked) < 12
    server.asked.clear()
    assert split.ask(QUERY, GRID).refused == answer.refused
    assert ["s05"] not in server.asked
    waits = []
    for _ in range(200):
        now[0] += 60
        server.asked.clear()
        split.ask(QUERY, GRID)
        waits += [now[0]] if ["s05"] in server.asked else []
    assert waits[0] == REFUSED_S
    assert max(later - before for before, later in pairwise(waits)) == REFUSED_MAX_S
    server.allowed, now[0] = 1000, now[0] + REFUSED_MAX_S
    assert answered(split.ask(QUERY, GRID)) == NAMES


def test_a_server_that_refuses_everything_costs_a_few_attempts() -> None:
    names = [f"s{number:03}" for number in range(1000)]
    server = Server(0)
    _, answer, _ = asked(server, replace(QUERY, services={(name,): name for name in names}))
    assert (sorted(answer.refused), answer.results) == (names, [])
    assert len(server.asked) < 40


def test_a_query_that_nobody_here_can_parse_is_refused_as_a_whole() -> None:
    _, answer, _ = asked(Server(0), replace(QUERY, promql="x[1h] default 0 keep_metric_names"))
    assert sorted(answer.refused) == NAMES


def test_what_was_refused_as_a_whole_is_asked_as_a_whole_again() -> None:
    """It may have been a bad moment."""
    server = Server(0)
    split, _, _ = asked(server)
    server.allowed = 100
    server.asked.clear()
    assert answered(split.ask(QUERY, GRID)) == NAMES
    assert server.asked == [NAMES]


def test_a_server_that_gives_up_is_waited_for_a_few_times_only() -> None:
    server = Server(0, error=SourceTimeout("gave up", by_server=True))
    _, answer, _ = asked(server)
    assert sorted(answer.refused) == NAMES
    assert len(server.asked) == 4
    assert server.small_first == [False, True, True, True]


@pytest.mark.parametrize("error", [SourceUnavailable("gone"), SourceTimeout("no answer")])
def test_who_does_not_answer_is_not_asked_for_less(error: Exception) -> None:
    server = Server(0, error=error)
    with pytest.raises(type(error)):
        asked(server)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "more", [{"services": None}, {"services": {("s00",): "s00"}}, {"measure": "saturation", "essential": False}]
)
def test_what_is_about_no_services_that_could_be_told_apart_is_refused_as_a_whole(more: dict[str, Any]) -> None:
    with pytest.raises(LimitExceeded):
        asked(Server(0), replace(QUERY, **more))


def test_a_service_that_comes_later_is_asked_about_too() -> None:
    server = Server(8)
    split, _, _ = asked(server)
    more = replace(QUERY, services={**(QUERY.services or {}), ("new",): "new"})
    assert "new" in answered(split.ask(more, GRID))


def test_of_several_labels_only_the_services_of_a_part_are_taken_from_its_answer() -> None:
    values = {("a", "x"): "a/x", ("a", "y"): "a/y", ("b", "x"): "b/x", ("b", "y"): "b/y"}
    query = replace(QUERY, by=("ns", "name"), services=values)

    class Pairs(Server):
        def range(self, query: str, grid: Grid, purpose: str, *, small_first: bool = False) -> QueryResult:
            self.asked.append([query])
            if "ns=~" not in query:
                raise self.error
            return QueryResult([], QueryCost(query, purpose, 0.0, 0, 0, 0), [], [])

    server = Pairs(0)
    _, answer, _ = asked(server, query)
    assert answered(answer) == sorted(values.values())
    assert [part.promql for part, _ in answer.results] == [
        'sum by (job) (increase(x{kind="http",ns=~"a",name=~"x|y"}[1h]))',
        'sum by (job) (increase(x{kind="http",ns=~"b",name=~"x|y"}[1h]))',
    ]
    assert [part.service_of({"ns": "b", "name": "x"}) for part, _ in answer.results] == [None, "b/x"]
