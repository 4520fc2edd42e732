"""The documents of all files by kind and name, so that documents can refer to each other across files.

https://github.com/OpenSLO/OpenSLO/tree/main#specification
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dashboard.openslo.diagnostics import Diagnostic, Diagnostics, excerpt, join_path, reject, suggestion
from dashboard.openslo.map_fields import Fields, read_keyword, read_text, scalar_text
from dashboard.openslo.yaml_nodes import Node

KINDS = ("SLO", "SLI", "Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget")
TOP = ("apiVersion", "kind", "metadata", "spec")
METADATA = ("name", "displayName", "labels", "annotations")
V1 = "v1"
_KINDS = {kind.lower(): kind for kind in KINDS}
_API_VERSION = re.compile(r"openslo(?:\.com)?/(v[0-9][a-z0-9]*)", re.IGNORECASE)
# Spellings of versions, and the version as which each is read.
_VERSIONS = {"v1": V1, "v1alpha": "v1alpha", "v2alpha": "v2alpha", "v2alpha1": "v2alpha", "v1beta1": V1}
# https://datatracker.ietf.org/doc/html/rfc1123#section-2, which OpenSLO prescribes for names.
_NAME = re.compile("[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Name, title, labels and annotations of a document; lists of label values are joined."""

    name: str
    title: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """One OpenSLO object; `version` is v1, v1alpha or v2alpha."""

    node: Node
    kind: str
    version: str
    metadata: Metadata

    @property
    def is_v1(self) -> bool:
        """Written in v1, the version that this product writes."""
        return self.version == V1


class Catalog:
    """All documents; of several with the same kind and name, the first is used."""

    def __init__(self) -> None:
        self._documents: dict[tuple[str, str], Document] = {}

    def add(self, document: Document, diagnostics: Diagnostics) -> bool:
        """Add a document; returns False, with a fatal diagnostic, if its name is taken."""
        key = document.kind, document.metadata.name
        first = self._documents.setdefault(key, document)
        if first is not document:
            where = f"{first.node.file}:{first.node.line}"
            what = f"the {document.kind} {excerpt(key[1])} already exists at {where}: rename or remove one of them"
            node = document.node
            diagnostics.add(Diagnostic(node.file, node.line, join_path(node.key, "metadata.name"), what, fatal=True))
        return first is document

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of all documents of a kind."""
        return tuple(name for document_kind, name in self._documents if document_kind == kind)

    def resolve(self, kind: str, reference: Node) -> Document:
        """The document that a field refers to; rejected if there is none, or it is broken."""
        name = scalar_text(reference)
        document = self._documents.get((kind, name))
        if document is None:
            reject(reference, f"there is no {kind} {excerpt(name)} in these files{suggestion(name, self.names(kind))}")
        # Which of the two values was meant is unknown.
        if document.node.broken:
            reject(reference, f"the {kind} {excerpt(name)} has a duplicate key: correct that first")
        return document


def read_document(node: Node, diagnostics: Diagnostics) -> Document | None:
    """Kind, version and metadata of a document; None, with a warning, if it is not OpenSLO.

    Raises:
        RejectedError: it is OpenSLO, but has no readable kind, name or version.
    """
    version = _read_version(node, diagnostics)
    if version is None:
        return None
    fields = Fields(node, TOP, diagnostics)
    kind = read_keyword(fields.required("kind", "kind: SLO"), _KINDS, diagnostics, strict=KINDS)
    # The top-level fields are the same in all versions.
    metadata = read_metadata(fields.required("metadata", "metadata: {name: checkout-availability}"), diagnostics)
    return Document(node, kind, version, metadata)


def _read_version(node: Node, diagnostics: Diagnostics) -> str | None:
    """The OpenSLO version of a document; None if it is something else."""
    api_version = node.fields.get("apiVersion")
    if api_version is None or api_version.is_null:
        return _assumed_version(node, diagnostics)
    text = scalar_text(api_version)
    match = _API_VERSION.fullmatch(text)
    if match is None:
        diagnostics.warn(api_version, f"{excerpt(text)} is not OpenSLO: the document is ignored")
        return None
    version = _VERSIONS.get(match[1].lower())
    if version is None:
        reject(api_version, f"{excerpt(text)} is not a version that can be read: write openslo/v1")
    if match[1] not in _VERSIONS or match[1] == "v1beta1":
        diagnostics.warn(api_version, f"is read as openslo/{version}: write that")
    return version


def _assumed_version(node: Node, diagnostics: Diagnostics) -> str | None:
    if node.word("kind") in KINDS and "spec" in node.fields:
        diagnostics.warn(node, "missing: read as openslo/v1, write that", "apiVersion")
        return V1
    diagnostics.warn(node, "is not an OpenSLO document and is ignored: one begins with apiVersion: openslo/v1")
    return None


def read_metadata(node: Node, diagnostics: Diagnostics) -> Metadata:
    """Name, title, labels and annotations of a document."""
    fields = Fields(node, METADATA, diagnostics)
    name_node = fields.required("name", "name: checkout-availability")
    name = read_text(name_node, diagnostics)
    if not is_name(name):
        remedy = "use lower-case letters, digits and hyphens"
        diagnostics.warn(name_node, f"{excerpt(name)} is not a name that OpenSLO allows: {remedy}")
    labels, annotations = fields.optional("labels"), fields.optional("annotations")
    return Metadata(
        name,
        fields.text("displayName"),
        read_labels(labels, diagnostics) if labels is not None else {},
        _read_annotations(annotations, diagnostics) if annotations is not None else {},
    )


def is_name(name: str) -> bool:
    """Whether it is a label of RFC 1123, as OpenSLO requires for names."""
    return _NAME.fullmatch(name) is not None


def read_labels(node: Node, diagnostics: Diagnostics) -> dict[str, str]:
    """Values of labels by name; a list of values is joined by commas."""
    if not isinstance(node.content, dict):
        diagnostics.warn(node, f"is {node.form} and ignored: expected labels, such as {{team: payments}}")
    return {
        key: ", ".join(_label_values(value, diagnostics)) for key, value in node.fields.items() if not value.is_null
    }


def _label_values(node: Node, diagnostics: Diagnostics) -> Iterable[str]:
    for value in node.items if isinstance(node.content, tuple) else (node,):
        if value.scalar is None:
            diagnostics.warn(value, f"is {value.form} and ignored: a label is a text, or a list of texts")
        else:
            yield value.scalar.strip()


def _read_annotations(node: Node, diagnostics: Diagnostics) -> dict[str, Node]:
    if not isinstance(node.content, dict):
        diagnostics.warn(node, f"is {node.form} and ignored: expected annotations, such as {{owner: payments}}")
    return dict(node.fields)
