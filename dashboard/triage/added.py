"""What people added to entries: acknowledgements, which expire, and notes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from dashboard.config.attention_tables import AskAgain
from dashboard.incidents.people import Acknowledgement, Note
from dashboard.triage.entry import Entry, Triage, Urgency

# Seconds by which an entry's start may be later than its acknowledgement, as starts are not exact.
SLACK_S = 900.0


Row = TypeVar("Row", bound=Acknowledgement | Note)


@dataclass(frozen=True, slots=True)
class Added:
    """What people added recently, by the id of the entry.

    Attributes:
        acknowledgements: without withdrawn ones, newest first. `notes`: oldest first.
    """

    acknowledgements: Mapping[str, Sequence[Acknowledgement]] = field(default_factory=dict)
    notes: Mapping[str, Sequence[Note]] = field(default_factory=dict)

    def acknowledged(self, entry: Entry) -> Acknowledgement | None:
        """The newest acknowledgement of an entry, however old; None if there is none for the current trouble."""
        stored = self._stored(self.acknowledgements, entry)
        return max(stored, key=lambda acknowledgement: acknowledgement.at, default=None)

    def notes_of(self, entry: Entry) -> tuple[Note, ...]:
        """Notes of an entry, oldest first."""
        return tuple(sorted(self._stored(self.notes, entry), key=lambda note: note.at))

    @staticmethod
    def _stored(rows: Mapping[str, Sequence[Row]], entry: Entry) -> Iterable[Row]:
        if not rows:
            return ()
        # An id made of service and cause is reused: additions before this start belong to an earlier occurrence.
        begin = float("-inf") if entry.since is None else entry.since - SLACK_S
        numbers = () if entry.incident is None else (entry.incident.id, *entry.incident.aliases)
        of_incident = [row for number in numbers for row in rows.get(number, ())]
        return [*of_incident, *(row for row in rows.get(entry.own_id, ()) if row.at >= begin)]


NOTHING_ADDED = Added()


def holds(acknowledgement: Acknowledgement | None, entry: Entry, ask_again: AskAgain, now: float) -> bool:
    """Whether an acknowledgement still holds: not expired, and not from before the entry became as urgent as now.

    Args:
        acknowledgement: the newest one. `entry`: its current state. `ask_again`: how long one lasts.
        now: epoch seconds.
    """
    if acknowledgement is None or now - acknowledgement.at >= (
        ask_again.now if entry.urgency is Urgency.NOW else ask_again.rest
    ):
        return False
    detected = entry.incident.detected_at if entry.incident is not None else None
    return not entry.pages or detected is None or acknowledgement.at >= detected


def unattended(triage: Triage, added: Added, ask_again: AskAgain, now: float) -> tuple[Entry, ...]:
    """Entries that need somebody now and that nobody has acknowledged.

    Args:
        triage: all entries. `added`: by people. `ask_again`: how long an acknowledgement lasts. `now`: epoch seconds.
    """
    return tuple(
        entry for entry in triage.of(Urgency.NOW) if not holds(added.acknowledged(entry), entry, ask_again, now)
    )
