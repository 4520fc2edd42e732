"""What several queries gave, put together."""

import msgspec
import numpy as np

from dashboard.outcomes import Vocabulary
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.queries.answers import AnswerBuilder
from dashboard.sources.prometheus.queries.signal_query import SignalQuery
from dashboard.sources.protocol import QueryCost
from dashboard.timerange import Grid

GRID = Grid(0, 180, 60)


def result(*values: float) -> QueryResult:
    """One series of a proxy, a value for each point of the grid."""
    points = msgspec.json.encode([[at, str(value)] for at, value in zip(range(0, 180, 60), values, strict=True)])
    cost = QueryCost("", "", 0.0, 0, 1, len(values))
    return QueryResult([Series({"proxy": "shop"}, msgspec.Raw(points))], cost, [], [])


def test_failures_that_a_counter_of_their_own_tells_are_requests_however_it_is_estimated() -> None:
    builder = AnswerBuilder(GRID, Vocabulary())
    failures = SignalQuery("errors", "", ("proxy",), "errors", "server", classes=("server",))
    builder.add_signal(SignalQuery("requests", "", ("proxy",), "requests"), result(100.0, 200.0, np.nan))
    builder.add_signal(failures, result(101.0, 150.0, 7.0))
    builder.complete_errors()
    builder.hold_failures()
    assert builder.values["shop", "requests", ""][:2].tolist() == [101.0, 200.0]
    assert np.isnan(builder.values["shop", "requests", ""][2]), "failures alone do not say how many requests there were"
    assert builder.values["shop", "errors", "server"][:2].tolist() == [101.0, 150.0]
