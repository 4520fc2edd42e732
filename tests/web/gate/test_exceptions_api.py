"""Exceptions over HTTP: who may add them, what is refused, and that the gate answers by them from then on."""

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from dashboard.config.tokens import Scope, Token, digest_of
from dashboard.engine.gate import keeping_exceptions
from dashboard.engine.gate.keeping_exceptions import rows_of_process
from dashboard.engine.poller import Poller
from dashboard.gate.policy import BudgetPolicy
from dashboard.state import running
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.ui.panels import policy
from dashboard.web.changes.reception import Reception
from dashboard.web.exceptions_api import KEYS, PATH, ExceptionsApi
from dashboard.web.gate.gate_api import GateApi
from tests.steady import Clock, Steady
from tests.web.gate.gate_client import asked

SECRETS = {"argo": "a" * 20, "ci": "c" * 20}
TOKENS = (
    Token("argo", digest_of(SECRETS["argo"]), frozenset({Scope.POLICY})),
    Token("ci", digest_of(SECRETS["ci"]), frozenset({Scope.CHANGES, Scope.READ})),
)


@pytest.fixture
def source() -> Steady:
    burning = Steady(Clock(), ("shop", "cart"))
    burning.error_ratio = 0.02
    return burning


@pytest.fixture
def api(poller: Poller) -> Iterator[ExceptionsApi]:
    store = open_store(StateSpec(MEMORY))
    running.use(store)
    poller.exceptions.rows = rows_of_process
    running.added().read()
    reception = Reception(store, TOKENS, poller.clock, poller.clock)
    yield ExceptionsApi(reception, poller)
    reception.stop()
    running.use(None)
    store.close()


def send(api: ExceptionsApi, method: str, path: str = PATH, *, by: str = "argo", **how: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {SECRETS[by]}"} if by else {}

    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=api.routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://golden") as client:
            return await client.request(method, path, headers=headers, **how)

    # In a thread of its own: the browser tests keep an event loop in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, sent()).result()


def test_the_gate_answers_by_one_from_when_it_was_added_until_it_is_ended(
    api: ExceptionsApi, poller: Poller, source: Steady, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, keeping_exceptions.__name__)
    wanted = {"who": "Ada\nB", "why": "<i>a try</i>", "until": "2023-11-14T23:30:00", "services": ["shop"]}
    assert asked(GateApi(poller), {"service": "shop"}).json()["verdict"] == "hold"
    # While the budget burns it counts only where that is said.
    assert send(api, "POST", json=wanted).status_code == 201
    assert asked(GateApi(poller), {"service": "shop"}).json()["rule"] == "burning_now"
    # The picture is older than what is added: pages show that at once all the same.
    source.clock.now += 10
    answer = send(api, "POST", json={**wanted, "even_burning": True})
    assert (answer.status_code, "<" in answer.text) == (201, False)
    added = answer.json()
    assert (added["from"], added["until"]) == ("2023-11-14T22:30:10Z", "2023-11-14T23:30:00Z")
    shown = asked(GateApi(poller), {"service": "shop"}).json()
    assert (shown["verdict"], shown["rule"]) == ("go", "exception")
    assert "<b>policy exception</b>" in policy.mark(poller.read(), poller.read().by_name["shop"])
    assert "; Ada B (name as given) lets releases go until" in shown["why"]
    assert asked(GateApi(poller), {"service": "cart"}).json()["verdict"] == "hold"
    listed = send(api, "GET", by="").json()["exceptions"]
    assert [each["id"] for each in listed][1] == added["id"]
    # The same picture for all who look, as long as nothing changes.
    assert poller.read() is poller.read()
    assert send(api, "DELETE", f"{PATH}/{added['id']}", params={"who": "Bob"}).status_code == 200
    assert asked(GateApi(poller), {"service": "shop"}).json()["verdict"] == "hold"
    assert send(api, "DELETE", f"{PATH}/{added['id']}", params={"who": "Bob"}).status_code == 404
    written = [record.getMessage() for record in caplog.records if record.name == keeping_exceptions.__name__]
    assert [line.split()[1] for line in written] == ["added", "added", "ended"]
    assert all(line.isascii() and line.isprintable() and '"token": "argo"' in line for line in written)


@pytest.mark.parametrize(
    ("by", "other", "status", "said"),
    [
        ("", {}, 401, "The token is missing, or none of this dashboard"),
        ("ci", {}, 403, "The token ci is not for this: it needs the scope policy"),
        ("argo", {"who": None}, 400, "who is missing, or no text"),
        ("argo", {"who": " "}, 400, "Who lets releases go is empty"),
        ("argo", {"until": "tomorrow"}, 400, "until is no time, such as 2026-12-01T12:00:00Z"),
        ("argo", {"until": "2023-11-14T22:00:00Z"}, 400, "When it is over has passed already"),
        ("argo", {"until": "9999-12-31T23:59:59-14:00"}, 400, "It may last until 366 days from now at most"),
        ("argo", {"services": "shop"}, 400, 'services is no list of patterns, such as ["checkout", "pay-*"]'),
        ("argo", {"services": ["shpo"]}, 404, "No objective is of these services and has one of these names"),
        ("argo", {"even_burning": "yes"}, 400, "even_burning is true or false"),
        ("argo", {"for": 1}, 400, f"Nothing reads 'for': there are {', '.join(KEYS)}"),
    ],
)
def test_what_is_refused_says_why(api: ExceptionsApi, by: str, other: dict[str, Any], status: int, said: str) -> None:
    body = {"who": "Ada", "why": "a try", "until": "2023-11-14T23:30:00Z", **other}
    answer = send(api, "POST", by=by, json=body)
    assert (answer.status_code, answer.json()["error"]) == (status, said)
    assert send(api, "GET", by="").json() == {"exceptions": []}


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_body_that_is_none_is_refused(api: ExceptionsApi, raw: bytes) -> None:
    assert send(api, "POST", content=raw).status_code == 400


def test_where_the_file_alone_holds_nobody_adds_any(api: ExceptionsApi, poller: Poller) -> None:
    body = {"who": "Ada", "why": "a try", "until": "2023-11-14T23:30:00Z", "even_burning": True}
    assert send(api, "POST", json=body).status_code == 201
    assert asked(GateApi(poller), {}).json()["verdict"] == "go"
    poller.snapshot = replace(poller.snapshot, policy=BudgetPolicy(takes_added=False))
    assert asked(GateApi(poller), {}).json()["verdict"] == "hold"
    assert send(api, "POST", json=body).status_code == 403
    assert "Exceptions ›" not in policy.stands(poller.read(), poller.read().slos[0])


def test_a_parameter_that_nothing_reads_is_refused(api: ExceptionsApi) -> None:
    answer = send(api, "GET", f"{PATH}?at=now-3h")
    assert (answer.status_code, answer.json()) == (400, {"error": "Nothing reads 'at': leave it out"})
