"""A notification as programs get it: the contract of docs/notifications.md."""

from dataclasses import replace

from dashboard.incidents.incident import Severity
from dashboard.notifications.events import Event
from dashboard.notifications.spec import EventKind
from dashboard.web.notification_json import as_json
from tests.notifications.samples import NOW, closed, impact, incident, webhook

BASE = "https://golden.example.org"
DATA = {
    "incident", "aliases", "event", "turn", "severity", "severity_before", "title", "sentence", "service", "services",
    "start", "end", "detected_at", "impacts", "links",
}  # fmt: skip
IMPACT = {
    "service": "checkout",
    "slo": "checkout-availability",
    "objective": 0.999,
    "window_s": 2_592_000.0,
    "severity": "page",
    "start": "2025-11-29T02:38:00Z",
    "end": None,
    "bad": 920.0,
    "valid": 25_500.0,
    "ratio": 920 / 25_500,
    "seconds": 2040.0,
    "budget_share": 0.071,
}


def test_it_says_what_happened_how_bad_it_is_and_where_to_look() -> None:
    event = Event(EventKind.OPEN, incident("eu/a 1"), webhook())
    content = as_json(event, "Page: checkout", "It burns.", BASE, NOW)
    assert (content["type"], content["version"], content["timestamp"]) == ("incident.open", 1, "2025-11-29T03:12:00Z")
    data = content["data"]
    assert data.keys() == DATA
    assert data["impacts"] == [IMPACT]
    assert data["links"]["incident"] == f"{BASE}/incidents?incident=eu%2Fa%201"
    assert (data["start"], data["end"], data["detected_at"]) == ("2025-11-29T02:38:00Z", None, "2025-11-29T02:42:00Z")


def test_what_is_not_known_is_null_and_links_need_a_base_url() -> None:
    unknown = incident(severity=Severity.PAGE, detected_at=None)
    unknown = replace(unknown, impacts=(impact(bad=0.0, valid=0.0, budget_share=float("nan")),))
    event = Event(EventKind.CLOSE, closed(unknown), webhook(), Severity.TICKET, turn=2)
    data = as_json(event, "", "", "", NOW)["data"]
    [cost] = data["impacts"]
    assert (data["detected_at"], cost["ratio"], cost["budget_share"], data["links"]) == (None, None, None, {})
    assert (data["turn"], data["severity_before"], data["end"]) == (2, "ticket", "2025-11-29T03:12:00Z")
