"""Converts burn policies to AlertPolicies and AlertConditions; equal ones are written once and shared by SLOs.

https://github.com/OpenSLO/OpenSLO/tree/main#alertpolicy
"""

from collections.abc import Iterator

from dashboard.openslo.alert_policies import NAMED, TWELFTH
from dashboard.openslo.annotations import PREFIX
from dashboard.openslo.duration_shorthand import MINUTE, duration_of, exact_text
from dashboard.openslo.yaml_output import API_VERSION, YamlMap
from dashboard.slo.objective import Slo
from dashboard.slo.policy import MIN_FAILURES, Policy, Row

# The notification target, which OpenSLO requires.
TARGET = "dashboard"


class AlertDocuments:
    """The documents of all policies that SLOs reference."""

    def __init__(self) -> None:
        self._conditions: dict[str, YamlMap] = {}

    @property
    def documents(self) -> list[YamlMap]:
        """A policy and a condition for each row, and their target."""
        rows = [part for name, condition in self._conditions.items() for part in (_policy(name), condition)]
        return [*rows, _document("AlertNotificationTarget", TARGET, {"target": "golden-signals"})] if rows else []

    def annotations(self, slo: Slo) -> dict[str, str]:
        """The annotations of an SLO that describe its policy, by name without the prefix."""
        policy = slo.policy
        if policy is None:
            return {}
        # A policy without rows is only identified by a name.
        annotations = {"policy": policy.name if policy.rows else "none"}
        if policy.min_failures != MIN_FAILURES:
            annotations["min-failures"] = str(policy.min_failures)
        return annotations

    def references(self, slo: Slo) -> list[YamlMap]:
        """The `alertPolicies` of an SLO; empty if it has no policy, or one that is identified by name."""
        policy = slo.policy
        if policy is None or _is_known(policy):
            return []
        return [{"alertPolicyRef": self._row_name(row, slo.window.nominal_s)} for row in policy.rows]

    def _row_name(self, row: Row, period_s: float) -> str:
        """The name of a row's documents, which are added at the first call."""
        base = f"{row.severity}-{duration_of(row.long_s) or 'burn'}".lower()
        # Equal rows of several SLOs share their documents; others get the next free number.
        number = 1
        while True:
            name = base if number == 1 else f"{base}-{number}"
            condition = _condition(name, row, period_s)
            if self._conditions.setdefault(name, condition) == condition:
                return name
            number += 1


def _is_known(policy: Policy) -> bool:
    named = NAMED.get(policy.name)
    return not policy.rows or (named is not None and named.rows == policy.rows)


def _document(kind: str, name: str, spec: YamlMap, annotations: YamlMap | None = None) -> YamlMap:
    metadata: YamlMap = {"name": name}
    if annotations:
        metadata["annotations"] = {PREFIX + key: value for key, value in annotations.items()}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _policy(name: str) -> YamlMap:
    spec = {
        "alertWhenBreaching": True,
        "alertWhenResolved": False,
        "alertWhenNoData": False,
        "conditions": [{"conditionRef": name}],
        "notificationTargets": [{"targetRef": TARGET}],
    }
    return _document("AlertPolicy", name, spec)


def _condition(name: str, row: Row, period_s: float) -> YamlMap:
    factor = row.threshold(period_s)
    condition = {"kind": "burnrate", "op": "gte", "threshold": factor, "lookbackWindow": _look_back(row)}
    spec = {"severity": row.severity, "condition": condition}
    return _document("AlertCondition", name, spec, dict(_row_annotations(row, factor, period_s)))


def _look_back(row: Row) -> str:
    """The long window; rounded up to a whole minute if OpenSLO has no shorthand for it."""
    duration = duration_of(row.long_s)
    if duration is None or duration.unit == "s":
        duration = duration_of(MINUTE * (row.long_s // MINUTE + 1))
    return str(duration)


def _row_annotations(row: Row, factor: float, period_s: float) -> Iterator[tuple[str, str]]:
    """Annotations for values that a condition has no field for, or that would be inferred differently."""
    if row.factor is None or row.share != factor * row.long_s / period_s:
        yield "share", repr(row.share)
        if row.factor is not None:
            yield "fixed", "true"
    if row.long_s % MINUTE:
        yield "long-window", exact_text(row.long_s)
    if row.short_s != row.long_s / TWELFTH:
        yield "short-window", exact_text(row.short_s)
