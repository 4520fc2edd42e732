"""The newest rows: burn windows end at the newest scrape, whatever the rows that are kept for hours."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.slo.evaluation import Evaluator
from dashboard.slo.event_requests import Level
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.indicators import Column, Ratio
from dashboard.slo.new_counters import NewCounters
from dashboard.slo.newest_plan import NEWEST_OVERLAP, NEWEST_SPAN, NEWEST_STEP
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import WORKBOOK
from dashboard.slo.timeline import Timeline
from dashboard.slo.windows import Rolling
from dashboard.timerange import DAY, HOUR
from tests.slo.feeding import MINUTE, NOW, Fed, Rate, alert_of, always, availability, burn_over, counts, during

SHOP = availability(0.999, window=Rolling(7.0 * DAY))
# Rows of five minutes, as targets have that are scraped once a minute.
SCRAPE, ROW = 60.0, 300


def outage(begins: float, ends: float = np.inf, **how: object) -> Fed:
    """Ten requests a second, all of which fail between two moments."""
    scrapes = how.pop("scrapes", (SCRAPE,))
    return Fed([SHOP], counts(SHOP, during(begins, ends, 600), 600), base=ROW, scrapes=scrapes)  # type: ignore[arg-type]


def newest(fed: Fed, now: float) -> list[int]:
    """Points of the newest rows that are due."""
    return [len(request.grid) for request in fed.ledger.due(now) if request.level is Level.NEWEST]


def test_they_are_asked_for_at_each_scrape_and_the_newest_minute_of_them_again() -> None:
    fed = outage(np.inf)
    fed.tick(NOW)
    assert fed.requests[-1].level is Level.NEWEST
    assert len(fed.requests[-1].grid) == NEWEST_SPAN // NEWEST_STEP
    assert newest(fed, NOW + 14) == []
    assert newest(fed, NOW + 15) == [1 + NEWEST_OVERLAP // NEWEST_STEP]
    fed.ledger.forget()
    assert newest(fed, NOW + 15) == [NEWEST_SPAN // NEWEST_STEP]


def test_sources_of_rows_and_slices_have_none() -> None:
    slices = availability(0.9, method=Method.TIMESLICES, slice_s=300, slice_target=0.9)
    for fed in (outage(np.inf, scrapes=()), Fed([slices], counts(slices, 0, 600), scrapes=(SCRAPE,))):
        fed.tick(NOW)
        assert Level.NEWEST not in {request.level for request in fed.requests}


ONCE = during(NOW - 1800, NOW - 1740, 1)


@pytest.mark.parametrize(
    ("before", "scrapes", "seconds"),
    [(ONCE, (SCRAPE,), 45), (always(0), (SCRAPE,), 45), (ONCE, (), 300)],
    ids=["a failure before, perhaps of another counter", "a counter that has just begun", "complete rows alone"],
)
def test_an_outage_fires_before_its_row_is_over(before: Rate, scrapes: tuple[float, ...], seconds: int) -> None:
    """14.4 × 0.1 % of an hour is 52 s. Of a counter that begins, half a scrape and the time until the next are lost."""
    failed = during(NOW + 15, np.inf, 600, before)
    fed = Fed([SHOP], counts(SHOP, failed, 600), base=ROW, scrapes=scrapes)
    fed.tick(NOW)
    fired = [after for after in range(15, 601, 15) if alert_of(fed.tick(NOW + after)[0]).firing]
    assert fired[0] == seconds


@pytest.mark.parametrize("ratio", [1.0, 0.8, 0.05, 0.016])
def test_of_a_counter_that_has_just_begun_a_scrape_and_the_time_since_the_newest_one_are_assumed(
    ratio: float,
) -> None:
    """As Prometheus does, whatever the share of requests that fail and however long ago it began within the window."""
    first = NOW + 15
    fed = Fed([SHOP], counts(SHOP, during(first, np.inf, ratio * 600), 600), base=ROW, scrapes=(SCRAPE,))
    for after in (0, 75, 600, 1800, 3000):
        fed.tick(NOW + after)
        # The first row that is counted is taken to be of a scrape's length.
        counted_s = max(after - 15, 0)
        expected = 10 * ratio * (60 + 15) * counted_s / (counted_s - 15 + 60)
        assumed = NewCounters.of(fed.ledger)
        assert assumed.within(np.array([NOW - 600]))[0] == pytest.approx([expected, expected / ratio, 0], rel=0.02)
        assert assumed.within(np.array([first + 60])).tolist() == [[0, 0, 0]]


def test_nothing_is_assumed_of_a_counter_whose_first_growth_is_of_a_part_of_a_scrape() -> None:
    """It was there before the burn began, and lost nothing."""
    failed = during(NOW + 75, np.inf, 120, during(NOW + 15, NOW + 75, 40))
    fed = Fed([SHOP], counts(SHOP, failed, 600), base=ROW, scrapes=(SCRAPE,))
    assumed = []
    for after in (0, 75, 195, 600):
        fed.tick(NOW + after)
        assumed.append(float(NewCounters.of(fed.ledger).within(np.zeros(1))[0, 0]))
    assert assumed[0] == 0
    assert assumed[1] > 0, "as long as nothing follows it cannot be told"
    assert assumed[2:] == [0, 0]


@pytest.mark.parametrize("scrape", [15.0, 60.0])
@pytest.mark.parametrize("always_failing", [0.1, 2.0, 30.0])
def test_beside_failures_that_go_on_those_that_begin_are_assumed_to_have_lost_a_scrape(
    scrape: float, always_failing: float
) -> None:
    """They may have a counter of their own, such as that of another code."""
    failed = during(NOW + 15, np.inf, 300, always(always_failing))
    fed = Fed([SHOP], counts(SHOP, failed, 600), base=ROW, scrapes=(scrape,))
    for after in (75, 195, 600):
        fed.tick(NOW + after)
        counted_s = after - 15
        expected = 5 * (scrape + 15) * counted_s / (counted_s - 15 + scrape)
        assumed = NewCounters.of(fed.ledger).within(np.array([NOW - 600]))[0]
        assert assumed[:2] == pytest.approx([expected, 2 * expected], rel=0.02)


@pytest.mark.parametrize("share", [0.002, 0.3])
def test_chance_alone_begins_nothing(share: float) -> None:
    """What fails by the same share all the time is counted and no more."""
    rng = np.random.default_rng(7)
    drawn = rng.poisson(600 * share, 4000)
    fed = Fed([SHOP], counts(SHOP, lambda at: drawn[(at // 60).astype(int) % 4000], 600), base=ROW, scrapes=(SCRAPE,))
    for after in range(0, 7200, 60):
        fed.tick(NOW + after)
        assert NewCounters.of(fed.ledger).within(np.zeros(1)).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("scrape", [15, 30, 60])
def test_a_scrape_that_brings_as_much_as_all_others_begins_nothing(scrape: int) -> None:
    """The newest row alone holds what failed in several."""

    def failed(at: np.ndarray) -> np.ndarray:
        is_newest = len(at) > 1 and at[1] - at[0] == NEWEST_STEP
        return np.where(at % scrape == 0, 300 * scrape / 15, 0.0) if is_newest else np.full(len(at), 300.0)

    fed = Fed([SHOP], counts(SHOP, failed, 600), base=ROW, scrapes=(float(scrape),))
    for after in range(0, 120, 15):
        fed.tick(NOW + after)
        assert NewCounters.of(fed.ledger).within(np.zeros(1)).tolist() == [[0, 0, 0]]


def test_nothing_is_assumed_where_as_many_failures_were_counted_before_or_they_have_stopped() -> None:
    before = Fed([SHOP], counts(SHOP, during(NOW, np.inf, 300, always(200)), 600), base=ROW, scrapes=(SCRAPE,))
    stopped = outage(NOW, NOW + 60)
    for fed in (before, stopped):
        fed.tick(NOW)
        fed.tick(NOW + 210)
        assert NewCounters.of(fed.ledger).within(np.zeros(1)).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize(("seen", "needed"), [(1, 5), (4, 5), (9, 10)])
def test_of_fewer_failures_than_an_alert_needs_none_are_made_up(seen: int, needed: int) -> None:
    """One unlucky request of a quiet night is one, and two are no page."""
    slo = availability(0.999, policy=replace(WORKBOOK, min_failures=needed))
    for failures, is_assumed in ((seen, False), (needed, True)):
        failed = during(NOW, NOW + 60, failures)
        fed = Fed([slo], counts(slo, failed, 10), base=ROW, scrapes=(SCRAPE,))
        fed.tick(NOW)
        for after in range(15, 76, 15):
            report = fed.tick(NOW + after)[0]
        assert report.bad == pytest.approx(failures)
        assert (burn_over(report, HOUR).bad > failures + 0.1) is is_assumed
        assert alert_of(report).firing is is_assumed


def test_nothing_is_assumed_of_slow_requests_whose_buckets_were_there_before() -> None:
    indicator = Ratio(Column("shop", "requests"), good=Column("shop", "latency", "0.5"))
    slow = Slo("shop", "shop-latency", indicator, 0.99)
    fed = Fed([slow], counts(slow, during(NOW + 15, np.inf, 600), 600), base=ROW, scrapes=(SCRAPE,))
    fed.tick(NOW)
    report = fed.tick(NOW + 60)[0]
    assert NewCounters.of(fed.ledger).within(np.zeros(1)).tolist() == [[0, 0, 0]]
    assert report.bad == pytest.approx(10 * 45)


def test_a_page_ends_when_the_short_window_holds_no_failure() -> None:
    """Less one scrape: what the first sample of a window brings lies before it."""
    fed = outage(NOW - 600, NOW + 15)
    fed.tick(NOW)
    firing = [after for after in range(15, 601, 15) if alert_of(fed.tick(NOW + after)[0]).firing]
    assert firing[-1] + 15 == 15 + 5 * MINUTE - SCRAPE


def test_numbers_are_those_of_all_events_until_the_newest_row() -> None:
    fed = outage(NOW + 60)
    for after in (0, 15, 60, 75, 135, 300, 315):
        report = fed.tick(NOW + after)[0]
        assert report.at == NOW + after
        assert report.bad == pytest.approx(10 * max(0, after - 60))
        assert report.valid == pytest.approx(10 * 7 * DAY)
        assert report.coverage == pytest.approx(1)
        assert burn_over(report).coverage == pytest.approx(1)


def test_a_window_that_is_hardly_longer_than_a_scrape_holds_one() -> None:
    fed = Fed([SHOP], counts(SHOP, 0, 600), base=600, scrapes=(180.0,))
    report = fed.tick(NOW)[0]
    assert burn_over(report, 300).valid == pytest.approx(10 * 180)
    assert alert_of(report).reading is not None


def test_maintenance_is_left_out_of_them() -> None:
    away = Exclusion(NOW, NOW + 120)
    fed = Fed([SHOP], counts(SHOP, during(NOW, NOW + 120, 600), 600), exclusions=(away,), base=ROW, scrapes=(15.0,))
    report = fed.tick(NOW + 135)[0]
    assert report.bad == 0
    assert burn_over(report, 300).valid == pytest.approx(10 * (300 - 15 - 120))
    assert burn_over(report, 300).coverage == pytest.approx(1)


def test_each_window_ends_where_its_own_rows_do() -> None:
    """Slices of five minutes beside events that are counted by the quarter of a minute."""
    slices = availability(0.999, "cart", method=Method.TIMESLICES, slice_s=300, slice_target=0.9)
    fed = Fed([SHOP, slices], {**counts(SHOP, 0, 600), **counts(slices, 600, 600)}, scrapes=(15.0, 15.0))
    fed.tick(NOW)
    for after in range(15, 615, 15):
        report = fed.tick(NOW + after)[1]
        assert burn_over(report, 300).valid == 1
        assert burn_over(report, 300).coverage == 1
        assert alert_of(report).firing


def test_a_silent_target_is_not_measured_in_them() -> None:
    rate = during(0, NOW, 600, always(np.nan))
    fed = Fed([SHOP], counts(SHOP, during(0, NOW, 600, always(np.nan)), rate), base=ROW, scrapes=(SCRAPE,))
    assert alert_of(fed.tick(NOW)[0]).firing
    report = fed.tick(NOW + 240)[0]
    assert burn_over(report, 300).coverage == pytest.approx(0)
    assert alert_of(report).reading is None
    assert alert_of(report).firing, "what burned may still burn"
    assert burn_over(report, HOUR).coverage < 0.95


def test_what_fired_while_the_past_was_read_does_not_fire_on() -> None:
    rate = during(0, NOW, 600, always(np.nan))
    fed = Fed([SHOP], counts(SHOP, during(0, NOW, 600, always(np.nan)), rate), base=ROW, scrapes=(SCRAPE,))
    fed.tick(NOW)
    for remembers in (False, True):
        evaluator = Evaluator()
        fired = evaluator.reports(fed.ledger, remembers=remembers)[0]
        assert alert_of(fired).firing
        later = Fed([SHOP], counts(SHOP, always(np.nan), always(np.nan)), base=ROW, scrapes=(SCRAPE,))
        later.tick(NOW)
        unmeasured = evaluator.reports(later.ledger)[0]
        assert alert_of(unmeasured).reading is None
        assert alert_of(unmeasured).firing is remembers


def test_what_is_drawn_reaches_as_far() -> None:
    fed = outage(NOW + 60)
    for after in (0, 15, 135, 300, 330):
        report = fed.tick(NOW + after)[0]
        timeline = Timeline.of(fed.ledger.view, SHOP)
        assert timeline.edges[-1] == report.at
        starts = np.array([report.at - 1200.0, report.at - 7 * DAY])
        counted = timeline.within(starts, np.full(2, report.at))
        assert counted[:, 0] == pytest.approx(10 * max(0, after - 60))
        assert counted[:, 1:] == pytest.approx(np.array([[12_000, 1200], [10 * 7 * DAY, 7 * DAY]]), rel=1e-4)
