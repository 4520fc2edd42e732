"""A column of a service as PromQL for users: counters without a range, gauges unchanged."""

from collections.abc import Iterable

from dashboard import buckets
from dashboard.exceptions import SourceError
from dashboard.slo.indicators import Column
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.outcome_matchers import failed_matchers, outcome_matchers
from dashboard.sources.prometheus.presets.preset import ErrorCounter, Outcome
from dashboard.sources.prometheus.search.offers import RATE_SCRAPES


def expression(instrumentations: Iterable[Instrumentation], column: Column) -> str:
    """The PromQL of a column.

    Raises:
        SourceError: there is no service of that name, or it does not have this column.
    """
    instrumentation = next((each for each in instrumentations if column.service in each.owned), None)
    if instrumentation is None:
        raise SourceError(f"no service {column.service!r} was found")
    promql = _promql(instrumentation, column)
    if promql is None:
        wanted = f"{column.measure} {column.detail}".strip()
        raise SourceError(f"{instrumentation.preset.name} does not tell {wanted} of {column.service!r}")
    return promql


def _promql(instrumentation: Instrumentation, column: Column) -> str | None:
    preset, extra = instrumentation.preset, instrumentation.service_matchers(column.service)
    match column.measure:
        case "requests" | "age" if preset.requests:
            selector = _selector(instrumentation, column, preset.requests)
            if column.measure == "age":
                return f"time() - max(timestamp({selector}))"
            return f"sum({_probes(selector)})" if preset.probe else _requests(instrumentation, column)
        case "errors" if preset.requests:
            return _errors(instrumentation, column.detail, extra)
        case "latency" | "failed_latency" if instrumentation.histogram:
            return _bucket(instrumentation, column)
        case "saturation" | "usage":
            return _resource(instrumentation, column)
    return None


def _selector(instrumentation: Instrumentation, column: Column, metric: str, *parts: str) -> str:
    extra = instrumentation.service_matchers(column.service)
    return selectors.selector(metric, instrumentation.matchers, instrumentation.preset.matchers, extra, *parts)


def _sum(instrumentation: Instrumentation, selector: str) -> str:
    return f"sum(histogram_count({selector}))" if instrumentation.preset.counts_by_native else f"sum({selector})"


def _requests(instrumentation: Instrumentation, column: Column) -> str:
    """All requests, including separately counted failures."""
    preset = instrumentation.preset
    apart = [counter.metric for counter in instrumentation.error_counters if counter.apart]
    sums = (f" + (sum({_selector(instrumentation, column, metric)}) or vector(0))" for metric in apart)
    return _sum(instrumentation, _selector(instrumentation, column, preset.requests)) + "".join(sums)


def _bucket(instrumentation: Instrumentation, column: Column) -> str | None:
    texts = [text for text, bound in instrumentation.bounds if buckets.bound_text(bound) == column.detail]
    matchers = outcome_matchers(instrumentation, column.measure)
    if not texts or not matchers:
        return None
    le = "" if instrumentation.native else selectors.le_matcher(texts)
    each = (_selector(instrumentation, column, instrumentation.histogram, le, matcher) for matcher in matchers)
    selected = " or ".join(each)
    return _native(selected, texts[0]) if instrumentation.native else f"sum({selected})"


def _native(selector: str, bound: str) -> str:
    count = f"histogram_count(sum({selector}))"
    if bound == "+Inf":
        return count
    # The fraction of an empty histogram is NaN, which would make every sum over hours NaN.
    return f"(histogram_fraction(-Inf, {bound}, sum({selector})) >= 0 or vector(0)) * {count}"


def _resource(instrumentation: Instrumentation, column: Column) -> str | None:
    window = RATE_SCRAPES * instrumentation.scrape_interval
    extra = instrumentation.service_matchers(column.service)
    for resource in instrumentation.resources:
        if (resource.resource.measure, resource.name) == (column.measure, column.detail):
            return instrumentation.resource_query(resource, window, extra)
    return None


def _probes(selector: str, *, failed: bool = False) -> str:
    """The samples of a gauge, each of which is a request; the caller chooses the range."""
    every = f"count_over_time({selector}[1m])"
    return f"{every} - sum_over_time({selector}[1m])" if failed else every


def _errors(instrumentation: Instrumentation, detail: str, extra: str) -> str | None:
    """Failed requests; None if they cannot be distinguished.

    Args:
        instrumentation: of the requests.
        detail: `server` or `client`: the side of the fault.
        extra: further matchers, each followed by a comma.
    """
    preset = instrumentation.preset
    base = (instrumentation.matchers, preset.matchers, extra)
    if preset.probe:
        return (
            f"sum({_probes(selectors.selector(preset.requests, *base), failed=True)})" if detail == "server" else None
        )
    if instrumentation.error_counters:
        counters = [_of_counter(counter, detail, base) for counter in instrumentation.error_counters]
    elif instrumentation.outcome is not None:
        outcomes = (instrumentation.outcome, *instrumentation.outcomes_beside)
        counters = [_failed_selectors(preset.requests, outcomes, detail, base)]
    else:
        counters = []
    sums = [_sum(instrumentation, " or ".join(each)) for each in counters if each]
    # A counter that never counted may not exist; the others still count.
    return " + ".join(f"({each} or vector(0))" for each in sums) if len(sums) > 1 else next(iter(sums), None)


def _of_counter(counter: ErrorCounter, detail: str, base: tuple[str, ...]) -> list[str]:
    if counter.outcome is None:
        return [selectors.selector(counter.metric, *base)] if counter.fault == detail else []
    return _failed_selectors(counter.metric, counter.outcomes, detail, base)


def _failed_selectors(metric: str, outcomes: Iterable[Outcome], detail: str, base: tuple[str, ...]) -> list[str]:
    """Disjoint selectors of failed requests.

    Args:
        metric: their counter. `outcomes`: its labels, with their patterns.
        detail: `server` or `client`: the side of the fault.
        base: matchers.
    """
    return [selectors.selector(metric, *base, matcher) for matcher in failed_matchers(outcomes, detail)]
