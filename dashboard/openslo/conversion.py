"""Definitions of other tools, and older OpenSLO, as OpenSLO v1."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from dashboard.openslo.annotations import PREFIX
from dashboard.openslo.catalog import Catalog
from dashboard.openslo.converters import nobl9, pyrra, sloth
from dashboard.openslo.diagnostics import Diagnostic, Diagnostics, shown
from dashboard.openslo.foreign_formats import NOBL9, PYRRA, SLOTH, format_of
from dashboard.openslo.reader import objectives, unique
from dashboard.openslo.scope import Scope
from dashboard.openslo.writer import write
from dashboard.openslo.yaml_composer import documents
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.objective import Slo

_READERS: dict[str, Callable[[Node, Scope], Iterable[Slo]]] = {
    SLOTH: sloth.slos,
    PYRRA: pyrra.slos,
    NOBL9: nobl9.slos,
}
_DROPPED = ("DataSource", "Service", "AlertNotificationTarget")


@dataclass(frozen=True, slots=True)
class Converted:
    """OpenSLO v1 documents, and what could not be carried over or read."""

    text: str
    problems: tuple[Diagnostic, ...]


def convert(files: Mapping[str, str], *, zone: str = "UTC") -> Converted:
    """Files of Sloth, Pyrra, Nobl9 and OpenSLO of any version as OpenSLO v1.

    Args:
        files: text by file name. `zone`: IANA name, for calendars that do not say theirs.
    """
    diagnostics = Diagnostics()
    nodes = [node for file, text in files.items() for node in documents(file, text, diagnostics)]
    scope = Scope(Catalog(), diagnostics, zone, elder=True)
    made = [slo for node in nodes if (tool := format_of(node)) is not None for slo in _foreign(node, tool, scope)]
    own = [node for node in nodes if format_of(node) is None]
    for node in own:
        _remark(node, diagnostics)
    found = [*objectives(own, diagnostics, zone), *made]
    text = write(unique(sorted(found, key=partial(_place, list(files))), diagnostics))
    return Converted(_heading(files) + text if text else "", diagnostics.found)


def _foreign(node: Node, tool: str, scope: Scope) -> Iterable[Slo]:
    """The objectives of another tool's document; none where it holds a key twice."""
    made = scope.diagnostics.attempt(partial(_READERS[tool], node, scope))
    return () if node.broken else made or ()


def _place(files: list[str], slo: Slo) -> tuple[int, int]:
    file, _, line = slo.origin.rpartition(":")
    return files.index(file), int(line)


def _heading(files: Iterable[str]) -> str:
    return "".join(f"# Converted from {shown(file)}\n" for file in files)


def _remark(node: Node, diagnostics: Diagnostics) -> None:
    """Note what of OpenSLO is not written again."""
    if node.word("kind") in _DROPPED:
        diagnostics.note(node, "is not written again: nothing of it is needed to judge an SLO")
    metadata = node.fields.get("metadata")
    noted = metadata.fields.get("annotations") if metadata is not None else None
    if noted is not None and any(not key.startswith(PREFIX) for key in noted.fields):
        diagnostics.note(noted, "annotations of others are not written again: add them by hand")
