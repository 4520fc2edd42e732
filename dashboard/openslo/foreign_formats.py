"""Which tool a document is written for.

https://sloth.dev/specs/default/v1/ · https://github.com/pyrra-dev/pyrra · https://docs.nobl9.com/yaml-guide/
"""

from dashboard.openslo.yaml_nodes import Node

SLOTH, PYRRA, NOBL9 = "Sloth", "Pyrra", "Nobl9"


def tool_of(node: Node) -> str | None:
    """The tool that a document defines SLOs for; None of OpenSLO and of everything else."""
    version, kind = node.word("apiVersion").lower(), node.word("kind")
    if node.word("version").startswith("prometheus/") and "slos" in node.fields:
        return SLOTH
    if version.startswith("sloth.slok.dev/") and kind == "PrometheusServiceLevel":
        return SLOTH
    if version.startswith("pyrra.dev/") and kind == "ServiceLevelObjective":
        return PYRRA
    if version.startswith("n9/") and kind == "SLO":
        return NOBL9
    return None
