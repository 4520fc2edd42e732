"""Possible causes of an entry: changes of its service and other suspects, with their likelihood."""

from collections.abc import Mapping, Sequence
from html import escape

from dashboard.changes.change import Change
from dashboard.changes.known import of_service
from dashboard.charts.light_chart import Mark
from dashboard.engine.changes.suspects import incident_suspects
from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.steps import STEP
from dashboard.oncall.explanation import Explanation
from dashboard.oncall.suspect import Finding, Grade, Suspect, Trouble
from dashboard.oncall.suspects import LOOK_BACK_S, suspects
from dashboard.triage.entry import Cause, Entry
from dashboard.ui.text import units
from dashboard.ui.text.incidents import suspect_text

# Maximum number of named suspects, and of letters of a change without a version.
MOST, LETTERS = 4, 60


def suspects_of(entry: Entry, snapshot: Snapshot, explanation: Explanation | None) -> tuple[Suspect, ...]:
    """The suspects of an entry, most likely first; empty if its start is unknown.

    Args:
        entry: of the list. `snapshot`: has the changes.
        explanation: what the additional bad events have in common; None if unknown.
    """
    if entry.incident is not None:
        return incident_suspects(snapshot, entry.incident, explanation)
    if entry.since is None or entry.cause is Cause.FULL:
        return ()
    trouble = Trouble(service=entry.service, start=entry.since, end=None, now=snapshot.at)
    changes = of_service(snapshot.changes, entry.service, entry.since - LOOK_BACK_S, snapshot.at)
    return suspects(trouble, changes, explanation)


def marks(found: Sequence[Suspect]) -> list[Mark]:
    """Changes as marks in charts, the most likely last."""
    likely = [suspect.change for suspect in found if suspect.grade is not Grade.RULED_OUT]
    return [Mark(known.change.start, _text(known.change)) for known in reversed(likely) if known is not None]


def changed(entry: Entry, found: Sequence[Suspect], titles: Mapping[str, str]) -> str:
    """The suspects before the start of an entry, a row each, as HTML; empty if that explains nothing.

    Args:
        entry: of the list. `found`: most likely first. `titles`: names of services on pages.
    """
    if entry.since is None or entry.cause is Cause.FULL:
        return ""
    if not found:
        hours = units.duration(LOOK_BACK_S)
        return f'<h3>What changed</h3><p class="say">No change is known in the {hours} before.</p>'
    rows = "".join(_row(suspect, entry.since, titles) for suspect in found[:MOST])
    more = f" <small>{len(found) - MOST} more</small>" if len(found) > MOST else ""
    return f"<h3>What changed{more}</h3>{rows}"


def _row(suspect: Suspect, since: float, titles: Mapping[str, str]) -> str:
    """A suspect with the strongest evidence.

    Args:
        suspect: to show. `since`: epoch seconds of the start of the entry. `titles`: of services.
    """
    when = "" if suspect.at is None else _apart(suspect.at - since)
    likely = ' class="likely"' if suspect.grade is Grade.MOST_LIKELY else ""
    return (
        f'<div class="fact"><span>{when}</span><b>{escape(suspect_text.name(suspect, titles))}</b>'
        f"<em{likely}>{escape(suspect.grade)}</em>{_why(suspect, titles)}</div>"
    )


def _why(suspect: Suspect, titles: Mapping[str, str]) -> str:
    # The time before the start is already shown.
    against = suspect.grade in (Grade.RULED_OUT, Grade.UNLIKELY, Grade.EFFECT)
    pieces = suspect.contra if against else suspect.pro
    telling = [piece for piece in pieces if piece.finding not in (Finding.BEGAN_AFTER, Finding.RIVAL)]
    return f"<small>{escape(suspect_text.evidence(telling[0], titles))}</small>" if telling else ""


def _text(change: Change) -> str:
    what = change.version or change.text.partition("\n")[0][:LETTERS]
    return f"{change.kind} {what}".strip()


def _apart(seconds: float) -> str:
    # Starts are known to a step of five minutes: a change within it may have come first.
    if -60 < seconds < STEP:
        return "with it"
    return f"{units.duration(abs(seconds) // 60 * 60)} {'after' if seconds > 0 else 'before'}"
