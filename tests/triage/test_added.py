"""Acknowledgements age, hold for what they were made of, and notes stay with their entry."""

from dataclasses import replace

import pytest

from dashboard.config.attention_tables import AskAgain
from dashboard.incidents.incident import Incident
from dashboard.incidents.people import Acknowledgement, Note
from dashboard.timerange import HOUR
from dashboard.triage.added import SLACK_S, Added, holds, unattended
from dashboard.triage.entry import Cause, Entry, Triage, Urgency
from tests.triage.test_entries import NOW, incident

ENTRY = Entry("checkout:burn", "checkout:burn", Urgency.NOW, Cause.BURN, "checkout", ("checkout",), since=NOW - HOUR)
ASK = AskAgain(now=4 * HOUR, rest=24 * HOUR)


def added(*moments: float, subject: str = "checkout:burn") -> Added:
    rows = tuple(Acknowledgement("Mona", at, id=str(at), subject=subject) for at in moments)
    return Added({subject: rows}, {subject: tuple(Note("Mona", row.at, "text", row.id, subject) for row in rows)})


@pytest.mark.parametrize(("urgency", "hours", "wanted"), [
    (Urgency.NOW, 3.9, True), (Urgency.NOW, 4.0, False), (Urgency.TODAY, 4.0, True), (Urgency.WEEK, 24.0, False),
])  # fmt: skip
def test_an_acknowledgement_ages_sooner_of_what_needs_somebody_now(
    urgency: Urgency, hours: float, wanted: bool
) -> None:
    entry = replace(ENTRY, urgency=urgency)
    made = Acknowledgement("Mona", NOW - hours * HOUR, subject=entry.id)
    assert holds(made, entry, ASK, NOW) is wanted
    assert not holds(None, entry, ASK, NOW)


def test_what_was_acknowledged_before_it_paged_is_asked_again() -> None:
    grown = replace(ENTRY, incident=incident(("checkout", NOW - HOUR), detected=NOW - 600))
    made = Acknowledgement("Mona", NOW - 1200, subject=ENTRY.id)
    # Without an alert that pages there is nothing that it became.
    assert holds(made, grown, ASK, NOW)
    assert not holds(made, _paging(grown), ASK, NOW)
    assert holds(replace(made, at=NOW - 300), _paging(grown), ASK, NOW)


def _paging(entry: Entry) -> Entry:
    class Paging(Entry):
        __slots__ = ()
        pages = property(lambda _: True)

    return Paging(*(getattr(entry, name) for name in Entry.__dataclass_fields__))


def test_an_id_of_service_and_cause_is_of_this_time_and_not_of_the_last_one() -> None:
    earlier = added(NOW - 30 * HOUR)
    assert earlier.acknowledged(ENTRY) is None
    assert earlier.notes_of(ENTRY) == ()
    both = added(NOW - 30 * HOUR, NOW - HOUR - SLACK_S, NOW - 60)
    acknowledgement = both.acknowledged(ENTRY)
    assert acknowledgement is not None
    assert acknowledgement.at == NOW - 60
    assert len(both.notes_of(ENTRY)) == 2


def test_what_was_added_before_the_incident_was_known_stays_with_it() -> None:
    def of(known: Incident) -> Entry:
        return replace(ENTRY, id=known.id, incident=known, since=known.start)

    known = incident(("checkout", NOW - HOUR))
    assert added(NOW - 60).acknowledged(of(known)) is not None
    assert added(NOW - 60, subject=known.id).acknowledged(of(known)) is not None
    merged = replace(known, id="20251009-0800-def", aliases=(known.id,))
    assert added(NOW - 60, subject=known.id).acknowledged(of(merged)) is not None
    assert added(NOW - 60, subject="another").acknowledged(of(known)) is None


def test_what_nobody_is_on_is_counted_of_now_alone() -> None:
    today = replace(ENTRY, id="b", own_id="b", urgency=Urgency.TODAY)
    triaged = Triage(NOW, (ENTRY, today), services=2)
    assert unattended(triaged, Added(), ASK, NOW) == (ENTRY,)
    assert unattended(triaged, added(NOW - 60), ASK, NOW) == ()
