"""Replicas on one real PostgreSQL tell each receiver once, and one that is killed is taken over."""

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dashboard.bundle import ROOT
from dashboard.notifications import dispatcher as dispatching
from dashboard.notifications.dispatcher import Dispatcher, Situation
from dashboard.notifications.opening import open_receivers
from dashboard.state import deliveries
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec
from tests.live import until
from tests.notifications.hook_server import HookServer, hook_server
from tests.notifications.samples import closed, incident, plain_notification, ticket, webhook

COUNT = 12


@contextmanager
def replica(where: str, url: str, situation: Callable[[], Situation]) -> Iterator[Dispatcher]:
    """A courier of its own on a store, with two receivers at one address."""
    store = open_store(StateSpec(where))
    ended = threading.Event()
    receivers = open_receivers([webhook(url, name) for name in ("first", "second")], time.time, ended)
    dispatcher = Dispatcher(store, receivers, situation, plain_notification, time.time, ended)
    dispatcher.start()
    try:
        yield dispatcher
    finally:
        dispatcher.stop()
        store.close()


def test_two_replicas_tell_each_receiver_once(new_schema: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "EVERY_S", 0.05)
    where, known = new_schema(), [ticket(f"a{number}") for number in range(COUNT)]
    current = [Situation(known)]
    with (
        hook_server() as server,
        replica(where, server.url, lambda: current[0]),
        replica(where, server.url, lambda: current[0]),
    ):
        for place, stage in enumerate((known, [incident(one.id) for one in known], [closed(one) for one in known]), 1):
            current[0] = Situation(stage)
            server.wait_for(2 * COUNT * place)
        # Whatever would be sent twice comes within these rounds.
        time.sleep(0.3)
        times = Counter(received.body for received in server.received)
    assert len(times) == 2 * COUNT * 3
    assert set(times.values()) == {1}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_killed_replica_has_lost_nothing(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = request.getfixturevalue("new_schema")() if kind == "postgresql" else str(tmp_path)
    monkeypatch.setattr(dispatching, "EVERY_S", 0.05)
    # Claims of the killed one are over soon, so that the test need not wait for them.
    monkeypatch.setattr(dispatching, "LEASE_S", 0.5)
    with hook_server() as server:
        for arrived in (7, 15):
            _killed_after(where, server, arrived)
        known = [incident(f"a{number}") for number in range(COUNT)]
        with replica(where, server.url, lambda: Situation(known)) as dispatcher:
            until(lambda: _all_sent(dispatcher), "everything was sent", seconds=20)
        numbers = Counter(received.headers["webhook-id"] for received in server.received)
    assert len(numbers) == 2 * COUNT
    # Each kill may have come between an answer and its note, for each receiver.
    assert sum(numbers.values()) - len(numbers) <= 2 * 2
    store = open_store(StateSpec(where))
    assert len(deliveries.known(store)) == 2 * COUNT
    store.close()


def _killed_after(where: str, server: HookServer, arrived: int) -> None:
    command = [sys.executable, "-m", "tests.notifications.replica", where, server.url, str(COUNT)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        server.wait_for(arrived)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def _all_sent(dispatcher: Dispatcher) -> bool:
    return all(status.arrived == COUNT and status.waiting == 0 for status in dispatcher.status())
