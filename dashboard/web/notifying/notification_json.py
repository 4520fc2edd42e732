"""A notification as JSON for programs: versioned, and extended compatibly."""

from typing import Any
from urllib.parse import quote

from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Incident
from dashboard.notifications.events import Event
from dashboard.ui.text.incidents import notification_text
from dashboard.web.incidents import incident_json
from dashboard.web.status_json import finite, time

VERSION = 1
# Large, or not looked up for notifications: `/api/v1/incidents` has them.
LEFT_OUT = {"acknowledged", "to_acknowledge_s", "kept"}


def as_json(event: Event, snapshot: Snapshot, base_url: str, now: float) -> dict[str, Any]:
    """The message for an event.

    Args:
        event: to notify of. `snapshot`: has the names of services and the time zone.
        base_url: URL of the pages; empty if unknown. `now`: epoch seconds.
    """
    incident = event.incident
    data = {
        "event": str(event.kind),
        "turn": event.turn,
        "severity_before": None if event.before is None else str(event.before),
        "title": notification_text.title(event.kind, incident, snapshot.service_title),
        "sentence": notification_text.sentence(incident, snapshot.time_zone, now),
        "incident": _incident(incident, snapshot),
        "links": links(incident, base_url),
    }
    return envelope(f"incident.{event.kind}", data, now)


def envelope(kind: str, data: dict[str, Any], now: float) -> dict[str, Any]:
    """The envelope of each message, as defined by Standard Webhooks.

    Args:
        kind: of message. `data`: its content. `now`: epoch seconds.
    """
    return {"type": kind, "version": VERSION, "timestamp": time(now), "data": finite(data)}


def links(incident: Incident, base_url: str) -> dict[str, str]:
    """Addresses of the pages that show an incident; none without a base URL."""
    if not base_url:
        return {}
    base = base_url.rstrip("/")
    service = quote(incident.service, safe="")
    return {
        "incident": f"{base}/incidents?incident={quote(incident.id, safe='')}",
        "service": f"{base}/service?service={service}",
        "triage": f"{base}/triage",
    }


def _incident(incident: Incident, snapshot: Snapshot) -> dict[str, Any]:
    """An incident with the fields of `/api/v1/incidents`, without the counts of its steps."""
    whole = incident_json.whole(incident, snapshot)
    impacts = [{key: value for key, value in impact.items() if key != "counts"} for impact in whole["impacts"]]
    return {**{key: value for key, value in whole.items() if key not in LEFT_OUT}, "impacts": impacts}
