"""A shift handover as plain text, to be pasted into a chat: what opened, closed, remains, and what to watch."""

from collections.abc import Iterable, Iterator, Mapping

from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Correctable, Incident
from dashboard.incidents.record import Record
from dashboard.triage.entry import Minor
from dashboard.triage.handover import Handover, Remaining
from dashboard.ui.text import moments, source_text, units
from dashboard.ui.text.incidents import incident_text
from dashboard.ui.text.triage import triage_entry_text, triage_text
from dashboard.ui.text.triage.triage_entry_text import AS_GIVEN, NEEDS


def written(shift: Handover, snapshot: Snapshot, standing: str) -> str:
    """The whole handover, with plain spaces.

    Args:
        shift: its events. `snapshot`: knows the names of services, and the state of the source.
        standing: the result of `remains`: the same at the end of a longer shift.
    """
    zone, titles = snapshot.time_zone, {service: snapshot.service_title(service) for service in _services(shift)}
    lines = [f"Shift handover, {snapshot.title}, {moments.between(shift.start, shift.end, zone)}"]
    if (banner := source_text.banner(snapshot, snapshot.at)) is not None:
        lines.append(f"{banner.word} {banner.sentence}".strip())
    for name, incidents in (("Opened", shift.opened), ("Closed", shift.closed)):
        lines += _part(name, [_incident(incident, titles, zone, shift.end) for incident in incidents])
    return units.plain("\n".join(lines)) + "\n" + standing


def remains(shift: Handover, snapshot: Snapshot) -> str:
    """What remains, and what to watch, with plain spaces.

    Args:
        shift: its events. `snapshot`: knows the names of services.
    """
    remaining = [line for left in shift.remaining for line in _remaining(left, snapshot)]
    watch = [*_watch(shift, snapshot), *(_minor(signal, snapshot) for signal in shift.minor)]
    return units.plain("\n".join([*_part("Remains", remaining), *_part("Watch", watch)])) + "\n"


def _part(name: str, lines: list[str]) -> list[str]:
    return ["", f"{name}:", *(lines or ["- nothing"])]


def _services(shift: Handover) -> set[str]:
    return {service for incident in (*shift.opened, *shift.closed) for service in incident.services}


def _incident(incident: Incident, titles: Mapping[str, str], zone: str, now: float) -> str:
    record = Record(incident=incident, titles=titles)
    # As corrected by people, so that the next shift finds it under that title.
    title, times = incident.corrections.get(Correctable.TITLE) or incident_text.title(record, now), record.moments
    begin = moments.lately(times.start, zone, now)
    when = f"since {begin}" if times.end is None else units.between(begin, moments.lately(times.end, zone, now))
    return f"- {title} ({when}{_cost(incident)}, {incident.id})"


def _cost(incident: Incident) -> str:
    """The budget that a closed incident used, and what remained; empty if unknown."""
    main = incident.main
    if incident.end is None or main.budget_share is None:
        return ""
    left = "" if main.budget_left is None else f", {units.percent(main.budget_left)} of it left"
    return f", {units.percent(main.budget_share)} of the budget of {main.slo}{left}"


def _remaining(left: Remaining, snapshot: Snapshot) -> Iterator[str]:
    entry, zone, now = left.entry, snapshot.time_zone, snapshot.at
    sentence = triage_entry_text.plain(triage_entry_text.sentence(entry, zone, now))
    yield f"- {NEEDS[entry.urgency].upper()}: {snapshot.service_title(entry.service)}: {sentence}"
    if beside := triage_entry_text.beside(entry, zone, now):
        yield f"  {units.plain(' · '.join(beside))}"
    if left.acknowledgement is None:
        yield "  nobody is on it"
    else:
        said = triage_entry_text.acknowledged(left.acknowledgement, zone, now, is_over=not left.is_attended)
        yield f"  {said[0].lower()}{said[1:]}"
    for note in left.notes:
        at, text = moments.lately(note.at, zone, now), " ".join(note.text.split())
        yield f"  note of {note.person} ({AS_GIVEN}), {at}: {text}"


def _watch(shift: Handover, snapshot: Snapshot) -> Iterable[str]:
    for entry in shift.watch:
        sentence = triage_entry_text.plain(triage_entry_text.sentence(entry, snapshot.time_zone, snapshot.at))
        yield f"- {snapshot.service_title(entry.service)}: {sentence}"


def _minor(signal: Minor, snapshot: Snapshot) -> str:
    said = triage_text.of_minor(signal, snapshot.time_zone, snapshot.at)
    return f"- {snapshot.service_title(signal.service)}: {said}"
