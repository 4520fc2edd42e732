"""Messages to people through the real Apprise, to a receiver on loopback."""

import json
import sys
import threading
from collections.abc import Iterator

import pytest

from dashboard.notifications.delivery import NotSent
from dashboard.notifications.message import MISSING, Message
from dashboard.notifications.opening import open_receivers
from dashboard.notifications.spec import MessageSpec, ReceiverSpec
from tests.notifications.hook_server import Answer, HookServer, hook_server
from tests.notifications.samples import notification


@pytest.fixture(scope="module")
def server() -> Iterator[HookServer]:
    with hook_server() as running:
        yield running


def message(url: str) -> Message:
    [opened] = open_receivers([MessageSpec(name="people", url=url)], lambda: 0.0, threading.Event())
    assert isinstance(opened, Message)
    return opened


def test_title_text_and_severity_arrive(server: HookServer) -> None:
    people = message(server.url.replace("http://", "json://") + "/incidents")
    assert people.problem() is None
    server.received.clear()
    people.send(
        notification(severity="page", text="It burns: 3 < 4 & more.\nhttps://golden.example.org/incidents?incident=a1")
    )
    people.send(notification(severity="page", is_over=True))
    first, second = (json.loads(received.body) for received in server.received)
    assert (first["title"], first["type"], second["type"]) == ("Page: checkout", "failure", "success")
    assert first["message"] == "It burns: 3 < 4 & more.\nhttps://golden.example.org/incidents?incident=a1"


def test_what_is_not_taken_is_said_without_the_secrets_of_its_address(
    server: HookServer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    server.answers = [Answer(403)]
    people = message(server.url.replace("http://", "json://user:hunter2secret@") + "/T0KEN-T0KEN/?+X-Key=s3cr3t-s3cr3t")
    with pytest.raises(NotSent) as failed:
        people.send(notification())
    said = failed.value.problem + "".join(capfd.readouterr()) + caplog.text
    assert "403" in failed.value.problem
    assert not any(secret in said for secret in ("hunter2secret", "T0KEN", "s3cr3t"))


def test_what_a_library_repeats_of_an_address_is_hidden() -> None:
    people = message("json://user:hunter2secret@host/T0KEN-T0KEN/?key=s3cr3t-s3cr3t")
    said = people._without_secrets("POST  host/T0KEN-T0KEN/\nwith s3cr3t-s3cr3t failed for hunter2secret.")
    assert said == "POST host/…/ with … failed for"


def test_a_redirect_is_not_followed(server: HookServer) -> None:
    server.received.clear()
    server.answers = [Answer(307, {"Location": f"{server.url}/inside"})]
    with pytest.raises(NotSent):
        message(server.url.replace("http://", "json://")).send(notification())
    assert [received.path for received in server.received] == ["/"]


def test_a_pager_is_told_which_alert_an_end_resolves(server: HookServer, monkeypatch: pytest.MonkeyPatch) -> None:
    people = message("pagerduty://0123456789abcdef0123456789abcdef@0123456789abcdef?region=us")
    assert people.problem() is None
    from apprise.plugins import pagerduty

    monkeypatch.setitem(pagerduty.PAGERDUTY_API_LOOKUP, "us", f"{server.url}/v2/enqueue")
    server.received.clear()
    server.answers = [Answer(202)] * 4
    people.send(notification(keys=("a1", "a2"), severity="page"))
    people.send(notification(keys=("a1", "a2"), severity="page", is_over=True))
    people.send(notification())
    bodies = [json.loads(received.body) for received in server.received]
    assert [(body["event_action"], body.get("dedup_key")) for body in bodies] == [
        ("trigger", "a1"), ("resolve", "a1"), ("resolve", "a2"), ("trigger", None),
    ]  # fmt: skip
    assert bodies[0]["payload"]["severity"] == "critical"


@pytest.mark.parametrize("url", ["nonsense://x", "slack://hunter2", "json://"])
def test_an_address_that_makes_no_sense_is_a_problem_before_anything_is_sent(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert message(url).problem() == "Apprise does not understand its address: see its documentation"
    with pytest.raises(NotSent):
        message(url).send(notification())
    assert "hunter2" not in "".join(capfd.readouterr())


def test_without_apprise_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert message("json://host").problem() == MISSING
    with pytest.raises(NotSent, match="pip install"):
        message("json://host").send(notification())


def test_a_kind_that_nobody_knows_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no receiver of the kind"):
        open_receivers([ReceiverSpec(name="x")], lambda: 0.0, threading.Event())
