"""Documents are found by kind and name in any file; of two with one name the first counts."""

import pytest

from dashboard.openslo.catalog import Catalog, Document, Metadata, is_name, read_document, read_labels, read_metadata
from dashboard.openslo.diagnostics import Diagnostics
from dashboard.openslo.yaml_composer import compose_documents
from tests.openslo.nodes import node_of, rejection, value_of, warnings

SLI = "apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: ok}\nspec: {}\n"


def document(text: str, diagnostics: Diagnostics | None = None) -> Document:
    read = read_document(node_of(text), diagnostics or Diagnostics())
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("version", "read_as", "said"),
    [
        ("openslo/v1", "v1", ""),
        ("openslo.com/v1", "v1", ""),
        ("openslo/v1alpha", "v1alpha", ""),
        ("openslo.com/v2alpha", "v2alpha", ""),
        ("openslo.com/v2alpha1", "v2alpha", ""),
        ("openslo/v1beta1", "v1", "is read as openslo/v1: write that"),
        ("OpenSLO/v1", "v1", ""),
        ("openslo/V1", "v1", "is read as openslo/v1: write that"),
        ("openslo/V2ALPHA", "v2alpha", "is read as openslo/v2alpha: write that"),
    ],
)
def test_a_version_by_any_of_its_names(version: str, read_as: str, said: str) -> None:
    diagnostics = Diagnostics()
    read = document(SLI.replace("openslo/v1", version), diagnostics)
    assert (read.version, read.is_v1) == (read_as, read_as == "v1")
    assert warnings(diagnostics) == ([f"1: apiVersion: {said}"] if said else [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("apiVersion: v1\nkind: Pod\n", "1: apiVersion: 'v1' is not OpenSLO: the document is ignored"),
        ("apiVersion: openslo/1\n", "1: apiVersion: 'openslo/1' is not OpenSLO: the document is ignored"),
        ("apiVersion: openslo/v1/x\n", "1: apiVersion: 'openslo/v1/x' is not OpenSLO: the document is ignored"),
        (
            "kind: SLO\n",
            "1: is not an OpenSLO document and is ignored: one begins with apiVersion: openslo/v1",
        ),
        (
            "kind: Pod\nspec: {}\n",
            "1: is not an OpenSLO document and is ignored: one begins with apiVersion: openslo/v1",
        ),
        ("a: 1", "1: is not an OpenSLO document and is ignored: one begins with apiVersion: openslo/v1"),
    ],
    ids=["Kubernetes", "no version", "more than a version", "no spec", "another kind", "anything"],
)
def test_what_is_not_of_openslo_is_ignored_with_a_warning(text: str, said: str) -> None:
    diagnostics = Diagnostics()
    assert read_document(node_of(text), diagnostics) is None
    assert warnings(diagnostics) == [said]


def test_a_document_without_a_version_is_read_as_v1() -> None:
    diagnostics = Diagnostics()
    assert document(SLI.replace("apiVersion: openslo/v1\n", ""), diagnostics).is_v1
    assert warnings(diagnostics) == ["1: apiVersion: missing: read as openslo/v1, write that"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("openslo/v1", "openslo/v7", "1: apiVersion: 'openslo/v7' is not a version that can be read: write openslo/v1"),
        ("kind: SLI\n", "", "1: kind: missing: write for example kind: SLO"),
        ("kind: SLI", "kind: SLIs", "2: kind: 'SLIs' is not known; did you mean SLI?"),
        (
            "kind: SLI",
            "kind: Pod",
            "2: kind: 'Pod' is not known; known are AlertCondition, AlertNotificationTarget, AlertPolicy, DataSource, "
            "SLI, SLO, Service",
        ),
        (
            "metadata: {name: ok}\n",
            "",
            "1: metadata: missing: write for example metadata: {name: checkout-availability}",
        ),
        ("{name: ok}", "{}", "3: metadata.name: missing: write for example name: checkout-availability"),
        ("{name: ok}", "{name: ''}", "3: metadata.name: is an empty text: write something, or remove it"),
        ("{name: ok}", "{name: [ok]}", "3: metadata.name: is a list: expected a text"),
        ("{name: ok}", "ok", "3: metadata: is text: expected a map with name, displayName, labels, annotations"),
    ],
)
def test_a_document_of_openslo_that_cannot_be_read_is_refused(old: str, new: str, said: str) -> None:
    assert rejection(lambda: document(SLI.replace(old, new))) == said


def test_the_first_document_of_a_name_counts() -> None:
    first, second = compose_documents("slo.yaml", f"{SLI}---\n{SLI}", Diagnostics())
    catalog, diagnostics = Catalog(), Diagnostics()
    documents = [read_document(node, diagnostics) for node in (first, second)]
    assert [catalog.add(entry, diagnostics) for entry in documents if entry is not None] == [True, False]
    (diagnostic,) = diagnostics.sorted()
    assert (str(diagnostic), diagnostic.fatal) == (
        "slo.yaml:6: metadata.name: the SLI 'ok' already exists at slo.yaml:1: rename or remove one of them", True
    )  # fmt: skip
    assert catalog.resolve("SLI", value_of("ok")).node is first


def test_documents_of_different_kinds_may_have_one_name() -> None:
    catalog, diagnostics = Catalog(), Diagnostics()
    for kind in ("SLI", "Service", "DataSource"):
        assert catalog.add(document(SLI.replace("SLI", kind)), diagnostics)
    assert (catalog.names("SLI"), catalog.names("SLO"), warnings(diagnostics)) == (("ok",), (), [])


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("SLI", "okay", "there is no SLI 'okay' in these files; did you mean ok?"),
        ("SLI", "zzz", "there is no SLI 'zzz' in these files; known are ok"),
        ("DataSource", "ok", "there is no DataSource 'ok' in these files"),
        ("SLI", "[ok]", "is a list: expected a text"),
    ],
)
def test_a_reference_to_nothing_is_refused(kind: str, name: str, said: str) -> None:
    catalog = Catalog()
    catalog.add(document(SLI), Diagnostics())
    assert rejection(lambda: catalog.resolve(kind, value_of(name))) == f"1: value: {said}"


def test_a_reference_to_a_document_with_a_duplicate_key_is_refused() -> None:
    (node,) = compose_documents("slo.yaml", SLI + "spec: {}\n", Diagnostics())
    read = read_document(node, Diagnostics())
    assert read is not None
    catalog = Catalog()
    catalog.add(read, Diagnostics())
    said = rejection(lambda: catalog.resolve("SLI", value_of("ok")))
    assert said == "1: value: the SLI 'ok' has a duplicate key: correct that first"


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("a", True), ("0", True), ("checkout-availability", True), ("a" * 63, True), ("a" * 64, False), ("", False),
        ("-a", False), ("a-", False), ("A", False), ("a.b", False), ("a_b", False), ("ä", False), ("a\n", False),
    ],
)  # fmt: skip
def test_a_name_is_a_label_of_rfc_1123(name: str, allowed: bool) -> None:
    assert is_name(name) is allowed


@pytest.mark.parametrize(
    ("text", "labels", "said"),
    [
        ("{team: a, tier: '1'}", {"team": "a", "tier": "1"}, []),
        ("{team: [a, ' b '], tier: 1}", {"team": "a, b", "tier": "1"}, []),
        ("{team: , tier: ''}", {"tier": ""}, []),
        (
            "{team: {a: b}}", {"team": ""},
            ["1: value.team: is a map and ignored: a label is a text, or a list of texts"],
        ),
        (
            "{team: [a, [b]]}", {"team": "a"},
            ["1: value.team[1]: is a list and ignored: a label is a text, or a list of texts"],
        ),
        ("team", {}, ["1: value: is text and ignored: expected labels, such as {team: payments}"]),
        ("[team]", {}, ["1: value: is a list and ignored: expected labels, such as {team: payments}"]),
    ],
)  # fmt: skip
def test_labels_are_texts(text: str, labels: dict[str, str], said: list[str]) -> None:
    diagnostics = Diagnostics()
    assert (read_labels(value_of(text), diagnostics), warnings(diagnostics)) == (labels, said)


def test_metadata_has_a_name_a_title_labels_and_annotations() -> None:
    diagnostics = Diagnostics()
    text = "{name: ok, displayName: Works, labels: {team: a}, annotations: {owner: b}}"
    metadata = read_metadata(value_of(text), diagnostics)
    assert (metadata.name, metadata.title, metadata.labels) == ("ok", "Works", {"team": "a"})
    assert metadata.annotations["owner"].scalar == "b"
    assert read_metadata(value_of("{name: ok}"), diagnostics) == Metadata("ok")
    assert warnings(diagnostics) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{name: Ok}",
            "name: 'Ok' is not a name that OpenSLO allows: use lower-case letters, digits and hyphens",
        ),
        ("{name: 1}", "name: is read as the text '1': put it in quotes"),
        (
            "{name: ok, annotations: [a]}",
            "annotations: is a list and ignored: expected annotations, such as {owner: payments}",
        ),
        ("{name: ok, title: a}", "title: unknown key; known are annotations, displayName, labels, name"),
    ],
)
def test_metadata_with_a_warning(text: str, said: str) -> None:
    diagnostics = Diagnostics()
    read_metadata(value_of(text), diagnostics)
    assert warnings(diagnostics) == [f"1: value.{said}"]
