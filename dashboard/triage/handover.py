"""The shift handover: what opened and closed, what remains, and what to watch."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Incident
from dashboard.incidents.people import Acknowledgement, Note
from dashboard.triage.added import Added, holds
from dashboard.triage.entry import Entry, Minor, Triage, Urgency

# Maximum number of lines in each part, and of notes per entry.
MOST, NOTES_MOST = 20, 3


@dataclass(frozen=True, slots=True)
class Remaining:
    """A remaining entry with its acknowledgement and newest notes; `is_attended`: the acknowledgement still holds."""

    entry: Entry
    acknowledgement: Acknowledgement | None
    is_attended: bool
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Handover:
    """The summary of a shift.

    Attributes:
        start, end: epoch seconds of the shift.
        opened, closed: incidents that began, and that ended, within it, in order of time.
        remaining: what needs somebody now or today. `watch`: what may need somebody later; `minor`: minor signals.
    """

    start: float
    end: float
    opened: tuple[Incident, ...]
    closed: tuple[Incident, ...]
    remaining: tuple[Remaining, ...]
    watch: tuple[Entry, ...]
    minor: tuple[Minor, ...]


def handovers(
    snapshot: Snapshot, triage: Triage, added: Added, shifts: Sequence[float]
) -> tuple[Handover, ...]:  # fmt: skip
    """A handover for each of several shifts that end now.

    Args:
        snapshot: has the incidents. `triage`: its entries. `added`: by people. `shifts`: lengths in seconds.
    """
    incidents = sorted(snapshot.incidents, key=lambda incident: incident.start)
    over = sorted((incident for incident in incidents if incident.end is not None), key=lambda over: over.end or 0.0)
    urgent = [entry for entry in triage.entries if entry.urgency in (Urgency.NOW, Urgency.TODAY)][:MOST]
    remaining = tuple(_remaining(entry, snapshot, added) for entry in urgent)
    watch = tuple(entry for entry in triage.entries if entry.urgency not in (Urgency.NOW, Urgency.TODAY))[:MOST]
    end = snapshot.at
    return tuple(
        Handover(
            end - seconds,
            end,
            tuple(incident for incident in incidents if end - seconds <= incident.start <= end)[-MOST:],
            tuple(incident for incident in over if end - seconds <= (incident.end or 0.0) <= end)[-MOST:],
            remaining,
            watch,
            triage.minor[:MOST],
        )
        for seconds in shifts
    )


def _remaining(entry: Entry, snapshot: Snapshot, added: Added) -> Remaining:
    acknowledgement = added.acknowledged(entry)
    is_attended = holds(acknowledgement, entry, snapshot.ask_again, snapshot.at)
    return Remaining(entry, acknowledgement, is_attended, added.notes_of(entry)[-NOTES_MOST:])
