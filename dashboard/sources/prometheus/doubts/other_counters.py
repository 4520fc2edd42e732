"""For services with counters of two presets: does the one not shown count failures?"""

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

# Seconds over which failures are looked for, and their share from which nothing is called healthy beside them: that
# of a page by the default objective.
WINDOW = 300
FAILING = 0.0144


class OtherCounters:
    """Looks at the counters of services that are shown by another one.

    Both may be right: a mesh counts what the application counts, too. During an upgrade each counts its own half.

    Args:
        client: puts the queries. `vocabulary`: the words for outcomes.
    """

    def __init__(self, client: PooledClient, vocabulary: Vocabulary) -> None:
        self._client = client
        self._vocabulary = vocabulary

    def failing(self, instrumentations: Sequence[Instrumentation], at: int) -> dict[str, str]:
        """Service → the preset by whose counter, which is not shown, its requests fail.

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
        """Services, each with the share of its requests that failed recently; those without requests are left out.

        Args:
            instrumentation: that owns them. `at`: epoch seconds. `sides`: whose failures count.
        """
        grid = Grid.ending(at, span=WINDOW, step=WINDOW)
        builder = AnswerBuilder(grid, self._vocabulary)
        queries = signal_queries.rates(instrumentation, WINDOW)
        for query in signal_queries.united(query for query in queries if query.measure in ("requests", "errors")):
            try:
                builder.add_signal(query, self._client.range(query.promql, grid, "discovery"))
            # What the server does not count is not held against anybody.
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
