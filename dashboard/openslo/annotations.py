"""What OpenSLO has no field for and this product knows: annotations that begin with `golden-signals/`."""

import re
from collections.abc import Iterable, Mapping

from dashboard.openslo.diagnostics import Diagnostics, nearest, refuse, shown
from dashboard.openslo.map_fields import raw
from dashboard.openslo.objective_targets import share_in, share_of
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.objective import Credit, Sla

PREFIX = "golden-signals/"
OF_SLO = ("kind", "name", "objective", "limit", "time-zone", "slice", "policy", "min-failures", "sla", "sla-credit")
OF_CONDITION = ("share", "fixed", "long-window", "short-window")
# A comma within the text of a credit does not begin the next one.
_NEXT = re.compile(r",(?=\s*[0-9.]+(?:[eE][-+]?[0-9]+)?\s*%?\s*=)")


def annotations(found: Mapping[str, Node], known: Iterable[str], diagnostics: Diagnostics) -> dict[str, Node]:
    """The annotations of this product, without its prefix; one that is not known is noted."""
    made = {key.removeprefix(PREFIX): node for key, node in found.items() if key.startswith(PREFIX)}
    names = tuple(known)
    for key, node in made.items():
        if key not in names:
            diagnostics.note(node, f"unknown annotation{nearest(key, names)}")
        elif node.is_null:
            diagnostics.note(node, "is empty and read as if it were not there: leave it out")
    return {key: node for key, node in made.items() if key in names and not node.is_null}


def sla_of(found: Mapping[str, Node], objective: float, diagnostics: Diagnostics) -> Sla | None:
    """The contract beside an objective, which is looser than it."""
    stated, owed = found.get("sla"), found.get("sla-credit")
    if stated is None:
        if owed is not None:
            diagnostics.note(owed, f"is not looked at without {PREFIX}sla: write what was promised, such as '0.99'")
        return None
    contract = share_in(stated, diagnostics, example="'0.99'")
    if contract >= objective:
        refuse(stated, f"{contract:g} is no looser than the objective of {objective:g}: an SLO warns before its SLA")
    return Sla(contract, _credits(owed, contract, diagnostics) if owed is not None else ())


def _credits(node: Node, contract: float, diagnostics: Diagnostics) -> tuple[Credit, ...]:
    """What is owed below which SLI, from the mildest to the worst."""
    made = [_credit(node, part) for part in _NEXT.split(raw(node))]
    if any(credit.below > contract for credit in made):
        diagnostics.note(
            node, f"a credit is owed although the SLA of {contract:g} is kept: write it for less than that"
        )
    return tuple(sorted(made, key=lambda credit: -credit.below))


def _credit(node: Node, part: str) -> Credit:
    below, equals, owed = part.partition("=")
    share = share_of(below.strip())
    if not equals or share is None or not 0 < share < 1 or not owed.strip():
        refuse(node, f"{shown(part.strip())} is no credit: write for example '0.99=10 %, 0.95=25 %'")
    return Credit(share, owed.strip())
