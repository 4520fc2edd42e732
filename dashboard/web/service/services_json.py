"""Names and health of all services, as the search of the pages lists them: `GET /api/v1/services`."""

from typing import Any

from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.ui.text.status_text import status


def as_json(snapshot: Snapshot) -> dict[str, Any]:
    """Every service with its id, title, team, tier and health, most urgent first."""
    return {"services": [_service(report) for report in snapshot.services]}


def _service(report: ServiceReport) -> dict[str, Any]:
    shown, info = status(report.health), report.info
    return {
        "id": report.name,
        "title": report.title,
        "team": info.team or "",
        "tier": info.tier,
        "health": str(report.health),
        "mark": shown.mark,
        "word": shown.word,
        "colour": shown.colour,
    }
