"""`GET /api/v1/gate`: what it answers, to whom, and what is written down of it."""

import json
import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from dashboard.config.tokens import Scope, Token, digest_of
from dashboard.engine.poller import Poller
from dashboard.exceptions import SourceUnavailable
from dashboard.gate.policy import BudgetPolicy, PolicyException
from dashboard.gate.standing import Rule, Verdict
from dashboard.gate.turning import TurnCause
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.web.changes.reception import Reception
from dashboard.web.gate import gate_log
from dashboard.web.gate.gate_api import ASKERS, MOST, GateApi
from dashboard.web.gate.gate_log import DECISIONS, LETTERS
from dashboard.web.metrics import exposition
from tests.steady import Clock, Steady
from tests.web.gate.gate_client import Parameters, asked


@pytest.fixture(autouse=True)
def _written(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, gate_log.__name__)


def facts(caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """The last decision that was written down; each is a line."""
    message = caplog.records[-1].getMessage()
    assert message.isascii()
    assert message.isprintable()
    read: dict[str, str] = json.loads(message.removeprefix("gate "))
    return read


def test_the_answer_has_the_verdict_the_rule_the_grounds_and_the_objectives(poller: Poller) -> None:
    response = asked(GateApi(poller), {"service": "shop", "slo": "shop-availability"})
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    answer = response.json()
    (objective,) = answer.pop("objectives")
    assert answer == {
        "verdict": "go",
        "at": "2023-11-14T22:30:00Z",
        "reason": "feature",
        "rule": "enough_left",
        "why": "shop-availability of shop: 90 % of its error budget is left",
        "turns_at": None,
        "turns_by": None,
        "turns": None,
        "deciding": {"service": "shop", "service_id": "shop", "slo": "shop-availability"},
    }
    assert objective["remaining"] == pytest.approx(0.9)
    assert (objective["state"], objective["burning"], objective["doubt"]) == ("ship", False, None)
    assert objective["meaning"] == "release as usual"


def test_an_exception_is_told_with_who_why_and_until(source: Steady, caplog: pytest.LogCaptureFixture) -> None:
    source.error_ratio = 0.02
    poller = Poller(source, clock=source.clock)
    poller.tick()
    exception = PolicyException("Ada", "<i>a try</i>", source.clock.now + 60, services=("shop",), even_burning=True)
    poller.snapshot = replace(poller.snapshot, policy=BudgetPolicy(exceptions=(exception,)))
    response = asked(GateApi(poller), {"service": "shop"})
    answer = response.json()
    assert (answer["verdict"], answer["rule"], answer["turns_by"]) == ("go", "exception", "exception_ends")
    assert answer["turns_at"] == "2023-11-14T22:31:00Z"
    objective = next(each for each in answer["objectives"] if each["slo"] == "shop-availability")
    assert (objective["state"], objective["basis"]) == ("freeze_all", "burning_now")
    assert objective["exception"] == {
        "id": None,
        "who": "Ada", "why": "<i>a try</i>", "from": None, "until": "2023-11-14T22:31:00Z", "even_burning": True,
    }  # fmt: skip
    assert facts(caplog)["exception"] == "Ada"
    # No browser takes it for HTML.
    assert "<" not in response.text
    assert asked(GateApi(poller), {"service": "cart"}).json()["verdict"] == "hold"
    source.clock.now += 60
    assert asked(GateApi(poller), {"service": "shop"}).json()["verdict"] == "hold"
    poller.stop()


@pytest.mark.parametrize(
    ("parameters", "status", "error", "nearest"),
    [
        ({"service": "shpo"}, 404, "no service is called 'shpo'", ["shop"]),
        ({"service": "shop", "slo": "cart-latency"}, 404, "no objective is called 'cart-latency'", ["shop-latency"]),
        ({"service": ""}, 400, "service is empty: leave it out for all, or write a name", None),
        ({"reason": "please"}, 400, "reason is 'please': it may be feature, fix", None),
        (
            [("reason", "feature"), ("reason", "fix")],
            400,
            "reason is there several times: a release is for one of them",
            None,
        ),
        ({"servise": "shop"}, 400, "nothing reads 'servise': there are service, slo, reason", None),
    ],
)
def test_what_makes_no_sense_is_refused_and_is_no_decision(
    poller: Poller, parameters: Parameters, status: int, error: str, nearest: list[str] | None
) -> None:
    api = GateApi(poller)
    response = asked(api, parameters)
    assert (response.status_code, response.json()["error"]) == (status, error)
    assert response.json().get("nearest") == nearest
    assert api.log.counts() == {}


def test_the_answer_is_as_the_documentation_shows_it(poller: Poller) -> None:
    text = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")
    shown = json.loads(text.partition("```json\n")[2].partition("```")[0])
    answer = asked(GateApi(poller), {"service": "shop", "slo": "shop-latency"}).json()
    assert list(shown) == list(answer)
    assert list(shown["objectives"][0]) == list(answer["objectives"][0])
    rules = text.partition("| `rule` | |")[2].partition("\n\n")[0]
    assert set(re.findall("`([a-z_]+)`", rules.replace("`basis`", "").replace("`doubt`", ""))) >= set(map(str, Rule))
    assert set(re.findall("`([a-z_]+)`", text)) >= set(map(str, TurnCause))


def test_several_services_are_asked_for_at_once(poller: Poller, caplog: pytest.LogCaptureFixture) -> None:
    answer = asked(GateApi(poller), [("service", "shop"), ("service", "cart"), ("slo", "cart-latency")]).json()
    assert [each["slo"] for each in answer["objectives"]] == ["cart-latency"]
    assert facts(caplog)["asked"] == "service=shop service=cart slo=cart-latency"
    assert len(asked(GateApi(poller), {}).json()["objectives"]) == 4


def test_without_data_the_answer_is_unknown_and_says_why(source: Steady) -> None:
    source.failure = SourceUnavailable("the server refuses the connection")
    poller = Poller(source, clock=source.clock)
    for _ in range(2):
        # Nothing is known of any service yet, the named one included.
        response = asked(GateApi(poller), {"service": "shop"})
        assert (response.status_code, response.json()["verdict"]) == (200, "unknown")
        assert (response.json()["rule"], response.json()["objectives"]) == ("no_data", [])
        poller.tick()
    assert "the server refuses the connection" in asked(GateApi(poller), {}).json()["why"]
    source.failure = None
    poller.tick()
    assert asked(GateApi(poller), {}).json()["verdict"] == "go"
    source.failure = SourceUnavailable("away")
    poller.tick()
    answer = asked(GateApi(poller), {"reason": "fix"}).json()
    assert (answer["verdict"], {each["doubt"] for each in answer["objectives"]}) == ("unknown", {"source"})
    assert {each["remaining"] for each in answer["objectives"]} == {None}
    poller.stop()


def test_nothing_is_known_when_the_poller_hangs(source: Steady, poller: Poller) -> None:
    source.clock.now += 120
    assert asked(GateApi(poller), {}).json()["verdict"] == "unknown"


def test_every_decision_is_written_down_and_counted(poller: Poller, caplog: pytest.LogCaptureFixture) -> None:
    api = GateApi(poller)
    headers = {"User-Agent": "argo-rollouts/1.7", "X-Forwarded-For": "10.0.0.7"}
    asked(api, {"slo": "shop-availability", "reason": "fix"}, headers)
    assert facts(caplog) == {
        "verdict": "go", "rule": "enough_left", "reason": "fix", "service": "shop", "slo": "shop-availability",
        "why": "shop-availability of shop: 90 % of its error budget is left",
        "asked": "slo=shop-availability reason=fix",
        "agent": "argo-rollouts/1.7", "address": "127.0.0.1", "forwarded": "10.0.0.7", "route": "/api/v1/gate",
    }  # fmt: skip
    asked(api, {})
    assert api.log.counts() == {(Verdict.GO, Rule.ENOUGH_LEFT): 2}
    lines = [line for line in exposition(poller, api.log).decode().splitlines() if "gate_decisions_total{" in line]
    assert len(lines) == len(DECISIONS) == 10
    assert 'golden_signals_gate_decisions_total{rule="enough_left",verdict="go"} 2.0' in lines
    assert sum(float(line.rpartition(" ")[2]) for line in lines) == 2


HOSTILE = 'x\x1b[31m\u2028\u202e"}{\\' + "<script>" * 100


def test_hostile_askers_write_no_line_of_their_own(poller: Poller, caplog: pytest.LogCaptureFixture) -> None:
    raw = HOSTILE.encode()
    asked(GateApi(poller), [("service", "shop")] * 300, {"User-Agent": raw, "X-Forwarded-For": raw})
    written = facts(caplog)
    assert written["agent"] == raw.decode("latin-1")[:LETTERS]
    assert all(len(value) <= LETTERS for value in written.values())
    api = GateApi(poller)
    assert asked(api, {"service": HOSTILE}).status_code == 404
    assert asked(api, {HOSTILE: "1"}).status_code == 400


def token_of(poller: Poller, *tokens: Token) -> Any:
    store = open_store(StateSpec(MEMORY))
    reception = Reception(store, tokens, poller.clock, poller.clock)
    reception.start()

    async def token(request: Request) -> Token | None:
        return await reception.shown(request, Scope.READ)

    return token


def test_a_token_is_named_in_the_log_and_must_be_one_to_read_with(
    poller: Poller, caplog: pytest.LogCaptureFixture
) -> None:
    reads = Token("argo", digest_of("a" * 20), frozenset({Scope.READ}))
    sends = Token("ci", digest_of("b" * 20), frozenset({Scope.CHANGES}))
    api = GateApi(poller, token_of(poller, reads, sends))
    assert asked(api, {}, {"Authorization": f"Bearer {'a' * 20}"}).status_code == 200
    assert facts(caplog)["token"] == "argo"
    refused = asked(api, {}, {"Authorization": f"Bearer {'b' * 20}"})
    assert (refused.status_code, refused.json()) == (
        403,
        {"error": "The token ci is not for this: it needs the scope read"},
    )
    # Who shows none, or that of a proxy, is nobody.
    for headers in ({}, {"Authorization": "Basic cHJveHk6cHJveHk="}):
        assert asked(api, {}, headers).status_code == 200
        assert "token" not in facts(caplog)


def test_who_asks_too_often_is_told_when_to_ask_again_and_others_are_answered(poller: Poller) -> None:
    steady = Clock(0)
    api = GateApi(poller, steady=steady)
    for _ in range(int(MOST)):
        api._count("127.0.0.1")
    refused = asked(api, {})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    api._count("10.0.0.7")
    steady.now += 1
    assert asked(api, {}).status_code == 200
    for number in range(2 * ASKERS):
        api._count(str(number))
    assert len(api._allowances) == ASKERS


def test_the_log_reaches_standard_error_once(capsys: pytest.CaptureFixture[str], poller: Poller) -> None:
    handlers, level = list(gate_log.log.handlers), gate_log.log.level
    gate_log.log.handlers.clear()
    try:
        gate_log.open_log()
        gate_log.open_log()
        asked(GateApi(poller), {"service": "shop"})
        (line,) = [line for line in capsys.readouterr().err.splitlines() if " gate {" in line]
        assert line.startswith("golden-signals: ")
    finally:
        gate_log.log.handlers[:] = handlers
        gate_log.log.setLevel(level)
