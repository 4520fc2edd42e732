"""What has one meaning is read, and noted with file, line and key."""

from typing import Any

import pytest

from dashboard.slo.indicators import Query
from dashboard.slo.objective import Method
from dashboard.slo.windows import Calendar, Rolling, Unit
from tests.openslo.samples import ALERTED, ALERTING, RATIO, THRESHOLD, changed, flaw_of, only, reading

ROLLING = "    - duration: 30d\n      isRolling: true\n"
CALENDAR = "calendar: {startTime: '2026-01-01 00:00:00', timeZone: Europe/Berlin}"
INDICATOR = RATIO[RATIO.index("  indicator:\n") : RATIO.index("  timeWindow:")]
FLAT = """\
  indicator:
    ratioMetric:
      counter: true
      good: {metricSource: {type: Prometheus, spec: {query: sum(ok_requests)}}}
      total: {metricSource: {type: Prometheus, spec: {query: sum(all_requests)}}}
"""

# The sample, what is replaced in it and by what; line, key and words of the flaw; what is read differently.
CASES: dict[str, tuple[str, str, str, int, str, str, dict[str, Any]]] = {
    "an unknown key names the nearest": (
        RATIO, "  service: checkout\n", "  service: checkout\n  descripton: x\n", 11, "spec.descripton",
        "unknown key; did you mean description?", {}),
    "an unknown key that is near to none names them all": (
        RATIO, "labels: {team: payments}", "labels: {team: payments}\n  zzz: 1", 7, "metadata.zzz",
        "unknown key; known are annotations, displayName, labels, name", {}),
    "a missing apiVersion": (
        RATIO, "apiVersion: openslo/v1\n", "", 1, "apiVersion", "missing: read as openslo/v1", {}),
    "apiVersion in other letters": (
        RATIO, "openslo/v1", "OpenSLO/V1", 1, "apiVersion", "is read as openslo/v1", {}),
    "apiVersion of a draft": (
        RATIO, "openslo/v1", "openslo/v1beta1", 1, "apiVersion", "is read as openslo/v1", {}),
    "kind in other letters": (RATIO, "kind: SLO", "kind: slo", 2, "kind", "is read as SLO", {}),
    "a name in capitals": (
        RATIO, "name: checkout-availability", "name: CheckoutAvailability", 4, "metadata.name",
        "'CheckoutAvailability' is no name as OpenSLO wants it", {"name": "CheckoutAvailability"}),
    "a number for a name": (
        RATIO, "name: checkout-availability", "name: 404", 4, "metadata.name", "is read as the text '404'",
        {"name": "404"}),
    "a service called no": (
        RATIO, "service: checkout", "service: no", 10, "spec.service", "put it in quotes", {"service": "no"}),
    "labels that are no map": (
        RATIO, "labels: {team: payments}", "labels: [team]", 6, "metadata.labels", "holds a list and is left out",
        {"labels": {}}),
    "a label that is a map": (
        RATIO, "labels: {team: payments}", "labels: {team: payments, of: {a: b}}", 6, "metadata.labels.of",
        "a label is a text, or a list of texts", {"labels": {"team": "payments", "of": ""}}),
    "annotations that are no map": (
        RATIO, "annotations: {owner: payments}", "annotations: owner", 7, "metadata.annotations",
        "holds text and is left out", {}),
    "an empty field": (
        RATIO, "description: Requests to checkout are answered.", "description:", 9, "spec.description",
        "is empty and read as if it were not there", {"description": ""}),
    "alertPolicies without any": (
        RATIO, "    - target: 0.999\n", "    - target: 0.999\n  alertPolicies:\n", 30, "spec.alertPolicies",
        "is empty", {"policy": None}),
    "an indicator without a name": (
        RATIO, "    metadata: {name: checkout-ok}\n", "", 11, "spec.indicator.metadata", "an indicator has a name", {}),
    "an indicator without its spec": (RATIO, INDICATOR, FLAT, 11, "spec.indicator.spec", "write it under spec", {}),
    "a flag in quotes": (
        RATIO, "counter: true", "counter: 'true'", 15, "spec.indicator.spec.ratioMetric.counter",
        "is read as true", {}),
    "a flag of old YAML": (
        RATIO, "isRolling: true", "isRolling: yes", 26, "spec.timeWindow[0].isRolling", "is read as true", {}),
    "a number in quotes": (
        RATIO, "target: 0.999", "target: '0.999'", 29, "spec.objectives[0].target", "without quotes", {}),
    "a type in other letters is no flaw of its own, an unknown one is": (
        RATIO, "type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        "type: Datadog\n            spec: {query: 'sum(ok_requests)'}", 19,
        "spec.indicator.spec.ratioMetric.good.metricSource.spec.query", "the query is taken for PromQL", {}),
    "dimensions beside a query": (
        RATIO, "spec: {query: 'sum(ok_requests)'}", "spec: {query: 'sum(ok_requests)', dimensions: [a]}", 19,
        "spec.indicator.spec.ratioMetric.good.metricSource.spec.dimensions", "unknown key", {}),
    "op of a ratio": (
        RATIO, "target: 0.999", "target: 0.999\n      op: gt", 30, "spec.objectives[0].op",
        "only a thresholdMetric is compared", {}),
    "value of a ratio": (
        RATIO, "target: 0.999", "target: 0.999\n      value: 1", 30, "spec.objectives[0].value",
        "only a thresholdMetric is compared", {}),
    "rawType without raw": (
        RATIO, "counter: true", "counter: true\n        rawType: success", 16,
        "spec.indicator.spec.ratioMetric.rawType", "there is none", {}),
    "a weight without a composite": (
        RATIO, "target: 0.999", "target: 0.999\n      compositeWeight: 2", 29, "spec.objectives[0].compositeWeight",
        "only parts of a composite are weighed", {}),
    "an operator by its sign": (
        THRESHOLD, "op: lte", "op: '<='", 21, "spec.objectives[0].op", "is read as lte", {}),
    "a percent sign": (
        RATIO, "target: 0.999", "target: 99.9%", 29, "spec.objectives[0].target", "'99.9%' is read as 0.999", {}),
    "a percent sign where percent is meant": (
        RATIO, "target: 0.999", "targetPercent: 99.9%", 29, "spec.objectives[0].targetPercent", "leave the % out", {}),
    "target twice in other words": (
        RATIO, "target: 0.999", "target: 0.999\n      targetPercent: 99.9", 30, "spec.objectives[0].targetPercent",
        "says the same as target", {}),
    "a method in other letters": (
        THRESHOLD, "budgetingMethod: Timeslices", "budgetingMethod: TimeSlices", 18, "spec.budgetingMethod",
        "is read as Timeslices", {"method": Method.TIMESLICES}),
    "a method with a hyphen": (
        THRESHOLD, "budgetingMethod: Timeslices", "budgetingMethod: time-slices", 18, "spec.budgetingMethod",
        "is read as Timeslices", {"method": Method.TIMESLICES}),
    "no method": (
        RATIO, "  budgetingMethod: Occurrences\n", "", 8, "spec.budgetingMethod", "missing: read as Occurrences",
        {"method": Method.OCCURRENCES}),
    "slices where events are counted": (
        RATIO, "target: 0.999", "target: 0.999\n      timeSliceWindow: 5m", 30,
        "spec.objectives[0].timeSliceWindow", "Occurrences counts events", {"slice_s": 0}),
    "a slice's share where events are counted": (
        RATIO, "target: 0.999", "target: 0.999\n      timeSliceTarget: 0.9", 30,
        "spec.objectives[0].timeSliceTarget", "has no good or bad slices", {"slice_target": None}),
    "a slice's share of a threshold": (
        THRESHOLD, "timeSliceTarget: 1\n", "timeSliceTarget: 0.9\n", 23, "spec.objectives[0].timeSliceTarget",
        "a slice has one value here", {"slice_target": None}),
    "a slice in seconds": (
        THRESHOLD, "timeSliceWindow: 5m", "timeSliceWindow: 30s", 24, "spec.objectives[0].timeSliceWindow",
        "'30s' is read as 30s", {"slice_s": 30}),
    "a slice in words": (
        THRESHOLD, "timeSliceWindow: 5m", "timeSliceWindow: 5 minutes", 24, "spec.objectives[0].timeSliceWindow",
        "'5 minutes' is read as 5m", {"slice_s": 300}),
    "a composed duration": (
        RATIO, "duration: 30d", "duration: 1d12h", 25, "spec.timeWindow[0].duration", "'1d12h' is read as 36h",
        {"window": Rolling(129600.0)}),
    "a window in words": (
        RATIO, "duration: 30d", "duration: 30 days", 25, "spec.timeWindow[0].duration", "'30 days' is read as 30d", {}),
    "a window that is no list": (
        RATIO, "  timeWindow:\n" + ROLLING, "  timeWindow: {duration: 30d, isRolling: true}\n", 24, "spec.timeWindow",
        "read as its only item", {}),
    "a window that does not say whether it rolls": (
        RATIO, ROLLING, "    - duration: 30d\n", 25, "spec.timeWindow[0].isRolling", "read as isRolling: true", {}),
    "a calendar that does not say that it does not roll": (
        THRESHOLD, "      isRolling: false\n", "", 15, "spec.timeWindow[0].isRolling", "read as isRolling: false", {}),
    "a minute that is a month": (
        THRESHOLD, "duration: 1M", "duration: 1m", 15, "spec.timeWindow[0].duration", "1m is read as 1M",
        {"window": Calendar(Unit.MONTH, 1, "Europe/Berlin", Calendar(Unit.DAY).anchor.replace(year=2026))}),
    "a rolling minute": (
        RATIO, "duration: 30d", "duration: 1m", 25, "spec.timeWindow[0].duration", "a month is 1M",
        {"window": Rolling(60.0)}),
    "a calendar of a rolling window": (
        THRESHOLD, "isRolling: false", "isRolling: true", 17, "spec.timeWindow[0].calendar",
        "only the zone of it is looked at", {"window": Calendar(Unit.MONTH, 1, "Europe/Berlin", rolling=True)}),
    "a month without a start": (
        THRESHOLD, CALENDAR, "calendar: {timeZone: Europe/Berlin}", 17, "spec.timeWindow[0].calendar.startTime",
        "periods of 1M are taken to begin with the calendar's",
        {"window": Calendar(Unit.MONTH, 1, "Europe/Berlin")}),
    "a month without a calendar": (
        THRESHOLD, f"      {CALENDAR}\n", "", 15, "spec.timeWindow[0].startTime", "begin with the calendar's",
        {"window": Calendar(Unit.MONTH)}),
    "a calendar without a zone": (
        THRESHOLD, CALENDAR, "calendar: {startTime: '2026-01-01 00:00:00'}", 17,
        "spec.timeWindow[0].calendar.timeZone", "missing: read as UTC", {}),
    "a zone in other letters": (
        THRESHOLD, "Europe/Berlin", "europe/berlin", 17, "spec.timeWindow[0].calendar.timeZone",
        "is read as Europe/Berlin", {}),
    "a start with a T": (
        THRESHOLD, "2026-01-01 00", "2026-01-01T00", 17, "spec.timeWindow[0].calendar.startTime",
        "is read as 2026-01-01 00:00:00", {}),
    "a start with an offset is moved to the zone": (
        THRESHOLD, "'2026-01-01 00:00:00'", "'2025-12-31T23:00:00Z'", 17, "spec.timeWindow[0].calendar.startTime",
        "is read as 2026-01-01 00:00:00", {}),
    "a start that is a day": (
        THRESHOLD, "'2026-01-01 00:00:00'", "2026-01-01", 17, "spec.timeWindow[0].calendar.startTime",
        "is read as 2026-01-01 00:00:00", {}),
    "a start that is a weekday": (
        THRESHOLD, "'2026-01-01 00:00:00'", "Wednesday", 17, "spec.timeWindow[0].calendar.startTime",
        "is read as 2024-01-03 00:00:00", {}),
    "the shape of v1alpha": (
        RATIO, ROLLING, "    - {unit: Day, count: 30, isRolling: true}\n", 25, "spec.timeWindow[0].unit",
        "openslo/v1 writes duration: 30d", {}),
    "the spelling of v1alpha": (
        RATIO, "timeWindow:", "timeWindows:", 24, "spec.timeWindows", "is written timeWindow in openslo/v1", {}),
    "a query in the shape of v1alpha": (
        RATIO, "          metricSource:\n            type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        "          source: prometheus\n          query: sum(ok_requests)", 16,
        "spec.indicator.spec.ratioMetric.good", "has the shape of openslo v1alpha", {}),
    "a query in the shape of v2alpha": (
        RATIO, "          metricSource:\n            type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        "          dataSourceSpec: {type: Prometheus}\n          spec: {query: sum(ok_requests)}", 16,
        "spec.indicator.spec.ratioMetric.good", "has the shape of openslo v2alpha", {}),
    "an SLI in the spelling of v2alpha": (
        RATIO, "  indicator:", "  sli:", 11, "spec.sli", "is written indicator in openslo/v1", {}),
    "one alert policy without its list": (
        ALERTED, "  alertPolicies:\n    - alertPolicyRef: fast\n", "  alertPolicies: {alertPolicyRef: fast}\n", 30,
        "spec.alertPolicies", "read as its only item", {}),
    "an alert policy by its bare name": (
        ALERTED, "- alertPolicyRef: fast", "- fast", 31, "spec.alertPolicies[0]",
        "is read as alertPolicyRef: 'fast'", {}),
    "a condition by its bare name": (
        ALERTED, "- conditionRef: fast-burn", "- fast-burn", 39, "spec.conditions[0]",
        "is read as conditionRef: 'fast-burn'", {}),
    "a policy that does not alert": (
        ALERTED, "alertWhenBreaching: true", "alertWhenBreaching: false", 37, "spec.alertWhenBreaching",
        "the policy is left out", {"policy": None}),
    "a condition of another kind": (
        ALERTED, "kind: burnrate", "kind: latency", 49, "spec.condition.kind", "only burnrate is", {"policy": None}),
    "a burn rate in other letters": (
        ALERTED, "kind: burnrate", "kind: burnRate", 49, "spec.condition.kind", "is read as burnrate", {}),
    "a burn rate that is compared downwards": (
        ALERTED, "op: gte", "op: lte", 50, "spec.condition.op", "is read as gte", {}),
    "a burn rate that is not compared": (
        ALERTED, "    op: gte\n", "", 48, "spec.condition.op", "missing: read as gte", {}),
    "a severity in other words": (
        ALERTED, "severity: page", "severity: critical", 47, "spec.severity", "'critical' is read as page", {}),
    "a negative look back": (
        ALERTED, "lookbackWindow: 1h", "lookbackWindow: -1h", 52, "spec.condition.lookbackWindow",
        "'-1h' is read as 1h", {}),
    "an alert that waits": (
        ALERTED, "lookbackWindow: 1h", "lookbackWindow: 1h\n    alertAfter: 5m", 53, "spec.condition.alertAfter",
        "is not waited for", {}),
    "a share of a slice in percent": (
        THRESHOLD, "timeSliceTarget: 1\n", "timeSliceTarget: 100%\n", 23, "spec.objectives[0].timeSliceTarget",
        "is read as 1", {}),
    "a limit in quotes": (
        THRESHOLD, "value: 0.9", "value: '0.9'", 22, "spec.objectives[0].value", "is read as the number 0.9", {}),
    "a data source that is not there beside a type": (
        RATIO, "type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        "type: Prometheus\n            metricSourceRef: metrics\n            spec: {query: 'sum(ok_requests)'}", 19,
        "spec.indicator.spec.ratioMetric.good.metricSource.metricSourceRef", "there is no DataSource 'metrics'", {}),
    "an unknown tag": (
        RATIO, "service: checkout", "service: !env checkout", 10, "spec.service", "the tag '!env' is not", {}),
    "an unknown annotation of ours": (
        RATIO, "{owner: payments}", "{golden-signals/slo: '0.9'}", 7, "metadata.annotations.golden-signals/slo",
        "unknown annotation; did you mean sla?", {}),
    "an empty annotation of ours": (
        RATIO, "{owner: payments}", "{golden-signals/sla: }", 7, "metadata.annotations.golden-signals/sla",
        "is empty", {}),
    "a credit without a contract": (
        RATIO, "{owner: payments}", "{golden-signals/sla-credit: '0.9=10 %'}", 7,
        "metadata.annotations.golden-signals/sla-credit", "is not looked at without", {"sla": None}),
    "a bound of a measure that has none": (
        THRESHOLD, "detail: memory", "detail: memory, le: 5", 13,
        "spec.indicator.spec.thresholdMetric.metricSource.spec.le", "is not looked at", {}),
    "a detail of a measure that has none": (
        THRESHOLD, "{measure: saturation, detail: memory}", "{measure: age, detail: x}", 13,
        "spec.indicator.spec.thresholdMetric.metricSource.spec.detail", "age has no detail", {"kind": "freshness"}),
    "a measure without its type": (
        THRESHOLD, "          type: signals\n", "", 11,
        "spec.indicator.spec.thresholdMetric.metricSource.type", "missing: read as signals", {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_read_and_noted(case: str) -> None:
    base, old, new, line, key, words, differs = CASES[case]
    made = reading(changed(base, old, new))
    diagnostic = flaw_of(made)
    assert (diagnostic.file, diagnostic.line, diagnostic.key, diagnostic.fatal) == ("slo.yaml", line, key, False)
    assert words in diagnostic.what
    assert str(diagnostic) == f"slo.yaml:{line}: {key}: {diagnostic.what}"
    assert len(made.slos) == 1
    usual = only(base)
    fields = ("name", "service", "method", "slice_s", "objective", "labels", "policy", "sla")
    for field in fields:
        assert getattr(made.slos[0], field) == differs.get(field, getattr(usual, field)), field
    for field, value in differs.items():
        assert getattr(made.slos[0], field) == value, field


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("'2026-01-01 00:00:00'", "2026-01-01 00:00:00"),
        ("type: signals", "type: CSV"),
        ("timeSliceWindow: 5m", "timeSliceWindow: 5"),
        ("timeSliceTarget: 1\n", "timeSliceTarget: 1.0\n"),
        ("value: 0.9", "value: 9.0e-1"),
        ("apiVersion: openslo/v1", "apiVersion: openslo.com/v1"),
        ("apiVersion", "---\n# a comment\napiVersion"),
        ("kind: SLO", '"kind": "SLO"'),
        ("{measure: saturation, detail: memory}", "{measure: saturation, detail: memory, service: checkout}"),
    ],
    ids=[
        "a start without quotes",
        "signals called csv",
        "a bare number of minutes",
        "a share as a fraction",
        "a number with an exponent",
        "the longer name of the standard",
        "comments and a document's start",
        "keys and values in quotes",
        "a service of its own",
    ],
)
def test_read_without_a_word(old: str, new: str) -> None:
    slo, usual = only(changed(THRESHOLD, old, new)), only(THRESHOLD)
    assert (slo.indicator, slo.window, slo.slice_s, slo.slice_target, slo.objective) == (
        usual.indicator, usual.window, usual.slice_s, usual.slice_target, usual.objective)  # fmt: skip


@pytest.mark.parametrize("query", ["sum(rate(x[{{.window}}]))", "sum(rate(x[5m]))", "a{b='c'}  /\n d"])
def test_a_query_is_a_text_that_nobody_looks_into(query: str) -> None:
    text = changed(RATIO, "{query: 'sum(ok_requests)'}", f"{{query: {query!r}}}".replace("\\n", "\\\\n"))
    text = changed(RATIO, "spec: {query: 'sum(ok_requests)'}", 'spec: {query: "' + query.replace("\n", "\\n") + '"}')
    assert only(text).indicator.good == Query(query, counter=True)  # type: ignore[union-attr]


def test_several_conditions_of_one_policy_are_rows_of_it() -> None:
    text = changed(
        ALERTED, "    - conditionRef: fast-burn\n", "    - conditionRef: fast-burn\n    - conditionRef: slow\n"
    )
    slow = ALERTING[ALERTING.rindex("---") :].replace("fast-burn", "slow").replace("14.4", "6").replace("1h", "6h")
    made = reading(text + slow)
    diagnostic = flaw_of(made)
    assert (diagnostic.line, diagnostic.key, diagnostic.fatal) == (38, "spec.conditions", False)
    assert [row.long_s for row in made.slos[0].policy.rows] == [3600, 21600]  # type: ignore[union-attr]


@pytest.mark.parametrize("form", ["indicatorRef", "indicator"])
def test_an_indicator_may_be_a_name(form: str) -> None:
    sli = (
        "---\napiVersion: openslo/v1\nkind: SLI\nmetadata: {name: ok}\nspec:\n"
        "  ratioMetric: {good: {metricSource: {spec: {query: a}}}, total: {metricSource: {spec: {query: b}}}}\n"
    )
    made = reading(changed(RATIO, INDICATOR, f"  {form}: ok\n") + sli)
    assert made.slos[0].indicator.valid == Query("b")  # type: ignore[union-attr]
    assert [diagnostic.key for diagnostic in made.problems] == ([] if form == "indicatorRef" else ["spec.indicator"])


def test_a_type_that_its_data_source_does_not_have_counts_and_is_noted() -> None:
    text = changed(
        RATIO,
        "type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        ("type: Prometheus\n            metricSourceRef: metrics\n            spec: {query: 'sum(ok_requests)'}"),
    )
    source = "---\napiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: metrics}\nspec: {type: Datadog}\n"
    made = reading(text + source)
    assert made.slos[0].indicator == only(RATIO).indicator
    assert (flaw_of(made).line, flaw_of(made).what) == (
        19, "the DataSource is of type 'Datadog', but 'Prometheus' is read")  # fmt: skip
