"""A review says of each objective whether it was met, what its budget was spent on, and what is not known."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.changes.change import Kind, Outcome
from dashboard.review.making import narrowed, review
from dashboard.review.review import Cause, Held, Trend, Verdict
from dashboard.slo.event_rows import BAD
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.objective import Credit, Sla
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import units
from dashboard.ui.text.review import review_sentences, review_words
from tests.review.facts import (
    HOURS,
    START,
    WEEK,
    ObjectiveFacts,
    counts,
    deploy,
    facts,
    impact,
    incident,
    record,
    slo,
    week,
)


def test_figures_are_sums_of_events() -> None:
    (objective,) = review(facts(week(h30=200.0))).objectives
    assert (objective.bad, objective.valid) == (0.5 * (HOURS - 1) + 200, 1000 * HOURS)
    assert objective.allowed == 0.001 * objective.valid
    assert objective.spent == objective.bad / objective.allowed
    assert objective.achieved == 1 - objective.bad / objective.valid
    assert (objective.verdict, objective.coverage, objective.gaps) == (Verdict.MISSED, 1.0, ())
    assert objective.before == (0.5,) * 5
    # The last week of the period is the period here; four weeks of it hold three calm ones.
    assert objective.last_week == objective.spent
    assert objective.recent == pytest.approx((objective.bad + 3 * HOURS * 0.5) / (4 * HOURS))


@pytest.mark.parametrize(
    ("bad", "verdict"),
    [(1.0, Verdict.NARROWLY), (1.01, Verdict.MISSED), (0.75, Verdict.NARROWLY), (0.74, Verdict.MET), (0, Verdict.MET)],
)
def test_a_budget_may_be_used_up_but_not_overspent(bad: float, verdict: Verdict) -> None:
    assert review(facts(week(bad=bad))).objectives[0].verdict is verdict


def test_an_incident_is_blamed_on_the_change_that_most_likely_caused_it() -> None:
    cause = deploy(START + 30 * HOUR - 300)
    bad_deploy = incident(impact("checkout", START + 30 * HOUR, START + 31 * HOUR, 200.0, usual_bad=1.0))
    provider = incident(impact("checkout", START + 50 * HOUR, START + 51 * HOUR, 20.0), number="20261007-2")
    known = facts(week(h30=200.0, h50=20.0), records=[record(bad_deploy, cause), record(provider)])
    (objective,) = review(known).objectives
    change, other, background = objective.spending
    assert (change.cause, change.bad, change.incident) == (Cause.CHANGE, 200, bad_deploy.id)
    assert (change.change, change.begins) == (str(cause.change.id), START + 30 * HOUR)
    assert (other.cause, other.bad) == (Cause.INCIDENT, 20)
    assert (background.cause, background.bad) == (Cause.BACKGROUND, 0.5 * (HOURS - 2))
    assert change.bad + other.bad + background.bad == objective.bad
    # Without the deploy 103 of 168 allowed events would have been bad, without the provider 283.
    assert (change.is_met_without, other.is_met_without, background.is_met_without) == (True, False, None)


def test_without_an_incident_as_many_events_would_have_been_bad_as_usual() -> None:
    happened = incident(impact("checkout", START + 30 * HOUR, START + 31 * HOUR, 200.0, usual_bad=150.0))
    (objective,) = review(facts(week(h30=200.0), records=[record(happened)])).objectives
    assert objective.spending[0].is_met_without is False
    # The number that is told beside it is the same: 50 events less, not 200.
    assert objective.spending[0].spent_without == (objective.bad - 50) / objective.allowed > 1


@pytest.mark.parametrize(("is_cut", "begins"), [(False, START - DAY), (True, None)])
def test_what_was_under_way_before_anything_is_known_of_it_has_no_day(is_cut: bool, begins: float | None) -> None:
    happened = incident(impact("checkout", START - DAY, None, 5000.0, is_cut=is_cut))
    known = review(facts(week(bad=20.0), records=[record(happened)]))
    (objective,) = known.objectives
    first, background = objective.spending
    assert (first.begins, first.bad, background.bad) == (begins, objective.bad, 0)
    when = "that had begun before" if is_cut else "on 4 Oct"
    assert f"nearly all of it in one incident {when}." in units.plain(review_sentences.paragraph(known))
    assert review_words.began(record(happened), "UTC").endswith("or earlier") == is_cut


def test_nobody_asks_what_would_have_been_where_it_was_met() -> None:
    happened = incident(impact("checkout", START + 30 * HOUR, START + 31 * HOUR, 20.0))
    (objective,) = review(facts(week(h30=20.0), records=[record(happened)])).objectives
    assert (objective.verdict, objective.spending[0].is_met_without) == (Verdict.MET, None)


def test_an_objective_that_was_changed_is_judged_by_what_held_in_each_hour() -> None:
    known = week(bad=2.0)
    objectives = np.full(6 * HOURS, 0.999)
    objectives[5 * HOURS : 5 * HOURS + 48] = 0.99
    changed = replace(known, counts=replace(known.counts, objectives=objectives))
    (objective,) = review(facts(changed)).objectives
    assert objective.allowed == pytest.approx(0.01 * 48_000 + 0.001 * 120_000)
    assert objective.verdict is Verdict.MET
    two_days = START + 2 * DAY
    assert objective.held == (
        Held(START, two_days, 0.99, None, 96.0, 48_000.0),
        Held(two_days, WEEK.end, 0.999, None, 240.0, 120_000.0),
    )


def test_hours_without_data_do_not_change_an_objective() -> None:
    """Nobody knows what was in force in them: they have the current definition."""
    known = week(bad=0.5)
    objectives, values = np.full(6 * HOURS, 0.99), known.counts.values.copy()
    for silent in (slice(5 * HOURS, 5 * HOURS + 2), slice(5 * HOURS + 50, 5 * HOURS + 60)):
        objectives[silent], values[silent] = 0.999, 0.0
    counted = replace(known.counts, objectives=objectives, values=values)
    (objective,) = review(facts(replace(known, counts=counted))).objectives
    assert [(held.start, held.end, held.objective) for held in objective.held] == [(START, WEEK.end, 0.99)]


def test_time_without_data_counts_neither_way_and_is_said() -> None:
    known = week(bad=0.5)
    values = known.counts.values.copy()
    values[5 * HOURS + 24 : 5 * HOURS + 30] = 0
    silent = replace(known, counts=replace(known.counts, values=values))
    planned = Exclusion(START + 100 * HOUR, START + 102 * HOUR, "new database")
    (objective,) = review(facts(silent, exclusions=(planned,))).objectives
    assert objective.spent == pytest.approx(0.5)
    assert [(gap.start - START, gap.end - START, gap.reason) for gap in objective.gaps] == [
        (24 * HOUR, 30 * HOUR, ""),
        (100 * HOUR, 102 * HOUR, "new database"),
    ]
    # What is excluded was measured here, and is not expected: six hours less, and two that were not asked for.
    assert objective.unmeasured_s == 4 * HOUR


def test_a_day_without_data_is_not_met() -> None:
    nothing = ObjectiveFacts(slo=slo("search"), counts=counts([]))
    little = ObjectiveFacts(slo=slo("cart"), counts=counts([0.0] * 5))
    whole = review(facts(week(h30=200.0), nothing, little, week("payments", bad=0.1)))
    assert [(each.slo.service, each.verdict) for each in whole.objectives] == [
        ("checkout", Verdict.MISSED),
        ("cart", Verdict.NO_DATA),
        ("search", Verdict.NO_DATA),
        ("payments", Verdict.MET),
    ]
    search = whole.objectives[2]
    assert (search.spent, search.achieved, search.coverage, search.traffic_share) == (None, None, 0.0, 0.0)
    assert whole.coverage == pytest.approx((2 * HOURS + 5) / (4 * HOURS))


def test_what_was_measured_too_little_is_not_called_met_anywhere() -> None:
    """Two days of each week are known, and in the fourth one no day had failures beyond the budget."""
    hours = np.tile(np.arange(HOURS) < 48, 6)
    values = np.column_stack([0.1 * hours, 1000.0 * hours, HOUR * hours])
    values[HOURS : 2 * HOURS, BAD] *= 100
    known = week()
    agreed = Sla(0.9985, (Credit(0.9999, "10 %"),))
    part = replace(known, slo=replace(known.slo, sla=agreed), counts=replace(known.counts, values=values))
    (objective,) = review(facts(part)).objectives
    assert (objective.verdict, objective.coverage) == (Verdict.NO_DATA, pytest.approx(2 / 7))
    assert objective.spent == pytest.approx(0.1)
    assert objective.before == (None, pytest.approx(10), None, None, None)
    assert (objective.recent, objective.last_week, objective.trend) == (None, None, Trend.STEADY)
    assert objective.sla is not None
    assert (objective.sla.met, objective.sla.credit) == (None, None)
    words = "Not known: 29 % of the hours have data"
    assert units.plain(review_words.verdict(objective)) == words


def test_nobody_says_that_little_data_would_have_been_met_without_an_incident() -> None:
    happened = incident(impact("checkout", START + 30 * HOUR, START + 31 * HOUR, 200.0))
    known = week(h30=200.0)
    known.counts.values[5 * HOURS + 48 :] = 0
    (objective,) = review(facts(known, records=[record(happened)])).objectives
    assert (objective.verdict, objective.spending[0].is_met_without) == (Verdict.MISSED, None)


def test_a_period_that_goes_on_is_judged_so_far() -> None:
    known = facts(week(bad=2.0), at=START + 12 * HOUR)
    (objective,) = review(known).objectives
    assert (objective.valid, objective.coverage, objective.verdict) == (12_000, 1.0, Verdict.MISSED)
    assert not review(known).is_over


def test_traffic_is_shared_among_objectives_that_count_alike() -> None:
    small = ObjectiveFacts(slo=slo("search"), counts=counts([0.0] * HOURS, 500.0))
    whole = review(facts(week(), small))
    shares = {each.slo.service: each.traffic_share for each in whole.objectives}
    assert shares == {"checkout": pytest.approx(2 / 3), "search": pytest.approx(1 / 3)}


def test_what_is_owed_to_customers_is_judged_over_the_period() -> None:
    known = week(h30=400.0)
    agreed = replace(known.slo, sla=Sla(0.998, (Credit(0.998, "10 %"), Credit(0.99, "50 %"))))
    (objective,) = review(facts(replace(known, slo=agreed))).objectives
    assert objective.sla is not None
    assert (objective.sla.met, objective.sla.credit) == (False, "10 %")


@pytest.mark.parametrize(
    ("before", "trend"),
    [
        ((0.1, 0.2, 0.3, 0.4, 0.5), Trend.WORSE),
        ((0.9, 0.8, 0.7, 0.65, 0.62), Trend.BETTER),
        ((0.55, 0.56, 0.57, 0.58, 0.59), Trend.STEADY),
        ((0.9, 0.1, 0.8, 0.2, 0.7), Trend.STEADY),
        ((None, None, 0.1, 0.2, 0.3), Trend.WORSE),
        ((None, None, None, 0.1, 0.2), Trend.STEADY),
    ],
    ids=["worse", "better", "by a hair", "up and down", "four", "three are chance"],
)
def test_a_trend_is_more_than_chance(before: tuple[float | None, ...], trend: Trend) -> None:
    bad = np.repeat([np.nan if share is None else share for share in (*before, 0.6)], HOURS)
    known = counts(np.nan_to_num(bad).tolist(), start=START - 5 * HOURS * HOUR)
    known.values[np.isnan(bad)] = 0
    (objective,) = review(facts(ObjectiveFacts(slo=slo(), counts=known))).objectives
    assert objective.trend is trend


def test_deploys_failed_that_are_blamed_or_were_taken_back() -> None:
    blamed = deploy(START + 30 * HOUR - 300, version="42")
    taken_back, cancelled = deploy(START + 60 * HOUR, version="43"), deploy(START + 75 * HOUR, version="45")
    changes = [
        deploy(START - HOUR, version="41"),
        blamed,
        # Taken back while it was under way.
        replace(taken_back, change=replace(taken_back.change, outcome=Outcome.CANCELLED)),
        deploy(START + 61 * HOUR, "checkout", "42", kind=Kind.ROLLBACK),
        deploy(START + 70 * HOUR, version="44"),
        replace(cancelled, change=replace(cancelled.change, outcome=Outcome.CANCELLED)),
        deploy(START + 80 * HOUR, "search", "7"),
    ]
    happened = incident(impact("checkout", START + 30 * HOUR, START + 31 * HOUR, 200.0))
    whole = review(facts(week(h30=200.0), changes=changes, records=[record(happened, blamed)]))
    assert {service: (row.number, row.failed) for service, row in whole.deploys.items()} == {
        "checkout": (3, 2),
        "search": (1, 0),
    }


def test_times_are_of_incidents_that_began_in_the_period() -> None:
    before = incident(impact("checkout", START - HOUR, START + HOUR, 5.0), number="before")
    within = incident(impact("checkout", START + 30 * HOUR, START + 31 * HOUR, 200.0), number="within")
    goes_on = incident(impact("checkout", START + 50 * HOUR, None, 20.0, detected_at=None), number="open")
    after = incident(impact("checkout", WEEK.end + 60, WEEK.end + 120, 1.0), number="after")
    records = [record(before), record(within, acknowledged=START + 30 * HOUR + 600), record(goes_on), record(after)]
    whole = review(facts(week(h30=200.0, h50=20.0), records=records))
    # All hours from the fiftieth on are those of the one that goes on.
    assert [each.id for each in whole.incidents] == ["within", "open", "before"]
    figures = whole.statistics
    assert figures is not None
    assert (figures.number, figures.recover.middle, figures.recover.undefined) == (2, HOUR, 1)
    assert (figures.acknowledge.middle, figures.acknowledge.undefined) == (600, 1)


def test_a_review_of_some_services_keeps_what_concerns_them() -> None:
    ours = incident(impact("checkout", START + 30 * HOUR, START + 31 * HOUR, 200.0), number="ours")
    theirs = incident(impact("search", START + 30 * HOUR, START + 31 * HOUR, 200.0), number="theirs")
    changes = [deploy(START + HOUR), deploy(START + HOUR, "search")]
    known = facts(week(h30=200.0), week("search", h30=200.0), records=[record(ours), record(theirs)], changes=changes)
    part = narrowed(review(known), ["checkout"])
    assert [each.slo.service for each in part.objectives] == ["checkout"]
    assert part.objectives[0].traffic_share == 0.5
    assert part.coverage == part.objectives[0].coverage == 1
    assert ([each.id for each in part.incidents], list(part.deploys)) == (["ours"], ["checkout"])
    assert part.statistics is not None
    assert part.statistics.number == 1
