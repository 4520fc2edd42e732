"""The documents of all files by kind and name, so that one may refer to another wherever it stands."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dashboard.openslo.diagnostics import Diagnostic, Diagnostics, joined, nearest, refuse, shown
from dashboard.openslo.map_fields import Fields, chosen, raw, text
from dashboard.openslo.yaml_nodes import Node

KINDS = ("SLO", "SLI", "Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget")
TOP = ("apiVersion", "kind", "metadata", "spec")
METADATA = ("name", "displayName", "labels", "annotations")
V1 = "v1"
_KINDS = {kind.lower(): kind for kind in KINDS}
_VERSION = re.compile(r"openslo(?:\.com)?/(v[0-9][a-z0-9]*)", re.IGNORECASE)
# What a version is read as, and whether it is written so.
_VERSIONS = {"v1": V1, "v1alpha": "v1alpha", "v2alpha": "v2alpha", "v2alpha1": "v2alpha", "v1beta1": V1}
_NAME = re.compile("[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document says of itself; lists of label values are joined."""

    name: str
    title: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """One object of OpenSLO; `version` as it is read: v1, v1alpha or v2alpha."""

    node: Node
    kind: str
    version: str
    metadata: Metadata

    @property
    def elder(self) -> bool:
        """Written in another version than v1."""
        return self.version != V1


class Catalog:
    """All documents; the first of a name counts."""

    def __init__(self) -> None:
        self._named: dict[tuple[str, str], Document] = {}

    def add(self, document: Document, diagnostics: Diagnostics) -> bool:
        """Take a document in; False where its name is taken."""
        key = document.kind, document.metadata.name
        first = self._named.setdefault(key, document)
        if first is not document:
            where = f"{first.node.file}:{first.node.line}"
            what = f"the {document.kind} {shown(key[1])} is there already, at {where}: rename one or leave one out"
            node = document.node
            diagnostics.add(Diagnostic(node.file, node.line, joined(node.key, "metadata.name"), what, fatal=True))
        return first is document

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of all documents of a kind."""
        return tuple(name for known, name in self._named if known == kind)

    def find(self, kind: str, reference: Node) -> Document:
        """What a field refers to; refused where there is no such document, or a broken one."""
        name = raw(reference)
        found = self._named.get((kind, name))
        if found is None:
            refuse(reference, f"there is no {kind} {shown(name)} in these files{nearest(name, self.names(kind))}")
        if found.node.broken:
            refuse(reference, f"the {kind} {shown(name)} holds a key twice: put that right first")
        return found


def identified(node: Node, diagnostics: Diagnostics) -> Document | None:
    """What a document is; None for one that is not of OpenSLO, which is noted.

    Raises:
        Refused: it is one of OpenSLO, but without a kind, a name or a version that can be read.
    """
    version = _version(node, diagnostics)
    if version is None:
        return None
    fields = Fields(node, TOP, diagnostics)
    kind = chosen(fields.required("kind", "kind: SLO"), _KINDS, diagnostics, strict=KINDS)
    metadata = metadata_of(fields.required("metadata", "metadata: {name: checkout-availability}"), diagnostics)
    return Document(node, kind, version, metadata)


def _version(node: Node, diagnostics: Diagnostics) -> str | None:
    """The version of OpenSLO that a document is in; None where it is something else."""
    stated = node.fields.get("apiVersion")
    if stated is None or stated.is_null:
        if node.word("kind") in KINDS and "spec" in node.fields:
            diagnostics.note(node, "missing: read as openslo/v1, write that", "apiVersion")
            return V1
        diagnostics.note(node, "is no document of OpenSLO and is left out: one begins with apiVersion: openslo/v1")
        return None
    found = _VERSION.fullmatch(raw(stated))
    if found is None:
        diagnostics.note(stated, f"{shown(raw(stated))} is not OpenSLO: the document is left out")
        return None
    read = _VERSIONS.get(found[1].lower())
    if read is None:
        refuse(stated, f"{shown(raw(stated))} is no version that can be read: write openslo/v1")
    if found[1] not in _VERSIONS or found[1] == "v1beta1":
        diagnostics.note(stated, f"is read as openslo/{read}: write it so")
    return read


def metadata_of(node: Node, diagnostics: Diagnostics) -> Metadata:
    """What a document says of itself."""
    fields = Fields(node, METADATA, diagnostics)
    named = fields.required("name", "name: checkout-availability")
    name = text(named, diagnostics)
    if not is_name(name):
        remedy = "lower-case letters, digits and hyphens are safe in every tool"
        diagnostics.note(named, f"{shown(name)} is no name as OpenSLO wants it: {remedy}")
    labels, annotations = fields.optional("labels"), fields.optional("annotations")
    return Metadata(
        name,
        fields.text("displayName"),
        labels_of(labels, diagnostics) if labels is not None else {},
        _annotations(annotations, diagnostics) if annotations is not None else {},
    )


def is_name(name: str) -> bool:
    """A label of RFC 1123, which is what OpenSLO wants for a name."""
    return _NAME.fullmatch(name) is not None


def labels_of(node: Node, diagnostics: Diagnostics) -> dict[str, str]:
    """Labels by name; lists of values are joined."""
    if not isinstance(node.content, dict):
        diagnostics.note(node, f"holds {node.form} and is left out: expected labels, such as {{team: payments}}")
    return {key: ", ".join(_values(value, diagnostics)) for key, value in node.fields.items() if not value.is_null}


def _values(node: Node, diagnostics: Diagnostics) -> Iterable[str]:
    for value in node.items if isinstance(node.content, tuple) else (node,):
        if value.scalar is None:
            diagnostics.note(value, f"holds {value.form} and is left out: a label is a text, or a list of texts")
        else:
            yield value.scalar.strip()


def _annotations(node: Node, diagnostics: Diagnostics) -> dict[str, Node]:
    if not isinstance(node.content, dict):
        diagnostics.note(node, f"holds {node.form} and is left out: expected annotations, such as {{owner: payments}}")
    return dict(node.fields)
