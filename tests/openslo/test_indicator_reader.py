"""An SLI becomes a ratio, a raw ratio or a threshold; whatever contradicts itself is refused."""

import pytest

from dashboard.openslo.indicator_reader import has_indicator, read_comparison, read_indicator, read_side
from dashboard.slo.indicators import Column, Op, Query, Ratio, Raw, Simple, Threshold
from tests.openslo.nodes import fields_of, rejection, scope_of, warnings

OF_SPEC = ("indicator", "indicatorRef", "ratioMetrics")
OF_OBJECTIVE = ("op", "value", "target")
NAMED = "metadata: {name: ok}, "
G, T, C = "{metricSource: {spec: {query: g}}}", "{metricSource: {spec: {query: t}}}", "counter: true, "
SLI = "{apiVersion: openslo/v1, kind: SLI, metadata: {name: ok}, spec: {ratioMetric: {good: G, total: T}}}"
BARE = "{apiVersion: openslo/v1, kind: SLI, metadata: {name: bare}}"
OLD = "{apiVersion: openslo.com/v2alpha, kind: SLI, metadata: {name: old}, spec: {thresholdMetric: {spec: {query: g}}}}"
RATIO = Ratio(Query("t"), good=Query("g"))


def filled(text: str) -> str:
    """A text with metric sources in the place of its letters."""
    return text.replace(": G", f": {G}").replace(": T", f": {T}")


def read(text: str, objective: str = "target: 0.9", *, is_v1: bool = True) -> tuple[Simple, list[str]]:
    """The indicator of a spec, and its warnings."""
    scope = scope_of(filled(SLI), BARE, OLD, service="shop", is_v1=is_v1)
    fields = fields_of(filled(text), OF_SPEC, scope)
    return read_indicator(fields, fields_of(objective, OF_OBJECTIVE, scope), scope), warnings(scope)


@pytest.mark.parametrize(
    ("spec", "indicator"),
    [
        ("ratioMetric: {good: G, total: T}", RATIO),
        ("ratioMetric: {bad: G, total: T}", Ratio(Query("t"), bad=Query("g"))),
        ("ratioMetric: {counter: true, good: G, total: T}", Ratio(Query("t", True), good=Query("g", True))),
        ("ratioMetric: {counter: false, bad: G, total: T}", Ratio(Query("t"), bad=Query("g"))),
        ("ratioMetric: {rawType: success, raw: G}", Raw(Query("g"))),
        ("ratioMetric: {rawType: failure, raw: G}", Raw(Query("g"), success=False)),
        ("ratioMetric: {counter: true, rawType: success, raw: G}", Raw(Query("g", True))),
    ],
)
def test_a_ratio(spec: str, indicator: Simple) -> None:
    assert read(f"indicator: {{{NAMED}spec: {{{spec}}}}}") == (indicator, [])


@pytest.mark.parametrize("op", list(Op))
def test_a_threshold_has_the_comparison_of_its_objective(op: Op) -> None:
    text = f"indicator: {{{NAMED}spec: {{thresholdMetric: G}}}}"
    assert read(text, f"{{op: {op.value}, value: 0.3}}") == (Threshold(Query("g"), op, 0.3), [])


def test_a_threshold_is_never_of_a_counter_by_itself() -> None:
    text = f"indicator: {{{NAMED}spec: {{thresholdMetric: {{metricSource: {{spec: {{query: g, counter: true}}}}}}}}}}"
    assert read(text, "{op: lt, value: 5}")[0] == Threshold(Query("g", counter=True), Op.LT, 5.0)


@pytest.mark.parametrize(
    ("text", "indicator"),
    [("indicatorRef: ok", RATIO), ("ratioMetrics: {good: G, total: T}", RATIO)],
    ids=["by name", "as v1alpha has it"],
)
def test_an_indicator_elsewhere(text: str, indicator: Simple) -> None:
    assert read(text) == (indicator, [])


def test_an_sli_is_read_in_its_own_version() -> None:
    assert read("indicatorRef: old", "{op: lt, value: 5}") == (Threshold(Query("g"), Op.LT, 5.0), [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("indicator: ok", "indicator: is read as indicatorRef: 'ok': write that"),
        (
            "indicator: {spec: {ratioMetric: {good: G, total: T}}}",
            "indicator.metadata: missing: an indicator has a name, such as metadata: {name: checkout-ok}",
        ),
        (
            "indicator: {ratioMetric: {good: G, total: T}}",
            "indicator.spec: missing: the metric is read without it, write the metric under spec",
        ),
        (
            f"indicator: {{{NAMED}spec: {{ratioMetric: {{good: G, total: T, rawType: success}}}}}}",
            "indicator.spec.ratioMetric.rawType: is ignored: there is no raw that it could describe; remove it",
        ),
        (
            f"indicator: {{{NAMED}spec: {{ratioMetric: {{good: G, total: T, goods: x}}}}}}",
            "indicator.spec.ratioMetric.goods: unknown key; did you mean good?",
        ),
    ],
    ids=["a bare name", "no name", "no spec", "a raw type without raw", "an unknown key"],
)
def test_an_indicator_with_a_warning(text: str, said: str) -> None:
    assert read(text) == (RATIO, [f"1: {said}"])


def test_other_versions_have_the_metric_without_a_spec() -> None:
    assert read("indicator: {ratioMetric: {good: G, total: T}}", is_v1=False) == (RATIO, [])


def test_a_ratio_is_compared_with_nothing() -> None:
    text = f"indicator: {{{NAMED}spec: {{ratioMetric: {{good: G, total: T}}}}}}"
    what = "is ignored: only a thresholdMetric is compared with a value; remove it"
    assert read(text, "{op: lte, value: 1}") == (RATIO, [f"1: op: {what}", f"1: value: {what}"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{indicator: {spec: {}}, indicatorRef: ok}",
         "indicatorRef: there is also an indicator: remove one of them"),
        ("x: 1", "indicatorRef: missing: write for example indicatorRef: checkout-ok"),
        ("indicatorRef: okay", "indicatorRef: there is no SLI 'okay' in these files; did you mean ok?"),
        ("indicatorRef: bare", "spec: missing: write spec: {ratioMetric: …} or spec: {thresholdMetric: …}"),
        (f"indicator: {{{NAMED}x: y}}",
         "indicator.spec: missing: write for example spec: {ratioMetric: …} or spec: {thresholdMetric: …}"),
        (f"indicator: {{{NAMED}spec: {{ratioMetric: {{good: G, total: T}}, thresholdMetric: G}}}}",
         "indicator.spec.thresholdMetric: there is also a ratioMetric: remove one of them"),
        (f"indicator: {{{NAMED}spec: {{description: x}}}}",
         "indicator.spec.ratioMetric: missing: write ratioMetric with good and total, or thresholdMetric"),
        (f"indicator: {{{NAMED}spec: {{thresholdMetric: G}}}}", "op: missing: write for example op: lte"),
        (f"indicator: {{{NAMED}spec: {{ratioMetric: {{good: G}}}}}}",
         "indicator.spec.ratioMetric.total: missing: write for example total: {metricSource: …}"),
        (f"indicator: {{{NAMED}spec: {{ratioMetric: {{total: T}}}}}}",
         "indicator.spec.ratioMetric.good: missing: write good or bad beside total"),
        (f"indicator: {{{NAMED}spec: {{ratioMetric: {{good: G, bad: G, total: T}}}}}}",
         "indicator.spec.ratioMetric.bad: there are also good and total, from which bad follows: remove good or bad"),
        (f"indicator: {{{NAMED}spec: {{ratioMetric: {{raw: G}}}}}}",
         "indicator.spec.ratioMetric.rawType: missing: write for example rawType: success, if it is the share of good "
         "events, else failure"),
        (f"indicator: {{{NAMED}spec: {{ratioMetric: {{raw: G, rawType: odd}}}}}}",
         "indicator.spec.ratioMetric.rawType: 'odd' is not known; known are failure, success"),
        (f"indicator: {{{NAMED}spec: {{ratioMetric: {{raw: G, rawType: success, total: T}}}}}}",
         "indicator.spec.ratioMetric.total: there is also raw, which is the ratio already: remove one of them"),
        (f"indicator: {{{NAMED}spec: {{ratioMetric: {{raw: G, rawType: success, bad: T}}}}}}",
         "indicator.spec.ratioMetric.bad: there is also raw, which is the ratio already: remove one of them"),
        (f"indicator: {{{NAMED}spec: {{ratioMetric: {{total: T, "
         "good: {metricSource: {type: csv, spec: {measure: mean}}}}}}",
         "indicator.spec.ratioMetric.good: mean is not a count of events: write it as thresholdMetric, with op and "
         "value"),
    ],
)  # fmt: skip
def test_an_indicator_that_is_refused(text: str, said: str) -> None:
    assert rejection(lambda: read(text)) == f"1: {said}"


def test_columns_that_count_are_sides_of_a_ratio() -> None:
    column = "{metricSource: {type: signals, spec: {measure: latency, le: 0.3}}}"
    text = f"indicator: {{{NAMED}spec: {{ratioMetric: {{good: {column}, total: T}}}}}}"
    assert read(text) == (Ratio(Query("t"), good=Column("shop", "latency", "0.3")), [])


@pytest.mark.parametrize(
    ("text", "op", "said"),
    [
        ("lte", Op.LTE, []), ("gt", Op.GT, []),
        ("'<='", Op.LTE, ["1: op: is read as lte: write that"]),
        ("'<'", Op.LT, ["1: op: is read as lt: write that"]),
        ("'>='", Op.GTE, ["1: op: is read as gte: write that"]),
        ("'>'", Op.GT, ["1: op: is read as gt: write that"]),
        ("≤", Op.LTE, ["1: op: is read as lte: write that"]),
        ("≥", Op.GTE, ["1: op: is read as gte: write that"]),
        ("le", Op.LTE, ["1: op: is read as lte: write that"]),
        ("GE", Op.GTE, ["1: op: is read as gte: write that"]),
    ],
)  # fmt: skip
def test_an_operator_in_any_spelling(text: str, op: Op, said: list[str]) -> None:
    scope = scope_of()
    assert read_comparison(fields_of(f"{{op: {text}, value: -5}}", OF_OBJECTIVE, scope), scope) == (op, -5.0)
    assert warnings(scope) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{op: below, value: 5}", "op: 'below' is not known; known are gt, gte, lt, lte"),
        ("{op: lte}", "value: missing: write the limit for the value, such as value: 0.3"),
        ("{op: lte, value: much}", "value: 'much' is not a number: write for example 0.3"),
    ],
)
def test_a_comparison_that_is_refused(text: str, said: str) -> None:
    scope = scope_of()
    assert rejection(lambda: read_comparison(fields_of(text, OF_OBJECTIVE, scope), scope)) == f"1: {said}"


@pytest.mark.parametrize(("text", "is_good"), [("good: a", True), ("bad: a", False)])
def test_the_side_of_a_ratio(text: str, is_good: bool) -> None:
    node, good = read_side(fields_of(text, ("good", "bad"), scope_of()))
    assert (node.scalar, good) == ("a", is_good)


@pytest.mark.parametrize(
    ("text", "has"), [("indicator: {}", True), ("indicatorRef: a", True), ("ratioMetrics: {}", True), ("x: 1", False)]
)
def test_an_indicator_may_have_any_of_three_names(text: str, has: bool) -> None:
    assert has_indicator(fields_of(text, OF_SPEC, scope_of())) is has
