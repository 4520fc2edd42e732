"""An alert of another tool: when it fired, by which rule, and for which service."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

# Sorted pairs of name and value.
Labels = tuple[tuple[str, str], ...]
# Labels for the severity of an alert; the first one present counts.
SEVERITY_LABELS = ("severity", "sloth_severity", "priority", "level")


class AlertState(StrEnum):
    """The values of `alertstate` of `ALERTS`."""

    FIRING = "firing"
    PENDING = "pending"


class Tool(StrEnum):
    """Tools that generate burn rate alerts."""

    OURS = "golden-signals"
    SLOTH = "Sloth"
    PYRRA = "Pyrra"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """An alerting rule, as far as its alerts identify it.

    Attributes:
        name: `alertname`. `severity`: empty if no label has it.
        slo: for an alert about an error budget, and `window`: its long window, such as `1h`; empty otherwise, and if
            the tool does not include it.
        tool: that generated the burn rate alert; None for other alerts.
    """

    name: str
    severity: str = ""
    slo: str = ""
    window: str = ""
    tool: Tool | None = None


@dataclass(frozen=True, slots=True)
class AlertInterval:
    """One alert, from its first sample until it was resolved.

    Attributes:
        labels: sorted, with `alertname` and without `alertstate`. `rule`: of the alert.
        start: epoch seconds of the first evaluation that found it. `end`: of the first one that did not, which is
            one evaluation after the last that did; None while it continues.
        service: name of its service; None if its labels name no known one.
    """

    labels: Labels
    rule: AlertRule
    start: float
    end: float | None
    service: str | None = None

    def end_by(self, now: float) -> float:
        """Its end; `now` (epoch seconds) while it continues."""
        return now if self.end is None else self.end

    def overlaps(self, start: float, end: float) -> bool:
        """Whether it was active at any time between two times (epoch seconds)."""
        return self.start < end and (self.end is None or self.end > start)


def labels_of(metric: Mapping[str, str]) -> Labels:
    """The labels that identify an alert: without the name of the series and its state."""
    return tuple(sorted((name, value) for name, value in metric.items() if name not in ("__name__", "alertstate")))


@lru_cache(maxsize=10_000)
def rule_of(labels: Labels) -> AlertRule:
    """The rule of an alert."""
    values = dict(labels)
    name = values.get("alertname", "")
    tool = _tool(values)
    severity = next((values[label] for label in SEVERITY_LABELS if values.get(label)), "")
    if tool is None:
        return AlertRule(name, severity)
    if tool is Tool.SLOTH:
        slo = values.get("sloth_id") or f"{values.get('sloth_service', '')}-{values['sloth_slo']}".lstrip("-")
        return AlertRule(name, severity, slo, tool=tool)
    return AlertRule(name, severity, values["slo"], values.get("long", ""), tool)


def _tool(values: Mapping[str, str]) -> Tool | None:
    """The tool of a burn rate alert, by labels that are specific to it: alerts may be renamed, these labels stay.

    https://sloth.dev/usage/slo-as-code/alerts/ and https://github.com/pyrra-dev/pyrra (slo/rules.go).
    """
    if values.get("sloth_slo") or values.get("sloth_id"):
        return Tool.SLOTH if values.get("sloth_slo") else None
    if not values.get("slo"):
        return None
    if values.get("exhaustion") and values.get("short"):
        return Tool.PYRRA
    # `SLOMetricAbsent` is about an objective, too, but not about its budget.
    return Tool.OURS if values.get("service") and values.get("long") and values.get("short") else None
