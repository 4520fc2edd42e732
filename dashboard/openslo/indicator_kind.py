"""The kind of an indicator in one word, and the bound that it keeps, where the file names neither."""

import re

from dashboard.openslo.metric_sources import BOUNDED
from dashboard.openslo.yaml_nodes import parse_number
from dashboard.slo.indicators import Column, Composite, Indicator, Query, Ratio, Raw, Term, Threshold

_KINDS = {"saturation": "saturation", "usage": "saturation", "age": "freshness", "quantile": "latency",
          "mean": "latency"}  # fmt: skip
_HISTOGRAM = re.compile(r"_bucket\b|\ble\s*=|\bhistogram_fraction\b")
_BOUND = re.compile(r"""\ble\s*=~?\s*["']([^"']*)["']|\bhistogram_fraction\(\s*0\s*,\s*([0-9.]+)\s*,""")


def infer_kind(indicator: Indicator) -> str:
    """One word, such as availability or latency."""
    match indicator:
        case Composite():
            return "composite"
        case Raw():
            return "ratio"
        case Threshold(value):
            return _KINDS.get(value.measure, "threshold") if isinstance(value, Column) else "threshold"
        case Ratio(valid, good, bad):
            return _ratio_kind([term for term in (valid, good, bad) if term is not None])


def _ratio_kind(terms: list[Term]) -> str:
    columns = [term for term in terms if isinstance(term, Column)]
    if any(term.measure in BOUNDED for term in columns):
        return "latency"
    if any(isinstance(term, Query) and _HISTOGRAM.search(term.text) for term in terms[1:]):
        return "latency"
    return "availability" if len(columns) == len(terms) else "ratio"


def infer_limit(indicator: Indicator) -> float | None:
    """The bound that good events keep, in the indicator's unit; None without one, or with several."""
    match indicator:
        case Threshold():
            return indicator.limit
        case Ratio(_, good, bad):
            side = good if good is not None else bad
            return _latency_bound(side) if side is not None else None
        case _:
            return None


def _latency_bound(term: Term) -> float | None:
    if isinstance(term, Column):
        return parse_number(term.detail) if term.measure in BOUNDED else None
    bounds = {parse_number(label or fraction) for label, fraction in _BOUND.findall(term.text)}
    return bounds.pop() if len(bounds) == 1 else None
