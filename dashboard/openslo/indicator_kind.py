"""What an indicator tells, in one word, and the bound it keeps, where nobody says so."""

import re

from dashboard.openslo.metric_sources import BOUNDED
from dashboard.openslo.yaml_nodes import number_in
from dashboard.slo.indicators import Column, Composite, Indicator, Query, Ratio, Raw, Term, Threshold

_KINDS = {"saturation": "saturation", "usage": "saturation", "age": "freshness", "quantile": "latency",
          "mean": "latency"}  # fmt: skip
_BUCKET = re.compile(r"_bucket\b|\ble\s*=|\bhistogram_fraction\b")
_BOUND = re.compile(r"""\ble\s*=~?\s*["']([^"']*)["']|\bhistogram_fraction\(\s*0\s*,\s*([0-9.]+)\s*,""")


def kind_of(indicator: Indicator) -> str:
    """One word, such as availability or latency."""
    match indicator:
        case Composite():
            return "composite"
        case Raw():
            return "ratio"
        case Threshold(value):
            return _KINDS.get(value.measure, "threshold") if isinstance(value, Column) else "threshold"
        case Ratio(valid, good, bad):
            return _kind_of_ratio([term for term in (valid, good, bad) if term is not None])


def _kind_of_ratio(terms: list[Term]) -> str:
    columns = [term for term in terms if isinstance(term, Column)]
    if any(term.measure in BOUNDED for term in columns):
        return "latency"
    if any(isinstance(term, Query) and _BUCKET.search(term.text) for term in terms[1:]):
        return "latency"
    return "availability" if len(columns) == len(terms) else "ratio"


def limit_of(indicator: Indicator) -> float | None:
    """The bound that good events keep: of a threshold, of the latency column, or of the bucket in a query."""
    match indicator:
        case Threshold():
            return indicator.limit
        case Ratio(_, good, bad):
            side = good if good is not None else bad
            return _bound_of(side) if side is not None else None
        case _:
            return None


def _bound_of(term: Term) -> float | None:
    if isinstance(term, Column):
        return number_in(term.detail) if term.measure in BOUNDED else None
    bounds = {number_in(label or fraction) for label, fraction in _BOUND.findall(term.text)}
    return bounds.pop() if len(bounds) == 1 else None
