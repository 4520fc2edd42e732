"""Webhooks against a real receiver on loopback: signed, tried again, never followed elsewhere."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from standardwebhooks import Webhook as Reference

from dashboard.notifications import webhook as webhooks
from dashboard.notifications.delivery import Notification, NotSent
from dashboard.notifications.webhook import Webhook, signature
from tests.notifications.hook_server import Answer, HookServer, hook_server
from tests.notifications.samples import NOW, SECRET, notification, webhook
from tests.servers import free_port


@pytest.fixture(scope="module")
def server() -> Iterator[HookServer]:
    with hook_server() as running:
        yield running


@pytest.fixture(autouse=True)
def clean(server: HookServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.received.clear()
    server.answers.clear()


def send(url: str, content: Notification | None = None, now: float | None = None) -> None:
    """Send a notification in a thread of its own: the browser tests keep an event loop in this one."""
    sender = Webhook(webhook(url), lambda: time.time() if now is None else now, threading.Event())
    assert sender.problem() is None
    with ThreadPoolExecutor(1) as pool:
        pool.submit(sender.send, content or notification()).result()


def test_a_receiver_can_tell_who_sent_it_and_when(server: HookServer) -> None:
    content = notification("msg_7", '{"title": "Zahlung — gestört"}')
    send(f"{server.url}/hooks/golden", content)
    [received] = server.received
    assert received.path == "/hooks/golden"
    assert Reference(f"whsec_{SECRET}").verify(received.body, dict(received.headers)) == {"title": "Zahlung — gestört"}
    assert received.headers["webhook-id"] == received.headers["idempotency-key"] == "msg_7"
    assert received.headers["content-type"] == "application/json"


def test_the_signature_is_that_of_the_standard() -> None:
    body, at = '{"test": 2432232314}', datetime.fromtimestamp(1_614_265_330, UTC)
    expected = Reference(f"whsec_{SECRET}").sign("msg_p5jXN8AQM9", at, body)
    assert signature(bytes(range(32)), "msg_p5jXN8AQM9", int(at.timestamp()), body) == expected


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_blip_is_tried_again_with_the_same_id_and_body(server: HookServer, status: int) -> None:
    server.answers = [Answer(status, {"Retry-After": "0"})]
    send(server.url)
    first, second = server.received
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])


def test_after_three_failures_in_a_row_it_waits_for_later(server: HookServer) -> None:
    server.answers = [Answer(503, {"Retry-After": "0"})] * 9
    with pytest.raises(NotSent, match="answered 503") as failed:
        send(server.url)
    assert (len(server.received), failed.value.is_final, failed.value.wait) == (3, False, 0.0)


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        ("120", 120.0),
        (format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True), 90.0),
        ("999999999999", 3600.0),
    ],
    ids=["seconds", "a date", "years"],
)
def test_a_receiver_that_asks_for_more_than_seconds_is_left_alone(
    server: HookServer, retry_after: str, wait: float
) -> None:
    server.answers = [Answer(503, {"Retry-After": retry_after})]
    with pytest.raises(NotSent) as failed:
        send(server.url, now=NOW)
    assert (len(server.received), failed.value.wait) == (1, wait)


@pytest.mark.parametrize("retry_after", ["soon", "-5", "", "1e9", "Fri, 99 Foo"])
def test_a_wish_that_makes_no_sense_is_none(retry_after: str) -> None:
    assert webhooks._seconds(retry_after, NOW) is None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(server: HookServer, status: int) -> None:
    server.answers = [Answer(status, {"Location": f"{server.url}/inside?token=hunter2"})]
    with pytest.raises(NotSent) as failed:
        send(server.url)
    assert len(server.received) == 1
    assert failed.value.problem == f"answered {status}: redirects are not followed: name the address that it leads to"


@pytest.mark.parametrize(("status", "is_final"), [(400, False), (401, False), (404, False), (410, True)])
def test_what_is_refused_is_tried_again_much_later_unless_it_is_gone(
    server: HookServer, status: int, is_final: bool
) -> None:
    server.answers = [Answer(status, body=b"x" * 1000)]
    with pytest.raises(NotSent, match=f"answered {status}") as failed:
        send(server.url)
    assert (len(server.received), failed.value.is_final) == (1, is_final)


def test_a_body_without_end_is_not_read(server: HookServer) -> None:
    server.answers = [Answer(200, {"Content-Length": str(10**12)}, b"x" * 1_000_000)]
    send(server.url)
    assert len(server.received) == 1


def test_an_answer_that_drips_is_given_up_in_time(server: HookServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "ATTEMPT_S", 0.3)
    monkeypatch.setattr(webhooks, "ATTEMPTS", 1)
    server.answers = [Answer(drip=0.05)]
    began = time.monotonic()
    with pytest.raises(NotSent, match=r"no answer within 0\.3 s"):
        send(server.url)
    assert time.monotonic() - began < 30


def test_one_that_cannot_be_reached_is_said_without_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "ATTEMPTS", 1)
    with pytest.raises(NotSent) as failed:
        send(f"http://127.0.0.1:{free_port()}/services/T0/B0/hunter2")
    assert failed.value.problem == "it cannot be reached"


def test_an_end_waits_for_no_further_attempt(server: HookServer) -> None:
    server.answers = [Answer(503, {"Retry-After": "20"})] * 3
    ended = threading.Event()
    sender = Webhook(webhook(server.url), time.time, ended)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(sender.send, notification())
        server.wait_for(1)
        ended.set()
        with pytest.raises(NotSent):
            sending.result(timeout=5)
    assert len(server.received) <= 2
