"""A column of a service as PromQL that anybody can ask: counters without a range, gauges as they are."""

from collections.abc import Iterable

from dashboard import buckets
from dashboard.exceptions import SourceError
from dashboard.promql import quoted
from dashboard.slo.indicators import Column
from dashboard.sources.prometheus import selectors, signal_queries
from dashboard.sources.prometheus.discovery import RATE_SCRAPES
from dashboard.sources.prometheus.instrumentation import Instrumentation


def expression(instrumentations: Iterable[Instrumentation], column: Column) -> str:
    """How a column is counted.

    Raises:
        SourceError: no service of that name was found, or nothing that tells this of it.
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
            return _sum(instrumentation, selector)
        case "errors" if preset.requests:
            failed = _failed_selectors(instrumentation, column.detail, extra)
            return _sum(instrumentation, " or ".join(failed)) if failed else None
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


def _bucket(instrumentation: Instrumentation, column: Column) -> str | None:
    texts = [text for text, bound in instrumentation.bounds if buckets.bound_text(bound) == column.detail]
    outcome = signal_queries.outcome_matcher(instrumentation, column.measure)
    if not texts or outcome is None:
        return None
    if instrumentation.native:
        return _native(_selector(instrumentation, column, instrumentation.histogram, outcome), texts[0])
    le = selectors.le_matcher(texts)
    return f"sum({_selector(instrumentation, column, instrumentation.histogram, le, outcome)})"


def _native(selector: str, bound: str) -> str:
    count = f"histogram_count(sum({selector}))"
    if bound == "+Inf":
        return count
    # A share of nothing is no number, and would make none of every sum over hours.
    return f"(histogram_fraction(-Inf, {bound}, sum({selector})) >= 0 or vector(0)) * {count}"


def _resource(instrumentation: Instrumentation, column: Column) -> str | None:
    window = RATE_SCRAPES * instrumentation.scrape_interval
    extra = instrumentation.service_matchers(column.service)
    for resource in instrumentation.resources:
        if (resource.resource.measure, resource.name) == (column.measure, column.detail):
            return instrumentation.resource_query(resource, window, extra)
    return None


def _failed_selectors(instrumentation: Instrumentation, detail: str, extra: str = "") -> list[str]:
    """The selectors of failed requests, which no two select at once; none where failures cannot be told.

    Args:
        instrumentation: whose requests.
        detail: `server` or `client`: whose fault it was.
        extra: more matchers, each followed by a comma.
    """
    preset = instrumentation.preset
    if instrumentation.outcome is None:
        return []
    base = (instrumentation.matchers, preset.matchers, extra)
    queries, excluded = [], ""
    for outcome in (instrumentation.outcome, *instrumentation.outcomes_beside):
        pattern = {"server": outcome.failed, "client": outcome.refused}.get(detail)
        if pattern:
            matcher = f"{excluded}{outcome.label}=~{quoted(pattern)}"
            queries.append(selectors.selector(preset.outcome_metric, *base, matcher))
        # What this label calls a failure of either side is not looked at by the next.
        settled = "|".join(filter(None, (outcome.failed, outcome.refused)))
        excluded += f"{outcome.label}!~{quoted(settled)}," if settled else ""
    return queries
