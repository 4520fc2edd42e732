"""What each reader needs: the other documents, where diagnostics go, and the defaults that hold at its place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dashboard.openslo.catalog import Catalog, Document
from dashboard.openslo.diagnostics import Diagnostics
from dashboard.openslo.map_fields import Fields
from dashboard.openslo.yaml_nodes import Node


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a part is read.

    Attributes:
        zone: IANA name, for calendars without one. `service`: for columns without one.
        elder: the document is of another version than v1, so that its spellings are no flaw.
    """

    catalog: Catalog
    diagnostics: Diagnostics
    zone: str = "UTC"
    service: str = ""
    elder: bool = False

    def fields(self, node: Node, known: Iterable[str]) -> Fields:
        """The fields of a map."""
        return Fields(node, known, self.diagnostics, elder=self.elder)

    def within(self, document: Document) -> "Scope":
        """The same for a part of another document."""
        return replace(self, elder=document.elder)
