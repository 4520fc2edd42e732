"""A shift handover as plain text, to be pasted into a chat: what opened, closed, remains, and what to watch."""

from collections.abc import Iterable, Iterator, Mapping

from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Incident
from dashboard.incidents.record import Record
from dashboard.triage.entry import Minor
from dashboard.triage.handover import Handover, Remaining
from dashboard.ui.text import incident_text, moments, source_text, triage, units
from dashboard.ui.text.triage import AS_GIVEN, NEEDS


def written(shift: Handover, snapshot: Snapshot) -> str:
    """The whole of it, with plain spaces.

    Args:
        shift: what happened. `snapshot`: knows the names of services, and how the source does.
    """
    zone, titles = snapshot.time_zone, {name: report.title for name, report in snapshot.by_name.items()}
    lines = [f"Shift handover, {snapshot.title}, {moments.between(shift.start, shift.end, zone)}"]
    if (banner := source_text.banner(snapshot, snapshot.at)) is not None:
        lines.append(f"{banner.word} {banner.sentence}".strip())
    parts = (
        ("Opened", [_incident(incident, titles, zone, shift.end) for incident in shift.opened]),
        ("Closed", [_incident(incident, titles, zone, shift.end) for incident in shift.closed]),
        ("Remains", [line for left in shift.remaining for line in _remaining(left, snapshot)]),
        ("Watch", [*_watch(shift, snapshot), *(_minor(signal, snapshot) for signal in shift.minor)]),
    )
    for name, part in parts:
        lines += ["", f"{name}:", *(part or ["- nothing"])]
    return units.plain("\n".join(lines)) + "\n"


def _incident(incident: Incident, titles: Mapping[str, str], zone: str, now: float) -> str:
    title = incident_text.title(Record(incident=incident, titles=titles), now)
    begin = moments.lately(incident.start, zone, now)
    when = f"since {begin}" if incident.end is None else f"{begin} – {moments.lately(incident.end, zone, now)}"
    return f"- {title} ({when}, {incident.id})"


def _remaining(left: Remaining, snapshot: Snapshot) -> Iterator[str]:
    entry, zone, now = left.entry, snapshot.time_zone, snapshot.at
    sentence = triage.plain(triage.sentence(entry, zone, now))
    yield f"- {NEEDS[entry.urgency].upper()}: {snapshot.service_title(entry.service)}: {sentence}"
    if left.acknowledgement is None:
        yield "  nobody is on it"
    else:
        said = triage.acknowledged(left.acknowledgement, zone, now, is_over=not left.is_attended)
        yield f"  {said[0].lower()}{said[1:]}"
    for note in left.notes:
        at, text = moments.lately(note.at, zone, now), " ".join(note.text.split())
        yield f"  note of {note.person} ({AS_GIVEN}), {at}: {text}"


def _watch(shift: Handover, snapshot: Snapshot) -> Iterable[str]:
    for entry in shift.watch:
        sentence = triage.plain(triage.sentence(entry, snapshot.time_zone, snapshot.at))
        yield f"- {snapshot.service_title(entry.service)}: {sentence}"


def _minor(signal: Minor, snapshot: Snapshot) -> str:
    said = triage.of_minor(signal, snapshot.time_zone, snapshot.at)
    return f"- {snapshot.service_title(signal.service)}: {said}"
