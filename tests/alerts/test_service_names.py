"""Which service an alert is about, by the labels that people and tools give alerts."""

from collections.abc import Mapping

import pytest

from dashboard.alerts.alert import AlertRule, Labels, Tool, labels_of, rule_of
from dashboard.alerts.service_names import KnownService, ServiceNames

SERVICES = (
    KnownService("shop", selected_by=(("job", "shop"), ("cluster", ""))),
    KnownService("mail", slos=("mail-availability",)),
    KnownService("shop/cart", selected_by=(("service_namespace", "shop"), ("service_name", "cart"))),
    KnownService("eu/pay", cluster="eu"),
    KnownService("us/pay", cluster="us"),
    KnownService("billing", match=((("team", "money"), ("kind", "batch")),)),
)


def labels(**values: str) -> Labels:
    return labels_of({"__name__": "ALERTS", "alertname": "A", "alertstate": "firing", **values})


@pytest.mark.parametrize(
    ("values", "service"),
    [
        ({"job": "shop"}, "shop"),
        ({"service": "mail", "job": "shop"}, "mail"),
        ({"app": "Mail"}, "mail"),
        ({"job": "production/mail"}, "mail"),
        ({"service_namespace": "shop", "service_name": "cart", "job": "node"}, "shop/cart"),
        ({"job": "shop/cart"}, "shop/cart"),
        ({"sloth_service": "mail", "sloth_slo": "x", "sloth_id": "mail-x"}, "mail"),
        ({"slo": "mail-availability", "job": "shop"}, "mail"),
        ({"service": "pay", "cluster": "us"}, "us/pay"),
        ({"service": "eu/pay"}, "eu/pay"),
        # Which of two is meant is not told; neither is what is somewhere else.
        ({"service": "pay"}, None),
        ({"service": "pay", "cluster": "asia"}, None),
        ({"team": "money", "kind": "batch", "job": "shop"}, "billing"),
        ({"team": "money", "job": "shop"}, "shop"),
        ({"job": "node", "instance": "a"}, None),
        ({}, None),
    ],
)
def test_the_surest_label_names_the_service(values: Mapping[str, str], service: str | None) -> None:
    names = ServiceNames(SERVICES)
    assert names.service_of(labels(**values)) == service
    # As it is kept.
    assert names.service_of(labels(**values)) == service


def test_the_labels_that_name_services_can_be_chosen() -> None:
    assert ServiceNames(SERVICES, ("owner",)).service_of(labels(owner="mail", service="shop")) == "mail"


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"severity": "page"}, AlertRule("A", "page")),
        ({}, AlertRule("A")),
        (
            {"slo": "s", "service": "shop", "long": "1h", "short": "5m", "severity": "page"},
            AlertRule("A", "page", "s", "1h", Tool.OURS),
        ),
        # That nothing is measured is no burn.
        ({"slo": "s", "service": "shop", "severity": "ticket"}, AlertRule("A", "ticket")),
        (
            {"sloth_id": "mail-x", "sloth_slo": "x", "sloth_service": "mail", "sloth_severity": "ticket"},
            AlertRule("A", "ticket", "mail-x", "", Tool.SLOTH),
        ),
        (
            {"slo": "s", "long": "6h", "short": "30m", "exhaustion": "4d", "severity": "critical", "service": "shop"},
            AlertRule("A", "critical", "s", "6h", Tool.PYRRA),
        ),
    ],
)
def test_burn_alerts_are_known_by_the_labels_that_their_tool_gives(
    values: Mapping[str, str], rule: AlertRule
) -> None:  # fmt: skip
    assert rule_of(labels(**values)) == rule
