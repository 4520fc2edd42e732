"""A column of a service as PromQL that anybody can ask: counters without a range, gauges as they are."""

from collections.abc import Iterable

from dashboard import buckets
from dashboard.exceptions import SourceError
from dashboard.slo.indicators import Column
from dashboard.sources.prometheus import selectors, signal_queries
from dashboard.sources.prometheus.discovery import Found

# Rates inside of a resource are taken over so many scrapes.
SCRAPES = 4


def expression(found: Iterable[Found], column: Column) -> str:
    """How a column is counted.

    Raises:
        SourceError: no service of that name was found, or nothing that tells this of it.
    """
    one = next((one for one in found if column.service in one.owned), None)
    if one is None:
        raise SourceError(f"no service {column.service!r} was found")
    text = _text(one, column)
    if text is None:
        told = f"{column.measure} {column.detail}".strip()
        raise SourceError(f"{one.preset.name} does not tell {told} of {column.service!r}")
    return text


def _text(one: Found, column: Column) -> str | None:
    base = (one.match, one.preset.matchers, one.place(column.service))
    match column.measure:
        case "requests" | "age" if one.preset.requests:
            selected = selectors.selector(one.preset.requests, *base)
            return _sum(one, selected) if column.measure == "requests" else f"time() - max(timestamp({selected}))"
        case "errors" if one.preset.requests:
            failing = signal_queries.failing(one, column.detail, *base)
            return None if failing is None else _sum(one, failing)
        case "latency" | "failed_latency" if one.histogram:
            return _bucket(one, column, *base)
        case "saturation" | "usage":
            return _resource(one, column)
    return None


def _sum(one: Found, selected: str) -> str:
    return f"sum(histogram_count({selected}))" if one.preset.natively_counted else f"sum({selected})"


def _bucket(one: Found, column: Column, *base: str) -> str | None:
    texts = [text for text, bound in one.bounds if buckets.bound_text(bound) == column.detail]
    outcome = signal_queries.outcome(one, column.measure)
    if not texts or outcome is None:
        return None
    if one.native:
        return _native(selectors.selector(one.histogram, *base, outcome), texts[0])
    return f"sum({selectors.selector(one.histogram, *base, selectors.buckets(texts), outcome)})"


def _native(selected: str, bound: str) -> str:
    count = f"histogram_count(sum({selected}))"
    if bound == "+Inf":
        return count
    # A share of nothing is no number, and would make none of every sum over hours.
    return f"(histogram_fraction(-Inf, {bound}, sum({selected})) >= 0 or vector(0)) * {count}"


def _resource(one: Found, column: Column) -> str | None:
    for resource in one.saturation:
        if (resource.name, resource.unit == "ratio") == (column.detail, column.measure == "saturation"):
            return one.resource_query(resource, SCRAPES * one.scrape, one.place(column.service))
    return None
