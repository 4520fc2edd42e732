"""Nobl9: SLOs of n9/v1alpha with metrics in PromQL.

https://docs.nobl9.com/yaml-guide/#slo
"""

from collections.abc import Iterable
from functools import partial

from dashboard.openslo.catalog import read_labels
from dashboard.openslo.converters.definition import Definition, read_query_text, warn_not_converted
from dashboard.openslo.diagnostics import excerpt, reject
from dashboard.openslo.duration_shorthand import MINUTE
from dashboard.openslo.indicator_reader import read_comparison, read_side
from dashboard.openslo.map_fields import Fields, read_text
from dashboard.openslo.objective_targets import read_objective
from dashboard.openslo.scope import Scope
from dashboard.openslo.slo_reader import slug
from dashboard.openslo.time_slices import read_method, read_slice_target
from dashboard.openslo.time_windows import read_window
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.indicators import Query, Ratio, Simple, Threshold
from dashboard.slo.objective import Method, Slo

_TOP = ("apiVersion", "kind", "metadata", "spec", "organization", "manifestSrc", "status")
_METADATA = ("name", "displayName", "project", "labels", "annotations")
_SPEC = ("description", "service", "budgetingMethod", "indicator", "objectives", "timeWindow", "alertPolicies",
         "attachments", "anomalyConfig", "composite", "createdAt", "createdBy", "updatedAt", "tier")  # fmt: skip
_OBJECTIVE = ("displayName", "name", "value", "op", "target", "timeSliceTarget", "countMetrics", "rawMetric",
              "primary", "composite", "weight")  # fmt: skip
_COUNTS = ("counter", "good", "bad", "total", "goodTotal")
_NOT_CONVERTED = ("attachments", "anomalyConfig", "createdAt", "createdBy", "updatedAt", "tier")
_ALERTS = "alert policies of Nobl9 are not converted: write AlertPolicies, else the default burn policy is used"
_COMPOSITE = "a composite of Nobl9 combines other SLOs: write an OpenSLO composite of their indicators"


def read_slos(node: Node, scope: Scope) -> Iterable[Slo]:
    """The SLOs of a document, one for each objective."""
    top = scope.fields(node, _TOP)
    metadata = scope.fields(top.required("metadata", "metadata: {name: …}"), _METADATA)
    spec = scope.fields(top.required("spec", "spec: {service: …, objectives: …}"), _SPEC)
    warn_not_converted(metadata, ("annotations",))
    _check_spec(spec)
    entries = [scope.fields(item, _OBJECTIVE) for item in spec.items("objectives")]
    if not entries:
        example = "objectives: [{target: 0.95, countMetrics: …}]"
        reject(spec.node, f"missing: write one objective, such as {example}", "objectives")
    several = len(entries) > 1
    readers = [partial(_read_slo, node, metadata, spec, entry, several=several, scope=scope) for entry in entries]
    slos = map(scope.diagnostics.attempt, readers)
    return [slo for slo in slos if slo is not None]


def _check_spec(spec: Fields) -> None:
    """Warn of fields that are not converted; reject composites."""
    warn_not_converted(spec, _NOT_CONVERTED)
    # The field may exist with an empty list.
    if spec.items("alertPolicies"):
        warn_not_converted(spec, ("alertPolicies",), _ALERTS)
    composite = spec.optional("composite")
    if composite is not None:
        reject(composite, _COMPOSITE)


def _read_slo(node: Node, metadata: Fields, spec: Fields, entry: Fields, *, several: bool, scope: Scope) -> Slo:
    name = read_text(metadata.required("name", "name: checkout-availability"), scope.diagnostics)
    method = read_method(spec, scope)
    indicator = _read_indicator(spec, entry, scope)
    titles = (metadata.text("displayName"), entry.text("displayName") if several else "")
    return Definition(
        read_text(spec.required("service", "service: checkout"), scope.diagnostics),
        f"{name}-{_objective_name(entry)}" if several else name,
        indicator,
        read_objective(entry),
        window=read_window(spec, scope),
        method=method,
        # Nobl9's slices are its points, one per minute.
        slice_s=0 if method is Method.OCCURRENCES else MINUTE,
        slice_target=read_slice_target(entry, indicator, scope) if method is Method.TIMESLICES else None,
        title=": ".join(filter(None, titles)),
        description=spec.text("description"),
        labels=_labels(metadata, scope),
    ).slo(node)


def _objective_name(entry: Fields) -> str:
    """The name of one of several objectives; without one, its position in the list."""
    return entry.text("name") or slug(entry.text("displayName")) or slug(entry.node.key.rpartition("objectives")[2])


def _labels(metadata: Fields, scope: Scope) -> dict[str, str]:
    """Labels, with the project as an additional one."""
    node = metadata.optional("labels")
    labels = read_labels(node, scope.diagnostics) if node is not None else {}
    project = metadata.text("project")
    return {**labels, "project": project} if project else labels


def _read_indicator(spec: Fields, entry: Fields, scope: Scope) -> Simple:
    composite, counts = entry.optional("composite"), entry.optional("countMetrics")
    if composite is not None:
        reject(composite, _COMPOSITE)
    if counts is not None:
        return _read_ratio(counts, scope)
    raw_metric = entry.optional("rawMetric") or _shared_raw_metric(spec)
    if raw_metric is None:
        reject(entry.node, "missing: write countMetrics with good and total, or rawMetric", "countMetrics")
    # Older files have the metric without `query` around it.
    fields = scope.fields(raw_metric, ("query",)) if "query" in raw_metric.fields else None
    query = Query(_read_promql(fields.required("query", "") if fields is not None else raw_metric, scope))
    op, limit = read_comparison(entry, scope)
    return Threshold(query, op, limit)


def _shared_raw_metric(spec: Fields) -> Node | None:
    """The raw metric of the whole SLO, as older files have it."""
    indicator = spec.optional("indicator")
    return indicator.fields.get("rawMetric") if indicator is not None else None


def _read_ratio(node: Node, scope: Scope) -> Ratio:
    fields = scope.fields(node, _COUNTS)
    single = fields.optional("goodTotal")
    if single is not None:
        reject(single, "OpenSLO has no single query for good and total events: write one for each")
    # Nobl9 calls a counter `incremental`; the reader renames it to `counter`.
    counter = fields.boolean("counter") or False
    side, is_good = read_side(fields)
    total = Query(_read_promql(fields.required("total", "total: {prometheus: {promql: …}}"), scope), counter)
    events = Query(_read_promql(side, scope), counter)
    return Ratio(total, good=events) if is_good else Ratio(total, bad=events)


def _read_promql(node: Node, scope: Scope) -> str:
    """The query of a metric, which Nobl9 stores under the type of its data source."""
    queries = [source.fields["promql"] for source in node.fields.values() if "promql" in source.fields]
    if len(queries) != 1:
        types = ", ".join(excerpt(name) for name in node.fields) or "nothing"
        reject(node, f"has {types}: only PromQL can be read, as prometheus: {{promql: …}}")
    return read_query_text(queries[0], scope.diagnostics)
