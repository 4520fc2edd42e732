"""What has one meaning is read, with a warning that names file, line and key."""

from typing import Any

import pytest

from dashboard.openslo.diagnostics import Diagnostic
from dashboard.slo.indicators import Query
from dashboard.slo.objective import Method
from dashboard.slo.windows import Calendar, Rolling, Unit
from tests.openslo.samples import ALERTED, ALERTING, RATIO, THRESHOLD, changed, only, only_diagnostic, reading

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

# The sample, what is replaced in it and by what; line, key and sentence of the diagnostic; what is read differently.
CASES: dict[str, tuple[str, str, str, int, str, str, dict[str, Any]]] = {
    "an unknown key names the nearest": (
        RATIO, "  service: checkout\n", "  service: checkout\n  descripton: x\n", 11, "spec.descripton",
        "unknown key; did you mean description?", {}),
    "an unknown key that is near to none names them all": (
        RATIO, "labels: {team: payments}", "labels: {team: payments}\n  zzz: 1", 7, "metadata.zzz",
        "unknown key; known are annotations, displayName, labels, name", {}),
    "a missing apiVersion": (
        RATIO, "apiVersion: openslo/v1\n", "", 1, "apiVersion", "missing: read as openslo/v1, write that", {}),
    "apiVersion in other letters": (
        RATIO, "openslo/v1", "OpenSLO/V1", 1, "apiVersion", "is read as openslo/v1: write that", {}),
    "apiVersion of a draft": (
        RATIO, "openslo/v1", "openslo/v1beta1", 1, "apiVersion", "is read as openslo/v1: write that", {}),
    "kind in other letters": (RATIO, "kind: SLO", "kind: slo", 2, "kind", "is read as SLO: write that", {}),
    "a name in capitals": (
        RATIO, "name: checkout-availability", "name: CheckoutAvailability", 4, "metadata.name",
        "'CheckoutAvailability' is not a name that OpenSLO allows: use lower-case letters, digits and hyphens",
        {"name": "CheckoutAvailability"}),
    "a number for a name": (
        RATIO, "name: checkout-availability", "name: 404", 4, "metadata.name",
        "is read as the text '404': put it in quotes",
        {"name": "404"}),
    "a service called no": (
        RATIO, "service: checkout", "service: no", 10, "spec.service",
        "is read as the text 'no': put it in quotes", {"service": "no"}),
    "labels that are no map": (
        RATIO, "labels: {team: payments}", "labels: [team]", 6, "metadata.labels",
        "is a list and ignored: expected labels, such as {team: payments}",
        {"labels": {}}),
    "a label that is a map": (
        RATIO, "labels: {team: payments}", "labels: {team: payments, of: {a: b}}", 6, "metadata.labels.of",
        "is a map and ignored: a label is a text, or a list of texts", {"labels": {"team": "payments", "of": ""}}),
    "annotations that are no map": (
        RATIO, "annotations: {owner: payments}", "annotations: owner", 7, "metadata.annotations",
        "is text and ignored: expected annotations, such as {owner: payments}", {}),
    "an empty field": (
        RATIO, "description: Requests to checkout are answered.", "description:", 9, "spec.description",
        "is empty and ignored: remove it", {"description": ""}),
    "alertPolicies without any": (
        RATIO, "    - target: 0.999\n", "    - target: 0.999\n  alertPolicies:\n", 30, "spec.alertPolicies",
        "is empty and ignored: remove it", {"policy": None}),
    "an indicator without a name": (
        RATIO, "    metadata: {name: checkout-ok}\n", "", 11, "spec.indicator.metadata",
        "missing: an indicator has a name, such as metadata: {name: checkout-ok}", {}),
    "an indicator without its spec": (RATIO, INDICATOR, FLAT, 11, "spec.indicator.spec",
        "missing: the metric is read without it, write the metric under spec", {}),
    "a flag in quotes": (
        RATIO, "counter: true", "counter: 'true'", 15, "spec.indicator.spec.ratioMetric.counter",
        "is read as true: write that, without quotes", {}),
    "a flag of old YAML": (
        RATIO, "isRolling: true", "isRolling: yes", 26, "spec.timeWindow[0].isRolling",
        "is read as true: write that, without quotes", {}),
    "a number in quotes": (
        RATIO, "target: 0.999", "target: '0.999'", 29, "spec.objectives[0].target",
        "is read as the number 0.999: write it without quotes", {}),
    "a type in other letters needs no warning, an unknown one does": (
        RATIO, "type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        "type: Datadog\n            spec: {query: 'sum(ok_requests)'}", 19,
        "spec.indicator.spec.ratioMetric.good.metricSource.spec.query",
        "the type 'datadog' is not known: the query is read as PromQL", {}),
    "dimensions beside a query": (
        RATIO, "spec: {query: 'sum(ok_requests)'}", "spec: {query: 'sum(ok_requests)', dimensions: [a]}", 19,
        "spec.indicator.spec.ratioMetric.good.metricSource.spec.dimensions",
        "unknown key; known are counter, promql, query", {}),
    "op of a ratio": (
        RATIO, "target: 0.999", "target: 0.999\n      op: gt", 30, "spec.objectives[0].op",
        "is ignored: only a thresholdMetric is compared with a value; remove it", {}),
    "value of a ratio": (
        RATIO, "target: 0.999", "target: 0.999\n      value: 1", 30, "spec.objectives[0].value",
        "is ignored: only a thresholdMetric is compared with a value; remove it", {}),
    "rawType without raw": (
        RATIO, "counter: true", "counter: true\n        rawType: success", 16,
        "spec.indicator.spec.ratioMetric.rawType", "is ignored: there is no raw that it could describe; remove it", {}),
    "a weight without a composite": (
        RATIO, "target: 0.999", "target: 0.999\n      compositeWeight: 2", 29, "spec.objectives[0].compositeWeight",
        "is ignored: only parts of a composite have a weight; remove it", {}),
    "an operator by its sign": (
        THRESHOLD, "op: lte", "op: '<='", 21, "spec.objectives[0].op", "is read as lte: write that", {}),
    "a percent sign": (
        RATIO, "target: 0.999", "target: 99.9%", 29, "spec.objectives[0].target",
        "'99.9%' is read as 0.999: write that", {}),
    "a percent sign where percent is meant": (
        RATIO, "target: 0.999", "targetPercent: 99.9%", 29, "spec.objectives[0].targetPercent",
        "is read as 99.9: remove the %", {}),
    "target twice in other words": (
        RATIO, "target: 0.999", "target: 0.999\n      targetPercent: 99.9", 30, "spec.objectives[0].targetPercent",
        "is equal to target: remove one of them", {}),
    "a method in other letters": (
        THRESHOLD, "budgetingMethod: Timeslices", "budgetingMethod: TimeSlices", 18, "spec.budgetingMethod",
        "is read as Timeslices: write that", {"method": Method.TIMESLICES}),
    "a method with a hyphen": (
        THRESHOLD, "budgetingMethod: Timeslices", "budgetingMethod: time-slices", 18, "spec.budgetingMethod",
        "is read as Timeslices: write that", {"method": Method.TIMESLICES}),
    "no method": (
        RATIO, "  budgetingMethod: Occurrences\n", "", 8, "spec.budgetingMethod",
        "missing: read as Occurrences, write that",
        {"method": Method.OCCURRENCES}),
    "slices where events are counted": (
        RATIO, "target: 0.999", "target: 0.999\n      timeSliceWindow: 5m", 30,
        "spec.objectives[0].timeSliceWindow", "is ignored: Occurrences counts events; remove it", {"slice_s": 0}),
    "a slice's share where events are counted": (
        RATIO, "target: 0.999", "target: 0.999\n      timeSliceTarget: 0.9", 30,
        "spec.objectives[0].timeSliceTarget",
        "is ignored: Occurrences has no good or bad slices; remove it", {"slice_target": None}),
    "a slice's share of a threshold": (
        THRESHOLD, "timeSliceTarget: 1\n", "timeSliceTarget: 0.9\n", 23, "spec.objectives[0].timeSliceTarget",
        "is ignored: a slice has one value here, which is good or bad; write 1", {"slice_target": None}),
    "a slice in seconds": (
        THRESHOLD, "timeSliceWindow: 5m", "timeSliceWindow: 30s", 24, "spec.objectives[0].timeSliceWindow",
        "'30s' is read as 30s: OpenSLO has no seconds, and other tools refuse them", {"slice_s": 30}),
    "a slice in words": (
        THRESHOLD, "timeSliceWindow: 5m", "timeSliceWindow: 5 minutes", 24, "spec.objectives[0].timeSliceWindow",
        "'5 minutes' is read as 5m: write that", {"slice_s": 300}),
    "a composed duration": (
        RATIO, "duration: 30d", "duration: 1d12h", 25, "spec.timeWindow[0].duration",
        "'1d12h' is read as 36h: write that",
        {"window": Rolling(129600.0)}),
    "a window in words": (
        RATIO, "duration: 30d", "duration: 30 days", 25, "spec.timeWindow[0].duration",
        "'30 days' is read as 30d: write that", {}),
    "a window that is no list": (
        RATIO, "  timeWindow:\n" + ROLLING, "  timeWindow: {duration: 30d, isRolling: true}\n", 24, "spec.timeWindow",
        "is a map where a list is expected: read as its only item, write `- ` before it", {}),
    "a window that does not say whether it rolls": (
        RATIO, ROLLING, "    - duration: 30d\n", 25, "spec.timeWindow[0].isRolling",
        "missing: read as isRolling: true, write that", {}),
    "a calendar that does not say that it does not roll": (
        THRESHOLD, "      isRolling: false\n", "", 15, "spec.timeWindow[0].isRolling",
        "missing: read as isRolling: false, write that", {}),
    "a minute that is a month": (
        THRESHOLD, "duration: 1M", "duration: 1m", 15, "spec.timeWindow[0].duration",
        "1m is read as 1M: m is a minute, a month is M",
        {"window": Calendar(Unit.MONTH, 1, "Europe/Berlin", Calendar(Unit.DAY).anchor.replace(year=2026))}),
    "a rolling minute": (
        RATIO, "duration: 30d", "duration: 1m", 25, "spec.timeWindow[0].duration", "is one minute: a month is 1M",
        {"window": Rolling(60.0)}),
    "a calendar of a rolling window": (
        THRESHOLD, "isRolling: false", "isRolling: true", 17, "spec.timeWindow[0].calendar",
        "is ignored but for its timeZone: the window is rolling",
        {"window": Calendar(Unit.MONTH, 1, "Europe/Berlin", rolling=True)}),
    "a month without a start": (
        THRESHOLD, CALENDAR, "calendar: {timeZone: Europe/Berlin}", 17, "spec.timeWindow[0].calendar.startTime",
        "missing: periods of 1M are assumed to begin with those of the calendar, at midnight",
        {"window": Calendar(Unit.MONTH, 1, "Europe/Berlin")}),
    "a month without a calendar": (
        THRESHOLD, f"      {CALENDAR}\n", "", 15, "spec.timeWindow[0].startTime",
        "missing: periods of 1M are assumed to begin with those of the calendar, at midnight",
        {"window": Calendar(Unit.MONTH)}),
    "a calendar without a zone": (
        THRESHOLD, CALENDAR, "calendar: {startTime: '2026-01-01 00:00:00'}", 17,
        "spec.timeWindow[0].calendar.timeZone", "missing: read as UTC, write the zone", {}),
    "a zone in other letters": (
        THRESHOLD, "Europe/Berlin", "europe/berlin", 17, "spec.timeWindow[0].calendar.timeZone",
        "is read as Europe/Berlin: write that", {}),
    "a start with a T": (
        THRESHOLD, "2026-01-01 00", "2026-01-01T00", 17, "spec.timeWindow[0].calendar.startTime",
        "'2026-01-01T00:00:00' is read as 2026-01-01 00:00:00: write that", {}),
    "a start with an offset is moved to the zone": (
        THRESHOLD, "'2026-01-01 00:00:00'", "'2025-12-31T23:00:00Z'", 17, "spec.timeWindow[0].calendar.startTime",
        "'2025-12-31T23:00:00Z' is read as 2026-01-01 00:00:00: write that", {}),
    "a start that is a day": (
        THRESHOLD, "'2026-01-01 00:00:00'", "2026-01-01", 17, "spec.timeWindow[0].calendar.startTime",
        "'2026-01-01' is read as 2026-01-01 00:00:00: write that", {}),
    "a start that is a weekday": (
        THRESHOLD, "'2026-01-01 00:00:00'", "Wednesday", 17, "spec.timeWindow[0].calendar.startTime",
        "'Wednesday' is read as 2024-01-03 00:00:00: write that", {}),
    "the shape of v1alpha": (
        RATIO, ROLLING, "    - {unit: Day, count: 30, isRolling: true}\n", 25, "spec.timeWindow[0].unit",
        "unit and count are read: openslo/v1 writes duration: 30d", {}),
    "the spelling of v1alpha": (
        RATIO, "timeWindow:", "timeWindows:", 24, "spec.timeWindows",
        "is named timeWindow in openslo/v1 and read as that: rename it", {}),
    "a query in the shape of v1alpha": (
        RATIO, "          metricSource:\n            type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        "          source: prometheus\n          query: sum(ok_requests)", 16,
        "spec.indicator.spec.ratioMetric.good",
        "has the shape of openslo/v1alpha and is read as that: openslo/v1 puts it under metricSource", {}),
    "a query in the shape of v2alpha": (
        RATIO, "          metricSource:\n            type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        "          dataSourceSpec: {type: Prometheus}\n          spec: {query: sum(ok_requests)}", 16,
        "spec.indicator.spec.ratioMetric.good",
        "has the shape of openslo/v2alpha and is read as that: openslo/v1 puts it under metricSource", {}),
    "an SLI in the spelling of v2alpha": (
        RATIO, "  indicator:", "  sli:", 11, "spec.sli",
        "is named indicator in openslo/v1 and read as that: rename it", {}),
    "one alert policy without its list": (
        ALERTED, "  alertPolicies:\n    - alertPolicyRef: fast\n", "  alertPolicies: {alertPolicyRef: fast}\n", 30,
        "spec.alertPolicies", "is a map where a list is expected: read as its only item, write `- ` before it", {}),
    "an alert policy by its bare name": (
        ALERTED, "- alertPolicyRef: fast", "- fast", 31, "spec.alertPolicies[0]",
        "is read as alertPolicyRef: 'fast': write that", {}),
    "a condition by its bare name": (
        ALERTED, "- conditionRef: fast-burn", "- fast-burn", 39, "spec.conditions[0]",
        "is read as conditionRef: 'fast-burn': write that", {}),
    "a policy that does not alert": (
        ALERTED, "alertWhenBreaching: true", "alertWhenBreaching: false", 37, "spec.alertWhenBreaching",
        "is false: the policy is ignored, since it would never alert", {"policy": None}),
    "a condition of another kind": (
        ALERTED, "kind: burnrate", "kind: latency", 49, "spec.condition.kind",
        "'latency' is ignored: only burnrate is supported", {"policy": None}),
    "a burn rate in other letters": (
        ALERTED, "kind: burnrate", "kind: burnRate", 49, "spec.condition.kind", "is read as burnrate: write that", {}),
    "a burn rate that is compared downwards": (
        ALERTED, "op: gte", "op: lte", 50, "spec.condition.op",
        "is read as gte: an alert fires while the burn rate is above the threshold", {}),
    "a burn rate that is not compared": (
        ALERTED, "    op: gte\n", "", 48, "spec.condition.op", "missing: read as gte, write that", {}),
    "a severity in other words": (
        ALERTED, "severity: page", "severity: critical", 47, "spec.severity",
        "'critical' is read as page: write page or ticket", {}),
    "a negative look back": (
        ALERTED, "lookbackWindow: 1h", "lookbackWindow: -1h", 52, "spec.condition.lookbackWindow",
        "'-1h' is read as 1h: write that", {}),
    "an alert that waits": (
        ALERTED, "lookbackWindow: 1h", "lookbackWindow: 1h\n    alertAfter: 5m", 53, "spec.condition.alertAfter",
        "is ignored: the short window, a twelfth of the long one, takes its place; remove it", {}),
    "a share of a slice in percent": (
        THRESHOLD, "timeSliceTarget: 1\n", "timeSliceTarget: 100%\n", 23, "spec.objectives[0].timeSliceTarget",
        "is read as 1: write that", {}),
    "a limit in quotes": (
        THRESHOLD, "value: 0.9", "value: '0.9'", 22, "spec.objectives[0].value",
        "is read as the number 0.9: write it without quotes", {}),
    "a data source that is not there beside a type": (
        RATIO, "type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        "type: Prometheus\n            metricSourceRef: metrics\n            spec: {query: 'sum(ok_requests)'}", 19,
        "spec.indicator.spec.ratioMetric.good.metricSource.metricSourceRef",
        "there is no DataSource 'metrics' in these files", {}),
    "an unknown tag": (
        RATIO, "service: checkout", "service: !env checkout", 10, "spec.service",
        "the tag '!env' is ignored: remove it", {}),
    "an unknown annotation of ours": (
        RATIO, "{owner: payments}", "{golden-signals/slo: '0.9'}", 7, "metadata.annotations.golden-signals/slo",
        "unknown annotation; did you mean sla?", {}),
    "an empty annotation of ours": (
        RATIO, "{owner: payments}", "{golden-signals/sla: }", 7, "metadata.annotations.golden-signals/sla",
        "is empty and ignored: remove it", {}),
    "a credit without an SLA": (
        RATIO, "{owner: payments}", "{golden-signals/sla-credit: '0.9=10 %'}", 7,
        "metadata.annotations.golden-signals/sla-credit",
        "is ignored without golden-signals/sla: write what was agreed, such as '0.99'", {"sla": None}),
    "a bound of a measure that has none": (
        THRESHOLD, "detail: memory", "detail: memory, le: 5", 13,
        "spec.indicator.spec.thresholdMetric.metricSource.spec.le",
        "is ignored: only latency and failed_latency have a bound", {}),
    "a detail of a measure that has none": (
        THRESHOLD, "{measure: saturation, detail: memory}", "{measure: age, detail: x}", 13,
        "spec.indicator.spec.thresholdMetric.metricSource.spec.detail",
        "is ignored: age has no detail", {"kind": "freshness"}),
    "a measure without its type": (
        THRESHOLD, "          type: signals\n", "", 11,
        "spec.indicator.spec.thresholdMetric.metricSource.type", "missing: read as signals, write that", {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_read_with_a_warning(case: str) -> None:
    base, old, new, line, key, what, differs = CASES[case]
    result = reading(changed(base, old, new))
    diagnostic = only_diagnostic(result)
    assert diagnostic == Diagnostic("slo.yaml", line, key, what)
    assert str(diagnostic) == f"slo.yaml:{line}: {key}: {what}"
    assert len(result.slos) == 1
    usual = only(base)
    fields = ("name", "service", "method", "slice_s", "objective", "labels", "policy", "sla")
    for field in fields:
        assert getattr(result.slos[0], field) == differs.get(field, getattr(usual, field)), field
    for field, value in differs.items():
        assert getattr(result.slos[0], field) == value, field


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
        ("  service: checkout\n", "  service: checkout\n  description: ''\n"),
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
        "a description without a word",
        "a service of its own",
    ],
)
def test_read_without_a_warning(old: str, new: str) -> None:
    slo, usual = only(changed(THRESHOLD, old, new)), only(THRESHOLD)
    assert (slo.indicator, slo.window, slo.slice_s, slo.slice_target, slo.objective) == (
        usual.indicator, usual.window, usual.slice_s, usual.slice_target, usual.objective)  # fmt: skip


@pytest.mark.parametrize("query", ["sum(rate(x[{{.window}}]))", "sum(rate(x[5m]))", "a{b='c'}  /\n d"])
def test_a_query_is_a_text_that_is_not_parsed(query: str) -> None:
    text = changed(RATIO, "{query: 'sum(ok_requests)'}", f"{{query: {query!r}}}".replace("\\n", "\\\\n"))
    text = changed(RATIO, "spec: {query: 'sum(ok_requests)'}", 'spec: {query: "' + query.replace("\n", "\\n") + '"}')
    assert only(text).indicator.good == Query(query, counter=True)  # type: ignore[union-attr]


def test_several_conditions_of_one_policy_are_rows_of_it() -> None:
    text = changed(
        ALERTED, "    - conditionRef: fast-burn\n", "    - conditionRef: fast-burn\n    - conditionRef: slow\n"
    )
    slow = ALERTING[ALERTING.rindex("---") :].replace("fast-burn", "slow").replace("14.4", "6").replace("1h", "6h")
    result = reading(text + slow)
    diagnostic = only_diagnostic(result)
    assert (diagnostic.line, diagnostic.key, diagnostic.fatal) == (38, "spec.conditions", False)
    assert [row.long_s for row in result.slos[0].policy.rows] == [3600, 21600]  # type: ignore[union-attr]


@pytest.mark.parametrize("form", ["indicatorRef", "indicator"])
def test_an_indicator_may_be_a_name(form: str) -> None:
    sli = (
        "---\napiVersion: openslo/v1\nkind: SLI\nmetadata: {name: ok}\nspec:\n"
        "  ratioMetric: {good: {metricSource: {spec: {query: a}}}, total: {metricSource: {spec: {query: b}}}}\n"
    )
    result = reading(changed(RATIO, INDICATOR, f"  {form}: ok\n") + sli)
    assert result.slos[0].indicator.valid == Query("b")  # type: ignore[union-attr]
    assert [diagnostic.key for diagnostic in result.diagnostics] == (
        [] if form == "indicatorRef" else ["spec.indicator"]
    )


def test_a_type_that_its_data_source_does_not_have_is_used_with_a_warning() -> None:
    text = changed(
        RATIO,
        "type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        ("type: Prometheus\n            metricSourceRef: metrics\n            spec: {query: 'sum(ok_requests)'}"),
    )
    source = "---\napiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: metrics}\nspec: {type: Datadog}\n"
    result = reading(text + source)
    assert result.slos[0].indicator == only(RATIO).indicator
    assert (only_diagnostic(result).line, only_diagnostic(result).what) == (
        19, "the DataSource is of type 'Datadog', but 'Prometheus' is used")  # fmt: skip
