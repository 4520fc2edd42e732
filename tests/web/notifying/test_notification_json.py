"""A notification as programs get it: the contract of docs/notifications.md."""

import math
from dataclasses import replace

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Severity, StepCounts
from dashboard.notifications.events import Event
from dashboard.notifications.spec import EventKind
from dashboard.web.incidents import incident_json
from dashboard.web.notifying.notification_json import as_json
from tests.notifications.samples import NOW, closed, impact, incident, webhook
from tests.steady import Clock, Steady

BASE = "https://golden.example.org"
COUNTED = impact(counts=StepCounts(NOW, bad=(1.0,), valid=(2.0,)))


@pytest.fixture
def snapshot() -> Snapshot:
    ticked = Poller(Steady(Clock(NOW), ("checkout",)), clock=Clock(NOW))
    ticked.tick()
    return ticked.snapshot


def test_it_says_what_happened_how_bad_it_is_and_where_to_look(snapshot: Snapshot) -> None:
    counted = replace(incident("eu/a 1"), impacts=(COUNTED,))
    content = as_json(Event(EventKind.OPEN, counted, webhook()), snapshot, f"{BASE}/", NOW)
    assert (content["type"], content["version"], content["timestamp"]) == ("incident.open", 1, "2025-11-29T03:12:00Z")
    data = content["data"]
    assert data.keys() == {"event", "turn", "severity_before", "title", "sentence", "incident", "links"}
    assert (data["event"], data["turn"], data["severity_before"]) == ("open", 1, None)
    assert data["title"] == "Page: checkout"
    assert data["sentence"].startswith("Since 29 Nov 02:38 UTC 3.6 % of requests have failed: 920 of 25,500, where ")
    assert data["links"] == {
        "incident": f"{BASE}/incidents?incident=eu%2Fa%201",
        "service": f"{BASE}/service?service=checkout",
        "triage": f"{BASE}/triage",
    }


def test_the_incident_is_in_the_words_of_the_api_without_what_is_long_or_not_looked_up(snapshot: Snapshot) -> None:
    counted = replace(incident(), impacts=(COUNTED,))
    sent = as_json(Event(EventKind.OPEN, counted, webhook()), snapshot, BASE, NOW)["data"]["incident"]
    whole = incident_json.whole(counted, snapshot)
    assert whole.keys() - sent.keys() == {"acknowledged", "to_acknowledge_s", "kept"}
    assert all(sent[key] == whole[key] for key in sent.keys() - {"impacts"})
    assert whole["impacts"][0].keys() - sent["impacts"][0].keys() == {"counts"}


def test_what_is_not_known_is_null_and_links_need_a_base_url(snapshot: Snapshot) -> None:
    unknown = replace(incident(detected_at=None), impacts=(impact(bad=0.0, valid=0.0, budget_share=math.nan),))
    event = Event(EventKind.CLOSE, closed(unknown), webhook(), Severity.TICKET, turn=2)
    data = as_json(event, snapshot, "", NOW)["data"]
    [cost] = data["incident"]["impacts"]
    assert (data["incident"]["detected"], cost["budget_share"], data["links"]) == (None, None, {})
    assert (data["turn"], data["severity_before"], data["incident"]["end"]) == (2, "ticket", "2025-11-29T03:12:00Z")
