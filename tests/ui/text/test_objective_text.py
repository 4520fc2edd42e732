"""What an objective's numbers mean: each sentence names the window of its rate, and all pages say the same one."""

from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from dashboard.engine.default_slos import availability, saturation
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.indicators import Query, Ratio
from dashboard.slo.objective import Slo
from dashboard.slo.report import Exhaustion, SloReport, State
from dashboard.slo.windows import Calendar, Unit
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import DAY, HOUR
from dashboard.ui.panels.objectives import computation, objective_detail, objective_list
from dashboard.ui.panels.objectives.objective_filter import ObjectiveFilter, rows
from dashboard.ui.panels.service import service
from dashboard.ui.panels.wall import wall_tiles
from dashboard.ui.text import objective_text
from dashboard.ui.text.units import plain

NOW = 1_760_000_000.0  # Thu 9 Oct 2025, 08:53:20 UTC
AVAILABILITY = availability("shop")
MONTH = replace(AVAILABILITY, window=Calendar(Unit.MONTH, zone="UTC"))
THREE_DAYS = Exhaustion(1.3, (1.2, 1.4), 3 * DAY, 9 * DAY, (8 * DAY, 10 * DAY))
LAST_HOUR = Exhaustion(17.3, (17.3, 17.3), HOUR, 28 * HOUR, (None, None))


def report(slo: Slo = AVAILABILITY, **changes: Any) -> SloReport:
    """31 % of the budget of 4,000 failures is left."""
    base = SloReport(
        slo, State.INCREASING, NOW, NOW - 30 * DAY, NOW, good=3_997_240, valid=4_000_000, coverage=1.0, sli=0.99931,
        interval=(0.99928, 0.99934), remaining=0.31, exhaustion=THREE_DAYS, budgeted=4_000_000, measured_at=NOW - 60,
        period_s=30 * DAY, measured_s=30 * DAY,
    )  # fmt: skip
    return replace(base, **changes)


OVERSPENT = {"state": State.EXHAUSTED, "good": 3_994_205, "remaining": 1 - 5795 / 4000}


@pytest.mark.parametrize(
    ("changed", "since", "sentence"),
    [
        (report(), None, "Used up in 9 days if the last 3 days' rate continues"),
        (report(exhaustion=LAST_HOUR), None, "Used up in 1 day 4 h if the last hour's rate continues"),
        (report(exhaustion=replace(LAST_HOUR, seconds=None)), None, "Not used up if the last hour's rate continues"),
        (report(MONTH, exhaustion=replace(LAST_HOUR, seconds=None), end=NOW + 22 * DAY), None,
         "Not used up before the period ends, 31 Oct, if the last hour's rate continues"),
        (report(exhaustion=None), None, "Too few failures to forecast"),
        (report(exhaustion=None, coverage=0.1, partial_coverage=0.8), None, "Too few failures to forecast"),
        (report(state=State.NO_DATA, is_partial_now=True), None,
         "The source answers in part: what is missing may be bad"),
        (report(state=State.NO_DATA, valid=None, good=None, remaining=None,
                caveats=(Caveat(CaveatKind.UNAVAILABLE, message="too much"),)), None,
         "Budget unavailable: the source refuses its queries"),
        (report(exhaustion=None, coverage=0.1), None, "Not measured for long enough to forecast"),
        (report(**OVERSPENT, exhaustion=replace(LAST_HOUR, recovers_s=12 * DAY)), NOW - 5 * DAY,
         "Overspent since 4 Oct, recovers in 12 days if the last hour's rate continues"),
        (report(**OVERSPENT, exhaustion=LAST_HOUR), None, "Overspent"),
        (report(state=State.EXHAUSTED, remaining=0.0, exhaustion=None), NOW - HOUR, "All spent since 07:53"),
        (report(MONTH, **OVERSPENT, exhaustion=LAST_HOUR, end=NOW + 22 * DAY), None,
         "Overspent, a new period begins 31 Oct"),
        (report(state=State.NO_DATA, stale=True, measured_at=NOW - 9420), None,
         "No data since 06:16 (2 h 37 m), 31 % left then"),
        (report(state=State.NO_DATA, stale=True, measured_at=NOW - 20), None, "No data since 08:53, 31 % left then"),
        (report(state=State.NO_DATA), None, "Too little data to judge"),
        (report(state=State.NO_DATA, measured_s=720.0, coverage=720 / (30 * DAY)), None,
         "Too little measured to judge the budget: 12 m, 0.03 % of the window"),
        (report(state=State.CRITICAL, measured_s=720.0, coverage=720 / (30 * DAY), remaining=-216.7), None,
         "Too little measured to judge the budget: 12 m, 0.03 % of the window"),
        (report(state=State.NO_DATA, valid=None, good=None, remaining=None, measured_at=None), None,
         "No data in this window"),
        (report(state=State.NO_DATA, valid=None, good=None, remaining=None), None, "No traffic in this window"),
    ],
)  # fmt: skip
def test_how_long_the_budget_lasts(changed: SloReport, since: float | None, sentence: str) -> None:
    assert plain(objective_text.lasts(changed, zone="UTC", since=since)) == sentence


@pytest.mark.parametrize(
    ("changed", "sentence", "beyond"),
    [
        (report(), "31 % of the error budget is left. Used up in 9 days if the last 3 days' rate continues.",
         "At 1.3× the allowed rate (last 3 days) that is about 18 Oct, between 17 Oct and 19 Oct "
         "(95 % interval of that rate: 1.2–\u20601.4×)."),
        (report(coverage=0.2),
         "31 % of the error budget is left. Used up in 9 days if the last 3 days' rate continues.",
         "At 1.3× the allowed rate (last 3 days) that is about 18 Oct, between 17 Oct and 19 Oct "
         "(95 % interval of that rate: 1.2–\u20601.4×). So far 6 days of 30 days measured."),
        (report(exhaustion=replace(LAST_HOUR, rate=0.4, rate_interval=(0.4, 0.4), seconds=None)),
         "31 % of the error budget is left. Not used up if the last hour's rate continues.",
         "The rate is 0.4× the allowed rate (last hour)."),
        (report(exhaustion=None), "31 % of the error budget is left. Too few failures to forecast.", ""),
        (report(**OVERSPENT, exhaustion=LAST_HOUR), "Overspent.",
         "At 17.3× the allowed rate (last hour) it does not recover. Further failures add to it."),
        (report(**OVERSPENT, exhaustion=replace(LAST_HOUR, recovers_s=12 * DAY)),
         "Overspent, recovers in 12 days if the last hour's rate continues.",
         "Further failures add to it."),
        (report(state=State.NO_DATA, valid=None, good=None, remaining=None, measured_at=None),
         "No data in this window.", ""),
    ],
)  # fmt: skip
def test_the_verdict_says_what_is_left_and_how_long_it_lasts(changed: SloReport, sentence: str, beyond: str) -> None:
    verdict = objective_text.verdict(changed, zone="UTC", since=None)
    assert (plain(verdict[0]), plain(verdict[1])) == (sentence, beyond)


def test_what_is_left_and_what_is_overspent_in_events_and_time() -> None:
    assert plain(objective_text.amount(report())) == "1,240 failures (13 m 23 s of full outage)"
    assert plain(objective_text.amount(report(**OVERSPENT))) == "overspent by 1,795 failures (19 m 23 s of full outage)"
    assert objective_text.amount(report(remaining=None)) == ""
    assert plain(objective_text.amount_events(report(**OVERSPENT))) == "overspent by 1,795 failures"
    assert plain(objective_text.amount_time(report())) == "13 m 23 s of full outage at average traffic"
    assert plain(objective_text.amount_time(report(SLICES))) == "2 h 13 m of bad slices"
    assert objective_text.before_spent(report()) == "1.24k more failed requests before it is spent"
    over = plain(objective_text.before_spent(report(**OVERSPENT)))
    assert over == "1,795 failures (19 m 23 s of full outage) more than allowed"


@pytest.mark.parametrize(
    ("room", "left", "before"),
    [
        (0.97, "less than 1 failure", "the next failed request overspends it"),
        (0.9999999999, "1 failure", "1 more failed request before it is spent"),
        (1.6, "1 failure", "1 more failed request before it is spent"),
        (6.2, "6 failures", "6 more failed requests before it is spent"),
        (-0.3, "overspent by less than 1 failure", "less than 1 failure (0 s of full outage) more than allowed"),
        (-1.2, "overspent by 1 failure", "1 failure (0 s of full outage) more than allowed"),
    ],
)
def test_events_are_whole_and_a_part_of_one_is_no_room_for_another(room: float, left: str, before: str) -> None:
    changed = report(good=4_000_000 * AVAILABILITY.objective + room, remaining=room / 4000)
    assert plain(objective_text.amount_events(changed)) == left
    assert plain(objective_text.before_spent(changed)) == before


SLICES = saturation("shop", "memory", 0.9, 0.99)
QUERIES = Slo("shop", "own", Ratio(Query("all"), bad=Query("bad")), 0.999)


@pytest.mark.parametrize(
    ("seconds", "window"),
    [(60, "last minute"), (1800, "last 30 minutes"), (HOUR, "last hour"), (6 * HOUR, "last 6 hours"),
     (DAY, "last 24 hours"), (3 * DAY, "last 3 days"), (90, "last 90 seconds")],
)  # fmt: skip
def test_a_window_is_named_in_full(seconds: float, window: str) -> None:
    assert plain(objective_text.last(seconds)) == window


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    running = Poller(DemoSource(start=NOW), Settings(), clock=lambda: NOW)
    running.tick()
    return running.snapshot


def test_every_page_says_the_same_of_how_long_it_lasts(snapshot: Snapshot) -> None:
    chosen = next(report for report in snapshot.slos if report.exhaustion is not None and report.exhaustion.seconds)
    sentence = objective_text.lasts(chosen, zone="UTC")
    owner = next(report for report in snapshot.services if report.name == chosen.slo.service)
    everything = ObjectiveFilter(every=True)
    steps = "".join(step.value for step in computation.steps(chosen, "UTC"))
    places = {
        "wall": wall_tiles.tile(wall_tiles.Shown(replace(owner, slos=(chosen,)), snapshot.source.state)),
        "service": service.budget_card(chosen),
        "list": objective_list.table(snapshot, everything, rows(snapshot, everything), chosen),
        "detail": objective_detail.head(snapshot, chosen),
        "computation": steps,
    }
    assert {place: sentence in unescape(html) for place, html in places.items()} == dict.fromkeys(places, True)
