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
from tests.slo.feeding import MINUTE, NONE, NOW, Fed, Rate, always, availability, burn_over, counts, judged
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
fewer_examples = settings(deadline=None, max_examples=40)


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

    def series(self, slo: Slo) -> dict[tuple[str, str, str], Rate]:
        """What is known of an objective's ratio."""
        return counts(slo, self.rate(self.bad), self.rate(self.valid))

    def within(self, start: float, end: float) -> np.ndarray:
        """Which minutes lie between two moments."""
        ends = self.end - np.arange(len(self.valid))[::-1] * MINUTE
        inside: np.ndarray = (ends > start) & (ends <= end)
        return inside

    def unknown_s_in_cut_hours(self) -> float:
        """Unknown seconds of the hours of which a part was measured."""
        unknown = np.isnan(self.valid).reshape(-1, HOUR // MINUTE).sum(axis=1)
        return MINUTE * float(unknown[unknown < HOUR // MINUTE].sum())

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


@fewer_examples
@given(histories(), st.integers(1, 40), st.integers(0, 59))
def test_what_is_spent_adds_up_over_windows_that_follow_each_other(history: History, hours: int, minutes: int) -> None:
    """In events: shares of two budgets add up only as far as these are of the same traffic."""
    now, slo = NOW - minutes * MINUTE, availability(0.9, window=Rolling(hours * float(HOUR)))
    both = history.report(replace(slo, window=Rolling(2.0 * hours * HOUR)), now)
    parts = [history.report(slo, now), history.report(slo, now - hours * HOUR)]
    assert (both.bad or 0.0) == pytest.approx(sum(part.bad or 0.0 for part in parts))
    assert (both.valid or 0.0) == pytest.approx(sum(part.valid or 0.0 for part in parts))
    costs = [(report.spent or 0.0) * slo.budget * (report.valid or 0.0) for report in (both, *parts)]
    assert costs[0] == pytest.approx(sum(costs[1:]))


@fewer_examples
@given(histories(), st.integers(61, 3 * 24 * 60), st.integers(0, 90))
def test_a_window_of_any_length_at_any_minute_holds_what_its_minutes_do(history: History, size: int, ago: int) -> None:
    now, window = NOW - ago * MINUTE, Rolling(size * 60.0)
    report = history.report(availability(0.9, window=window), now)
    bad, valid, seconds = history.counted(now - window.seconds, now)
    assert report.valid == (pytest.approx(valid) if valid else None)
    assert report.bad == (pytest.approx(bad) if valid else None)
    # Hours tell whether they were measured, not how much of them was: never less than there was.
    assert report.measured_s >= seconds - 1e-6


@fewer_examples
@given(histories(), st.integers(0, 90))
def test_short_windows_are_exact_to_the_minute(history: History, ago: int) -> None:
    now = NOW - ago * MINUTE
    report = history.report(availability(0.9, window=TWO_DAYS), now)
    windows = [burn.window_s for burn in report.burn if burn.window_s <= 6 * HOUR]
    assert windows == [300, 1800, HOUR, 2 * HOUR, 6 * HOUR]
    for window in windows:
        bad, valid, seconds = history.counted(now - window, now)
        burn = burn_over(report, window)
        assert burn.rate == (pytest.approx(bad / valid / report.slo.budget, abs=1e-9) if valid else None)
        assert burn.coverage == pytest.approx(seconds / window)


@fewer_examples
@given(histories(), st.sampled_from([60, 300, 1800]), st.integers(120, 2 * 24 * 60), st.integers(0, 90))
def test_slices_of_any_window_are_those_that_end_in_it(history: History, slice_s: int, size: int, ago: int) -> None:
    now, window = NOW - ago * MINUTE, Rolling(size * 60.0)
    slo = availability(0.9, method=Method.TIMESLICES, slice_s=slice_s, slice_target=0.95, window=window)
    beside = availability(0.9, "cart", window=window)
    report = Fed([slo, beside], {**history.series(slo), **counts(beside, 0, 100)}).tick(now)[0]
    assert report.at == now
    good = bad = 0
    end = report.at // slice_s * slice_s
    while end > report.at - window.seconds:
        failed, valid, _ = history.counted(end - slice_s, end)
        bad += bool(valid) and failed / valid > 0.05 + 1e-9
        good += bool(valid) and failed / valid <= 0.05 + 1e-9
        end -= slice_s
    assert (report.good, report.bad) == ((good, bad) if good + bad else (None, None))


@fewer_examples
@given(histories(quiet=False, gaps=False), st.sampled_from([HOUR, 6 * HOUR, DAY]))
def test_at_even_traffic_burn_times_window_is_the_share_of_the_budget(history: History, window: int) -> None:
    even = replace(history, valid=np.full(SPAN, 100.0), bad=np.minimum(history.bad, 100))
    report = even.report(availability(0.9, window=TWO_DAYS))
    failed, _, _ = even.counted(NOW - window, NOW)
    rate = burn_over(report, window).rate
    assert rate is not None
    assert rate * window / TWO_DAYS.seconds == pytest.approx(failed / (0.1 * 100 * 2 * 24 * 60))
    assert report.spent == pytest.approx(burn_of_all(even, 0.1))


def burn_of_all(history: History, budget: float) -> float:
    bad, valid, _ = history.counted(NOW - TWO_DAYS.seconds, NOW)
    return bad / (budget * valid)


@fewer_examples
@given(histories(), st.sampled_from([5, 30, 60, 120, 360, 1440, 2880]), st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter_to_a_window(history: History, size: int, random: object) -> None:
    order = np.arange(SPAN)
    tail = order[-size:].tolist()
    random.shuffle(tail)  # type: ignore[attr-defined]
    order[-size:] = tail
    shuffled = History(history.bad[order], history.valid[order])
    slo = availability(0.9, window=TWO_DAYS)
    before, after = history.report(slo), shuffled.report(slo)
    assert (after.bad, after.valid) == (before.bad, before.valid)
    assert after.remaining == before.remaining
    wide = [burn.window_s for burn in before.burn if burn.window_s >= size * MINUTE]
    for window in wide:
        burn, other = burn_over(before, window), burn_over(after, window)
        assert (burn.valid, burn.rate) == (other.valid, other.rate if other.rate is None else pytest.approx(other.rate))


# --- order and scale -----------------------------------------------------------------------------------------------

# One row, whose long window holds failures enough: the forecast continues its rate whatever is added.
SINGLE = Policy("single", (Row("page", 0.1, HOUR, 5 * MINUTE),))


@fewer_examples
@given(histories(), st.integers(1, 3000), st.integers(1, 600), st.integers(1, 100), st.integers(1, 60))
def test_more_bad_events_never_improve_anything(history: History, ago: int, size: int, more: int, known: int) -> None:
    bad, valid = history.bad.copy(), history.valid.copy()
    valid[-known:] = np.where(np.isnan(valid[-known:]), 100, np.maximum(valid[-known:], 100))
    bad[-known:] = np.fmax(bad[-known:], 5)
    worse = bad.copy()
    place = slice(max(0, SPAN - ago), max(0, SPAN - ago) + size)
    worse[place] = np.minimum(worse[place] + more, valid[place])
    slo = availability(0.9, window=TWO_DAYS, policy=SINGLE, sla=Sla(0.8))
    before, after = History(bad, valid).report(slo), History(worse, valid).report(slo)
    assert before.remaining is not None
    assert after.remaining is not None
    assert after.remaining <= before.remaining + 1e-12
    assert all((b.rate or 0) >= (a.rate or 0) - 1e-9 for a, b in zip(before.burn, after.burn, strict=True))
    assert URGENCY[after.state] >= URGENCY[before.state]
    assert after.paging >= before.paging
    assert before.sla is not None
    assert after.sla is not None
    assert after.sla.remaining <= before.sla.remaining + 1e-12
    assert (before.exhaustion is None) == (after.exhaustion is None) == (before.coverage < COVERAGE_MIN)
    ends = [forever(report.exhaustion.seconds) for report in (before, after) if report.exhaustion is not None]
    assert ends[-1:] <= [end + 1e-3 for end in ends[:1]]


def forever(seconds: float | None) -> float:
    return np.inf if seconds is None else seconds


@fewer_examples
@given(histories(), st.integers(1, 3000), st.integers(1, 600), st.integers(1, 100))
def test_more_bad_events_never_make_a_state_look_better(history: History, ago: int, size: int, more: int) -> None:
    """With all rules, and down to single failures."""
    slo = availability(0.99, window=TWO_DAYS)
    sparse = np.where(np.isnan(history.bad), NONE, np.minimum(history.bad, history.valid > 150))
    worse = sparse.copy()
    place = slice(max(0, SPAN - ago), max(0, SPAN - ago) + size)
    worse[place] = np.minimum(worse[place] + more, history.valid[place])
    before, after = (History(bad, history.valid).report(slo) for bad in (sparse, worse))
    assert URGENCY[after.state] >= URGENCY[before.state]
    assert after.paging >= before.paging


@fewer_examples
@given(histories(least_bad=1, quiet=False), st.sampled_from([2.0, 8.0, 64.0]))
def test_more_traffic_of_the_same_quality_changes_nothing_but_the_interval(history: History, times: float) -> None:
    """Powers of two, which leave all digits as they are."""
    slo = availability(0.9, window=TWO_DAYS, sla=Sla(0.8))
    before, after = history.report(slo), History(history.bad * times, history.valid * times).report(slo)
    assert (after.sli, after.remaining, after.spent, after.remaining_s) == (
        before.sli, before.remaining, before.spent, before.remaining_s
    )  # fmt: skip
    assert (after.state, after.coverage, after.sla) == (before.state, before.coverage, before.sla)
    assert [(b.rate, b.coverage) for b in after.burn] == [(b.rate, b.coverage) for b in before.burn]
    assert [(a.reading, a.rule) for a in after.alerts] == [(a.reading, a.rule) for a in before.alerts]
    assert width(after) <= width(before)


def width(report: SloReport) -> float:
    return report.interval[1] - report.interval[0] if report.interval is not None else 1.0


# --- nothing is well that was not measured -------------------------------------------------------------------------


@st.composite
def damages(draw: st.DrawFn) -> Callable[[History], History]:
    """Ways to lose data: all of it, what is old, what is new, every so many minutes, the traffic, or some minutes."""
    kind = draw(st.sampled_from(["none", "old only", "new only", "silent", "sparse", "no traffic", "holes"]))
    ago, every = draw(st.integers(1, 700)), draw(st.integers(2, 40))
    holes = draw(st.lists(st.tuples(st.integers(1, 400), st.integers(1, 120)), max_size=6))

    def damaged(history: History) -> History:
        missing = np.zeros(SPAN, dtype=bool)
        if kind == "none":
            missing[:] = True
        elif kind == "old only":
            missing[-ago:] = True
        elif kind == "new only":
            missing[:-ago] = True
        elif kind == "silent":
            missing[-60:] = True
        elif kind == "sparse":
            missing[:] = np.arange(SPAN) % every > 0
        elif kind == "holes":
            for back, size in holes:
                missing[SPAN - back : SPAN - back + size] = True
        bad, valid = (np.where(missing, NONE, events) for events in (history.bad, history.valid))
        return History(bad * 0, valid * 0) if kind == "no traffic" else History(bad, valid)

    return damaged


@settings(deadline=None, max_examples=120)
@given(histories(), damages(), damages())
def test_nothing_is_acceptable_that_was_not_measured(
    history: History, first: Callable[[History], History], second: Callable[[History], History]
) -> None:
    now = NOW + 20 * MINUTE
    damaged = replace(second(first(history)), end=now)
    report = damaged.report(availability(0.9, window=TWO_DAYS), now)
    _, valid, _ = damaged.counted(now - TWO_DAYS.seconds, now)
    _, _, lately = damaged.counted(now - 300 - MINUTE, now)
    _, _, hour = damaged.counted(now - HOUR, now)
    measured = valid > 0 and lately > 0 and hour >= LONG_MIN * HOUR
    assert report.state is not State.ACCEPTABLE or measured
    assert (report.sli is None) == (report.remaining is None) == (valid == 0)
    assert valid > 0 or report.state is State.NO_DATA


@pytest.mark.parametrize("side", ["bad", "good"])
@pytest.mark.parametrize("missing", ["valid", "side", "both"])
@pytest.mark.parametrize("how", ["no answer", "no series"])
@settings(deadline=None, max_examples=5)
@given(histories(gaps=False))
def test_half_of_a_ratio_is_not_enough(side: str, missing: str, how: str, history: History) -> None:
    """Of a service's own columns, beside another service that is well."""
    every, failed = Column("shop", "requests"), Column("shop", "errors", "server")
    slo = Slo("shop", "ratio", Ratio(every, **{side: failed}), 0.9, window=TWO_DAYS)
    beside = availability(0.9, "cart", window=TWO_DAYS)
    gone = {"valid": [every.key], "side": [failed.key], "both": [every.key, failed.key]}[missing]
    series = {key: rate for key, rate in history.series(slo).items() if key not in gone}
    if how == "no series":
        series |= dict.fromkeys(gone, always(NONE))
    reports = Fed([slo, beside], {**series, **counts(beside, 0, 100)}).tick(NOW)
    assert [report.state for report in reports] == [State.NO_DATA, State.ACCEPTABLE]
    assert reports[0].sli is None


ages = st.one_of(st.integers(-60, 7200).map(lambda ago: START - float(ago)), st.just(float("inf")))


@settings(deadline=None, max_examples=60)
@given(
    begins=st.sampled_from([float("-inf"), START - 6.0 * HOUR]),
    ends=ages,
    missing=st.dictionaries(st.sampled_from(["requests", "errors", "latency"]), ages, max_size=3),
    absent=st.sets(st.sampled_from(["shop", "cart"])),
    rate=st.sampled_from([10.0, 0.0]),
    partial=st.booleans(),
    later=st.lists(st.sampled_from([15.0, 120.0, 400.0, 4000.0]), max_size=2),
)
def test_no_service_is_healthy_whose_objectives_were_not_measured(
    begins: float,
    ends: float,
    missing: dict[str, float],
    absent: set[str],
    rate: float,
    partial: bool,
    later: list[float],
) -> None:
    clock = Clock()
    source = Steady(clock)
    source.begins, source.ends, source.lost, source.silent = begins, ends, missing, absent
    source.rate, source.partial = rate, partial
    poller = Poller(source, Settings(refresh=15), clock=clock)
    poller.tick()
    for seconds in later:
        clock.now += seconds
        poller.tick()
    known = {measure: min(ends, missing.get(measure, np.inf)) for measure in ("requests", "errors", "latency")}
    fresh = all(clock.now - at <= 600 for at in known.values())
    for report in poller.snapshot.services:
        healthy = report.health is Health.HEALTHY
        assert not healthy or (rate > 0 and fresh and report.name not in absent)


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

    def series(self, slo: Slo) -> dict[tuple[str, str, str], Rate]:
        return counts(slo, self.rate(self.truth.bad), self.rate(self.truth.valid))


COUNTS = ("good", "valid", "sli", "remaining")


def same(report: SloReport, recounted: SloReport) -> None:
    """Everything that is counted; what alerts remember of earlier moments is not."""
    assert (report.at, report.start, report.end) == (recounted.at, recounted.start, recounted.end)
    for name in ("good", "valid", "coverage", "sli", "remaining", "measured_s", "excluded_s"):
        left, right = getattr(report, name), getattr(recounted, name)
        assert left == (right if right is None else pytest.approx(right, rel=1e-9, abs=1e-9)), name
    assert report.state == recounted.state
    assert [b.window_s for b in report.burn] == [b.window_s for b in recounted.burn]
    for left, right in zip(report.burn, recounted.burn, strict=True):
        assert left.rate == (right.rate if right.rate is None else pytest.approx(right.rate, rel=1e-9, abs=1e-9))
        assert left.coverage == pytest.approx(right.coverage)
    assert [a.reading for a in report.alerts] == [a.reading for a in recounted.alerts]


def sliced(slice_s: int, **how: object) -> Slo:
    name = f"slices-{slice_s}"
    slo = availability(0.9, name, method=Method.TIMESLICES, slice_s=slice_s, slice_target=0.9, window=TWO_DAYS)
    return replace(slo, **how)  # type: ignore[arg-type]


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
    history: History, steps: list[int], seed: int, sets: list[set[Slo]], data: st.DataObject
) -> None:
    random = np.random.default_rng(seed)
    late = np.where(random.random(SPAN) < 0.2, random.integers(0, LATE, SPAN), 0).astype(float)
    end = NOW - 2 * HOUR
    world = World(history, late, end - sum(steps))
    moments = data.draw(st.lists(st.integers(60, 2 * 24 * 60 - 60), max_size=4, unique=True).map(sorted))
    away = [
        Exclusion(NOW - until * 60, NOW - begin * 60) for begin, until in zip(moments[::2], moments[1::2], strict=False)
    ]
    series = {key: rate for slo in SLOS for key, rate in world.series(slo).items()}
    fed = Fed(SLOS, series, exclusions=away)
    for number, step in enumerate(steps):
        if sets:
            fed.slos = tuple(slo for slo in SLOS if slo in sets[number % len(sets)])
        fed.partial = world.half = bool(random.random() < 0.2)
        fed.tick(world.now)
        world.now += step
    fed.slos, fed.partial, world.half = SLOS, False, False
    for world.now in (end, NOW):
        reports = fed.tick(world.now)
    for report, recounted in zip(reports, Fed(SLOS, series, exclusions=away).tick(NOW), strict=True):
        # An hour that was counted while its minutes were held is known to the minute, an older one only as a whole.
        less_s = recounted.measured_s - report.measured_s
        assert -1e-6 <= less_s <= history.unknown_s_in_cut_hours() + 1e-6
        if less_s > 1e-6:
            assert [getattr(report, name) for name in COUNTS] == [getattr(recounted, name) for name in COUNTS]
        else:
            same(report, recounted)


@fewer_examples
@given(histories(), histories(), ticks)
def test_an_expression_that_changes_is_counted_anew(history: History, other: History, steps: list[int]) -> None:
    """The same name and objective, of another column; what was counted of the first is in nothing any more."""
    first = availability(0.9, window=TWO_DAYS)
    second = replace(first, indicator=Ratio(Column("shop", "latency", "inf"), good=Column("shop", "latency", "0.5")))
    series = {**history.series(first), **other.series(second)}
    fed = Fed([first], series)
    now = NOW - sum(steps)
    for step in steps:
        fed.tick(now)
        now += step
    fed.slos = (second,)
    same(fed.tick(NOW)[0], Fed([second], series).tick(NOW)[0])


@fewer_examples
@given(histories(), st.integers(1, 47), st.integers(1, 47), st.integers(0, 59), st.integers(0, 59))
def test_excluded_minutes_count_for_nothing_wherever_they_cut_an_hour(
    history: History, first: int, second: int, minute: int, other: int
) -> None:
    start, end = sorted((NOW - first * HOUR + minute * 60, NOW - second * HOUR + other * 60))
    away = Exclusion(start, end)
    slo = availability(0.9, window=TWO_DAYS)
    report = judged(slo, history.rate(history.bad), history.rate(history.valid), exclusions=(away,))
    bad, valid, _ = np.array(history.counted(NOW - 2 * DAY, NOW)) - history.counted(max(start, NOW - 2 * DAY), end)
    assert report.valid == (pytest.approx(valid) if valid > 0 else None)
    assert report.bad == (pytest.approx(bad, abs=1e-6) if valid > 0 else None)
    assert report.excluded_s == pytest.approx(end - max(start, NOW - 2 * DAY))


def test_a_row_that_was_half_known_is_counted_once_it_is_whole() -> None:
    """The plain case of the recount above: the newest nine minutes are known by half."""
    history = History(np.full(SPAN, 1.0), np.full(SPAN, 100.0))
    slo = availability(0.9, window=TWO_DAYS)
    world = World(history, np.full(SPAN, 540.0), NOW - 540)
    fed = Fed([slo], world.series(slo))
    assert burn_over(fed.tick(world.now)[0], 300).valid == 5 * 50
    world.now = NOW
    assert burn_over(fed.tick(world.now)[0]).valid == 51 * 100 + 9 * 50
