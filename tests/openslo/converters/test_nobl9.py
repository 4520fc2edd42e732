"""Nobl9's SLO, field by field: each objective becomes an SLO; composites and other queries than PromQL are refused."""

from datetime import datetime

import pytest

from dashboard.openslo.converters.definition import NO_PLACE
from dashboard.openslo.converters.nobl9 import read_slos
from dashboard.slo.indicators import Op, Query, Ratio, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.windows import Calendar, Rolling, Unit
from tests.openslo import foreign
from tests.openslo.nodes import node_of, rejection, scope_of, warnings
from tests.openslo.samples import changed

GOOD = "        good: {prometheus: {promql: 'sum(good_total)'}}\n"
TOTAL = "        total: {prometheus: {promql: 'sum(all_total)'}}\n"
OBJECTIVE = "spec.objectives[0]"
COUNTS = f"{OBJECTIVE}.countMetrics"
COMPOSITE = "a composite of Nobl9 combines other SLOs: write an OpenSLO composite of their indicators"
POLICIES = "alert policies of Nobl9 are not converted: write AlertPolicies, else the default burn policy is used"
SECOND = "    - {name: fast, displayName: Fast, target: 0.9, countMetrics: {good: G, total: G}}\n".replace(
    "G", "{prometheus: {promql: x}}"
)


def read(text: str) -> tuple[list[Slo], list[str]]:
    """The SLOs of a document, and all diagnostics."""
    scope = scope_of(is_v1=False)
    return list(read_slos(node_of(text), scope)), warnings(scope)


def nobl9(old: str, new: str, base: str = foreign.NOBL9) -> tuple[list[Slo], list[str]]:
    return read(changed(base, old, new))


def test_every_field_of_counts() -> None:
    slos, said = read(foreign.NOBL9)
    assert said == []
    assert slos == [
        Slo(
            "checkout",
            "checkout",
            Ratio(Query("sum(all_total)", counter=True), good=Query("sum(good_total)", counter=True)),
            0.95,
            window=Calendar(Unit.MONTH, 1, "Europe/Berlin", datetime(2022, 12, 1)),
            title="Checkout",
            description="Requests are answered.",
            origin="slo.yaml:1",
            labels={"team": "payments, web", "project": "shop"},
        )
    ]


def test_every_field_of_a_raw_metric() -> None:
    slos, said = read(foreign.NOBL9_RAW)
    assert said == []
    assert slos == [
        Slo(
            "checkout",
            "queue",
            Threshold(Query("queue_length"), Op.LTE, 100),
            0.99,
            kind="threshold",
            method=Method.TIMESLICES,
            window=Rolling(7 * 86400.0),
            slice_s=60,
            limit=100,
            origin="slo.yaml:1",
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "indicator"),
    [
        ("incremental: true", "incremental: false", Ratio(Query("sum(all_total)"), good=Query("sum(good_total)"))),
        ("        incremental: true\n", "", Ratio(Query("sum(all_total)"), good=Query("sum(good_total)"))),
        ("good:", "bad:", Ratio(Query("sum(all_total)", True), bad=Query("sum(good_total)", True))),
        (
            "{prometheus: {promql: 'sum(good_total)'}}", "{amazonPrometheus: {promql: 'sum(ok)'}}",
            Ratio(Query("sum(all_total)", True), good=Query("sum(ok)", True)),
        ),
    ],
    ids=["values", "values by default", "bad events", "PromQL of another source"],
)  # fmt: skip
def test_counts(old: str, new: str, indicator: Ratio) -> None:
    (slo,), said = nobl9(old, new)
    assert (slo.indicator, said) == (indicator, [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rawMetric: {query: {prometheus: {promql: queue_length}}}", "rawMetric: {prometheus: {promql: queue_length}}"),
        (
            "      rawMetric: {query: {prometheus: {promql: queue_length}}}\n", "",
        ),
    ],
    ids=["without query around it", "of the whole SLO"],
)  # fmt: skip
def test_a_raw_metric_where_older_files_have_it(old: str, new: str) -> None:
    text = changed(foreign.NOBL9_RAW, old, new)
    if not new:
        shared = "    rawMetric: {prometheus: {promql: queue_length}}\n  budgetingMethod"
        text = changed(text, "  budgetingMethod", shared)
    (slo,), said = read(text)
    assert (slo.indicator, said) == (Threshold(Query("queue_length"), Op.LTE, 100), [])


@pytest.mark.parametrize(
    ("method", "target", "slices"),
    [
        ("Occurrences", "", (Method.OCCURRENCES, 0, None)),
        ("Timeslices", "timeSliceTarget: 0.9", (Method.TIMESLICES, 60, 0.9)),
        ("Timeslices", "timeSliceTarget: 1", (Method.TIMESLICES, 60, 1.0)),
    ],
)
def test_a_slice_is_a_point_of_nobl9(method: str, target: str, slices: tuple[Method, int, float | None]) -> None:
    text = changed(foreign.NOBL9, "budgetingMethod: Occurrences", f"budgetingMethod: {method}")
    (slo,), said = read(changed(text, "      primary: true\n", f"      {target}\n" if target else ""))
    assert ((slo.method, slo.slice_s, slo.slice_target), said) == (slices, [])


@pytest.mark.parametrize(
    ("second", "names", "titles"),
    [
        (SECOND, ["checkout-ok", "checkout-fast"], ["Checkout: Answered", "Checkout: Fast"]),
        (SECOND.replace("name: fast, ", "", 1), ["checkout-ok", "checkout-fast"],
         ["Checkout: Answered", "Checkout: Fast"]),
        (SECOND.replace("name: fast, displayName: Fast, ", "", 1), ["checkout-ok", "checkout-1"],
         ["Checkout: Answered", "Checkout"]),
        ("", ["checkout"], ["Checkout"]),
    ],
    ids=["by name", "by title", "by place", "alone"],
)  # fmt: skip
def test_several_objectives_are_several_slos(second: str, names: list[str], titles: list[str]) -> None:
    slos, said = read(foreign.NOBL9 + second)
    assert ([slo.name for slo in slos], [slo.title for slo in slos], said) == (names, titles, [])


def test_an_objective_that_is_refused_leaves_the_others() -> None:
    slos, said = read(foreign.NOBL9 + SECOND.replace("0.9", "1"))
    assert [slo.name for slo in slos] == ["checkout-ok"]
    what = "an objective of 1 has no error budget, so that nothing may ever fail: write for example 0.999"
    assert said == [f"29: spec.objectives[1].target: {what}"]


@pytest.mark.parametrize(
    ("labels", "project", "expected"),
    [
        ("  labels: {team: [payments, web]}\n", "  project: shop\n", {"team": "payments, web", "project": "shop"}),
        ("  labels: {team: a, project: b}\n", "  project: shop\n", {"team": "a", "project": "shop"}),
        ("  labels: {team: a}\n", "", {"team": "a"}),
        ("", "  project: shop\n", {"project": "shop"}),
        ("", "", {}),
    ],
    ids=["both", "a label of that name", "labels alone", "a project alone", "neither"],
)
def test_a_project_is_one_more_label(labels: str, project: str, expected: dict[str, str]) -> None:
    text = changed(foreign.NOBL9, "  labels: {team: [payments, web]}\n", labels)
    (slo,), _ = read(changed(text, "  displayName: Checkout\n  project: shop\n", f"  displayName: Checkout\n{project}"))
    assert slo.labels == expected


@pytest.mark.parametrize("field", ["attachments", "anomalyConfig", "createdAt", "createdBy", "updatedAt", "tier"])
def test_a_field_that_is_lost_has_a_warning(field: str) -> None:
    slos, said = nobl9("  service:", f"  {field}: [{{a: b}}]\n  service:")
    assert (len(slos), said) == (1, [f"10: spec.{field}: {NO_PLACE}"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  service:", "  alertPolicies: [fast]\n  service:", [f"10: spec.alertPolicies: {POLICIES}"]),
        ("  service:", "  alertPolicies: []\n  service:", []),
        ("  project: shop\n  labels", "  project: shop\n  annotations: {a: b}\n  labels",
         [f"7: metadata.annotations: {NO_PLACE}"]),
        ("  service:", "  servce: x\n  service:", ["10: spec.servce: unknown key; did you mean service?"]),
        ("target: 0.95", "target: 95%", ["23: spec.objectives[0].target: '95%' is read as 0.95: write that"]),
        ("incremental: true", "incremental: yes",
         ["26: spec.objectives[0].countMetrics.incremental: is read as true: write that, without quotes"]),
        ("promql: 'sum(good_total)'", "promql: 'sum(rate(x[{{.y}}]))'",
         [f"27: {COUNTS}.good.prometheus.promql: has a template that is kept as it is: write out what it stands for"]),
    ],
    ids=["alert policies", "no alert policies", "annotations", "an unknown key", "percent", "yes", "a template"],
)  # fmt: skip
def test_what_is_lost_or_read_otherwise_has_a_warning(old: str, new: str, said: list[str]) -> None:
    slos, warned = nobl9(old, new)
    assert (len(slos), warned) == (1, said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{prometheus: {promql: 'sum(good_total)'}}", "{datadog: {query: x}}",
         f"27: {COUNTS}.good: has 'datadog': only PromQL can be read, as prometheus: {{promql: …}}"),
        ("{prometheus: {promql: 'sum(good_total)'}}", "{a: {promql: x}, b: {promql: y}}",
         f"27: {COUNTS}.good: has 'a', 'b': only PromQL can be read, as prometheus: {{promql: …}}"),
        ("{prometheus: {promql: 'sum(good_total)'}}", "{}",
         f"27: {COUNTS}.good: has nothing: only PromQL can be read, as prometheus: {{promql: …}}"),
        (GOOD, GOOD + GOOD.replace("good:", "bad:"),
         f"28: {COUNTS}.bad: there are also good and total, from which bad follows: remove good or bad"),
        (GOOD, "", f"25: {COUNTS}.good: missing: write good or bad beside total"),
        (TOTAL, "",
         f"25: {COUNTS}.total: missing: write for example total: {{prometheus: {{promql: …}}}}"),
        (TOTAL, "        goodTotal: {splunk: {query: x}}\n",
         f"28: {COUNTS}.goodTotal: OpenSLO has no single query for good and total events: write one for each"),
        ("      countMetrics:", "      composite: {maxDelay: 45m}\n      countMetrics:",
         f"25: {OBJECTIVE}.composite: {COMPOSITE}"),
        ("      countMetrics:", "      counts:",
         f"20: {OBJECTIVE}.countMetrics: missing: write countMetrics with good and total, or rawMetric"),
        ("target: 0.95", "target: 1",
         f"23: {OBJECTIVE}.target: an objective of 1 has no error budget, so that nothing may ever fail: write for "
         "example 0.999"),
        ("      target: 0.95\n", "",
         f"20: {OBJECTIVE}.target: missing: write for example target: 0.999, the share of events that must be good"),
        ("  budgetingMethod: Occurrences", "  budgetingMethod: Guesses",
         "13: spec.budgetingMethod: 'Guesses' is not known; known are Occurrences, RatioTimeslices, Timeslices"),
        ("unit: Month", "unit: Moon", "15: spec.timeWindows[0].unit: 'Moon' is not known; did you mean month?"),
        ("  service: checkout\n", "", "8: spec.service: missing: write for example service: checkout"),
        ("  name: checkout\n", "", "3: metadata.name: missing: write for example name: checkout-availability"),
    ],
)  # fmt: skip
def test_an_objective_that_is_refused(old: str, new: str, said: str) -> None:
    slos, warned = nobl9(old, new)
    assert slos == []
    assert said in warned


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("      op: lte\n", "", f"12: {OBJECTIVE}.op: missing: write for example op: lte"),
        ("      value: 100\n", "",
         f"12: {OBJECTIVE}.value: missing: write the limit for the value, such as value: 0.3"),
        ("op: lte", "op: below", f"15: {OBJECTIVE}.op: 'below' is not known; known are gt, gte, lt, lte"),
        ("rawMetric: {query: {prometheus: {promql: queue_length}}}", "rawMetric: {query: {lightstep: {uql: x}}}",
         f"17: {OBJECTIVE}.rawMetric.query: has 'lightstep': only PromQL can be read, as prometheus: {{promql: …}}"),
        ("timeSliceTarget: 1", "timeSliceTarget: 2",
         f"14: {OBJECTIVE}.timeSliceTarget: '2' is not a share of a slice: write a number above 0 and at most 1, such "
         "as 0.95"),
    ],
)  # fmt: skip
def test_a_raw_metric_that_is_refused(old: str, new: str, said: str) -> None:
    slos, warned = nobl9(old, new, foreign.NOBL9_RAW)
    assert (slos, warned) == ([], [said])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (changed(foreign.NOBL9, "  service:", "  composite: {}\n  service:"), f"10: spec.composite: {COMPOSITE}"),
        (
            foreign.NOBL9_RAW[: foreign.NOBL9_RAW.index("  objectives")] + "  objectives: []\n",
            "4: spec.objectives: missing: write one objective, such as objectives: [{target: 0.95, countMetrics: …}]",
        ),
        (
            foreign.NOBL9_RAW[: foreign.NOBL9_RAW.index("spec:")],
            "1: spec: missing: write for example spec: {service: …, objectives: …}",
        ),
        ("apiVersion: n9/v1alpha\nspec: {}\n", "1: metadata: missing: write for example metadata: {name: …}"),
    ],
    ids=["a composite", "no objectives", "no spec", "no metadata"],
)
def test_a_document_that_is_refused(text: str, said: str) -> None:
    assert rejection(lambda: read(text)) == said
