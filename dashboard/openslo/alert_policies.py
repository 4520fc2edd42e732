"""From AlertPolicies with a burnrate AlertCondition to a burn policy, its rows the fastest first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dashboard.openslo.annotations import OF_CONDITION, annotations
from dashboard.openslo.catalog import Metadata, metadata_of
from dashboard.openslo.diagnostics import nearest, refuse, shown
from dashboard.openslo.duration_shorthand import exact, fixed
from dashboard.openslo.indicator_reader import OPS, STRICT_OPS
from dashboard.openslo.map_fields import Fields, chosen, number, raw, text
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_nodes import Node, number_in
from dashboard.slo.policy import MIN_FAILURES, WEEKLY, WORKBOOK, Policy, Row, usual

# The short window of a row is a twelfth of the long one: https://sre.google/workbook/alerting-on-slos/
TWELFTH = 12
NAMED = {"workbook": WORKBOOK, "weekly": WEEKLY, "none": Policy("none", ())}
_POLICY = ("description", "alertWhenBreaching", "alertWhenResolved", "alertWhenNoData", "conditions",
           "notificationTargets")  # fmt: skip
_CONDITION = ("kind", "op", "threshold", "lookbackWindow", "alertAfter")
_INLINE = ("kind", "metadata", "spec")
_SEVERITIES = {"page": "page", "ticket": "ticket", "critical": "page", "high": "page", "pager": "page", "error": "page",
               "warning": "ticket", "medium": "ticket", "low": "ticket", "info": "ticket"}  # fmt: skip
_MOST = 100


@dataclass(frozen=True, slots=True)
class Alerting:
    """A policy, and where each of its thresholds is written."""

    policy: Policy | None
    stated: tuple[tuple[Row, Node], ...] = ()

    def check(self, budget: float) -> None:
        """Refuse a threshold that no share of failures can reach."""
        for row, node in self.stated:
            factor = row.factor or 0
            if factor >= (1 - 1e-12) / budget:
                most = f"{1 / budget:.4g}"
                refuse(node, f"a burn rate of {factor:g} can never be: if all requests fail it is {most}; write less")


def alerting(spec: Fields, own: Mapping[str, Node], period_s: float, scope: Scope) -> Alerting:
    """What an SLO wants to be told of.

    Args:
        own: the SLO's annotations. `period_s`: seconds of its window.
    """
    entries = spec.items("alertPolicies")
    if len(entries) > _MOST:
        refuse(entries[_MOST], f"is one of {len(entries)} alert policies: {_MOST} are looked at; leave some out")
    found = [part for entry in entries for part in _policy(entry, period_s, scope)]
    policy = _named(own, period_s) if not found else _made(found, own, scope)
    least = own.get("min-failures")
    if least is not None:
        policy = replace(policy or usual(period_s), min_failures=_count(least, scope))
    # A share follows the window of each objective it is used for, so that one that cannot fire is left out later.
    return Alerting(policy, tuple((row, node) for _, row, node in found if row.factor is not None))


def _named(own: Mapping[str, Node], period_s: float) -> Policy | None:
    stated = own.get("policy")
    if stated is None:
        return None
    name = raw(stated)
    if name not in NAMED:
        refuse(stated, f"there is no policy {shown(name)}{nearest(name, NAMED)}")
    return NAMED[name]


def _made(found: list[tuple[str, Row, Node]], own: Mapping[str, Node], scope: Scope) -> Policy:
    names = dict.fromkeys(name for name, _, _ in found)
    stated = own.get("policy")
    rows = sorted((row for _, row, _ in found), key=lambda row: (row.long_s, -(row.factor or row.share)))
    return Policy(text(stated, scope.diagnostics) if stated is not None else "+".join(names), tuple(rows), MIN_FAILURES)


def _count(node: Node, scope: Scope) -> int:
    count = number_in(raw(node))
    if count is None or count < 0 or count != int(count):
        refuse(node, f"{shown(raw(node))} is no number of failures: write for example '5'")
    return int(count)


def _policy(entry: Node, period_s: float, scope: Scope) -> Iterator[tuple[str, Row, Node]]:
    """The rows of an alert policy, with its name and where each threshold stands."""
    if entry.scalar is not None and not entry.is_null:
        scope.diagnostics.note(entry, f"is read as alertPolicyRef: {shown(raw(entry))}: write it so")
    node, metadata, scope = _resolved(entry, "AlertPolicy", "alertPolicyRef", scope)
    fields = scope.fields(node, _POLICY)
    if fields.flag("alertWhenBreaching") is False:
        stated = fields.required("alertWhenBreaching", "true")
        scope.diagnostics.note(
            stated, "is false: the policy is left out, since it would never tell of a burning budget"
        )
        return
    conditions = fields.items("conditions")
    if not conditions:
        refuse(node, "missing: write one condition, such as conditions: [{conditionRef: fast-burn}]", "conditions")
    if len(conditions) > 1:
        more = "several conditions are read as rows of one policy: OpenSLO has one in each"
        scope.diagnostics.note(fields.required("conditions", ""), more)
    for condition in conditions[:_MOST]:
        for row, where in _condition(condition, period_s, scope):
            yield metadata.name, row, where


def _resolved(entry: Node, kind: str, reference: str, scope: Scope) -> tuple[Node, Metadata, Scope]:
    """The spec and metadata of what is referred to, or stands there itself."""
    if entry.scalar is not None:
        return _referred(entry, kind, scope)
    fields = scope.fields(entry, (reference, *_INLINE))
    stated, inline = fields.optional(reference), fields.optional("spec")
    if stated is not None and inline is not None:
        refuse(stated, f"there is a whole {kind} beside it: leave one of them out")
    if stated is not None:
        return _referred(stated, kind, scope)
    metadata = metadata_of(fields.required("metadata", f"metadata: {{name: …}}, or {reference}: …"), scope.diagnostics)
    return fields.required("spec", f"spec: …, or {reference}: …"), metadata, scope


def _referred(reference: Node, kind: str, scope: Scope) -> tuple[Node, Metadata, Scope]:
    found = scope.catalog.find(kind, reference)
    spec = found.node.fields.get("spec")
    if spec is None:
        refuse(found.node, f"missing: a {kind} needs its spec", "spec")
    return spec, found.metadata, scope.within(found)


def _condition(entry: Node, period_s: float, scope: Scope) -> Iterator[tuple[Row, Node]]:
    """The row of a condition; none of one that is not about the burn rate."""
    if entry.scalar is not None and not entry.is_null:
        scope.diagnostics.note(entry, f"is read as conditionRef: {shown(raw(entry))}: write it so")
    node, metadata, scope = _resolved(entry, "AlertCondition", "conditionRef", scope)
    outer = scope.fields(node, ("description", "severity", "condition"))
    stated = outer.required("condition", "condition: {kind: burnrate, op: gte, threshold: 14.4, lookbackWindow: 1h}")
    fields = scope.fields(stated, _CONDITION)
    kind = fields.required("kind", "kind: burnrate")
    if raw(kind).lower().replace("-", "") != "burnrate":
        scope.diagnostics.note(kind, f"{shown(raw(kind))} is not looked at: only burnrate is")
        return
    if raw(kind) != "burnrate":
        scope.diagnostics.note(kind, "is read as burnrate: write it so")
    _remark(fields, scope)
    severity = _severity(outer.required("severity", "severity: page"), scope)
    own = annotations(metadata.annotations, OF_CONDITION, scope.diagnostics)
    yield _row(severity, fields, own, period_s, scope)


def _remark(fields: Fields, scope: Scope) -> None:
    """Note what a condition says and a row does not."""
    compared = fields.optional("op")
    if compared is None:
        scope.diagnostics.note(fields.node, "missing: read as gte, write that", "op")
    elif not chosen(compared, OPS, scope.diagnostics, strict=STRICT_OPS).startswith("g"):
        scope.diagnostics.note(compared, "is read as gte: a budget burns when the rate is above the threshold")
    waits = fields.optional("alertAfter")
    if waits is not None:
        scope.diagnostics.note(waits, "is not waited for: the short window, a twelfth of the long one, does its work")


def _severity(node: Node, scope: Scope) -> str:
    found = text(node, scope.diagnostics)
    read = _SEVERITIES.get(found.lower(), "ticket")
    if read != found:
        scope.diagnostics.note(node, f"{shown(found)} is read as {read}: write page or ticket")
    return read


def _row(severity: str, fields: Fields, own: Mapping[str, Node], period_s: float, scope: Scope) -> tuple[Row, Node]:
    where = fields.required("threshold", "threshold: 14.4")
    factor = number(where, scope.diagnostics, "14.4")
    back = fields.required("lookbackWindow", "lookbackWindow: 1h")
    long_s: float = fixed(back, scope.diagnostics, example="1h")
    long_s = exact(own.get("long-window"), long_s)
    short_s = exact(own.get("short-window"), long_s / TWELFTH)
    if not 0 < short_s < long_s:
        refuse(
            own.get("short-window", back), "the short window must be shorter than the long one: write for example 5m"
        )
    spent = factor * long_s / period_s
    if spent <= 0:
        refuse(where, f"a burn rate of {factor:g} is always reached: write for example 14.4")
    share = own.get("share")
    if share is None:
        return Row(severity, spent, long_s, short_s, factor), where
    part = number_in(raw(share))
    if part is None or part <= 0:
        refuse(share, f"{shown(raw(share))} is no share of a budget: write for example '0.02'")
    return Row(
        severity, part, long_s, short_s, factor if "fixed" in own and raw(own["fixed"]) != "false" else None
    ), where
