"""Detects the tool that a document is written for.

https://sloth.dev/specs/default/v1/ · https://github.com/pyrra-dev/pyrra · https://docs.nobl9.com/yaml-guide/
"""

from dashboard.openslo.yaml_nodes import Node

SLOTH, PYRRA, NOBL9 = "Sloth", "Pyrra", "Nobl9"
# API group and kind of each tool's resource; all versions of a group are read the same way.
_RESOURCES = {
    ("sloth.slok.dev/", "PrometheusServiceLevel"): SLOTH,
    ("pyrra.dev/", "ServiceLevelObjective"): PYRRA,
    ("n9/", "SLO"): NOBL9,
}


def tool_of(node: Node) -> str | None:
    """The tool for which a document defines SLOs; None for OpenSLO and everything else."""
    # Sloth's own specification is no Kubernetes resource and has no kind.
    if node.word("version").startswith("prometheus/") and "slos" in node.fields:
        return SLOTH
    group, slash, _ = node.word("apiVersion").lower().partition("/")
    return _RESOURCES.get((group + slash, node.word("kind")))
