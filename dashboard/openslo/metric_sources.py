"""Converts a metricSource to a term: a query, or a column that every source has.

https://github.com/OpenSLO/OpenSLO/tree/main#sli
"""

from dataclasses import dataclass

from dashboard import buckets
from dashboard.durations import parse_duration
from dashboard.openslo.diagnostics import Diagnostics, excerpt, reject, suggestion
from dashboard.openslo.map_fields import Fields, read_text, scalar_text
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_nodes import Node, parse_number
from dashboard.slo.indicators import Column, Query, Term

# Types with PromQL queries, in lower case without separators.
PROMETHEUS = ("prometheus", "amazonprometheus", "azureprometheus", "thanos", "mimir", "cortex", "victoriametrics")
# Types with a column: defined by this product, not by OpenSLO.
COLUMNS = ("signals", "csv")
# Measures, grouped by the meaning of their detail.
COUNTS = ("requests", "errors", "latency", "failed_latency")
BOUNDED = ("latency", "failed_latency")
RESOURCES = ("saturation", "usage")
WITHOUT_DETAIL = ("requests", "mean", "age")
MEASURES = (*COUNTS, *RESOURCES, "quantile", "mean", "age")


@dataclass(frozen=True, slots=True)
class _MetricSource:
    """The parts of a metric source; `type` in lower case, empty if missing."""

    node: Node
    type: str
    spec: Node | None


def read_term(node: Node, scope: Scope, *, counter: bool) -> Term:
    """The term of a metric source.

    Args:
        node: the map that contains it, such as `total`.
        scope: the reading context.
        counter: whether its query is a counter, unless it states that itself.
    """
    source = _read_source(node, scope)
    spec = source.spec
    if spec is None:
        remedy = "write what to query, such as spec: {query: 'sum(http_requests_total)'}"
        reject(source.node, f"missing: {remedy}", "spec")
    if source.type in COLUMNS:
        return read_column(spec, scope)
    if not source.type and "measure" in spec.fields:
        scope.diagnostics.warn(source.node, "missing: read as signals, write that", "type")
        return read_column(spec, scope)
    return _read_query(source, spec, scope, counter=counter)


def _read_source(node: Node, scope: Scope) -> _MetricSource:
    """The parts of a metric source in any version of its format."""
    # Inside `metricSource` the version is clear; next to it, unknown keys get their usual warning.
    names = set() if "metricSource" in node.fields else set(node.fields)
    if "source" in names or "query" in names:
        _warn_of_version(node, scope, "v1alpha")
        return _source_of_v1alpha(node, scope)
    if "spec" in names:
        _warn_of_version(node, scope, "v2alpha")
        return _source_of_v2alpha(node, scope)
    fields = scope.fields(node, ("metricSource",))
    return _source_of_v1(fields.required("metricSource", "metricSource: {type: Prometheus, spec: {query: …}}"), scope)


def _warn_of_version(node: Node, scope: Scope, version: str) -> None:
    if scope.is_v1:
        what = f"has the shape of openslo/{version} and is read as that: openslo/v1 puts it under metricSource"
        scope.diagnostics.warn(node, what)


def _source_of_v1(node: Node, scope: Scope) -> _MetricSource:
    fields = scope.fields(node, ("metricSourceRef", "type", "spec"))
    kind = _source_type(fields.text("type"), fields.optional("metricSourceRef"), scope)
    return _MetricSource(node, kind, fields.optional("spec"))


def _source_of_v2alpha(node: Node, scope: Scope) -> _MetricSource:
    fields = scope.fields(node, ("metricSourceRef", "dataSourceSpec", "spec"))
    inline = fields.optional("dataSourceSpec")
    own_type = scope.fields(inline, ("type", "description", "connectionDetails")).text("type") if inline else ""
    return _MetricSource(
        node, _source_type(own_type, fields.optional("metricSourceRef"), scope), fields.optional("spec")
    )


def _source_of_v1alpha(node: Node, scope: Scope) -> _MetricSource:
    fields = scope.fields(node, ("source", "queryType", "query"))
    query = {"query": node.fields["query"]} if "query" in node.fields else {}
    return _MetricSource(node, fields.text("source").lower(), Node(node.file, node.line, node.key, query))


def _source_type(own_type: str, reference: Node | None, scope: Scope) -> str:
    """The type of a source; its own type takes precedence over that of the data source it refers to."""
    if reference is None:
        return own_type.lower()
    name, names = scalar_text(reference), scope.catalog.names("DataSource")
    # With its own type, the source can be queried anyway.
    if own_type and name not in names:
        what = f"there is no DataSource {excerpt(name)} in these files{suggestion(name, names)}"
        scope.diagnostics.warn(reference, what)
        return own_type.lower()
    return _combined_type(own_type, reference, scope)


def _combined_type(own_type: str, reference: Node, scope: Scope) -> str:
    spec = scope.catalog.resolve("DataSource", reference).node.fields.get("spec")
    referred = spec.word("type") if spec is not None else ""
    if own_type and referred and own_type.lower() != referred.lower():
        what = f"the DataSource is of type {excerpt(referred)}, but {excerpt(own_type)} is used"
        scope.diagnostics.warn(reference, what)
    return (own_type or referred).lower()


def _read_query(source: _MetricSource, spec: Node, scope: Scope, *, counter: bool) -> Query:
    """A query; if its type is unknown it is read as PromQL, with a warning."""
    fields = scope.fields(spec, ("query", "promql", "counter"))
    node = _query_node(fields)
    if node is None:
        of_type = f" of type {excerpt(source.type)}" if source.type else ""
        what = f"a source{of_type} cannot be queried: write query with PromQL, or type: signals with a measure"
        reject(spec, what, "query")
    if source.type and source.type.replace("-", "").replace("_", "") not in PROMETHEUS:
        scope.diagnostics.warn(node, f"the type {excerpt(source.type)} is not known: the query is read as PromQL")
    own_counter = fields.boolean("counter")
    return Query(read_text(node, scope.diagnostics), counter if own_counter is None else own_counter)


def _query_node(fields: Fields) -> Node | None:
    """The field of the query, under either of its names."""
    query, promql = fields.optional("query"), fields.optional("promql")
    if query is not None and promql is not None and scalar_text(query) != scalar_text(promql):
        reject(promql, "differs from query: remove one of them")
    return query or promql


def read_column(spec: Node, scope: Scope) -> Column:
    """A column of a service, which every source has."""
    fields = scope.fields(spec, ("service", "measure", "detail", "le"))
    measure = _read_measure(fields.required("measure", "measure: requests"))
    bound, detail = fields.optional("le"), fields.optional("detail")
    if bound is not None and measure not in BOUNDED:
        scope.diagnostics.warn(bound, f"is ignored: only {' and '.join(BOUNDED)} have a bound")
    text = _read_detail(measure, spec, bound or detail if measure in BOUNDED else detail, scope.diagnostics)
    return Column(fields.text("service") or scope.service, measure, text)


def _read_measure(node: Node) -> str:
    text = scalar_text(node)
    measure = text.lower()
    if measure == "good":
        remedy = "count the bad ones (measure: errors), or those within a bound (measure: latency, le: 0.3)"
        reject(node, f"good events are not a measure: {remedy}")
    if measure not in MEASURES:
        reject(node, f"{excerpt(text)} is not a measure{suggestion(measure, MEASURES)}")
    return measure


def _read_detail(measure: str, spec: Node, node: Node | None, diagnostics: Diagnostics) -> str:
    """The detail of a column, as defined by the frame contract."""
    if measure in WITHOUT_DETAIL:
        if node is not None:
            diagnostics.warn(node, f"is ignored: {measure} has no detail")
        return ""
    if node is None:
        return _default_detail(measure, spec)
    if measure in BOUNDED:
        return buckets.bound_text(_read_bound(node))
    if measure == "errors":
        return _read_error_class(node)
    return read_text(node, diagnostics) if measure in RESOURCES else _read_quantile(node)


def _default_detail(measure: str, spec: Node) -> str:
    if measure in BOUNDED:
        return "inf"
    if measure != "errors":
        example = "memory" if measure in RESOURCES else "0.95"
        reject(spec, f"missing: write of what, such as detail: {example}", "detail")
    return "server"


def _read_error_class(node: Node) -> str:
    text = scalar_text(node)
    if text not in ("server", "client"):
        reject(node, f"{excerpt(text)} is not a class of errors: write server or client")
    return text


def _read_quantile(node: Node) -> str:
    text = scalar_text(node)
    quantile = parse_number(text)
    if quantile is None or not 0 < quantile < 1:
        reject(node, f"{excerpt(text)} is not a quantile: write a number between 0 and 1, such as 0.95")
    return f"{quantile:g}"


def _read_bound(node: Node) -> float:
    """Seconds of a latency bound: a number, a duration, or infinity."""
    text = scalar_text(node)
    if text.lower().lstrip("+.") == "inf":
        return float("inf")
    bound = parse_number(text)
    if bound is None:
        bound = _parse_bound(text)
    if bound is None or bound <= 0:
        reject(node, f"{excerpt(text)} is not a latency bound: write seconds such as 0.3, or a duration such as 300ms")
    return bound


def _parse_bound(text: str) -> float | None:
    # Longer texts are not valid durations.
    if len(text) > 20:
        return None
    try:
        return parse_duration(text)
    except ValueError:
        return None
