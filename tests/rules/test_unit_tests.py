"""Tests for rules: what promtool is told to expect, without promtool; a tolerance only while traffic changes."""

from dataclasses import replace
from typing import Any

import promql_parser
import pytest
import yaml

from dashboard.exceptions import SourceError
from dashboard.rules.unit_tests import HEADER, write_rule_tests
from dashboard.slo.indicators import Column, Op, Query, Ratio, Term, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import Policy, Row

RATIO = Ratio(Query("sum(all)", counter=True), bad=Query('sum(all{code="500"})', counter=True))
WORKS = Slo("shop", "works", RATIO, 0.99, policy=Policy("own", (Row("page", 0.02, 3600, 300),)))
LEVEL = Slo("shop", "level", Threshold(Query("q"), Op.LTE, 5), 0.99, method=Method.TIMESLICES, slice_s=900)
FIRING = 'ALERTS{alertstate="firing",service="shop",slo="works"}'
PAGE = FIRING.replace("service", 'alertname="ErrorBudgetBurn",long="1h",severity="page",short="5m",service')


def expression(term: Term) -> str:
    if isinstance(term, Query):
        return term.text
    raise SourceError(f"no {term.measure}\nhere")


def written(*slos: Slo, rule_file: str = "rules.yaml") -> dict[str, Any]:
    text = write_rule_tests(slos, expression, rule_file=rule_file)
    assert text.startswith(HEADER)
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def checks(document: dict[str, Any], name: str) -> list[tuple[str, str, list[Any]]]:
    """Minute, query and samples of each check of a test."""
    (test,) = [test for test in document["tests"] if test["name"] == name]
    return [(check["eval_time"], check["expr"], check["exp_samples"]) for check in test["promql_expr_test"]]


@pytest.mark.parametrize(
    ("slos", "interval"),
    [((WORKS,), "1m"), ((LEVEL,), "15m"), ((LEVEL, WORKS), "1m"), ((), "1m")],
    ids=["counted", "slices", "both", "none"],
)
def test_rules_are_evaluated_in_the_shortest_interval(slos: tuple[Slo, ...], interval: str) -> None:
    document = written(*slos, rule_file="/etc/rules.yaml")
    assert (document["rule_files"], document["evaluation_interval"]) == (["/etc/rules.yaml"], interval)
    assert (document["tests"] == []) is (slos == ())


def test_without_a_series_nothing_fires_but_that_nothing_is_measured() -> None:
    document = written(WORKS)
    assert document["tests"][0]["input_series"] == []
    absent = FIRING.replace("service", 'alertname="SLOMetricAbsent",severity="ticket",service')
    assert checks(document, "nothing is measured") == [
        ("0m", FIRING, []), ("10m", FIRING, [{"labels": absent, "value": 1}])
    ]  # fmt: skip


def test_healthy_traffic_burns_nothing_to_the_last_digit() -> None:
    document = written(WORKS)
    assert document["tests"][1]["input_series"] == [{"series": 'all{code="200"}', "values": "0+1000000x15"}]
    series = 'golden_signals:slo_{}{{slo="works",service="shop"{}}}'
    expected = [
        (series.format("burn_rate", ',window="5m"'), 0.0),
        (series.format("burn_rate", ',window="1h"'), 0.0),
        (series.format("budget_remaining", ""), 1.0),
    ]
    one = [{"labels": "{}", "value": 1}]
    assert checks(document, "healthy") == [
        *(("15m", f"sum(abs({query} - {value}) < bool 1e-09)", one) for query, value in expected),
        ("15m", FIRING, []),
    ]


@pytest.mark.parametrize(("side", "firing"), [("below", []), ("above", [{"labels": PAGE, "value": 1}])])
def test_the_alert_fires_on_one_side_of_its_threshold(side: str, firing: list[dict[str, Any]]) -> None:
    alerts = [samples for _, query, samples in checks(written(WORKS), f"{side} the page threshold over 1h")
              if query == FIRING]  # fmt: skip
    assert alerts == [firing]


def test_while_traffic_changes_a_tenth_is_left_and_short_windows_are_not_compared() -> None:
    outage = checks(written(WORKS), "outage")
    rates = [query for _, query, _ in outage if "burn_rate" in query]
    assert all('window="1h"' in query for query in rates)
    assert any(query.endswith("< bool 0.1)") for query in rates)
    assert not any("1e-09" in query for _, query, _ in outage)


def test_budgets_are_compared_where_their_sums_move_on() -> None:
    minutes = {minute for minute, query, _ in checks(written(WORKS), "outage") if "budget_remaining" in query}
    assert minutes == {f"{minute}m" for minute in (60, 65, 70, 75, 80, 85, 90)}


def test_alerts_are_compared_only_where_a_minute_does_not_matter() -> None:
    strict = written(replace(WORKS, objective=0.999))
    alerts = {minute: samples for minute, query, samples in checks(strict, "outage") if query == FIRING}
    assert (alerts["60m"], alerts["70m"], alerts["90m"]) == ([], [{"labels": PAGE, "value": 1}], [])
    # Around the minutes at which it begins and ceases to fire.
    compared = {minute for minute, query, _ in checks(strict, "outage") if "burn_rate" in query}
    assert compared - set(alerts) == {"63m", "64m", "74m", "75m"}


def test_alerts_in_a_longer_interval_are_not_compared() -> None:
    document = written(WORKS, LEVEL)
    level = FIRING.replace("works", "level")
    compared = [test["name"] for test in document["tests"] for check in test["promql_expr_test"]
                if check["expr"] == level]  # fmt: skip
    assert set(compared) == {"nothing is measured"}


def test_every_query_is_promql() -> None:
    for test in written(WORKS, LEVEL)["tests"]:
        for check in test["promql_expr_test"]:
            promql_parser.parse(check["expr"])


def test_what_traffic_cannot_be_made_for_is_named_in_a_comment() -> None:
    quotient = Query("max(x) / max(y)")
    slo = replace(LEVEL, name="quotient", indicator=replace(LEVEL.indicator, value=quotient))  # type: ignore[type-var]
    text = write_rule_tests([WORKS, slo], expression)
    assert "# quotient is not tested: its query does more than add series up: /\n" in text
    assert [test["name"] for test in yaml.safe_load(text)["tests"]][:2] == ["nothing is measured", "healthy"]


def test_an_slo_without_rules_has_no_tests() -> None:
    unknown = replace(WORKS, name="unknown", indicator=Ratio(Column("a", "requests"), bad=Column("a", "errors")))
    assert write_rule_tests([unknown], expression) == write_rule_tests([], expression)
