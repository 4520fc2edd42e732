"""Annotations that begin with `golden-signals/`: values for which OpenSLO has no field."""

import re
from collections.abc import Iterable, Mapping

from dashboard.openslo.diagnostics import Diagnostics, excerpt, reject, suggestion
from dashboard.openslo.map_fields import scalar_text
from dashboard.openslo.objective_targets import parse_ratio, read_ratio
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.objective import Credit, Sla

PREFIX = "golden-signals/"
OF_SLO = ("kind", "name", "objective", "limit", "time-zone", "slice", "policy", "min-failures", "sla", "sla-credit")
OF_CONDITION = ("share", "fixed", "long-window", "short-window")
# A comma within the text of a credit does not start the next credit.
_CREDIT_SEPARATOR = re.compile(r",(?=\s*[0-9.]+(?:[eE][-+]?[0-9]+)?\s*%?\s*=)")


def own_annotations(annotations: Mapping[str, Node], known: Iterable[str], diagnostics: Diagnostics) -> dict[str, Node]:
    """This product's annotations by name without its prefix; unknown and empty ones get a warning.

    Args:
        annotations: all annotations of a document.
        known: names without the prefix.
        diagnostics: collects warnings.
    """
    by_name = {key.removeprefix(PREFIX): node for key, node in annotations.items() if key.startswith(PREFIX)}
    names = tuple(known)
    usable = {}
    for name, node in by_name.items():
        if name not in names:
            diagnostics.warn(node, f"unknown annotation{suggestion(name, names)}")
        elif node.is_null:
            diagnostics.warn(node, "is empty and ignored: remove it")
        else:
            usable[name] = node
    return usable


def read_sla(annotations: Mapping[str, Node], objective: float, diagnostics: Diagnostics) -> Sla | None:
    """The SLA of an SLO, which is looser than its objective.

    Args:
        annotations: this product's annotations.
        objective: of the SLO, 0–1.
        diagnostics: collects warnings.
    """
    sla, credits = annotations.get("sla"), annotations.get("sla-credit")
    if sla is None:
        if credits is not None:
            diagnostics.warn(credits, f"is ignored without {PREFIX}sla: write what was agreed, such as '0.99'")
        return None
    agreed = read_ratio(sla, diagnostics, example="'0.99'")
    # An SLA as strict as the SLO leaves no time to act between the first alert and the first credit.
    if agreed >= objective:
        reject(sla, f"{agreed:g} is not below the objective of {objective:g}: an SLO warns before its SLA is missed")
    return Sla(agreed, _read_credits(credits, agreed, diagnostics) if credits is not None else ())


def _read_credits(node: Node, agreed: float, diagnostics: Diagnostics) -> tuple[Credit, ...]:
    """The credits owed below each SLI, from the mildest to the worst."""
    credits = [_parse_credit(node, part) for part in _CREDIT_SEPARATOR.split(scalar_text(node))]
    if any(credit.below > agreed for credit in credits):
        diagnostics.warn(node, f"a credit is owed although the SLA of {agreed:g} is met: write a lower limit")
    return tuple(sorted(credits, key=lambda credit: -credit.below))


def _parse_credit(node: Node, part: str) -> Credit:
    below, equals, owed = part.partition("=")
    ratio = parse_ratio(below.strip())
    if not equals or ratio is None or not 0 < ratio < 1 or not owed.strip():
        reject(node, f"{excerpt(part.strip())} is not a credit: write for example '0.99=10 %, 0.95=25 %'")
    return Credit(ratio, owed.strip())
