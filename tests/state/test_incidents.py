"""Incidents that are kept, and corrections beside them."""

import pytest

from dashboard.exceptions import StateError
from dashboard.state import added, incidents, retention
from dashboard.state.incidents import StoredIncident
from dashboard.state.store import Store
from dashboard.state.tables import CORRECTIONS
from tests.state.samples import NOW

DAY = 86_400.0


def stored(number: str, days_ago: float, content: str = "{}") -> StoredIncident:
    return StoredIncident(number, NOW - days_ago * DAY, NOW - days_ago * DAY + 600, content)


def correct(store: Store, number: str, field: str, content: str, at: float) -> None:
    row = {"id": f"{number} {field} {at}", "subject": number, "person": "mona", "added_at": at}
    assert added.add(store, CORRECTIONS, {**row, "field": field, "content": content})


def test_an_incident_is_kept_once_with_what_is_known_last(store: Store) -> None:
    before = incidents.sign(store)
    for incident in (stored("a", 2), stored("b", 1), stored("a", 2, '{"bad": 5}')):
        incidents.keep(store, incident, NOW)
    assert incidents.stored(store) == [stored("b", 1), stored("a", 2, '{"bad": 5}')]
    assert incidents.stored(store, since=NOW - 1.5 * DAY) == [stored("b", 1)]
    assert incidents.stored(store, number="a") == [stored("a", 2, '{"bad": 5}')]
    assert incidents.sign(store) != before
    with pytest.raises(StateError, match="longer than"):
        incidents.keep(store, stored("c", 1, "x" * 10_000_001), NOW)


def test_the_newest_correction_of_a_field_counts_and_can_be_withdrawn(store: Store) -> None:
    said = [("title", "The bank"), ("end", "5"), ("title", "The bank was down"), ("end", "")]
    for number, (field, content) in enumerate(said):
        correct(store, "a", field, content, NOW + number)
    correct(store, "b", "end", "7", NOW)
    assert incidents.corrections(store) == {"a": {"title": "The bank was down"}, "b": {"end": "7"}}


def test_what_is_over_is_forgotten_after_the_retention(store: Store) -> None:
    incidents.keep(store, stored("a", 500), NOW - 500 * DAY)
    incidents.keep(store, stored("b", 1), NOW)
    assert retention.prune(store, NOW) == 1
    assert [row.id for row in incidents.stored(store)] == ["b"]
