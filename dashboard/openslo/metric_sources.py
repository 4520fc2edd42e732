"""From a metric source to what a source is asked: a query, or a column that every source has."""

from dataclasses import dataclass

from dashboard import buckets
from dashboard.durations import parse_duration
from dashboard.openslo.diagnostics import Diagnostics, nearest, refuse, shown
from dashboard.openslo.map_fields import raw, text
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_nodes import Node, number_in
from dashboard.slo.indicators import Column, Query, Term

PROMETHEUS = ("prometheus", "amazonprometheus", "azureprometheus", "thanos", "mimir", "cortex", "victoriametrics")
COLUMNS = ("signals", "csv")
# Measures and what their detail is.
COUNTS = ("requests", "errors", "latency", "failed_latency")
BOUNDED = ("latency", "failed_latency")
RESOURCES = ("saturation", "usage")
WHOLE = ("requests", "mean", "age")
MEASURES = (*COUNTS, *RESOURCES, "quantile", "mean", "age")


@dataclass(frozen=True, slots=True)
class _Found:
    """A metric source by its parts; `type` in lower case, empty where nobody says it."""

    node: Node
    type: str
    spec: Node | None


def term(node: Node, scope: Scope, *, counter: bool) -> Term:
    """What a metric source asks for.

    Args:
        counter: the queries beside it count up.
    """
    found = _found(node, scope)
    spec = found.spec
    if spec is None:
        refuse(found.node, "missing: write what to ask for, such as spec: {query: 'sum(http_requests_total)'}", "spec")
    if found.type in COLUMNS:
        return column(spec, scope)
    if not found.type and "measure" in spec.fields:
        scope.diagnostics.note(found.node, "missing: read as signals, write that", "type")
        return column(spec, scope)
    return _query(found, spec, scope, counter=counter)


def _found(node: Node, scope: Scope) -> _Found:
    """The parts of a metric source, in whichever version's shape it is written."""
    shapes = set() if "metricSource" in node.fields else set(node.fields)
    if "source" in shapes or "query" in shapes:
        _elder(node, scope, "v1alpha")
        return _v1alpha(node, scope)
    if "spec" in shapes:
        _elder(node, scope, "v2alpha")
        return _v2alpha(node, scope)
    fields = scope.fields(node, ("metricSource",))
    return _v1(fields.required("metricSource", "metricSource: {type: Prometheus, spec: {query: …}}"), scope)


def _elder(node: Node, scope: Scope, version: str) -> None:
    if not scope.elder:
        scope.diagnostics.note(
            node, f"has the shape of openslo {version} and is read so: v1 puts it under metricSource"
        )


def _v1(node: Node, scope: Scope) -> _Found:
    fields = scope.fields(node, ("metricSourceRef", "type", "spec"))
    stated = fields.text("type")
    return _Found(node, _type(stated, fields.optional("metricSourceRef"), scope), fields.optional("spec"))


def _v2alpha(node: Node, scope: Scope) -> _Found:
    fields = scope.fields(node, ("metricSourceRef", "dataSourceSpec", "spec"))
    inline = fields.optional("dataSourceSpec")
    stated = scope.fields(inline, ("type", "description", "connectionDetails")).text("type") if inline else ""
    return _Found(node, _type(stated, fields.optional("metricSourceRef"), scope), fields.optional("spec"))


def _v1alpha(node: Node, scope: Scope) -> _Found:
    fields = scope.fields(node, ("source", "queryType", "query"))
    return _Found(node, fields.text("source").lower(), Node(node.file, node.line, node.key, _only(node, "query")))


def _only(node: Node, key: str) -> dict[str, Node]:
    return {key: node.fields[key]} if key in node.fields else {}


def _type(stated: str, reference: Node | None, scope: Scope) -> str:
    """The type of a source; what stands here counts more than what its data source says."""
    if reference is None:
        return stated.lower()
    if stated and raw(reference) not in scope.catalog.names("DataSource"):
        near = nearest(raw(reference), scope.catalog.names("DataSource"))
        scope.diagnostics.note(reference, f"there is no DataSource {shown(raw(reference))} in these files{near}")
        return stated.lower()
    document = scope.catalog.find("DataSource", reference)
    spec = document.node.fields.get("spec")
    known = spec.word("type") if spec is not None else ""
    if stated and known and stated.lower() != known.lower():
        scope.diagnostics.note(reference, f"the DataSource is of type {shown(known)}, but {shown(stated)} is read")
    return (stated or known).lower()


def _query(found: _Found, spec: Node, scope: Scope, *, counter: bool) -> Query:
    """A query; of a type that is not known it is taken for PromQL, and noted."""
    fields = scope.fields(spec, ("query", "promql", "counter"))
    asked, promql = fields.optional("query"), fields.optional("promql")
    if asked is not None and promql is not None and raw(asked) != raw(promql):
        refuse(promql, "there is a query beside it that says something else: leave one of them out")
    stated = asked or promql
    if stated is None:
        known = f" of type {shown(found.type)}" if found.type else ""
        refuse(
            spec, f"a source{known} cannot be asked: write query with PromQL, or type: signals with a measure", "query"
        )
    if found.type and found.type.replace("-", "").replace("_", "") not in PROMETHEUS:
        scope.diagnostics.note(stated, f"the type {shown(found.type)} is not known: the query is taken for PromQL")
    own = fields.flag("counter")
    return Query(text(stated, scope.diagnostics), counter if own is None else own)


def column(spec: Node, scope: Scope) -> Column:
    """A column of a service, which every source has."""
    fields = scope.fields(spec, ("service", "measure", "detail", "le"))
    stated = fields.required("measure", "measure: requests")
    measure = raw(stated).lower()
    if measure == "good":
        refuse(stated, "good events are no measure: count the bad ones (measure: errors), or those within a bound "
                       "(measure: latency, le: 0.3)")  # fmt: skip
    if measure not in MEASURES:
        refuse(stated, f"{shown(raw(stated))} is no measure{nearest(measure, MEASURES)}")
    bound, detail = fields.optional("le"), fields.optional("detail")
    if bound is not None and measure not in BOUNDED:
        scope.diagnostics.note(bound, f"is not looked at: only {' and '.join(BOUNDED)} have a bound")
    return Column(
        fields.text("service") or scope.service, measure, _detail(measure, spec, bound, detail, scope.diagnostics)
    )


def _detail(measure: str, spec: Node, bound: Node | None, detail: Node | None, diagnostics: Diagnostics) -> str:
    """The detail of a column, as the frame contract writes it."""
    if measure in BOUNDED:
        stated = bound or detail
        return buckets.bound_text(_bound(stated)) if stated is not None else "inf"
    if measure in WHOLE:
        if detail is not None:
            diagnostics.note(detail, f"is not looked at: {measure} has no detail")
        return ""
    if measure == "errors":
        return _error_class(detail) if detail is not None else "server"
    if detail is None:
        example = "memory" if measure in RESOURCES else "0.95"
        refuse(spec, f"missing: say of what, such as detail: {example}", "detail")
    return text(detail, diagnostics) if measure in RESOURCES else _quantile(detail)


def _error_class(detail: Node) -> str:
    if raw(detail) not in ("server", "client"):
        refuse(detail, f"{shown(raw(detail))} is no class of errors: write server or client")
    return raw(detail)


def _quantile(detail: Node) -> str:
    level = number_in(raw(detail))
    if level is None or not 0 < level < 1:
        refuse(detail, f"{shown(raw(detail))} is no quantile: write a number between 0 and 1, such as 0.95")
    return f"{level:g}"


def _bound(stated: Node) -> float:
    """Seconds of a latency bound: a number, a duration, or infinity."""
    found = raw(stated)
    if found.lower().lstrip("+.") == "inf":
        return float("inf")
    bound = number_in(found)
    if bound is None and len(found) <= 20:
        try:
            bound = parse_duration(found)
        except ValueError:
            bound = None
    if bound is None or bound <= 0:
        refuse(stated, f"{shown(found)} is no latency bound: write seconds such as 0.3, or a duration such as 300ms")
    return bound
