"""Shares, 0–1, from the decimal text: 99.9 % is 0.999, not 0.9990000000000001."""

from decimal import Decimal

from dashboard.openslo.diagnostics import Diagnostics, refuse, shown
from dashboard.openslo.map_fields import Fields, raw
from dashboard.openslo.yaml_nodes import Node, number_in


def percent(text: str) -> float | None:
    """The share that a number of percent is; None of anything else."""
    return float(Decimal(text) / 100) if number_in(text) is not None else None


def share_of(text: str) -> float | None:
    """The share in a text such as `0.999` or `99.9 %`."""
    return percent(text[:-1].strip()) if text.endswith("%") else number_in(text)


def share_in(node: Node, diagnostics: Diagnostics, *, example: str = "0.999") -> float:
    """A share above 0 and below 1."""
    found = raw(node)
    share = share_of(found)
    if share is None:
        refuse(node, f"{shown(found)} is no number: write for example {example}")
    if found.endswith("%"):
        diagnostics.note(node, f"{shown(found)} is read as {share:g}: write it so")
    return checked(node, share)


def percent_in(node: Node, diagnostics: Diagnostics) -> float:
    """A share above 0 and below 1 that is given in percent."""
    found = raw(node).removesuffix("%").strip()
    share = percent(found)
    if share is None:
        refuse(node, f"{shown(raw(node))} is no number of percent: write for example 99.9")
    if raw(node).endswith("%"):
        diagnostics.note(node, f"is read as {found}: leave the % out")
    return checked(node, share)


def checked(node: Node, share: float) -> float:
    """The same share; refused where it leaves no budget, or nothing but budget."""
    if share == 1:
        refuse(node, "an objective of 1 has no error budget: nothing may ever fail; write for example 0.999")
    if share > 1:
        refuse(node, f"an objective of {share:g} is above 1 and leaves no error budget: write 0.999 for 99.9 %")
    if share <= 0:
        refuse(node, "an objective of 0 or less promises nothing, so that its budget tells nothing: write 0.999")
    return share


def objective_of(fields: Fields) -> float:
    """The share of good events that one of an SLO's objectives wants: its target, or the same in percent."""
    target, hundred = fields.optional("target"), fields.optional("targetPercent")
    if target is None and hundred is None:
        refuse(fields.node, "missing: write the share that shall be good, such as target: 0.999", "target")
    for given in (target, hundred):
        if given is not None and not given.plain:
            fields.diagnostics.note(given, f"is read as the number {raw(given)}: write it without quotes")
    shares = [share_in(target, fields.diagnostics)] if target is not None else []
    shares += [percent_in(hundred, fields.diagnostics)] if hundred is not None else []
    if hundred is not None and target is not None:
        if shares[0] != shares[1]:
            refuse(hundred, f"is {shares[1]:g}, but target beside it is {shares[0]:g}: leave one of them out")
        fields.diagnostics.note(hundred, "says the same as target beside it: leave one of them out")
    return shares[0]
