"""Policies are written once, whichever SLOs use them, and each row reads back to the last digit."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from dashboard.openslo.alert_writer import AlertDocuments
from dashboard.openslo.openslo_writer import write_slos
from dashboard.slo.indicators import Query, Ratio
from dashboard.slo.objective import THIRTY_DAYS, Slo
from dashboard.slo.policy import WEEKLY, WORKBOOK, Policy, Row
from dashboard.slo.windows import Rolling, Window
from tests.openslo.samples import only
from tests.openslo.strategies import policies

PREFIX = "golden-signals/"
SHOP = Slo("shop", "works", Ratio(Query("all", counter=True), good=Query("ok", counter=True)), 0.999)
FAST = Row("page", 14.4 * 3600 / 2592000, 3600, 300, 14.4)


def having(*rows: Row, name: str = "own", window: Window = THIRTY_DAYS) -> Slo:
    return replace(SHOP, policy=Policy(name, rows), window=window)


def written(*slos: Slo) -> tuple[list[list[str]], list[dict[str, Any]]]:
    """The names that SLOs refer to, and all documents."""
    alerts = AlertDocuments()
    references = [[entry["alertPolicyRef"] for entry in alerts.references(slo)] for slo in slos]
    return references, alerts.documents


def test_a_row_is_a_policy_and_a_condition() -> None:
    references, documents = written(having(FAST))
    assert references == [["page-1h"]]
    policy, condition, target = documents
    assert policy == {
        "apiVersion": "openslo/v1",
        "kind": "AlertPolicy",
        "metadata": {"name": "page-1h"},
        "spec": {
            "alertWhenBreaching": True,
            "alertWhenResolved": False,
            "alertWhenNoData": False,
            "conditions": [{"conditionRef": "page-1h"}],
            "notificationTargets": [{"targetRef": "dashboard"}],
        },
    }
    assert condition == {
        "apiVersion": "openslo/v1",
        "kind": "AlertCondition",
        "metadata": {"name": "page-1h"},
        "spec": {
            "severity": "page",
            "condition": {"kind": "burnrate", "op": "gte", "threshold": 14.4, "lookbackWindow": "1h"},
        },
    }
    assert (target["kind"], target["metadata"]["name"]) == ("AlertNotificationTarget", "dashboard")


@pytest.mark.parametrize(
    ("policy", "annotations"),
    [
        (None, {}),
        (WORKBOOK, {"policy": "workbook"}),
        (WEEKLY, {"policy": "weekly"}),
        (Policy("quiet", ()), {"policy": "none"}),
        (replace(WORKBOOK, min_failures=0), {"policy": "workbook", "min-failures": "0"}),
        (Policy("own", (FAST,), 20), {"policy": "own", "min-failures": "20"}),
    ],
    ids=["none", "the workbook's", "the weekly one", "without rows", "with failures", "its own"],
)
def test_an_slo_names_its_policy(policy: Policy | None, annotations: dict[str, str]) -> None:
    assert AlertDocuments().annotations(replace(SHOP, policy=policy)) == annotations


@pytest.mark.parametrize("policy", [None, WORKBOOK, WEEKLY, Policy("quiet", ()), replace(WEEKLY, min_failures=1)])
def test_a_policy_that_is_known_by_name_has_no_documents(policy: Policy | None) -> None:
    assert written(replace(SHOP, policy=policy)) == ([[]], [])


def test_other_rows_under_a_known_name_are_written_out() -> None:
    references, _ = written(having(FAST, name="workbook"))
    assert references == [["page-1h"]]


def test_equal_rows_are_shared_and_others_numbered() -> None:
    slower = replace(FAST, share=6 * 3600 / 2592000, factor=6.0)
    slowest = replace(FAST, share=3 * 3600 / 2592000, factor=3.0)
    references, documents = written(having(FAST), having(slower, slowest), having(slowest, FAST))
    assert references == [["page-1h"], ["page-1h-2", "page-1h-3"], ["page-1h-3", "page-1h"]]
    assert [document["metadata"]["name"] for document in documents if document["kind"] == "AlertCondition"] == [
        "page-1h", "page-1h-2", "page-1h-3"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "name", "condition", "annotations"),
    [
        (FAST, "page-1h", (14.4, "1h"), {}),
        (replace(FAST, severity="ticket"), "ticket-1h", (14.4, "1h"), {}),
        (Row("page", 0.02, 3600, 300), "page-1h", (14.4, "1h"), {"share": "0.02"}),
        (Row("page", 0.5, 3600, 300, 14.4), "page-1h", (14.4, "1h"), {"share": "0.5", "fixed": "true"}),
        (replace(FAST, short_s=600), "page-1h", (14.4, "1h"), {"short-window": "10m"}),
        (replace(FAST, short_s=0.5), "page-1h", (14.4, "1h"), {"short-window": "0.5s"}),
        (
            Row("page", 0.0005, 90, 7.5, 14.4), "page-90s", (14.4, "2m"), {"long-window": "90s"},
        ),
        (
            Row("page", 0.1, 90.5, 10, 14.4), "page-burn", (14.4, "2m"),
            {"share": "0.1", "fixed": "true", "long-window": "90.5s", "short-window": "10s"},
        ),
        (Row("page", 0.1, 86400, 7200, 3.0), "page-1d", (3.0, "1d"), {}),
    ],
    ids=["as OpenSLO has it", "a ticket", "a share", "a share beside a rate", "a short window", "half a second",
         "seconds", "no whole seconds", "days"],
)  # fmt: skip
def test_what_a_condition_has_no_field_for_is_an_annotation(
    row: Row, name: str, condition: tuple[float, str], annotations: dict[str, str]
) -> None:
    references, (_, document, _) = written(having(row))
    assert references == [[name]]
    spec = document["spec"]["condition"]
    assert (spec["threshold"], spec["lookbackWindow"]) == condition
    noted = document["metadata"].get("annotations", {})
    assert {key.removeprefix(PREFIX): value for key, value in noted.items()} == annotations
    assert only(write_slos([having(row)])).policy == Policy("own", (row,))


def test_a_share_is_another_burn_rate_in_another_window() -> None:
    row = Row("page", 0.02, 3600, 300)
    references, documents = written(having(row), having(row, window=Rolling(7 * 86400.0)))
    assert references == [["page-1h"], ["page-1h-2"]]
    rates = [document["spec"]["condition"]["threshold"] for document in documents if "condition" in document["spec"]]
    assert rates == [pytest.approx(14.4), pytest.approx(3.36)]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(policies(0.001))
def test_any_policy_reads_back_as_it_was_written(policy: Policy | None) -> None:
    assert only(write_slos([replace(SHOP, objective=0.999, policy=policy)])).policy == policy
