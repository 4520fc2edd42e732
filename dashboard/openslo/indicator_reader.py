"""From an SLI to an indicator: ratioMetric with good or bad and total, ratioMetric with raw, or thresholdMetric."""

from dashboard.openslo.diagnostics import refuse, shown
from dashboard.openslo.map_fields import Fields, chosen, raw
from dashboard.openslo.metric_sources import COUNTS, term
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.indicators import Column, Op, Ratio, Raw, Simple, Term, Threshold

RATIO = ("counter", "good", "bad", "total", "raw", "rawType")
SPEC = ("description", "ratioMetric", "thresholdMetric")
OPS = {"lte": "lte", "lt": "lt", "gte": "gte", "gt": "gt", "<=": "lte", "≤": "lte", "le": "lte", "<": "lt",
       ">=": "gte", "≥": "gte", "ge": "gte", ">": "gt"}  # fmt: skip
STRICT_OPS = ("lte", "lt", "gte", "gt")
_RAW_TYPES = {"success": "success", "failure": "failure"}


def stated(fields: Fields) -> bool:
    """An SLO's spec or one of its objectives has an indicator of its own."""
    return "indicator" in fields or "indicatorRef" in fields or "ratioMetrics" in fields


def indicator(fields: Fields, objective: Fields, scope: Scope) -> Simple:
    """The indicator that an SLO's spec or one of its objectives states.

    Args:
        objective: whose limit a threshold keeps.
    """
    inline, reference = fields.optional("indicator"), fields.optional("indicatorRef")
    if inline is not None and reference is not None:
        refuse(reference, "there is an indicator beside it: leave one of them out")
    ratios = fields.optional("ratioMetrics")
    if ratios is not None:
        return _ratio(ratios, scope)
    if inline is not None and inline.scalar is not None:
        scope.diagnostics.note(inline, f"is read as indicatorRef: {shown(raw(inline))}: write it so")
        return _referred(inline, objective, scope)
    if inline is not None:
        return _inline(inline, objective, scope)
    return _referred(reference or fields.required("indicatorRef", "indicatorRef: checkout-ok"), objective, scope)


def _referred(reference: Node, objective: Fields, scope: Scope) -> Simple:
    found = scope.catalog.find("SLI", reference)
    spec = found.node.fields.get("spec")
    if spec is None:
        refuse(found.node, "missing: write spec: {ratioMetric: …} or spec: {thresholdMetric: …}", "spec")
    return _specified(spec, objective, scope.within(found))


def _inline(inline: Node, objective: Fields, scope: Scope) -> Simple:
    if "spec" not in inline.fields and ("ratioMetric" in inline.fields or "thresholdMetric" in inline.fields):
        if not scope.elder:
            scope.diagnostics.note(inline, "missing: the metric is read without it, write it under spec", "spec")
        return _specified(inline, objective, scope)
    fields = scope.fields(inline, ("metadata", "spec"))
    if "metadata" not in fields:
        scope.diagnostics.note(
            inline, "missing: an indicator has a name, such as metadata: {name: checkout-ok}", "metadata"
        )
    spec = fields.required("spec", "spec: {ratioMetric: …} or spec: {thresholdMetric: …}")
    return _specified(spec, objective, scope)


def _specified(spec: Node, objective: Fields, scope: Scope) -> Simple:
    """The indicator of an SLI's spec."""
    fields = scope.fields(spec, SPEC)
    ratio, threshold = fields.optional("ratioMetric"), fields.optional("thresholdMetric")
    if ratio is not None and threshold is not None:
        refuse(threshold, "there is a ratioMetric beside it: leave one of them out")
    if threshold is not None:
        return _threshold(threshold, objective, scope)
    if ratio is None:
        refuse(spec, "missing: write ratioMetric with good and total, or thresholdMetric", "ratioMetric")
    _unused(objective, scope)
    return _ratio(ratio, scope)


def _unused(objective: Fields, scope: Scope) -> None:
    """Official samples compare ratios, too; only the target tells what a ratio must keep."""
    for name in ("op", "value"):
        found = objective.optional(name)
        if found is not None:
            scope.diagnostics.note(found, "is not looked at: only a thresholdMetric is compared; leave it out")


def _threshold(node: Node, objective: Fields, scope: Scope) -> Threshold:
    compared = objective.required("op", "op: lte")
    op = Op(chosen(compared, OPS, scope.diagnostics, strict=STRICT_OPS))
    limit = objective.number("value", "0.3")
    if limit is None:
        refuse(objective.node, "missing: write the limit that the value keeps, such as value: 0.3", "value")
    return Threshold(term(node, scope, counter=False), op, limit)


def _ratio(node: Node, scope: Scope) -> Ratio | Raw:
    fields = scope.fields(node, RATIO)
    counter = fields.flag("counter") or False
    ready = fields.optional("raw")
    if ready is not None:
        return _raw(ready, fields, scope, counter=counter)
    kind = fields.optional("rawType")
    if kind is not None:
        scope.diagnostics.note(kind, "is not looked at: it says what raw is, and there is none")
    total = fields.required("total", "total: {metricSource: …}")
    good, bad = fields.optional("good"), fields.optional("bad")
    if good is not None and bad is not None:
        refuse(bad, "there are good events beside it, and total: leave good or bad out")
    side = good or bad
    if side is None:
        refuse(node, "missing: write good or bad beside total", "good")
    valid, one = _count(total, scope, counter=counter), _count(side, scope, counter=counter)
    return Ratio(valid, good=one) if good is not None else Ratio(valid, bad=one)


def _count(node: Node, scope: Scope, *, counter: bool) -> Term:
    made = term(node, scope, counter=counter)
    if isinstance(made, Column) and made.measure not in COUNTS:
        refuse(node, f"{made.measure} is no count of events: write it as thresholdMetric, with op and value")
    return made


def _raw(node: Node, fields: Fields, scope: Scope, *, counter: bool) -> Raw:
    """A ratio that is ready; nothing else may stand beside it."""
    for name in ("good", "bad", "total"):
        beside = fields.optional(name)
        if beside is not None:
            refuse(beside, "there is raw beside it, which is the ratio already: leave one of them out")
    kind = fields.required("rawType", "rawType: success, if it is the share of good events, else failure")
    success = chosen(kind, _RAW_TYPES, scope.diagnostics, strict=_RAW_TYPES) == "success"
    return Raw(term(node, scope, counter=counter), success)
