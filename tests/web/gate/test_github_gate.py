"""The gate as a deployment protection rule of GitHub: a server in its place checks what it would check."""

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette

from dashboard.config.configuration import Config, load
from dashboard.config.protection_tables import Environment, Protection
from dashboard.engine.poller import Poller
from dashboard.exceptions import ConfigError, SourceUnavailable
from dashboard.notifications.deployment_rule import GitHubApp
from dashboard.web.gate.gate_api import GateApi
from dashboard.web.gate.github_gate import EVENT, PATH, GitHubGate, github_routes
from tests.steady import START, Clock, Steady

SECRET = b"0123456789abcdef0123456789abcdef"


class GitHub(ThreadingHTTPServer):
    """What GitHub is to an app: gives tokens to who signs with its key, and takes answers.

    Attributes:
        answers: states and comments of rules, in their order. `failures`: so many requests are answered with 502 first.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public = key.public_key()
        self.key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ).decode()
        self.answers: list[dict[str, str]] = []
        self.failures = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def waited(self, number: int) -> list[dict[str, str]]:
        """So many answers, when they have come."""
        until = time.monotonic() + 10
        while len(self.answers) < number and time.monotonic() < until:
            time.sleep(0.01)
        return list(self.answers)


class _Handler(BaseHTTPRequestHandler):
    server: GitHub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = self.headers["Authorization"].removeprefix("Bearer ")
        if self.server.failures:
            self.server.failures -= 1
            self._reply(502, {})
        elif self.path == "/app/installations/7/access_tokens":
            claims = jwt.decode(token, self.server.public, algorithms=["RS256"], options={"verify_exp": False})
            valid = claims["iss"] == "12" and 0 < claims["exp"] - claims["iat"] <= 660
            self._reply(*((201, {"token": "ghs_installation"}) if valid else (401, {})))
        elif self.path == "/repos/shop/app/actions/runs/5/deployment_protection_rule" and token == "ghs_installation":
            self.server.answers.append(json.loads(body))
            self._reply(204, {})
        else:
            self._reply(404, {})

    def _reply(self, status: int, content: dict[str, str]) -> None:
        self.send_response(status)
        written = b"" if status == 204 else json.dumps(content).encode()
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def github() -> Iterator[GitHub]:
    running = GitHub()
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture
def gate(github: GitHub, poller: Poller) -> Iterator[GitHubGate]:
    github.answers.clear()
    app = GitHubApp(12, github.key, SECRET, github.url)
    environments = (
        Environment("production", "shop/*", ("shop",)),
        Environment("staging", slos=("cart-latency",)),
        # One of these nobody knows: what is known of the other lets nothing go.
        Environment("misspelt", services=("shop", "crat")),
    )
    running = GitHubGate(GateApi(poller), Protection(app, environments), again_s=0.02)
    yield running
    running.stop()


def requested(github: GitHub, **other: Any) -> dict[str, Any]:
    """What GitHub sends."""
    return {
        "action": "requested",
        "environment": "production",
        "event": "push",
        "deployment_callback_url": f"{github.url}/repos/shop/app/actions/runs/5/deployment_protection_rule",
        "deployment": {"id": 1, "ref": "main"},
        "repository": {"full_name": "shop/app"},
        "installation": {"id": 7},
        "sender": {"login": "ada"},
        **other,
    }


def sent(gate: GitHubGate | None, content: Any, *, secret: bytes = SECRET, event: str = EVENT) -> httpx.Response:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    signature = "sha256=" + hmac.new(secret, raw, hashlib.sha256).hexdigest()
    routes = [gate.route()] if gate is not None else github_routes(GateApi(Poller(Steady(Clock()))), Config())
    headers = {"X-Hub-Signature-256": signature, "X-GitHub-Event": event, "User-Agent": "GitHub-Hookshot/1"}

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://golden") as client:
            return await client.post(PATH, content=raw, headers=headers)

    # In a thread of its own: the browser tests keep an event loop in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, post()).result()


def test_without_an_app_the_answer_says_what_is_missing(github: GitHub) -> None:
    answer = sent(None, requested(github))
    assert answer.status_code == 404
    assert "no [deployment_protection]" in answer.json()["error"]


def test_what_may_go_is_approved(github: GitHub, gate: GitHubGate) -> None:
    assert sent(gate, requested(github)).status_code == 202
    [answer] = github.waited(1)
    assert (answer["environment_name"], answer["state"]) == ("production", "approved")
    assert answer["comment"].startswith("Go for a feature")


def test_what_is_held_is_rejected_with_its_grounds(github: GitHub, gate: GitHubGate, source: Steady) -> None:
    source.error_ratio = 0.3
    source.clock.now += 60
    gate._gate._poller.tick()
    assert sent(gate, requested(github)).status_code == 202
    [answer] = github.waited(1)
    assert answer["state"] == "rejected"
    # Names are shown as they are, whatever signs of Markdown they have.
    assert "shop\\-availability" in answer["comment"]


def test_what_nobody_knows_waits_and_is_decided_later(github: GitHub, gate: GitHubGate, source: Steady) -> None:
    source.failure = SourceUnavailable("memory: connection refused")
    source.clock.now = START + 3600
    gate._gate._poller.tick()
    github.failures = 1
    sent(gate, requested(github))
    first = github.waited(1)[0]
    assert "state" not in first
    assert first["comment"].startswith("Unknown")
    source.failure = None
    gate._gate._poller.tick()
    until = time.monotonic() + 10
    while "state" not in github.answers[-1] and time.monotonic() < until:
        time.sleep(0.01)
    assert github.answers[-1]["state"] == "approved"


def test_a_name_that_nothing_has_lets_nothing_go(github: GitHub, gate: GitHubGate) -> None:
    assert sent(gate, requested(github, environment="misspelt")).status_code == 202
    answer = github.waited(1)[0]
    assert "state" not in answer
    assert "no service is called 'crat'" in answer["comment"].replace("\\", "")


@pytest.mark.parametrize(
    ("how", "status", "said"),
    [
        ({"secret": b"x" * 32}, 401, "signature"),
        ({"event": "ping"}, 200, "nothing to decide"),
        ({"content": b"{"}, 400, "no request of a deployment protection rule"),
        ({"content": {"environment": "production"}}, 400, "no request of a deployment protection rule"),
        ({"other": {"environment": "qa"}}, 422, "'qa' of 'shop/app'"),
        ({"other": {"repository": {"full_name": "else/app"}}}, 422, "'production' of 'else/app'"),
        ({"content": b" " * 1_000_001}, 413, "longer than"),
    ],
)
def test_nothing_else_is_answered(
    github: GitHub, gate: GitHubGate, how: dict[str, Any], status: int, said: str
) -> None:
    content = how.pop("content", None) or requested(github, **how.pop("other", {}))
    response = sent(gate, content, **how)
    assert response.status_code == status
    assert said in response.text
    assert github.answers == []


def test_no_token_goes_anywhere_else(github: GitHub, gate: GitHubGate, caplog: pytest.LogCaptureFixture) -> None:
    elsewhere = requested(github, deployment_callback_url=f"{github.url}.example.org/repos/shop/app")
    assert sent(gate, elsewhere).status_code == 202
    until = time.monotonic() + 10
    while "callback" not in caplog.text and time.monotonic() < until:
        time.sleep(0.01)
    assert "the callback does not lie under" in caplog.text
    assert github.answers == []


def test_the_configuration_names_the_app_and_its_environments(tmp_path: Path, github: GitHub) -> None:
    (tmp_path / "key.pem").write_text(github.key)
    (tmp_path / "secret").write_text(SECRET.decode() + "\n")
    file = tmp_path / "golden.toml"
    table = '[deployment_protection]\napp_id = 12\nprivate_key_file = "key.pem"\nsecret_file = "secret"\n'
    file.write_text(f'{table}[[deployment_protection.environments]]\nname = "prod*"\nservices = ["shop"]\n')
    protection = load(str(file), {}).deployment_protection
    assert protection is not None
    assert protection.app == GitHubApp(12, github.key.strip(), SECRET)
    assert protection.environment("a/b", "production") == Environment("prod*", services=("shop",))
    assert protection.environment("a/b", "staging") is None
    assert github.key not in repr(protection)
    file.write_text(table.replace("app_id = 12", "app = 12"))
    with pytest.raises(ConfigError) as refused:
        load(str(file), {})
    assert str(refused.value).endswith("deployment_protection.app: unknown key; did you mean app_id?")
