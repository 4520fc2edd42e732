"""What has no single meaning is refused, with file, line, key and a remedy, and the SLO with it."""

import pytest

from tests.openslo.samples import ALERTED, RATIO, THRESHOLD, changed, flaw_of, reading

START = "startTime: '2026-01-01 00:00:00'"
GOOD = RATIO[RATIO.index("        good:") : RATIO.index("        total:")]
SLI = "spec.indicator.spec"
SOURCE = f"{SLI}.thresholdMetric.metricSource.spec"
RAW = "        raw: {metricSource: {spec: {query: x}}}\n"
MEASURE = "{measure: saturation, detail: memory}"
OBJECTIVE = "spec.objectives[0]"
# The sample, what is replaced in it and by what; line, key and words of the flaw.
CASES: dict[str, tuple[str, str, str, int, str, str]] = {
    "a version of the future": (RATIO, "openslo/v1", "openslo/v9", 1, "apiVersion", "write openslo/v1"),
    "a kind that is misspelt": (RATIO, "kind: SLO", "kind: SLOO", 2, "kind", "did you mean SLO?"),
    "no kind": (RATIO, "kind: SLO\n", "", 1, "kind", "missing"),
    "no name": (RATIO, "  name: checkout-availability\n", "", 3, "metadata.name", "missing"),
    "no service": (RATIO, "  service: checkout\n", "", 8, "spec.service", "missing: write for example"),
    "a service that is a list": (
        RATIO, "service: checkout", "service: [checkout]", 10, "spec.service", "holds a list: expected a text"),
    "an empty service": (RATIO, "service: checkout", "service: ''", 10, "spec.service", "is an empty text"),
    "a spec that is a list": (RATIO[: RATIO.index("spec:")] + "spec: [1]\n", "[1]", "[2]", 8, "spec",
        "holds a list: expected a map with description, service"),
    "a key twice": (
        RATIO, "  service: checkout\n", "  service: checkout\n  service: cart\n", 11, "spec.service",
        "is there twice, first in line 10"),
    "a key twice, deep inside": (
        RATIO, "counter: true", "counter: true\n        counter: false", 16, f"{SLI}.ratioMetric.counter",
        "is there twice, first in line 15"),
    "no objectives": (
        RATIO, "  objectives:\n    - target: 0.999\n", "", 8, "spec.objectives", "missing"),
    "objectives without one": (
        RATIO, "  objectives:\n    - target: 0.999\n", "  objectives: []\n", 28, "spec.objectives", "is empty"),
    "an objective of 1": (RATIO, "0.999", "1", 29, f"{OBJECTIVE}.target", "has no error budget"),
    "an objective of 1.0": (RATIO, "0.999", "1.0", 29, f"{OBJECTIVE}.target", "has no error budget"),
    "an objective of 0": (RATIO, "0.999", "0", 29, f"{OBJECTIVE}.target", "promises nothing"),
    "an objective in percent": (RATIO, "0.999", "99.9", 29, f"{OBJECTIVE}.target", "write 0.999 for 99.9 %"),
    "an objective in words": (RATIO, "0.999", "high", 29, f"{OBJECTIVE}.target", "'high' is no number"),
    "an infinite objective": (RATIO, "0.999", ".inf", 29, f"{OBJECTIVE}.target", "is no number"),
    "100 percent": (RATIO, "target: 0.999", "targetPercent: 100", 29, f"{OBJECTIVE}.targetPercent", "no error budget"),
    "two targets": (
        RATIO, "target: 0.999", "target: 0.999\n      targetPercent: 99", 30, f"{OBJECTIVE}.targetPercent",
        "is 0.99, but target beside it is 0.999"),
    "no target": (RATIO, "target: 0.999", "displayName: x", 29, f"{OBJECTIVE}.target", "missing"),
    "no window": (
        RATIO, "  timeWindow:\n    - duration: 30d\n      isRolling: true\n", "", 8, "spec.timeWindow", "missing"),
    "a list of no windows": (
        RATIO, "  timeWindow:\n    - duration: 30d\n      isRolling: true\n", "  timeWindow: []\n", 24,
        "spec.timeWindow", "holds 0 windows"),
    "two windows": (
        RATIO, "      isRolling: true\n", "      isRolling: true\n    - {duration: 7d, isRolling: true}\n", 24,
        "spec.timeWindow", "holds 2 windows"),
    "no duration": (RATIO, "    - duration: 30d\n      isR", "    - isR", 25, "spec.timeWindow[0].duration", "missing"),
    "a duration without a unit": (
        RATIO, "duration: 30d", "duration: 30", 25, "spec.timeWindow[0].duration", "'30' is no duration"),
    "a duration of nothing": (
        RATIO, "duration: 30d", "duration: 0d", 25, "spec.timeWindow[0].duration", "'0d' is no duration"),
    "a duration of a century": (
        RATIO, "duration: 30d", "duration: 100Y", 25, "spec.timeWindow[0].duration", "is longer than 5 years"),
    "a rolling window of seconds": (
        RATIO, "duration: 30d", "duration: 1m30s", 25, "spec.timeWindow[0].duration", "the shortest unit is a minute"),
    "a calendar of hours": (
        THRESHOLD, "duration: 1M", "duration: 12h", 15, "spec.timeWindow[0].duration", "is no period of the calendar"),
    "several months that begin anywhere": (
        THRESHOLD, "duration: 1M\n      isRolling: false\n      calendar: {" + START + ", ",
        "duration: 2M\n      isRolling: false\n      calendar: {", 17, "spec.timeWindow[0].calendar.startTime",
        "say when one of the periods of 2M begins"),
    "a start that is no time": (
        THRESHOLD, START, "startTime: noon", 17, "spec.timeWindow[0].calendar.startTime", "is no start of a period"),
    "a start in another age": (
        THRESHOLD, START, "startTime: 0001-01-01", 17, "spec.timeWindow[0].calendar.startTime",
        "is no start of a period"),
    "a zone that does not exist": (
        THRESHOLD, "Europe/Berlin", "Europe/Berlim", 17, "spec.timeWindow[0].calendar.timeZone",
        "is no IANA time zone; did you mean Europe/Berlin?"),
    "a zone that is a path": (
        THRESHOLD, "Europe/Berlin", "../../etc/passwd", 17, "spec.timeWindow[0].calendar.timeZone", "is no IANA"),
    "a flag that is neither": (
        RATIO, "isRolling: true", "isRolling: maybe", 26, "spec.timeWindow[0].isRolling", "is neither true nor false"),
    "a method that is misspelt": (
        RATIO, "budgetingMethod: Occurrences", "budgetingMethod: Occurences", 27, "spec.budgetingMethod",
        "did you mean Occurrences?"),
    "no slice": (
        THRESHOLD, "      timeSliceWindow: 5m\n", "", 20, f"{OBJECTIVE}.timeSliceWindow",
        "Timeslices needs the length of its slices"),
    "a slice of seven minutes": (
        THRESHOLD, "timeSliceWindow: 5m", "timeSliceWindow: 7m", 24, f"{OBJECTIVE}.timeSliceWindow",
        "slices of 7m fill neither an hour nor a day"),
    "a slice of five hours": (
        THRESHOLD, "timeSliceWindow: 5m", "timeSliceWindow: 5h", 24, f"{OBJECTIVE}.timeSliceWindow",
        "slices of 5h fill neither"),
    "a slice of ninety minutes": (
        THRESHOLD, "timeSliceWindow: 5m", "timeSliceWindow: 90m", 24, f"{OBJECTIVE}.timeSliceWindow", "fill neither"),
    "a slice of a month": (
        THRESHOLD, "timeSliceWindow: 5m", "timeSliceWindow: 1M", 24, f"{OBJECTIVE}.timeSliceWindow",
        "has no fixed length"),
    "a share of a slice above 1": (
        THRESHOLD, "timeSliceTarget: 1\n", "timeSliceTarget: 95\n", 23, f"{OBJECTIVE}.timeSliceTarget",
        "is no share of a slice"),
    "a threshold without op": (THRESHOLD, "      op: lte\n", "", 20, f"{OBJECTIVE}.op", "missing"),
    "a threshold without value": (THRESHOLD, "      value: 0.9\n", "", 20, f"{OBJECTIVE}.value", "write the limit"),
    "an op that is none": (THRESHOLD, "op: lte", "op: below", 21, f"{OBJECTIVE}.op", "'below' is not known"),
    "a value in words": (THRESHOLD, "value: 0.9", "value: much", 22, f"{OBJECTIVE}.value", "'much' is no number"),
    "no indicator": (
        RATIO, RATIO[RATIO.index("  indicator") : RATIO.index("  timeWindow")], "", 8, "spec.indicator",
        "missing: write indicator or indicatorRef"),
    "two indicators": (
        RATIO, "  indicator:", "  indicatorRef: ok\n  indicator:", 11, "spec.indicatorRef", "leave one of them out"),
    "an indicator above a composite": (
        RATIO, "target: 0.999", "target: 0.999\n      indicatorRef: ok", 29, OBJECTIVE, "a composite has one in each"),
    "an SLI without a metric": (
        RATIO, "      ratioMetric:", "      description: x\n      zzz:", 13, f"{SLI}.ratioMetric", "missing"),
    "an SLI with both metrics": (
        RATIO, "      ratioMetric:", "      thresholdMetric: {metricSource: {spec: {query: x}}}\n      ratioMetric:",
        14, f"{SLI}.thresholdMetric", "there is a ratioMetric beside it"),
    "a ratio without total": (RATIO, "total:", "good2:", 14, f"{SLI}.ratioMetric.total", "missing"),
    "a ratio without good and bad": (RATIO, GOOD, "", 14, f"{SLI}.ratioMetric.good", "write good or bad beside total"),
    "a ratio with good and bad": (
        RATIO, "        total:", "        bad: {metricSource: {spec: {query: x}}}\n        total:", 20,
        f"{SLI}.ratioMetric.bad", "leave good or bad out"),
    "raw beside good": (
        RATIO, "        good:", RAW + "        rawType: success\n        good:", 18, f"{SLI}.ratioMetric.good",
        "there is raw beside it"),
    "raw without its type": (
        RATIO, RATIO[RATIO.index("        counter") : RATIO.index("  timeWindow")], RAW, 14,
        f"{SLI}.ratioMetric.rawType", "missing: write for example rawType: success"),
    "a source without anything to ask": (
        RATIO, "spec: {query: 'sum(ok_requests)'}", "spec: {}", 19, f"{SLI}.ratioMetric.good.metricSource.spec.query",
        "a source of type 'prometheus' cannot be asked"),
    "a source without its spec": (
        RATIO, "            spec: {query: 'sum(ok_requests)'}\n", "", 17,
        f"{SLI}.ratioMetric.good.metricSource.spec", "write what to ask for"),
    "a side that is a text": (
        RATIO, GOOD, "        good: sum(x)\n", 16, f"{SLI}.ratioMetric.good",
        "holds text: expected a map with metricSource"),
    "half a window of v1alpha": (
        RATIO.replace("openslo/v1", "openslo/v1alpha"), "duration: 30d", "unit: Day\n      count: 0.5", 25,
        "spec.timeWindow[0].unit", "0.5 of them is no window"),
    "a hundred and one objectives": (
        RATIO, "    - target: 0.999\n", "    - target: 0.999\n" * 101, 28, "spec.objectives",
        "holds 101 objectives: 100 at most are read"),
    "a hundred and one alert policies": (
        ALERTED, "    - alertPolicyRef: fast\n", "    - alertPolicyRef: fast\n" * 101, 131, "spec.alertPolicies[100]",
        "leave some out"),
    "two queries": (
        RATIO, "spec: {query: 'sum(ok_requests)'}", "spec: {query: a, promql: b}", 19,
        f"{SLI}.ratioMetric.good.metricSource.spec.promql", "leave one of them out"),
    "an empty query": (
        RATIO, "{query: 'sum(ok_requests)'}", "{query: ''}", 19, f"{SLI}.ratioMetric.good.metricSource.spec.query",
        "is an empty text"),
    "a measure that is misspelt": (
        THRESHOLD, MEASURE, "{measure: saturtion, detail: memory}", 13, f"{SOURCE}.measure",
        "did you mean saturation?"),
    "good events as a measure": (
        THRESHOLD, MEASURE, "{measure: good}", 13, f"{SOURCE}.measure", "count the bad ones"),
    "a resource that is not named": (
        THRESHOLD, MEASURE, "{measure: saturation}", 13, f"{SOURCE}.detail", "such as detail: memory"),
    "a quantile that is none": (
        THRESHOLD, MEASURE, "{measure: quantile, detail: 95}", 13, f"{SOURCE}.detail", "is no quantile"),
    "a class of errors that is none": (
        THRESHOLD, MEASURE, "{measure: errors, detail: mine}", 13, f"{SOURCE}.detail", "write server or client"),
    "a bound that is none": (
        THRESHOLD, MEASURE, "{measure: latency, le: fast}", 13, f"{SOURCE}.le", "is no latency bound"),
    "a bound of nothing": (THRESHOLD, MEASURE, "{measure: latency, le: 0}", 13, f"{SOURCE}.le", "is no latency bound"),
    "a gauge that is counted": (
        RATIO, "type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        "type: signals\n            spec: {measure: saturation, detail: memory}", 16, f"{SLI}.ratioMetric.good",
        "saturation is no count of events"),
    "an SLI that is not there": (
        RATIO, RATIO[RATIO.index("  indicator") : RATIO.index("  timeWindow")], "  indicatorRef: ok\n", 11,
        "spec.indicatorRef", "there is no SLI 'ok' in these files"),
    "a data source that is not there": (
        RATIO, "type: Prometheus\n            spec: {query: 'sum(ok_requests)'}",
        "metricSourceRef: metrics\n            spec: {query: x}", 18,
        f"{SLI}.ratioMetric.good.metricSource.metricSourceRef", "there is no DataSource 'metrics'"),
    "an alert policy that is not there": (
        ALERTED, "alertPolicyRef: fast", "alertPolicyRef: fats", 31, "spec.alertPolicies[0].alertPolicyRef",
        "there is no AlertPolicy 'fats' in these files; did you mean fast?"),
    "a condition that is not there": (
        ALERTED, "conditionRef: fast-burn", "conditionRef: fast-bur", 39, "spec.conditions[0].conditionRef",
        "did you mean fast-burn?"),
    "an alert policy without a condition": (
        ALERTED, "  conditions:\n    - conditionRef: fast-burn\n", "", 36, "spec.conditions", "write one condition"),
    "a condition without a severity": (ALERTED, "  severity: page\n", "", 46, "spec.severity", "missing"),
    "a condition without a threshold": (ALERTED, "    threshold: 14.4\n", "", 48,
        "spec.condition.threshold", "missing"),
    "a threshold of nothing": (
        ALERTED, "threshold: 14.4", "threshold: 0", 51, "spec.condition.threshold", "is always reached"),
    "a threshold that can never be reached": (
        ALERTED, "threshold: 14.4", "threshold: 1000", 51, "spec.condition.threshold",
        "a burn rate of 1000 can never be: if all requests fail it is 1000"),
    "no look back": (
        ALERTED, "    lookbackWindow: 1h\n", "", 48, "spec.condition.lookbackWindow", "missing"),
    "a look back of a month": (
        ALERTED, "lookbackWindow: 1h", "lookbackWindow: 1M", 52, "spec.condition.lookbackWindow",
        "has no fixed length"),
    "a contract as strict as the objective": (
        RATIO, "{owner: payments}", "{golden-signals/sla: '0.999'}", 7, "metadata.annotations.golden-signals/sla",
        "0.999 is no looser than the objective of 0.999"),
    "a credit that is none": (
        RATIO, "{owner: payments}", "{golden-signals/sla: '0.99', golden-signals/sla-credit: much}", 7,
        "metadata.annotations.golden-signals/sla-credit", "write for example '0.99=10 %, 0.95=25 %'"),
    "a limit that is no number": (
        RATIO, "{owner: payments}", "{golden-signals/limit: low}", 7, "metadata.annotations.golden-signals/limit",
        "'low' is no number"),
    "a policy that is not known": (
        RATIO, "{owner: payments}", "{golden-signals/policy: workbok}", 7,
        "metadata.annotations.golden-signals/policy", "did you mean workbook?"),
    "a number of failures that is none": (
        RATIO, "{owner: payments}", "{golden-signals/min-failures: '-1'}", 7,
        "metadata.annotations.golden-signals/min-failures", "is no number of failures"),
    "a zone of an annotation that does not exist": (
        RATIO, "{owner: payments}", "{golden-signals/time-zone: Nowhere}", 7,
        "metadata.annotations.golden-signals/time-zone", "is no IANA time zone"),
}  # fmt: skip
# What is noted besides, as it follows from the same mistake or shows how it came about.
BESIDES = {
    "a rolling window of seconds": "is read as 90s",
    "a ratio without total": "unknown key",
    "an SLI without a metric": "unknown key",
    "an indicator above a composite": "",
    "100 percent": "",
}


@pytest.mark.parametrize("case", CASES)
def test_refused(case: str) -> None:
    base, old, new, line, key, words = CASES[case]
    made = reading(changed(base, old, new))
    fatal = [diagnostic for diagnostic in made.problems if diagnostic.fatal]
    assert len(fatal) == 1, [str(diagnostic) for diagnostic in fatal]
    assert (fatal[0].file, fatal[0].line, fatal[0].key) == ("slo.yaml", line, key)
    assert words in fatal[0].what
    assert made.slos == ()
    besides = [diagnostic.what for diagnostic in made.problems if not diagnostic.fatal]
    assert all(case in BESIDES and BESIDES[case] in what for what in besides), besides


def test_several_mistakes_are_told_at_once() -> None:
    text = RATIO.replace("0.999", "2").replace("30d", "soon").replace("Occurrences", "Guesses")
    made = reading(text.replace("'sum(ok_requests)'", "''"))
    assert [diagnostic.key.rpartition(".")[2] for diagnostic in made.problems] == [
        "query", "duration", "budgetingMethod", "target"]  # fmt: skip


def test_the_good_ones_of_a_file_are_kept() -> None:
    other = RATIO.replace("checkout-availability", "other").replace("0.999", "1")
    made = reading(f"{RATIO}---\n{other}")
    assert [slo.name for slo in made.slos] == ["checkout-availability"]
    assert (flaw_of(made).line, flaw_of(made).fatal) == (59, True)


def test_a_name_that_is_there_twice_is_refused_the_second_time() -> None:
    made = reading(f"{RATIO}---\n{RATIO}")
    assert len(made.slos) == 1
    assert str(flaw_of(made)) == (
        "slo.yaml:31: metadata.name: the SLO 'checkout-availability' is there already, at slo.yaml:1: "
        "rename one or leave one out"
    )


def test_an_alert_policy_of_a_name_twice_is_refused() -> None:
    policy = ALERTED[ALERTED.index("---") : ALERTED.rindex("---")]
    assert [diagnostic.key for diagnostic in reading(ALERTED + policy).problems if diagnostic.fatal] == [
        "metadata.name"
    ]


def test_names_that_objectives_give_may_not_be_taken_either() -> None:
    several = changed(RATIO, "    - target: 0.999\n", "    - target: 0.999\n    - target: 0.99\n")
    taken = RATIO.replace("checkout-availability", "checkout-availability-2")
    made = reading(f"{several}---\n{taken}")
    assert [slo.name for slo in made.slos] == ["checkout-availability-1", "checkout-availability-2"]
    assert flaw_of(made).line == 32


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
    made = reading(text + bare)
    assert made.slos == ()
    assert flaw_of(made).key == "spec"


def test_what_refers_to_something_that_holds_a_key_twice_is_refused() -> None:
    text = changed(ALERTED, "  severity: page\n", "  severity: page\n  severity: ticket\n")
    made = reading(text)
    assert made.slos == ()
    assert [diagnostic.key for diagnostic in made.problems] == ["spec.conditions[0].conditionRef", "spec.severity"]
