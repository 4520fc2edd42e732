"""Writes OpenSLO documents as readable YAML."""

from collections.abc import Sequence
from typing import Any

import yaml

from dashboard.openslo.map_fields import is_ambiguous

API_VERSION = "openslo/v1"
# A map of a YAML document.
YamlMap = dict[str, Any]
# Wide enough for a query to stay on one line.
_WIDTH = 1000


def to_yaml(documents: Sequence[YamlMap]) -> str:
    """Documents as YAML, with fields in order and multi-line texts as blocks. Empty without documents."""
    if not documents:
        return ""
    text = yaml.dump_all(
        documents, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False
    )
    return str(text)


class _Dumper(yaml.SafeDumper):
    """Writes multi-line texts as blocks, and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never write anchors, as people look for a value where it is used."""
        return True


def _represent_text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    # Other readers would take it for a number or a boolean.
    if is_ambiguous(data):
        return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="'")
    # A block's indentation is detected from its first line, which a leading space would break.
    style = "|" if "\n" in data and not data.startswith((" ", "\n")) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _represent_text)
