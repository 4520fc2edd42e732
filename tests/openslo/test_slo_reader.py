"""A document becomes one SLO for each objective, or a composite; any part that is refused refuses the document."""

import pytest

from dashboard.openslo.catalog import read_document
from dashboard.openslo.slo_reader import read_slo_document, slug
from dashboard.slo.indicators import Composite, Part, Query, Ratio
from dashboard.slo.objective import Method, Slo
from tests.openslo.nodes import node_of, scope_of, warnings
from tests.openslo.samples import RATIO, THRESHOLD, changed

OBJECTIVES = "  objectives:\n    - target: 0.999\n"
INDICATOR = RATIO[RATIO.index("  indicator:\n") : RATIO.index("  timeWindow:")]
KEY = "spec.objectives"


def sli(name: str) -> str:
    side = f"{{metricSource: {{spec: {{query: {name}}}}}}}"
    spec = f"{{ratioMetric: {{good: {side}, total: {side}}}}}"
    return f"{{apiVersion: openslo/v1, kind: SLI, metadata: {{name: {name}}}, spec: {spec}}}"


def read(text: str) -> tuple[tuple[Slo, ...], list[str]]:
    """The SLOs of a document beside two SLIs, and all diagnostics."""
    scope = scope_of(sli("a"), sli("b"))
    document = read_document(node_of(text), scope.diagnostics)
    assert document is not None
    return read_slo_document(document, scope), warnings(scope)


def composite(objectives: str, *, method: str = "Occurrences") -> str:
    text = changed(changed(RATIO, INDICATOR, ""), OBJECTIVES, f"  objectives: {objectives}\n")
    return changed(text, "budgetingMethod: Occurrences", f"budgetingMethod: {method}")


def part(name: str, objective: float, weight: float = 1.0) -> Part:
    return Part(Ratio(Query(name), good=Query(name)), objective, weight)


@pytest.mark.parametrize(
    ("objectives", "slos"),
    [
        ("[{target: 0.99}]", [("checkout-availability", 0.99, "Checkout works")]),
        (
            "[{target: 0.99}, {target: 0.9}]",
            [("checkout-availability-1", 0.99, "Checkout works"), ("checkout-availability-2", 0.9, "Checkout works")],
        ),
        (
            "[{displayName: Gold!, target: 0.99}, {displayName: Größe 2, target: 0.9}]",
            [
                ("checkout-availability-gold", 0.99, "Checkout works: Gold!"),
                ("checkout-availability-gr-e-2", 0.9, "Checkout works: Größe 2"),
            ],
        ),
        (
            "[{displayName: A, target: 0.99}, {displayName: a, target: 0.9}]",
            [
                ("checkout-availability-a", 0.99, "Checkout works: A"),
                ("checkout-availability-2", 0.9, "Checkout works: a"),
            ],
        ),
    ],
    ids=["one", "two", "by their titles", "titles that are alike"],
)
def test_each_objective_is_an_slo(objectives: str, slos: list[tuple[str, float, str]]) -> None:
    read_slos, said = read(changed(RATIO, OBJECTIVES, f"  objectives: {objectives}\n"))
    assert ([(slo.name, slo.objective, slo.title) for slo in read_slos], said) == (slos, [])


@pytest.mark.parametrize(
    ("objectives", "parts", "objective"),
    [
        (
            "[{indicatorRef: a, target: 0.9}, {indicatorRef: b, target: 0.99, compositeWeight: 2}]",
            (part("a", 0.9), part("b", 0.99, 2.0)),
            0.99,
        ),
        ("[{indicatorRef: a, target: 0.9}]", (part("a", 0.9),), 0.9),
    ],
    ids=["two parts", "one part"],
)
def test_objectives_with_indicators_are_parts_of_one_slo(
    objectives: str, parts: tuple[Part, ...], objective: float
) -> None:
    (slo,), said = read(composite(objectives))
    assert (slo.indicator, slo.objective, slo.kind, said) == (Composite(parts), objective, "composite", [])
    note = f"its parts have different objectives; {objective:g}, the strictest, is used"
    assert slo.notes == ((note,) if len(parts) > 1 else ())


def test_parts_with_equal_slices_share_them() -> None:
    fields = "target: 0.9, timeSliceTarget: 0.8, timeSliceWindow: 5m"
    text = composite(f"[{{indicatorRef: a, {fields}}}, {{indicatorRef: b, {fields}}}]", method="Timeslices")
    (slo,), said = read(text)
    assert ((slo.method, slo.slice_s, slo.slice_target), said) == ((Method.TIMESLICES, 300, 0.8), [])


@pytest.mark.parametrize(
    ("objectives", "said"),
    [
        ("[{indicatorRef: a, target: 0.9}, {target: 0.99}]",
         f"{KEY}[1].indicator: missing: other objectives have an indicator of their own, so write one here"),
        ("[{target: 0.9}]", "spec.indicator: missing: write indicator or indicatorRef"),
        ("[{indicatorRef: a, target: 0.9, compositeWeight: 0}]",
         f"{KEY}[0].compositeWeight: 0 is not a weight: write a number above 0, such as 1"),
        ("[{indicatorRef: a, target: 0.9, compositeWeight: -1.5}]",
         f"{KEY}[0].compositeWeight: -1.5 is not a weight: write a number above 0, such as 1"),
        ("[{indicatorRef: a, target: 0.9, compositeWeight: heavy}]",
         f"{KEY}[0].compositeWeight: 'heavy' is not a number: write for example 1"),
        ("[{indicatorRef: c, target: 0.9}]",
         f"{KEY}[0].indicatorRef: there is no SLI 'c' in these files; known are a, b"),
        ("[]", f"{KEY}: is empty: write one objective, such as [{{target: 0.999}}]"),
    ],
    ids=["a part without one", "no indicator", "no weight", "less than none", "a word", "no SLI", "no objective"],
)  # fmt: skip
def test_a_composite_that_is_refused(objectives: str, said: str) -> None:
    slos, diagnostics = read(composite(objectives))
    assert slos == ()
    assert [diagnostic.partition(": ")[2] for diagnostic in diagnostics] == [said]


def test_parts_with_other_slices_are_refused() -> None:
    fields = "target: 0.9, timeSliceTarget: 0.8, timeSliceWindow"
    text = composite(f"[{{indicatorRef: a, {fields}: 5m}}, {{indicatorRef: b, {fields}: 1m}}]", method="Timeslices")
    slos, (said,) = read(text)
    assert slos == ()
    assert said.endswith(
        f"{KEY}[1]: has other slices than the parts before: all parts of a composite must have equal slices"
    )


@pytest.mark.parametrize(
    ("annotation", "field", "value"),
    [
        ("golden-signals/name: Check out!", "name", "Check out!"),
        ("golden-signals/kind: errors", "kind", "errors"),
        ("golden-signals/limit: '0.25'", "limit", 0.25),
        ("golden-signals/limit: none", "limit", None),
        ("owner: payments", "kind", "ratio"),
    ],
)
def test_an_annotation_says_what_there_is_no_field_for(annotation: str, field: str, value: object) -> None:
    (slo,), said = read(changed(RATIO, "{owner: payments}", f"{{{annotation}}}"))
    assert (getattr(slo, field), said) == (value, [])


def test_the_objective_of_a_composite_may_be_another() -> None:
    text = composite("[{indicatorRef: a, target: 0.9}, {indicatorRef: b, target: 0.99}]")
    (slo,), said = read(changed(text, "{owner: payments}", "{golden-signals/objective: '0.95'}"))
    assert (slo.objective, slo.notes, said) == (0.95, (), [])


def test_the_kind_may_be_a_label_which_is_none_of_the_slos() -> None:
    (slo,), _ = read(changed(RATIO, "{team: payments}", "{team: a, golden-signals/kind: errors}"))
    assert (slo.kind, slo.labels) == ("errors", {"team": "a"})


@pytest.mark.parametrize(
    ("base", "old", "new", "said"),
    [
        (RATIO, "  service: checkout\n", "", "8: spec.service: missing: write for example service: checkout"),
        (RATIO, "{owner: payments}", "{golden-signals/limit: low}",
         "7: metadata.annotations.golden-signals/limit: 'low' is not a number: write for example '0.3', or none"),
        (RATIO, "target: 0.999", "target: 0.999\n      indicatorRef: a",
         f"29: {KEY}[0]: has an indicator, and so has the SLO: in a composite only the objectives have one"),
        (THRESHOLD, "      op: lte\n", "", f"20: {KEY}[0].op: missing: write for example op: lte"),
        (RATIO, "duration: 30d", "duration: soon",
         "25: spec.timeWindow[0].duration: 'soon' is not a duration: write for example 30d"),
    ],
    ids=["no service", "a limit", "two indicators", "no comparison", "a window"],
)  # fmt: skip
def test_any_part_that_is_refused_refuses_the_document(base: str, old: str, new: str, said: str) -> None:
    slos, diagnostics = read(changed(base, old, new))
    assert (slos, diagnostics) == ((), [said])


def test_one_run_names_all_that_is_wrong() -> None:
    text = RATIO.replace("0.999", "2").replace("30d", "soon").replace("Occurrences", "Guesses")
    slos, diagnostics = read(text.replace("service: checkout", "service: []"))
    keys = [diagnostic.split(": ")[1] for diagnostic in diagnostics]
    assert slos == ()
    assert keys == ["spec.service", "spec.timeWindow[0].duration", "spec.budgetingMethod", f"{KEY}[0].target"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Check Out!", "check-out"), ("a_b.c", "a-b-c"), ("--a--", "a"), ("日本", ""), ("", ""), ("x" * 70, "x" * 60),
        ("a" * 59 + " b", "a" * 59), ("Größe", "gr-e"),
    ],
)  # fmt: skip
def test_a_slug_is_a_name_that_openslo_allows(text: str, expected: str) -> None:
    assert slug(text) == expected
