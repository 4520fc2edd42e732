"""The triage list as JSON: `GET /api/v1/triage`."""

from itertools import zip_longest
from typing import Any

from dashboard.engine.snapshot import Snapshot
from dashboard.engine.viewers.exemplar_windows import ExemplarWindow
from dashboard.engine.viewers.explanations import ExplanationWindow
from dashboard.slo.report import SloReport
from dashboard.triage.added import Added, holds
from dashboard.triage.entry import MINOR_KINDS, Entry
from dashboard.ui import attention
from dashboard.ui.panels.triage import triage as triage_panel
from dashboard.ui.panels.triage import triage_changes, triage_entry, triage_foot, triage_traces
from dashboard.ui.panels.triage.triage_entry import Answers
from dashboard.ui.text import links, units
from dashboard.ui.text.incidents import suspect_text
from dashboard.ui.text.triage import triage_entry_text, triage_text
from dashboard.web.incidents.alerts_json import current_alert
from dashboard.web.service.explanation_json import explanation_json
from dashboard.web.status_json import finite, time


def as_json(snapshot: Snapshot, *, asks: bool = True) -> dict[str, Any]:
    """Entries, most urgent first, with their assignees; what is unknown, or not known yet, is null.

    Args:
        snapshot: has them. `asks`: ask the source about the most urgent, as the page does, almost without waiting.
    """
    triaged, added = attention.triage_of(snapshot), attention.reading().added
    waiting, answers = attention.waiting(snapshot), triage_panel.answers_of(snapshot, asks=asks)
    return {
        "at": time(snapshot.at),
        "known": triaged.is_known,
        "headline": triage_entry_text.plain(triage_text.headline(triaged, waiting)),
        "needs_now": waiting,
        "entries": [
            {**_entry(entry, snapshot, added), **_known(entry, snapshot, known)}
            for entry, known in zip_longest(triaged.entries, answers)
        ],
        "alerts_elsewhere": [
            finite(current_alert(current, snapshot.service_title, snapshot.at, snapshot.time_zone))
            for current in triaged.alerts
        ],
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


def _known(entry: Entry, snapshot: Snapshot, answers: Answers | None) -> dict[str, Any]:
    """What is known about the cause of an entry, and its links.

    Args:
        entry: of the list. `snapshot`: has the rest. `answers`: of the source; None if it was not asked.
    """
    alerts = triage_entry.alerts_of(entry, snapshot)
    title, zone = snapshot.service_title, snapshot.time_zone
    return {
        "spending": None if answers is None else _spending(answers.spending),
        "causes": None if answers is None else _causes(entry, snapshot, answers.spending),
        "requests": None if answers is None else _requests(entry, snapshot, answers.requests),
        "alerts": [finite(current_alert(alert, title, snapshot.at, zone)) for alert in alerts],
        "links": triage_foot.links_of(entry, snapshot),
    }


def _spending(window: ExplanationWindow | None) -> dict[str, Any] | None:
    if window is None or window.explanation is None:
        return None
    unused = [(label.name, label.why) for label in window.unused]
    spans = {"at": time(window.spans.end), "span_s": window.spans.seconds, "compare_s": window.spans.shift}
    explained: dict[str, Any] = finite({**spans, **explanation_json(window.explanation, window.bad, unused)})
    return explained


def _causes(entry: Entry, snapshot: Snapshot, window: ExplanationWindow | None) -> list[dict[str, Any]]:
    """Changes and other suspects, most likely first, with the evidence for and against each."""
    explanation = None if window is None else window.explanation
    titles = {report.name: report.title for report in snapshot.services}
    return [
        {
            "name": suspect_text.name(suspect, titles),
            "kind": str(suspect.kind),
            "likely": str(suspect.grade),
            "at": _time(suspect.at),
            "change": None if suspect.change is None else suspect.change.change.id,
            "for": [units.plain(suspect_text.evidence(piece, titles)) for piece in suspect.pro],
            "against": [units.plain(suspect_text.evidence(piece, titles)) for piece in suspect.contra],
        }
        for suspect in triage_changes.suspects_of(entry, snapshot, explanation)
    ]


def _requests(entry: Entry, snapshot: Snapshot, window: ExemplarWindow | None) -> list[dict[str, Any]] | None:
    """The worst requests with their traces."""
    if window is None or window.exemplars is None:
        return None
    report = snapshot.by_name.get(entry.service)
    own = {} if report is None else report.info.links
    return [
        {
            "at": time(request.at),
            "trace": request.trace,
            "link": links.to_trace(own, request.trace) or None,
            "seconds": request.seconds,
            "failed": request.failed,
            "labels": dict(request.labels),
        }
        for request in triage_traces.worst(window.exemplars, entry)
    ]


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
