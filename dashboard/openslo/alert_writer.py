"""From burn policies to AlertPolicies and AlertConditions; equal ones are written once, for all SLOs that use them."""

from typing import Any

from dashboard.openslo.alert_policies import NAMED, TWELFTH
from dashboard.openslo.annotations import PREFIX
from dashboard.openslo.duration_shorthand import MINUTE, exact_text, of_seconds
from dashboard.slo.objective import Slo
from dashboard.slo.policy import MIN_FAILURES, Policy, Row

API = "openslo/v1"
# Whom alerts go to: OpenSLO wants somebody named.
TARGET = "dashboard"
Fields = dict[str, Any]


class Alerts:
    """The documents of all policies that were asked for."""

    def __init__(self) -> None:
        self._named: dict[str, Fields] = {}

    @property
    def documents(self) -> list[Fields]:
        """A policy and a condition for each row, and their target."""
        made = [part for name, condition in self._named.items() for part in (_policy(name), condition)]
        return [*made, _document("AlertNotificationTarget", TARGET, {"target": "golden-signals"})] if made else []

    def annotations(self, slo: Slo) -> dict[str, str]:
        """What an SLO says itself of its policy."""
        policy = slo.policy
        if policy is None:
            return {}
        # A policy without rows is known by one name only.
        made = {"policy": policy.name if policy.rows else "none"}
        if policy.min_failures != MIN_FAILURES:
            made["min-failures"] = str(policy.min_failures)
        return made

    def references(self, slo: Slo) -> list[Fields]:
        """What an SLO refers to: none where it has no policy, or one that is known by name."""
        policy = slo.policy
        if policy is None or _is_known(policy):
            return []
        return [{"alertPolicyRef": self._name(policy, row, slo.window.usual)} for row in policy.rows]

    def _name(self, policy: Policy, row: Row, period_s: float) -> str:
        """The name of a row's documents, which are made when it is asked for the first time."""
        length = of_seconds(row.long_s)
        plain = f"{row.severity}-{length or 'burn'}".lower()
        number = 1
        while True:
            name = plain if number == 1 else f"{plain}-{number}"
            wanted = _condition(name, row, period_s)
            if self._named.setdefault(name, wanted) == wanted:
                return name
            number += 1


def _is_known(policy: Policy) -> bool:
    known = NAMED.get(policy.name)
    return not policy.rows or (known is not None and known.rows == policy.rows)


def _document(kind: str, name: str, spec: Fields, annotations: Fields | None = None) -> Fields:
    metadata: Fields = {"name": name}
    if annotations:
        metadata["annotations"] = {PREFIX + key: value for key, value in annotations.items()}
    return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}


def _policy(name: str) -> Fields:
    spec = {
        "alertWhenBreaching": True,
        "alertWhenResolved": False,
        "alertWhenNoData": False,
        "conditions": [{"conditionRef": name}],
        "notificationTargets": [{"targetRef": TARGET}],
    }
    return _document("AlertPolicy", name, spec)


def _condition(name: str, row: Row, period_s: float) -> Fields:
    factor = row.threshold(period_s)
    condition = {"kind": "burnrate", "op": "gte", "threshold": factor, "lookbackWindow": _lookback(row)}
    spec = {"severity": row.severity, "condition": condition}
    return _document("AlertCondition", name, spec, _annotations(row, factor, period_s))


def _lookback(row: Row) -> str:
    """The long window; the next whole minute where OpenSLO cannot say it."""
    exact = of_seconds(row.long_s)
    whole = exact if exact is not None and exact.unit != "s" else of_seconds(MINUTE * (row.long_s // MINUTE + 1))
    return str(whole)


def _annotations(row: Row, factor: float, period_s: float) -> dict[str, str]:
    made = {}
    if row.factor is None or row.share != factor * row.long_s / period_s:
        made["share"] = repr(row.share)
    if row.factor is not None and "share" in made:
        made["fixed"] = "true"
    if row.long_s % MINUTE:
        made["long-window"] = exact_text(row.long_s)
    if row.short_s != row.long_s / TWELFTH:
        made["short-window"] = exact_text(row.short_s)
    return made
