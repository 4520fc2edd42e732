"""Changes are listed by the services that they concern, in our own words."""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.changes.change import Change, Kind
from tests.web.annotations import NOW, READER, SECRET, Dashboard


@pytest.fixture
def dashboard() -> Iterator[Dashboard]:
    opened = Dashboard()
    yield opened
    opened.close()


def deploy(dashboard: Dashboard, ago: float, *tags: str) -> None:
    body = {"text": "Deployed", "time": (NOW - ago) * 1000, "tags": ["deploy", *tags]}
    assert dashboard.post("/api/annotations", body).status_code == 200


def listed(dashboard: Dashboard, **query: Any) -> list[dict[str, Any]]:
    response = dashboard.request("GET", "/api/v1/changes", READER, params=query)
    assert response.status_code == 200, response.text
    changes: list[dict[str, Any]] = response.json()["changes"]
    return changes


def test_changes_of_a_service_are_found_by_each_of_its_names(dashboard: Dashboard) -> None:
    deploy(dashboard, 400, "service:checkout", "version:41")
    deploy(dashboard, 300, "service:shop/Checkout-API", "version:42")
    deploy(dashboard, 200, "search", "version:7")
    deploy(dashboard, 100, "service:checkout", "version:41")
    deploy(dashboard, 50, "nothing known")
    changes = listed(dashboard, service="Checkout")
    assert [(change["version"], change["services"]) for change in changes] == [
        ("41", ["checkout"]),
        ("42", ["checkout"]),
        ("41", ["checkout"]),
    ]
    assert [change["services"] for change in listed(dashboard)] == [
        *([], ["checkout"], ["search"], ["checkout"], ["checkout"]),
    ]
    assert len(listed(dashboard, **{"from": (NOW - 250) * 1000, "to": (NOW - 60) * 1000})) == 2
    assert len(listed(dashboard, limit=1)) == 1


def test_a_way_back_is_a_rollback(dashboard: Dashboard) -> None:
    for ago, version in ((300, "41"), (200, "42"), (100, "41")):
        deploy(dashboard, ago, "service:checkout", f"version:{version}")
    kinds = [change["kind"] for change in listed(dashboard, service="checkout")]
    assert kinds == ["rollback", "deploy", "deploy"]
    [change] = listed(dashboard, service="checkout", **{"from": (NOW - 150) * 1000, "limit": 1})
    assert {key: change[key] for key in ("at", "kind", "end", "outcome", "sender", "token", "service")} == {
        "at": "2025-10-09T08:51:40Z",
        "kind": "rollback",
        "end": None,
        "outcome": "unknown",
        "sender": "grafana",
        "token": "ci",
        "service": "checkout",
    }


def test_who_may_not_and_what_is_not_there(dashboard: Dashboard) -> None:
    assert dashboard.request("GET", "/api/v1/changes", SECRET).status_code == 403
    assert dashboard.request("GET", "/api/v1/changes", "").status_code == 401
    other = dashboard.request("GET", "/api/v1/changes?at=now-3h", READER)
    assert (other.status_code, other.json()["message"][:18]) == (400, "Nothing reads 'at'")
    unknown = dashboard.request("GET", "/api/v1/changes?service=chekcout", READER)
    assert (unknown.status_code, unknown.json()) == (404, {"message": "There is no service chekcout"})


def seen(ago: float, version: str, kind: Kind = Kind.DEPLOY, **fields: Any) -> Change:
    """A change that follows from the data of checkout."""
    start = NOW - ago
    every = {"text": f"Deployed checkout {version}", "service": "checkout", "version": version, **fields}
    details = {"origin": "requests"}
    return Change(sender="demo", key=f"{version} {ago}", kind=kind, start=start, at=start, details=details, **every)


def test_what_follows_from_the_data_is_listed_too_and_what_was_told_of_it_is_the_same(dashboard: Dashboard) -> None:
    deploy(dashboard, 4000, "service:checkout", "version:v42")
    dashboard.derived = seen(8000, "41"), seen(3900, "42", end=NOW - 3000), seen(100, "41", Kind.ROLLBACK)
    changes = listed(dashboard, service="checkout")
    assert [(change["version"], change["kind"], change["sources"], change["token"]) for change in changes] == [
        ("41", "rollback", ["demo"], ""),
        ("v42", "deploy", ["grafana", "demo"], "ci"),
        ("41", "deploy", ["demo"], ""),
    ]
    assert changes[1]["ids"] == [changes[1]["id"], dashboard.derived[1].id]
    assert changes[1]["end"] == "2025-10-09T08:03:20Z"
    assert listed(dashboard, service="search") == []
    assert len(listed(dashboard, limit=2)) == 2
    assert len(listed(dashboard, to=(NOW - 5000) * 1000)) == 1


def test_grafana_reads_derived_changes_back_as_annotations(dashboard: Dashboard) -> None:
    deploy(dashboard, 4000, "service:checkout", "version:v42")
    dashboard.derived = seen(8000, "41"), seen(3900, "42", end=NOW - 3000), seen(100, "41", Kind.ROLLBACK)

    def annotations(**query: Any) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = dashboard.request("GET", "/api/annotations", READER, params=query).json()
        return answer

    every = annotations()
    assert [(each["login"], each["data"]["kind"]) for each in every] == [
        ("demo", "rollback"),
        ("ci", "deploy"),
        ("demo", "deploy"),
    ]
    assert every[0]["tags"] == ["rollback", "service:checkout", "version:41", "status:unknown", "derived"]
    assert every[0]["time"] == (NOW - 100) * 1000
    assert [each["id"] for each in annotations(tags="derived")] == [every[0]["id"], every[2]["id"]]
    assert [each["id"] for each in annotations(tags="derived", to=(NOW - 200) * 1000)] == [every[2]["id"]]
    assert len(annotations(limit=1)) == 1
    # One is read by its id, and cannot be corrected: it is what the data say.
    path = f"/api/annotations/{every[0]['id']}"
    assert dashboard.request("GET", path, READER).json() == every[0]
    assert dashboard.request("PATCH", path, SECRET, content=b'{"text": "no"}').status_code == 404
