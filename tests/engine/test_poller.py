"""The tick keeps the last good picture, says what is wrong, and never turns missing data green."""

from dataclasses import replace

import pytest

from dashboard.config.agreements import Agreements, NamedSla
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.exceptions import QueryRejected, SourceUnavailable
from dashboard.slo.objective import Sla
from dashboard.sources.catalog import Catalog
from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid
from tests.steady import START, Clock, Steady, refreshed_with_search


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
        poller.viewers.window("shop", grid)
    assert len(source.asked) == 1
    clock.now += 300
    poller.viewers.window("shop", Grid.ending(clock.now, span=86400, step=300))
    assert len(source.asked) == 2
    assert len(source.asked[1]) < 10


def test_a_failed_window_keeps_what_it_had_and_says_so(poller: Poller, source: Steady, clock: Clock) -> None:
    poller.viewers.window("shop", Grid.ending(clock.now, span=86400, step=300))
    source.failure = SourceUnavailable("connection refused")
    clock.now += 300
    view = poller.viewers.window("shop", Grid.ending(clock.now, span=86400, step=300))
    assert view.error == "connection refused"
    assert not view.frame.empty


def test_a_new_service_is_found_and_counted(poller: Poller, source: Steady, clock: Clock) -> None:
    poller.tick()
    source.names = ("shop", "cart", "search")
    clock.now += 300
    refreshed_with_search(poller)
    assert poller.snapshot.by_name["search"].slos[0].coverage == pytest.approx(1)


def test_the_thread_starts_and_stops(poller: Poller) -> None:
    poller.tick()
    poller.start()
    assert poller.alive
    poller.stop()
    assert not poller.alive


# --- what a snapshot carries of the configuration --------------------------------------------------------------------


def test_a_snapshot_carries_what_pages_need_of_the_configuration(source: Steady, clock: Clock) -> None:
    poller = Poller(source, Settings(title="Shop", refresh=30.0, time_zone="Europe/Berlin"), clock=clock)
    for snapshot in (poller.snapshot, (poller.tick(), poller.snapshot)[1]):
        assert (snapshot.title, snapshot.refresh, snapshot.time_zone) == ("Shop", 30.0, "Europe/Berlin")
        assert (snapshot.step, snapshot.span, snapshot.at) == (15, 3600, START)


def test_notes_are_those_of_the_source_then_those_of_the_slos(source: Steady, clock: Clock) -> None:
    class Noted(Steady):
        def discover(self, now: float) -> Catalog:
            return replace(super().discover(now), notes=("the server keeps 15 days",))

    named = NamedSla("nowhere", Sla(0.99))
    poller = Poller(Noted(clock), Settings(agreements=Agreements(slas=(named,))), clock=clock)
    poller.tick()
    first, second = poller.snapshot.source.notes
    assert first == "the server keeps 15 days"
    assert "'nowhere'" in second


def test_the_source_is_closed_with_the_poller(source: Steady, clock: Clock) -> None:
    closed: list[str] = []

    class Closing(Steady):
        def close(self) -> None:
            closed.append(self.where)

    Poller(Closing(clock), clock=clock).stop()
    assert closed == ["memory"]


# --- what is asked again ---------------------------------------------------------------------------------------------


def test_other_services_make_the_live_window_whole(poller: Poller, source: Steady, clock: Clock) -> None:
    poller.tick()
    source.names = ("shop",)
    clock.now += 300
    poller.tick()
    assert poller._intake.search.has_ended(10)
    source.asked.clear()
    poller.tick()
    assert len(source.asked[0]) == 240
    assert set(poller.snapshot.by_name) == {"shop"}


def test_a_source_that_was_replaced_is_counted_anew(clock: Clock) -> None:
    class Replaced(Steady):
        mergeable = True

        def samples(self, grid: Grid, service: str | None = None) -> Answer:
            return replace(super().samples(grid, service), mergeable=self.mergeable)

    source = Replaced(clock)
    poller = Poller(source, clock=clock)
    poller.tick()
    first = len(source.asked)
    source.mergeable, source.asked = False, []
    clock.now += 15
    poller.tick()
    # The tail is refused, so that the window is fetched whole; then the whole history is counted.
    assert len(source.asked) == first + 1
    assert [len(grid) for grid in source.asked[:2]] == [42, 240]


def test_after_a_failure_the_live_window_is_fetched_whole(poller: Poller, source: Steady, clock: Clock) -> None:
    """A sample that came late while the source was away is in no tail."""
    poller.tick()
    source.failure = SourceUnavailable("connection refused")
    clock.now += 15
    poller.tick()
    source.failure, source.asked = None, []
    clock.now += 15
    poller.tick()
    assert len(source.asked[0]) == 240


def test_every_query_is_counted_once_however_often_its_answer_is_shown(poller: Poller, source: Steady) -> None:
    poller.tick()
    assert poller.queries == len(source.asked)


# --- a turn of the thread --------------------------------------------------------------------------------------------


class Forgetful(Steady):
    """A source that refuses to tell of the past, which takes a while to learn."""

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        if grid.step > 15:
            raise QueryRejected("too many points")
        return super().samples(grid, service)


class Broken(Forgetful):
    """A source with a fault of ours in it: what it raises is no error of a source."""

    fault: BaseException | None = None

    def discover(self, now: float) -> Catalog:
        if self.fault is not None:
            raise self.fault
        return super().discover(now)


class Panic(BaseException):
    """As libraries in Rust raise it."""


@pytest.mark.parametrize("fault", [RuntimeError("it broke"), Panic("it broke")], ids=["an exception", "a panic"])
def test_a_fault_of_ours_is_shown_and_does_not_end_the_thread(
    clock: Clock, fault: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """A dead poller would look calm."""
    source = Broken(clock, ("shop",))
    source.fault = fault
    poller = Poller(source, Settings(refresh=15), clock=clock)
    assert poller._refresh() == 15
    status = poller.snapshot.source
    assert (status.state, status.error_kind) == (SourceState.DOWN, "internal")
    assert status.error == "internal error in the refresh: it broke"
    assert "The refresh failed" in caplog.text
    source.fault = None
    poller._refresh()
    assert poller.snapshot.source.state is SourceState.OK


def test_each_failure_in_a_row_doubles_the_wait_and_an_answer_ends_that(clock: Clock) -> None:
    source = Forgetful(clock)
    poller = Poller(source, Settings(refresh=10), clock=clock)
    source.failure = SourceUnavailable("connection refused")
    # A fifth of chance lies around each: 10, 20, 40 seconds.
    for shortest, longest in ((8, 12), (16, 24), (32, 48)):
        assert shortest <= poller._refresh() <= longest
    source.failure = None
    assert poller._refresh() == 10


class Slow(Steady):
    """A source that takes five seconds to tell a part of the past."""

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        self.clock.now += 0 if grid.step == 15 else 5
        return super().samples(grid, service)


def test_the_past_is_learned_in_half_of_the_time_between_two_refreshes(clock: Clock) -> None:
    source = Slow(clock)
    poller = Poller(source, Settings(refresh=15), clock=clock)
    poller._refresh()
    assert clock.now == START + 10, "after the second part more than half of it is gone"
    assert poller.snapshot.at == START + 10, "what was learned is shown at once"
    assert poller.snapshot.by_name["shop"].has_baseline


@pytest.mark.parametrize("partial", [True, False])
def test_of_half_an_answer_about_the_past_nothing_is_learned(poller: Poller, source: Steady, partial: bool) -> None:
    poller.tick()
    source.partial = partial
    assert poller.study()
    source.partial = False
    poller.tick()
    assert poller.snapshot.by_name["shop"].has_baseline is not partial
    assert poller.study() is not partial, "what came in part is asked for again, but not at once"
    source.clock.now += 300
    assert poller.study()
    poller.tick()
    assert poller.snapshot.by_name["shop"].has_baseline


def test_a_past_that_is_refused_is_asked_for_rarely(clock: Clock) -> None:
    source = Forgetful(clock)
    poller = Poller(source, Settings(refresh=15), clock=clock)
    asked_at = []
    for minute in range(90):
        source.asked.clear()
        poller.tick()
        try:
            poller.study()
        except QueryRejected:
            asked_at.append(minute)
        clock.now += 60
    assert asked_at == [0, 5, 15, 35, 75]
    poller.stop()


def test_a_past_that_cannot_be_read_does_not_spoil_the_present(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    poller = Poller(Forgetful(clock), Settings(refresh=15), clock=clock)
    poller._refresh()
    status = poller.snapshot.source
    assert (status.state, status.failures) == (SourceState.OK, 0)
    assert "The past could not be read: too many points" in caplog.text


def test_a_source_that_just_failed_is_not_asked_for_the_past(
    poller: Poller, source: Steady, caplog: pytest.LogCaptureFixture
) -> None:
    poller.tick()
    source.failure = SourceUnavailable("connection refused")
    poller._refresh()
    assert "The past could not be read" not in caplog.text


def test_queries_for_the_past_are_counted_too(poller: Poller) -> None:
    poller.tick()
    before = poller.queries
    assert poller.study()
    assert poller.queries == before + 1
