"""What is kept is brought, once, in order, and by whoever is there."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from dashboard.exceptions import StateError
from dashboard.incidents.incident import Incident
from dashboard.notifications import dispatcher as dispatching
from dashboard.notifications.delivery import Notification, NotSent
from dashboard.notifications.dispatcher import Dispatcher, Situation
from dashboard.notifications.events import Event
from dashboard.state import deliveries
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from tests.live import until
from tests.notifications.samples import NOW, Recorded, closed, incident, plain_notification, ticket, webhook
from tests.steady import Clock


class Office:
    """A courier on a clock of the test, with receivers that keep what they are sent."""

    def __init__(self, store: Store, names: Sequence[str] = ("first",)) -> None:
        self.clock = Clock(NOW)
        self.situation = Situation(())
        self.receivers = [Recorded(webhook(name=name)) for name in names]
        self.ended = threading.Event()
        self.dispatcher = Dispatcher(
            store, self.receivers, lambda: self.situation, plain_notification, self.clock, self.ended
        )  # fmt: skip

    def passes(self, *incidents: Incident, seconds: float = 5.0, is_current: bool = True) -> None:
        """So much time passes, then it is looked at incidents, and what is due is brought."""
        self.clock.now += seconds
        self.situation = Situation(incidents, is_current)
        self.dispatcher.look()
        for receiver in self.receivers:
            self.dispatcher.send_due(receiver)

    @property
    def arrived(self) -> list[str]:
        return self.receivers[0].arrived


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store(StateSpec(MEMORY))
    yield opened
    opened.close()


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


def test_an_incident_is_told_from_begin_to_end_once_to_each(store: Store) -> None:
    office = Office(store, ("first", "second"))
    for stage in (ticket(), incident(), closed(incident())):
        for _ in range(3):
            office.passes(stage)
    for receiver in office.receivers:
        assert receiver.arrived == ["a1 open", "a1 escalation-page", "a1 close"]
    numbers = [notification.number for receiver in office.receivers for notification in receiver.notifications]
    assert len(set(numbers)) == 6


def test_what_was_over_before_the_first_start_is_no_news(office: Office) -> None:
    office.passes(*(closed(incident(f"old-{number}")) for number in range(30)), incident("new"))
    assert office.arrived == ["new open"]


def test_a_restart_tells_nothing_again_and_what_ended_meanwhile(store: Store, office: Office) -> None:
    office.passes(incident(), ticket("a2"))
    again = Office(store)
    again.passes(incident(), closed(ticket("a2")), closed(incident("a3")), seconds=7200)
    assert again.arrived == ["a2 close"]


def test_an_end_is_told_once_the_source_answers(office: Office) -> None:
    office.passes(incident())
    office.passes(closed(incident()), is_current=False)
    assert office.arrived == ["a1 open"]
    office.passes(closed(incident()))
    assert office.arrived == ["a1 open", "a1 close"]


def test_what_fails_is_tried_again_ever_more_seldom_and_in_order(office: Office) -> None:
    receiver = office.receivers[0]
    receiver.failure = NotSent("answered 500", is_brief=True)
    tries: list[float] = []
    receiver.before = lambda: tries.append(office.clock.now - NOW)
    office.passes(ticket())
    for _ in range(200):
        office.passes(closed(ticket()))
    assert tries == [5, 35, 95, 215, 455, 935]
    receiver.failure = None
    office.passes(closed(ticket()), seconds=900)
    for _ in range(2):
        office.passes(closed(ticket()))
    assert office.arrived == ["a1 open", "a1 close"]
    [status] = office.dispatcher.status()
    assert (status.sent, status.failed, status.waiting) == (2, 0, 0)


def test_a_receiver_is_left_alone_as_long_as_it_asks(office: Office) -> None:
    receiver = office.receivers[0]
    receiver.failure = NotSent("answered 429", wait=600.0, is_brief=True)
    office.passes(incident())
    receiver.failure = None
    office.passes(incident(), seconds=599)
    assert office.arrived == []
    office.passes(incident(), seconds=1)
    assert office.arrived == ["a1 open"]


@pytest.mark.parametrize(
    ("failure", "hours"), [(NotSent("answered 410", is_final=True), 0), (NotSent("answered 500"), 6)]
)
def test_what_cannot_arrive_is_given_up_and_said(office: Office, failure: NotSent, hours: int) -> None:
    office.receivers[0].failure = failure
    office.passes(incident())
    for _ in range(hours * 4):
        office.passes(incident(), seconds=900)
    office.passes(incident())
    [status] = office.dispatcher.status()
    assert (status.failed, status.given_up, status.waiting, status.problem) == (1, 1, 0, failure.problem)


def test_one_that_fails_holds_up_neither_other_incidents_nor_other_receivers(store: Store) -> None:
    office = Office(store, ("first", "second"))
    first = office.receivers[0]
    first.failure = NotSent("answered 500")
    office.passes(incident())
    first.failure = None
    office.passes(incident(), ticket("a2"))
    assert first.arrived == ["a2 open"]
    assert office.receivers[1].arrived == ["a1 open", "a2 open"]


def test_who_died_before_it_was_sent_is_taken_over_after_its_claim(store: Store, office: Office) -> None:
    office.situation = Situation([incident()])
    office.dispatcher.look()
    [number] = deliveries.due(store, "first", office.clock.now)
    assert deliveries.claim(store, number, office.clock.now, dispatching.LEASE_S) is not None
    other = Office(store)
    other.passes(incident(), seconds=dispatching.LEASE_S - 1)
    assert other.arrived == []
    other.passes(incident(), seconds=1)
    assert other.arrived == ["a1 open"]


def test_what_kills_whoever_sends_it_is_given_up(store: Store, office: Office) -> None:
    office.situation = Situation([incident()])
    office.dispatcher.look()
    while office.clock.now < NOW + dispatching.GIVE_UP_S:
        for number in deliveries.due(store, "first", office.clock.now):
            deliveries.claim(store, number, office.clock.now, dispatching.LEASE_S)
        office.clock.now += dispatching.LEASE_S
    office.passes(incident())
    office.passes(incident())
    assert office.arrived == []
    assert office.dispatcher.status()[0].problem == "nobody could send it"


def test_a_clock_that_goes_back_changes_no_order(office: Office) -> None:
    receiver = office.receivers[0]
    receiver.failure = NotSent("answered 500")
    office.passes(incident())
    office.passes(closed(incident()), seconds=-3600)
    receiver.failure = None
    office.passes(closed(incident()), seconds=7200)
    office.passes(closed(incident()))
    assert office.arrived == ["a1 open", "a1 close"]


def test_a_receiver_that_hangs_delays_nobody_and_a_fault_ends_no_thread(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "EVERY_S", 0.01)
    office = Office(store, ("slow", "quick"))
    slow, quick = office.receivers
    released, arrived = threading.Event(), threading.Event()
    reached = threading.Event()
    slow.before = lambda: reached.set() or released.wait(10)
    faults = iter([ZeroDivisionError("a fault of a library")])

    def faulty() -> None:
        if fault := next(faults, None):
            office.clock.now += dispatching.LEASE_S
            raise fault
        arrived.set()

    quick.before = faulty
    office.situation = Situation([incident()])
    office.dispatcher.start()
    assert reached.wait(20)
    assert arrived.wait(20)
    released.set()
    until(lambda: bool(slow.notifications), "the slow one was told, too")
    office.dispatcher.stop()
    assert quick.arrived == slow.arrived == ["a1 open"]


def test_a_state_that_fails_is_said_and_nothing_is_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "EVERY_S", 0.01)
    office, said, arrived = Office(store), threading.Event(), threading.Event()

    def failing() -> Situation:
        if not said.is_set():
            if office.dispatcher.problem is not None:
                said.set()
            raise StateError("state.db: disk I/O error")
        return Situation([incident()])

    office.dispatcher._read = failing
    office.receivers[0].before = arrived.set
    office.dispatcher.start()
    assert said.wait(20)
    assert arrived.wait(20)
    office.dispatcher.stop()
    assert office.dispatcher.problem is None


def test_one_that_cannot_be_put_in_words_keeps_no_other_from_being_told(
    office: Office,
) -> None:
    def write(event: Event) -> Notification:
        if event.incident.id == "a1":
            raise ZeroDivisionError("a fault of ours")
        return plain_notification(event)

    office.dispatcher._write = write
    office.situation = Situation([incident(), ticket("a2")])
    with pytest.raises(ZeroDivisionError):
        office.dispatcher.look()
    office.dispatcher.send_due(office.receivers[0])
    assert office.arrived == ["a2 open"]


def test_without_receivers_nothing_runs(store: Store) -> None:
    office = Office(store, ())
    office.dispatcher.start()
    office.dispatcher.stop()
    assert office.dispatcher.status() == []
    assert deliveries.known(store) == []


def test_events_that_are_not_wanted_are_counted_by_nobody(store: Store) -> None:
    office = Office(store)
    office.receivers[0].spec = replace(webhook(name="first"), events=frozenset())
    office.passes(incident())
    office.passes(closed(incident()))
    [status] = office.dispatcher.status()
    assert (office.arrived, status.arrived, status.waiting) == ([], 0, 0)
