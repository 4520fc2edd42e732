"""Converts AlertPolicies with burnrate AlertConditions to a burn policy, with its fastest row first.

https://github.com/OpenSLO/OpenSLO/tree/main#alertpolicy
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dashboard.openslo.annotations import OF_CONDITION, own_annotations
from dashboard.openslo.catalog import Metadata, read_metadata
from dashboard.openslo.diagnostics import excerpt, reject, suggestion
from dashboard.openslo.duration_shorthand import read_exact_seconds, read_seconds
from dashboard.openslo.indicator_reader import OPERATORS, STRICT_OPERATORS
from dashboard.openslo.map_fields import Fields, read_keyword, read_number, read_text, scalar_text
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_nodes import Node, parse_number
from dashboard.slo.policy import MIN_FAILURES, WEEKLY, WORKBOOK, Policy, Row, default_policy

# The short window of a row is a twelfth of the long one: https://sre.google/workbook/alerting-on-slos/
TWELFTH = 12
NAMED = {"workbook": WORKBOOK, "weekly": WEEKLY, "none": Policy("none", ())}
_POLICY = ("description", "alertWhenBreaching", "alertWhenResolved", "alertWhenNoData", "conditions",
           "notificationTargets")  # fmt: skip
_CONDITION = ("kind", "op", "threshold", "lookbackWindow", "alertAfter")
_INLINE = ("kind", "metadata", "spec")
_SEVERITIES = {"page": "page", "ticket": "ticket", "critical": "page", "high": "page", "pager": "page", "error": "page",
               "warning": "ticket", "medium": "ticket", "low": "ticket", "info": "ticket"}  # fmt: skip
# Maximum number of policies of an SLO, and of conditions of a policy.
_ENTRIES_MAX = 100


@dataclass(frozen=True, slots=True)
class _PolicyRow:
    """A row, the name of its alert policy, and the node of its threshold."""

    policy_name: str
    row: Row
    threshold: Node


@dataclass(frozen=True, slots=True)
class Alerting:
    """A policy, and the nodes of its fixed thresholds."""

    policy: Policy | None
    thresholds: tuple[tuple[Row, Node], ...] = ()

    def check_thresholds(self, budget: float) -> None:
        """Reject a burn rate that no failure ratio can reach; `budget`: 1 − objective."""
        for row, node in self.thresholds:
            factor = row.factor or 0
            # Slightly below 1, because the division may leave a rounding error.
            if factor >= (1 - 1e-12) / budget:
                highest = f"{1 / budget:.4g}"
                what = f"a burn rate of {factor:g} is never reached: if all requests fail it is {highest}; write less"
                reject(node, what)


def read_alerting(spec: Fields, annotations: Mapping[str, Node], period_s: float, scope: Scope) -> Alerting:
    """The burn policy of an SLO.

    Args:
        spec: of the SLO.
        annotations: this product's annotations in the SLO's metadata.
        period_s: seconds of the SLO's window.
        scope: the reading context.
    """
    entries = spec.items("alertPolicies")
    if len(entries) > _ENTRIES_MAX:
        what = f"is one of {len(entries)} alert policies, of which {_ENTRIES_MAX} are read: remove some"
        reject(entries[_ENTRIES_MAX], what)
    rows = [row for entry in entries for row in _read_policy(entry, period_s, scope)]
    policy = _combined_policy(rows, annotations, scope) if rows else _named_policy(annotations)
    min_failures = annotations.get("min-failures")
    if min_failures is not None:
        policy = replace(policy or default_policy(period_s), min_failures=_read_min_failures(min_failures))
    return Alerting(policy, _fixed_thresholds(rows))


def _fixed_thresholds(entries: list[_PolicyRow]) -> tuple[tuple[Row, Node], ...]:
    # A share adapts to the window of each SLO that uses it: one that cannot fire is left out later.
    return tuple((entry.row, entry.threshold) for entry in entries if entry.row.factor is not None)


def _named_policy(annotations: Mapping[str, Node]) -> Policy | None:
    node = annotations.get("policy")
    if node is None:
        return None
    name = scalar_text(node)
    if name not in NAMED:
        reject(node, f"there is no policy {excerpt(name)}{suggestion(name, NAMED)}")
    return NAMED[name]


def _combined_policy(entries: list[_PolicyRow], annotations: Mapping[str, Node], scope: Scope) -> Policy:
    """Combine the rows of all policies, named by an annotation, otherwise after the policies."""
    node = annotations.get("policy")
    names = dict.fromkeys(entry.policy_name for entry in entries)
    name = read_text(node, scope.diagnostics) if node is not None else "+".join(names)
    # Faster rules suppress slower ones, so their order matters.
    rows = sorted((entry.row for entry in entries), key=lambda row: (row.long_s, -(row.factor or row.share)))
    return Policy(name, tuple(rows), MIN_FAILURES)


def _read_min_failures(node: Node) -> int:
    text = scalar_text(node)
    count = parse_number(text)
    if count is None or count < 0 or count != int(count):
        reject(node, f"{excerpt(text)} is not a number of failures: write for example '5'")
    return int(count)


def _read_policy(entry: Node, period_s: float, scope: Scope) -> Iterator[_PolicyRow]:
    """The rows of an alert policy; none if it never alerts."""
    _warn_of_bare_name(entry, "alertPolicyRef", scope)
    node, metadata, scope = _resolve(entry, "AlertPolicy", "alertPolicyRef", scope)
    fields = scope.fields(node, _POLICY)
    if fields.boolean("alertWhenBreaching") is False:
        breaching = fields.required("alertWhenBreaching", "true")
        scope.diagnostics.warn(breaching, "is false: the policy is ignored, since it would never alert")
        return
    conditions = fields.items("conditions")
    if not conditions:
        reject(node, "missing: write one condition, such as conditions: [{conditionRef: fast-burn}]", "conditions")
    if len(conditions) > 1:
        what = "several conditions are read as rows of one policy: OpenSLO allows one in each"
        scope.diagnostics.warn(fields.required("conditions", ""), what)
    for condition in conditions[:_ENTRIES_MAX]:
        for row, threshold in _read_condition(condition, period_s, scope):
            yield _PolicyRow(metadata.name, row, threshold)


def _warn_of_bare_name(entry: Node, reference: str, scope: Scope) -> None:
    if entry.scalar is not None and not entry.is_null:
        scope.diagnostics.warn(entry, f"is read as {reference}: {excerpt(scalar_text(entry))}: write that")


def _resolve(entry: Node, kind: str, reference: str, scope: Scope) -> tuple[Node, Metadata, Scope]:
    """The spec and metadata of a referenced or inline document, and the scope to read them in."""
    if entry.scalar is not None:
        return _resolve_reference(entry, kind, scope)
    fields = scope.fields(entry, (reference, *_INLINE))
    node, inline = fields.optional(reference), fields.optional("spec")
    if node is not None and inline is not None:
        reject(node, f"there is also a whole {kind}: remove one of them")
    if node is not None:
        return _resolve_reference(node, kind, scope)
    metadata = read_metadata(
        fields.required("metadata", f"metadata: {{name: …}}, or {reference}: …"), scope.diagnostics
    )
    return fields.required("spec", f"spec: …, or {reference}: …"), metadata, scope


def _resolve_reference(reference: Node, kind: str, scope: Scope) -> tuple[Node, Metadata, Scope]:
    document = scope.catalog.resolve(kind, reference)
    spec = document.node.fields.get("spec")
    if spec is None:
        reject(document.node, f"missing: an {kind} needs its spec", "spec")
    return spec, document.metadata, scope.within(document)


def _read_condition(entry: Node, period_s: float, scope: Scope) -> Iterator[tuple[Row, Node]]:
    """The row of a condition and its threshold; none if it is not about the burn rate."""
    _warn_of_bare_name(entry, "conditionRef", scope)
    node, metadata, scope = _resolve(entry, "AlertCondition", "conditionRef", scope)
    outer = scope.fields(node, ("description", "severity", "condition"))
    example = "condition: {kind: burnrate, op: gte, threshold: 14.4, lookbackWindow: 1h}"
    fields = scope.fields(outer.required("condition", example), _CONDITION)
    if not _is_burn_rate(fields.required("kind", "kind: burnrate"), scope):
        return
    _warn_of_ignored_fields(fields, scope)
    severity = _read_severity(outer.required("severity", "severity: page"), scope)
    annotations = own_annotations(metadata.annotations, OF_CONDITION, scope.diagnostics)
    yield _read_row(severity, fields, annotations, period_s, scope)


def _is_burn_rate(kind: Node, scope: Scope) -> bool:
    text = scalar_text(kind)
    if text.lower().replace("-", "") != "burnrate":
        scope.diagnostics.warn(kind, f"{excerpt(text)} is ignored: only burnrate is supported")
        return False
    if text != "burnrate":
        scope.diagnostics.warn(kind, "is read as burnrate: write that")
    return True


def _warn_of_ignored_fields(fields: Fields, scope: Scope) -> None:
    """Warn of fields of a condition that a row does not have."""
    op = fields.optional("op")
    if op is None:
        scope.diagnostics.warn(fields.node, "missing: read as gte, write that", "op")
    elif not read_keyword(op, OPERATORS, scope.diagnostics, strict=STRICT_OPERATORS).startswith("g"):
        scope.diagnostics.warn(op, "is read as gte: an alert fires while the burn rate is above the threshold")
    delay = fields.optional("alertAfter")
    if delay is not None:
        what = "is ignored: the short window, a twelfth of the long one, takes its place; remove it"
        scope.diagnostics.warn(delay, what)


def _read_severity(node: Node, scope: Scope) -> str:
    text = read_text(node, scope.diagnostics)
    # OpenSLO allows any word; an unknown one must not page.
    severity = _SEVERITIES.get(text.lower(), "ticket")
    if severity != text:
        scope.diagnostics.warn(node, f"{excerpt(text)} is read as {severity}: write page or ticket")
    return severity


def _read_row(
    severity: str, fields: Fields, annotations: Mapping[str, Node], period_s: float, scope: Scope
) -> tuple[Row, Node]:
    threshold = fields.required("threshold", "threshold: 14.4")
    factor = read_number(threshold, scope.diagnostics, "14.4")
    long_s, short_s = _read_windows(fields, annotations, scope)
    # The share of the budget spent when the alert fires, by the definition of the burn rate.
    share = factor * long_s / period_s
    if share <= 0:
        reject(threshold, f"a burn rate of {factor:g} is always reached: write for example 14.4")
    share_node = annotations.get("share")
    if share_node is None:
        return Row(severity, share, long_s, short_s, factor), threshold
    own_share = _read_share(share_node)
    # Without `fixed`, the burn rate is computed from the share for each window that uses the policy.
    is_fixed = "fixed" in annotations and scalar_text(annotations["fixed"]) != "false"
    return Row(severity, own_share, long_s, short_s, factor if is_fixed else None), threshold


def _read_share(node: Node) -> float:
    text = scalar_text(node)
    share = parse_number(text)
    if share is None or share <= 0:
        reject(node, f"{excerpt(text)} is not a share of a budget: write for example '0.02'")
    return share


def _read_windows(fields: Fields, annotations: Mapping[str, Node], scope: Scope) -> tuple[float, float]:
    """Seconds of the long and the short window."""
    look_back = fields.required("lookbackWindow", "lookbackWindow: 1h")
    seconds: float = read_seconds(look_back, scope.diagnostics, example="1h")
    long_s = read_exact_seconds(annotations.get("long-window"), seconds)
    short_s = read_exact_seconds(annotations.get("short-window"), long_s / TWELFTH)
    if not 0 < short_s < long_s:
        what = "the short window must be shorter than the long one: write for example 5m"
        reject(annotations.get("short-window", look_back), what)
    return long_s, short_s
