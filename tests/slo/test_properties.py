"""What holds whatever happened: histories are drawn, the engine is asked, and minutes are counted by hand beside it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.forecast import COVERAGE_MIN
from dashboard.slo.indicators import Column, Ratio
from dashboard.slo.objective import Method, Sla, Slo
from dashboard.slo.policy import LONG_MIN, Policy, Row
from dashboard.slo.report import SloReport, State
from dashboard.slo.windows import Rolling
from dashboard.timerange import DAY, HOUR
from tests.slo.feeding import MINUTE, NONE, NOW, Fed, Rate, always, availability, burn, counts, judged
from tests.steady import START, Clock, Steady

# The minutes that histories know of, more than any window here looks back.
SPAN = 4 * 24 * 60
TWO_DAYS = Rolling(2.0 * DAY)
URGENCY = {
    State.NO_DATA: 0,
    State.ACCEPTABLE: 0,
    State.RECOVERING: 1,
    State.INCREASING: 2,
    State.CRITICAL: 3,
    State.EXHAUSTED: 4,
}
few = settings(deadline=None, max_examples=40)


@dataclass(frozen=True)
class History:
    """Bad and valid events of each of the last minutes, NaN where nothing was measured; `end`: of the newest."""

    bad: np.ndarray
    valid: np.ndarray
    end: float = NOW

    def rate(self, values: np.ndarray) -> Rate:
        """One of the two as a function of time."""

        def at(ends: np.ndarray) -> np.ndarray:
            place = len(values) - 1 - np.rint((self.end - ends) / MINUTE).astype(int)
            inside = (place >= 0) & (place < len(values))
            return np.where(inside, values[np.clip(place, 0, len(values) - 1)], NONE)

        return at

    def report(self, slo: Slo, now: float = NOW) -> SloReport:
        """As a new ledger judges it."""
        return judged(slo, self.rate(self.bad), self.rate(self.valid), now=now)

    def told(self, slo: Slo) -> dict[tuple[str, str, str], Rate]:
        """What is told of an objective's ratio."""
        return counts(slo, self.rate(self.bad), self.rate(self.valid))

    def within(self, start: float, end: float) -> np.ndarray:
        """Which minutes lie between two moments."""
        ends = self.end - np.arange(len(self.valid))[::-1] * MINUTE
        inside: np.ndarray = (ends > start) & (ends <= end)
        return inside

    def counted(self, start: float, end: float) -> tuple[float, float, float]:
        """Bad and valid events between two moments and the seconds measured, minute by minute."""
        inside = self.within(start, end) & ~np.isnan(self.valid)
        return self.bad[inside].sum(), self.valid[inside].sum(), MINUTE * float(inside.sum())


@st.composite
def histories(draw: st.DrawFn, *, gaps: bool = True, quiet: bool = True, least_bad: int = 0) -> History:
    """Pieces of time of an even traffic each, some of them bad, quiet or unknown."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    bad, valid = np.zeros(SPAN), np.zeros(SPAN)
    cuts = sorted(draw(st.lists(st.integers(1, SPAN - 1), max_size=6, unique=True)))
    # What is recent shows most.
    cuts += [SPAN - ago for ago in sorted(draw(st.lists(st.integers(1, 300), max_size=4, unique=True)), reverse=True)]
    kinds = ["even", "uneven", "outage"] + ["quiet"] * quiet + ["unknown"] * gaps
    for start, end in zip([0, *cuts], [*cuts, SPAN], strict=True):
        size, kind = max(0, end - start), draw(st.sampled_from(kinds))
        traffic = {"quiet": np.zeros(size), "uneven": random.integers(20, 200, size)}.get(kind, np.full(size, 100))
        share = {"outage": 1.0, "uneven": random.choice([0, 0.001, 0.01, 0.5])}.get(kind, random.choice([0, 0.01]))
        valid[start:end] = NONE if kind == "unknown" else traffic
        bad[start:end] = NONE if kind == "unknown" else np.clip(np.round(traffic * share), least_bad, traffic)
    return History(bad, valid)


# --- sums ----------------------------------------------------------------------------------------------------------


@few
@given(histories(), st.integers(1, 40), st.integers(0, 59))
def test_what_is_spent_adds_up_over_windows_that_follow_each_other(made: History, hours: int, minutes: int) -> None:
    """In events: shares of two budgets add up only as far as these are of the same traffic."""
    now, slo = NOW - minutes * MINUTE, availability(0.9, window=Rolling(hours * float(HOUR)))
    both = made.report(replace(slo, window=Rolling(2.0 * hours * HOUR)), now)
    parts = [made.report(slo, now), made.report(slo, now - hours * HOUR)]
    assert (both.bad or 0.0) == pytest.approx(sum(one.bad or 0.0 for one in parts))
    assert (both.valid or 0.0) == pytest.approx(sum(one.valid or 0.0 for one in parts))
    costs = [(one.spent or 0.0) * slo.budget * (one.valid or 0.0) for one in (both, *parts)]
    assert costs[0] == pytest.approx(sum(costs[1:]))


@few
@given(histories(), st.integers(61, 3 * 24 * 60), st.integers(0, 90))
def test_a_window_of_any_length_at_any_minute_holds_what_its_minutes_hold(made: History, size: int, ago: int) -> None:
    now, window = NOW - ago * MINUTE, Rolling(size * 60.0)
    report = made.report(availability(0.9, window=window), now)
    bad, valid, seconds = made.counted(now - window.seconds, now)
    assert report.valid == (pytest.approx(valid) if valid else None)
    assert report.bad == (pytest.approx(bad) if valid else None)
    # Hours tell whether they were measured, not how much of them was: never less than there was.
    assert report.measured_s >= seconds - 1e-6


@few
@given(histories(), st.integers(0, 90))
def test_short_windows_are_exact_to_the_minute(made: History, ago: int) -> None:
    now = NOW - ago * MINUTE
    report = made.report(availability(0.9, window=TWO_DAYS), now)
    windows = [one.window_s for one in report.burn if one.window_s <= 6 * HOUR]
    assert windows == [300, 1800, HOUR, 2 * HOUR, 6 * HOUR]
    for window in windows:
        bad, valid, seconds = made.counted(now - window, now)
        one = burn(report, window)
        assert one.rate == (pytest.approx(bad / valid / report.slo.budget, abs=1e-9) if valid else None)
        assert one.coverage == pytest.approx(seconds / window)


@few
@given(histories(), st.sampled_from([60, 300, 1800]), st.integers(120, 2 * 24 * 60), st.integers(0, 90))
def test_slices_of_any_window_are_those_that_end_in_it(made: History, slice_s: int, size: int, ago: int) -> None:
    now, window = NOW - ago * MINUTE, Rolling(size * 60.0)
    slo = availability(0.9, method=Method.TIMESLICES, slice_s=slice_s, slice_target=0.95, window=window)
    beside = availability(0.9, "cart", window=window)
    report = Fed([slo, beside], {**made.told(slo), **counts(beside, 0, 100)}).tick(now)[0]
    assert report.at == now
    good = bad = 0
    end = report.at // slice_s * slice_s
    while end > report.at - window.seconds:
        failed, valid, _ = made.counted(end - slice_s, end)
        bad += bool(valid) and failed / valid > 0.05 + 1e-9
        good += bool(valid) and failed / valid <= 0.05 + 1e-9
        end -= slice_s
    assert (report.good, report.bad) == ((good, bad) if good + bad else (None, None))


@few
@given(histories(quiet=False, gaps=False), st.sampled_from([HOUR, 6 * HOUR, DAY]))
def test_at_even_traffic_burn_times_window_is_the_share_of_the_budget(made: History, window: int) -> None:
    even = replace(made, valid=np.full(SPAN, 100.0), bad=np.minimum(made.bad, 100))
    report = even.report(availability(0.9, window=TWO_DAYS))
    failed, _, _ = even.counted(NOW - window, NOW)
    rate = burn(report, window).rate
    assert rate is not None
    assert rate * window / TWO_DAYS.seconds == pytest.approx(failed / (0.1 * 100 * 2 * 24 * 60))
    assert report.spent == pytest.approx(burn_of_all(even, 0.1))


def burn_of_all(made: History, budget: float) -> float:
    bad, valid, _ = made.counted(NOW - TWO_DAYS.seconds, NOW)
    return bad / (budget * valid)


@few
@given(histories(), st.sampled_from([5, 30, 60, 120, 360, 1440, 2880]), st.randoms(use_true_random=False))
def test_in_which_order_things_happened_does_not_matter_to_a_window(made: History, size: int, random: object) -> None:
    order = np.arange(SPAN)
    tail = order[-size:].tolist()
    random.shuffle(tail)  # type: ignore[attr-defined]
    order[-size:] = tail
    shuffled = History(made.bad[order], made.valid[order])
    slo = availability(0.9, window=TWO_DAYS)
    before, after = made.report(slo), shuffled.report(slo)
    assert (after.bad, after.valid) == (before.bad, before.valid)
    assert after.remaining == before.remaining
    wide = [one.window_s for one in before.burn if one.window_s >= size * MINUTE]
    for window in wide:
        one, other = burn(before, window), burn(after, window)
        assert (one.valid, one.rate) == (other.valid, other.rate if other.rate is None else pytest.approx(other.rate))


# --- order and scale -----------------------------------------------------------------------------------------------

# One row, whose long window holds failures enough: the pace is of the same window whatever is added.
SINGLE = Policy("single", (Row("page", 0.1, HOUR, 5 * MINUTE),))


@few
@given(histories(), st.integers(1, 3000), st.integers(1, 600), st.integers(1, 100), st.integers(1, 60))
def test_more_bad_events_never_improve_anything(made: History, ago: int, size: int, more: int, known: int) -> None:
    bad, valid = made.bad.copy(), made.valid.copy()
    valid[-known:] = np.where(np.isnan(valid[-known:]), 100, np.maximum(valid[-known:], 100))
    bad[-known:] = np.fmax(bad[-known:], 5)
    worse = bad.copy()
    place = slice(max(0, SPAN - ago), max(0, SPAN - ago) + size)
    worse[place] = np.minimum(worse[place] + more, valid[place])
    slo = availability(0.9, window=TWO_DAYS, policy=SINGLE, sla=Sla(0.8))
    one, other = History(bad, valid).report(slo), History(worse, valid).report(slo)
    assert one.remaining is not None
    assert other.remaining is not None
    assert other.remaining <= one.remaining + 1e-12
    assert all((b.rate or 0) >= (a.rate or 0) - 1e-9 for a, b in zip(one.burn, other.burn, strict=True))
    assert URGENCY[other.state] >= URGENCY[one.state]
    assert other.paging >= one.paging
    assert one.sla is not None
    assert other.sla is not None
    assert other.sla.remaining <= one.sla.remaining + 1e-12
    assert (one.exhaustion is None) == (other.exhaustion is None) == (one.coverage < COVERAGE_MIN)
    ends = [forever(report.exhaustion.seconds) for report in (one, other) if report.exhaustion is not None]
    assert ends[-1:] <= [end + 1e-3 for end in ends[:1]]


def forever(seconds: float | None) -> float:
    return np.inf if seconds is None else seconds


@few
@given(histories(), st.integers(1, 3000), st.integers(1, 600), st.integers(1, 100))
def test_more_bad_events_never_make_a_state_look_better(made: History, ago: int, size: int, more: int) -> None:
    """With all rules, and down to single failures."""
    slo = availability(0.99, window=TWO_DAYS)
    sparse = np.where(np.isnan(made.bad), NONE, np.minimum(made.bad, made.valid > 150))
    worse = sparse.copy()
    place = slice(max(0, SPAN - ago), max(0, SPAN - ago) + size)
    worse[place] = np.minimum(worse[place] + more, made.valid[place])
    one, other = (History(bad, made.valid).report(slo) for bad in (sparse, worse))
    assert URGENCY[other.state] >= URGENCY[one.state]
    assert other.paging >= one.paging


@few
@given(histories(least_bad=1, quiet=False), st.sampled_from([2.0, 8.0, 64.0]))
def test_more_traffic_of_the_same_quality_changes_nothing_but_the_interval(made: History, times: float) -> None:
    """Powers of two, which leave all digits as they are."""
    slo = availability(0.9, window=TWO_DAYS, sla=Sla(0.8))
    one, other = made.report(slo), History(made.bad * times, made.valid * times).report(slo)
    assert (other.sli, other.remaining, other.spent, other.remaining_s) == (
        one.sli, one.remaining, one.spent, one.remaining_s
    )  # fmt: skip
    assert (other.state, other.coverage, other.sla) == (one.state, one.coverage, one.sla)
    assert [(b.rate, b.coverage) for b in other.burn] == [(b.rate, b.coverage) for b in one.burn]
    assert [(a.reading, a.rule) for a in other.alerts] == [(a.reading, a.rule) for a in one.alerts]
    assert width(other) <= width(one)


def width(report: SloReport) -> float:
    return report.interval[1] - report.interval[0] if report.interval is not None else 1.0


# --- nothing is well that was not measured -------------------------------------------------------------------------


@st.composite
def damages(draw: st.DrawFn) -> Callable[[History], History]:
    """Ways to lose data: all of it, what is old, what is new, every so many minutes, the traffic, or some minutes."""
    kind = draw(st.sampled_from(["none", "old only", "new only", "silent", "sparse", "no traffic", "holes"]))
    ago, every = draw(st.integers(1, 700)), draw(st.integers(2, 40))
    holes = draw(st.lists(st.tuples(st.integers(1, 400), st.integers(1, 120)), max_size=6))

    def damaged(made: History) -> History:
        lost = np.zeros(SPAN, dtype=bool)
        if kind == "none":
            lost[:] = True
        elif kind == "old only":
            lost[-ago:] = True
        elif kind == "new only":
            lost[:-ago] = True
        elif kind == "silent":
            lost[-60:] = True
        elif kind == "sparse":
            lost[:] = np.arange(SPAN) % every > 0
        elif kind == "holes":
            for back, size in holes:
                lost[SPAN - back : SPAN - back + size] = True
        bad, valid = (np.where(lost, NONE, one) for one in (made.bad, made.valid))
        return History(bad * 0, valid * 0) if kind == "no traffic" else History(bad, valid)

    return damaged


@settings(deadline=None, max_examples=120)
@given(histories(), damages(), damages())
def test_nothing_is_acceptable_that_was_not_measured(
    made: History, one: Callable[[History], History], other: Callable[[History], History]
) -> None:
    now = NOW + 20 * MINUTE
    damaged = replace(other(one(made)), end=now)
    report = damaged.report(availability(0.9, window=TWO_DAYS), now)
    _, valid, _ = damaged.counted(now - TWO_DAYS.seconds, now)
    _, _, lately = damaged.counted(now - 300 - MINUTE, now)
    _, _, hour = damaged.counted(now - HOUR, now)
    measured = valid > 0 and lately > 0 and hour >= LONG_MIN * HOUR
    assert report.state is not State.ACCEPTABLE or measured
    assert (report.sli is None) == (report.remaining is None) == (valid == 0)
    assert valid > 0 or report.state is State.NO_DATA


@pytest.mark.parametrize("side", ["bad", "good"])
@pytest.mark.parametrize("lost", ["valid", "side", "both"])
@pytest.mark.parametrize("how", ["no answer", "no series"])
@settings(deadline=None, max_examples=5)
@given(histories(gaps=False))
def test_half_of_a_ratio_is_not_enough(side: str, lost: str, how: str, made: History) -> None:
    """Of a service's own columns, beside another service that is well."""
    every, failed = Column("shop", "requests"), Column("shop", "errors", "server")
    slo = Slo("shop", "ratio", Ratio(every, **{side: failed}), 0.9, window=TWO_DAYS)
    beside = availability(0.9, "cart", window=TWO_DAYS)
    gone = {"valid": [every.key], "side": [failed.key], "both": [every.key, failed.key]}[lost]
    told = {key: rate for key, rate in made.told(slo).items() if key not in gone}
    if how == "no series":
        told |= dict.fromkeys(gone, always(NONE))
    reports = Fed([slo, beside], {**told, **counts(beside, 0, 100)}).tick(NOW)
    assert [report.state for report in reports] == [State.NO_DATA, State.ACCEPTABLE]
    assert reports[0].sli is None


ages = st.one_of(st.integers(-60, 7200).map(lambda ago: START - float(ago)), st.just(float("inf")))


@settings(deadline=None, max_examples=60)
@given(
    begins=st.sampled_from([float("-inf"), START - 6.0 * HOUR]),
    ends=ages,
    lost=st.dictionaries(st.sampled_from(["requests", "errors", "latency"]), ages, max_size=3),
    silent=st.sets(st.sampled_from(["shop", "cart"])),
    rate=st.sampled_from([10.0, 0.0]),
    partial=st.booleans(),
    later=st.lists(st.sampled_from([15.0, 120.0, 400.0, 4000.0]), max_size=2),
)
def test_no_service_is_healthy_whose_objectives_were_not_measured(
    begins: float,
    ends: float,
    lost: dict[str, float],
    silent: set[str],
    rate: float,
    partial: bool,
    later: list[float],
) -> None:
    clock = Clock()
    source = Steady(clock)
    source.begins, source.ends, source.lost, source.silent = begins, ends, lost, silent
    source.rate, source.partial = rate, partial
    poller = Poller(source, Settings(refresh=15), clock=clock)
    poller.tick()
    for seconds in later:
        clock.now += seconds
        poller.tick()
    known = {measure: min(ends, lost.get(measure, np.inf)) for measure in ("requests", "errors", "latency")}
    fresh = all(clock.now - at <= 600 for at in known.values())
    for report in poller.snapshot.services:
        healthy = report.health is Health.HEALTHY
        assert not healthy or (rate > 0 and fresh and report.name not in silent)


# --- the ledger against a full recount -----------------------------------------------------------------------------

# Seconds by which a row may still change.
LATE = 600


@dataclass
class World:
    """Histories that are only known in full some minutes later, and the time it is; `half`: answers lack something."""

    truth: History
    late: np.ndarray
    now: float = NOW
    half: bool = False

    def rate(self, values: np.ndarray) -> Rate:
        final, late = self.truth.rate(values), self.truth.rate(self.late)

        def at(ends: np.ndarray) -> np.ndarray:
            waiting = self.half | (self.now < ends + np.nan_to_num(late(ends)))
            return np.where(ends > self.now, NONE, np.where(waiting, np.floor(final(ends) / 2), final(ends)))

        return at

    def told(self, slo: Slo) -> dict[tuple[str, str, str], Rate]:
        return counts(slo, self.rate(self.truth.bad), self.rate(self.truth.valid))


def same(one: SloReport, other: SloReport) -> None:
    """Everything that is counted; what alerts remember of earlier moments is not."""
    assert (one.at, one.start, one.end) == (other.at, other.start, other.end)
    for name in ("good", "valid", "coverage", "sli", "remaining", "measured_s", "excluded_s"):
        left, right = getattr(one, name), getattr(other, name)
        assert left == (right if right is None else pytest.approx(right, rel=1e-9, abs=1e-9)), name
    assert one.state == other.state
    assert [b.window_s for b in one.burn] == [b.window_s for b in other.burn]
    for left, right in zip(one.burn, other.burn, strict=True):
        assert left.rate == (right.rate if right.rate is None else pytest.approx(right.rate, rel=1e-9, abs=1e-9))
        assert left.coverage == pytest.approx(right.coverage)
    assert [a.reading for a in one.alerts] == [a.reading for a in other.alerts]


def sliced(slice_s: int, **how: object) -> Slo:
    name = f"slices-{slice_s}"
    made = availability(0.9, name, method=Method.TIMESLICES, slice_s=slice_s, slice_target=0.9, window=TWO_DAYS)
    return replace(made, **how)  # type: ignore[arg-type]


SLOS = (
    availability(0.9, "events", window=TWO_DAYS),
    availability(0.9, "short", window=Rolling(7.0 * HOUR)),
    sliced(60),
    sliced(300),
    sliced(300, name="ratios", method=Method.RATIO_TIMESLICES, slice_target=None),
)
ticks = st.lists(st.one_of(st.integers(1, 400), st.integers(400, 3 * HOUR)), min_size=1, max_size=25)


@settings(deadline=None, max_examples=60)
@given(histories(), ticks, st.integers(0, 2**32 - 1), st.lists(st.sets(st.sampled_from(SLOS)), max_size=4), st.data())
def test_a_ledger_holds_what_a_full_recount_gives_however_its_ticks_fell(
    made: History, steps: list[int], seed: int, sets: list[set[Slo]], data: st.DataObject
) -> None:
    random = np.random.default_rng(seed)
    late = np.where(random.random(SPAN) < 0.2, random.integers(0, LATE, SPAN), 0).astype(float)
    end = NOW - 2 * HOUR
    world = World(made, late, end - sum(steps))
    moments = data.draw(st.lists(st.integers(60, 2 * 24 * 60 - 60), max_size=4, unique=True).map(sorted))
    away = [
        Exclusion(NOW - until * 60, NOW - begin * 60) for begin, until in zip(moments[::2], moments[1::2], strict=False)
    ]
    told = {key: rate for slo in SLOS for key, rate in world.told(slo).items()}
    fed = Fed(SLOS, told, exclusions=away)
    for number, step in enumerate(steps):
        if sets:
            fed.slos = tuple(slo for slo in SLOS if slo in sets[number % len(sets)])
        fed.partial = world.half = bool(random.random() < 0.2)
        fed.tick(world.now)
        world.now += step
    fed.slos, fed.partial, world.half = SLOS, False, False
    for world.now in (end, NOW):
        reports = fed.tick(world.now)
    for one, other in zip(reports, Fed(SLOS, told, exclusions=away).tick(NOW), strict=True):
        same(one, other)


@few
@given(histories(), histories(), ticks)
def test_an_expression_that_changes_is_counted_anew(made: History, other: History, steps: list[int]) -> None:
    """The same name and objective, of another column; what was counted of the first is in nothing any more."""
    first = availability(0.9, window=TWO_DAYS)
    second = replace(first, indicator=Ratio(Column("shop", "latency", "inf"), good=Column("shop", "latency", "0.5")))
    told = {**made.told(first), **other.told(second)}
    fed = Fed([first], told)
    now = NOW - sum(steps)
    for step in steps:
        fed.tick(now)
        now += step
    fed.slos = (second,)
    same(fed.tick(NOW)[0], Fed([second], told).tick(NOW)[0])


@few
@given(histories(), st.integers(1, 47), st.integers(1, 47), st.integers(0, 59), st.integers(0, 59))
def test_excluded_minutes_count_for_nothing_wherever_they_cut_an_hour(
    made: History, first: int, second: int, minute: int, other: int
) -> None:
    start, end = sorted((NOW - first * HOUR + minute * 60, NOW - second * HOUR + other * 60))
    away = Exclusion(start, end)
    slo = availability(0.9, window=TWO_DAYS)
    report = judged(slo, made.rate(made.bad), made.rate(made.valid), exclusions=(away,))
    bad, valid, _ = np.array(made.counted(NOW - 2 * DAY, NOW)) - made.counted(max(start, NOW - 2 * DAY), end)
    assert report.valid == (pytest.approx(valid) if valid > 0 else None)
    assert report.bad == (pytest.approx(bad, abs=1e-6) if valid > 0 else None)
    assert report.excluded_s == pytest.approx(end - max(start, NOW - 2 * DAY))


def test_a_row_that_was_half_known_is_counted_once_it_is_whole() -> None:
    """The plain case of the recount above: the newest nine minutes are known by half."""
    made = History(np.full(SPAN, 1.0), np.full(SPAN, 100.0))
    slo = availability(0.9, window=TWO_DAYS)
    world = World(made, np.full(SPAN, 540.0), NOW - 540)
    fed = Fed([slo], world.told(slo))
    assert burn(fed.tick(world.now)[0], 300).valid == 5 * 50
    world.now = NOW
    assert burn(fed.tick(world.now)[0]).valid == 51 * 100 + 9 * 50
