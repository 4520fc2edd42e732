"""A notification as JSON for programs: versioned, and extended without breaking what reads it."""

from typing import Any
from urllib.parse import quote

from dashboard.incidents.incident import Impact, Incident
from dashboard.notifications.events import Event
from dashboard.web.status_json import finite, time

VERSION = 1


def as_json(event: Event, title: str, sentence: str, base_url: str, now: float) -> dict[str, Any]:
    """What is sent of an event.

    Args:
        event: what happened. `title`, `sentence`: in words.
        base_url: under which the pages are reached; empty where nobody says so. `now`: epoch seconds.
    """
    incident = event.incident
    data = {
        "incident": incident.id,
        "aliases": list(incident.aliases),
        "event": str(event.kind),
        "turn": event.turn,
        "severity": str(incident.severity),
        "severity_before": None if event.before is None else str(event.before),
        "title": title,
        "sentence": sentence,
        "service": incident.service,
        "services": list(incident.services),
        "start": time(incident.start),
        "end": None if incident.end is None else time(incident.end),
        "detected_at": None if incident.detected_at is None else time(incident.detected_at),
        "impacts": [_impact(impact) for impact in incident.impacts],
        "links": links(incident, base_url),
    }
    return envelope(f"incident.{event.kind}", data, now)


def envelope(kind: str, data: dict[str, Any], now: float) -> dict[str, Any]:
    """What is around the data of each message, as Standard Webhooks has it.

    Args:
        kind: of message. `data`: of it. `now`: epoch seconds.
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


def _impact(impact: Impact) -> dict[str, Any]:
    return {
        "service": impact.service,
        "slo": impact.slo,
        "objective": impact.objective,
        "window_s": impact.window_s,
        "severity": str(impact.severity),
        "start": time(impact.start),
        "end": None if impact.end is None else time(impact.end),
        "bad": impact.bad,
        "valid": impact.valid,
        "ratio": impact.ratio,
        "seconds": impact.seconds,
        "budget_share": impact.budget_share,
    }
