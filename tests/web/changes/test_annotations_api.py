"""Grafana's clients find the API of annotations that they know; what is hostile is refused with one sentence."""

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dashboard.config.tokens import Scope, Token, digest_of
from dashboard.web.changes import reception
from dashboard.web.changes.reception import BODY_BYTES
from tests.web.annotations import NOW, READER, SECRET, Dashboard

ARGO = {"time": int(NOW - 60) * 1000, "isRegion": False, "tags": ["shop", "deploy"], "text": "Application shop synced"}


@pytest.fixture
def dashboard() -> Iterator[Dashboard]:
    opened = Dashboard()
    yield opened
    opened.close()


def test_a_client_of_grafana_gets_its_answers(dashboard: Dashboard) -> None:
    response = dashboard.post("/api/annotations", ARGO)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    answer = response.json()
    assert answer == {"message": "Annotation added", "id": answer["id"]}
    assert 0 < answer["id"] < 2**53
    [annotation] = dashboard.annotations()
    assert annotation["id"] == answer["id"]
    assert annotation["time"] == annotation["timeEnd"] == ARGO["time"]
    assert (annotation["text"], annotation["tags"]) == (ARGO["text"], ARGO["tags"])
    assert annotation["data"]["kind"] == "deploy"


def test_a_replay_is_one_change(dashboard: Dashboard) -> None:
    undated = {"text": "Rolled back checkout", "tags": ["checkout"]}
    for body in (ARGO, undated):
        ids = {dashboard.post("/api/annotations", body).json()["id"] for _ in range(3)}
        assert len(ids) == 1
    dashboard.now += 240
    assert dashboard.post("/api/annotations", undated).json()["id"] in ids
    assert len(dashboard.annotations()) == 2
    dashboard.now += 3600
    dashboard.post("/api/annotations", undated)
    assert len(dashboard.annotations()) == 3


def test_a_region_is_ended_later_as_clients_do_it(dashboard: Dashboard) -> None:
    number = dashboard.post("/api/annotations", ARGO).json()["id"]
    path = f"/api/annotations/{number}"
    patched = dashboard.request("PATCH", path, SECRET, json={"timeEnd": int(NOW) * 1000, "tags": ["done"]})
    assert (patched.status_code, patched.json()) == (200, {"message": "Annotation patched"})
    one = dashboard.request("GET", path, READER).json()
    assert (one["timeEnd"], one["tags"], one["text"]) == (int(NOW) * 1000, ["done"], ARGO["text"])
    updated = dashboard.request("PUT", path, SECRET, json={"text": "again", "tags": []})
    assert updated.json() == {"message": "Annotation updated"}
    # What was sent before it comes again.
    assert dashboard.post("/api/annotations", ARGO).json()["id"] == number
    again = dashboard.request("GET", path, READER).json()
    assert (again["text"], again["timeEnd"]) == ("again", int(NOW) * 1000)
    refused = dashboard.request("PATCH", path, SECRET, json={"timeEnd": 1000})
    assert (refused.status_code, refused.json()) == (400, {"message": "The change ends before it begins"})
    assert dashboard.request("GET", "/api/annotations/77", READER).status_code == 404
    assert dashboard.request("PATCH", "/api/annotations/77", SECRET, json={"text": "x"}).status_code == 404


def test_an_annotation_is_taken_back_by_who_may_send_and_tags_are_listed_for_who_may_read(dashboard: Dashboard) -> None:
    number = dashboard.post("/api/annotations", ARGO).json()["id"]
    dashboard.post("/api/annotations/graphite", {"what": "Deployed cart", "tags": "deploy, service:cart"})
    tags = dashboard.request("GET", "/api/annotations/tags?limit=2", READER).json()
    assert tags == {"result": {"tags": [{"tag": "deploy", "count": 2}, {"tag": "service:cart", "count": 1}]}}
    assert len(dashboard.annotations(alertId="0", userId="0")) == 2
    path = f"/api/annotations/{number}"
    assert dashboard.request("DELETE", path, READER).status_code == 403
    deleted = dashboard.request("DELETE", path, SECRET)
    assert (deleted.status_code, deleted.json()) == (200, {"message": "Annotation deleted"})
    assert dashboard.request("DELETE", path, SECRET).status_code == 404
    assert [annotation["text"] for annotation in dashboard.annotations()] == ["Deployed cart"]


def test_annotations_are_found_by_time_tags_and_panel(dashboard: Dashboard) -> None:
    for number, tags in enumerate((["a"], ["a", "b"], ["b"], ["A"])):
        start = int(NOW - 400 + 100 * number) * 1000
        body = {"text": f"text {number}", "tags": tags, "time": start, "timeEnd": start + 50_000}
        dashboard.post("/api/annotations", body | ({"dashboardUID": "uid", "panelId": 2} if number == 1 else {}))

    def texts(**query: Any) -> list[str]:
        return [annotation["text"][5:] for annotation in dashboard.annotations(**query)]

    assert texts() == ["3", "2", "1", "0"]
    assert texts(tags=["a", "b"]) == ["1"]
    assert texts(tags=["a", "b"], matchAny="true") == ["2", "1", "0"]
    assert texts(limit=1, tags=["a"]) == ["1"]
    assert texts(**{"from": int(NOW - 270) * 1000, "to": int(NOW - 150) * 1000}) == ["2", "1"]
    assert texts(dashboardUID="uid", panelId="2") == ["1"]
    assert texts(type="alert") == []
    assert texts(type="annotation", limit="x") == ["3", "2", "1", "0"]
    refused = dashboard.request("GET", "/api/annotations?from=yesterday", READER)
    assert refused.status_code == 400


# --- who may ---------------------------------------------------------------------------------------------------------


def test_without_tokens_nothing_is_taken() -> None:
    dashboard = Dashboard(tokens=())
    for response in (dashboard.post("/api/annotations", ARGO), dashboard.request("GET", "/api/annotations", "")):
        assert response.status_code == 403
        assert response.json()["message"].startswith("No token is configured: `golden-signals token NAME` makes one")
    dashboard.close()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401),
        ("Bearer wrong", 401),
        ("Bearer " + "x" * 5000, 401),
        (f"Digest {SECRET}", 401),
        ("Basic !!!", 401),
        ("Basic " + base64.b64encode(b"admin:admin").decode(), 401),
        (f"Bearer {READER}", 403),
        (f"bearer  {SECRET} ", 200),
        ("Basic " + base64.b64encode(f"api_key:{SECRET}".encode()).decode(), 200),
        ("Basic " + base64.b64encode(f"{SECRET}:".encode()).decode(), 200),
    ],
    ids=["none", "wrong", "long", "scheme", "no base64", "password", "scope", "bearer", "basic", "user alone"],
)
def test_a_token_is_asked_for(dashboard: Dashboard, authorization: str, status: int) -> None:
    response = dashboard.post("/api/annotations", ARGO, secret="", headers={"Authorization": authorization})
    assert response.status_code == status
    assert SECRET not in response.text
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert len(dashboard.annotations()) == (status == 200)


def test_reading_needs_a_token_for_it(dashboard: Dashboard) -> None:
    assert dashboard.request("GET", "/api/annotations", SECRET).status_code == 403
    assert dashboard.request("GET", "/api/annotations/1", SECRET).status_code == 403
    assert dashboard.request("PATCH", "/api/annotations/1", READER, json={}).status_code == 403
    assert dashboard.request("GET", "/api/annotations", "").status_code == 401


# --- what is hostile -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"", 400, "The body is no JSON: send application/json in UTF-8"),
        (b"{", 400, "The body is no JSON: send application/json in UTF-8"),
        (b'{"text": "\xff"}', 400, "The body is no JSON: send application/json in UTF-8"),
        (b'{"text": NaN}', 400, "The body is no JSON: send application/json in UTF-8"),
        (b"[" * 200_000, 400, "The body is no JSON: send application/json in UTF-8"),
        (b"[]", 400, "The body is no JSON object"),
        ({}, 400, "Text is missing"),
        ({"text": ["x"]}, 400, "Text is missing"),
        ({"text": "\x00\u202e"}, 400, "Text is missing"),
        ({"text": "x", "tags": {"a": 1}}, 400, "Tags is no list of texts"),
        ({"text": "x", "tags": ["t"] * 61}, 400, "There are more than 60 tags"),
        ({"text": "x", "time": "soon"}, 400, "Time is no time: write epoch milliseconds, or ISO 8601 such as "),
        ({"text": "x", "time": True}, 400, "Time is no time: "),
        ({"text": "x", "time": 1e300}, 400, "Time is no time: "),
        ({"text": "x", "time": -5}, 400, "Time is no time: "),
        ({"text": "x", "time": 10**400}, 400, ""),
        ({"text": "x", "time": (NOW + 3600) * 1000}, 400, "The change begins 3,600 s in the future: check the clock"),
        ({"text": "x", "timeEnd": (NOW + 3600) * 1000}, 400, "The change ends 3,600 s in the future: check the clock"),
        (
            {"text": "x", "time": 1_000_000_000_000},
            400,
            "The change is older than the 400 days for which changes are kept",
        ),
        ({"text": "x", "time": NOW * 1000, "timeEnd": NOW * 1000 - 5000}, 400, "The change ends before it begins"),
        (b"x" * (BODY_BYTES + 1), 413, "The body is longer than 1,000,000 bytes"),
    ],
    ids=lambda value: None if isinstance(value, int) else repr(value)[:30],
)
def test_what_is_no_change_is_refused_with_a_sentence(
    dashboard: Dashboard, body: Any, status: int, sentence: str
) -> None:
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    response = dashboard.post("/api/annotations", body)
    assert response.status_code == status
    assert response.json()["message"].startswith(sentence)
    assert dashboard.annotations() == []


def test_a_body_whose_length_is_not_said_is_cut_at_the_limit(dashboard: Dashboard) -> None:
    async def endless() -> Any:
        while True:
            yield b" " * 100_000

    headers = {"Authorization": f"Bearer {SECRET}"}
    [response] = dashboard.ask(
        httpx.Request("POST", "http://golden/api/annotations", headers=headers, content=endless())
    )
    assert response.status_code == 413


def test_html_stays_text_that_no_browser_runs(dashboard: Dashboard) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;"
    body = {"text": evil, "tags": [evil, f"service:{evil}"], "dashboardUID": evil, "time": int(NOW) * 1000}
    assert dashboard.post("/api/annotations", body).status_code == 200
    response = dashboard.request("GET", "/api/annotations", READER)
    assert response.headers["content-type"] == "application/json"
    assert not set("<>&") & set(response.text)
    [annotation] = response.json()
    assert (annotation["text"], annotation["tags"][0], annotation["dashboardUID"]) == (evil, evil, evil)


def test_fifty_steps_of_an_autoscaler_are_no_deploy(dashboard: Dashboard) -> None:
    for step in range(50):
        text = f"HorizontalPodAutoscaler scaled deployment checkout from {step} to {step + 1}"
        body = {"text": text, "time": int(NOW - 500 + 10 * step) * 1000, "tags": ["checkout"]}
        assert dashboard.post("/api/annotations", body).status_code == 200
    kinds = [annotation["data"]["kind"] for annotation in dashboard.annotations()]
    assert kinds == ["scaling"] * 50


def test_a_flood_is_refused_and_what_was_taken_is_kept(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception, "MESSAGES", 200.0)

    def message(number: int) -> httpx.Request:
        headers = {"Authorization": f"Bearer {SECRET}"}
        body = {"text": f"message {number}", "time": int(NOW) * 1000}
        return httpx.Request("POST", "http://golden/api/annotations", headers=headers, json=body)

    statuses: list[int] = []
    for begin in range(0, 300, 100):
        responses = dashboard.ask(*map(message, range(begin, begin + 100)))
        statuses += [response.status_code for response in responses]
    assert statuses.count(200) == 200
    assert statuses.count(429) == 100
    assert responses[-1].headers["retry-after"] == "1"
    assert responses[-1].json()["message"] == "The token ci sends too many messages: 5 in a second"
    assert len(dashboard.annotations(limit=5000)) == 200
    dashboard.steady += 2
    assert dashboard.ask(message(9999))[0].status_code == 200


def test_a_flood_of_strangers_is_refused_without_reading_what_they_send(dashboard: Dashboard) -> None:
    async def body() -> Any:
        pytest.fail("a stranger's body was read")
        yield b""

    request = httpx.Request(
        "POST", "http://golden/api/annotations", headers={"Authorization": "Bearer no"}, content=body()
    )
    assert [response.status_code for response in dashboard.ask(*[request] * 50)] == [401] * 50


def test_two_tokens_do_not_share_their_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception, "MESSAGES", 3.0)
    other = "a" * 32
    tokens = [
        Token(name, digest_of(secret), frozenset({Scope.CHANGES})) for name, secret in (("a", other), ("b", SECRET))
    ]
    dashboard = Dashboard(tokens)
    for _ in range(4):
        response = dashboard.post("/api/annotations", ARGO)
    assert response.status_code == 429
    assert dashboard.post("/api/annotations", ARGO, secret=other).status_code == 200
    dashboard.close()


def test_what_is_older_than_the_retention_is_forgotten_when_something_new_comes(dashboard: Dashboard) -> None:
    dashboard.post("/api/annotations", ARGO)
    dashboard.now += 401 * 86_400
    dashboard.post("/api/annotations", {"text": "much later"})
    assert [annotation["text"] for annotation in dashboard.annotations()] == ["much later"]


def test_a_store_that_fails_keeps_nothing_and_says_so(dashboard: Dashboard) -> None:
    with dashboard.store.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE gs_changes RENAME TO elsewhere")
    response = dashboard.post("/api/annotations", ARGO)
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    sentence = "The state cannot be used: memory: no such table: gs_changes"
    assert response.json()["message"] == sentence
    with dashboard.store.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO gs_changes")
    # A server that is away is not asked again for each message that waits.
    assert dashboard.post("/api/annotations", ARGO).json()["message"] == sentence
    dashboard.steady += 2
    assert dashboard.post("/api/annotations", ARGO).status_code == 200


def test_a_body_that_does_not_arrive_is_given_up(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow() -> Any:
        yield b"{"
        await asyncio.Event().wait()

    monkeypatch.setattr(reception, "BODY_S", 0.05)
    headers = {"Authorization": f"Bearer {SECRET}"}
    [response] = dashboard.ask(httpx.Request("POST", "http://golden/api/annotations", headers=headers, content=slow()))
    assert (response.status_code, response.json()["message"]) == (408, "The body took longer than 0.05 s to arrive")


def test_bodies_without_a_token_have_little_room_of_their_own(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "BODIES_BYTES", {True: 10_000, False: 100})
    large = {"text": "x" * 1000}
    assert dashboard.post("/api/annotations", large).status_code == 200
    refused = dashboard.post("/v2/change/enqueue", large, secret="")
    assert (refused.status_code, refused.json()["message"]) == (503, "Too many messages are on their way")
    # It was given back.
    assert dashboard.post("/v2/change/enqueue", {"routing_key": "x"}, secret="").status_code == 401


def test_updates_and_reading_are_counted_too(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception, "MESSAGES", 2.0)
    for method, path, secret in (("PATCH", "/api/annotations/1", SECRET), ("GET", "/api/annotations/1", READER)):
        statuses = [dashboard.request(method, path, secret, json={}).status_code for _ in range(3)]
        assert statuses == [404, 404, 429]
