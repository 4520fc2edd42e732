"""Which values of a label had the bad requests of a span, asked for before their points: pods come by the thousand."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from dashboard import buckets
from dashboard.exceptions import QueryRejected, SourceError, SourceTimeout
from dashboard.outcomes import Outcome as Meaning
from dashboard.outcomes import Vocabulary
from dashboard.ranking import FETCHED, Ranking, ranking
from dashboard.sources.prometheus import selectors, signal_queries
from dashboard.sources.prometheus.decode import Series
from dashboard.sources.prometheus.instrumentation import Instrumentation
from dashboard.sources.prometheus.outcome_labels import meaning_of
from dashboard.sources.prometheus.pooled_client import PooledClient
from dashboard.sources.prometheus.preset import Outcome
from dashboard.sources.prometheus.signal_query import SignalQuery
from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid

# The answer to queries on a grid.
Ask = Callable[[Sequence[Sequence[SignalQuery]], Grid], Answer]


class WorstValues:
    """Ranks the values of labels by totals, one number for each, whatever the span.

    Args:
        client: puts queries. `matchers`: of the operator, for every selector.
        threshold: seconds; requests are slow beyond the bucket bound nearest to it.
        vocabulary: the words for outcomes.
    """

    def __init__(self, client: PooledClient, matchers: str, threshold: float, vocabulary: Vocabulary) -> None:
        self._client, self._matchers = client, matchers
        self._threshold, self._vocabulary = threshold, vocabulary

    def ranking(self, known: Instrumentation, grid: Grid, service: str, label: str, ask: Ask) -> Ranking | None:
        """Values by their bad requests over the span; None where all can be fetched, or the server tells no totals.

        Args:
            known: the instrumentation that owns the service. `grid`: the span.
            service: its name. `label`: one of its labels.
            ask: gives numbers of native histograms.
        """
        if not self._has_many(known, grid, service, label):
            return None
        queries = signal_queries.totals(known, grid.span, service, label, self._threshold)
        try:
            if any(query.native_bounds for query in queries):
                counted = ask([queries], Grid(grid.end, grid.end, grid.step))
                return ranking(counted.frame, buckets.nearest_bound(known.finite_bounds, self._threshold), step=1)
            totals = _Totals(label, self._vocabulary)
            for query in queries:
                totals.add(query, self._client.instant(query.promql, grid.end, query.purpose).series)
        except QueryRejected:
            return None
        except SourceTimeout as error:
            # What is too much for a server at once it may answer in small parts.
            if not error.by_server:
                raise
            return None
        return totals.ranking(len(queries))

    def _has_many(self, known: Instrumentation, grid: Grid, service: str, label: str) -> bool:
        """The label has more values than are fetched; the index of the server tells it without any sample."""
        preset, extra = known.preset, known.service_matchers(service)
        metrics = filter(None, (preset.requests, preset.native))
        selected = [selectors.selector(metric, known.matchers, preset.matchers, extra) for metric in metrics]
        try:
            return len(self._client.label_values(label, selected, grid.start - grid.step, grid.end)) > FETCHED
        except SourceError:
            # Not every gateway lets it through. A server that is away will not answer what follows either.
            return False


class _Totals:
    """Events of a span by the values of a label.

    A frame with a column for each of them takes ten times as long.

    Args:
        label: its name. `vocabulary`: the words for outcomes.
    """

    def __init__(self, label: str, vocabulary: Vocabulary) -> None:
        self._label, self._vocabulary = label, vocabulary
        # Value of the label → requests, failures, and requests with a latency: in all, and within the threshold.
        self._requests: defaultdict[str, float] = defaultdict(float)
        self._failed: defaultdict[str, float] = defaultdict(float)
        self._timed: defaultdict[str, float] = defaultdict(float)
        self._within: defaultdict[str, float] = defaultdict(float)
        self._meanings: dict[tuple[tuple[Outcome, ...], tuple[str, ...]], Meaning] = {}

    def add(self, query: SignalQuery, series: Sequence[Series]) -> None:
        """Take in what one query of totals gave."""
        for each in series:
            count = float(each.value[1]) if each.value is not None else 0.0
            # A number that is none is not above 0.
            if not count > 0:
                continue
            value = each.metric.get(self._label, "")
            if query.measure == "latency":
                is_all = each.metric.get("le", "").lower().endswith("inf")
                (self._timed if is_all else self._within)[value] += count
                continue
            if query.measure == "requests":
                self._requests[value] += count
            if self._has_failed(query, each.metric):
                self._failed[value] += count

    def ranking(self, queries: int) -> Ranking:
        """Values that had requests; `queries`: so many told it."""
        slow = {value: max(count - self._within[value], 0.0) for value, count in self._timed.items()}
        bad = [self._failed[value] + slow.get(value, 0.0) for value in self._requests]
        return Ranking.of(list(self._requests), bad, list(self._requests.values()), queries)

    def _has_failed(self, query: SignalQuery, metric: Mapping[str, str]) -> bool:
        if not query.outcomes:
            return query.measure == "errors"
        words = tuple(metric.get(outcome.label, "") for outcome in query.outcomes)
        if (meaning := self._meanings.get((query.outcomes, words))) is None:
            meaning = self._meanings[query.outcomes, words] = meaning_of(words, query.outcomes, self._vocabulary)
        return meaning is Meaning.FAILED
