"""A scope holds what is true at its place; within another document its version counts."""

import pytest

from dashboard.openslo.catalog import Document, Metadata
from tests.openslo.nodes import node_of, scope_of, warnings


@pytest.mark.parametrize(("is_v1", "said"), [
    (True, ["1: sli: is named indicator in openslo/v1 and read as that: rename it"]),
    (False, []),
])  # fmt: skip
def test_fields_are_read_as_the_version_of_the_document_has_them(is_v1: bool, said: list[str]) -> None:
    scope = scope_of(is_v1=is_v1)
    assert scope.fields(node_of("sli: a"), ("indicator",)).text("indicator") == "a"
    assert warnings(scope) == said


@pytest.mark.parametrize(("version", "is_v1"), [("v1", True), ("v1alpha", False), ("v2alpha", False)])
def test_within_another_document_only_the_version_changes(version: str, is_v1: bool) -> None:
    scope = scope_of(zone="Europe/Berlin", service="shop", is_v1=not is_v1)
    inner = scope.within(Document(node_of("a: 1"), "SLI", version, Metadata("a")))
    assert (inner.is_v1, inner.zone, inner.service) == (is_v1, "Europe/Berlin", "shop")
    assert inner.catalog is scope.catalog
    assert inner.diagnostics is scope.diagnostics
