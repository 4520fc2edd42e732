"""What each sender sends in its documented form is kept once, answered as it expects, and read back."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from dashboard.changes.senders.catalog import SENDERS
from dashboard.changes.senders.sender import Credential, Sender
from tests.web import payloads
from tests.web.annotations import NOW, READER, SECRET, Dashboard
from tests.web.payloads import END, START, Sent

AS_SENT = object()
# Bodies that are of no sender's form, or of half of one.
FORMLESS: list[Any] = [
    *([], "text", None, 5, {}),
    *({"payload": []}, {"data": {"attributes": []}}, {"context": 1, "subject": 2}, {"build": "x"}),
]


@pytest.fixture
def dashboard() -> Iterator[Dashboard]:
    opened = Dashboard()
    yield opened
    opened.close()


def send(dashboard: Dashboard, sent: Sent, body: Any = AS_SENT, secret: str = SECRET) -> httpx.Response:
    """Send it as its sender does: with its own header, the signature, or the key in the body."""
    body = deepcopy(sent.body if body is AS_SENT else body)
    has_key = isinstance(body, dict) and "routing_key" in body
    if has_key:
        body["routing_key"] = secret
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    own = {name: secret if value == "SECRET" else value for name, value in sent.headers.items()}
    if "X-GitHub-Event" in own:
        own["X-Hub-Signature-256"] = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    has_key = has_key or not own.keys().isdisjoint(("DD-API-KEY", "X-Gitlab-Token", "X-Hub-Signature-256"))
    return dashboard.post(sent.path, raw, secret="" if has_key else secret, headers=own)


def stored(dashboard: Dashboard) -> list[dict[str, Any]]:
    """What is read back: our words, and begin and end in epoch seconds; the end only where there is one."""
    return [
        {**annotation["data"], "time": annotation["time"] / 1000, "end": annotation["timeEnd"] / 1000}
        for annotation in dashboard.annotations()
    ]


@pytest.mark.parametrize("sent", payloads.ALL.values(), ids=payloads.ALL.keys())
def test_a_message_is_kept_once_answered_as_expected_and_read_back(dashboard: Dashboard, sent: Sent) -> None:
    first, second = send(dashboard, sent), send(dashboard, sent)
    assert first.status_code == second.status_code == sent.status, first.text
    assert first.json() == second.json()
    assert sent.answer is None or first.json() == sent.answer
    changes = stored(dashboard)
    assert len(changes) == bool(sent.stored)
    for change in changes:
        assert {key: change[key] for key in sent.stored} == sent.stored


@pytest.mark.parametrize("sent", payloads.ALL.values(), ids=payloads.ALL.keys())
def test_a_wrong_token_or_signature_is_refused(dashboard: Dashboard, sent: Sent) -> None:
    response = send(dashboard, sent, secret="f" * 32)
    assert response.status_code == 401
    assert "The token is missing, or none of this dashboard" in response.text
    assert send(dashboard, sent, secret=READER).status_code in (401, 403)
    assert dashboard.annotations() == []


def test_every_sender_has_a_message_here() -> None:
    assert {sender.path for sender in SENDERS} == {sent.path for sent in payloads.ALL.values()}


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.name)
def test_what_is_not_of_that_form_is_refused_in_the_senders_own(dashboard: Dashboard, sender: Sender) -> None:
    sent = next(sent for sent in payloads.ALL.values() if sent.path == sender.path)
    for form in FORMLESS:
        has_key = sender.credential is Credential.ROUTING_KEY
        response = send(dashboard, sent, {"routing_key": SECRET, "payload": form} if has_key else form)
        # Some senders tell of many things, and what is none of theirs is nothing.
        assert response.status_code in (400, sent.status)
        if response.status_code == 400:
            assert sender.refusal("sentence").keys() == response.json().keys()
    assert dashboard.annotations() == []


@pytest.mark.parametrize("sent", payloads.ALL.values(), ids=payloads.ALL.keys())
def test_whatever_stands_in_a_field_no_error_is_ours(dashboard: Dashboard, sent: Sent) -> None:
    """Each field in turn holds something else: a status is given, and nothing that was kept cannot be read."""
    evil = "<script>alert(1)</script>\x00\u202e\ud800"
    for path in paths(sent.body):
        if path == ("routing_key",):
            continue
        for value in (evil, None, [], {}, 10**40, -1, [[[]]]):
            body = deepcopy(sent.body)
            place(body, path, value)
            response = send(dashboard, sent, body)
            assert response.status_code in (sent.status, 400), (path, value, response.text)
    for annotation in dashboard.annotations(limit=5000):
        assert "\u202e" not in json.dumps(annotation, ensure_ascii=False)


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all values in a body."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*before, key)
        yield from paths(inner, (*before, key))


def place(body: Any, path: Sequence[Any], value: Any) -> None:
    for key in path[:-1]:
        body = body[key]
    body[path[-1]] = value


def packed(data: Any = None, **more: Any) -> dict[str, Any]:
    """A CloudEvent around data."""
    return {"specversion": "1.0", "type": "x", "source": "/ci", "id": "1", **({"data": data} if data else {}), **more}


EVENT = payloads.CDEVENT.body


def typed(kind: str) -> dict[str, Any]:
    """The event as one of another type."""
    return EVENT | {"context": EVENT["context"] | {"type": kind}}


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ARGO_CD = payloads.ARGO_CD_WEBHOOK
OTHER_FORMS: dict[str, tuple[Sent, bytes, dict[str, str]]] = {
    "GitHub's form": (payloads.GITHUB, urlencode({"payload": json.dumps(payloads.GITHUB.body)}).encode(), FORM),
    "JSON that is said to be a form": (payloads.GITHUB, json.dumps(payloads.GITHUB.body).encode(), FORM),
    "a mark in front": (payloads.GRAPHITE, b"\xef\xbb\xbf" + json.dumps(payloads.GRAPHITE.body).encode(), {}),
    "UTF-16": (payloads.GRAPHITE, json.dumps(payloads.GRAPHITE.body).encode("utf-16"), {}),
    "the application alone": (ARGO_CD, json.dumps(ARGO_CD.body["app"]).encode(), {}),
    "a batch": (payloads.CDEVENT, json.dumps([packed(EVENT)]).encode(), {}),
    "bytes": (
        payloads.CDEVENT,
        json.dumps(packed(data_base64=base64.b64encode(json.dumps(EVENT).encode()).decode())).encode(),
        {},
    ),
    "a text": (payloads.CDEVENT, json.dumps(packed(json.dumps(EVENT))).encode(), {}),
    "a draft": (payloads.CDEVENT, json.dumps(typed("dev.cdevents.service.deployed.1.0.0-draft.2")).encode(), {}),
}


@pytest.mark.parametrize("form", OTHER_FORMS)
def test_other_forms_of_a_message_say_the_same(dashboard: Dashboard, form: str) -> None:
    sent, raw, headers = OTHER_FORMS[form]
    response = send(dashboard, replace(sent, headers={**sent.headers, **headers}), raw)
    assert response.status_code == sent.status, response.text
    assert only(dashboard).items() >= sent.stored.items()


def test_a_batch_is_several_changes_and_an_event_of_ones_own_is_none(dashboard: Dashboard) -> None:
    others = [payloads.cdevent("service.upgraded", name="cart"), payloads.cdevent("service.deployed", name="search")]
    assert send(dashboard, payloads.CDEVENT, [packed(event) for event in (EVENT, *others)]).status_code == 202
    assert {change["service"] for change in stored(dashboard)} == {"checkout", "cart", "search"}
    own = typed("dev.cdeventsx.tool-deploy.done.0.1.0")
    assert send(dashboard, payloads.CDEVENT, own).json() == {"message": "No change in it", "ids": []}


# --- several messages of one change ----------------------------------------------------------------------------------


def only(dashboard: Dashboard) -> dict[str, Any]:
    [change] = stored(dashboard)
    return change


@pytest.mark.parametrize("turn", [1, -1], ids=["in order", "backwards"])
def test_all_statuses_of_a_deployment_are_one_change(dashboard: Dashboard, turn: int) -> None:
    of_github = [payloads.github_status(state, at) for state, at in (("in_progress", START + 5), ("success", END))]
    of_gitlab = [payloads.gitlab_status(status, at) for status, at in (("running", START), ("failed", END))]
    of_jenkins = [
        payloads.jenkins_phase("STARTED", START),
        payloads.jenkins_phase("COMPLETED", END, "FAILURE"),
        payloads.jenkins_phase("FINALIZED", END, "FAILURE"),
    ]
    of_spinnaker = [
        payloads.spinnaker_event("orca:pipeline:starting", "RUNNING"),
        payloads.spinnaker_event("orca:stage:complete", "RUNNING"),
        payloads.spinnaker_event("orca:pipeline:failed", "TERMINAL", END),
    ]
    of_cdevents = [
        payloads.cdevent("deployment.started", name="run-5"),
        payloads.cdevent("deployment.finished", {"outcome": "failure"}, name="run-5"),
    ]
    for sent, bodies in (
        (payloads.GITHUB, of_github),
        (payloads.GITLAB, of_gitlab),
        (payloads.JENKINS, of_jenkins),
        (payloads.SPINNAKER, of_spinnaker),
        (payloads.CDEVENT, of_cdevents),
    ):
        for body in bodies[::turn]:
            assert send(dashboard, sent, body).status_code == sent.status
    changes = {change["sender"]: change for change in stored(dashboard)}
    assert len(changes) == len(dashboard.annotations()) == 5
    outcomes = {sender: change["outcome"] for sender, change in changes.items()}
    assert outcomes == {
        "github": "succeeded",
        "gitlab": "failed",
        "jenkins": "failed",
        "spinnaker": "failed",
        "cdevents": "failed",
    }
    assert {change["time"] for change in changes.values()} == {START}
    assert {change["end"] for sender, change in changes.items() if sender != "cdevents"} == {END}


def test_a_deployment_without_a_commit_title_ends_with_its_environment(dashboard: Dashboard) -> None:
    untitled = {**payloads.gitlab_status("success", END), "commit_title": None}
    send(dashboard, payloads.GITLAB, untitled)
    assert [shown["text"] for shown in dashboard.annotations()] == ["Deployed shop/checkout 8c1f0d2e to production"]


def test_a_status_that_is_no_news_changes_nothing(dashboard: Dashboard) -> None:
    send(dashboard, payloads.GITHUB)
    before = stored(dashboard)
    assert send(dashboard, payloads.GITHUB, payloads.github_status("inactive", NOW)).json()["ids"] == []
    assert send(dashboard, payloads.GITLAB, payloads.gitlab_status("approved", NOW)).json()["ids"] == []
    assert stored(dashboard) == before


@pytest.mark.parametrize("checksum", ["85d557f47b", ""], ids=["with a checksum", "without"])
def test_the_steps_of_a_canary_are_one_change_and_the_next_canary_is_another(
    dashboard: Dashboard, checksum: str
) -> None:
    steps = ["Progressing", "Progressing", "Promoting", "Finalising", "Succeeded"]
    for canary in (0, 100):
        for number, phase in enumerate(steps):
            body = payloads.flagger_step(phase, START + canary + 10 * number, f"step {number}", checksum)
            assert send(dashboard, payloads.FLAGGER, body).status_code == 200
    newest, oldest = stored(dashboard)
    assert (oldest["time"], oldest["end"], oldest["outcome"]) == (START, START + 40, "succeeded")
    assert (newest["time"], newest["end"], newest["outcome"]) == (START + 100, START + 140, "succeeded")


@pytest.mark.parametrize(
    ("health", "outcome"),
    [("Healthy", "succeeded"), ("Degraded", "failed"), ("Progressing", "started"), ("", "succeeded")],
)
def test_a_sync_is_no_better_than_what_it_has_brought(dashboard: Dashboard, health: str, outcome: str) -> None:
    for body in (
        payloads.argo_application("Running", "Progressing"),
        payloads.argo_application("Succeeded", health, END),
    ):
        dashboard.now += 1
        assert send(dashboard, payloads.ARGO_CD_WEBHOOK, body).status_code == 200
    assert only(dashboard)["outcome"] == outcome


def test_a_gate_of_flagger_and_a_new_canary_resource_are_no_change(dashboard: Dashboard) -> None:
    gate = {"name": "checkout", "namespace": "shop", "phase": "Progressing", "metadata": {"some": "value"}}
    prepared = payloads.flagger_step("Initialized", START, "Initialization done! checkout.shop")
    for body in (gate, prepared):
        assert send(dashboard, payloads.FLAGGER, body).json() == {"message": "No change in it", "ids": []}


def test_flux_tells_of_a_version_again_and_again_and_of_a_way_back(dashboard: Dashboard) -> None:
    for number, revision in enumerate(["aaaa", "aaaa", "bbbb", "bbbb", "aaaa"]):
        body = deepcopy(payloads.FLUX.body)
        body["when"] += 30 * number
        body["tags"][2] = f"revision: main@sha1|{revision}"
        send(dashboard, payloads.FLUX, body)
    assert [change["version"] for change in stored(dashboard)] == ["main@aaaa", "main@bbbb", "main@aaaa"]


def test_spinnaker_may_flatten_what_it_sends(dashboard: Dashboard) -> None:
    event = payloads.spinnaker_event("orca:pipeline:complete", "SUCCEEDED", END)
    flat = {key: json.dumps(value) for key, value in event.items()}
    assert send(dashboard, payloads.SPINNAKER, flat).status_code == 200
    assert only(dashboard)["version"] == "v42"


def test_a_signature_of_another_body_is_refused(dashboard: Dashboard) -> None:
    raw = json.dumps(payloads.GITHUB.body).encode()
    signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "deployment_status", "X-Hub-Signature-256": f"sha256={signature}"}
    assert dashboard.post(payloads.GITHUB.path, raw + b" ", secret="", headers=headers).status_code == 401
    assert dashboard.post(payloads.GITHUB.path, raw, secret="", headers=headers).status_code == 202
    assert dashboard.post(payloads.GITHUB.path, raw, secret="", headers={"X-GitHub-Event": "ping"}).status_code == 401
