"""A watch of the gate: what ends it, what it cannot tell, and that looking often finds nothing that is not there."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from dashboard import frames
from dashboard.engine.gate.judged_once import Judge, UnknownName, Wanted
from dashboard.engine.gate.watching import Watch, Watched, checked_limit
from dashboard.engine.settings import Settings
from dashboard.exceptions import SourceUnavailable
from dashboard.gate.limits import limit_of
from dashboard.gate.standing import Reason, Verdict
from dashboard.gate.watch import Breach, Look
from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid
from tests.steady import START, Clock, Steady


class Changing(Steady):
    """Other ratios of failed and slow requests from a moment on; some services by a version."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, ("shop",))
        self.changed_at, self.errors_then, self.slow_then = float("inf"), 0.0001, 0.001
        self.rate, self.gauge = 200.0, 0.5

    def _answer(self, grid: Grid, level: float) -> Answer:
        answer = super()._answer(grid, level)
        ends = np.arange(grid.start, grid.end + 1, grid.step)
        failed = np.where(ends > self.changed_at, self.errors_then, 0.0001) * level
        slow = np.where(ends > self.changed_at, self.slow_then, 0.001) * level
        values = {column: answer.frame[column].to_numpy() for column in answer.frame}
        values["shop", "errors", "server"] = failed
        values["shop", "latency", "0.5"] = level - slow
        return replace(answer, frame=frames.samples(values, grid))


@pytest.fixture
def source() -> Changing:
    return Changing(Clock())


Looked = Callable[..., list[Look]]


@pytest.fixture
def watched(source: Changing) -> Looked:
    """Looks of so many minutes, until one is a breach."""

    def looks(minutes: int, *limits: str, service: str = "shop", compares: bool = True) -> list[Look]:
        wanted = Watched(START, Reason.FEATURE, (service,), limits=tuple(map(limit_of, limits)), compares=compares)
        watch = Watch(source, Judge(source, Settings(), Wanted((service,))), (), wanted)
        seen: list[Look] = []
        for minute in range(minutes + 1):
            source.clock.now = START + 60.0 * minute
            seen.append(watch.look(source.clock.now))
            if seen[-1].breach is not None:
                break
        return seen

    return looks


def test_what_stays_as_it_was_goes(watched: Looked) -> None:
    seen = watched(12, "error_ratio<=0.1%", "latency_p99_s<=0.5", "traffic_per_s>=10", "saturation.memory<=90%")
    assert len(seen) == 13
    assert seen[-1].verdict is Verdict.GO
    assert all(checked.is_exceeded is False for checked in seen[-1].limits["shop"])
    assert [checked.value for checked in seen[-1].limits["shop"]] == pytest.approx([0.0001, 0.001, 200.0, 0.5])
    # Before a whole minute nothing was measured: what is not known is no go.
    assert seen[0].verdict is Verdict.UNKNOWN


def test_a_fault_after_the_begin_ends_it(source: Changing, watched: Looked) -> None:
    source.changed_at, source.errors_then = START + 180, 0.004
    seen = watched(30)
    assert (seen[-1].breach, seen[-1].verdict) == (Breach.WORSE, Verdict.HOLD)
    assert 180 < seen[-1].at - START <= 900


def test_a_burning_budget_ends_it_at_once(source: Changing, watched: Looked) -> None:
    source.changed_at, source.errors_then = START - 7200, 0.2
    seen = watched(5)
    assert [look.breach for look in seen] == [Breach.POLICY]


@pytest.mark.parametrize(
    ("limit", "slow", "gauge"),
    [("latency_p99_s<=0.5", 0.03, 0.5), ("saturation.memory<=0.8", 0.001, 0.95), ("traffic_per_s>=500", 0.001, 0.5)],
)
def test_a_limit_that_is_exceeded_ends_it(
    source: Changing, watched: Looked, limit: str, slow: float, gauge: float
) -> None:
    source.changed_at, source.slow_then, source.gauge = START, slow, gauge
    seen = watched(20, limit, compares=False)
    assert seen[-1].breach is Breach.LIMIT
    # One scrape decides nothing.
    assert seen[-1].at - START >= 300
    assert [checked.limit.text for checked in seen[-1].limits["shop"] if checked.is_exceeded] == [limit]


def test_what_the_source_cannot_tell_is_unknown(source: Changing, watched: Looked) -> None:
    seen = watched(8, "saturation.disk<=90%", "latency_p99_s<=0.123")
    assert [checked.is_exceeded for checked in seen[-1].limits["shop"]] == [None, None]
    assert seen[-1].verdict is Verdict.UNKNOWN
    source.partial = True
    seen = watched(8, "error_ratio<=1%")
    assert seen[-1].limits["shop"][0].is_exceeded is None
    source.partial, source.failure = False, SourceUnavailable("memory: connection refused")
    seen = watched(1)
    assert {(look.verdict, look.problem) for look in seen} == {(Verdict.UNKNOWN, "memory: connection refused")}


def test_a_canary_that_nobody_calls_is_no_go(source: Changing) -> None:
    source.labels = ("version",)
    wanted = Watched(START, Reason.FEATURE, ("shop",), canary=("version", "41", "99"))
    watch = Watch(source, Judge(source, Settings(), Wanted(("shop",))), (), wanted)
    source.clock.now = START + 900
    look = watch.look(source.clock.now)
    assert look.decision is not None
    assert (look.decision.verdict, look.verdict) == (Verdict.GO, Verdict.UNKNOWN)


def test_a_level_that_is_not_measured_any_more_is_unknown() -> None:
    grid = Grid(60, 1200, 60)
    level = np.where(np.arange(len(grid)) < 10, 0.5, np.nan)
    samples = frames.of_service(frames.samples({("shop", "saturation", "memory"): level}, grid), "shop")
    limit = limit_of("saturation.memory<=0.9")
    assert checked_limit(limit, samples.iloc[:10], 60.0).is_exceeded is False
    assert checked_limit(limit, samples, 60.0).is_exceeded is None


def test_a_service_that_nobody_has_is_wrong_use(watched: Looked) -> None:
    with pytest.raises(UnknownName, match="shopp"):
        watched(1, service="shopp")


def test_a_second_look_asks_for_what_is_new(source: Changing, watched: Looked) -> None:
    watched(3, compares=False)
    hours = [grid for grid in source.asked if grid.step == 3600]
    # The past is read at the first look; later ones ask for the newest rows alone.
    assert len(hours) <= 2
