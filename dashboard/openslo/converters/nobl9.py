"""Nobl9: SLOs of n9/v1alpha whose metrics are PromQL."""

from collections.abc import Iterable
from functools import partial

from dashboard.openslo.catalog import labels_of
from dashboard.openslo.converters.definition import Promise, left_out, query
from dashboard.openslo.diagnostics import refuse, shown
from dashboard.openslo.duration_shorthand import MINUTE
from dashboard.openslo.indicator_reader import OPS, STRICT_OPS
from dashboard.openslo.map_fields import Fields, chosen, text
from dashboard.openslo.objective_targets import objective_of
from dashboard.openslo.scope import Scope
from dashboard.openslo.slo_reader import slug
from dashboard.openslo.time_slices import method_of, wanted_of
from dashboard.openslo.time_windows import window
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.indicators import Op, Query, Ratio, Simple, Threshold
from dashboard.slo.objective import Method, Slo

_TOP = ("apiVersion", "kind", "metadata", "spec", "organization", "manifestSrc", "status")
_METADATA = ("name", "displayName", "project", "labels", "annotations")
_SPEC = ("description", "service", "budgetingMethod", "indicator", "objectives", "timeWindow", "alertPolicies",
         "attachments", "anomalyConfig", "composite", "createdAt", "createdBy", "updatedAt", "tier")  # fmt: skip
_OBJECTIVE = ("displayName", "name", "value", "op", "target", "timeSliceTarget", "countMetrics", "rawMetric",
              "primary", "composite", "weight")  # fmt: skip
_COUNTS = ("counter", "good", "bad", "total", "goodTotal")
_LEFT = ("attachments", "anomalyConfig", "createdAt", "createdBy", "updatedAt", "tier")
_ALERTS = "Nobl9's alert policies are not carried over: write AlertPolicies, else the usual burn rules hold"


def slos(node: Node, scope: Scope) -> Iterable[Slo]:
    """The objectives of a document, one for each of its own."""
    top = scope.fields(node, _TOP)
    metadata = scope.fields(top.required("metadata", "metadata: {name: …}"), _METADATA)
    spec = scope.fields(top.required("spec", "spec: {service: …, objectives: …}"), _SPEC)
    left_out(metadata, ("annotations",))
    left_out(spec, _LEFT)
    if spec.items("alertPolicies"):
        left_out(spec, ("alertPolicies",), _ALERTS)
    composite = spec.optional("composite")
    if composite is not None:
        refuse(composite, "a composite of Nobl9 weighs other SLOs: write an OpenSLO composite of their indicators")
    entries = [scope.fields(one, _OBJECTIVE) for one in spec.items("objectives")]
    if not entries:
        refuse(
            spec.node,
            "missing: write one objective, such as objectives: [{target: 0.95, countMetrics: …}]",
            "objectives",
        )
    makers = [partial(_slo, node, metadata, spec, one, several=len(entries) > 1, scope=scope) for one in entries]
    return [made for maker in makers if (made := scope.diagnostics.attempt(maker)) is not None]


def _slo(node: Node, metadata: Fields, spec: Fields, one: Fields, *, several: bool, scope: Scope) -> Slo:
    name = text(metadata.required("name", "name: checkout-availability"), scope.diagnostics)
    called = one.text("name") or slug(one.text("displayName")) or slug(one.node.key.rpartition("objectives")[2])
    method = method_of(spec, scope)
    indicator = _indicator(spec, one, scope)
    sliced = method is not Method.OCCURRENCES
    titles = (metadata.text("displayName"), one.text("displayName") if several else "")
    return Promise(
        text(spec.required("service", "service: checkout"), scope.diagnostics),
        f"{name}-{called}" if several else name,
        indicator,
        objective_of(one),
        window=window(spec, scope),
        method=method,
        # Nobl9's slices are its points, one a minute.
        slice_s=MINUTE if sliced else 0,
        slice_target=wanted_of(one, indicator, scope) if method is Method.TIMESLICES else None,
        title=": ".join(title for title in titles if title),
        description=spec.text("description"),
        labels=_labels(metadata, scope),
    ).slo(node)


def _labels(metadata: Fields, scope: Scope) -> dict[str, str]:
    found = metadata.optional("labels")
    labels = labels_of(found, scope.diagnostics) if found is not None else {}
    project = metadata.text("project")
    return {**labels, "project": project} if project else labels


def _indicator(spec: Fields, one: Fields, scope: Scope) -> Simple:
    composite, counts = one.optional("composite"), one.optional("countMetrics")
    if composite is not None:
        refuse(composite, "a composite of Nobl9 weighs other SLOs: write an OpenSLO composite of their indicators")
    if counts is not None:
        return _ratio(counts, scope)
    raw = one.optional("rawMetric") or _elder(spec, scope)
    if raw is None:
        refuse(one.node, "missing: write countMetrics with good and total, or rawMetric", "countMetrics")
    fields = scope.fields(raw, ("query",)) if "query" in raw.fields else None
    promql = _promql(fields.required("query", "") if fields is not None else raw, scope)
    op = Op(chosen(one.required("op", "op: lte"), OPS, scope.diagnostics, strict=STRICT_OPS))
    limit = one.number("value", "0.3")
    if limit is None:
        refuse(one.node, "missing: write the limit that the value keeps, such as value: 0.3", "value")
    return Threshold(Query(promql), op, limit)


def _elder(spec: Fields, scope: Scope) -> Node | None:
    """The raw metric of the whole SLO, as Nobl9 wrote it once."""
    indicator = spec.optional("indicator")
    return indicator.fields.get("rawMetric") if indicator is not None else None


def _ratio(node: Node, scope: Scope) -> Ratio:
    fields = scope.fields(node, _COUNTS)
    single = fields.optional("goodTotal")
    if single is not None:
        refuse(single, "one query for good and total events cannot be said in OpenSLO: write one for each")
    counter = fields.flag("counter") or False
    good, bad = fields.optional("good"), fields.optional("bad")
    if good is not None and bad is not None:
        refuse(bad, "there are good events beside it, and total: leave good or bad out")
    side = good or bad
    if side is None:
        refuse(node, "missing: write good or bad beside total", "good")
    total = Query(_promql(fields.required("total", "total: {prometheus: {promql: …}}"), scope), counter)
    counted = Query(_promql(side, scope), counter)
    return Ratio(total, good=counted) if good is not None else Ratio(total, bad=counted)


def _promql(node: Node, scope: Scope) -> str:
    """The query of a metric, which Nobl9 files under its data source."""
    found = [(name, inner.fields["promql"]) for name, inner in node.fields.items() if "promql" in inner.fields]
    if len(found) != 1:
        known = ", ".join(shown(name) for name in node.fields) or "nothing"
        refuse(node, f"holds {known}: only PromQL can be read, as prometheus: {{promql: …}}")
    return query(found[0][1], scope.diagnostics)
