"""A comparison is computed once a minute for all who look at it, and never keeps anybody waiting."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.known import KnownChange
from dashboard.comparison.verdicts import Verdict
from dashboard.engine.poller import Poller
from dashboard.engine.viewers import comparisons as module
from dashboard.engine.viewers.compared_sides import around, change_of, judged_until, values_within, wanted_within
from dashboard.engine.viewers.on_demand import WINDOWS_KEPT
from dashboard.engine.viewers.side_by_side import Before, Judged, SideBySide, Values, Wanted
from dashboard.timerange import HOUR
from tests.engine.viewers.test_side_by_side import BY_VERSION, CHANGED, Turning, shop
from tests.steady import START, Clock

AROUND = Before(CHANGED, CHANGED)


@pytest.fixture
def source() -> Turning:
    return Turning(Clock())


@pytest.fixture
def poller(source: Turning) -> Iterator[Poller]:
    running = Poller(source, clock=source.clock)
    running.tick()
    yield running
    running.stop()


def fetched(poller: Poller, between: Before | Values = AROUND, *, wait_s: float = 20) -> SideBySide:
    return poller.viewers.comparisons.fetch(shop(poller), Wanted(between, poller.clock()), wait_s=wait_s)


def test_viewers_of_one_minute_share_one(source: Turning, poller: Poller, monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[Wanted] = []
    side_by_side = module.side_by_side

    def counted(poller: Poller, judged: Judged, wanted: Wanted, *rest: object, wait_s: float) -> SideBySide:
        computed.append(wanted)
        return side_by_side(poller, judged, wanted, wait_s=wait_s)

    monkeypatch.setattr(module, "side_by_side", counted)
    first = fetched(poller)
    assert first.comparison is not None
    assert first.comparison.verdict is Verdict.WORSE
    source.clock.now += 59 - START % 60
    assert fetched(poller) is first
    assert fetched(poller, BY_VERSION) is not first
    source.clock.now += 60
    assert fetched(poller) is not first
    assert len(computed) == 3


def test_while_the_next_minute_is_fetched_this_one_is_shown(source: Turning, poller: Poller) -> None:
    source.goes_on.clear()
    waiting = fetched(poller, wait_s=0.1)
    assert waiting.comparison is None
    assert waiting.retry_s is not None
    source.goes_on.set()
    first = fetched(poller)
    source.clock.now += 60
    source.goes_on.clear()
    assert fetched(poller, wait_s=0.1) is first
    source.goes_on.set()
    assert fetched(poller) is not first


def test_one_thread_computes_and_the_others_come_again(poller: Poller) -> None:
    slot = poller.viewers.comparisons._slot((shop(poller).info.name, AROUND, float(HOUR), Wanted(AROUND, 0.0).deciding))
    with slot.lock:
        assert fetched(poller).retry_s is not None
    first = fetched(poller)
    assert first.comparison is not None
    with slot.lock:
        assert fetched(poller) is first


def test_only_so_many_are_kept(poller: Poller) -> None:
    for number in range(WINDOWS_KEPT + 5):
        poller.viewers.comparisons._slot(("shop", Before(number, number), 1.0, ()))
    assert len(poller.viewers.comparisons._slots) == WINDOWS_KEPT


def test_two_values_are_watched_from_one_moment_on_for_a_span() -> None:
    """A window that slid with each look would begin a new test with each of them."""
    begin = START // HOUR * HOUR
    looks = [
        values_within("version", "41", "42", begin=end - HOUR, end=end, slides=True)
        for end in range(begin, begin + 3600, 60)
    ]
    assert {look.since for look in looks} == {begin - HOUR}
    later = values_within("version", "41", "42", begin=begin, end=begin + HOUR, slides=True)
    assert later.since == begin
    chosen = values_within("version", "41", "42", begin=begin + 7, end=begin + 607, slides=False)
    assert chosen.since == begin + 7
    # All of it is fetched.
    assert wanted_within(later, begin=begin, end=begin + HOUR, slides=True).span == 2 * HOUR
    assert wanted_within(chosen, begin=begin, end=begin + 600, slides=False).span == HOUR
    assert wanted_within(AROUND, begin=begin, end=begin + 6 * HOUR, slides=True).span == 6 * HOUR


def test_what_came_before_the_values_were_watched_is_left_out(source: Turning, poller: Poller) -> None:
    source.since = 0
    pair = fetched(poller, Values("version", "shop", "cart", START - 600))
    assert pair.comparison is not None
    errors = pair.comparison.signals[0].ratio
    assert errors is not None
    assert errors.control.valid == pytest.approx(600)
    assert pair.control == pair.experiment
    assert pair.control is not None
    assert pair.control.start - pair.control.step >= START - 600


def test_what_was_taken_back_is_judged_while_it_was_there() -> None:
    deploy = Change(sender="ci", key="1", kind=Kind.DEPLOY, start=100.0, at=100.0, text="", end=400.0)
    assert (around(deploy), judged_until(deploy, 9000.0)) == (Before(100.0, 400.0), 9000.0)
    cancelled = replace(deploy, outcome=Outcome.CANCELLED)
    assert (around(cancelled), judged_until(cancelled, 9000.0)) == (Before(100.0, 100.0), 400.0)
    assert judged_until(cancelled, 300.0) == 300.0
    under_way = replace(deploy, end=None)
    assert (around(under_way), judged_until(under_way, 9000.0)) == (Before(100.0, 100.0), 9000.0)
    # The next version ends it, though that was no way back; what is none, or elsewhere, does not.
    nexts = {
        "v2": replace(deploy, start=700.0, version="v2"),
        "flag": replace(deploy, start=500.0, kind=Kind.FLAG),
        "staging": replace(deploy, start=500.0, version="v2", environment="staging"),
        "again": replace(deploy, start=600.0),
        "before": replace(deploy, start=50.0, version="v0"),
    }
    here = replace(deploy, environment="prod")
    assert judged_until(here, 9000.0, nexts.values()) == 700.0
    assert judged_until(here, 9000.0, [each for name, each in nexts.items() if name != "v2"]) == 9000.0
    assert judged_until(nexts["flag"], 9000.0, nexts.values()) == 9000.0
    known = KnownChange(deploy, ids=(deploy.id, 7))
    assert change_of([known], "7") is known
    assert change_of([known], "8") is None
    assert change_of([known], "v42") is None
