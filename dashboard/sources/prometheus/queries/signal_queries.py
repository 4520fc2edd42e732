"""PromQL for the signals of an instrumentation, and the columns of the answers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dashboard.promql import quoted
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.selectors import Growth, RangeFunction
from dashboard.sources.prometheus.presets.preset import Outcome
from dashboard.sources.prometheus.queries.latency_queries import counted_bounds, latencies, mean_latency
from dashboard.sources.prometheus.queries.query_scope import QueryScope
from dashboard.sources.prometheus.queries.signal_query import SignalQuery
from dashboard.sources.prometheus.search.offers import RATE_SCRAPES
from dashboard.timerange import HOUR

# Seconds between checks whether anything was scraped, equal to the server's look-back.
COVERAGE_STEP = 300


def rates(
    instrumentation: Instrumentation,
    step: int,
    service: str | None = None,
    label: str | None = None,
    values: Sequence[str] = (),
) -> list[SignalQuery]:
    """Queries of all signals on a grid; the rate window is four scrapes or the step, whichever is longer.

    Args:
        instrumentation: the instrumentation.
        step: seconds between two points of the grid.
        service: restrict to this one; None: all.
        label: break down by its values, without resources. `values`: restrict to these values; empty: all.
    """
    if service is not None and service not in instrumentation.owned:
        return []
    window = rate_window(instrumentation, step)
    extra = instrumentation.service_matchers(service) if service is not None else ""
    by = (label,) if label else instrumentation.service_labels
    extra += f"{label}=~{quoted(selectors.any_of(values))}," if values else ""
    scope = QueryScope(instrumentation, RangeFunction("rate", window), by, extra)
    queries = _requests(scope, ("server", "client")) if instrumentation.preset.requests else []
    # A breakdown does not show the latency of failures.
    queries += latencies(scope, ("latency",) if label else ("latency", "failed_latency"))
    if instrumentation.preset.requests and not instrumentation.bounds:
        queries += mean_latency(scope)
    # In a breakdown, the label's values replace the service names, and resources do not have that label.
    return queries if label is not None else _with_services(instrumentation, [*queries, *_resources(scope)])


def rate_window(instrumentation: Instrumentation, step: int) -> float:
    """Seconds over which rates are taken on a grid: four scrapes or the step, whichever is longer."""
    return max(RATE_SCRAPES * instrumentation.scrape_interval, step)


def increases(
    instrumentation: Instrumentation,
    step: int,
    threshold: float,
    limits: Sequence[float] = (),
    *,
    extrapolates: bool = True,
) -> list[SignalQuery]:
    """Queries of the events of each step: requests, server errors, and latency at some bounds and in total.

    Args:
        instrumentation: the instrumentation; without results if a step is too short for two of its scrapes.
        step: seconds.
        threshold: seconds; latency is counted at the bound nearest to it.
        limits: seconds; latency is also counted at their bounds.
        extrapolates: the server extrapolates, so a window must begin where the previous one ended.
    """
    interval = instrumentation.scrape_interval
    if not instrumentation.preset.requests or step < 2 * interval:
        return []
    overlap = selectors.window_overlap(step, interval) if extrapolates else 0.0
    queries = _events(instrumentation, RangeFunction("increase", step, overlap), threshold, limits)
    if step == HOUR and 2 * interval <= COVERAGE_STEP:
        queries.append(_coverage(instrumentation))
    return _with_services(instrumentation, queries)


def bucket_increases(
    instrumentation: Instrumentation, step: int, service: str | None = None, *, extrapolates: bool = True
) -> list[SignalQuery]:
    """Queries of the successful requests of each step at all bounds of the buckets.

    Args:
        instrumentation: the instrumentation; without results if a step is too short for two of its scrapes. `step`:
            seconds. `service`: restrict to this one.
        extrapolates: the server extrapolates, so a window must begin where the previous one ended.
    """
    interval = instrumentation.scrape_interval
    if step < 2 * interval or (service is not None and service not in instrumentation.owned):
        return []
    overlap = selectors.window_overlap(step, interval) if extrapolates else 0.0
    extra = instrumentation.service_matchers(service) if service is not None else ""
    function = RangeFunction("increase", step, overlap)
    scope = QueryScope(instrumentation, function, instrumentation.service_labels, extra)
    return _with_services(instrumentation, latencies(scope, ("latency",)))


def differences(
    instrumentation: Instrumentation, step: int, threshold: float, limits: Sequence[float] = ()
) -> list[SignalQuery]:
    """Queries of the events found by the scrapes in each step, however short it is.

    Args:
        instrumentation: the instrumentation. `step`: seconds.
        threshold: seconds; latency is counted at the bound nearest to it.
        limits: seconds; latency is also counted at their bounds.
    """
    if not instrumentation.preset.requests:
        return []
    function = Growth.over(step, instrumentation.scrape_interval)
    return _with_services(instrumentation, _events(instrumentation, function, threshold, limits))


def _events(
    instrumentation: Instrumentation, function: RangeFunction, threshold: float, limits: Sequence[float]
) -> list[SignalQuery]:
    scope = QueryScope(instrumentation, function, instrumentation.service_labels)
    # Only server faults count against an objective.
    queries = _requests(scope, ("server",))
    return queries + latencies(scope, ("latency",), counted_bounds(instrumentation, threshold, limits))


def totals(
    instrumentation: Instrumentation, span: int, service: str, labels: tuple[str, ...], threshold: float
) -> list[SignalQuery]:
    """Queries of the events of a whole span by the values of labels: requests, failures, latency at a threshold.

    Args:
        instrumentation: the instrumentation. `span`: seconds. `service`: its name. `labels`: some of its labels.
        threshold: seconds; latency is counted at the bound nearest to it.
    """
    if service not in instrumentation.owned:
        return []
    matchers = instrumentation.service_matchers(service)
    scope = QueryScope(instrumentation, RangeFunction("increase", span), labels, matchers)
    queries = _requests(scope, ("server",))
    return queries + latencies(scope, ("latency",), counted_bounds(instrumentation, threshold, ()))


def united(queries: Iterable[SignalQuery]) -> list[SignalQuery]:
    """The queries without duplicates, as services that differ in other traits share some of them."""
    services: dict[SignalQuery, dict[tuple[str, ...], str] | None] = {}
    for query in queries:
        alone = replace(query, services=None)
        if query.services is None:
            services[alone] = None
        else:
            services[alone] = {**(services.get(alone) or {}), **query.services}
    return [replace(query, services=of) for query, of in services.items()]


def _requests(scope: QueryScope, classes: Sequence[str]) -> list[SignalQuery]:
    """Requests by the labels with their outcome, and the separate counter of failures if there is one.

    Args:
        classes: of requested errors: `server`, `client`.
    """
    preset = scope.instrumentation.preset
    if preset.probe:
        return _probes(scope)
    queries = [_by_outcome(scope, "requests", preset.requests, preset.outcomes, classes)]
    if scope.instrumentation.native_beside and preset.counts_by_classic:
        queries.append(_by_outcome(scope, "requests", preset.native, preset.outcomes, classes))
    # Use the preset's labels, since the patterns of those on the server only contain observed words.
    here = {counter.metric for counter in scope.instrumentation.error_counters}
    for counter in preset.error_counters:
        if counter.metric in here and counter.apart:
            queries.append(_by_outcome(scope, "requests", counter.metric, (), ()))
        of_side = counter.outcomes or counter.fault in classes
        if counter.metric in here and of_side:
            faults = classes if counter.outcomes else (counter.fault,)
            queries.append(_by_outcome(scope, "errors", counter.metric, counter.outcomes, faults))
    return queries


def _probes(scope: QueryScope) -> list[SignalQuery]:
    """Each sample of a gauge is a request, which failed if it is 0."""
    selected = scope.selector(scope.instrumentation.preset.requests)
    # Prometheus 2 includes both ends of a range, but each sample must be counted in one step only.
    window = f"{round(scope.function.seconds * 1000) - 1}ms"
    every, passed = (f"{name}_over_time({selected}[{window}])" for name in ("count", "sum"))
    by = f"sum by ({', '.join(scope.by)})"
    per_s = f" / {scope.function.seconds:g}" if scope.function.name == "rate" else ""
    return [
        SignalQuery("requests", f"{by} ({every}){per_s}", scope.by, "requests"),
        SignalQuery("errors", f"{by} ({every} - {passed}){per_s}", scope.by, "errors", "server", classes=("server",)),
    ]


def _by_outcome(
    scope: QueryScope, measure: str, metric: str, outcomes: tuple[Outcome, ...], classes: Sequence[str]
) -> SignalQuery:
    preset = scope.instrumentation.preset
    native = metric == preset.native
    classic = scope.selector(preset.requests) if native and preset.counts_by_classic else ""
    labels = tuple(outcome.label for outcome in outcomes if outcome.label not in scope.by)
    promql = selectors.summed(
        scope.function, scope.selector(metric), (*scope.by, *labels), native=native, classic=classic
    )
    if measure == "requests":
        counted = tuple(classes) if outcomes else ()
        return SignalQuery(measure, promql, scope.by, measure, outcomes=outcomes, classes=counted)
    # Without a label, all of them are of one side.
    detail = "" if outcomes else classes[0]
    return SignalQuery(measure, promql, scope.by, measure, detail, outcomes=outcomes, classes=tuple(classes))


def _resources(scope: QueryScope) -> list[SignalQuery]:
    queries = []
    for resource in scope.instrumentation.resources:
        promql = scope.instrumentation.resource_query(resource, scope.function.seconds, scope.extra)
        measure = resource.resource.measure
        queries.append(SignalQuery(resource.name, promql, scope.by, measure, resource.name, essential=False))
    return queries


def _coverage(instrumentation: Instrumentation) -> SignalQuery:
    """Seconds of an hour in which any instance was scraped, checked every few minutes: replaced ones leave no gap.

    Prometheus 2 includes both ends of a range, so one second less contains the same number of times on each server.
    """
    preset, by = instrumentation.preset, instrumentation.service_labels
    selector = selectors.selector(preset.requests, instrumentation.matchers, preset.matchers)
    scraped = f"group by ({', '.join(by)}) ({selector})"
    promql = f"count_over_time(({scraped})[{HOUR - 1}s:{COVERAGE_STEP}s]) * {COVERAGE_STEP}"
    return SignalQuery("time measured", promql, by, "measured", essential=False)


def _with_services(instrumentation: Instrumentation, queries: Sequence[SignalQuery]) -> list[SignalQuery]:
    services = {values: name for name, values in instrumentation.services.items() if name in instrumentation.owned}
    return [replace(query, services=services) for query in queries]
