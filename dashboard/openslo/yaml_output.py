"""YAML of OpenSLO documents, as people write it."""

from collections.abc import Sequence
from typing import Any

import yaml

from dashboard.openslo.map_fields import is_ambiguous

API_VERSION = "openslo/v1"
# A map of a YAML document.
YamlMap = dict[str, Any]
# Long enough that a query of one line stays on it.
_WIDTH = 1000


def to_yaml(documents: Sequence[YamlMap]) -> str:
    """Documents as YAML, in the order of their fields; texts of several lines as blocks. Empty for none."""
    if not documents:
        return ""
    text = yaml.dump_all(
        documents, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False
    )
    return str(text)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never an anchor: people look for a value where it is used."""
        return True


def _represent_text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    # Other readers than this one would take it for a number or a boolean.
    if is_ambiguous(data):
        return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="'")
    # A block begins with its indentation, which a leading space would hide.
    style = "|" if "\n" in data and not data.startswith((" ", "\n")) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _represent_text)
