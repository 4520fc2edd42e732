"""What needs somebody as JSON: `GET /api/v1/triage`."""

from typing import Any

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import SloReport
from dashboard.triage.added import Added, holds
from dashboard.triage.entry import MINOR_KINDS, Entry
from dashboard.ui import attention
from dashboard.ui.text import triage_entry_text, triage_text
from dashboard.web.status_json import time


def as_json(snapshot: Snapshot) -> dict[str, Any]:
    """Entries, the most urgent first, with who is on them; what is not known is null."""
    triaged, added = attention.triage_of(snapshot), attention.reading().added
    waiting = attention.waiting(snapshot)
    return {
        "at": time(snapshot.at),
        "known": triaged.is_known,
        "headline": triage_entry_text.plain(triage_text.headline(triaged, waiting)),
        "needs_now": waiting,
        "entries": [_entry(entry, snapshot, added) for entry in triaged.entries],
        "minor": {kind: sum(signal.kind == kind for signal in triaged.minor) for kind in MINOR_KINDS},
        "fine": triaged.fine,
        "at_risk": triaged.watched,
        "no_data": list(triaged.unknown),
    }


def _entry(entry: Entry, snapshot: Snapshot, added: Added) -> dict[str, Any]:
    return {
        "id": entry.id,
        "urgency": str(entry.urgency),
        "cause": str(entry.cause),
        "service": entry.service,
        "services": list(entry.services),
        "since": _time(entry.since),
        "sentence": triage_entry_text.plain(triage_entry_text.sentence(entry, snapshot.time_zone, snapshot.at)),
        "severity": None if entry.alert is None else entry.alert.rule.row.severity,
        "slos": [_slo(slo) for slo in entry.slos],
        "resource": entry.resource or None,
        "level": entry.level,
        "ahead_s": entry.ahead_s,
        "incident": None if entry.incident is None else entry.incident.id,
        "moved": [{"service": other.service, "since": time(other.since)} for other in entry.moved],
        "acknowledged": _acknowledged(entry, snapshot, added),
        "notes": [
            {"by": note.person, "at": time(note.at), "text": note.text} for note in added.notes_of(entry)
        ],
    }  # fmt: skip


def _slo(slo: SloReport) -> dict[str, Any]:
    return {"slo": slo.slo.name, "state": str(slo.state), "remaining": slo.judged_remaining}


def _acknowledged(entry: Entry, snapshot: Snapshot, added: Added) -> dict[str, Any] | None:
    acknowledgement = added.acknowledged(entry)
    if acknowledgement is None:
        return None
    standing = holds(acknowledgement, entry, snapshot.ask_again, snapshot.at)
    return {"by": acknowledgement.person, "at": time(acknowledgement.at), "holds": standing}


def _time(moment: float | None) -> str | None:
    return None if moment is None else time(moment)
