"""A dashboard's addresses for changes, asked as senders ask them."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import httpx
from starlette.applications import Starlette

from dashboard.changes.change import Change
from dashboard.config.configuration import ServiceConfig
from dashboard.config.tokens import Scope, Token, digest_of
from dashboard.engine.changes.known_changes import names_of
from dashboard.engine.poller import Poller
from dashboard.sources.demo.source import DemoSource
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.web.changes.annotations_api import AnnotationsApi
from dashboard.web.changes.changes_api import ChangesApi
from dashboard.web.changes.reception import Reception

NOW = 1_760_000_000.0
SECRET, READER = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
STATE = StateSpec(MEMORY)
# What a sender calls one of the demo's services.
SERVICES = (ServiceConfig("checkout", changes=("shop/checkout-api",)),)
TOKENS = (
    Token("ci", digest_of(SECRET), frozenset({Scope.CHANGES}), SECRET),
    Token("grafana", digest_of(READER), frozenset({Scope.READ})),
)


@cache
def poller() -> Poller:
    """The demo's, refreshed once."""
    refreshed = Poller(DemoSource(start=NOW), clock=lambda: NOW)
    refreshed.tick()
    return refreshed


def _names() -> dict[str, str]:
    aliases = {alias: service.name for service in SERVICES for alias in service.changes}
    return names_of((report.info for report in poller().read().services), aliases)


class Dashboard:
    """Answers of a dashboard whose clock stands still.

    Args:
        tokens: that it knows. `spec`: its state.

    Attributes:
        derived: changes that follow from the data.
    """

    def __init__(self, tokens: Iterable[Token] = TOKENS, spec: StateSpec = STATE) -> None:
        self.now = self.steady = NOW
        self.store = open_store(spec)
        self.reception = Reception(self.store, tuple(tokens), lambda: self.now, lambda: self.steady)
        self.derived: tuple[Change, ...] = ()
        known = self.reception, _names, lambda: self.derived
        self._app = Starlette(routes=[*AnnotationsApi(*known).routes(), ChangesApi(*known).route()])
        # In a thread of its own: the browser tests keep an event loop in this one.
        self._pool = ThreadPoolExecutor(max_workers=1)

    def ask(self, *requests: httpx.Request) -> list[httpx.Response]:
        """Send requests at once; their answers in that order."""

        async def send() -> list[httpx.Response]:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://golden") as client:
                return list(await asyncio.gather(*map(client.send, requests)))

        return self._pool.submit(asyncio.run, send()).result()

    def post(
        self, path: str, body: Any, *, secret: str = SECRET, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send a body, as JSON or as it is, with a bearer token."""
        how: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        bearer = {"Authorization": f"Bearer {secret}"} if secret else {}
        request = httpx.Request("POST", f"http://golden{path}", headers={**bearer, **(headers or {})}, **how)
        return self.ask(request)[0]

    def annotations(self, **query: Any) -> list[dict[str, Any]]:
        """What Grafana gets for a query."""
        response = self.request("GET", "/api/annotations", READER, params=query)
        assert response.status_code == 200, response.text
        listed: list[dict[str, Any]] = response.json()
        return listed

    def request(self, method: str, path: str, secret: str, **how: Any) -> httpx.Response:
        """One request of any method with a bearer token."""
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        return self.ask(httpx.Request(method, f"http://golden{path}", headers=headers, **how))[0]

    def close(self) -> None:
        """End it."""
        self.reception.stop()
        self.store.close()
        self._pool.shutdown()
