"""Events of a service by combinations of its series' labels, whatever their names, as many labels as fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard import buckets
from dashboard.exceptions import QueryRejected, SourceError, SourceTimeout
from dashboard.oncall.combinations import Combinations
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.outcomes import OUTCOME_LABELS, Vocabulary
from dashboard.sources import combined
from dashboard.sources.combined import ALONE, NOT_TRIED, TOO_MANY, CombinationsAnswer, UnusedLabel
from dashboard.sources.prometheus.client.decode import cumulative
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.queries import signal_queries
from dashboard.sources.prometheus.queries.signal_query import SignalQuery
from dashboard.sources.prometheus.queries.totals import Totals, Values
from dashboard.timerange import Grid

# Maximum number of labels: each additional one doubles the combinations to try.
LABELS_MAX = 12
# Labels that do not describe requests.
STRUCTURE = ("__name__", "le", "quantile")
NOT_ASKED = "there are more than {most} labels: {how}"


@dataclass(frozen=True, slots=True)
class _Service:
    """A service with its instrumentation.

    Attributes:
        bad: which events are bad. `metrics`: their counters; several if failures are counted separately.
    """

    known: Instrumentation
    name: str
    bad: BadEvents

    @property
    def metrics(self) -> list[str]:
        if self.bad is BadEvents.SLOW:
            beside = [self.known.preset.native] if self.known.native_beside else []
            return [metric for metric in (self.known.histogram, *beside) if metric]
        return [self.known.preset.requests, *(counter.metric for counter in self.known.error_counters)]

    def selector(self, metric: str) -> str:
        extra = self.known.service_matchers(self.name)
        return selectors.selector(metric, self.known.matchers, self.known.preset.matchers, extra)

    @property
    def ignored(self) -> set[str]:
        """Labels that are the same everywhere, or contain the outcome of a request."""
        outcomes = {outcome.label for outcome in self.known.preset.outcome_labels}
        return {*STRUCTURE, *self.known.service_labels, *outcomes, *OUTCOME_LABELS}


class LabelCombinations:
    """Requests the events of a service by all of its labels.

    Args:
        client: sends queries. `threshold`: seconds; requests are slow beyond the bucket bound nearest to it.
        vocabulary: the words for outcomes.
    """

    def __init__(self, client: PooledClient, threshold: float, vocabulary: Vocabulary) -> None:
        self._client, self._threshold, self._vocabulary = client, threshold, vocabulary

    def answer(self, known: Instrumentation, name: str, bad: BadEvents, spans: Spans) -> CombinationsAnswer:
        """Events of two spans by the labels of a service.

        Args:
            known: the instrumentation that owns the service. `name`: of the service.
            bad: which events are bad. `spans`: the span to explain, and an earlier one.
        """
        service = _Service(known, name, bad)
        sizes = self._sizes(service, self._names(service, spans), spans)
        labels = self._labels(service, sizes, spans)
        others = {label: size for label, size in sizes.items() if label not in labels and size != 1}
        alone = [label for label, size in others.items() if 0 < size <= combined.COMBINATIONS_MAX][: combined.ALONE_MAX]
        results: list[QueryResult] = []
        tables = [self._table(service, by, spans, results) for by in (labels, *((label,) for label in alone))]
        return CombinationsAnswer(
            tables[0],
            tuple(_unused(label, size, alone) for label, size in others.items()),
            tuple(tables[1:]),
            costs=tuple(result.cost for result in results),
            partial=any(result.partial for result in results),
        )

    def _table(
        self, service: _Service, labels: tuple[str, ...], spans: Spans, results: list[QueryResult]
    ) -> Combinations:
        """Events of two spans by the values of labels.

        Args:
            service: the service. `labels`: names. `spans`: the span to explain, and an earlier one.
            results: collects the results of the queries.
        """
        every = [self._events(service, labels, end, spans.seconds, results) for end in spans.ends]
        keys = list(dict.fromkeys(key for events in every for key in events))
        counts = np.array([[events.get(key, (0.0, 0.0))[side] for key in keys] for events in every for side in (0, 1)])
        return Combinations.of(labels, keys, counts.reshape(4, len(keys)))

    def _labels(self, service: _Service, sizes: Mapping[str, int], spans: Spans) -> tuple[str, ...]:
        """The labels by which to distinguish events; `sizes`: label → number of its values."""
        # Labels with a single value come last: their absence on some series hardly ever explains anything.
        kept = sorted(sizes, key=lambda label: (sizes[label] == 1, sizes[label]))[:LABELS_MAX]
        while len(kept) > 1 and self._count(service, kept, spans) > combined.COMBINATIONS_MAX:
            kept.remove(max(kept, key=sizes.__getitem__))
        return tuple(kept)

    def _names(self, service: _Service, spans: Spans) -> list[str]:
        """Labels that all counters have, without those that do not describe requests."""
        begin = spans.ends[0] - spans.seconds
        try:
            of_each = [
                self._client.label_names([service.selector(metric)], begin, spans.end) for metric in service.metrics
            ]
        except (QueryRejected, SourceError) as error:
            if error.retryable:
                raise
            # Not every gateway supports this.
            of_each = [list(service.known.labels)]
        first, *others = of_each or [[]]
        return [label for label in first if label not in service.ignored and all(label in each for each in others)]

    def _sizes(self, service: _Service, labels: Sequence[str], spans: Spans) -> dict[str, int]:
        """Label → number of its values; 0 if unknown."""
        selected, begin = [service.selector(service.metrics[0])], spans.ends[0] - spans.seconds
        sizes = {}
        for label in labels:
            try:
                sizes[label] = len(self._client.label_values(label, selected, begin, spans.end))
            except SourceError as error:
                if error.retryable:
                    raise
                sizes[label] = 0
        return sizes

    def _count(self, service: _Service, labels: Sequence[str], spans: Spans) -> float:
        """The current number of combinations of the labels' values."""
        by = ", ".join(labels)
        query = f"count(group by ({by}) ({service.selector(service.metrics[0])}))"
        try:
            series = self._client.instant(query, spans.end, "combinations of labels").series
        except (QueryRejected, SourceTimeout):
            # If they cannot even be counted, there are too many.
            return float("inf")
        return float(series[0].value[1]) if series and series[0].value is not None else 0.0

    def _events(
        self, service: _Service, labels: tuple[str, ...], end: int, seconds: int, results: list[QueryResult]
    ) -> dict[Values, tuple[float, float]]:
        """Bad and valid events of one span by the values of labels.

        Args:
            service: the service. `labels`: names. `end`: epoch seconds. `seconds`: length of the span.
            results: collects the results of the queries.
        """
        queries = signal_queries.totals(service.known, seconds, service.name, labels, self._threshold)
        totals = Totals(labels, self._vocabulary)
        is_slow = service.bad is BadEvents.SLOW
        for query in queries:
            if (query.measure == "latency") is not is_slow:
                continue
            if query.native_bounds:
                results.append(self._native(service.known, query, end, totals))
            else:
                results.append(self._client.instant(query.promql, end, query.purpose))
                totals.add(query, results[-1].series)
        if is_slow:
            return {key: (totals.slow(key), valid) for key, valid in totals.timed.items()}
        # Separately counted failures may belong to requests that are not counted yet.
        keys = dict.fromkeys((*totals.requests, *totals.failed))
        return {key: (totals.failed.get(key, 0.0), totals.requests.get(key, 0.0)) for key in keys}

    def _native(self, known: Instrumentation, query: SignalQuery, end: int, totals: Totals) -> QueryResult:
        """Add native histograms.

        Args:
            known: their instrumentation. `query`: selects them. `end`: epoch seconds. `totals`: of the span.
        """
        grid = Grid(end, end, 1)
        result = self._client.range(query.promql, grid, query.purpose)
        limit = buckets.nearest_bound(known.finite_bounds, self._threshold)
        place = query.native_bounds.index(limit) if limit in query.native_bounds else 0
        for series in result.series:
            counts = np.nan_to_num(cumulative(series, query.native_bounds, grid))[:, 0] * query.scale
            totals.within[totals.values_of(series)] += float(counts[place])
            totals.timed[totals.values_of(series)] += float(counts[-1])
        return result


def _unused(label: str, size: int, alone: Sequence[str]) -> UnusedLabel:
    """The reason why a label is not combined with others.

    Args:
        label: its name. `size`: number of its values. `alone`: labels that are tried separately.
    """
    how, most = ALONE if label in alone else NOT_TRIED, combined.COMBINATIONS_MAX
    few = NOT_ASKED.format(most=LABELS_MAX, how=how)
    return UnusedLabel(label, TOO_MANY.format(values=size, most=most, how=how) if size > 1 else few)
