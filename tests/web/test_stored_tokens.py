"""Tokens that are made and revoked while the dashboard runs: believed within seconds, by their scopes."""

from collections.abc import Iterator

import pytest

from dashboard.config.tokens import Scope, Token, digest_of
from dashboard.exceptions import StateError
from dashboard.state import tokens as stored_tokens
from dashboard.state.store import Store
from dashboard.state.tokens import StoredToken
from dashboard.web.known_tokens import FRESH_S
from tests.web.annotations import NOW, READER, Dashboard

MADE, OTHER = "a" * 32, "b" * 32
BODY = {"text": "Deployed checkout 42", "tags": ["deploy"]}


@pytest.fixture
def dashboard() -> Iterator[Dashboard]:
    running = Dashboard(tokens=())
    yield running
    running.close()


def keep(store: Store, secret: str, *scopes: str, name: str = "made") -> None:
    assert stored_tokens.add(store, StoredToken(name, digest_of(secret), scopes, NOW))


def test_a_token_works_as_soon_as_it_is_made_and_no_more_when_it_is_revoked(dashboard: Dashboard) -> None:
    assert dashboard.post("/api/annotations", BODY, secret=MADE).status_code == 403
    keep(dashboard.store, MADE, "changes")
    dashboard.steady += FRESH_S
    assert dashboard.post("/api/annotations", BODY, secret=MADE).status_code == 200
    assert stored_tokens.revoke(dashboard.store, "made")
    dashboard.steady += FRESH_S
    assert dashboard.post("/api/annotations", BODY, secret=MADE).status_code == 403


def test_the_first_request_of_a_start_knows_it(dashboard: Dashboard) -> None:
    keep(dashboard.store, MADE, "changes", "read")
    assert dashboard.post("/api/annotations", BODY, secret=MADE).status_code == 200
    assert dashboard.request("GET", "/api/annotations", MADE).json()[0]["login"] == "made"


def test_scopes_hold_on_every_route(dashboard: Dashboard) -> None:
    keep(dashboard.store, MADE, "changes", "scope-of-a-newer-version")
    keep(dashboard.store, OTHER, "read", name="reader")
    reads = ("/api/annotations", "/api/annotations/7", "/api/v1/changes")
    for path in reads:
        assert dashboard.request("GET", path, MADE).status_code == 403, path
        assert dashboard.request("GET", path, OTHER).status_code in (200, 404), path
        assert dashboard.request("GET", path, "c" * 32).status_code == 401, path
    writes = [("POST", "/api/annotations"), ("PATCH", "/api/annotations/7"), ("PUT", "/api/annotations/7")]
    for method, path in writes:
        assert dashboard.request(method, path, OTHER, json=BODY).status_code == 403, path
        assert dashboard.request(method, path, MADE, json=BODY).status_code in (200, 404), path


def test_a_configured_token_goes_before_one_of_the_state() -> None:
    dashboard = Dashboard(tokens=(Token("grafana", digest_of(READER), frozenset({Scope.READ})),))
    keep(dashboard.store, READER, "changes", name="the same secret")
    assert dashboard.request("GET", "/api/annotations", READER).status_code == 200
    assert dashboard.post("/api/annotations", BODY, secret=READER).status_code == 403
    dashboard.close()


def test_the_state_is_asked_once_in_some_seconds_however_many_strangers_come(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(stored_tokens, "listed", lambda store: asked.append(store) or [])
    for _ in range(20):
        dashboard.post("/api/annotations", BODY, secret=MADE)
    assert len(asked) == 1


def test_without_the_state_what_was_known_holds(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(dashboard.store, MADE, "changes")
    assert dashboard.post("/api/annotations", BODY, secret=MADE).status_code == 200

    def failing(_: Store) -> list[StoredToken]:
        raise StateError("state.db: disk I/O error")

    monkeypatch.setattr(stored_tokens, "listed", failing)
    dashboard.steady += FRESH_S
    assert dashboard.post("/api/annotations", BODY, secret=MADE).status_code == 503
    dashboard.steady += 2
    assert dashboard.post("/api/annotations", BODY, secret=MADE).status_code == 200
