"""Infers the kind of an indicator in one word, and its bound, if the file does not state them."""

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
            return _threshold_kind(value)
        case Ratio(valid, good, bad):
            return _ratio_kind(valid, good or bad)


def _threshold_kind(term: Term) -> str:
    return _KINDS.get(term.measure, "threshold") if isinstance(term, Column) else "threshold"


def _ratio_kind(valid: Term, side: Term | None) -> str:
    # All requests may be counted by a histogram's `_count` or widest bucket, whatever the SLI measures.
    if _is_bounded(valid) or _is_bounded(side) or _counts_bucket(side):
        return "latency"
    # What a query counts is unknown; columns count requests and failures.
    return "availability" if isinstance(valid, Column) and isinstance(side, Column) else "ratio"


def _is_bounded(term: Term | None) -> bool:
    return isinstance(term, Column) and term.measure in BOUNDED


def _counts_bucket(term: Term | None) -> bool:
    return isinstance(term, Query) and _HISTOGRAM.search(term.text) is not None


def infer_limit(indicator: Indicator) -> float | None:
    """The bound of good events, in the indicator's unit; None without one, or with several."""
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
    # If a query contains several bounds, none can be drawn as a line.
    bounds = {parse_number(label or fraction) for label, fraction in _BOUND.findall(term.text)}
    return bounds.pop() if len(bounds) == 1 else None
