"""The context of each reader: the other documents, the list of diagnostics, and the defaults."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dashboard.openslo.catalog import Catalog, Document
from dashboard.openslo.diagnostics import Diagnostics
from dashboard.openslo.map_fields import Fields
from dashboard.openslo.yaml_nodes import Node


@dataclass(frozen=True, slots=True)
class Scope:
    """The context in which a part of a document is read.

    Attributes:
        catalog: documents that it may refer to.
        diagnostics: collects warnings.
        zone: IANA name of the time zone for calendars that name none.
        service: the service of columns that name none.
        is_v1: False in a document of another version or tool, whose spellings need no warning.
    """

    catalog: Catalog
    diagnostics: Diagnostics
    zone: str = "UTC"
    service: str = ""
    is_v1: bool = True

    def fields(self, node: Node, known: Iterable[str]) -> Fields:
        """The fields of a map; anything else is rejected."""
        return Fields(node, known, self.diagnostics, is_v1=self.is_v1)

    def within(self, document: Document) -> "Scope":
        """The scope of a part of another document."""
        return replace(self, is_v1=document.is_v1)
