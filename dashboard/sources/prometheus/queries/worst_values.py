"""Finds the label values with the most bad requests before reading their points, as there may be thousands."""

from collections.abc import Callable, Sequence

from dashboard import buckets
from dashboard.exceptions import QueryRejected, SourceError, SourceTimeout
from dashboard.outcomes import Vocabulary
from dashboard.ranking import FETCHED, Ranking, ranking
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.queries import signal_queries
from dashboard.sources.prometheus.queries.signal_query import SignalQuery
from dashboard.sources.prometheus.queries.totals import Totals
from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid

# Returns the answer to queries on a grid.
Ask = Callable[[Sequence[Sequence[SignalQuery]], Grid], Answer]


class WorstValues:
    """Ranks the values of labels by totals, one number each, whatever the span.

    Args:
        client: sends queries. `matchers`: configured ones for every selector.
        threshold: seconds; requests are slow beyond the bucket bound nearest to it.
        vocabulary: the words for outcomes.
    """

    def __init__(self, client: PooledClient, matchers: str, threshold: float, vocabulary: Vocabulary) -> None:
        self._client, self._matchers = client, matchers
        self._threshold, self._vocabulary = threshold, vocabulary

    def ranking(self, known: Instrumentation, grid: Grid, service: str, label: str, ask: Ask) -> Ranking | None:
        """Values by their bad requests over the span; None if all can be fetched, or the server returns no totals.

        Args:
            known: the instrumentation that owns the service. `grid`: the span.
            service: its name. `label`: one of its labels.
            ask: returns the values of native histograms.
        """
        if not self._has_many(known, grid, service, label):
            return None
        queries = signal_queries.totals(known, grid.span, service, (label,), self._threshold)
        try:
            if any(query.native_bounds for query in queries):
                counted = ask([queries], Grid(grid.end, grid.end, grid.step))
                return ranking(counted.frame, buckets.nearest_bound(known.finite_bounds, self._threshold), step=1)
            totals = Totals((label,), self._vocabulary)
            for query in queries:
                totals.add(query, self._client.instant(query.promql, grid.end, query.purpose).series)
        except QueryRejected:
            return None
        except SourceTimeout as error:
            # A server may answer in small parts what is too large at once.
            if not error.by_server:
                raise
            return None
        values = list(totals.requests)
        bad = [totals.failed[value] + totals.slow(value) for value in values]
        return Ranking.of([value for (value,) in values], bad, list(totals.requests.values()), len(queries))

    def _has_many(self, known: Instrumentation, grid: Grid, service: str, label: str) -> bool:
        """Whether the label has more values than are fetched, from the server's index, without reading samples."""
        preset, extra = known.preset, known.service_matchers(service)
        metrics = filter(None, (preset.requests, preset.native))
        selected = [selectors.selector(metric, known.matchers, preset.matchers, extra) for metric in metrics]
        try:
            return len(self._client.label_values(label, selected, grid.start - grid.step, grid.end)) > FETCHED
        except SourceError:
            # Not every gateway supports this. If the server is unavailable, the following queries will also fail.
            return False
