"""The example of routes sends what the rules fire to where it belongs: real amtool, real Alertmanager, own rules."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from dashboard.bundle import ROOT
from dashboard.rules.alerting import ABSENT, BURNING, alerting_rules
from dashboard.slo.indicators import Query, Ratio
from dashboard.slo.objective import Slo
from tests.notifications.hook_server import HookServer, hook_server
from tests.rules.promtool import expression
from tests.servers import Server, binary, free_port

EXAMPLE = ROOT / "deploy" / "alertmanager.yml"
SLO = Slo("checkout", "works", Ratio(Query("all", counter=True), bad=Query("bad", counter=True)), 0.999)


def fired() -> list[dict[str, str]]:
    """The labels of every alert that the rules of an objective can fire, as Prometheus sends them."""
    return [{"alertname": rule["alert"], **rule["labels"]} for rule in alerting_rules(SLO, expression)]


def test_the_example_is_one_that_alertmanager_takes() -> None:
    checked = subprocess.run([binary("amtool"), "check-config", str(EXAMPLE)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "SUCCESS" in checked.stdout


@pytest.mark.parametrize("labels", fired(), ids=lambda labels: f"{labels['alertname']} {labels.get('long', '')}")
def test_each_alert_of_the_rules_goes_where_its_severity_says(labels: Mapping[str, str]) -> None:
    command = [binary("amtool"), "config", "routes", "test", f"--config.file={EXAMPLE}"]
    pairs = [f'{name}="{value}"' for name, value in labels.items()]
    routed = subprocess.run([*command, *pairs], capture_output=True, text=True, check=True)
    assert routed.stdout.split() == ["pagerduty" if labels["severity"] == "page" else "slack"]
    assert {fired_labels["severity"] for fired_labels in fired()} == {"page", "ticket"}


@pytest.fixture
def hooks() -> Iterator[HookServer]:
    with hook_server() as server:
        yield server


@pytest.fixture
def alertmanager(tmp_path: Path, hooks: HookServer) -> Iterator[Server]:
    """One with the example, whose receivers are on loopback, and that waits for nothing."""
    (tmp_path / "key").write_text("0123456789abcdef0123456789abcdef", encoding="utf-8")
    (tmp_path / "url").write_text(f"{hooks.url}/slack", encoding="utf-8")
    text = EXAMPLE.read_text(encoding="utf-8").replace("group_wait: 30s", "group_wait: 0s")
    text = text.replace("/etc/alertmanager/pagerduty-routing-key", str(tmp_path / "key"))
    text = text.replace("/etc/alertmanager/slack-url", str(tmp_path / "url"))
    config = tmp_path / "alertmanager.yml"
    config.write_text(f"global: {{pagerduty_url: '{hooks.url}/pagerduty'}}\n{text}", encoding="utf-8")
    port = free_port()
    command = [
        binary("prometheus-alertmanager"),
        f"--config.file={config}",
        f"--storage.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    server = Server(command, port, "/-/ready")
    server.start()
    yield server
    # Nothing of it is kept, and its own end takes seconds.
    server.kill()


def test_a_page_reaches_pagerduty_and_a_ticket_slack(alertmanager: Server, hooks: HookServer) -> None:
    by_severity = {labels["severity"]: labels for labels in fired() if labels["alertname"] == BURNING}
    absent = next(labels for labels in fired() if labels["alertname"] == ABSENT)
    annotations = {"summary": "checkout: burning", "description": "1.2 % of all events were bad."}
    # Of two objectives: the page of one inhibits its own ticket alone.
    sent = [by_severity["page"], by_severity["ticket"] | {"slo": "quick"}, absent | {"slo": "other"}]
    for labels in sent:
        alert = [{"labels": labels, "annotations": annotations}]
        httpx.post(f"{alertmanager.url}/api/v2/alerts", json=alert).raise_for_status()
    hooks.wait_for(3)
    bodies = {received.path: json.loads(received.body) for received in hooks.received}
    assert sorted(received.path for received in hooks.received) == ["/pagerduty", "/slack", "/slack"]
    page = bodies["/pagerduty"]
    assert page["routing_key"] == "0123456789abcdef0123456789abcdef"
    assert page["payload"]["summary"] == "checkout: the error budget of works is burning"
    assert page["links"] == [{"href": "https://golden.example.org/service?service=checkout", "text": "The service"}]
    [attachment] = bodies["/slack"]["attachments"]
    assert attachment["title"].startswith("FIRING checkout: ")
    assert attachment["text"].strip() == "1.2 % of all events were bad."
