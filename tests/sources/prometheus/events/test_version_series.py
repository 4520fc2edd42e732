"""What tells versions is asked where it is there, is bounded, and one that is refused leaves the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import msgspec
import numpy as np
import pytest

from dashboard.changes.derived.presence import Origin, Subject
from dashboard.exceptions import QueryRejected, SourceTimeout, SourceUnavailable
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.events.version_series import LOOK_S, SERIES_MAX, VersionSeries
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.reading import Reading
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.protocol import QueryCost
from dashboard.timerange import Grid

GRID = Grid(1_760_000_100, 1_760_001_000, 300)
SHOP = Instrumentation(
    Preset("http", "http_requests_total", "http_requests_total"),
    ("job",),
    {"shop": ("shop",)},
    15.0,
    frozenset(("shop",)),
    labels=("route", "version"),
)
EVERY = ("target_info", "kube_pod_container_info", "kube_pod_owner", "shop_build_info", "go_build_info")


@dataclass
class Server:
    """Answers with one series of each metric that a query names.

    Attributes:
        metrics: that are there. `asked`: queries. `counts`: by a word of the query, how many series it has.
        refuse: raises for what is refused. `ended`: epoch seconds after which it has nothing at a moment.
    """

    metrics: Sequence[str] = EVERY
    asked: list[str] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)
    refuse: Callable[[str], None] = lambda _: None
    ended: float = float("inf")

    def label_values(self, label: str, selected: Sequence[str], start: int, end: int) -> list[str]:
        self.asked.append(str(selected))
        self.refuse(str(selected))
        return list(self.metrics)

    def label_names(self, selected: Sequence[str], start: int, end: int) -> list[str]:
        return ["namespace", "pod"]

    def instant(self, query: str, at: int, purpose: str) -> QueryResult:
        self.asked.append(query)
        self.refuse(query)
        if at > self.ended:
            return result(query, [])
        if query.startswith("count("):
            count = next((count for word, count in self.counts.items() if word in query), 1)
            return result(query, [Series({}, value=(float(at), str(count)))])
        return result(query, [Series({"job": "shop", "golden_namespace": "eu", "golden_workload": "web"})])

    def range(self, query: str, grid: Grid, purpose: str) -> QueryResult:
        self.asked.append(query)
        self.refuse(query)
        labels = {"job": "shop", "version": "42", "service_version": "1.5.0", "__name__": "shop_build_info"}
        pods = {"namespace": "eu", "owner_name": "web-6d4cf56db6", "container": "app", "image": "web:v42"}
        points = [[at, "2"] for at in range(grid.start, grid.end + 1, grid.step)]
        metric = pods if "kube" in query else labels
        return result(query, [Series(metric, msgspec.Raw(msgspec.json.encode(points)))])


def result(query: str, series: list[Series]) -> QueryResult:
    return QueryResult(series, QueryCost(query, "versions", 0.0, 0, len(series), len(series)), [], [])


def opened(server: Server) -> VersionSeries:
    return VersionSeries(cast(PooledClient, server), "")


def subjects(answer: Any) -> dict[Origin, list[str]]:
    return {subject.origin: list(versions) for subject, versions in answer.counts.items()}


def test_all_that_is_there_tells_versions_and_is_looked_for_once_in_a_while() -> None:
    server = Server()
    series, reading = opened(server), Reading((SHOP,))
    answer = series.answer(reading, GRID)
    assert subjects(answer) == {
        Origin.REQUESTS: ["42"],
        Origin.TARGET: ["1.5.0"],
        Origin.BUILD: ["42"],
        Origin.IMAGE: ["v42"],
    }
    assert np.array_equal(answer.counts[Subject("shop", Origin.REQUESTS)]["42"], np.full(4, 600.0))
    assert len(answer.costs) == sum(not query.startswith("[") for query in server.asked)
    assert not any("go_build_info" in query for query in server.asked if "count by" in query)
    server.asked.clear()
    later = Grid(GRID.end + 300, GRID.end + 300, 300)
    assert len(series.answer(reading, later).costs) == len(server.asked) == 4
    # Another search of the server, or some minutes later: looked for anew.
    server.asked.clear()
    series.answer(Reading((SHOP,), searched_at=1), later)
    assert len(server.asked) > 4
    server.asked.clear()
    series.answer(Reading((SHOP,), searched_at=1), Grid(later.end + LOOK_S, later.end + LOOK_S, 300))
    assert len(server.asked) > 4


@pytest.mark.parametrize(
    "reading",
    [
        Reading((replace(SHOP, away={"shop": GRID.start}),)),
        Reading((SHOP,), searched_at=GRID.start),
    ],
    ids=["the service is away", "everything is old"],
)
def test_what_told_versions_before_it_was_away_still_does(reading: Reading) -> None:
    found = subjects(opened(Server(ended=GRID.start)).answer(reading, GRID))
    assert found[Origin.REQUESTS] == ["42"]
    if reading.searched_at is not None:
        assert set(found) == {Origin.REQUESTS, Origin.TARGET, Origin.BUILD, Origin.IMAGE}


def test_what_is_not_there_costs_nothing() -> None:
    server = Server(metrics=())
    plain = Instrumentation(SHOP.preset, ("job",), {"shop": ("shop",)}, 15.0, frozenset(("shop",)), labels=("route",))
    answer = opened(server).answer(Reading((plain,)), GRID)
    assert (answer.counts, answer.costs, len(server.asked)) == ({}, (), 1)


def test_what_has_too_many_series_is_said_and_not_read() -> None:
    answer = opened(Server(counts={"kube": SERIES_MAX + 1})).answer(Reading((SHOP,)), GRID)
    assert Origin.IMAGE not in subjects(answer)
    assert answer.notes == (
        "deploys are not derived from kube_pod_container_info: it has 20,001 series, more than 20,000",
    )


@pytest.mark.parametrize("error", [QueryRejected("many-to-many"), SourceTimeout("too much", by_server=True)])
def test_what_is_refused_leaves_the_others(error: Exception) -> None:
    def refuse(query: str) -> None:
        if "kube" in query and query.startswith("count"):
            raise error

    answer = opened(Server(refuse=refuse)).answer(Reading((SHOP,)), GRID)
    assert set(subjects(answer)) == {Origin.REQUESTS, Origin.TARGET, Origin.BUILD}
    assert answer.notes == (f"deploys are not derived from kube_pod_container_info: {error}",)

    # The same where it is answered now, and refused for a day.
    def refuse_ranges(query: str) -> None:
        if "kube_pod" in query and query.startswith("count by"):
            raise error

    answer = opened(Server(refuse=refuse_ranges)).answer(Reading((SHOP,)), GRID)
    assert set(subjects(answer)) == {Origin.REQUESTS, Origin.TARGET, Origin.BUILD}
    assert answer.notes == (f"deploys are not derived from kube_pod_container_info: {error}",)


def test_a_server_that_is_away_is_no_server_without_versions() -> None:
    def away(query: str) -> None:
        raise SourceUnavailable("refused")

    with pytest.raises(SourceUnavailable):
        opened(Server(refuse=away)).answer(Reading((SHOP,)), GRID)


def test_a_gateway_that_refuses_patterns_of_names_is_asked_for_all_names() -> None:
    def refuse(query: str) -> None:
        if "__name__=~" in query:
            raise QueryRejected("no patterns")

    answer = opened(Server(refuse=refuse)).answer(Reading((SHOP,)), GRID)
    assert set(subjects(answer)) == {Origin.REQUESTS, Origin.TARGET, Origin.BUILD, Origin.IMAGE}
