"""From an indicator to an SLI's spec in OpenSLO v1."""

from typing import Any

from dashboard.openslo.metric_sources import BOUNDED
from dashboard.slo.indicators import Column, Query, Ratio, Raw, Simple, Term, Threshold

Fields = dict[str, Any]


def indicator_spec(indicator: Simple, service: str) -> Fields:
    """The spec of an SLI; `service`: that of the SLO, which need not be named again."""
    match indicator:
        case Threshold(value):
            return {"thresholdMetric": _metric(value, service, counter=False)}
        case Raw(ratio, success):
            counter = isinstance(ratio, Query) and ratio.counter
            kind = "success" if success else "failure"
            return {
                "ratioMetric": {"counter": counter, "rawType": kind, "raw": _metric(ratio, service, counter=counter)}
            }
        case Ratio(valid, good, bad):
            return {"ratioMetric": _ratio(valid, good, bad, service)}


def _ratio(valid: Term, good: Term | None, bad: Term | None, service: str) -> Fields:
    sides = {"good": good, "bad": bad, "total": valid}
    counters = {term.counter for term in sides.values() if isinstance(term, Query)}
    # Columns are counts. Queries that differ say so themselves, since OpenSLO has one word for all of them.
    counter = counters != {False} and len(counters) < 2
    made: Fields = {"counter": counter}
    made |= {name: _metric(term, service, counter=counter) for name, term in sides.items() if term is not None}
    return made


def _metric(term: Term, service: str, *, counter: bool) -> Fields:
    if isinstance(term, Column):
        return {"metricSource": {"type": "signals", "spec": _column(term, service)}}
    spec: Fields = {"query": term.text}
    if term.counter != counter:
        spec["counter"] = term.counter
    return {"metricSource": {"type": "Prometheus", "spec": spec}}


def _column(column: Column, service: str) -> Fields:
    made: Fields = {"service": column.service} if column.service != service else {}
    made["measure"] = column.measure
    if column.measure in BOUNDED and column.detail != "inf":
        made["le"] = float(column.detail)
    elif column.measure not in BOUNDED and column.detail:
        made["detail"] = column.detail
    return made
