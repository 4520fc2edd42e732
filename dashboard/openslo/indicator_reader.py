"""Converts an SLI to an indicator: ratioMetric with good or bad and total, ratioMetric with raw, or thresholdMetric.

https://github.com/OpenSLO/OpenSLO/tree/main#sli
"""

from dashboard.openslo.diagnostics import excerpt, reject
from dashboard.openslo.map_fields import Fields, read_keyword, scalar_text
from dashboard.openslo.metric_sources import COUNTS, read_term
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.indicators import Column, Op, Ratio, Raw, Simple, Term, Threshold

RATIO = ("counter", "good", "bad", "total", "raw", "rawType")
SPEC = ("description", "ratioMetric", "thresholdMetric")
# Spellings of operators, and OpenSLO's names for them.
OPERATORS = {"lte": "lte", "lt": "lt", "gte": "gte", "gt": "gt", "<=": "lte", "≤": "lte", "le": "lte", "<": "lt",
             ">=": "gte", "≥": "gte", "ge": "gte", ">": "gt"}  # fmt: skip
STRICT_OPERATORS = ("lte", "lt", "gte", "gt")
_RAW_TYPES = {"success": "success", "failure": "failure"}
_EXAMPLE_SPEC = "spec: {ratioMetric: …} or spec: {thresholdMetric: …}"


def has_indicator(fields: Fields) -> bool:
    """Whether an SLO's spec or one of its objectives has an indicator of its own."""
    return "indicator" in fields or "indicatorRef" in fields or "ratioMetrics" in fields


def read_indicator(fields: Fields, objective: Fields, scope: Scope) -> Simple:
    """The indicator of an SLO's spec or of one of its objectives.

    Args:
        fields: of the spec or the objective.
        objective: contains the op and value of a threshold.
        scope: the reading context.
    """
    inline, reference = fields.optional("indicator"), fields.optional("indicatorRef")
    if inline is not None and reference is not None:
        reject(reference, "there is also an indicator: remove one of them")
    # In v1alpha the objectives contain the ratio.
    ratios = fields.optional("ratioMetrics")
    if ratios is not None:
        return _read_ratio(ratios, scope)
    if inline is not None and inline.scalar is not None:
        scope.diagnostics.warn(inline, f"is read as indicatorRef: {excerpt(scalar_text(inline))}: write that")
        return _read_reference(inline, objective, scope)
    if inline is not None:
        return _read_inline(inline, objective, scope)
    return _read_reference(reference or fields.required("indicatorRef", "indicatorRef: checkout-ok"), objective, scope)


def _read_reference(reference: Node, objective: Fields, scope: Scope) -> Simple:
    document = scope.catalog.resolve("SLI", reference)
    spec = document.node.fields.get("spec")
    if spec is None:
        reject(document.node, f"missing: write {_EXAMPLE_SPEC}", "spec")
    return _read_spec(spec, objective, scope.within(document))


def _read_inline(inline: Node, objective: Fields, scope: Scope) -> Simple:
    if "spec" not in inline.fields and ("ratioMetric" in inline.fields or "thresholdMetric" in inline.fields):
        if scope.is_v1:
            scope.diagnostics.warn(
                inline, "missing: the metric is read without it, write the metric under spec", "spec"
            )
        return _read_spec(inline, objective, scope)
    fields = scope.fields(inline, ("metadata", "spec"))
    if "metadata" not in fields:
        what = "missing: an indicator has a name, such as metadata: {name: checkout-ok}"
        scope.diagnostics.warn(inline, what, "metadata")
    return _read_spec(fields.required("spec", _EXAMPLE_SPEC), objective, scope)


def _read_spec(spec: Node, objective: Fields, scope: Scope) -> Simple:
    """The indicator of an SLI's spec."""
    fields = scope.fields(spec, SPEC)
    ratio, threshold = fields.optional("ratioMetric"), fields.optional("thresholdMetric")
    if ratio is not None and threshold is not None:
        reject(threshold, "there is also a ratioMetric: remove one of them")
    if threshold is not None:
        return _read_threshold(threshold, objective, scope)
    if ratio is None:
        reject(spec, "missing: write ratioMetric with good and total, or thresholdMetric", "ratioMetric")
    _warn_of_comparison(objective, scope)
    return _read_ratio(ratio, scope)


def _warn_of_comparison(objective: Fields, scope: Scope) -> None:
    """Warn that a ratio is not compared with a value, although official samples have one: only its target is used."""
    for name in ("op", "value"):
        node = objective.optional(name)
        if node is not None:
            scope.diagnostics.warn(node, "is ignored: only a thresholdMetric is compared with a value; remove it")


def _read_threshold(node: Node, objective: Fields, scope: Scope) -> Threshold:
    op, limit = read_comparison(objective, scope)
    return Threshold(read_term(node, scope, counter=False), op, limit)


def read_comparison(objective: Fields, scope: Scope) -> tuple[Op, float]:
    """The op and value of an objective."""
    op = Op(read_keyword(objective.required("op", "op: lte"), OPERATORS, scope.diagnostics, strict=STRICT_OPERATORS))
    limit = objective.number("value", "0.3")
    if limit is None:
        reject(objective.node, "missing: write the limit for the value, such as value: 0.3", "value")
    return op, limit


def _read_ratio(node: Node, scope: Scope) -> Ratio | Raw:
    fields = scope.fields(node, RATIO)
    counter = fields.boolean("counter") or False
    raw = fields.optional("raw")
    if raw is not None:
        return _read_raw(raw, fields, scope, counter=counter)
    raw_type = fields.optional("rawType")
    if raw_type is not None:
        scope.diagnostics.warn(raw_type, "is ignored: there is no raw that it could describe; remove it")
    total = fields.required("total", "total: {metricSource: …}")
    side, is_good = read_side(fields)
    valid, events = _read_count(total, scope, counter=counter), _read_count(side, scope, counter=counter)
    return Ratio(valid, good=events) if is_good else Ratio(valid, bad=events)


def read_side(fields: Fields) -> tuple[Node, bool]:
    """The good or bad events of a ratio, and whether they are good; rejected if there are both, or neither."""
    good, bad = fields.optional("good"), fields.optional("bad")
    if good is not None and bad is not None:
        reject(bad, "there are also good and total, from which bad follows: remove good or bad")
    side = good or bad
    if side is None:
        reject(fields.node, "missing: write good or bad beside total", "good")
    return side, good is not None


def _read_count(node: Node, scope: Scope, *, counter: bool) -> Term:
    term = read_term(node, scope, counter=counter)
    if isinstance(term, Column) and term.measure not in COUNTS:
        reject(node, f"{term.measure} is not a count of events: write it as thresholdMetric, with op and value")
    return term


def _read_raw(node: Node, fields: Fields, scope: Scope, *, counter: bool) -> Raw:
    """A ratio that the source computes; additional counts are rejected."""
    for name in ("good", "bad", "total"):
        count = fields.optional(name)
        if count is not None:
            reject(count, "there is also raw, which is the ratio already: remove one of them")
    raw_type = fields.required("rawType", "rawType: success, if it is the share of good events, else failure")
    success = read_keyword(raw_type, _RAW_TYPES, scope.diagnostics, strict=_RAW_TYPES) == "success"
    return Raw(read_term(node, scope, counter=counter), success)
