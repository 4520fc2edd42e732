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
def test_a_contract_and_what_it_owes(credits: str, owed: tuple[Credit, ...]) -> None:
    assert only(annotated(sla="0.99", sla_credit=credits)).sla == Sla(0.99, owed)
    assert only(annotated(sla="0.99")).sla == Sla(0.99)


def test_a_credit_although_the_contract_is_kept_is_noted() -> None:
    result = reading(annotated(sla="0.99", sla_credit="0.995=10 %"))
    assert len(result.slos) == 1
    assert only_diagnostic(result).key == "metadata.annotations.golden-signals/sla-credit"


def test_a_comma_without_a_share_behind_it_belongs_to_the_credit() -> None:
    assert only(annotated(sla="0.99", sla_credit="0.99=10 %, 0.95")).sla == Sla(0.99, (Credit(0.99, "10 %, 0.95"),))


@pytest.mark.parametrize("credits", ["0.99", "=10 %", "0.99=", "2=10 %", "x=10 %"])
def test_credits_that_are_refused(credits: str) -> None:
    result = reading(annotated(sla="0.99", sla_credit=credits))
    assert (result.slos, only_diagnostic(result).key) == ((), "metadata.annotations.golden-signals/sla-credit")
