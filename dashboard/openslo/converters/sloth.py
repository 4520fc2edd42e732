"""Sloth: its own specification (`version: prometheus/v1`) and its Kubernetes resource, PrometheusServiceLevel."""

from collections.abc import Iterable, Mapping
from functools import partial

from dashboard.openslo.alert_policies import NAMED
from dashboard.openslo.catalog import labels_of
from dashboard.openslo.converters.definition import Promise, asked, left_out, query
from dashboard.openslo.diagnostics import refuse
from dashboard.openslo.map_fields import Fields, text
from dashboard.openslo.objective_targets import percent_in
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


def slos(node: Node, scope: Scope) -> Iterable[Slo]:
    """The objectives of a document, named by service and name as Sloth does."""
    fields = _top(node, scope)
    service = text(fields.required("service", "service: checkout"), scope.diagnostics)
    shared = fields.optional("labels")
    labels = labels_of(shared, scope.diagnostics) if shared is not None else {}
    left_out(fields, ("slo_plugins", "sloPlugins"))
    scope.diagnostics.note(fields.node, "says no window: 30 days are taken, which Sloth takes unless told otherwise")
    made = [scope.diagnostics.attempt(partial(_slo, one, service, labels, scope)) for one in fields.items("slos")]
    return [one for one in made if one is not None]


def _top(node: Node, scope: Scope) -> Fields:
    if "slos" in node.fields:
        return scope.fields(node, _TOP)
    resource = scope.fields(node, _RESOURCE)
    return scope.fields(resource.required("spec", "spec: {service: …, slos: …}"), _TOP)


def _slo(node: Node, service: str, labels: Mapping[str, str], scope: Scope) -> Slo:
    fields = scope.fields(node, _SLO)
    name = text(fields.required("name", "name: requests-availability"), scope.diagnostics)
    objective = percent_in(fields.required("objective", "objective: 99.9"), scope.diagnostics)
    left_out(fields, ("plugins",))
    own = fields.optional("labels")
    indicator = _indicator(fields.required("sli", "sli: {events: …}"), scope)
    ready = isinstance(indicator, Raw)
    return Promise(
        service,
        f"{service}-{name}",
        indicator,
        objective,
        method=Method.RATIO_TIMESLICES if ready else Method.OCCURRENCES,
        slice_s=SLICE if ready else 0,
        description=fields.text("description"),
        policy=_policy(fields.optional("alerting"), scope),
        labels={**labels, **(labels_of(own, scope.diagnostics) if own is not None else {})},
    ).slo(node)


def _indicator(node: Node, scope: Scope) -> Simple:
    fields = scope.fields(node, _SLI)
    plugin, events, raw = (fields.optional(name) for name in ("plugin", "events", "raw"))
    if plugin is not None:
        refuse(plugin, "is made by a plugin of Sloth: write the queries that it makes as events, then convert again")
    if events is not None and raw is not None:
        refuse(raw, "there are events beside it: leave one of them out")
    if events is not None:
        found = scope.fields(events, _EVENTS)
        total = _either(found, "total_query", "totalQuery", scope)
        return Ratio(asked(total), bad=asked(_either(found, "error_query", "errorQuery", scope)))
    if raw is None:
        refuse(node, "missing: write events with error_query and total_query", "events")
    scope.diagnostics.note(raw, "a ratio has no counts: each five minutes of it count alike, as Sloth's period does")
    return Raw(Query(_either(scope.fields(raw, _RAW), "error_ratio_query", "errorRatioQuery", scope)), success=False)


def _either(fields: Fields, plain: str, resource: str, scope: Scope) -> str:
    """A query as the specification spells it, or as the Kubernetes resource does."""
    found = fields.optional(resource) or fields.required(
        plain, f"{plain}: sum(rate(http_requests_total[{{{{.window}}}}]))"
    )
    return query(found, scope.diagnostics)


def _policy(node: Node | None, scope: Scope) -> Policy | None:
    """The usual policy without the severities that are disabled; None where none is."""
    if node is None:
        return None
    fields = scope.fields(node, _ALERTING)
    told = [name for name in ("name", "labels", "annotations") if name in fields]
    disabled = set()
    for severity in SEVERITIES:
        alert = fields.optional(f"{severity}_alert") or fields.optional(f"{severity}Alert")
        inner = scope.fields(alert, _ALERT) if alert is not None else None
        if inner is not None and inner.flag("disable"):
            disabled.add(severity)
        told += [name for name in ("labels", "annotations") if inner is not None and name in inner]
    if told:
        scope.diagnostics.note(
            node, "names, labels and annotations of alerts have no place in OpenSLO and are left out"
        )
    return _without(disabled)


def _without(disabled: set[str]) -> Policy | None:
    if not disabled:
        return None
    rows = tuple(row for row in WORKBOOK.rows if row.severity not in disabled)
    return Policy(f"{rows[0].severity}-only", rows) if rows else NAMED["none"]
