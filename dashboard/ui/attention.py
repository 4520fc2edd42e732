"""What needs attention and who is working on it, computed once per refresh for all pages."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from dashboard.engine.snapshot import Snapshot
from dashboard.exceptions import StateError
from dashboard.incidents.people import Acknowledgement, Note, acknowledgements, notes
from dashboard.state import running, shared
from dashboard.state.tables import ACKNOWLEDGEMENTS, NOTES
from dashboard.triage.added import NOTHING_ADDED, Added, holds, unattended
from dashboard.triage.entries import triage
from dashboard.triage.entry import Triage
from dashboard.ui.shared_cache import SharedCache

Row = TypeVar("Row", bound=Acknowledgement | Note)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What people added, a few seconds old at most; only equal to itself, so that pages can cache what they derive.

    Attributes:
        problem: why it is outdated, in one sentence; empty if it is not.
    """

    added: Added = NOTHING_ADDED
    problem: str = ""


_triages = SharedCache[Triage]()
_readings = SharedCache[Reading]()
_people = SharedCache[Mapping[str, str]]()


def triage_of(snapshot: Snapshot) -> Triage:
    """What needs attention."""
    return _triages.of("", snapshot, lambda: triage(snapshot))


def reading() -> Reading:
    """What people added, from memory."""
    try:
        seen = running.added().read()
    except StateError as error:
        return _absent(str(error))
    return _readings.of("", seen, lambda: _read(seen))


def waiting(snapshot: Snapshot) -> int:
    """The number of unacknowledged entries that need somebody now."""
    # Most of the time there are none.
    if not triage_of(snapshot).needs_now:
        return 0
    return len(unattended(triage_of(snapshot), reading().added, snapshot.ask_again, snapshot.at))


def people(snapshot: Snapshot) -> Mapping[str, str]:
    """Who is working on entries, by their services."""
    if not triage_of(snapshot).entries:
        return {}
    seen = reading()
    return _people.of("", (snapshot, seen), lambda: _attended(snapshot, seen.added))


def _attended(snapshot: Snapshot, added: Added) -> Mapping[str, str]:
    attended = {}
    for entry in triage_of(snapshot).entries:
        acknowledgement = added.acknowledged(entry)
        if acknowledgement is not None and holds(acknowledgement, entry, snapshot.ask_again, snapshot.at):
            attended.update(dict.fromkeys(entry.services, acknowledgement.person))
    return attended


@lru_cache(maxsize=8)
def _absent(problem: str) -> Reading:
    return Reading(problem=problem)


def _read(seen: shared.Added) -> Reading:
    standing = (row for row in seen.rows(ACKNOWLEDGEMENTS) if row["withdrawn_at"] is None)
    added = Added(_by_subject(acknowledgements(standing)), _by_subject(notes(seen.rows(NOTES))))
    return Reading(added, seen.problem or "")


def _by_subject(rows: Iterable[Row]) -> Mapping[str, tuple[Row, ...]]:
    by_subject: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_subject[row.subject].append(row)
    return {subject: tuple(group) for subject, group in by_subject.items()}
