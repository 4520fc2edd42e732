"""A real Alertmanager: alerts with their receivers and silences, and each of its faults in one sentence."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from dashboard.alerts.alertmanager import Routing, Suppression
from dashboard.cli import main
from dashboard.exceptions import AccessDenied, InvalidData, SourceError, SourceUnavailable, WrongEndpoint
from dashboard.sources.alertmanager.client import Alertmanager
from dashboard.sources.alertmanager.spec import AlertmanagerSpec
from tests.misbehaving import Fault, misbehaving
from tests.servers import Server, alertmanager, free_port

pytestmark = pytest.mark.servers

NOW = 1_760_000_000.0
# Far ahead, so that nothing ends while the test runs, whenever that is.
NEVER = "2099-01-01T00:00:00Z"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = alertmanager(tmp_path_factory.mktemp("alertmanager"))
    running.start()
    silence = {
        "matchers": [
            {"name": "alertname", "value": "DiskFilling", "isRegex": False},
            {"name": "instance", "value": "a|b", "isRegex": True, "isEqual": True},
        ],
        "startsAt": "2025-10-09T08:00:00Z",
        "endsAt": NEVER,
        "createdBy": "Ana",
        "comment": 'new disks on Monday, "really"',
    }
    later = {**silence, "startsAt": "2098-01-01T00:00:00Z", "comment": "later"}
    ids = [post(running, "silences", one)["silenceID"] for one in (silence, later, {**silence, "comment": "over"})]
    httpx.delete(f"{running.url}/api/v2/silence/{ids[2]}").raise_for_status()
    post(
        running,
        "alerts",
        [
            alert(alertname="HighErrorRate", severity="page", job="shop"),
            alert(alertname="DiskFilling", severity="page", instance="a"),
            alert(alertname="Down", severity="ticket", job="mail"),
            alert(alertname="Slow", severity="page", job="mail"),
        ],
    )
    yield running
    running.stop()


def post(server: Server, path: str, body: object) -> dict[str, str]:
    reply = httpx.post(f"{server.url}/api/v2/{path}", json=body).raise_for_status()
    answer: dict[str, str] = reply.json() if reply.content else {}
    return answer


def alert(**labels: str) -> dict[str, object]:
    annotations = {"summary": f"{labels['alertname']} is on", "runbook_url": "https://runbooks.example.org/1"}
    return {
        "labels": labels,
        "annotations": annotations,
        "startsAt": "2025-10-09T08:53:20Z",
        "endsAt": NEVER,
        "generatorURL": "http://prometheus.example.org/graph?g0.expr=up",
    }


def routing(server: Server) -> Routing:
    with closing(AlertmanagerSpec((server.url,)).open()) as client:
        return client.routing(NOW)


def test_alerts_come_with_whom_they_are_sent_to_and_what_holds_them_back(server: Server) -> None:
    said = routing(server)
    by_name = {dict(routed.labels)["alertname"]: routed for routed in said.alerts}
    errors, disk, down, slow = (by_name[name] for name in ("HighErrorRate", "DiskFilling", "Down", "Slow"))
    assert errors.labels == (("alertname", "HighErrorRate"), ("job", "shop"), ("severity", "page"))
    assert errors.start == datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC).timestamp()
    assert (errors.receivers, down.receivers) == (("pager",), ("chat",))
    assert errors.annotations["summary"] == "HighErrorRate is on"
    assert errors.link == "http://prometheus.example.org/graph?g0.expr=up"
    assert said.receivers == ("chat", "pager")
    assert disk.suppression is Suppression.SILENCED
    # Whether one is inhibited is decided as it is asked for, but not before the first round over all alerts.
    assert down.suppression in (Suppression.NONE, None)
    assert slow.suppression in (Suppression.INHIBITED, None)


def test_several_are_one_and_those_that_do_not_answer_are_named(server: Server, tmp_path: Path) -> None:
    other = alertmanager(tmp_path)
    other.start()
    try:
        # Both get what Prometheus sends; the silence of the disk is known to the first alone.
        post(other, "alerts", [alert(alertname=name, severity="page", job="shop") for name in ("HighErrorRate", "Own")])
        post(other, "alerts", [alert(alertname="DiskFilling", severity="page", instance="a")])
        spec = AlertmanagerSpec((f"http://me:hunter2@127.0.0.1:{free_port()}", server.url, other.url), timeout_s=5.0)
        with closing(spec.open()) as client:
            said = client.routing(NOW)
    finally:
        other.stop()
    names = sorted(dict(routed.labels)["alertname"] for routed in said.alerts)
    assert names == ["DiskFilling", "Down", "HighErrorRate", "Own", "Slow"]
    by_name = {dict(routed.labels)["alertname"]: routed for routed in said.alerts}
    assert by_name["HighErrorRate"].receivers == ("pager",)
    assert by_name["DiskFilling"].suppression is Suppression.NONE, "the other one tells of it"
    assert len(said.silences) == 2
    assert said.asked == 3
    [error] = said.unreachable
    assert re.search(r"^http://127\.0\.0\.1:\d+ cannot be reached", error), error
    assert "hunter2" not in f"{error}{client.where}"
    nobody = AlertmanagerSpec((f"http://127.0.0.1:{free_port()}",) * 2)
    with closing(nobody.open()) as client, pytest.raises(SourceUnavailable):
        client.routing(NOW)


def test_check_names_those_that_do_not_answer_and_the_others_suffice(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop.csv").write_text("time,service,requests,errors\n2025-10-09T08:00Z,shop,60,1\n", encoding="utf-8")
    dead = f"http://127.0.0.1:{free_port()}"
    assert main(["check", "--csv", str(tmp_path / "shop.csv"), "--alertmanager", dead, server.url]) == 0
    said = capsys.readouterr()
    assert f"{dead}, {server.url}: Alertmanager: 4 alerts, 2 silences, receivers chat, pager" in said.err + said.out
    assert f"alertmanager.url: {dead} cannot be reached" in said.err + said.out
    assert main(["check", "--csv", str(tmp_path / "shop.csv"), "--alertmanager", dead]) == 2


def test_silences_say_who_why_and_until_when(server: Server) -> None:
    said = routing(server)
    held, later = sorted(said.silences, key=lambda silence: silence.is_pending)
    assert (held.author, held.comment) == ("Ana", 'new disks on Monday, "really"')
    assert held.end == datetime(2099, 1, 1, tzinfo=UTC).timestamp()
    assert held.matchers == ('alertname="DiskFilling"', 'instance=~"a|b"')
    assert (held.is_pending, later.is_pending, later.comment) == (False, True, "later")
    [disk] = [routed for routed in said.alerts if ("alertname", "DiskFilling") in routed.labels]
    assert disk.silences == (held.id,)


def test_each_fault_is_one_sentence_without_secrets() -> None:
    def fault_of(fault: Fault) -> SourceError:
        with misbehaving() as server:
            server.fault = fault
            url = server.url.replace("http://", "http://me:hunter2@")
            with closing(Alertmanager(url, timeout_s=0.5)) as client, pytest.raises(SourceError) as raised:
                client.routing(NOW)
        assert "hunter2" not in str(raised.value)
        assert "\n" not in str(raised.value)
        return raised.value

    for fault, kind, text in (
        (Fault(body=b'{"status":"success"}'), InvalidData, "none of the API of Alertmanager"),
        (Fault(body=b'[{"labels":{},"startsAt":"yesterday"}]'), InvalidData, "none of the API of Alertmanager"),
        (Fault(404, b"<html>", {"Content-Type": "text/html"}), WrongEndpoint, "not an Alertmanager API"),
        (Fault(200, b"<html>", {"Content-Type": "text/html"}), WrongEndpoint, "not an Alertmanager API"),
        (Fault(401, b"no"), AccessDenied, "refuses access"),
        (Fault(503, b"", {"Content-Type": "text/plain"}), SourceUnavailable, "not available"),
        (Fault(hang=1.5), SourceUnavailable, "no answer within"),
    ):
        error = fault_of(fault)
        assert isinstance(error, kind), fault
        assert re.search(text, str(error)), fault
