"""Files of OpenSLO in, objectives and diagnostics out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from dashboard.openslo.catalog import Catalog, Document, identified
from dashboard.openslo.diagnostics import Diagnostic, Diagnostics, nearest, shown
from dashboard.openslo.foreign_formats import format_of
from dashboard.openslo.scope import Scope
from dashboard.openslo.slo_reader import slos
from dashboard.openslo.yaml_composer import documents
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.objective import Slo

REMEDY = "`golden-signals check --convert` writes it as OpenSLO"


@dataclass(frozen=True, slots=True)
class Read:
    """What files say: their objectives in the order of the files, and what is wrong with them."""

    slos: tuple[Slo, ...]
    problems: tuple[Diagnostic, ...]


def read(files: Mapping[str, str], *, zone: str = "UTC") -> Read:
    """The objectives of OpenSLO files, which may refer to one another.

    Args:
        files: text by file name. `zone`: IANA name, for calendars that do not say theirs.
    """
    diagnostics = Diagnostics()
    nodes = [node for file, text in files.items() for node in documents(file, text, diagnostics)]
    found = objectives([node for node in nodes if _is_openslo(node, diagnostics)], diagnostics, zone)
    return Read(found, diagnostics.found)


def _is_openslo(node: Node, diagnostics: Diagnostics) -> bool:
    """False, and a flaw, where another tool's format is recognised."""
    tool = format_of(node)
    if tool is not None:
        diagnostics.add(
            Diagnostic(node.file, node.line, node.key, f"is written for {tool}, not in OpenSLO: {REMEDY}", fatal=True)
        )
    return tool is None


def objectives(nodes: Iterable[Node], diagnostics: Diagnostics, zone: str) -> tuple[Slo, ...]:
    """The objectives of OpenSLO documents."""
    catalog = Catalog()
    known = [diagnostics.attempt(partial(identified, node, diagnostics)) for node in nodes]
    kept = [one for one in known if one is not None and catalog.add(one, diagnostics)]
    scope = Scope(catalog, diagnostics, zone)
    made: list[Slo] = []
    for one in kept:
        if one.kind == "SLO":
            made += slos(one, scope)
            _check_service(one, scope)
    return tuple(unique(made, diagnostics))


def _check_service(document: Document, scope: Scope) -> None:
    """Note a service that no document describes where others are: it may be misspelt."""
    known = scope.catalog.names("Service")
    spec = document.node.fields.get("spec")
    if spec is None or not known or not spec.word("service") or spec.word("service") in known:
        return
    name = spec.word("service")
    scope.diagnostics.note(
        spec.fields["service"], f"there is no Service {shown(name)} in these files{nearest(name, known)}"
    )


def unique(found: Iterable[Slo], diagnostics: Diagnostics) -> Iterable[Slo]:
    """The objectives whose name is not taken by one before."""
    first: dict[str, Slo] = {}
    for slo in found:
        if slo.name not in first:
            first[slo.name] = slo
            yield slo
            continue
        file, _, line = slo.origin.rpartition(":")
        what = f"the SLO {shown(slo.name)} is there already, at {first[slo.name].origin}: rename one of them"
        diagnostics.add(Diagnostic(file, int(line), "metadata.name", what, fatal=True))
