"""Pyrra: ServiceLevelObjective with one of the indicators ratio, latency, latencyNative and bool_gauge."""

import re
from collections.abc import Callable, Iterable

from dashboard.durations import parse_duration
from dashboard.openslo.alert_policies import NAMED
from dashboard.openslo.catalog import labels_of
from dashboard.openslo.converters.definition import RANGE, Promise, asked, left_out, query
from dashboard.openslo.diagnostics import refuse, shown
from dashboard.openslo.duration_shorthand import MINUTE, fixed
from dashboard.openslo.map_fields import Fields, raw, text
from dashboard.openslo.objective_targets import percent_in
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.indicators import Query, Ratio, Simple
from dashboard.slo.objective import Slo
from dashboard.slo.policy import Policy
from dashboard.slo.windows import Rolling

PREFIX = "pyrra.dev/"
_TOP = ("apiVersion", "kind", "metadata", "spec", "status")
_METADATA = ("name", "namespace", "labels", "annotations")
_SPEC = ("target", "window", "description", "indicator", "alerting", "latency", "partial_response_strategy",
         "performanceOverAccuracy")  # fmt: skip
_ALERTING = ("disabled", "burnrates", "absent", "name", "absentName", "burnRateType")
_SERVICE = re.compile(r'\b(?:service|job|app)\s*=\s*"([^"]+)"')
_LE = re.compile(r"\ble\s*=~?\s*[\"']")


def slos(node: Node, scope: Scope) -> Iterable[Slo]:
    """The objective of a document."""
    top = scope.fields(node, _TOP)
    metadata = scope.fields(top.required("metadata", "metadata: {name: …}"), _METADATA)
    spec = scope.fields(top.required("spec", "spec: {target: …, window: …, indicator: …}"), _SPEC)
    labels = _labels(metadata, scope)
    left_out(metadata, ("annotations",))
    left_out(spec, ("latency", "partial_response_strategy", "performanceOverAccuracy"))
    target = percent_in(_unquoted(spec.required("target", "target: '99.9'")), scope.diagnostics)
    seconds = fixed(spec.required("window", "window: 4w"), scope.diagnostics, example="4w")
    if seconds % MINUTE:
        refuse(spec.required("window", ""), "is no whole number of minutes: write for example 4w")
    indicator, total = _indicator(spec.required("indicator", "indicator: {ratio: …}"), scope)
    name = text(metadata.required("name", "name: checkout-errors"), scope.diagnostics)
    return [
        Promise(
            _service(labels, total, name, node, scope),
            name,
            indicator,
            target,
            window=Rolling(float(seconds)),
            description=spec.text("description"),
            policy=_policy(spec.optional("alerting"), scope),
            labels=labels,
        ).slo(node)
    ]


def _unquoted(node: Node) -> Node:
    """A number that its format wants in quotes, as if it had none."""
    return Node(node.file, node.line, node.key, node.content)


def _labels(metadata: Fields, scope: Scope) -> dict[str, str]:
    """Labels as they arrive in Pyrra's rules: without its prefix."""
    found = metadata.optional("labels")
    labels = labels_of(found, scope.diagnostics) if found is not None else {}
    return {key.removeprefix(PREFIX): value for key, value in labels.items()}


def _service(labels: dict[str, str], total: str, name: str, node: Node, scope: Scope) -> str:
    """Pyrra knows no services: a label says which, or the metric's labels, else the objective's own name."""
    if labels.get("service"):
        return labels["service"]
    matched = _SERVICE.search(total)
    service = matched[1] if matched else labels.get("app") or name
    scope.diagnostics.note(
        node, f"says no service: {shown(service)} is taken; the label pyrra.dev/service says it", "metadata"
    )
    return service


def _indicator(node: Node, scope: Scope) -> tuple[Simple, str]:
    """The indicator, and the query of all events."""
    fields = scope.fields(node, tuple(_READERS))
    names = [name for name in _READERS if name in fields]
    if len(names) != 1:
        refuse(node, f"holds {len(names)} indicators: write one of {', '.join(_READERS)}")
    return _READERS[names[0]](fields.required(names[0], ""), scope)


def _inner(node: Node, known: tuple[str, ...], scope: Scope) -> Fields:
    fields = scope.fields(node, (*known, "grouping"))
    if fields.items("grouping"):
        scope.diagnostics.note(
            fields.required("grouping", ""), "OpenSLO has no groups: one objective is made for all of them together"
        )
    return fields


def _metric(fields: Fields, name: str, scope: Scope) -> str:
    inner = scope.fields(fields.required(name, f"{name}: {{metric: http_requests_total}}"), ("metric",))
    return query(inner.required("metric", "metric: http_requests_total"), scope.diagnostics)


def _ratio(node: Node, scope: Scope) -> tuple[Simple, str]:
    fields = _inner(node, ("errors", "total"), scope)
    errors, total = _metric(fields, "errors", scope), _metric(fields, "total", scope)
    return Ratio(_sum(total), bad=_sum(errors)), total


def _latency(node: Node, scope: Scope) -> tuple[Simple, str]:
    fields = _inner(node, ("success", "total"), scope)
    success, total = _metric(fields, "success", scope), _metric(fields, "total", scope)
    if not _LE.search(success):
        where = fields.required("success", "")
        refuse(where, 'sums all buckets, which tells nothing: write the bound of one, such as le="0.5"', "metric")
    return Ratio(_sum(total), good=_sum(success)), total


def _native(node: Node, scope: Scope) -> tuple[Simple, str]:
    """Of a native histogram: its count, and the part of it within the bound."""
    fields = _inner(node, ("total", "latency"), scope)
    total = _metric(fields, "total", scope)
    seconds = _seconds(fields.required("latency", "latency: 200ms"))
    rate = f"sum(rate({total}[{RANGE}]))"
    within = asked(f"histogram_fraction(0, {seconds:g}, {rate}) * histogram_count({rate})")
    return Ratio(asked(f"histogram_count({rate})"), good=within), total


def _seconds(node: Node) -> float:
    try:
        return parse_duration(raw(node)[:20])
    except ValueError:
        refuse(node, f"{shown(raw(node))} is no duration: write for example 200ms")


def _gauge(node: Node, scope: Scope) -> tuple[Simple, str]:
    """Of a gauge that is 1 or 0: its samples, and those that are 1."""
    fields = _inner(node, ("metric",), scope)
    metric = query(fields.required("metric", 'metric: up{job="api"}'), scope.diagnostics)
    return Ratio(Query(f"count({metric})"), good=Query(f"sum({metric})")), metric


def _sum(metric: str) -> Query:
    return Query(f"sum({metric})", counter=True)


_READERS: dict[str, Callable[[Node, Scope], tuple[Simple, str]]] = {
    "ratio": _ratio,
    "latency": _latency,
    "latencyNative": _native,
    "bool_gauge": _gauge,
    "boolGauge": _gauge,
}


def _policy(node: Node | None, scope: Scope) -> Policy | None:
    """No policy where alerts are switched off; else the usual one, since Pyrra's rows follow from no field."""
    if node is None:
        return None
    fields = scope.fields(node, _ALERTING)
    left_out(fields, ("absent", "name", "absentName", "burnRateType"))
    off = fields.flag("disabled") or fields.flag("burnrates") is False
    return NAMED["none"] if off else None
