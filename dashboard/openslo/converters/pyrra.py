"""Pyrra: ServiceLevelObjective with an indicator of type ratio, latency, latencyNative or bool_gauge.

https://github.com/pyrra-dev/pyrra/blob/main/kubernetes/api/v1alpha1/servicelevelobjective_types.go
"""

import re
from collections.abc import Callable, Iterable

from dashboard.durations import parse_duration
from dashboard.openslo.alert_policies import NAMED
from dashboard.openslo.catalog import read_labels
from dashboard.openslo.converters.definition import (
    RANGE,
    Definition,
    query_with_ranges,
    read_query_text,
    warn_not_converted,
)
from dashboard.openslo.diagnostics import excerpt, reject
from dashboard.openslo.duration_shorthand import MINUTE, read_seconds
from dashboard.openslo.map_fields import Fields, read_text, scalar_text
from dashboard.openslo.objective_targets import read_percent
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
_OF_SAMPLES = ("count_over_time", "sum_over_time")
_LE = re.compile(r"\ble\s*=~?\s*[\"']")


def read_slos(node: Node, scope: Scope) -> Iterable[Slo]:
    """The SLO of a document."""
    top = scope.fields(node, _TOP)
    metadata = scope.fields(top.required("metadata", "metadata: {name: …}"), _METADATA)
    spec = scope.fields(top.required("spec", "spec: {target: …, window: …, indicator: …}"), _SPEC)
    labels = _read_labels(metadata, scope)
    warn_not_converted(metadata, ("annotations",))
    warn_not_converted(spec, ("latency", "partial_response_strategy", "performanceOverAccuracy"))
    objective = read_percent(_unquoted(spec.required("target", "target: '99.9'")), scope.diagnostics)
    window = _read_window(spec.required("window", "window: 4w"), scope)
    indicator, total = _read_indicator(spec.required("indicator", "indicator: {ratio: …}"), scope)
    name = read_text(metadata.required("name", "name: checkout-errors"), scope.diagnostics)
    service = _service(labels, total, name)
    if not labels.get("service"):
        what = f"has no service: {excerpt(service)} is used; the label pyrra.dev/service sets it"
        scope.diagnostics.warn(node, what, "metadata")
    return [
        Definition(
            service,
            name,
            indicator,
            objective,
            window=window,
            description=spec.text("description"),
            policy=_read_policy(spec.optional("alerting"), scope),
            labels=labels,
        ).slo(node)
    ]


def _unquoted(node: Node) -> Node:
    """A number without the quotes that its format requires."""
    return Node(node.file, node.line, node.key, node.content)


def _read_window(node: Node, scope: Scope) -> Rolling:
    seconds = read_seconds(node, scope.diagnostics, example="4w")
    if seconds % MINUTE:
        reject(node, "is not a whole number of minutes: write for example 4w")
    return Rolling(float(seconds))


def _read_labels(metadata: Fields, scope: Scope) -> dict[str, str]:
    """Labels as in Pyrra's rules, without its prefix."""
    node = metadata.optional("labels")
    labels = read_labels(node, scope.diagnostics) if node is not None else {}
    return {key.removeprefix(PREFIX): value for key, value in labels.items()}


def _service(labels: dict[str, str], total: str, name: str) -> str:
    """The service, from a label or a label of the metric, otherwise the SLO's name: Pyrra has no services."""
    if labels.get("service"):
        return labels["service"]
    match = _SERVICE.search(total)
    return match[1] if match else labels.get("app") or name


def _read_indicator(node: Node, scope: Scope) -> tuple[Simple, str]:
    """The indicator, and the query of valid events."""
    fields = scope.fields(node, tuple(_READERS))
    names = [name for name in _READERS if name in fields]
    if len(names) != 1:
        reject(node, f"has {len(names)} indicators: write one of {', '.join(_READERS)}")
    return _READERS[names[0]](fields.required(names[0], ""), scope)


def _indicator_fields(node: Node, known: tuple[str, ...], scope: Scope) -> Fields:
    fields = scope.fields(node, (*known, "grouping"))
    # Groups would be SLOs that are only known once the metric is queried.
    if fields.items("grouping"):
        what = "OpenSLO has no groups: one SLO is made for all of them together"
        scope.diagnostics.warn(fields.required("grouping", ""), what)
    return fields


def _read_metric(fields: Fields, name: str, scope: Scope) -> str:
    metric = scope.fields(fields.required(name, f"{name}: {{metric: http_requests_total}}"), ("metric",))
    return read_query_text(metric.required("metric", "metric: http_requests_total"), scope.diagnostics)


def _read_ratio(node: Node, scope: Scope) -> tuple[Simple, str]:
    fields = _indicator_fields(node, ("errors", "total"), scope)
    errors, total = _read_metric(fields, "errors", scope), _read_metric(fields, "total", scope)
    return Ratio(_sum(total), bad=_sum(errors)), total


def _read_latency(node: Node, scope: Scope) -> tuple[Simple, str]:
    fields = _indicator_fields(node, ("success", "total"), scope)
    success, total = _read_metric(fields, "success", scope), _read_metric(fields, "total", scope)
    # All buckets together count each request several times.
    if not _LE.search(success):
        what = 'sums all buckets, so that no request is too slow: write the bound of one, such as le="0.5"'
        reject(fields.required("success", ""), what, "metric")
    return Ratio(_sum(total), good=_sum(success)), total


def _read_native_latency(node: Node, scope: Scope) -> tuple[Simple, str]:
    """For a native histogram: its count, and the part of it within the bound."""
    fields = _indicator_fields(node, ("total", "latency"), scope)
    total = _read_metric(fields, "total", scope)
    seconds = _read_bound(fields.required("latency", "latency: 200ms"))
    # A native histogram is a counter, too: its increase is used.
    rate = f"sum(rate({total}[{RANGE}]))"
    within = query_with_ranges(f"histogram_fraction(0, {seconds:g}, {rate}) * histogram_count({rate})")
    return Ratio(query_with_ranges(f"histogram_count({rate})"), good=within), total


def _read_bound(node: Node) -> float:
    text = scalar_text(node)
    try:
        # Longer texts are not valid durations.
        return parse_duration(text[:20])
    except ValueError:
        reject(node, f"{excerpt(text)} is not a duration: write for example 200ms")


def _read_gauge(node: Node, scope: Scope) -> tuple[Simple, str]:
    """For a gauge that is 1 or 0: its samples, and those that are 1, each counted as in Pyrra."""
    fields = _indicator_fields(node, ("metric",), scope)
    metric = read_query_text(fields.required("metric", 'metric: up{job="api"}'), scope.diagnostics)
    # Occasional queries of a gauge would miss changes in between.
    valid, good = (Query(f"sum({function}({metric}[{RANGE}]))", counter=True) for function in _OF_SAMPLES)
    return Ratio(valid, good=good), metric


def _sum(metric: str) -> Query:
    return Query(f"sum({metric})", counter=True)


_READERS: dict[str, Callable[[Node, Scope], tuple[Simple, str]]] = {
    "ratio": _read_ratio,
    "latency": _read_latency,
    "latencyNative": _read_native_latency,
    # Also spelled like Kubernetes' own fields.
    "bool_gauge": _read_gauge,
    "boolGauge": _read_gauge,
}


def _read_policy(node: Node | None, scope: Scope) -> Policy | None:
    """No alerts if they are disabled; otherwise the default policy, since Pyrra has no field for burn rates."""
    if node is None:
        return None
    fields = scope.fields(node, _ALERTING)
    warn_not_converted(fields, ("absent", "name", "absentName", "burnRateType"))
    disabled = fields.boolean("disabled") or fields.boolean("burnrates") is False
    return NAMED["none"] if disabled else None
