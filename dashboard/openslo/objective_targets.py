"""Parses ratios, 0–1, from their decimal text: 99.9 % is 0.999, not 0.9990000000000001."""

from decimal import Decimal

from dashboard.openslo.diagnostics import Diagnostics, excerpt, reject
from dashboard.openslo.map_fields import Fields, scalar_text
from dashboard.openslo.yaml_nodes import Node, parse_number


def parse_percent(text: str) -> float | None:
    """The ratio for a number in percent; None for anything else."""
    # In decimal arithmetic: 99.9 / 100 in binary is not 0.999.
    return float(Decimal(text) / 100) if parse_number(text) is not None else None


def parse_ratio(text: str) -> float | None:
    """The ratio in a text such as `0.999` or `99.9 %`; None for anything else."""
    return parse_percent(text[:-1].strip()) if text.endswith("%") else parse_number(text)


def read_ratio(node: Node, diagnostics: Diagnostics, *, example: str = "0.999") -> float:
    """A ratio above 0 and below 1; anything else is rejected.

    Args:
        node: the scalar.
        diagnostics: where warnings go.
        example: a ratio for the error message.
    """
    text = scalar_text(node)
    ratio = parse_ratio(text)
    if ratio is None:
        reject(node, f"{excerpt(text)} is not a number: write for example {example}")
    if text.endswith("%"):
        diagnostics.warn(node, f"{excerpt(text)} is read as {ratio:g}: write that")
    return check_objective(node, ratio)


def read_percent(node: Node, diagnostics: Diagnostics) -> float:
    """A ratio above 0 and below 1, written in percent; anything else is rejected.

    Less than one percent without the sign is also rejected: it is a ratio in the wrong field, and hardly any SLI misses
    it.
    """
    text = scalar_text(node)
    number = text.removesuffix("%").strip()
    ratio = parse_percent(number)
    if ratio is None:
        reject(node, f"{excerpt(text)} is not a number of percent: write for example 99.9")
    if text.endswith("%"):
        diagnostics.warn(node, f"is read as {number}: remove the %")
    elif 0 < ratio < 0.01:
        percent = f"{Decimal(number) * 100:f}".rstrip("0").rstrip(".")
        reject(node, f"{excerpt(text)} would be less than one percent: write {percent} for a ratio of {number}")
    return check_objective(node, ratio)


def check_objective(node: Node, ratio: float) -> float:
    """Return the ratio; rejected if it leaves no error budget, or only error budget."""
    if ratio == 1:
        reject(node, "an objective of 1 has no error budget, so that nothing may ever fail: write for example 0.999")
    if ratio > 1:
        reject(node, f"an objective of {ratio:g} is above 1 and has no error budget: write 0.999 for 99.9 %")
    if ratio <= 0:
        reject(node, "an objective of 0 or less cannot be missed: write for example 0.999")
    return ratio


def read_objective(fields: Fields) -> float:
    """The share of good events that an objective requires, 0–1: its target or targetPercent."""
    target, percent = fields.optional("target"), fields.optional("targetPercent")
    for node in filter(None, (target, percent)):
        if not node.plain:
            fields.diagnostics.warn(node, f"is read as the number {scalar_text(node)}: write it without quotes")
    if percent is None:
        example = "target: 0.999, the share of events that must be good"
        return read_ratio(fields.required("target", example), fields.diagnostics)
    if target is None:
        return read_percent(percent, fields.diagnostics)
    return _read_equal(target, percent, fields.diagnostics)


def _read_equal(target: Node, percent: Node, diagnostics: Diagnostics) -> float:
    """The ratio in both fields; rejected if they differ."""
    ratio, other = read_ratio(target, diagnostics), read_percent(percent, diagnostics)
    if ratio != other:
        reject(percent, f"is {other:g}, but target is {ratio:g}: remove one of them")
    diagnostics.warn(percent, "is equal to target: remove one of them")
    return ratio
