"""A review of long ago has the incidents that were kept, and what people said of them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dashboard.engine.poller import Poller
from dashboard.incidents.incident import Correctable
from dashboard.incidents.stored import written
from dashboard.review.period import Period
from dashboard.state import added, incidents
from dashboard.state.incidents import StoredIncident
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec
from dashboard.state.store import Store
from dashboard.state.tables import ACKNOWLEDGEMENTS, CORRECTIONS, NOTES
from dashboard.timerange import DAY, HOUR
from dashboard.web.stored_past import stored_past
from tests.review.facts import impact, incident
from tests.steady import START, Clock, Steady

PERIOD = Period.parse("2023-06", "UTC")
BEGIN = PERIOD.start + 9 * DAY


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(StateSpec(str(tmp_path)))) as opened:
        for number, begin in (("20230610-1", BEGIN), ("20230401-2", BEGIN - 70 * DAY)):
            stored = incident(impact("shop", begin, begin + 2 * HOUR, 7.0), number=number)
            row = StoredIncident(stored.id, begin, begin + 2 * HOUR, written(stored))
            incidents.keep(opened, row, begin + DAY)
        said = {"subject": "20230610-1", "person": "kim", "added_at": BEGIN + 600}
        added.add(opened, ACKNOWLEDGEMENTS, {"id": "1", **said})
        added.add(opened, NOTES, {"id": "2", "content": "the provider was down", **said})
        end = f"{BEGIN + HOUR:.0f}"
        added.add(opened, CORRECTIONS, {"id": "3", "field": str(Correctable.END), "content": end, **said})
        yield opened


def test_what_was_kept_and_said_is_in_the_review(store: Store) -> None:
    clock = Clock(START)
    source = Steady(clock, ("shop",))
    poller = Poller(source, clock=clock)
    poller.viewers.review_facts.stored = stored_past(store)
    poller.tick()
    review = poller.viewers.reviews.fetch(PERIOD, wait_s=60).review
    assert review is not None
    (stored,) = review.incidents
    assert stored.id == "20230610-1"
    record = review.record(stored)
    assert [note.text for note in record.notes] == ["the provider was down"]
    assert review.statistics is not None
    # As people corrected its end.
    assert (review.statistics.acknowledge.middle, review.statistics.recover.middle) == (600, HOUR)
    availability = next(each for each in review.objectives if each.slo.kind == "availability")
    part, background = availability.spending
    # Both hours are all its: 10 requests a second, of which one in ten thousand fails.
    assert (part.incident, part.bad) == (stored.id, pytest.approx(2 * 3.6))
    assert part.bad + background.bad == availability.bad
    poller.stop()
