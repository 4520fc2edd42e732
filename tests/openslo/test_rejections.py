"""What has no single meaning is rejected, with file, line, key and a remedy, and the SLO with it."""

import pytest

from dashboard.openslo.diagnostics import Diagnostic
from tests.openslo.samples import ALERTED, RATIO, THRESHOLD, changed, only_diagnostic, reading

START = "startTime: '2026-01-01 00:00:00'"
GOOD = RATIO[RATIO.index("        good:") : RATIO.index("        total:")]
SLI = "spec.indicator.spec"
SOURCE = f"{SLI}.thresholdMetric.metricSource.spec"
RAW = "        raw: {metricSource: {spec: {query: x}}}\n"
MEASURE = "{measure: saturation, detail: memory}"
OBJECTIVE = "spec.objectives[0]"
# The sample, what is replaced in it and by what; line, key and sentence of the diagnostic.
CASES: dict[str, tuple[str, str, str, int, str, str]] = {
    "a version of the future": (RATIO, "openslo/v1", "openslo/v9", 1, "apiVersion",
        "'openslo/v9' is not a version that can be read: write openslo/v1"),
    "a kind that is misspelt": (RATIO, "kind: SLO", "kind: SLOO", 2, "kind", "'SLOO' is not known; did you mean SLO?"),
    "no kind": (RATIO, "kind: SLO\n", "", 1, "kind", "missing: write for example kind: SLO"),
    "no name": (RATIO, "  name: checkout-availability\n", "", 3, "metadata.name",
        "missing: write for example name: checkout-availability"),
    "no service": (RATIO, "  service: checkout\n", "", 8, "spec.service",
        "missing: write for example service: checkout"),
    "a service that is a list": (
        RATIO, "service: checkout", "service: [checkout]", 10, "spec.service", "is a list: expected a text"),
    "an empty service": (RATIO, "service: checkout", "service: ''", 10, "spec.service",
        "is an empty text: write something, or remove it"),
    "a spec that is a list": (RATIO[: RATIO.index("spec:")] + "spec: [1]\n", "[1]", "[2]", 8, "spec",
        "is a list: expected a map with description, service, indicator, indicatorRef"),
    "a key twice": (
        RATIO, "  service: checkout\n", "  service: checkout\n  service: cart\n", 11, "spec.service",
        "is a duplicate key, first in line 10: remove one of them"),
    "a key twice, deep inside": (
        RATIO, "counter: true", "counter: true\n        counter: false", 16, f"{SLI}.ratioMetric.counter",
        "is a duplicate key, first in line 15: remove one of them"),
    "no objectives": (
        RATIO, "  objectives:\n    - target: 0.999\n", "", 8, "spec.objectives",
        "missing: write for example objectives: [{target: 0.999}]"),
    "objectives without one": (
        RATIO, "  objectives:\n    - target: 0.999\n", "  objectives: []\n", 28, "spec.objectives",
        "is empty: write one objective, such as [{target: 0.999}]"),
    "an objective of 1": (RATIO, "0.999", "1", 29, f"{OBJECTIVE}.target",
        "an objective of 1 has no error budget, so that nothing may ever fail: write for example 0.999"),
    "an objective of 1.0": (RATIO, "0.999", "1.0", 29, f"{OBJECTIVE}.target",
        "an objective of 1 has no error budget, so that nothing may ever fail: write for example 0.999"),
    "an objective of 0": (RATIO, "0.999", "0", 29, f"{OBJECTIVE}.target",
        "an objective of 0 or less cannot be missed: write for example 0.999"),
    "an objective in percent": (RATIO, "0.999", "99.9", 29, f"{OBJECTIVE}.target",
        "an objective of 99.9 is above 1 and has no error budget: write 0.999 for 99.9 %"),
    "an objective in words": (RATIO, "0.999", "high", 29, f"{OBJECTIVE}.target",
        "'high' is not a number: write for example 0.999"),
    "an infinite objective": (RATIO, "0.999", ".inf", 29, f"{OBJECTIVE}.target",
        "'.inf' is not a number: write for example 0.999"),
    "100 percent": (RATIO, "target: 0.999", "targetPercent: 100", 29, f"{OBJECTIVE}.targetPercent",
        "an objective of 1 has no error budget, so that nothing may ever fail: write for example 0.999"),
    "two targets": (
        RATIO, "target: 0.999", "target: 0.999\n      targetPercent: 99", 30, f"{OBJECTIVE}.targetPercent",
        "is 0.99, but target is 0.999: remove one of them"),
    "no target": (RATIO, "target: 0.999", "displayName: x", 29, f"{OBJECTIVE}.target",
        "missing: write for example target: 0.999, the share of events that must be good"),
    "no window": (
        RATIO, "  timeWindow:\n    - duration: 30d\n      isRolling: true\n", "", 8, "spec.timeWindow",
        "missing: write for example timeWindow: [{duration: 30d, isRolling: true}]"),
    "a list of no windows": (
        RATIO, "  timeWindow:\n    - duration: 30d\n      isRolling: true\n", "  timeWindow: []\n", 24,
        "spec.timeWindow",
        "lists 0 windows: an SLO has exactly one, such as timeWindow: [{duration: 30d, isRolling: true}]"),
    "two windows": (
        RATIO, "      isRolling: true\n", "      isRolling: true\n    - {duration: 7d, isRolling: true}\n", 24,
        "spec.timeWindow",
        "lists 2 windows: an SLO has exactly one, such as timeWindow: [{duration: 30d, isRolling: true}]"),
    "no duration": (RATIO, "    - duration: 30d\n      isR", "    - isR", 25, "spec.timeWindow[0].duration",
        "missing: write for example duration: 30d"),
    "a duration without a unit": (
        RATIO, "duration: 30d", "duration: 30", 25, "spec.timeWindow[0].duration",
        "'30' is not a duration: write for example 30d"),
    "a duration of nothing": (
        RATIO, "duration: 30d", "duration: 0d", 25, "spec.timeWindow[0].duration",
        "'0d' is not a duration: write for example 30d"),
    "a duration of a century": (
        RATIO, "duration: 30d", "duration: 100Y", 25, "spec.timeWindow[0].duration",
        "100Y is longer than 5 years: write for example 30d"),
    "a rolling window of seconds": (
        RATIO, "duration: 30d", "duration: 1m30s", 25, "spec.timeWindow[0].duration",
        "90s is not a window: the shortest unit is a minute; write for example 30d"),
    "a calendar of hours": (
        THRESHOLD, "duration: 1M", "duration: 12h", 15, "spec.timeWindow[0].duration",
        "12h is not a calendar period: write days, weeks or months, such as 1M"),
    "several months that begin anywhere": (
        THRESHOLD, "duration: 1M\n      isRolling: false\n      calendar: {" + START + ", ",
        "duration: 2M\n      isRolling: false\n      calendar: {", 17, "spec.timeWindow[0].calendar.startTime",
        "missing: write when one of the periods of 2M begins: '2026-01-01 00:00:00'"),
    "a start that is no time": (
        THRESHOLD, START, "startTime: noon", 17, "spec.timeWindow[0].calendar.startTime",
        "'noon' is not the start of a period: write for example '2026-01-01 00:00:00'"),
    "a start in another age": (
        THRESHOLD, START, "startTime: 0001-01-01", 17, "spec.timeWindow[0].calendar.startTime",
        "'0001-01-01' is not the start of a period: write for example '2026-01-01 00:00:00'"),
    "a zone that does not exist": (
        THRESHOLD, "Europe/Berlin", "Europe/Berlim", 17, "spec.timeWindow[0].calendar.timeZone",
        "'Europe/Berlim' is not an IANA time zone; did you mean Europe/Berlin?"),
    "a zone that is a path": (
        THRESHOLD, "Europe/Berlin", "../../etc/passwd", 17, "spec.timeWindow[0].calendar.timeZone",
        "'../../etc/passwd' is not an IANA time zone: write for example Europe/Berlin"),
    "a flag that is neither": (
        RATIO, "isRolling: true", "isRolling: maybe", 26, "spec.timeWindow[0].isRolling",
        "'maybe' is neither true nor false: write one of them"),
    "a method that is misspelt": (
        RATIO, "budgetingMethod: Occurrences", "budgetingMethod: Occurences", 27, "spec.budgetingMethod",
        "'Occurences' is not known; did you mean Occurrences?"),
    "no slice": (
        THRESHOLD, "      timeSliceWindow: 5m\n", "", 20, f"{OBJECTIVE}.timeSliceWindow",
        "missing: Timeslices needs the length of its slices, such as 5m"),
    "a slice of seven minutes": (
        THRESHOLD, "timeSliceWindow: 5m", "timeSliceWindow: 7m", 24, f"{OBJECTIVE}.timeSliceWindow",
        "slices of 7m divide neither an hour nor a day: write 1m, 5m, 10m, 15m, 30m or 1h"),
    "a slice of five hours": (
        THRESHOLD, "timeSliceWindow: 5m", "timeSliceWindow: 5h", 24, f"{OBJECTIVE}.timeSliceWindow",
        "slices of 5h divide neither an hour nor a day: write 1m, 5m, 10m, 15m, 30m or 1h"),
    "a slice of ninety minutes": (
        THRESHOLD, "timeSliceWindow: 5m", "timeSliceWindow: 90m", 24, f"{OBJECTIVE}.timeSliceWindow",
        "slices of 90m divide neither an hour nor a day: write 1m, 5m, 10m, 15m, 30m or 1h"),
    "a slice of a month": (
        THRESHOLD, "timeSliceWindow: 5m", "timeSliceWindow: 1M", 24, f"{OBJECTIVE}.timeSliceWindow",
        "1M has no fixed length: write it in minutes, hours, days or weeks, such as 5m"),
    "a share of a slice above 1": (
        THRESHOLD, "timeSliceTarget: 1\n", "timeSliceTarget: 95\n", 23, f"{OBJECTIVE}.timeSliceTarget",
        "'95' is not a share of a slice: write a number above 0 and at most 1, such as 0.95"),
    "a threshold without op": (THRESHOLD, "      op: lte\n", "", 20, f"{OBJECTIVE}.op",
        "missing: write for example op: lte"),
    "a threshold without value": (THRESHOLD, "      value: 0.9\n", "", 20, f"{OBJECTIVE}.value",
        "missing: write the limit for the value, such as value: 0.3"),
    "an op that is none": (THRESHOLD, "op: lte", "op: below", 21, f"{OBJECTIVE}.op",
        "'below' is not known; known are gt, gte, lt, lte"),
    "a value in words": (THRESHOLD, "value: 0.9", "value: much", 22, f"{OBJECTIVE}.value",
        "'much' is not a number: write for example 0.3"),
    "no indicator": (
        RATIO, RATIO[RATIO.index("  indicator") : RATIO.index("  timeWindow")], "", 8, "spec.indicator",
        "missing: write indicator or indicatorRef"),
    "two indicators": (
        RATIO, "  indicator:", "  indicatorRef: ok\n  indicator:", 11, "spec.indicatorRef",
        "there is also an indicator: remove one of them"),
    "an indicator above a composite": (
        RATIO, "target: 0.999", "target: 0.999\n      indicatorRef: ok", 29, OBJECTIVE,
        "has an indicator, and so has the SLO: in a composite only the objectives have one"),
    "an SLI without a metric": (
        RATIO, "      ratioMetric:", "      description: x\n      zzz:", 13, f"{SLI}.ratioMetric",
        "missing: write ratioMetric with good and total, or thresholdMetric"),
    "an SLI with both metrics": (
        RATIO, "      ratioMetric:", "      thresholdMetric: {metricSource: {spec: {query: x}}}\n      ratioMetric:",
        14, f"{SLI}.thresholdMetric", "there is also a ratioMetric: remove one of them"),
    "a ratio without total": (RATIO, "total:", "good2:", 14, f"{SLI}.ratioMetric.total",
        "missing: write for example total: {metricSource: …}"),
    "a ratio without good and bad": (RATIO, GOOD, "", 14, f"{SLI}.ratioMetric.good",
        "missing: write good or bad beside total"),
    "a ratio with good and bad": (
        RATIO, "        total:", "        bad: {metricSource: {spec: {query: x}}}\n        total:", 20,
        f"{SLI}.ratioMetric.bad", "there are also good and total, from which bad follows: remove good or bad"),
    "raw beside good": (
        RATIO, "        good:", RAW + "        rawType: success\n        good:", 18, f"{SLI}.ratioMetric.good",
        "there is also raw, which is the ratio already: remove one of them"),
    "raw without its type": (
        RATIO, RATIO[RATIO.index("        counter") : RATIO.index("  timeWindow")], RAW, 14,
        f"{SLI}.ratioMetric.rawType",
        "missing: write for example rawType: success, if it is the share of good events, else failure"),
    "a source without anything to ask": (
        RATIO, "spec: {query: 'sum(ok_requests)'}", "spec: {}", 19, f"{SLI}.ratioMetric.good.metricSource.spec.query",
        "a source of type 'prometheus' cannot be queried: write query with PromQL, or type: signals with a measure"),
    "a source without its spec": (
        RATIO, "            spec: {query: 'sum(ok_requests)'}\n", "", 17,
        f"{SLI}.ratioMetric.good.metricSource.spec",
        "missing: write what to query, such as spec: {query: 'sum(http_requests_total)'}"),
    "a side that is a text": (
        RATIO, GOOD, "        good: sum(x)\n", 16, f"{SLI}.ratioMetric.good",
        "is text: expected a map with metricSource"),
    "half a window of v1alpha": (
        RATIO.replace("openslo/v1", "openslo/v1alpha"), "duration: 30d", "unit: Day\n      count: 0.5", 25,
        "spec.timeWindow[0].unit", "a count of 0.5 is not a window: write a whole number above 0, such as 30"),
    "a hundred and one objectives": (
        RATIO, "    - target: 0.999\n", "    - target: 0.999\n" * 101, 28, "spec.objectives",
        "lists 101 objectives: at most 100 are read"),
    "a hundred and one alert policies": (
        ALERTED, "    - alertPolicyRef: fast\n", "    - alertPolicyRef: fast\n" * 101, 131, "spec.alertPolicies[100]",
        "is one of 101 alert policies, of which 100 are read: remove some"),
    "two queries": (
        RATIO, "spec: {query: 'sum(ok_requests)'}", "spec: {query: a, promql: b}", 19,
        f"{SLI}.ratioMetric.good.metricSource.spec.promql", "differs from query: remove one of them"),
    "an empty query": (
        RATIO, "{query: 'sum(ok_requests)'}", "{query: ''}", 19, f"{SLI}.ratioMetric.good.metricSource.spec.query",
        "is an empty text: write something, or remove it"),
    "a measure that is misspelt": (
        THRESHOLD, MEASURE, "{measure: saturtion, detail: memory}", 13, f"{SOURCE}.measure",
        "'saturtion' is not a measure; did you mean saturation?"),
    "good events as a measure": (
        THRESHOLD, MEASURE, "{measure: good}", 13, f"{SOURCE}.measure",
        "good events are not a measure: count the bad ones (measure: errors), or those within a bound (measure: "
        "latency, le: 0.3)"),
    "a resource that is not named": (
        THRESHOLD, MEASURE, "{measure: saturation}", 13, f"{SOURCE}.detail",
        "missing: write of what, such as detail: memory"),
    "a quantile that is none": (
        THRESHOLD, MEASURE, "{measure: quantile, detail: 95}", 13, f"{SOURCE}.detail",
        "'95' is not a quantile: write a number between 0 and 1, such as 0.95"),
    "a class of errors that is none": (
        THRESHOLD, MEASURE, "{measure: errors, detail: mine}", 13, f"{SOURCE}.detail",
        "'mine' is not a class of errors: write server or client"),
    "a bound that is none": (
        THRESHOLD, MEASURE, "{measure: latency, le: fast}", 13, f"{SOURCE}.le",
        "'fast' is not a latency bound: write seconds such as 0.3, or a duration such as 300ms"),
    "a bound of nothing": (THRESHOLD, MEASURE, "{measure: latency, le: 0}", 13, f"{SOURCE}.le",
        "'0' is not a latency bound: write seconds such as 0.3, or a duration such as 300ms"),
    "a gauge that is counted": (
        RATIO, "type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        "type: signals\n            spec: {measure: saturation, detail: memory}", 16, f"{SLI}.ratioMetric.good",
        "saturation is not a count of events: write it as thresholdMetric, with op and value"),
    "an SLI that is not there": (
        RATIO, RATIO[RATIO.index("  indicator") : RATIO.index("  timeWindow")], "  indicatorRef: ok\n", 11,
        "spec.indicatorRef", "there is no SLI 'ok' in these files"),
    "a data source that is not there": (
        RATIO, "type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        "metricSourceRef: metrics\n            spec: {query: x}", 18,
        f"{SLI}.ratioMetric.good.metricSource.metricSourceRef", "there is no DataSource 'metrics' in these files"),
    "an alert policy that is not there": (
        ALERTED, "alertPolicyRef: fast", "alertPolicyRef: fats", 31, "spec.alertPolicies[0].alertPolicyRef",
        "there is no AlertPolicy 'fats' in these files; did you mean fast?"),
    "a condition that is not there": (
        ALERTED, "conditionRef: fast-burn", "conditionRef: fast-bur", 39, "spec.conditions[0].conditionRef",
        "there is no AlertCondition 'fast-bur' in these files; did you mean fast-burn?"),
    "an alert policy without a condition": (
        ALERTED, "  conditions:\n    - conditionRef: fast-burn\n", "", 36, "spec.conditions",
        "missing: write one condition, such as conditions: [{conditionRef: fast-burn}]"),
    "a condition without a severity": (ALERTED, "  severity: page\n", "", 46, "spec.severity",
        "missing: write for example severity: page"),
    "a condition without a threshold": (ALERTED, "    threshold: 14.4\n", "", 48,
        "spec.condition.threshold", "missing: write for example threshold: 14.4"),
    "a threshold of nothing": (
        ALERTED, "threshold: 14.4", "threshold: 0", 51, "spec.condition.threshold",
        "a burn rate of 0 is always reached: write for example 14.4"),
    "a threshold that can never be reached": (
        ALERTED, "threshold: 14.4", "threshold: 1000", 51, "spec.condition.threshold",
        "a burn rate of 1000 is never reached: if all requests fail it is 1000; write less"),
    "no look back": (
        ALERTED, "    lookbackWindow: 1h\n", "", 48, "spec.condition.lookbackWindow",
        "missing: write for example lookbackWindow: 1h"),
    "a look back of a month": (
        ALERTED, "lookbackWindow: 1h", "lookbackWindow: 1M", 52, "spec.condition.lookbackWindow",
        "1M has no fixed length: write it in minutes, hours, days or weeks, such as 1h"),
    "an SLA as strict as the objective": (
        RATIO, "{owner: payments}", "{golden-signals/sla: '0.999'}", 7, "metadata.annotations.golden-signals/sla",
        "0.999 is not below the objective of 0.999: an SLO warns before its SLA is missed"),
    "a credit that is none": (
        RATIO, "{owner: payments}", "{golden-signals/sla: '0.99', golden-signals/sla-credit: much}", 7,
        "metadata.annotations.golden-signals/sla-credit",
        "'much' is not a credit: write for example '0.99=10 %, 0.95=25 %'"),
    "a limit that is no number": (
        RATIO, "{owner: payments}", "{golden-signals/limit: low}", 7, "metadata.annotations.golden-signals/limit",
        "'low' is not a number: write for example '0.3', or none"),
    "a policy that is not known": (
        RATIO, "{owner: payments}", "{golden-signals/policy: workbok}", 7,
        "metadata.annotations.golden-signals/policy", "there is no policy 'workbok'; did you mean workbook?"),
    "a number of failures that is none": (
        RATIO, "{owner: payments}", "{golden-signals/min-failures: '-1'}", 7,
        "metadata.annotations.golden-signals/min-failures", "'-1' is not a number of failures: write for example '5'"),
    "a zone of an annotation that does not exist": (
        RATIO, "{owner: payments}", "{golden-signals/time-zone: Nowhere}", 7,
        "metadata.annotations.golden-signals/time-zone",
        "'Nowhere' is not an IANA time zone: write for example Europe/Berlin"),
}  # fmt: skip
# Parts of warnings that follow from the same mistake.
WARNINGS = {
    "a rolling window of seconds": "is read as 90s",
    "a ratio without total": "unknown key",
    "an SLI without a metric": "unknown key",
    "an indicator above a composite": "",
    "100 percent": "",
}


@pytest.mark.parametrize("case", CASES)
def test_rejected(case: str) -> None:
    base, old, new, line, key, what = CASES[case]
    result = reading(changed(base, old, new))
    fatal = [diagnostic for diagnostic in result.diagnostics if diagnostic.fatal]
    assert fatal == [Diagnostic("slo.yaml", line, key, what, fatal=True)]
    assert result.slos == ()
    warnings = [diagnostic.what for diagnostic in result.diagnostics if not diagnostic.fatal]
    assert all(case in WARNINGS and WARNINGS[case] in warning for warning in warnings), warnings


def test_several_mistakes_are_named_at_once() -> None:
    text = RATIO.replace("0.999", "2").replace("30d", "soon").replace("Occurrences", "Guesses")
    result = reading(text.replace("'sum(ok_requests)'", "''"))
    assert [diagnostic.key.rpartition(".")[2] for diagnostic in result.diagnostics] == [
        "query", "duration", "budgetingMethod", "target"]  # fmt: skip


def test_the_good_ones_of_a_file_are_kept() -> None:
    other = RATIO.replace("checkout-availability", "other").replace("0.999", "1")
    result = reading(f"{RATIO}---\n{other}")
    assert [slo.name for slo in result.slos] == ["checkout-availability"]
    assert (only_diagnostic(result).line, only_diagnostic(result).fatal) == (59, True)


def test_a_name_that_is_taken_is_rejected_the_second_time() -> None:
    result = reading(f"{RATIO}---\n{RATIO}")
    assert len(result.slos) == 1
    assert str(only_diagnostic(result)) == (
        "slo.yaml:31: metadata.name: the SLO 'checkout-availability' already exists at slo.yaml:1: "
        "rename or remove one of them"
    )


def test_an_alert_policy_whose_name_is_taken_is_rejected() -> None:
    policy = ALERTED[ALERTED.index("---") : ALERTED.rindex("---")]
    assert [diagnostic.key for diagnostic in reading(ALERTED + policy).diagnostics if diagnostic.fatal] == [
        "metadata.name"
    ]


def test_names_that_objectives_give_may_not_be_taken_either() -> None:
    several = changed(RATIO, "    - target: 0.999\n", "    - target: 0.999\n    - target: 0.99\n")
    taken = RATIO.replace("checkout-availability", "checkout-availability-2")
    result = reading(f"{several}---\n{taken}")
    assert [slo.name for slo in result.slos] == ["checkout-availability-1", "checkout-availability-2"]
    assert only_diagnostic(result).line == 32


@pytest.mark.parametrize("kind", ["SLI", "AlertPolicy", "AlertCondition"])
def test_what_refers_to_something_without_a_spec_is_refused(kind: str) -> None:
    bare = f"---\napiVersion: openslo/v1\nkind: {kind}\nmetadata: {{name: bare}}\n"
    text = {
        "SLI": changed(
            RATIO, RATIO[RATIO.index("  indicator") : RATIO.index("  timeWindow")], "  indicatorRef: bare\n"
        ),
        "AlertPolicy": changed(ALERTED, "alertPolicyRef: fast", "alertPolicyRef: bare"),
        "AlertCondition": changed(ALERTED, "conditionRef: fast-burn", "conditionRef: bare"),
    }[kind]
    result = reading(text + bare)
    assert result.slos == ()
    assert only_diagnostic(result).key == "spec"


def test_what_refers_to_something_that_holds_a_key_twice_is_refused() -> None:
    text = changed(ALERTED, "  severity: page\n", "  severity: page\n  severity: ticket\n")
    result = reading(text)
    assert result.slos == ()
    assert [diagnostic.key for diagnostic in result.diagnostics] == ["spec.conditions[0].conditionRef", "spec.severity"]
