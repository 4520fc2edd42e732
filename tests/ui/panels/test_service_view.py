"""The data of a service's page: what beside the span is asked for, and how often."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.engine import running_poller
from dashboard.engine.poller import Poller
from dashboard.timerange import HOUR, Grid
from dashboard.ui.panels import service_view
from tests.steady import START, Clock, Steady


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


def test_versions_are_asked_for_once_a_minute_and_never_without_a_label_for_them(
    poller: Poller, source: Steady
) -> None:
    report, on_demand = poller.read().by_name["shop"], poller._on_demand
    for second in range(0, 180, 15):
        source.clock.now = START + second
        grid = Grid.ending(source.clock.now, span=HOUR, step=15)
        assert service_view._versions(report, grid) == ()
    assert 1 <= on_demand.queries <= 3
    before = on_demand.queries
    plain = replace(report, info=replace(report.info, labels=("route",)))
    source.clock.now += 600
    assert service_view._versions(plain, Grid.ending(source.clock.now, span=HOUR, step=15)) == ()
    assert on_demand.queries == before
