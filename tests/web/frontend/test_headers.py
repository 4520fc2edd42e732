"""Every HTTP answer carries the headers that harden it, whoever gives it; nothing else is touched."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dashboard.web.frontend.headers import HEADERS, HardeningHeaders, Message, Receive, Scope, Send

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def sent(app: Application, scope_type: str = "http") -> list[Message]:
    """What a server gets to send, of an application behind the middleware."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    async def call() -> None:
        await HardeningHeaders(app)({"type": scope_type, "path": "/"}, receive, send)

    # In a thread of its own: the browser tests keep an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, call()).result()
    return messages


def answering(*messages: dict[str, Any]) -> Application:
    """An application that sends these."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(dict(message))

    return app


START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]}
BODY: dict[str, Any] = {"type": "http.response.body", "body": b"<p>", "more_body": False}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"SAMEORIGIN"),
        (b"content-security-policy", b"frame-ancestors 'self'"),
        (b"referrer-policy", b"same-origin"),
    ],
)
def test_each_answer_has_each_header_once(name: bytes, value: bytes) -> None:
    start, _ = sent(answering(START, BODY))
    assert [header for header in start["headers"] if header[0] == name] == [(name, value)]


def test_the_headers_of_the_application_stay_and_come_first() -> None:
    start, body = sent(answering(START, BODY))
    assert start["headers"] == [*START["headers"], *HEADERS]
    assert (start["status"], body) == (200, BODY)


def test_an_answer_without_any_header_gets_them_too() -> None:
    (start,) = sent(answering({"type": "http.response.start", "status": 204}))
    assert start["headers"] == HEADERS


def test_an_error_is_hardened_as_a_page_is() -> None:
    start, _ = sent(answering({**START, "status": 500}, BODY))
    assert (start["status"], start["headers"][-4:]) == (500, HEADERS)


def test_the_list_of_the_application_is_not_changed_in_place() -> None:
    """Streamlit sends one list of headers again and again: it would grow with every answer."""
    headers = [(b"content-type", b"text/html")]
    sent(answering({**START, "headers": headers}, BODY))
    assert headers == [(b"content-type", b"text/html")]


@pytest.mark.parametrize(
    ("scope_type", "message"),
    [
        ("websocket", {"type": "websocket.accept", "headers": []}),
        ("lifespan", {"type": "lifespan.startup.complete"}),
    ],
)
def test_what_is_no_http_passes_as_it_is(scope_type: str, message: dict[str, Any]) -> None:
    assert sent(answering(message), scope_type) == [message]


def test_an_error_of_the_application_is_not_swallowed() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("it broke")

    with pytest.raises(RuntimeError, match="it broke"):
        sent(failing)
