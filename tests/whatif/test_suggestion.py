"""The suggestion keeps what it says on seeded histories; few days and few requests are said; weeks that say nothing."""

import numpy as np
import pytest

from dashboard.slo.event_rows import BAD, VALID, Rows
from dashboard.timerange import DAY, HOUR
from dashboard.whatif.candidate import USUAL, Candidate
from dashboard.whatif.past import Counted
from dashboard.whatif.standing import Finding, standings
from dashboard.whatif.suggestion import MISSED_MAX, Against, Unknown, suggestion
from tests.whatif.pasts import END, rows, slo


def hours_of(days: int, seed: int, *, per_hour: float = 50_000.0) -> Counted:
    """Hours of a service with a rhythm, weekends, and bad days of its own that come one after the other."""
    rng = np.random.default_rng(seed)
    count = days * 24
    valid = rng.poisson(per_hour * (1 + 0.5 * np.sin(np.arange(count) / 24 * 2 * np.pi))).astype(float)
    calm = 10 ** rng.uniform(-4.5, -2.5)
    share = np.full(count, calm)
    for _ in range(int(rng.integers(0, days // 5 + 1))):
        begin = int(rng.integers(0, count))
        share[begin : begin + int(rng.integers(1, 48))] += 10 ** rng.uniform(-4, -1)
    bad = rng.binomial(valid.astype(int), np.minimum(share, 1.0)).astype(float)
    return Counted(END - (count - 1) * HOUR, HOUR, np.column_stack([bad, valid, np.full(count, float(HOUR))]))


def missed_share(hours: Counted, objective: float, days: int) -> tuple[int, int]:
    """Periods that missed an objective, and all of them, hour by hour."""
    bad, valid = hours.values[:, BAD], hours.values[:, VALID]
    ends = range(len(bad), days * 24 - 1, -days * 24)
    spent = [
        bad[end - days * 24 : end].sum() > (1 - objective) * valid[end - days * 24 : end].sum() * (1 + 1e-12)
        for end in ends
    ]
    return sum(spent), len(spent)


@pytest.mark.parametrize("window", ["7d", "30d"])
def test_it_never_suggests_what_would_have_been_missed_too_often(window: str) -> None:
    objective = Candidate(window=window).applied(slo())
    days = int(window.removesuffix("d"))
    suggested = 0
    for seed in range(40):
        hours = hours_of(days * 4, seed)
        answer = suggestion(objective, hours, float(hours.end))
        if answer.best is None:
            continue
        suggested += 1
        missed, periods = missed_share(hours, answer.best.objective, days)
        assert (missed, periods) == (answer.best.missed, answer.periods)
        assert missed <= MISSED_MAX * periods
        assert answer.best.chance <= MISSED_MAX
        if answer.tighter is not None:
            again, _ = missed_share(hours, answer.tighter.objective, days)
            assert again > MISSED_MAX * periods or answer.tighter.chance > MISSED_MAX or answer.tighter.allowed < 10
    assert suggested >= 30


def test_it_holds_on_what_comes_after() -> None:
    """Where the future is as the past, it is missed about as seldom as it says."""
    objective = Candidate(window="7d").applied(slo())
    missed = periods = 0
    for seed in range(60):
        hours = hours_of(20 * 7, 1000 + seed)
        half = len(hours.values) // 2
        before = Counted(hours.first, HOUR, hours.values[:half])
        best = suggestion(objective, before, float(before.end)).best
        if best is not None:
            after = Counted(hours.first + half * HOUR, HOUR, hours.values[half:])
            counts = missed_share(after, best.objective, 7)
            missed, periods = missed + counts[0], periods + counts[1]
    assert periods > 300
    assert missed / periods < 0.17


def test_the_interval_of_a_calm_service_is_that_of_its_counts() -> None:
    hours = hours_of(60, 1)
    hours.values[:, BAD] = np.random.default_rng(2).binomial(hours.values[:, VALID].astype(int), 0.0004)
    answer = suggestion(slo(), hours, float(hours.end))
    assert answer.low is not None
    assert answer.high is not None
    assert answer.low < 0.9996 < answer.high
    assert answer.high - answer.low < 2e-5
    assert answer.best is not None
    assert answer.best.objective == 0.9995
    assert not answer.is_sure


def test_too_little_suggests_nothing_and_says_why() -> None:
    few = rows(3, 1).coarser(HOUR)
    assert suggestion(slo(), few, float(few.end)).unknown is Unknown.FEW_DAYS
    empty = Counted(END, HOUR, np.zeros((1000, 3)))
    assert suggestion(slo(), empty, float(END)).unknown is Unknown.NO_DATA
    quiet = hours_of(30, 3, per_hour=0.05)
    assert suggestion(slo(), quiet, float(quiet.end)).unknown is Unknown.FEW_EVENTS
    broken = hours_of(30, 3)
    broken.values[:, BAD] = 0.4 * broken.values[:, VALID]
    assert suggestion(slo(), broken, float(broken.end)).unknown is Unknown.WORSE_THAN_ALL


@pytest.mark.parametrize(
    ("usual", "newest", "is_burning", "best", "against"),
    [
        (0.0001, 0.0001, False, 0.9999, None),
        # One week in thirteen may be missed, but not the newest one.
        (0.0001, 0.0004, False, 0.9995, None),
        (0.0001, 0.0006, False, 0.999, Against.SPENT_NOW),
        (0.0001, 0.0001, True, 0.999, Against.BURNING),
        # Looser ones are suggested all the same.
        (0.004, 0.004, True, 0.995, None),
    ],
)
def test_nothing_tighter_is_suggested_than_what_holds_now(
    usual: float, newest: float, is_burning: bool, best: float, against: Against | None
) -> None:
    values = np.tile([[usual * 1e6, 1e6, HOUR]], (13 * 168, 1)).astype(float)
    values[-168:, BAD] = newest * 1e6
    hours = Counted(END - (len(values) - 1) * HOUR, HOUR, values)
    answer = suggestion(Candidate(window="7d").applied(slo()), hours, float(hours.end), is_burning=is_burning)
    assert answer.best is not None
    assert (answer.best.objective, answer.against) == (best, against)


def test_a_tenth_of_the_loosest_is_the_budget_of_decimals() -> None:
    """Nine of ten periods at exactly the objective are met, not missed by a hair of floating point."""
    for objective in USUAL:
        values = np.tile([[round((1 - objective) * 1e8), 1e8, HOUR]], (30 * 24, 1)).astype(float)
        hours = Counted(END - (len(values) - 1) * HOUR, HOUR, values)
        answer = suggestion(Candidate(window="7d").applied(slo()), hours, float(hours.end))
        assert answer.best is not None
        assert answer.best.objective == objective


def test_weeks_in_which_nothing_was_spent_or_all_of_it() -> None:
    weeks = 5
    values = np.zeros((weeks * 168, 4, 3))
    values[:, :, VALID], values[:, :, 2] = 10_000.0, HOUR
    values[:, 0, BAD] = 0.5
    values[:, 1, BAD] = 30.0
    values[:, 2, BAD] = np.where(np.arange(weeks * 168) // 168 == 2, 30.0, 0.5)
    values[:, 3, VALID], values[:, 3, BAD] = 1.0, 0.0
    standing = standings([slo()] * 4, Rows(END - (weeks * 168 - 1) * HOUR, HOUR, values))
    assert [None if each is None else (each.finding, each.weeks) for each in standing] == [
        (Finding.NEVER_CHALLENGED, 5),
        (Finding.NEVER_MET, 5),
        None,
        None,
    ]
    assert standing[0] is not None
    assert standing[0].spent == pytest.approx(0.05)
    young = Rows(END - 167 * HOUR, HOUR, values[:168])
    assert standings([slo()] * 4, young) == [None] * 4
    assert DAY * 7 == 168 * HOUR
