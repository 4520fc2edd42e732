"""From the incidents of a poller to a webhook that arrives, as the server runs it."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.config.configuration import Config
from dashboard.engine.poller import Poller
from dashboard.engine.source_status import SourceState
from dashboard.exceptions import ConfigError
from dashboard.notifications import dispatcher as dispatching
from dashboard.notifications import running
from dashboard.notifications.spec import MessageSpec
from dashboard.state import deliveries
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from dashboard.web.notifying.notifying import Notifying, check_receivers
from tests.notifications.hook_server import HookServer, hook_server
from tests.notifications.samples import closed, incident, webhook
from tests.steady import Clock, Steady

BASE = "https://golden.example.org"


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store(StateSpec(MEMORY))
    yield opened
    opened.close()


@pytest.fixture
def hooks() -> Iterator[HookServer]:
    with hook_server() as server:
        yield server


@pytest.fixture
def poller() -> Poller:
    """One whose services were read once."""
    ticked = Poller(Steady(Clock(time.time()), ("checkout",)), clock=time.time)
    ticked.tick()
    return ticked


def notifying(poller: Poller, store: Store, hooks: HookServer) -> Notifying:
    config = Config(base_url=BASE, receivers=(webhook(f"{hooks.url}/golden"),))
    return Notifying(poller, config, store)


def test_an_incident_of_the_snapshot_is_told_with_words_and_links(
    poller: Poller, store: Store, hooks: HookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "EVERY_S", 0.02)
    telling = notifying(poller, store, hooks)
    telling.start()
    assert running.current() is not None
    poller.snapshot = replace(poller.snapshot, incidents=(incident(),))
    hooks.wait_for(1)
    poller.snapshot = replace(poller.snapshot, incidents=(closed(incident()),))
    hooks.wait_for(2)
    telling.stop()
    assert running.current() is None
    opened, over = (json.loads(received.body) for received in hooks.received)
    assert (opened["type"], over["type"]) == ("incident.open", "incident.close")
    assert opened["data"]["title"] == "Page: checkout"
    assert opened["data"]["sentence"].endswith("It took 7.1 % of the 30-day budget of checkout-availability.")
    assert opened["data"]["links"]["incident"] == f"{BASE}/incidents?incident=a1"


@pytest.mark.parametrize(
    ("status", "arrive"),
    [({"data_end": 1.0}, 0), ({"state": SourceState.STALE}, 1), ({"state": SourceState.DOWN}, 1)],
    ids=["past", "stale", "down"],
)
def test_of_the_past_nothing_is_told_and_of_a_dead_source_no_end(
    status: dict[str, object], arrive: int, poller: Poller, store: Store, hooks: HookServer
) -> None:
    telling = notifying(poller, store, hooks)
    source = replace(poller.snapshot.source, **status)  # type: ignore[arg-type]
    for stage in (incident(), closed(incident())):
        poller.snapshot = replace(poller.snapshot, source=source, incidents=(stage,))
        telling._dispatcher.look()
    assert [notice.event for notice in deliveries.known(store)] == ["open"] * arrive


def test_without_receivers_there_is_no_courier(poller: Poller, store: Store) -> None:
    telling = Notifying(poller, Config(), store)
    before = threading.active_count()
    telling.start()
    assert (running.current(), threading.active_count()) == (None, before)
    telling.stop()


def test_a_receiver_that_can_never_be_reached_is_named_before_anything_is_served(tmp_path: Path) -> None:
    check_receivers(Config())
    with pytest.raises(ConfigError, match="people: Apprise does not understand its address"):
        check_receivers(Config(receivers=(MessageSpec(name="people", url="slack://hunter2"),)))
