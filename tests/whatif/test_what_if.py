"""Candidates on a past: the sweep is a recount of raw events, thresholds are those of the buckets, spans are said."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.engine.default_slos import active_slos
from dashboard.engine.past.past_rows import Wanted, of_hours, read_past
from dashboard.slo.event_rows import BAD, VALID
from dashboard.slo.indicators import Composite, Part
from dashboard.slo.objective import Method
from dashboard.slo.windows import Calendar, Rolling, Unit
from dashboard.sources.demo.source import BOUNDS, DemoSource
from dashboard.timerange import DAY, HOUR, Grid
from dashboard.whatif.candidate import USUAL, Candidate
from dashboard.whatif.past import Counted, Past
from dashboard.whatif.what_if import what_if
from tests.incidents.impacts import impact, incident
from tests.whatif.pasts import END, past, rows, slo


@pytest.fixture(scope="module")
def latency_past() -> tuple[object, Past]:
    demo = DemoSource(start=END)
    catalog = demo.discover(END)
    objective = next(each for each in active_slos(catalog) if each.name == "cart-latency")
    wanted = Wanted(objective, catalog.named("cart"), catalog, END, 3.0 * DAY, hours_s=2.0 * DAY)
    return objective, read_past(demo, wanted)


@pytest.mark.parametrize("seed", [11, 12])
def test_the_sweep_over_objectives_is_a_recount(seed: int) -> None:
    counted = rows(21, seed)
    for objective in USUAL:
        tried = what_if(slo(), past(counted, 21.0 * DAY), Candidate(objective=objective, window="7d"))
        assert len(tried.periods) == 3
        for number, period in enumerate(tried.periods):
            raw = counted.values[number * 7 * 1440 : (number + 1) * 7 * 1440]
            bad, valid = raw[:, BAD].sum(), raw[:, VALID].sum()
            assert (period.bad, period.valid) == pytest.approx((bad, valid), rel=1e-12)
            assert period.left == pytest.approx(1 - bad / ((1 - objective) * valid), rel=1e-9)
            assert period.is_met == (bad <= (1 - objective) * valid)
        assert (tried.impact.bad, tried.impact.valid) == (counted.values[:, BAD].sum(), counted.values[:, VALID].sum())
        beyond = counted.values[:, BAD] > (1 - objective) * counted.values[:, VALID]
        assert tried.impact.seconds == pytest.approx(60 * beyond.sum(), abs=60)


def test_the_sweep_over_thresholds_is_a_recount(latency_past: tuple[object, Past]) -> None:
    objective, known = latency_past
    demo = DemoSource(start=END, limits=BOUNDS)
    begin = int(known.since)
    counts = demo.counts(Grid.between(begin, END, step=60)).frame["cart"].sum()
    for bound in BOUNDS:
        tried = what_if(objective, known, Candidate(limit=bound))  # type: ignore[arg-type]
        assert tried.slo.limit == bound
        assert tried.impact.bad == counts["latency", "inf"] - counts["latency", f"{bound:g}"]
        assert tried.impact.valid == counts["latency", "inf"]


def test_a_threshold_between_two_buckets_is_refused_with_what_is_possible(latency_past: tuple[object, Past]) -> None:
    objective, known = latency_past
    possible = "0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5, 10 s"
    with pytest.raises(ValueError, match=f"0.31 s is no bound of its latency buckets: possible are {possible}"):
        what_if(objective, known, Candidate(limit=0.31))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="has no latency threshold that could be another one"):
        what_if(slo(), past(rows(1, 1), DAY), Candidate(limit=0.3))


def test_hours_before_the_rows_make_earlier_periods(latency_past: tuple[object, Past]) -> None:
    objective, known = latency_past
    tried = what_if(objective, known, Candidate(window="7d"))  # type: ignore[arg-type]
    # Three days, three that fill windows, and two of hours.
    assert [round(period.coverage, 2) for period in tried.periods] == [0.14, 1.0]
    other = what_if(objective, known, Candidate(window="7d", limit=1.0))  # type: ignore[arg-type]
    assert len(other.periods) == 1, "of other thresholds no hours are kept"


def test_calendar_periods_end_where_the_calendar_says() -> None:
    tried = what_if(slo(), past(rows(40, 3), 30.0 * DAY), Candidate(window="1M"))
    month = Calendar(Unit.MONTH)
    begins = [month.bounds(moment)[0] for moment in (END - 40 * DAY, END - 20 * DAY, END)]
    assert [period.start for period in tried.periods] == begins
    assert [period.end for period in tried.periods] == [*begins[1:], month.bounds(END)[1]]
    assert [period.is_over for period in tried.periods] == [True, True, False]
    assert [period.is_whole for period in tried.periods] == [False, True, False]


def test_alerts_are_explained_by_the_incident_in_which_they_begin() -> None:
    counted = rows(3, 7, troubles=0)
    counted.values[2000:2060, BAD] = 100.0
    known = past(counted, 3.0 * DAY)
    begin = float(counted.first + 2000 * 60)
    lost = what_if(slo(), known, Candidate())
    assert lost.alerts
    assert len(lost.unexplained) == len(lost.alerts)
    explained = what_if(slo(), known, Candidate(), [incident("pool", start=begin, end=begin + 3600.0)])
    assert {alert.incident for alert in explained.alerts} == {"pool"}
    for other in (
        incident("later", start=begin + 8 * HOUR, end=begin + 9 * HOUR),
        incident("elsewhere", impact("cart"), start=begin, end=begin + 3600.0),
    ):
        assert len(what_if(slo(), known, Candidate(), [other]).unexplained) == len(lost.alerts)


def test_what_cannot_be_changed_is_said() -> None:
    parts = Composite((Part(slo().indicator, 0.999),))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="made of parts that have objectives of their own"):
        Candidate(objective=0.99).applied(replace(slo(), indicator=parts))
    with pytest.raises(ValueError, match="9d is no window: write 7d, 14d"):
        Candidate(window="9d").applied(slo())
    with pytest.raises(ValueError, match="loud is no policy: write own, workbook"):
        Candidate(policy="loud").applied(slo())
    slices = replace(slo(0.95), method=Method.TIMESLICES, slice_s=300)
    assert Candidate(objective=0.99).applied(slices).slice_target == 0.95, "slices stay as good as they were"
    assert Candidate(window="30d").applied(slo()).window == Rolling()


def test_of_hours_only_slow_rules_are_read_and_it_is_said() -> None:
    hours = rows(20, 5, troubles=0).coarser(HOUR)
    hours.values[100:140, BAD] = 0.01 * hours.values[100:140, VALID]
    tried = what_if(slo(), of_hours(hours, float(hours.end), 20.0 * DAY), Candidate())
    assert tried.step == HOUR
    assert {alert.fired.severity for alert in tried.alerts} == {"ticket"}


def test_of_a_young_objective_the_past_begins_with_its_first_measure() -> None:
    counted = rows(3, 9, troubles=0)
    counted.values[:4000] = 0.0
    tried = what_if(slo(), past(counted, 3.0 * DAY), Candidate())
    assert tried.since == counted.first + 3999 * 60
    # By its rows, and however little of a month that is.
    assert tried.course.step == 60.0
    assert np.isfinite(tried.course.values[1:]).all()
    assert tried.course.values[-1] == pytest.approx(tried.periods[-1].left)


def test_nothing_measured_is_no_budget() -> None:
    empty = Counted(END, 60, np.zeros((100, 3)))
    tried = what_if(slo(), past(empty, 6000.0), Candidate())
    assert (tried.alerts, tried.periods, tried.impact.valid) == ((), (), 0.0)
    assert np.isnan(tried.course.values).all()
