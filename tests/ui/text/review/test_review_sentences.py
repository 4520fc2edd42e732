"""What a period was like, in sentences for people who never heard of burn rates."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.alerts.quality import PageLoad
from dashboard.review.facts import Facts, ObjectiveFacts
from dashboard.review.making import review
from dashboard.review.period import Period
from dashboard.review.review import Verdict
from dashboard.slo.objective import Credit, Sla
from dashboard.timerange import HOUR
from dashboard.ui.text.review import review_words
from dashboard.ui.text.review.review_sentences import paragraph, service_paragraph
from tests.review import samples
from tests.review.facts import HOURS, START, counts, deploy, facts, impact, incident, record, slo, week

BAD_DEPLOY = incident(impact("checkout", START + 30 * HOUR, START + 31 * HOUR, 200.0))
NOTHING = ObjectiveFacts(slo=slo("search"), counts=counts([]))
GROWING = np.repeat([0.1, 0.2, 0.3, 0.4, 0.5, 0.9], HOURS).tolist()


def growing(service: str, share: float = 1.0) -> ObjectiveFacts:
    """A service that uses more of its budget from week to week."""
    bad = [each * share for each in GROWING]
    return ObjectiveFacts(slo=slo(service), counts=counts(bad, start=START - 5 * HOURS * HOUR))


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (
            facts(
                week(h30=200.0),
                week("search", bad=0.1),
                week("cart", bad=0.1),
                records=[record(BAD_DEPLOY, deploy(START + 30 * HOUR))],
            ),
            "Week 41 of 2026: 2 of 3 objectives were met. checkout used 169 % of its budget, most of it in deploy v42 "
            "on 6 Oct. Without that it would have been met. 1 incident began and was over after 1 h.",
        ),
        (
            facts(week(h30=200.0), records=[record(BAD_DEPLOY)], at=START + 32 * HOUR),
            "Week 41 of 2026 so far: the objective is missed. checkout used 673 % of its budget, nearly all of it in "
            "one incident on 6 Oct. Without that it would be met. 1 incident began and was over after 1 h.",
        ),
        (
            facts(week(bad=2.0)),
            "Week 41 of 2026: the objective was missed. checkout used 200 % of its budget, nearly all of it in "
            "failures outside of incidents.",
        ),
        (facts(week(bad=0.1), week("cart", bad=0.1)), "Week 41 of 2026: both objectives were met."),
        (
            facts(growing("search"), growing("auth", 0.5), week("cart", bad=0.1)),
            "Week 41 of 2026: all 3 objectives were met. search met its objective narrowly: 90 % of its budget was "
            "used, more from week to week. auth uses more of its budget from week to week.",
        ),
        (
            facts(week(bad=0.1), NOTHING),
            "Week 41 of 2026: the objective was met. 1 objective cannot be judged without data. Data cover 50 % of the "
            "time; the rest counts neither way.",
        ),
        (facts(NOTHING), "Week 41 of 2026: without data nobody can tell whether its objective was met."),
        (facts(), "Week 41 of 2026: there is no objective."),
    ],
    ids=["missed", "so far", "background", "both", "narrowly", "one without data", "no data", "no objective"],
)
def test_the_first_paragraph(known: Facts, said: str) -> None:
    assert paragraph(review(known)) == said


def test_only_the_worst_are_told_of_one_by_one() -> None:
    missed = [week(f"s{number}", bad=2.0 + number) for number in range(5)]
    said = paragraph(review(facts(*missed)))
    assert said.startswith("Week 41 of 2026: none of 5 objectives was met. s4 used 600 % of its budget")
    assert said.endswith("2 more objectives used more than the whole budget, too.")


def test_what_was_agreed_with_customers_is_told() -> None:
    known = week(h30=400.0)
    agreed = replace(known, slo=replace(known.slo, sla=Sla(0.998, (Credit(0.998, "10 %"),))))
    said = paragraph(review(facts(agreed)))
    assert "checkout missed what was agreed with customers (99.8 %): a credit of 10 % is due." in said
    stored = replace(known, slo=replace(known.slo, sla=Sla(0.99)))
    assert "What was agreed with customers was met; no credit is due." in paragraph(review(facts(stored)))


def test_what_is_not_known_is_told() -> None:
    known = week(bad=0.1)
    objectives = known.counts.objectives.copy()
    objectives[: 5 * HOURS + 48] = 0.99
    changed = replace(known, counts=replace(known.counts, objectives=objectives))
    young = facts(changed, incidents_begin=START + 24 * HOUR)
    said = paragraph(review(young))
    assert "The objective of checkout was changed meanwhile: each hour is judged by what held then." in said
    assert said.endswith("Incidents are known since 6 Oct.")
    late = replace(week(bad=0.1), counts=counts([0.1] * 48, start=START + 120 * HOUR), begin=START + 120 * HOUR)
    assert "Data begin on 10 Oct." in paragraph(review(facts(late)))
    first = replace(week(bad=0.1), counts=counts([0.1] * 166, start=START + 2 * HOUR), begin=START + 2 * HOUR)
    assert paragraph(review(facts(first))).endswith("Data cover 99 % of the time; the rest counts neither way.")


def test_a_budget_of_less_than_one_failure_says_so() -> None:
    night = week(bad=0.0, h30=1.0)
    rare = replace(night, counts=replace(night.counts, values=night.counts.values * [1.0, 0.002, 1.0]))
    said = paragraph(review(facts(rare)))
    assert "checkout used 298 % of its budget, nearly all of it in failures outside of incidents." in said
    assert "A single failure takes more than its whole budget: only 336 requests came." in said
    assert "single failure" not in paragraph(review(facts(week(h30=400.0))))


def test_without_a_request_it_is_not_the_data_that_are_missing() -> None:
    idle = week(service="idle", bad=0.0)
    quiet = replace(idle, counts=replace(idle.counts, values=idle.counts.values * [0.0, 0.0, 1.0]))
    assert "nobody can tell whether its objective was met." in paragraph(review(facts(quiet)))
    for known, missing in (([quiet], "traffic"), ([quiet, replace(quiet, counts=counts([]))], "data or traffic")):
        others = facts(week(bad=0.1), *known)
        assert f"cannot be judged without {missing}." in paragraph(review(others))
    whole = review(facts(quiet))
    assert service_paragraph(whole, "idle").endswith("Availability: no traffic.")
    assert review_words.verdict(whole.objectives[0]) == "No traffic"


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((1.0, None), "2 incidents began, one of which goes on; the other one was over after 1 h."),
        ((1.0, 2.0, 3.0), "3 incidents began; half of them were over within 2 h."),
        ((1.0, 3.0, None, None), "4 incidents began, 2 of which go on; half of the others were over within 2 h."),
        ((None, None), "2 incidents began and go on."),
    ],
)
def test_incidents_are_counted_with_how_long_they_lasted(ends: tuple[float | None, ...], said: str) -> None:
    begin = START + 30 * HOUR
    records = [
        record(
            incident(impact("checkout", begin, None if end is None else begin + end * HOUR, 1.0), number=f"{number}")
        )
        for number, end in enumerate(ends)
    ]
    assert said in paragraph(review(facts(week(bad=0.1), records=records)))


def test_a_service_has_its_own_paragraph() -> None:
    cause = deploy(START + 30 * HOUR)
    known = facts(week(h30=200.0), records=[record(BAD_DEPLOY, cause)], changes=[cause, deploy(START + 99 * HOUR)])
    whole = review(known)
    assert service_paragraph(whole, "checkout") == (
        "The objective was missed. Availability: 0.169 % of requests failed where 0.1 % may, 169 % of its budget, "
        "most of it in deploy v42 on 6 Oct. 2 deploys, one of which failed."
    )
    assert service_paragraph(review(facts(NOTHING)), "search") == (
        "Without data nobody can tell whether it met its objective. Availability: no data."
    )
    assert service_paragraph(whole, "nobody") == "It has no objective."


def test_a_month_is_called_by_its_name() -> None:
    month = Period.parse("2026-10", "Europe/Berlin")
    said = paragraph(review(replace(facts(week(bad=0.1)), period=month, at=month.end)))
    # The data end in the middle of the month.
    assert said.startswith(
        "October 2026: without more data nobody can tell whether its objective was met, as 36 % of the hours have data."
    )


@pytest.mark.parametrize(
    ("share", "allowed", "said"),
    [
        (0.00028, 0.001, ("0.028 %", "0.1 %")),
        (0.0059, 0.01, ("0.59 %", "1 %")),
        (0.0000001, 0.0001, ("under 0.0001 %", "0.01 %")),
        (0.0, 0.001, ("0 %", "0.1 %")),
        (0.00124, 0.0005, ("0.124 %", "0.05 %")),
        (0.3, 0.05, ("30.0 %", "5 %")),
        (None, None, ("–", "–")),
    ],
)
def test_a_small_share_has_the_digits_that_tell_it_from_the_allowed_one(
    share: float | None, allowed: float | None, said: tuple[str, str]
) -> None:
    assert tuple(each.replace("\u00a0", " ") for each in review_words.against(share, allowed)) == said


@pytest.mark.parametrize(
    ("pages", "at_night", "nights", "disturbed", "said"),
    [
        (0, 0, 7, 0, "Nobody was paged."),
        (1, 0, 7, 0, "Somebody was paged once, never at night."),
        (18, 6, 29, 5, "Somebody was paged 18 times, 6 of them at night, in 5 of 29 nights."),
        (2, 2, 1, 1, "Somebody was paged 2 times, at night."),
    ],
)
def test_pages_are_told_by_how_often_and_in_how_many_nights(
    pages: int, at_night: int, nights: int, disturbed: int, said: str
) -> None:
    load = PageLoad(pages=pages, night_pages=at_night, nights=nights, disturbed_nights=disturbed)
    assert review_words.paged(load).replace("\u00a0", " ") == said


def test_a_bad_week_at_the_end_of_a_month_that_was_good_is_told() -> None:
    first = replace(samples.objectives()[-1], verdict=Verdict.MET, last_week=1.54)
    said = paragraph(samples.review(objectives=(first,)))
    assert "met its objective, but its last 7 days used 154 % of the budget of 7 days." in said
