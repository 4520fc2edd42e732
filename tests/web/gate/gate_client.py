"""Asks the gate over HTTP, without a server."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from dashboard.web.gate.gate_api import PATH, GateApi

Parameters = Mapping[str, str] | Sequence[tuple[str, str]]


def asked(
    api: GateApi, parameters: Parameters, headers: Mapping[str, str] | Mapping[str, bytes] | None = None
) -> httpx.Response:
    """The answer to a request."""
    app = Starlette(routes=[Route(PATH, api.gate)])

    async def request() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
            pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
            return await http.get(PATH, params=list(pairs), headers=headers)

    # In a thread of its own: the browser tests keep an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, request()).result()
