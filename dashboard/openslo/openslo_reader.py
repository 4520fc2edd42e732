"""Reads OpenSLO files: returns SLOs and diagnostics."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from dashboard.openslo.catalog import Catalog, Document, read_document
from dashboard.openslo.diagnostics import Diagnostic, Diagnostics, excerpt, suggestion
from dashboard.openslo.foreign_formats import tool_of
from dashboard.openslo.scope import Scope
from dashboard.openslo.slo_reader import read_slo_document
from dashboard.openslo.yaml_composer import compose_files
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.objective import Slo

REMEDY = "`golden-signals check --convert` writes it as OpenSLO"


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The SLOs of files, in the order of the files, and the diagnostics."""

    slos: tuple[Slo, ...]
    diagnostics: tuple[Diagnostic, ...]


def read_slos(files: Mapping[str, str], *, zone: str = "UTC") -> ReadResult:
    """The SLOs of OpenSLO files, which may refer to each other.

    Args:
        files: text by file name.
        zone: IANA name of the time zone for calendars that name none.
    """
    diagnostics = Diagnostics()
    nodes = [node for node in compose_files(files, diagnostics) if _is_openslo(node, diagnostics)]
    slos = slos_of_documents(nodes, diagnostics, zone)
    return ReadResult(slos, diagnostics.sorted())


def _is_openslo(node: Node, diagnostics: Diagnostics) -> bool:
    """Whether it is OpenSLO; a definition of another tool gets a fatal diagnostic."""
    tool = tool_of(node)
    if tool is not None:
        # Not converted silently, as OpenSLO may have no fields for parts of it.
        what = f"is written for {tool}, not in OpenSLO: {REMEDY}"
        diagnostics.add(Diagnostic(node.file, node.line, node.key, what, fatal=True))
    return tool is None


def slos_of_documents(nodes: Iterable[Node], diagnostics: Diagnostics, zone: str) -> tuple[Slo, ...]:
    """The SLOs of OpenSLO documents, in order.

    Args:
        nodes: one for each document.
        diagnostics: collects warnings and rejections.
        zone: IANA name of the time zone for calendars that name none.
    """
    catalog = Catalog()
    # Add all of them first, as an SLO may refer to a later document or file.
    documents = _add_documents(catalog, nodes, diagnostics)
    scope = Scope(catalog, diagnostics, zone)
    slos: list[Slo] = []
    for document in documents:
        if document.kind == "SLO":
            slos += read_slo_document(document, scope)
            _check_service(document, scope)
    return tuple(without_duplicates(slos, diagnostics))


def _add_documents(catalog: Catalog, nodes: Iterable[Node], diagnostics: Diagnostics) -> list[Document]:
    """Add OpenSLO documents to a catalog; returns those that could be added."""
    attempts = (diagnostics.attempt(partial(read_document, node, diagnostics)) for node in nodes)
    return [document for document in attempts if document is not None and catalog.add(document, diagnostics)]


def _check_service(document: Document, scope: Scope) -> None:
    """Warn of a service without a document if others have one: it may be misspelt."""
    names = scope.catalog.names("Service")
    spec = document.node.fields.get("spec")
    if spec is None or not names or not spec.word("service") or spec.word("service") in names:
        return
    # Nothing depends on the Service document, so keep the SLO.
    name = spec.word("service")
    what = f"there is no Service {excerpt(name)} in these files{suggestion(name, names)}"
    scope.diagnostics.warn(spec.fields["service"], what)


def without_duplicates(slos: Iterable[Slo], diagnostics: Diagnostics) -> Iterator[Slo]:
    """The first SLO of each name; each further one gets a fatal diagnostic."""
    by_name: dict[str, Slo] = {}
    for slo in slos:
        if slo.name not in by_name:
            by_name[slo.name] = slo
            yield slo
            continue
        file, _, line = slo.origin.rpartition(":")
        what = f"the SLO {excerpt(slo.name)} already exists at {by_name[slo.name].origin}: rename one of them"
        diagnostics.add(Diagnostic(file, int(line), "metadata.name", what, fatal=True))
