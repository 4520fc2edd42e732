"""Converts definitions of other tools, and older OpenSLO versions, to OpenSLO v1."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from dashboard.openslo.annotations import PREFIX
from dashboard.openslo.catalog import Catalog
from dashboard.openslo.converters import nobl9, pyrra, sloth
from dashboard.openslo.diagnostics import Diagnostic, Diagnostics, excerpt
from dashboard.openslo.foreign_formats import NOBL9, PYRRA, SLOTH, tool_of
from dashboard.openslo.openslo_reader import slos_of_documents, without_duplicates
from dashboard.openslo.openslo_writer import write_slos
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_composer import compose_files
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.objective import Slo

_READERS: dict[str, Callable[[Node, Scope], Iterable[Slo]]] = {
    SLOTH: sloth.read_slos,
    PYRRA: pyrra.read_slos,
    NOBL9: nobl9.read_slos,
}
_NOT_CONVERTED = ("DataSource", "Service", "AlertNotificationTarget")


@dataclass(frozen=True, slots=True)
class Conversion:
    """OpenSLO v1 documents, and diagnostics of what could not be converted or read."""

    text: str
    diagnostics: tuple[Diagnostic, ...]


def convert(files: Mapping[str, str], *, zone: str = "UTC") -> Conversion:
    """Convert files of Sloth, Pyrra, Nobl9 and any version of OpenSLO to OpenSLO v1.

    Args:
        files: text by file name.
        zone: IANA name of the time zone for calendars that name none.
    """
    diagnostics = Diagnostics()
    nodes = compose_files(files, diagnostics)
    # Documents of other tools do not refer to other documents in the files.
    scope = Scope(Catalog(), diagnostics, zone, is_v1=False)
    slos = [slo for node in nodes for slo in _read_foreign(node, scope)]
    openslo_nodes = [node for node in nodes if tool_of(node) is None]
    for node in openslo_nodes:
        _warn_of_omissions(node, diagnostics)
    slos += slos_of_documents(openslo_nodes, diagnostics, zone)
    # Ordered by file, whatever its tool.
    text = write_slos(without_duplicates(sorted(slos, key=partial(_place, list(files))), diagnostics))
    return Conversion(_heading(files) + text if text else "", diagnostics.sorted())


def _read_foreign(node: Node, scope: Scope) -> Iterable[Slo]:
    """The SLOs of another tool's document; none for OpenSLO, or if it has a duplicate key."""
    tool = tool_of(node)
    if tool is None:
        return ()
    slos = scope.diagnostics.attempt(partial(_READERS[tool], node, scope))
    # Read it anyway, to report its other problems.
    return () if node.broken else slos or ()


def _place(files: list[str], slo: Slo) -> tuple[int, int]:
    """The position of an SLO in the files, as a sort key."""
    file, _, line = slo.origin.rpartition(":")
    return files.index(file), int(line)


def _heading(files: Iterable[str]) -> str:
    return "".join(f"# Converted from {excerpt(file)}\n" for file in files)


def _warn_of_omissions(node: Node, diagnostics: Diagnostics) -> None:
    """Warn of parts of an OpenSLO document that its conversion lacks."""
    if node.word("kind") in _NOT_CONVERTED:
        diagnostics.warn(node, "is not converted: no SLO depends on it")
    metadata = node.fields.get("metadata")
    annotations = metadata.fields.get("annotations") if metadata is not None else None
    if annotations is not None and any(not key.startswith(PREFIX) for key in annotations.fields):
        diagnostics.warn(annotations, "annotations of other tools are not converted: add them by hand")
