"""PromQL for latency: classic and native histograms, or means without them."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard import buckets
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.outcome_matchers import outcome_matchers
from dashboard.sources.prometheus.instrumentation.selectors import Growth
from dashboard.sources.prometheus.queries.query_scope import QueryScope
from dashboard.sources.prometheus.queries.signal_query import SignalQuery


def counted_bounds(instrumentation: Instrumentation, threshold: float, limits: Sequence[float]) -> list[str]:
    """`le` as written of the bounds at which latency is counted, including that of all requests.

    Args:
        instrumentation: has the bounds. `threshold`: seconds; counted at the bound nearest to it.
        limits: seconds; also counted at their bounds.
    """
    finite = instrumentation.finite_bounds
    wanted = {buckets.nearest_bound(finite, threshold), *(buckets.counting_bound(finite, limit) for limit in limits)}
    return [text for text, bound in instrumentation.bounds if bound in wanted or bound == float("inf")]


def latencies(scope: QueryScope, measures: Sequence[str], texts: Sequence[str] = ()) -> list[SignalQuery]:
    """Queries of the requests up to each bound of a histogram.

    Args:
        scope: how to read series. `measures`: `latency`, of successful requests, and `failed_latency`.
        texts: restrict to bounds in this spelling; empty: all.
    """
    if not scope.instrumentation.bounds:
        return []
    if scope.instrumentation.mixed_bounds and not texts:
        texts = [text for text, _ in scope.instrumentation.bounds]
    matchers = {measure: outcome_matchers(scope.instrumentation, measure) for measure in measures}
    return [query for measure, every in matchers.items() if every for query in _latency(scope, measure, texts, every)]


def _latency(scope: QueryScope, measure: str, texts: Sequence[str], matchers: Sequence[str]) -> list[SignalQuery]:
    instrumentation = scope.instrumentation
    purpose = f"{'failed ' if measure == 'failed_latency' else ''}latency buckets"
    natives: list[SignalQuery] = []
    if instrumentation.native or instrumentation.native_beside:
        bounds = [(text, bound) for text, bound in instrumentation.bounds if not texts or text in texts]
        each = [scope.selector(instrumentation.preset.native, matcher) for matcher in matchers]
        natives = _native_latency(scope, SignalQuery(purpose, "", scope.by, measure), each, bounds)
    if instrumentation.native:
        return natives
    le = selectors.le_matcher(texts) if texts else ""
    each = [scope.selector(instrumentation.histogram, matcher, le) for matcher in matchers]
    promql = selectors.summed(scope.function, each, (*scope.by, "le"))
    query = SignalQuery(
        purpose,
        promql,
        scope.by,
        measure,
        "le",
        scale=instrumentation.preset.scale,
        without_failed=measure == "latency" and any(matchers),
    )
    return [query, *natives]


def _native_latency(
    scope: QueryScope, query: SignalQuery, selected: Sequence[str], bounds: Sequence[tuple[str, float]]
) -> list[SignalQuery]:
    """For new events, a query for each bound; for a rate or an increase, one for all bounds.

    Args:
        query: without its PromQL. `selected`: selectors of native histograms. `bounds`: texts and seconds.
    """
    function, instrumentation = scope.function, scope.instrumentation
    classic = scope.selector(instrumentation.preset.bucket) if instrumentation.native_beside else ""
    if isinstance(function, Growth):
        return [
            replace(
                query,
                promql=selectors.summed_below(function, selected, scope.by, text, classic),
                detail=buckets.bound_text(bound),
            )
            for text, bound in bounds
        ]
    # Not every server can scale a histogram, so its counts are scaled on arrival.
    promql = selectors.merged(function, selected, scope.by, classic)
    native_bounds = tuple(bound for _, bound in bounds)
    return [replace(query, promql=promql, scale=function.scale, native_bounds=native_bounds)]


def mean_latency(scope: QueryScope) -> list[SignalQuery]:
    """The query of the mean, if it exists and there is no histogram."""
    instrumentation, mean = scope.instrumentation, scope.instrumentation.preset.mean
    if mean is None:
        return []
    if mean.gauge:
        # The preset's matchers apply to its counters; a gauge may lack their labels.
        selector = selectors.selector(mean.gauge, instrumentation.matchers, scope.extra)
        promql = f"avg by ({', '.join(scope.by)}) ({selector})"
    else:
        metrics = (mean.sum, mean.count)
        total, count = (selectors.summed(scope.function, scope.selector(metric), scope.by) for metric in metrics)
        promql = f"{total} / {count}"
    return [SignalQuery("mean latency", promql, scope.by, "mean", scale=mean.scale, essential=False)]
