"""Parts of SLO files as nodes, and what readers say of them."""

from collections.abc import Callable, Iterable

import pytest

from dashboard.openslo.catalog import Catalog, read_document
from dashboard.openslo.diagnostics import Diagnostics, RejectedError
from dashboard.openslo.map_fields import Fields
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_composer import compose_documents
from dashboard.openslo.yaml_nodes import Node

FILE = "slo.yaml"


def node_of(text: str) -> Node:
    """The one document of a YAML text that composes without a diagnostic."""
    diagnostics = Diagnostics()
    (document,) = compose_documents(FILE, text, diagnostics)
    assert diagnostics.sorted() == ()
    return document


def value_of(text: str) -> Node:
    """The value of `value` in a YAML map: a scalar has no line and path of its own."""
    return node_of(f"value: {text}").fields["value"]


def scope_of(*documents: str, zone: str = "UTC", service: str = "", is_v1: bool = True) -> Scope:
    """A scope that collects its own diagnostics.

    Args:
        documents: YAML of each document that may be referred to.
        zone, service, is_v1: as those of `Scope`.
    """
    catalog, diagnostics = Catalog(), Diagnostics()
    for text in documents:
        document = read_document(node_of(text), diagnostics)
        assert document is not None
        catalog.add(document, diagnostics)
    return Scope(catalog, diagnostics, zone, service, is_v1)


def fields_of(text: str, known: Iterable[str], scope: Scope) -> Fields:
    """The fields of a map, of which the known ones are read."""
    return scope.fields(node_of(text), known)


def warnings(diagnostics: Diagnostics | Scope) -> list[str]:
    """Line, key and sentence of each diagnostic."""
    collected = diagnostics.diagnostics if isinstance(diagnostics, Scope) else diagnostics
    return [str(diagnostic).removeprefix(f"{FILE}:") for diagnostic in collected.sorted()]


def rejection(step: Callable[[], object]) -> str:
    """Line, key and sentence of what a step rejects."""
    with pytest.raises(RejectedError) as caught:
        step()
    assert caught.value.diagnostic.fatal
    return str(caught.value).removeprefix(f"{FILE}:")
