"""Bursts: when they begin, when they are over, and that what was noticed never changes."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from dashboard.engine.incidents import incident_work
from dashboard.incidents.bursts import Burst, bursts
from dashboard.incidents.impacts import impact, left_at
from dashboard.incidents.incident import Severity
from dashboard.incidents.steps import STEP, Steps
from dashboard.slo.event_rows import BAD, VALID
from dashboard.slo.windows import Calendar, Rolling, Unit
from dashboard.timerange import DAY, HOUR
from tests.incidents.series import NOW, Trouble, steps
from tests.slo.feeding import availability, judged

AT = NOW - 2 * DAY + 1_000
MINUTE = 60


def only(of: Steps) -> Burst:
    """The one burst that there is."""
    (burst,) = bursts(of)
    return burst


@pytest.mark.parametrize(
    ("share", "seconds", "severity"),
    [
        (1.0, 3 * MINUTE, Severity.PAGE),
        (0.3, 8 * MINUTE, Severity.PAGE),
        (0.02, 75 * MINUTE, Severity.PAGE),
        (0.04, 15 * MINUTE, Severity.ANOMALY),
        (0.0018, 2 * DAY - 2_000, Severity.TICKET),
    ],
)
def test_each_trouble_is_one_burst_that_begins_and_ends_within_five_minutes(
    share: float, seconds: float, severity: Severity
) -> None:
    burst = only(steps(Trouble(AT, AT + seconds, share), until=NOW + DAY // 2))
    assert burst.severity is severity
    assert abs(burst.start - AT) <= STEP
    assert burst.end is not None
    assert abs(burst.end - (AT + seconds)) <= STEP


@pytest.mark.parametrize("rate", [0.02, 0.5, 5.0, 300.0])
@pytest.mark.parametrize("seed", range(3))
def test_quiet_services_have_none(rate: float, seed: int) -> None:
    assert bursts(steps(rate=rate, seed=seed)) == ()


@pytest.mark.parametrize(("on", "off"), [(2, 18), (5, 40), (10, 45), (20, 20)])
def test_what_flaps_is_one_burst(on: int, off: int) -> None:
    period = (on + off) * MINUTE
    flaps = [Trouble(AT + turn * period, AT + turn * period + on * MINUTE, 0.3) for turn in range(12)]
    burst = only(steps(*flaps))
    assert abs(burst.start - AT) <= STEP
    assert burst.end is not None
    assert abs(burst.end - flaps[-1].end) <= STEP


def test_what_comes_again_after_the_hold_is_another_one() -> None:
    first, second = Trouble(AT, AT + 900, 0.3), Trouble(AT + 5 * HOUR, AT + 5 * HOUR + 900, 0.3)
    noticed = bursts(steps(first, second))
    assert [abs(burst.start - trouble.start) <= STEP for burst, trouble in zip(noticed, (first, second), strict=True)]
    assert len({burst.noticed for burst in noticed}) == 2


def test_a_long_window_does_not_find_again_what_is_over() -> None:
    """Ten minutes of an outage keep the windows of the tickets above their rates for six hours."""
    assert len(bursts(steps(Trouble(AT, AT + 600, 1.0)))) == 1


def test_what_goes_on_is_open_and_says_since_when_it_is_quiet() -> None:
    trouble = Trouble(NOW - 5_000, NOW + HOUR, 0.05)
    assert only(steps(trouble)).end is None
    assert only(steps(trouble)).quiet_since is None
    later = only(steps(trouble, until=NOW + HOUR + 1_500))
    assert later.end is None
    assert later.quiet_since is not None
    assert abs(later.quiet_since - trouble.end) <= STEP
    # What came since neither thins out its ratio now, nor counts once it is over.
    moments = (NOW + HOUR + 1_500, NOW + 3 * HOUR)
    first, last = (
        impact(told := steps(trouble, until=until), only(told), budget_events=None, left=None) for until in moments
    )
    assert (first.end, last.end) == (None, later.quiet_since)
    assert (first.bad, first.valid) == (last.bad, last.valid)


def test_whatever_is_known_later_a_burst_was_noticed_at_the_same_moment() -> None:
    troubles = (Trouble(AT, AT + 4_000, 0.03), Trouble(AT + 9 * HOUR, AT + 9 * HOUR + 700, 0.2))
    slow = Trouble(NOW - 9 * DAY, NOW - 5 * DAY, 0.0015)
    seen: dict[int, set[int]] = {}
    for until in range(NOW - 8 * DAY, NOW + DAY, 5 * HOUR + STEP):
        for burst in bursts(steps(*troubles, slow, until=until)):
            seen.setdefault(burst.start, set()).add(burst.noticed)
    assert len(seen) == 3
    assert all(len(moments) == 1 for moments in seen.values())


def test_the_cost_is_what_was_counted() -> None:
    trouble = Trouble(AT, AT + 3_000, 0.04)
    of = steps(trouble)
    burst = only(of)
    cost = impact(of, burst, budget_events=50_000.0, left=None)
    calm = steps()
    inside = slice(of.place(burst.start), of.place(burst.end or 0))
    additional = of.counts[inside, BAD].sum() - calm.counts[inside, BAD].sum()
    assert cost.bad == of.counts[inside, BAD].sum()
    assert cost.bad - cost.usual_bad == pytest.approx(additional, rel=0.02)
    assert cost.budget_share == pytest.approx(cost.bad / 50_000)
    assert cost.seconds == pytest.approx(3_000, abs=2 * STEP)
    assert cost.bad_before_detection is not None
    assert 0 < cost.bad_before_detection < cost.bad
    assert cost.counts is not None
    assert cost.counts.start == burst.start - HOUR


def test_what_was_under_way_when_the_data_begin_is_marked() -> None:
    of = steps(Trouble(NOW - 13 * DAY, NOW, 0.003))
    cut = Steps(of.slo, of.start + 2 * DAY, of.counts[2 * DAY // STEP :], judged_from=of.start + 5 * DAY)
    assert only(cut).is_cut
    assert not only(of).is_cut


def test_without_a_measure_nothing_is_a_burst_and_what_vanishes_ends() -> None:
    of = steps(Trouble(AT, NOW, 0.05))
    counts = of.counts.copy()
    gone = of.place(AT + 2 * HOUR)
    counts[gone:] = 0.0
    burst = only(Steps(of.slo, of.start, counts))
    assert burst.end is not None
    assert abs(burst.end - (AT + 2 * HOUR)) <= STEP
    assert bursts(Steps(of.slo, of.start, np.zeros((600, 3)))) == ()


def test_bursts_follow_each_other() -> None:
    noticed = bursts(steps(*(Trouble(AT + day * DAY / 4, AT + day * DAY / 4 + 1_200, 0.1) for day in range(6))))
    assert len(noticed) == 6
    assert all(one.end is not None and one.end < other.start for one, other in pairwise(noticed))


def test_of_what_is_over_the_budget_is_told_that_was_left_then() -> None:
    trouble = Trouble(AT, AT + 3_000, 0.04)
    week, month = (availability(window=window) for window in (Rolling(7.0 * DAY), Rolling(30.0 * DAY)))
    of, end = steps(trouble, slo=week), AT + 3_300.0
    report = judged(week, 0.1, 2_400.0, now=NOW)
    window = of.counts[of.place(end - 7 * DAY) : of.place(end)]
    left = 1 - window[:, BAD].sum() / (0.001 * window[:, VALID].sum())
    assert left_at(of, end, report) == pytest.approx(left)
    assert left_at(of, None, report) == report.remaining
    # Of little that was measured nothing is left: nobody calls the budget of a week spent by an hour.
    little = replace(report, remaining=-14.0, measured_s=HOUR)
    assert (little.judged_remaining, left_at(of, end, little), left_at(of, None, little)) == (None, None, None)
    assert incident_work.budget_events(report) == pytest.approx(0.001 * report.budgeted)
    assert incident_work.budget_events(little) is None
    # Of its window two weeks alone are known: what failed before is forgotten.
    assert left_at(steps(trouble, slo=month), end, judged(month, 0.1, 2_400.0, now=NOW)) is None


def test_of_a_period_of_the_calendar_it_is_what_is_left_now_and_what_was_spent_since() -> None:
    slo = availability(window=Calendar(Unit.MONTH))
    of, end = steps(Trouble(NOW - HOUR, NOW, 0.04), slo=slo), NOW - HOUR
    report = judged(slo, 24.0, 2_400.0, now=NOW)
    assert report.bad is not None
    part = (report.at - report.start) / (report.end - report.start)
    since = of.counts[-12:, BAD].sum()
    left = 1 - (report.bad - since) / (0.001 * report.budgeted / part)
    assert left_at(of, end, report) == pytest.approx(left)
    assert left_at(of, None, report) == pytest.approx(1 - report.bad / (0.001 * report.budgeted / part))
    assert left_at(of, report.start - 1, report) is None, "of the period before"
