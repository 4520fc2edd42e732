"""Annotations of this product: what is known is read, what is not gets a warning, and what is written reads back."""

import pytest

from dashboard.openslo.annotations import OF_CONDITION, OF_SLO, PREFIX, own_annotations, read_sla
from dashboard.openslo.diagnostics import Diagnostics
from dashboard.openslo.openslo_writer import write_slos
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.indicators import Query, Ratio
from dashboard.slo.objective import Credit, Sla, Slo
from tests.openslo.nodes import node_of, rejection, warnings
from tests.openslo.samples import only

INDICATOR = Ratio(Query("all", counter=True), good=Query("ok", counter=True))


def annotations_of(text: str) -> dict[str, Node]:
    return node_of(text).fields


@pytest.mark.parametrize("known", [OF_SLO, OF_CONDITION], ids=["of an SLO", "of a condition"])
def test_every_known_annotation_loses_its_prefix(known: tuple[str, ...]) -> None:
    diagnostics = Diagnostics()
    text = "\n".join(f"{PREFIX}{name}: x" for name in known) + "\nowner: payments\n"
    own = own_annotations(annotations_of(text), known, diagnostics)
    assert (tuple(own), warnings(diagnostics)) == (known, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("golden-signals/polcy: x", "1: golden-signals/polcy: unknown annotation; did you mean policy?"),
        ("golden-signals/sla:", "1: golden-signals/sla: is empty and ignored: remove it"),
        ("golden-signals/Policy: x", "1: golden-signals/Policy: unknown annotation; did you mean policy?"),
        (
            "golden-signals/zzz: x",
            "1: golden-signals/zzz: unknown annotation; known are kind, limit, min-failures, name, objective, policy, "
            "sla, sla-credit, slice, time-zone",
        ),
        (
            "golden-signals/: x",
            "1: golden-signals/: unknown annotation; known are kind, limit, min-failures, name, objective, policy, "
            "sla, sla-credit, slice, time-zone",
        ),
    ],
    ids=["misspelt", "empty", "in capitals", "like none", "without a name"],
)
def test_what_is_not_known_is_left_out_with_a_warning(text: str, said: str) -> None:
    diagnostics = Diagnostics()
    assert own_annotations(annotations_of(text), OF_SLO, diagnostics) == {}
    assert warnings(diagnostics) == [said]


@pytest.mark.parametrize("key", ["owner", "golden-signals.io/kind", "x/golden-signals/kind"])
def test_annotations_of_others_are_not_looked_at(key: str) -> None:
    diagnostics = Diagnostics()
    assert own_annotations(annotations_of(f"{key}: x"), OF_SLO, diagnostics) == {}
    assert warnings(diagnostics) == []


def read(text: str, objective: float = 0.999) -> tuple[Sla | None, list[str]]:
    diagnostics = Diagnostics()
    return read_sla(annotations_of(text), objective, diagnostics), warnings(diagnostics)


@pytest.mark.parametrize(
    ("credits", "owed"),
    [
        ("0.99=10 %", [(0.99, "10 %")]),
        ("0.99=10 %, 0.95=25 %", [(0.99, "10 %"), (0.95, "25 %")]),
        ("0.95=25 %,0.99=10 %", [(0.99, "10 %"), (0.95, "25 %")]),
        ("99 % = 10 %, at most 5 €,95%=all", [(0.99, "10 %, at most 5 €"), (0.95, "all")]),
        ("0.9=a, b, c", [(0.9, "a, b, c")]),
        ("0.9=1=2", [(0.9, "1=2")]),
        ("9e-1=x, 5E-1=y", [(0.9, "x"), (0.5, "y")]),
    ],
)
def test_credits_are_owed_from_the_mildest_to_the_worst(credits: str, owed: list[tuple[float, str]]) -> None:
    expected = Sla(0.99, tuple(Credit(below, credit) for below, credit in owed))
    assert read(f"{{sla: 0.99, sla-credit: '{credits}'}}") == (expected, [])


def test_without_an_sla_there_is_none() -> None:
    assert read("x: 1") == (None, [])
    said = "1: sla-credit: is ignored without golden-signals/sla: write what was agreed, such as '0.99'"
    assert read("sla-credit: 0.9=x") == (None, [said])


def test_an_sla_may_be_written_in_percent() -> None:
    assert read("sla: 99%") == (Sla(0.99), ["1: sla: '99%' is read as 0.99: write that"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sla: 0.999", "sla: 0.999 is not below the objective of 0.999: an SLO warns before its SLA is missed"),
        ("sla: 0.9999", "sla: 0.9999 is not below the objective of 0.999: an SLO warns before its SLA is missed"),
        ("sla: gold", "sla: 'gold' is not a number: write for example '0.99'"),
        ("sla: 0", "sla: an objective of 0 or less cannot be missed: write for example 0.999"),
        (
            "{sla: 0.99, sla-credit: 10 %}",
            "sla-credit: '10 %' is not a credit: write for example '0.99=10 %, 0.95=25 %'",
        ),
        (
            "{sla: 0.99, sla-credit: '0.9=x, 0.8='}",
            "sla-credit: '0.8=' is not a credit: write for example '0.99=10 %, 0.95=25 %'",
        ),
        (
            "{sla: 0.99, sla-credit: '1=all'}",
            "sla-credit: '1=all' is not a credit: write for example '0.99=10 %, 0.95=25 %'",
        ),
        (
            "{sla: 0.99, sla-credit: '0=all'}",
            "sla-credit: '0=all' is not a credit: write for example '0.99=10 %, 0.95=25 %'",
        ),
        (
            "{sla: 0.99, sla-credit: 'x=all'}",
            "sla-credit: 'x=all' is not a credit: write for example '0.99=10 %, 0.95=25 %'",
        ),
    ],
)
def test_an_sla_that_is_refused(text: str, said: str) -> None:
    assert rejection(lambda: read(text)) == f"1: {said}"


def test_a_credit_that_is_owed_although_the_sla_is_met_gets_a_warning() -> None:
    said = "1: sla-credit: a credit is owed although the SLA of 0.99 is met: write a lower limit"
    assert read("{sla: 0.99, sla-credit: '0.995=10 %'}") == (Sla(0.99, (Credit(0.995, "10 %"),)), [said])
    assert read("{sla: 0.99, sla-credit: '0.99=10 %'}")[1] == []


@pytest.mark.parametrize(
    "sla",
    [
        Sla(0.99),
        Sla(0.5, (Credit(0.5, "everything"),)),
        Sla(0.99, (Credit(0.99, "10 %"), Credit(0.95, "25 %, at most 100 €"), Credit(1e-05, "all = everything"))),
    ],
    ids=["without credits", "with one", "with several"],
)
def test_an_sla_reads_back_as_it_was_written(sla: Sla) -> None:
    slo = Slo("shop", "works", INDICATOR, 0.999, sla=sla)
    assert only(write_slos([slo])).sla == sla


@pytest.mark.parametrize(
    ("slo", "annotation"),
    [
        (Slo("shop", "Works!", INDICATOR, 0.999), "golden-signals/name: Works!"),
        (Slo("shop", "works", INDICATOR, 0.999, kind="freshness"), "golden-signals/kind: freshness"),
        (Slo("shop", "works", INDICATOR, 0.999, limit=0.25), "golden-signals/limit: '0.25'"),
        (Slo("shop", "works", INDICATOR, 0.999, sla=Sla(0.99)), "golden-signals/sla: '0.99'"),
    ],
    ids=["a name", "a kind", "a limit", "an SLA"],
)
def test_what_openslo_has_no_field_for_is_an_annotation_that_reads_back(slo: Slo, annotation: str) -> None:
    text = write_slos([slo])
    assert text.count(PREFIX) == 1
    assert f"    {annotation}\n" in text
    again = only(text)
    assert (again.name, again.kind, again.limit, again.sla) == (slo.name, slo.kind, slo.limit, slo.sla)


def test_what_follows_from_the_fields_is_no_annotation() -> None:
    assert PREFIX not in write_slos([Slo("shop", "works", INDICATOR, 0.999)])
