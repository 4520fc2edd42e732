"""How old the data of a server are: when the newest raw sample of some metrics was taken."""

from collections.abc import Sequence

from dashboard.exceptions import QueryRejected, SourceTimeout
from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.query_client import QueryClient
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
        " or ".join(f"max(timestamp({each}))" for each in selected),
        " or ".join(f"max(max_over_time(timestamp({each})[{NEWEST_LOOKBACK}]))" for each in selected),
    )
    costs = []
    for query in queries:
        try:
            result = client.instant(f"max({query})", at, "newest sample")
        except (QueryRejected, SourceTimeout) as error:
            if isinstance(error, SourceTimeout) and not error.by_server:
                raise
            # What the server finds too large: the newest point of the grid is as good a guess.
            continue
        costs.append(result.cost)
        if result.series and result.series[0].value:
            return float(result.series[0].value[1]), costs
    return None, costs
