"""Where a window's budget went: it adds up, gaps are gaps, episodes are found, and forecasts meet 0 where they say."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.engine.default_slos import availability
from dashboard.slo.burndown import Burndown, burndown, overspent_since
from dashboard.slo.evaluation import Evaluator
from dashboard.slo.event_requests import EventRequest
from dashboard.slo.event_rows import Rows
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.indicators import Column, Op, Threshold
from dashboard.slo.ledger import Ledger
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Method, Slo
from dashboard.slo.report import SloReport, State
from dashboard.slo.timeline import Timeline, burn_history, missing, runs
from dashboard.slo.windows import Calendar, Rolling, Unit
from dashboard.timerange import DAY, HOUR

NOW = int(datetime(2026, 11, 22, 23, 0).timestamp()) // HOUR * HOUR
SLO = availability("shop")
RATE = 10.0
Bursts = list[tuple[float, float, float]]


def judged(
    slo: Slo = SLO,
    *,
    now: int = NOW,
    share: float = 0.0002,
    bursts: Bursts | None = None,
    gaps: list[tuple[float, float]] | None = None,
    exclusions: tuple[Exclusion, ...] = (),
) -> tuple[SloReport, LedgerView]:
    """A report over steady traffic: `bursts` are begin, end (seconds before now) and the share of failures in them."""
    ledger = Ledger(exclusions=exclusions)
    ledger.follow([slo], 60)
    for request in ledger.due(now):
        ledger.add(request, _values(slo, request, now, share, bursts or [], gaps or []))
    (report,) = Evaluator().reports(ledger)
    return report, ledger.view


def _values(
    slo: Slo, request: EventRequest, now: int, share: float, bursts: Bursts, gaps: list[tuple[float, float]]
) -> dict[tuple[str, str, str], np.ndarray]:
    # By the minute, then added up: a burst that ends within an hour is a part of it.
    step = min(request.grid.step, 60)
    ends = np.arange(request.grid.start - request.grid.step + step, request.grid.end + 1, step)
    ago = now - ends
    valid, failing = np.full(len(ends), RATE * step), np.full(len(ends), share)
    for begin, end, worse in bursts:
        failing[(ago < begin) & (ago >= end)] = worse
    for begin, end in gaps:
        valid[(ago < begin) & (ago >= end)] = np.nan
    parts = valid.reshape(len(request.grid), -1), (valid * failing).reshape(len(request.grid), -1)
    sums = [np.where(np.isnan(part).all(axis=1), np.nan, np.nansum(part, axis=1)) for part in parts]
    if isinstance(slo.indicator, Threshold):
        return {slo.indicator.value.key: np.where(np.isnan(sums[0]), np.nan, sums[1] / sums[0])}
    return {("shop", "requests", ""): sums[0], ("shop", "errors", "server"): sums[1]}


def story(report: SloReport, ledger_view: LedgerView) -> Burndown:
    result = burndown(report, ledger_view)
    assert result is not None
    return result


def test_it_begins_full_and_ends_with_exactly_what_is_left() -> None:
    report, ledger_view = judged(bursts=[(20 * DAY, 20 * DAY - 3 * HOUR, 0.03)])
    left = story(report, ledger_view).left
    assert left.values[0] == 1
    assert left.values[-1] == report.remaining
    assert left.moments[[0, -1]].tolist() == [report.start, report.at]


@settings(deadline=None, max_examples=30)
@given(
    share=st.floats(0, 0.004),
    begin=st.integers(8 * HOUR, 29 * DAY),
    length=st.integers(60, 8 * HOUR),
    worse=st.floats(0, 1),
)
def test_the_budget_only_goes_down_and_the_rows_add_up_to_the_report(
    share: float, begin: int, length: int, worse: float
) -> None:
    report, ledger_view = judged(share=share, bursts=[(begin, begin - length, worse)])
    assert (np.diff(story(report, ledger_view).left.values) <= 1e-9).all()
    counted = Timeline.of(ledger_view, SLO).within(np.array([report.start]), np.array([report.at]))[0]
    assert counted[0] == pytest.approx(report.bad, abs=1e-6)
    assert counted[1] == pytest.approx(report.valid)


def test_an_even_spending_is_a_straight_line_without_episodes() -> None:
    report, ledger_view = judged(share=0.0007)
    part = story(report, ledger_view)
    assert part.left.values == pytest.approx(np.linspace(1, 0.3, len(part.left.values)), abs=1e-6)
    assert part.episodes == ()
    assert part.gaps == ()


def test_an_episode_has_the_share_of_the_budget_and_the_time_it_took() -> None:
    bursts = [(20 * DAY, 20 * DAY - 3 * HOUR, 0.04), (4 * HOUR, 4 * HOUR - 25 * 60, 0.2), (9 * DAY, 9 * DAY - 60, 0.02)]
    report, ledger_view = judged(bursts=bursts)
    old, new = story(report, ledger_view).episodes
    assert (NOW - old.start, NOW - old.end) == (20 * DAY, 20 * DAY - 3 * HOUR)
    assert (NOW - new.start, NOW - new.end) == (4 * HOUR, 4 * HOUR - 25 * 60), "to the minute where minutes are held"
    whole = SLO.budget * (report.valid or 0)
    assert old.share == pytest.approx(3 * HOUR * RATE * 0.04 / whole)
    assert new.share == pytest.approx(25 * 60 * RATE * 0.2 / whole)


def test_only_the_four_episodes_that_took_most_are_kept_in_the_order_of_time() -> None:
    bursts = [(day * DAY, day * DAY - HOUR, day * 0.05) for day in range(2, 9)]
    report, ledger_view = judged(bursts=bursts)
    episodes = story(report, ledger_view).episodes
    assert [round((NOW - episode.start) / DAY) for episode in episodes] == [8, 7, 6, 5]


def test_a_gap_stays_a_gap_and_maintenance_is_none() -> None:
    gaps: list[tuple[float, float]] = [(10 * DAY, 10 * DAY - 5 * HOUR), (3 * HOUR, 3 * HOUR - 20 * 60), (100, 40)]
    move = Exclusion(NOW - 5 * DAY, NOW - 5 * DAY + 2 * HOUR, "database move")
    report, ledger_view = judged(gaps=gaps, exclusions=(move,))
    part = story(report, ledger_view)
    assert [(NOW - gap.start, NOW - gap.end) for gap in part.gaps] == gaps[:2], "a late minute is none"
    (stretch,) = part.maintenance
    assert (stretch.start, stretch.end, stretch.reason) == (move.start, move.end, "database move")
    inside = (part.left.moments > NOW - 10 * DAY) & (part.left.moments < NOW - 10 * DAY + 5 * HOUR)
    assert np.isnan(part.left.values[inside]).all()
    assert np.isfinite(part.left.values[[0, -1]]).all()


def test_a_young_objective_is_drawn_from_its_first_measure_on() -> None:
    report, ledger_view = judged(gaps=[(31 * DAY, 90 * 60)], share=0.0005)
    part = story(report, ledger_view)
    assert part.left.start == NOW - 90 * 60
    assert part.left.values[[0, -1]].tolist() == [1, report.remaining]
    assert len(part.left.values) > 200
    drawn = burn_history(report, report.alerts[-1], Timeline.of(ledger_view, SLO))
    assert len(drawn.long) <= 13, "nothing is drawn of the days before"


def test_slices_longer_than_a_row_are_no_gaps() -> None:
    indicator = Threshold(Column("shop", "saturation", "memory"), Op.LTE, 0.9)
    slow = Slo("shop", "shop-memory", indicator, 0.99, kind="saturation", limit=0.9, slice_s=300)
    assert story(*judged(slow)).gaps == ()
    longer, now = replace(slow, slice_s=4 * HOUR), NOW // DAY * DAY
    values = np.zeros((721, 1, 3))
    values[::4, 0] = (0.0, 1.0, 4.0 * HOUR)
    ledger_view = LedgerView((longer,), Rows(now - 720 * HOUR, HOUR, values), Rows.nothing(now, 60, 420, 1))
    report = replace(judged(slow)[0], slo=longer, at=float(now), start=float(now - 30 * DAY), end=float(now))
    assert missing(report, Timeline.of(ledger_view, longer)) == ()


def test_without_events_there_is_no_story() -> None:
    report, ledger_view = judged(gaps=[(31 * DAY, 0)])
    assert burndown(report, ledger_view) is None
    assert burndown(replace(report, slo=availability("other")), ledger_view) is None


def test_the_forecast_ends_where_the_report_says_and_its_cone_around_it() -> None:
    report, ledger_view = judged(bursts=[(2 * HOUR, 0, 0.02)])
    assert report.exhaustion is not None
    assert report.exhaustion.seconds
    ahead = story(report, ledger_view).projection
    assert ahead is not None
    assert ahead.at == report.at + report.exhaustion.seconds
    assert ahead.middle.values[0] == pytest.approx(report.remaining)
    assert ahead.middle.values[-1] == pytest.approx(0, abs=1e-9)
    assert ahead.slow is not None
    assert ahead.fast is not None
    assert (ahead.slow.values >= ahead.fast.values - 1e-12).all()
    assert ahead.earliest is not None
    assert ahead.latest is not None
    assert ahead.earliest < ahead.at < ahead.latest
    early = float(np.interp(ahead.earliest, ahead.fast.moments, ahead.fast.values))
    assert early == pytest.approx(0, abs=0.02), "the fast edge meets 0 at the earliest end"


def test_what_does_not_run_out_has_no_forecast() -> None:
    report, ledger_view = judged()
    assert report.exhaustion is not None
    assert report.exhaustion.seconds is None
    assert story(report, ledger_view).projection is None


def test_an_overspent_budget_is_drawn_until_it_recovers() -> None:
    report, ledger_view = judged(bursts=[(20 * DAY, 20 * DAY - 12 * HOUR, 0.08)])
    assert report.state is State.EXHAUSTED
    part = story(report, ledger_view)
    assert part.left.values[-1] == report.remaining
    assert part.projection is not None
    assert part.projection.middle.values[-1] == pytest.approx(0, abs=1e-6)
    assert 9 * DAY < part.projection.at - report.at < 11 * DAY, "once the outage has left the window"
    ahead = part.projection
    assert ahead.slow is not None
    assert ahead.fast is not None
    assert (ahead.slow.values >= ahead.fast.values).all()
    assert ahead.fast.values.max() <= 0, "the cone ends at nothing left"
    assert ahead.earliest is not None
    assert ahead.latest is not None
    assert ahead.earliest < ahead.at < ahead.latest, "the fewer failures come, the sooner it recovers"
    since = overspent_since(report, ledger_view)
    assert since is not None
    assert NOW - 20 * DAY < since < NOW - 20 * DAY + 12 * HOUR


def test_a_service_that_is_young_was_not_overspent_before_it_was_measured() -> None:
    since = overspent_since(*judged(share=0.03, gaps=[(31 * DAY, 8 * 60)]))
    assert since is not None
    assert NOW - 8 * 60 <= since <= NOW


def test_what_is_not_overspent_has_no_such_moment() -> None:
    assert overspent_since(*judged()) is None


MONTH = Calendar(Unit.MONTH, zone="UTC")


def test_a_month_is_drawn_against_its_whole_budget_and_a_perfect_burn_to_its_end() -> None:
    report, ledger_view = judged(replace(SLO, window=MONTH), share=0.0005)
    part = story(report, ledger_view)
    assert report.is_extrapolated
    assert part.perfect_burn_end == report.end > report.at
    assert report.remaining == pytest.approx(0.5)
    passed = (report.at - report.start) / (report.end - report.start)
    assert part.left.values[-1] == pytest.approx(1 - 0.5 * passed)


def test_the_slices_of_a_month_are_known_before_it_is_over() -> None:
    slices = replace(SLO, window=MONTH, method=Method.TIMESLICES, slice_s=300, slice_target=0.99)
    report, ledger_view = judged(slices, bursts=[(5 * DAY, 5 * DAY - 3600, 0.5)])
    part = story(report, ledger_view)
    assert not report.is_extrapolated
    assert part.left.values[-1] == report.remaining
    assert part.perfect_burn_end == report.end


def test_the_rate_of_slice_ratios_has_no_interval() -> None:
    ratio = replace(SLO, method=Method.RATIO_TIMESLICES, slice_s=300)
    report, _ = judged(ratio, share=0.003)
    assert report.exhaustion is not None
    assert report.exhaustion.rate_interval == (report.exhaustion.rate,) * 2


def test_a_track_counts_any_span_as_the_ledger_does() -> None:
    report, ledger_view = judged(bursts=[(3 * DAY, 3 * DAY - 2 * HOUR, 0.1), (2 * HOUR, HOUR, 0.05)])
    track = Timeline.of(ledger_view, SLO)
    for burn in report.burn:
        counted = track.within(np.array([report.at - burn.window_s]), np.array([report.at]))[0]
        assert counted[1] == pytest.approx(burn.valid)
        assert counted[1] - counted[0] == pytest.approx(burn.good)


def test_trails_end_with_the_rates_the_rule_was_judged_by() -> None:
    report, ledger_view = judged(bursts=[(90 * 60, 0, 0.02)])
    track = Timeline.of(ledger_view, SLO)
    for alert in report.alerts:
        drawn = burn_history(report, alert, track)
        assert drawn.long[-1] == alert.long.rate
        assert drawn.short[-1] == alert.short.rate
        assert len(drawn.long) == len(drawn.short)
        assert drawn.start + drawn.step * (len(drawn.long) - 1) == report.at
    before = burn_history(report, report.alerts[0], track)
    hour_ago = before.short[-61]
    assert hour_ago == pytest.approx(20, rel=0.01)
    assert before.short[0] == pytest.approx(0.2, rel=0.01)


def test_a_trail_says_nothing_of_what_was_not_measured() -> None:
    report, ledger_view = judged(gaps=[(4 * HOUR, 2 * HOUR)])
    drawn = burn_history(report, report.alerts[0], Timeline.of(ledger_view, SLO))
    assert np.isnan(drawn.short[-150])
    assert np.isfinite(drawn.short[-60])


@pytest.mark.parametrize(
    ("flags", "joined", "stretches"),
    [
        ([0, 0, 0], 0, []),
        ([1, 1, 0, 1], 0, [(0, 2), (3, 4)]),
        ([1, 1, 0, 1], 1, [(0, 4)]),
        ([1, 0, 0, 0, 1], 2, [(0, 1), (4, 5)]),
    ],
)
def test_stretches_that_hold(flags: list[int], joined: int, stretches: list[tuple[int, int]]) -> None:
    assert runs(np.array(flags, dtype=bool), joined) == stretches


def test_a_short_window_is_drawn_finely() -> None:
    day = replace(SLO, window=Rolling(DAY))
    report, ledger_view = judged(day, share=0.0005)
    part = story(report, ledger_view)
    assert len(part.left.values) >= 200
