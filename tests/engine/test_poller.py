"""The tick keeps the last good picture, says what is wrong, and never turns missing data green."""

import pytest

from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.exceptions import QueryRejected, SourceUnavailable
from dashboard.timerange import Grid
from tests.steady import START, Clock, Steady


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(clock: Clock) -> Steady:
    return Steady(clock)


@pytest.fixture
def poller(source: Steady, clock: Clock) -> Poller:
    return Poller(source, Settings(refresh=15), clock=clock)


def healths(poller: Poller) -> dict[str, Health]:
    return {report.name: report.health for report in poller.snapshot.services}


def test_before_the_first_tick_nothing_is_claimed(poller: Poller) -> None:
    assert poller.snapshot.source.state is SourceState.STARTING
    assert poller.snapshot.services == ()


def test_a_tick_publishes_health_budget_and_burn(poller: Poller) -> None:
    poller.tick()
    shop = poller.snapshot.by_name["shop"]
    assert shop.health is Health.HEALTHY
    availability, latency = shop.slos
    assert availability.remaining == pytest.approx(0.9)
    assert availability.burn_1h == pytest.approx(0.1)
    assert availability.coverage == pytest.approx(1)
    assert latency.remaining == pytest.approx(0.9)
    assert poller.snapshot.source.state is SourceState.OK


def test_a_steady_tick_asks_only_for_tails(poller: Poller, source: Steady, clock: Clock) -> None:
    poller.tick()
    source.asked.clear()
    clock.now += 15
    poller.tick()
    (live,) = source.asked
    assert len(live) < 60
    source.asked.clear()
    clock.now += 45
    poller.tick()
    live, minutes = source.asked
    assert (len(minutes), minutes.step, minutes.end) == (11, 60, clock.now)
    source.asked.clear()
    clock.now += 1800
    poller.tick()
    assert {(len(grid), grid.step) for grid in source.asked[1:]} == {(10 + 30, 60), (1 + 1, 3600), (60, 60)}


def test_an_error_keeps_the_picture_and_names_itself(poller: Poller, source: Steady, clock: Clock) -> None:
    poller.tick()
    before = poller.snapshot
    source.failure = SourceUnavailable("connection refused")
    clock.now += 15
    poller.tick()
    after = poller.snapshot
    assert (after.source.state, after.source.error) == (SourceState.STALE, "connection refused")
    assert after.by_name["shop"].samples is before.by_name["shop"].samples
    assert after.source.age(clock.now) == 15


def test_what_stays_away_becomes_unknown_and_comes_back_without_a_restart(
    poller: Poller, source: Steady, clock: Clock
) -> None:
    poller.tick()
    source.failure = SourceUnavailable("connection refused")
    for _ in range(6):
        clock.now += 15
        poller.tick()
    assert poller.snapshot.source.state is SourceState.DOWN
    assert set(healths(poller).values()) == {Health.UNKNOWN}
    source.failure = None
    clock.now += 15
    poller.tick()
    assert poller.snapshot.source.state is SourceState.OK
    assert set(healths(poller).values()) == {Health.HEALTHY}


def test_a_source_that_fails_from_the_start_is_down_not_stale(poller: Poller, source: Steady) -> None:
    source.failure = QueryRejected("no such function")
    poller.tick()
    assert poller.snapshot.source.state is SourceState.DOWN
    assert poller.snapshot.source.error_kind == "query"


def test_a_source_that_answers_with_old_data_is_stale_and_nobody_is_healthy(
    poller: Poller, source: Steady, clock: Clock
) -> None:
    source.ends = START - 600
    poller.tick()
    assert poller.snapshot.source.state is SourceState.STALE
    assert poller.snapshot.source.age(clock.now) == 600
    assert set(healths(poller).values()) == {Health.UNKNOWN}


def test_a_silent_service_is_unknown_beside_healthy_ones(poller: Poller, source: Steady) -> None:
    source.silent = {"cart"}
    poller.tick()
    assert healths(poller) == {"shop": Health.HEALTHY, "cart": Health.UNKNOWN}
    assert poller.snapshot.services[0].name == "cart"


def test_a_spent_budget_breaches(poller: Poller, source: Steady) -> None:
    source.error_ratio = 0.002
    poller.tick()
    assert set(healths(poller).values()) == {Health.BREACHING}


def test_viewers_share_one_fetch_of_a_window(poller: Poller, source: Steady, clock: Clock) -> None:
    grid = Grid.ending(clock.now, span=86400, step=300)
    for _ in range(100):
        poller.window("shop", grid)
    assert len(source.asked) == 1
    clock.now += 300
    poller.window("shop", Grid.ending(clock.now, span=86400, step=300))
    assert len(source.asked) == 2
    assert len(source.asked[1]) < 10


def test_a_failed_window_keeps_what_it_had_and_says_so(poller: Poller, source: Steady, clock: Clock) -> None:
    poller.window("shop", Grid.ending(clock.now, span=86400, step=300))
    source.failure = SourceUnavailable("connection refused")
    clock.now += 300
    view = poller.window("shop", Grid.ending(clock.now, span=86400, step=300))
    assert view.error == "connection refused"
    assert not view.frame.empty


def test_a_new_service_is_found_and_counted(poller: Poller, source: Steady, clock: Clock) -> None:
    poller.tick()
    source.names = ("shop", "cart", "search")
    clock.now += 300
    poller.tick()
    assert poller.snapshot.by_name["search"].slos[0].coverage == pytest.approx(1)


def test_the_thread_starts_and_stops(poller: Poller) -> None:
    poller.tick()
    poller.start()
    assert poller.alive
    poller.stop()
    assert not poller.alive
