"""The data of a service's page: its changes are what the snapshot holds of the span, and cost the source nothing."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.changes.change import Change, Kind
from dashboard.changes.known import KnownChange
from dashboard.engine import running_poller
from dashboard.engine.poller import Poller
from dashboard.timerange import HOUR
from dashboard.ui.panels.service.service_view import service_view
from dashboard.ui.selection import Selection
from tests.steady import Clock, Steady


@pytest.fixture
def source() -> Steady:
    return Steady(Clock(), ("shop",))


@pytest.fixture
def poller(source: Steady) -> Iterator[Poller]:
    source.labels = ("route", "service_version")
    running = Poller(source, clock=source.clock)
    running.tick()
    running_poller.use(running)
    yield running
    running_poller.use(None)
    running.stop()


def test_changes_of_the_span_are_those_of_the_snapshot_and_one_tuple_for_all_viewers(
    poller: Poller, source: Steady
) -> None:
    def known(ago: float, service: str = "shop") -> KnownChange:
        at = source.clock.now - ago
        change = Change(sender="x", key=f"{ago}", kind=Kind.DEPLOY, start=at, at=at, text="")
        return KnownChange(change, (service,), ("x",), (change.id,))

    changes = known(2 * HOUR), known(600), known(300, "other")
    snapshot = replace(poller.read(), changes=changes)
    chosen = Selection("shop", HOUR, 0)
    before = poller.viewers.queries
    first, second = (service_view(snapshot, chosen, source.clock.now) for _ in range(2))
    assert first.changes == changes[1:2]
    assert second.changes is first.changes
    assert poller.viewers.queries == before
    # What was told since shows at the next look.
    changed = replace(snapshot, changes=(*changes, known(60)))
    assert [each.change.key for each in service_view(changed, chosen, source.clock.now).changes] == ["600", "60"]
