"""Converts an indicator to an SLI's spec in OpenSLO v1.

https://github.com/OpenSLO/OpenSLO/tree/main#sli
"""

from dashboard.openslo.metric_sources import BOUNDED
from dashboard.openslo.yaml_output import YamlMap
from dashboard.slo.indicators import Column, Query, Ratio, Raw, Simple, Term, Threshold


def indicator_spec(indicator: Simple, service: str) -> YamlMap:
    """The spec of an SLI; `service`: that of the SLO, which is not repeated."""
    match indicator:
        case Threshold(value):
            return {"thresholdMetric": _metric(value, service, counter=False)}
        case Raw(ratio, success):
            counter = isinstance(ratio, Query) and ratio.counter
            raw_type = "success" if success else "failure"
            raw = _metric(ratio, service, counter=counter)
            return {"ratioMetric": {"counter": counter, "rawType": raw_type, "raw": raw}}
        case Ratio():
            return {"ratioMetric": _ratio(indicator, service)}


def _ratio(ratio: Ratio, service: str) -> YamlMap:
    sides = {"good": ratio.good, "bad": ratio.bad, "total": ratio.valid}
    counters = {term.counter for term in sides.values() if isinstance(term, Query)}
    # Columns are counts. If queries differ, each states its own kind, since OpenSLO has one field for all of them.
    counter = counters != {False} and len(counters) < 2
    metrics = {name: _metric(term, service, counter=counter) for name, term in sides.items() if term is not None}
    return {"counter": counter, **metrics}


def _metric(term: Term, service: str, *, counter: bool) -> YamlMap:
    if isinstance(term, Column):
        return {"metricSource": {"type": "signals", "spec": _column(term, service)}}
    spec: YamlMap = {"query": term.text}
    if term.counter != counter:
        spec["counter"] = term.counter
    return {"metricSource": {"type": "Prometheus", "spec": spec}}


def _column(column: Column, service: str) -> YamlMap:
    spec: YamlMap = {"service": column.service} if column.service != service else {}
    spec["measure"] = column.measure
    if column.measure in BOUNDED and column.detail != "inf":
        spec["le"] = float(column.detail)
    elif column.measure not in BOUNDED and column.detail:
        spec["detail"] = column.detail
    return spec
