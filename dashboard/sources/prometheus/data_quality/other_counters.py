"""For services with counters of two presets: does the counter that is not shown count failures?"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from dashboard.exceptions import QueryRejected
from dashboard.outcomes import Vocabulary
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.queries import signal_queries
from dashboard.sources.prometheus.queries.answers import AnswerBuilder
from dashboard.timerange import Grid

# Seconds over which failures are counted, and the failure ratio from which a service is not considered healthy: that of
# a page by the default objective.
WINDOW = 300
FAILING = 0.0144


class OtherCounters:
    """Compares the other counters of services with the shown ones.

    Both may be right: a mesh counts what the application counts, too. During an upgrade each counts its part.

    Args:
        client: sends the queries. `vocabulary`: the words for outcomes.
    """

    def __init__(self, client: PooledClient, vocabulary: Vocabulary) -> None:
        self._client = client
        self._vocabulary = vocabulary

    def failing(self, instrumentations: Sequence[Instrumentation], at: int) -> dict[str, str]:
        """Service → the preset with a counter, not shown, by which its requests fail.

        Args:
            instrumentations: each service is owned by one. `at`: epoch seconds.

        Raises:
            SourceError: the server did not answer.
        """
        shown = {name: each.preset for each in instrumentations for name in each.owned}
        failing: dict[str, str] = {}
        for each in instrumentations:
            others = {
                name
                for name in set(each.services) - each.owned
                if each.preset.requests and each.preset.requests != shown[name].requests
            }
            if others:
                ratios = self.ratios(replace(each, owned=frozenset(others)), at)
                failing |= {name: each.preset.name for name, ratio in ratios if ratio > FAILING}
        return failing

    def ratios(
        self, instrumentation: Instrumentation, at: int, sides: Sequence[str] = ("server",)
    ) -> Iterator[tuple[str, float]]:
        """Services with the share of their requests that failed recently; services without requests are omitted.

        Args:
            instrumentation: owns them. `at`: epoch seconds. `sides`: whose failures count.
        """
        grid = Grid.ending(at, span=WINDOW, step=WINDOW)
        builder = AnswerBuilder(grid, self._vocabulary)
        queries = signal_queries.rates(instrumentation, WINDOW)
        for query in signal_queries.united(query for query in queries if query.measure in ("requests", "errors")):
            try:
                builder.add_signal(query, self._client.range(query.promql, grid, "discovery"))
            # If the server rejects the query, there is no evidence against a service.
            except QueryRejected:
                return
        frame = builder.answer().frame
        for name in sorted(instrumentation.owned):
            requests, *errors = (
                frame[name, measure, detail].to_numpy()[-1] if (name, measure, detail) in frame.columns else np.nan
                for measure, detail in (("requests", ""), *(("errors", side) for side in sides))
            )
            if requests > 0 and not np.isnan(errors).all():
                yield name, float(np.nansum(errors) / requests)
