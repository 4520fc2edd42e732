"""Alerts: both windows above the threshold, failures enough, and silence where a faster alert of others fires."""

from dataclasses import replace
from typing import Any

import promql_parser
import pytest

from dashboard.rules.alerting import alerting_rules
from dashboard.slo.indicators import Column, Composite, Op, Part, Query, Ratio, Raw, Term, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import Policy, Row
from dashboard.slo.windows import Calendar, Rolling, Unit

RATIO = Ratio(Query("all", counter=True), bad=Query("bad", counter=True))
WORKS = Slo("shop", "works", RATIO, 0.999)
PAGE, TICKET = Row("page", 0.02, 3600, 300), Row("ticket", 0.1, 86400, 7200)
LEVEL = Slo("shop", "works", Threshold(Query("q"), Op.LTE, 5), 0.99, method=Method.TIMESLICES, slice_s=900)
OWN = "{slo=%q,service=%q"


def expression(term: Term) -> str:
    return term.text if isinstance(term, Query) else f"{term.measure}_total"


def alerts(slo: Slo, *rows: Row, min_failures: int = 5) -> list[dict[str, Any]]:
    """The alerts of an SLO with these rows, or those of its own policy."""
    policy = Policy("own", rows, min_failures) if rows else slo.policy
    rules = alerting_rules(replace(slo, policy=policy), expression)
    for rule in rules:
        promql_parser.parse(rule["expr"])
    return rules


def above(window: str, ratio: str, slo: str = "works") -> str:
    series = f'golden_signals:slo_error_ratio{{slo="{slo}",service="shop",window="{window}"}}'
    return f"max without (window) ({series} > {ratio})"


def covered(seconds: int, samples: int) -> str:
    series = 'golden_signals:slo_valid:increase5m{slo="works",service="shop"}'
    return f"count_over_time({series}[{seconds}s]) >= {samples}"


FIRING = "\nand ".join(
    [
        above("1h", "0.0144"),
        above("5m", "0.0144"),
        'max without (window) (golden_signals:slo_bad:increase{slo="works",service="shop",window="1h"} >= 5)',
        covered(3599, 3),
        covered(299, 3),
    ]
)


def test_an_alert_fires_above_the_threshold_of_both_windows_with_failures_and_samples_enough() -> None:
    burning, absent = alerts(WORKS, PAGE)
    assert burning["expr"] == FIRING
    assert burning["labels"] == {"severity": "page", "slo": "works", "service": "shop", "long": "1h", "short": "5m"}
    assert (burning["alert"], absent["alert"], "for" in burning) == ("ErrorBudgetBurn", "SLOMetricAbsent", False)


def test_a_slower_alert_of_another_severity_is_suppressed_by_a_faster_one() -> None:
    _, slower, _ = alerts(WORKS, PAGE, TICKET)
    indented = FIRING.replace("\n", "\n  ")
    assert slower["expr"].endswith(f"\nunless (\n  {indented}\n)")
    assert slower["expr"].count("unless") == 1


def test_an_alert_that_is_suppressed_itself_suppresses_nothing() -> None:
    third = Row("page", 0.3, 259200, 21600)
    _, _, slowest, _ = alerts(WORKS, PAGE, TICKET, third)
    inner = slowest["expr"].partition("\nunless (\n")[2]
    assert inner.count("unless (") == 1
    assert 'window="1d"' in inner.partition("unless")[0]
    assert 'window="1h"' in inner.partition("unless")[2]


def test_alerts_of_one_severity_do_not_suppress_each_other() -> None:
    _, slower, _ = alerts(WORKS, PAGE, Row("page", 0.05, 21600, 1800))
    assert "unless" not in slower["expr"]


@pytest.mark.parametrize(("least", "condition"), [(5, ">= 5)"), (1, ">= 1)"), (50, ">= 50)"), (0, "")])
def test_so_many_failures_are_needed(least: int, condition: str) -> None:
    burning, _ = alerts(WORKS, PAGE, min_failures=least)
    assert ("slo_bad:increase" in burning["expr"]) is bool(condition)
    assert condition in burning["expr"]


def test_the_default_policy_needs_its_own_number_of_failures() -> None:
    rules = alerts(WORKS)
    assert [rule["labels"].get("long") for rule in rules] == ["1h", "6h", "1d", "3d", None]
    assert all(">= 5)" in rule["expr"] for rule in rules[:-1])


def test_slices_have_no_failures_to_count() -> None:
    burning = alerts(LEVEL)[0]
    assert "slo_bad" not in burning["expr"]
    assert burning["labels"]["long"] == "6h", "a short window of 5 minutes is shorter than a slice"


@pytest.mark.parametrize(
    ("objective", "row", "ratio"),
    [
        (0.999, PAGE, "0.0144"),
        (0.99, PAGE, "0.144"),
        (0.9995, PAGE, "0.0072"),
        (0.999, Row("page", 0.02, 3600, 300, 10.0), "0.01"),
        (0.999, Row("page", 0.05, 21600, 1800), "0.006"),
    ],
    ids=["the workbook's", "of another objective", "of a stricter one", "a fixed rate", "of a longer window"],
)
def test_the_threshold_is_an_error_ratio(objective: float, row: Row, ratio: str) -> None:
    burning, _ = alerts(replace(WORKS, objective=objective), row)
    assert burning["expr"].count(f"> {ratio})") == 2


@pytest.mark.parametrize(("days", "ratio"), [(28, "0.01344"), (7, "0.00336"), (90, "0.0432")])
def test_a_share_is_another_threshold_in_another_window(days: int, ratio: str) -> None:
    # 13.44 at 28 days: https://sre.google/workbook/alerting-on-slos/
    burning, _ = alerts(replace(WORKS, window=Rolling(days * 86400.0)), PAGE)
    assert burning["expr"].startswith(above("1h", ratio))


@pytest.mark.parametrize(
    ("row", "window", "last"),
    [(PAGE, "1h", "last hour"), (Row("page", 0.05, 21600, 1800), "6h", "last 6 hours"), (TICKET, "1d", "last day")],
    ids=["an hour", "hours", "a day"],
)
def test_the_summary_names_the_rate_and_its_window(row: Row, window: str, last: str) -> None:
    burning, _ = alerts(WORKS, row)
    query = f'golden_signals:slo_burn_rate{OWN},window="{window}"}}'
    assert burning["annotations"]["summary"].startswith(
        "{{ $labels.service }}: the error budget of {{ $labels.slo }} is burning"
        f"{{{{ with printf `{query}` $labels.slo $labels.service | query }}}}"
        f" at {{{{ . | first | value | humanize }}}}× the allowed rate ({last}){{{{ else }}}}"
    )


def test_the_description_says_how_bad_it_is_and_how_long_the_budget_lasts() -> None:
    burning, _ = alerts(WORKS, PAGE)
    remaining, rate = f"golden_signals:slo_budget_remaining{OWN}}}", f'golden_signals:slo_burn_rate{OWN},window="1h"}}'
    labels = "$labels.slo $labels.service"
    left = f"sum({remaining} > 0) * 2592000 / sum({rate})"
    assert burning["annotations"]["description"] == (
        "{{ $labels.service }}: {{ $value | humanizePercentage }} of all events in the last hour were bad where 0.1% "
        f"is allowed{{{{ with printf `{left}` {labels} {labels} | query }}}}; the "
        "remaining error budget is used up in {{ . | first | value | humanizeDuration }} if this rate continues"
        "{{ else }}; no error budget remains{{ end }}."
    )  # fmt: skip


def test_of_a_period_of_the_calendar_a_whole_budget_is_named() -> None:
    burning, _ = alerts(replace(WORKS, window=Calendar(Unit.MONTH)), PAGE)
    assert burning["annotations"]["description"].endswith(
        f'{{{{ with printf `2592000 / sum(golden_signals:slo_burn_rate{OWN},window="1h"}})` $labels.slo '
        "$labels.service | query }}; a whole error budget is used up in {{ . | first | value | humanizeDuration }} if "
        "this rate continues{{ end }}."
    )


def test_of_slices_a_share_of_time_is_named() -> None:
    description = alerts(LEVEL)[0]["annotations"]["description"]
    assert "{{ $value | humanizePercentage }} of the last 6 hours was bad where 1% is allowed" in description


@pytest.mark.parametrize(
    ("indicator", "query"),
    [
        (RATIO, "absent(sum(all))"),
        (Ratio(Column("shop", "requests"), bad=Column("shop", "errors", "server")), "absent(sum(requests_total))"),
        (Threshold(Query("q"), Op.LTE, 5), "absent(sum(q))"),
        (Raw(Query("max(r)")), "absent(max(r))"),
        (
            Composite((Part(RATIO, 0.99), Part(Threshold(Query("q"), Op.LT, 5), 0.9), Part(RATIO, 0.9))),
            "absent(sum(all)) or absent(sum(q))",
        ),
    ],
    ids=["a ratio", "columns", "a threshold", "raw", "several parts"],
)
def test_what_is_not_measured_for_ten_minutes_is_a_ticket(indicator: Any, query: str) -> None:
    absent = alerts(Slo("shop", "works", indicator, 0.99, slice_s=300))[-1]
    assert (absent["expr"], absent["for"]) == (query, "10m")
    assert absent["labels"] == {"severity": "ticket", "slo": "works", "service": "shop"}
    assert absent["annotations"] == {
        "summary": "{{ $labels.service }}: no data for {{ $labels.slo }}",
        "description": "{{ $labels.service }}: the series that {{ $labels.slo }} is measured by have been missing for "
        "10m, so it is not known whether its objective is met; check that the service runs and is scraped.",
    }


def test_braces_in_a_name_are_no_template() -> None:
    burning, _ = alerts(replace(WORKS, name="a {{ b }}", service="{{x"), PAGE)
    assert burning["labels"]["slo"] == 'a {{ "{{" }} b }}'
    assert burning["labels"]["service"] == '{{ "{{" }}x'
    assert '{slo="a {{ b }}",service="{{x",window="1h"}' in burning["expr"]
