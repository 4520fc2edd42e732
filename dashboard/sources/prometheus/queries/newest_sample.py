"""The age of a server's data: the time of the newest raw sample of some metrics."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.exceptions import QueryRejected, SourceTimeout
from dashboard.sources.prometheus.client.query_client import QueryClient
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.reading import Reading
from dashboard.sources.prometheus.queries.signal_queries import rate_window
from dashboard.sources.protocol import QueryCost

# How far back the newest sample is searched, and at which steps, until one is found: a service stays known for a day.
LOOKBACKS = ("6h:1m", "1d:5m")


@dataclass(frozen=True, slots=True)
class NewestSample:
    """The time of the newest sample.

    Attributes:
        at: epoch seconds; None if there is none, or it is unknown. `costs`: of the queries.
        undated: why the server does not report it for some metrics, one line; empty if it does.
    """

    at: float | None = None
    costs: tuple[QueryCost, ...] = ()
    undated: str = ""

    def beside(self, other: "NewestSample") -> "NewestSample":
        """The newer of both, with both costs."""
        moments = [each.at for each in (self, other) if each.at is not None]
        return NewestSample(max(moments, default=None), self.costs + other.costs, self.undated or other.undated)


def newest_sample(client: QueryClient, metrics: Sequence[str], matchers: str, at: int) -> NewestSample:
    """The time of the newest sample of the given metrics.

    Args:
        client: sends the queries. `metrics`: to search.
        matchers: for every selector. `at`: epoch seconds.

    Raises:
        SourceError: the server did not answer.
    """
    selected = [selectors.selector(metric, matchers) for metric in metrics]
    # A server looks back five minutes; older samples must be searched, with their own timestamps.
    newest = _ask(client, [f"timestamp({each})" for each in selected], at)
    for lookback in LOOKBACKS if newest.at is None else ():
        older = _ask(client, [f"max_over_time(timestamp({each})[{lookback}])" for each in selected], at)
        newest = newest.beside(older)
        # A server that refuses a shorter range refuses a longer one.
        if newest.at is not None or older.undated:
            break
    return newest


def _ask(client: QueryClient, queries: Sequence[str], at: int) -> NewestSample:
    """The largest value of several queries at a time; if they are too large together, they are sent separately."""
    if not queries:
        return NewestSample()
    try:
        result = client.instant(newest_of(queries), at, "newest sample")
    except SourceTimeout as error:
        if not error.by_server:
            raise
        # After a timeout, each separate query would also be waited for.
        return NewestSample(undated=str(error))
    except QueryRejected as error:
        if len(queries) == 1:
            return NewestSample(undated=str(error))
        middle = len(queries) // 2
        return _ask(client, queries[:middle], at).beside(_ask(client, queries[middle:], at))
    value = result.series[0].value if result.series else None
    return NewestSample(float(value[1]) if value else None, (result.cost,))


def newest_of(queries: Sequence[str]) -> str:
    """The largest value of several queries: numbered, as `or` drops series with the same labels as earlier ones."""
    numbered = (f'label_replace(max({query}), "n", "{n}", "", "")' for n, query in enumerate(queries))
    return f"max({' or '.join(numbered)})"


def newest_by_rates(samples: pd.DataFrame, reading: Reading, step: int) -> float | None:
    """A lower bound of the time of the newest sample, from the points that have rates; epoch seconds, or None.

    A rate exists until its window no longer contains two samples, so its point may be much later than the sample.

    Args:
        samples: rates of services, (service, measure, detail) columns.
        reading: for which they were requested. `step`: seconds between two rows.
    """
    requests = samples.loc[:, samples.columns.get_level_values("measure") == "requests"]
    names, measured = requests.columns.get_level_values("service"), requests.notna().to_numpy()
    moments = []
    for instrumentation in reading.instrumentations:
        points = np.flatnonzero(measured[:, names.isin(list(instrumentation.owned))].any(axis=1))
        if len(points):
            youngest = float(requests.index[points[-1]].timestamp())
            moments.append(youngest - _behind(instrumentation, step, extrapolates=reading.extrapolates))
    return max(moments, default=None)


def _behind(instrumentation: Instrumentation, step: int, *, extrapolates: bool) -> float:
    """The longest time in seconds from the newest sample to a point with a rate."""
    # MetricsQL needs one sample in a window, PromQL two.
    newest_of_window = instrumentation.scrape_interval if extrapolates else 0.0
    return rate_window(instrumentation, step) - newest_of_window
