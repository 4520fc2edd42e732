"""Sloth: its own specification (`version: prometheus/v1`) and its Kubernetes resource, PrometheusServiceLevel.

https://sloth.dev/specs/default/v1/ · https://sloth.dev/specs/kubernetes/prometheus-service-level/
"""

from collections.abc import Iterable, Mapping
from functools import partial

from dashboard.openslo.alert_policies import NAMED
from dashboard.openslo.catalog import read_labels
from dashboard.openslo.converters.definition import (
    Definition,
    query_with_ranges,
    read_query_text,
    warn_not_converted,
)
from dashboard.openslo.diagnostics import reject
from dashboard.openslo.map_fields import Fields, read_text
from dashboard.openslo.objective_targets import read_percent
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.indicators import Query, Ratio, Raw, Simple
from dashboard.slo.objective import SLICE, Method, Slo
from dashboard.slo.policy import SEVERITIES, WORKBOOK, Policy

_RESOURCE = ("apiVersion", "kind", "metadata", "spec", "status")
_TOP = ("version", "service", "labels", "slos", "slo_plugins", "sloPlugins")
_SLO = ("name", "objective", "description", "labels", "sli", "alerting", "plugins")
_SLI = ("events", "raw", "plugin")
_EVENTS = ("error_query", "total_query", "errorQuery", "totalQuery")
_RAW = ("error_ratio_query", "errorRatioQuery")
_ALERTING = ("name", "labels", "annotations", "page_alert", "ticket_alert", "pageAlert", "ticketAlert")
_ALERT = ("disable", "labels", "annotations")


def read_slos(node: Node, scope: Scope) -> Iterable[Slo]:
    """The SLOs of a document, named after service and name, as in Sloth."""
    fields = _top_fields(node, scope)
    service = read_text(fields.required("service", "service: checkout"), scope.diagnostics)
    label_node = fields.optional("labels")
    labels = read_labels(label_node, scope.diagnostics) if label_node is not None else {}
    warn_not_converted(fields, ("slo_plugins", "sloPlugins"))
    scope.diagnostics.warn(fields.node, "has no window: read as 30 days, Sloth's default")
    readers = [partial(_read_slo, item, service, labels, scope) for item in fields.items("slos")]
    slos = map(scope.diagnostics.attempt, readers)
    return [slo for slo in slos if slo is not None]


def _top_fields(node: Node, scope: Scope) -> Fields:
    if "slos" in node.fields:
        return scope.fields(node, _TOP)
    resource = scope.fields(node, _RESOURCE)
    return scope.fields(resource.required("spec", "spec: {service: …, slos: …}"), _TOP)


def _read_slo(node: Node, service: str, shared_labels: Mapping[str, str], scope: Scope) -> Slo:
    fields = scope.fields(node, _SLO)
    name = read_text(fields.required("name", "name: requests-availability"), scope.diagnostics)
    objective = read_percent(fields.required("objective", "objective: 99.9"), scope.diagnostics)
    warn_not_converted(fields, ("plugins",))
    labels = fields.optional("labels")
    indicator = _read_indicator(fields.required("sli", "sli: {events: …}"), scope)
    # Ratios without counts have equal weights, however much traffic is behind each.
    is_raw = isinstance(indicator, Raw)
    return Definition(
        service,
        f"{service}-{name}",
        indicator,
        objective,
        method=Method.RATIO_TIMESLICES if is_raw else Method.OCCURRENCES,
        slice_s=SLICE if is_raw else 0,
        description=fields.text("description"),
        policy=_read_policy(fields.optional("alerting"), scope),
        labels={**shared_labels, **(read_labels(labels, scope.diagnostics) if labels is not None else {})},
    ).slo(node)


def _read_indicator(node: Node, scope: Scope) -> Simple:
    fields = scope.fields(node, _SLI)
    plugin, events, raw = (fields.optional(name) for name in ("plugin", "events", "raw"))
    # Plugins are Go programs: their effect cannot be read from the file.
    if plugin is not None:
        reject(plugin, "is made by a plugin of Sloth: write the queries that it makes as events, then convert again")
    if events is not None and raw is not None:
        reject(raw, "there are also events: remove one of them")
    if events is not None:
        return _read_events(events, scope)
    if raw is None:
        reject(node, "missing: write events with error_query and total_query", "events")
    scope.diagnostics.warn(raw, "a ratio has no counts: every five minutes count alike, as in Sloth's own rules")
    return Raw(
        Query(_read_query(scope.fields(raw, _RAW), "error_ratio_query", "errorRatioQuery", scope)), success=False
    )


def _read_events(node: Node, scope: Scope) -> Ratio:
    fields = scope.fields(node, _EVENTS)
    total = _read_query(fields, "total_query", "totalQuery", scope)
    bad = _read_query(fields, "error_query", "errorQuery", scope)
    return Ratio(query_with_ranges(total), bad=query_with_ranges(bad))


def _read_query(fields: Fields, name: str, resource_name: str, scope: Scope) -> str:
    """A query, under its name in the specification or in the Kubernetes resource."""
    example = f"{name}: sum(rate(http_requests_total[{{{{.window}}}}]))"
    return read_query_text(fields.optional(resource_name) or fields.required(name, example), scope.diagnostics)


def _read_policy(node: Node | None, scope: Scope) -> Policy | None:
    """The default policy without the disabled severities; None if all are disabled."""
    if node is None:
        return None
    fields = scope.fields(node, _ALERTING)
    alerts = _alert_fields(fields, scope)
    disabled = {severity for severity, alert in alerts.items() if alert.boolean("disable")}
    if any(map(_has_texts, (fields, *alerts.values()))):
        what = "names, labels and annotations of alerts have no place in OpenSLO and are not converted"
        scope.diagnostics.warn(node, what)
    return _policy_without(disabled)


def _alert_fields(fields: Fields, scope: Scope) -> dict[str, Fields]:
    """The fields of each defined alert, by severity."""
    alerts = {}
    for severity in SEVERITIES:
        node = fields.optional(f"{severity}_alert") or fields.optional(f"{severity}Alert")
        if node is not None:
            alerts[severity] = scope.fields(node, _ALERT)
    return alerts


def _has_texts(fields: Fields) -> bool:
    return any(name in fields for name in ("name", "labels", "annotations"))


def _policy_without(disabled: set[str]) -> Policy | None:
    # No policy of its own: the SLO uses the default one, even if that changes.
    if not disabled:
        return None
    rows = tuple(row for row in WORKBOOK.rows if row.severity not in disabled)
    return Policy(f"{rows[0].severity}-only", rows) if rows else NAMED["none"]
