"""The examples of docs/gates.md: their commands are understood, their addresses answer, their conditions hold."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from dashboard import cli
from dashboard.config.configuration import load
from dashboard.engine.poller import Poller
from dashboard.exceptions import SourceUnavailable
from dashboard.gate.limits import Kind
from dashboard.web.gate.gate_api import PATH, GateApi
from tests.steady import Clock, Steady
from tests.web.gate.gate_client import asked
from tests.web.gate.test_gate_by_status import answer

TEXT = (Path(__file__).parents[2] / "docs" / "gates.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The examples of a language."""
    fenced: list[str] = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert fenced, language
    return fenced


def documents() -> list[dict[str, Any]]:
    return [yaml.safe_load(block) for block in blocks("yaml")]


def values(content: Any, key: str) -> Iterator[Any]:
    """All values of a key, however deep."""
    if isinstance(content, dict):
        for name, value in content.items():
            if name == key:
                yield value
            yield from values(value, key)
    if isinstance(content, list):
        for each in content:
            yield from values(each, key)


def commands() -> list[list[str]]:
    """The words behind `golden-signals` of every example."""
    lines = "\n".join([*blocks("sh"), *blocks("groovy"), *blocks("yaml")]).replace("\\\n", " ").splitlines()
    typed = [line.partition("golden-signals gate ")[2] for line in lines if "golden-signals gate " in line]
    words = [shlex.split(line.partition("||")[0].rstrip("'").replace(" #", "\n#").splitlines()[0]) for line in typed]
    args = [
        arguments[1:] for document in documents() for arguments in values(document, "args") if arguments[0] == "gate"
    ]
    return [*words, *args]


def test_every_command_is_understood() -> None:
    every = commands()
    assert len(every) == 10
    for words in every:
        options = cli._parser(["gate", *words]).parse_args(["gate", *words])
        assert options.services or options.steady


def test_the_steady_state_and_the_app_are_read(tmp_path: Path) -> None:
    (tmp_path / "github.pem").write_text("-----BEGIN RSA PRIVATE KEY-----\n")
    (tmp_path / "github-webhook").write_text("0123456789abcdef")
    text = "\n".join(blocks("toml")).replace("/run/secrets/", "")
    (tmp_path / "golden.toml").write_text(text)
    config = load(str(tmp_path / "golden.toml"), {})
    [steady] = config.steady_states
    assert [limit.kind for limit in steady.limits] == [Kind.ERRORS, Kind.LATENCY]
    assert config.deployment_protection is not None
    assert config.deployment_protection.environment("shop/app", "production") is not None


@pytest.fixture
def source() -> Steady:
    return Steady(Clock(), ("checkout",))


@pytest.fixture
def poller(source: Steady) -> Iterator[Poller]:
    ticked = Poller(source, clock=source.clock)
    yield ticked
    ticked.stop()


def outcomes(poller: Poller) -> tuple[str, list[int], int]:
    """What Argo Rollouts, Flagger's three webhooks and Spinnaker do now."""
    [metric] = [metric for document in documents() for [metric, _] in values(document, "metrics")]
    web = metric["provider"]["web"]
    url = urlsplit(web["url"].replace("{{args.service}}", "checkout"))
    assert url.path == PATH
    response = asked(GateApi(poller), dict(pair.split("=") for pair in url.query.split("&")))
    assert (response.status_code, web["jsonPath"]) == (200, "{$.verdict}")
    result = response.json()["verdict"]
    met = {
        condition: metric[condition] == f'result == "{result}"'
        for condition in ("successCondition", "failureCondition")
    }
    argo = "Successful" if met["successCondition"] else "Failed" if met["failureCondition"] else "Inconclusive"

    [webhooks] = [each for document in documents() for each in values(document, "webhooks")]
    flagger = [
        answer(poller, "POST", urlsplit(each["url"]).path, json={"name": "checkout", "metadata": each.get("metadata")})
        for each in webhooks
    ]
    stage = json.loads(blocks("json")[0])
    spinnaker = answer(poller, stage["method"], stage["url"].partition(":8501")[2])
    return argo, [each.status_code for each in flagger], spinnaker.status_code


def test_each_native_caller_does_what_the_verdict_says(source: Steady, poller: Poller) -> None:
    assert outcomes(poller) == ("Inconclusive", [503, 503, 503], 503)
    poller.tick()
    assert outcomes(poller) == ("Successful", [200, 200, 409], 200)
    source.error_ratio = 0.3
    burning = Poller(source, clock=source.clock)
    burning.tick()
    assert outcomes(burning) == ("Failed", [409, 409, 200], 409)
    burning.stop()
    source.failure = SourceUnavailable("memory: connection refused")
    source.clock.now += 3600
    poller.tick()
    assert outcomes(poller) == ("Inconclusive", [503, 503, 503], 503)
