"""Now is judged while data go on; where they have ended, their end."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dashboard.engine import freshness
from dashboard.engine.health import DataEnd, Health
from dashboard.engine.judged_moment import JudgedMoment
from dashboard.engine.poller import Poller
from dashboard.engine.settings import LIVE_SPAN, Settings
from dashboard.engine.source_status import SourceState, Trouble
from dashboard.exceptions import SourceUnavailable
from dashboard.slo.report import State
from dashboard.sources.protocol import Answer
from dashboard.timerange import DAY, HOUR, Grid
from tests.steady import START, Clock, Steady

PATIENCE = 60.0


class Recorded(Steady):
    """Data that go on until `ends`, as those of a file."""

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        answer = super().samples(grid, service)
        return replace(answer, newest=min(self.ends, self.clock.now), may_end=True)


def ended(days: float, *, error_ratio: float = 0.0001) -> tuple[Recorded, Clock, Poller]:
    """A source whose data ended so many days before the first refresh, which has been done."""
    clock = Clock()
    source = Recorded(clock, ("shop",))
    source.ends, source.error_ratio = clock.now - days * DAY, error_ratio
    poller = Poller(source, Settings(refresh=15), clock=clock)
    poller.tick()
    return source, clock, poller


def moments(ages: Sequence[float], *, may_end: bool = True, is_fixed: bool = False) -> list[float | None]:
    """Where the data end, for refreshes at which their newest sample is so many seconds old."""
    moment, ends = JudgedMoment(is_fixed=is_fixed), []
    frame = Steady(Clock()).samples(Grid(START, START, 15)).frame
    for age in ages:
        moment.learn(Answer(frame, newest=START - age, may_end=may_end), START, stale_after_s=PATIENCE, step=60)
        ends.append(None if moment.data_end is None else START - moment.data_end)
    return ends


@pytest.mark.parametrize(
    ("ages", "ends"),
    [
        ((10,), [None]),
        ((61,), [61]),
        ((30 * DAY,), [30 * DAY]),
        ((10, 600, LIVE_SPAN, LIVE_SPAN + 1), [None, None, None, LIVE_SPAN + 1]),
        ((DAY, 10, 600, DAY), [DAY, None, None, DAY]),
        ((-600,), [None]),
    ],
    ids=["alive", "ended a minute ago", "last month", "fell silent", "came back", "of the future"],
)
def test_data_have_ended_where_they_are_old_at_the_start_or_silent_for_longer_than_the_live_window(
    ages: Sequence[float], ends: list[float | None]
) -> None:
    assert moments(ages) == ends


def test_a_server_and_a_moment_that_was_asked_for_have_no_end() -> None:
    assert moments((30 * DAY,), may_end=False) == [None]
    assert moments((30 * DAY,), is_fixed=True) == [None]


@pytest.mark.parametrize("days", [0.1, 31, 400])
def test_the_picture_is_that_of_the_end_and_nothing_is_green_now(days: float) -> None:
    source, clock, poller = ended(days)
    snapshot = poller.read()
    assert (snapshot.source.state, snapshot.source.trouble) == (SourceState.STALE, Trouble.ENDED)
    assert (snapshot.source.data_end, snapshot.at) == (source.ends, pytest.approx(source.ends, abs=60))
    assert snapshot.source.age(clock.now) == pytest.approx(days * DAY)
    (shop,) = snapshot.services
    assert (shop.health, shop.reasons[0]) == (Health.UNKNOWN, DataEnd(source.ends))
    assert shop.current.traffic == pytest.approx(10)
    availability = shop.slos[0]
    assert (availability.state, availability.has_ended) == (State.NO_DATA, True)
    assert availability.valid == pytest.approx(30 * DAY * 10, rel=1e-3)
    assert availability.measured_at == pytest.approx(source.ends, abs=60)


def test_what_was_breaching_at_the_end_stays_so_however_long_it_is_looked_at() -> None:
    _, clock, poller = ended(31, error_ratio=0.5)
    assert poller.read().services[0].health is Health.BREACHING
    clock.now += 120
    assert poller.read().services[0].health is Health.BREACHING
    assert freshness.as_of(poller.snapshot, clock.now + 300).source.state is SourceState.DOWN


def test_new_data_are_judged_now_again() -> None:
    source, clock, poller = ended(31)
    source.ends = float("inf")
    clock.now += 15
    poller.tick()
    snapshot = poller.read()
    assert (snapshot.source.state, snapshot.source.data_end, snapshot.at) == (SourceState.OK, None, clock.now)
    assert snapshot.services[0].health is Health.HEALTHY


def test_data_that_fall_silent_are_those_of_now_for_an_hour_and_then_of_their_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    source = Recorded(clock, ("shop",))
    poller = Poller(source, Settings(refresh=15), clock=clock)
    poller.tick()
    source.ends = clock.now
    clock.now += 600
    poller.tick()
    silent = poller.read()
    assert (silent.source.trouble, silent.source.data_end) == (Trouble.NOTHING_NEW, None)
    assert silent.services[0].health is Health.UNKNOWN
    clock.now += HOUR
    poller.tick()
    assert poller.read().source.data_end == source.ends
    assert poller.read().services[0].current.traffic == pytest.approx(10)
    assert "clock" not in caplog.text, "no clock was set back"


def test_a_failure_keeps_the_picture_of_the_end() -> None:
    source, clock, poller = ended(31, error_ratio=0.5)
    source.failure = SourceUnavailable("gone")
    clock.now += 15
    poller.tick()
    snapshot = poller.read()
    assert (snapshot.source.error, snapshot.services[0].health) == ("gone", Health.BREACHING)
    assert snapshot.at == pytest.approx(source.ends, abs=60)


def test_at_a_moment_that_was_asked_for_nothing_is_known_of_what_came_later() -> None:
    clock = Clock()
    source = Recorded(clock, ("shop",))
    source.clock = Clock(clock.now + DAY)
    poller = Poller(source, Settings(is_past=True), clock=clock)
    poller.tick()
    snapshot = poller.read()
    assert (snapshot.source.state, snapshot.source.newest) == (SourceState.OK, clock.now)
    assert snapshot.services[0].health is Health.HEALTHY
