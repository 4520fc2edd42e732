"""An alert of another tool: when it fired, by which rule, and for which service."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

# Sorted pairs of name and value.
Labels = tuple[tuple[str, str], ...]
# Labels that say how urgent an alert is, the first that is there.
SEVERITY_LABELS = ("severity", "sloth_severity", "priority", "level")


class AlertState(StrEnum):
    """As `alertstate` of `ALERTS` has it."""

    FIRING = "firing"
    PENDING = "pending"


class Tool(StrEnum):
    """Whose rules burn alerts are of."""

    OURS = "golden-signals"
    SLOTH = "Sloth"
    PYRRA = "Pyrra"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A rule, as far as its alerts tell it from others.

    Attributes:
        name: `alertname`. `severity`: empty if no label tells one.
        slo: of an alert about an error budget, and `window`: the long one, such as `1h`; empty of other alerts, and
            where the tool does not tell.
        tool: whose burn alert it is; None of other alerts.
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
        labels: sorted, with `alertname` and without `alertstate`. `rule`: that it is of.
        start: epoch seconds of the evaluation that found it first. `end`: of the one that found it no more, which
            comes one evaluation after the last that did; None while it continues.
        service: name of the service that it is about; None if its labels name none that is known.
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
        """Whether it was there between two moments (epoch seconds)."""
        return self.start < end and (self.end is None or self.end > start)


def labels_of(metric: Mapping[str, str]) -> Labels:
    """The labels of an alert, by which it is the same again: without the name of the series and its state."""
    return tuple(sorted((name, value) for name, value in metric.items() if name not in ("__name__", "alertstate")))


@lru_cache(maxsize=10_000)
def rule_of(labels: Labels) -> AlertRule:
    """The rule that an alert is of."""
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
    """Whose burn alert it is, by the labels that the rules of each tool give: alerts can be renamed, these stay.

    https://sloth.dev/usage/slo-as-code/alerts/ and https://github.com/pyrra-dev/pyrra (slo/rules.go).
    """
    if values.get("sloth_slo") or values.get("sloth_id"):
        return Tool.SLOTH if values.get("sloth_slo") else None
    if not values.get("slo"):
        return None
    if values.get("exhaustion") and values.get("short"):
        return Tool.PYRRA
    # `SLOMetricAbsent` is about an objective, too, but says nothing of its budget.
    return Tool.OURS if values.get("service") and values.get("long") and values.get("short") else None
