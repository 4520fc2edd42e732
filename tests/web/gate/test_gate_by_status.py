"""The gate for callers that look at the status alone: never 2xx without data, and the polarity of each route."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from dashboard.engine.default_slos import availability
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.exceptions import SourceUnavailable
from dashboard.web.gate.gate_api import GateApi
from dashboard.web.gate.gate_by_status import CONFIRM, FLAGGER, GateByStatus
from tests.steady import Steady

ADVANCE, ROLLBACK = f"{FLAGGER}/confirm", f"{FLAGGER}/rollback"


def answer(poller: Poller, method: str, path: str, **how: Any) -> httpx.Response:
    application = Starlette(routes=GateByStatus(GateApi(poller)).routes("base"))

    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://golden/base") as client:
            return await client.request(method, path, **how)

    # In a thread of its own: the browser tests keep an event loop in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, sent()).result()


def flagger(**metadata: Any) -> dict[str, Any]:
    """What Flagger sends."""
    return {"name": "shop", "namespace": "prod", "phase": "Progressing", "checksum": "85d", "metadata": metadata}


def codes(poller: Poller) -> tuple[int, int, int]:
    """What each route answers about one service."""
    return (
        answer(poller, "GET", CONFIRM, params={"service": "shop"}).status_code,
        answer(poller, "POST", ADVANCE, json=flagger()).status_code,
        answer(poller, "POST", ROLLBACK, json=flagger(service="shop")).status_code,
    )


def test_a_release_goes_on_and_stays(poller: Poller) -> None:
    assert codes(poller) == (200, 200, 409)


def test_while_the_budget_burns_it_is_held_and_rolled_back(source: Steady, poller: Poller) -> None:
    source.error_ratio = 0.3
    fresh = Poller(source, clock=source.clock)
    fresh.tick()
    try:
        assert codes(fresh) == (409, 409, 200)
        response = answer(fresh, "POST", ADVANCE, json=flagger())
        assert response.json()["rule"] == "burning_now"
    finally:
        fresh.stop()


def test_without_data_nothing_is_2xx(source: Steady, poller: Poller) -> None:
    source.failure = SourceUnavailable("memory: connection refused")
    source.clock.now += 3600
    poller.tick()
    assert codes(poller) == (503, 503, 503)
    starting = Poller(source, clock=source.clock)
    assert codes(starting) == (503, 503, 503)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "the body is no JSON"),
        (b"[" * 50_000, 400, "the body is no JSON"),
        (b"[1]", 400, "the body is no table"),
        (b'{"metadata": "x"}', 400, "metadata is no table"),
        (b'{"metadata": []}', 400, "metadata is no table"),
        (b'{"metadata": {"service": 7}}', 400, "name, service, slo and reason are texts"),
        (b'{"name": "shop", "metadata": {"sevice": "pay"}}', 400, "nothing reads 'sevice'"),
        (b'{"name": "shop", "metadata": {"service": ""}}', 400, "service is empty"),
        (b'{"name": "shopp"}', 404, "no service is called 'shopp'"),
        (b'{"metadata": {"service": "shop", "slo": "x"}}', 404, "no objective is called 'x'"),
        (b'{"metadata": {"service": "shop", "reason": "fun"}}', 400, "reason is 'fun'"),
        (b" " * 70_000, 413, "The body is longer"),
    ],
)
def test_what_makes_no_sense_is_refused_and_never_2xx(poller: Poller, body: bytes, status: int, said: str) -> None:
    for path in (ADVANCE, ROLLBACK):
        response = answer(poller, "POST", path, content=body)
        assert response.status_code == status
        assert said in json.loads(response.text)["error"]


def test_little_left_is_no_reason_to_roll_back(source: Steady) -> None:
    # Nine tenths of the budget, evenly spent.
    source.error_ratio = 0.0009
    quiet = Poller(source, clock=source.clock)
    quiet.tick()
    try:
        held = answer(quiet, "POST", ADVANCE, json=flagger(slo="shop-availability"))
        assert (held.status_code, held.json()["rule"]) == (409, "little_left")
        assert answer(quiet, "POST", ROLLBACK, json=flagger(slo="shop-availability")).status_code == 409
    finally:
        quiet.stop()


def test_the_canary_is_what_is_asked_about_where_the_address_or_metadata_name_no_service(source: Steady) -> None:
    """An address that says the reason alone, and an objective of a name that another service's has, too."""
    slos = tuple(replace(availability(service), name="up") for service in source.names)
    shared = Poller(source, Settings(slos=slos), clock=source.clock)
    shared.tick()
    for how in ({"params": {"reason": "fix"}, "json": flagger()}, {"json": flagger(slo="up")}):
        assert answer(shared, "POST", ADVANCE, **how).json()["objectives"][0]["service"] == "shop"
        assert len(answer(shared, "POST", ROLLBACK, **how).json()["objectives"]) == 1
    shared.stop()


def test_nothing_is_rolled_back_that_nobody_named(source: Steady) -> None:
    source.error_ratio = 0.2
    burning = Poller(source, clock=source.clock)
    burning.tick()
    for how in ({"content": b""}, {"json": {}}, {"json": {"metadata": {"reason": "fix"}}}):
        assert answer(burning, "POST", ROLLBACK, **how).status_code == 400
    assert answer(burning, "GET", ROLLBACK).status_code == 400
    assert answer(burning, "POST", ROLLBACK, json=flagger()).status_code == 200
    burning.stop()
