"""AlertPolicies become rows of one burn policy; annotations say what OpenSLO has no field for."""

import pytest

from dashboard.slo.objective import Credit, Sla
from dashboard.slo.policy import WEEKLY, WORKBOOK, Policy, Row
from tests.openslo.samples import ALERTED, ALERTING, RATIO, changed, only, only_diagnostic, reading

CONDITION = ALERTING[ALERTING.rindex("---") :]


def annotated(**annotations: str) -> str:
    """The sample with annotations of ours."""
    pairs = ", ".join(f"golden-signals/{key.replace('_', '-')}: {value!r}" for key, value in annotations.items())
    return changed(RATIO, "{owner: payments}", f"{{{pairs}}}")


def test_without_alert_policies_there_is_none() -> None:
    assert only(RATIO).policy is None
    assert only(changed(RATIO, "    - target: 0.999\n", "    - target: 0.999\n  alertPolicies: []\n")).policy is None


def test_a_burn_rate_over_a_look_back_is_a_row() -> None:
    assert only(ALERTED).policy == Policy("fast", (Row("page", 14.4 * 3600 / 2592000, 3600, 300, 14.4),))


@pytest.mark.parametrize("op", ["gte", "gt"])
def test_a_row_fires_above_the_threshold_however_it_is_compared(op: str) -> None:
    assert only(changed(ALERTED, "op: gte", f"op: {op}")).policy == only(ALERTED).policy


def test_the_share_follows_from_the_window() -> None:
    week = only(changed(ALERTED, "duration: 30d", "duration: 7d"))
    assert week.policy is not None
    assert week.policy.rows[0].share == pytest.approx(14.4 / 168)


def test_several_policies_are_rows_of_one_the_fastest_first() -> None:
    text = changed(ALERTED, "    - alertPolicyRef: fast\n", "    - alertPolicyRef: slow\n    - alertPolicyRef: fast\n")
    slow = ALERTING[ALERTING.index("---") :].replace("fast", "slow").replace("14.4", "6").replace("1h", "6h")
    policy = only(text + slow).policy
    assert policy is not None
    assert (policy.name, [row.factor for row in policy.rows]) == ("slow+fast", [14.4, 6.0])


def test_policies_and_conditions_may_stand_where_they_are_used() -> None:
    inline = """\
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: fast}
      spec:
        conditions:
          - kind: AlertCondition
            metadata: {name: fast-burn}
            spec:
              severity: page
              condition: {kind: burnrate, op: gte, threshold: 14.4, lookbackWindow: 1h}
"""
    assert only(RATIO + inline).policy == only(ALERTED).policy


def test_a_reference_beside_a_whole_policy_is_refused() -> None:
    result = reading(RATIO + "  alertPolicies: [{alertPolicyRef: a, metadata: {name: b}, spec: {}}]\n")
    assert (result.slos, only_diagnostic(result).key) == ((), "spec.alertPolicies[0].alertPolicyRef")


@pytest.mark.parametrize(("word", "severity"), [("high", "page"), ("Warning", "ticket"), ("sev4", "ticket")])
def test_severities_are_pages_or_tickets(word: str, severity: str) -> None:
    result = reading(changed(ALERTED, "severity: page", f"severity: {word}"))
    assert result.slos[0].policy.rows[0].severity == severity  # type: ignore[union-attr]
    assert (only_diagnostic(result).key, only_diagnostic(result).fatal) == ("spec.severity", False)


@pytest.mark.parametrize(("target", "threshold"), [("0.9", 10), ("0.99", 100), ("0.999", 1000)])
def test_a_threshold_is_refused_from_where_all_requests_fail(target: str, threshold: int) -> None:
    below = changed(changed(ALERTED, "0.999", target), "14.4", str(threshold * 0.999))
    assert only(below).policy is not None
    result = reading(changed(changed(ALERTED, "0.999", target), "14.4", str(threshold)))
    assert (result.slos, only_diagnostic(result).key) == ((), "spec.condition.threshold")


def test_windows_that_openslo_cannot_say_are_annotations_of_the_condition() -> None:
    notes = "{golden-signals/short-window: 10m, golden-signals/long-window: 90s, golden-signals/share: '0.02'}"
    text = changed(ALERTED, "metadata: {name: fast-burn}", f"metadata: {{name: fast-burn, annotations: {notes}}}")
    result = reading(text)
    assert (result.slos, only_diagnostic(result).what) == (
        (),
        "the short window must be shorter than the long one: write for example 5m",
    )
    assert only(text.replace("10m", "10s")).policy == Policy("fast", (Row("page", 0.02, 90, 10),))


@pytest.mark.parametrize(("key", "value"), [("share", "'0'"), ("short-window", "soon"), ("long-window", "9e9d")])
def test_annotations_of_a_condition_that_are_refused(key: str, value: str) -> None:
    notes = f"annotations: {{golden-signals/{key}: {value}}}"
    result = reading(changed(ALERTED, "metadata: {name: fast-burn}", f"metadata: {{name: fast-burn, {notes}}}"))
    assert (result.slos, only_diagnostic(result).key) == ((), f"metadata.annotations.golden-signals/{key}")


@pytest.mark.parametrize(("name", "policy"), [("workbook", WORKBOOK), ("weekly", WEEKLY), ("none", Policy("none", ()))])
def test_a_policy_may_be_named(name: str, policy: Policy) -> None:
    assert only(annotated(policy=name)).policy == policy


def test_failures_that_are_needed_may_be_said() -> None:
    assert only(annotated(min_failures="20")).policy == Policy("workbook", WORKBOOK.rows, 20)
    alerted = changed(ALERTED, "{owner: payments}", "{golden-signals/min-failures: '0', golden-signals/policy: own}")
    policy = only(alerted).policy
    assert policy is not None
    assert (policy.name, policy.min_failures, len(policy.rows)) == ("own", 0, 1)


def test_kind_name_and_limit_may_be_said() -> None:
    slo = only(annotated(kind="checkout", name="Check out!", limit="0.25"))
    assert (slo.kind, slo.name, slo.limit) == ("checkout", "Check out!", 0.25)
    assert only(changed(RATIO, "{team: payments}", "{golden-signals/kind: errors, team: a}")).kind == "errors"
    assert only(changed(RATIO, "{team: payments}", "{golden-signals/kind: errors, team: a}")).labels == {"team": "a"}


@pytest.mark.parametrize(
    ("credits", "owed"),
    [
        ("0.99=10 %, 0.95=25 %", (Credit(0.99, "10 %"), Credit(0.95, "25 %"))),
        ("0.95=25 %, 0.99=10 %", (Credit(0.99, "10 %"), Credit(0.95, "25 %"))),
        ("99 % = 10 %, at most 5 €,95%=all", (Credit(0.99, "10 %, at most 5 €"), Credit(0.95, "all"))),
    ],
    ids=["the mildest first", "the worst first", "in percent, with commas"],
)
def test_an_sla_and_what_it_owes(credits: str, owed: tuple[Credit, ...]) -> None:
    assert only(annotated(sla="0.99", sla_credit=credits)).sla == Sla(0.99, owed)
    assert only(annotated(sla="0.99")).sla == Sla(0.99)


def test_a_credit_although_the_sla_is_met_is_noted() -> None:
    result = reading(annotated(sla="0.99", sla_credit="0.995=10 %"))
    assert len(result.slos) == 1
    assert only_diagnostic(result).key == "metadata.annotations.golden-signals/sla-credit"


def test_a_comma_without_a_share_behind_it_belongs_to_the_credit() -> None:
    assert only(annotated(sla="0.99", sla_credit="0.99=10 %, 0.95")).sla == Sla(0.99, (Credit(0.99, "10 %, 0.95"),))


@pytest.mark.parametrize("credits", ["0.99", "=10 %", "0.99=", "2=10 %", "x=10 %"])
def test_credits_that_are_refused(credits: str) -> None:
    result = reading(annotated(sla="0.99", sla_credit=credits))
    assert (result.slos, only_diagnostic(result).key) == ((), "metadata.annotations.golden-signals/sla-credit")


# --- edges --------------------------------------------------------------------------------------------------------

DAYS = "duration: 30d"


def said(text: str) -> str:
    """Line, key and sentence of the one diagnostic of a file whose SLO is refused."""
    result = reading(text)
    assert result.slos == ()
    return str(only_diagnostic(result)).removeprefix("slo.yaml:")


def conditioned(old: str, new: str, base: str = ALERTED) -> str:
    """The sample with alerts, and another condition."""
    return changed(base, old, new)


@pytest.mark.parametrize(
    ("window", "policy"), [("14d", WEEKLY), ("2w", WEEKLY), ("336h", WEEKLY), ("15d", WORKBOOK), ("20161m", WORKBOOK)]
)
def test_from_more_than_14_days_the_default_policy_is_the_workbooks(window: str, policy: Policy) -> None:
    slo = only(changed(annotated(min_failures="7"), DAYS, f"duration: {window}"))
    assert slo.policy == Policy(policy.name, policy.rows, 7)
    bare = only(changed(RATIO, DAYS, f"duration: {window}"))
    assert bare.policy is None
    assert [rule.row for rule in bare.rules] == list(policy.rows)


@pytest.mark.parametrize(("window", "fires"), [("61m", True), ("1h", False), ("30m", False)])
def test_a_long_window_as_long_as_the_slos_own_is_no_rule(window: str, fires: bool) -> None:
    slo = only(changed(ALERTED, DAYS, f"duration: {window}"))
    assert slo.policy is not None
    assert slo.policy.rows[0].long_s == 3600
    assert (len(slo.rules), [diagnostic.fault.value for diagnostic in slo.diagnostics]) == (
        (1, []) if fires else (0, ["window_too_long"])
    )


@pytest.mark.parametrize(
    ("target", "factor", "highest"),
    [("0.9", "10", "10"), ("0.9", "10.0", "10"), ("0.5", "2", "2"), ("0.999", "1000.5", "1000"), ("0.95", "21", "20")],
)
def test_a_burn_rate_that_is_never_reached_says_the_highest(target: str, factor: str, highest: str) -> None:
    text = changed(changed(ALERTED, "target: 0.999", f"target: {target}"), "14.4", factor)
    what = f"a burn rate of {float(factor):g} is never reached: if all requests fail it is {highest}; write less"
    assert said(text) == f"51: spec.condition.threshold: {what}"


def test_a_share_that_no_slo_of_this_window_can_spend_is_kept_for_others() -> None:
    notes = "annotations: {golden-signals/share: '0.9'}"
    text = conditioned("metadata: {name: fast-burn}", f"metadata: {{name: fast-burn, {notes}}}")
    slo = only(changed(text, "target: 0.999", "target: 0.9"))
    assert slo.policy == Policy("fast", (Row("page", 0.9, 3600, 300),))
    assert (slo.rules, [diagnostic.fault.value for diagnostic in slo.diagnostics]) == ((), ["never_fires"])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("threshold: 14.4", "threshold: 0",
         "51: spec.condition.threshold: a burn rate of 0 is always reached: write for example 14.4"),
        ("threshold: 14.4", "threshold: -2",
         "51: spec.condition.threshold: a burn rate of -2 is always reached: write for example 14.4"),
        ("threshold: 14.4", "threshold: fast",
         "51: spec.condition.threshold: 'fast' is not a number: write for example 14.4"),
        ("    threshold: 14.4\n", "",
         "48: spec.condition.threshold: missing: write for example threshold: 14.4"),
        ("    lookbackWindow: 1h\n", "",
         "48: spec.condition.lookbackWindow: missing: write for example lookbackWindow: 1h"),
        ("lookbackWindow: 1h", "lookbackWindow: 1M",
         "52: spec.condition.lookbackWindow: 1M has no fixed length: write it in minutes, hours, days or weeks, such "
         "as 1h"),
        ("lookbackWindow: 1h", "lookbackWindow: soon",
         "52: spec.condition.lookbackWindow: 'soon' is not a duration: write for example 1h"),
        ("    kind: burnrate\n", "", "48: spec.condition.kind: missing: write for example kind: burnrate"),
        ("  severity: page\n", "", "46: spec.severity: missing: write for example severity: page"),
        ("op: gte", "op: above", "50: spec.condition.op: 'above' is not known; known are gt, gte, lt, lte"),
        ("    - conditionRef: fast-burn\n", "    []\n",
         "36: spec.conditions: missing: write one condition, such as conditions: [{conditionRef: fast-burn}]"),
        ("conditionRef: fast-burn", "conditionRef: slow-burn",
         "39: spec.conditions[0].conditionRef: there is no AlertCondition 'slow-burn' in these files; did you mean "
         "fast-burn?"),
        ("alertPolicyRef: fast", "alertPolicyRef: first",
         "31: spec.alertPolicies[0].alertPolicyRef: there is no AlertPolicy 'first' in these files; did you mean "
         "fast?"),
        ("alertWhenBreaching: true", "alertWhenBreaching: often",
         "37: spec.alertWhenBreaching: 'often' is neither true nor false: write one of them"),
        ("- alertPolicyRef: fast", "- kind: AlertPolicy",
         "31: spec.alertPolicies[0].metadata: missing: write for example metadata: {name: …}, or alertPolicyRef: …"),
        ("- alertPolicyRef: fast", "- metadata: {name: a}",
         "31: spec.alertPolicies[0].spec: missing: write for example spec: …, or alertPolicyRef: …"),
    ],
)  # fmt: skip
def test_an_alert_that_is_refused(old: str, new: str, expected: str) -> None:
    assert said(conditioned(old, new)) == expected


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("ticket", "ticket"), ("Page", "page"), ("critical", "page"), ("HIGH", "page"), ("pager", "page"),
        ("error", "page"), ("warning", "ticket"), ("medium", "ticket"), ("low", "ticket"), ("info", "ticket"),
        ("P1", "ticket"),
    ],
)  # fmt: skip
def test_any_severity_is_a_page_or_a_ticket(word: str, severity: str) -> None:
    result = reading(conditioned("severity: page", f"severity: {word}"))
    policy = result.slos[0].policy
    assert policy is not None
    assert policy.rows[0].severity == severity
    expected = [] if word == severity else [f"'{word}' is read as {severity}: write page or ticket"]
    assert [diagnostic.what for diagnostic in result.diagnostics] == expected


@pytest.mark.parametrize(
    ("notes", "row"),
    [
        ("golden-signals/short-window: 10m", Row("page", 0.02, 3600, 600, 14.4)),
        ("golden-signals/long-window: 90.5s", Row("page", 14.4 * 90.5 / 2592000, 90.5, 90.5 / 12, 14.4)),
        ("golden-signals/share: '0.05'", Row("page", 0.05, 3600, 300)),
        ("golden-signals/share: '0.05', golden-signals/fixed: 'true'", Row("page", 0.05, 3600, 300, 14.4)),
        ("golden-signals/share: '0.05', golden-signals/fixed: 'false'", Row("page", 0.05, 3600, 300)),
        ("golden-signals/fixed: 'true'", Row("page", 0.02, 3600, 300, 14.4)),
    ],
    ids=["a short window", "a long window", "a share", "a share and a rate", "a share alone", "a rate"],
)
def test_what_a_condition_has_no_field_for(notes: str, row: Row) -> None:
    text = conditioned("metadata: {name: fast-burn}", f"metadata: {{name: fast-burn, annotations: {{{notes}}}}}")
    assert only(text).policy == Policy("fast", (row,))


@pytest.mark.parametrize("short", ["1h", "2h"])
def test_a_short_window_is_shorter_than_the_long_one(short: str) -> None:
    notes = f"annotations: {{golden-signals/short-window: {short}}}"
    text = conditioned("metadata: {name: fast-burn}", f"metadata: {{name: fast-burn, {notes}}}")
    what = "the short window must be shorter than the long one: write for example 5m"
    assert said(text) == f"45: metadata.annotations.golden-signals/short-window: {what}"


@pytest.mark.parametrize(
    ("value", "shown"), [("-1", "'-1'"), ("2.5", "'2.5'"), ("some", "'some'"), ("9" * 400, f"'{'9' * 60}…'")]
)
def test_a_number_of_failures_is_whole_and_not_negative(value: str, shown: str) -> None:
    key = "7: metadata.annotations.golden-signals/min-failures"
    assert said(annotated(min_failures=value)) == f"{key}: {shown} is not a number of failures: write for example '5'"


def test_equal_long_windows_are_ordered_by_what_fires_first() -> None:
    slower = ALERTING[ALERTING.index("---") :].replace("fast", "slow").replace("14.4", "6")
    text = changed(ALERTED, "    - alertPolicyRef: fast\n", "    - alertPolicyRef: slow\n    - alertPolicyRef: fast\n")
    policy = only(text + slower).policy
    assert policy is not None
    assert [row.factor for row in policy.rows] == [14.4, 6.0]


def test_a_hundred_conditions_of_a_policy_are_read() -> None:
    text = conditioned("    - conditionRef: fast-burn\n", "    - conditionRef: fast-burn\n" * 105)
    policy = reading(text).slos[0].policy
    assert policy is not None
    assert len(policy.rows) == 100
