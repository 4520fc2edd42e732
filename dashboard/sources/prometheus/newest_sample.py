"""How old the data of a server are: when the newest raw sample of some metrics was taken."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.exceptions import QueryRejected, SourceTimeout
from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.instrumentation import Instrumentation
from dashboard.sources.prometheus.query_client import QueryClient
from dashboard.sources.prometheus.reading import Reading
from dashboard.sources.prometheus.signal_queries import rate_window
from dashboard.sources.protocol import QueryCost

# How far back the newest sample is looked for, at each minute, once there is none within the server's own look.
NEWEST_LOOKBACK = "6h:1m"


def newest_sample(
    client: QueryClient, metrics: Sequence[str], matchers: str, at: int
) -> tuple[float | None, list[QueryCost]]:
    """When the newest sample was taken, in epoch seconds, and what it cost to learn; None when there is none.

    Args:
        client: puts the queries. `metrics`: of which samples are looked for.
        matchers: for every selector. `at`: epoch seconds.

    Raises:
        SourceError: the server did not answer.
    """
    if not metrics:
        return None, []
    selected = [selectors.selector(metric, matchers) for metric in metrics]
    # A server looks back five minutes: what is older must be looked for, and is then as old as it is.
    queries = (
        _newest_of([f"timestamp({each})" for each in selected]),
        _newest_of([f"max_over_time(timestamp({each})[{NEWEST_LOOKBACK}])" for each in selected]),
    )
    costs = []
    for query in queries:
        try:
            result = client.instant(query, at, "newest sample")
        except (QueryRejected, SourceTimeout) as error:
            if isinstance(error, SourceTimeout) and not error.by_server:
                raise
            # What the server finds too large or gives up on: what it answers about the signals tells less exactly.
            continue
        costs.append(result.cost)
        if result.series and result.series[0].value:
            return float(result.series[0].value[1]), costs
    return None, costs


def _newest_of(queries: Sequence[str]) -> str:
    """The largest value of several queries: numbered, as `or` leaves out what has the labels of what stands before."""
    numbered = (f'label_replace(max({query}), "n", "{n}", "", "")' for n, query in enumerate(queries))
    return f"max({' or '.join(numbered)})"


def newest_by_rates(samples: pd.DataFrame, reading: Reading, step: int) -> float | None:
    """No later than the newest sample was taken, by the points at which there are rates; epoch seconds, or None.

    A rate is there until its window has left the last two samples behind: the point itself may be much younger.

    Args:
        samples: rates of services, (service, measure, detail) columns.
        reading: what they were asked by. `step`: seconds between two rows.
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
    """Seconds by which the newest sample may lie before a point that has a rate."""
    # MetricsQL needs one sample in a window, PromQL two.
    newest_of_window = instrumentation.scrape_interval if extrapolates else 0.0
    return rate_window(instrumentation, step) - newest_of_window
