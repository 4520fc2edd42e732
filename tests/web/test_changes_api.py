"""Changes are listed by the services that they concern, in our own words."""

from collections.abc import Iterator
from typing import Any

import pytest

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
    unknown = dashboard.request("GET", "/api/v1/changes?service=chekcout", READER)
    assert (unknown.status_code, unknown.json()) == (404, {"message": "There is no service chekcout"})
