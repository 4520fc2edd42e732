"""Toil and cost are shown where somebody gave them: hours by day, and prices of what is held."""

import csv

import pytest

from dashboard.capacity.capacity import CapacityReport
from dashboard.capacity.prices import PriceOrigin
from dashboard.engine.reviews.review_effort import monthly_costs
from dashboard.review.making import narrowed, review
from dashboard.review.period import Period
from dashboard.review.review import Toil
from dashboard.review.toil import costs_of, toil_of, toil_rows
from dashboard.ui.text.review.review_effort_html import effort
from dashboard.ui.text.review.review_links import IN_FILE
from dashboard.ui.text.review.review_markdown import markdown
from dashboard.web.review.review_csv import as_csv
from dashboard.web.review.review_json import as_json
from tests.review.facts import HOURS, WEEK, facts, week

TEXT = """service,day,toil_hours,hours
checkout,2026-10-05,3,8
checkout,2026-10-11,5,8
,2026-10-06,1.5,4
search,2026-10-12,8,8
"""


def test_hours_of_the_days_of_a_period_are_added_up() -> None:
    known = toil_of(toil_rows(TEXT), WEEK, {"checkout": "eu/checkout"})
    assert known == {
        "eu/checkout": Toil(toil_hours=8, hours=16),
        "": Toil(toil_hours=9.5, hours=20),
    }
    assert known[""].share == 0.475
    assert toil_of(toil_rows(TEXT), Period.parse("2026-09", "UTC"), {}) == {}


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffday,service,toil_hours,hours\r\n2026-10-05,a,1.5,4\r\n,,,\r\n",
        "Day; Service;Toil_hours;Hours\n2026-10-05;a;1,5;4\n;;;\n",
    ],
)
def test_a_file_that_a_spreadsheet_has_written_is_read(text: str) -> None:
    (row,) = toil_rows(text)
    assert (row.service, row.toil_hours, row.hours) == ("a", 1.5, 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: there is no column day: write day,service,toil_hours,hours"),
        ("day,service,hours\n", "line 1: there is no column toil_hours"),
        ("day,service,toil_hours,hours\n2026-10-05,a,1,2\nOctober,a,1,2\n", "line 3: expected a day such as"),
        ("day,service,toil_hours,hours\n2026-10-05,a,much,2\n", "line 2: expected a day such as"),
        ("day,service,toil_hours,hours\n2026-10-05,a,3\n", "line 2: expected a day such as"),
        ("day,service,toil_hours,hours\n2026-10-05,a,3,2\n", "line 2: of 2 hours 3 cannot be toil"),
        ("day,service,toil_hours,hours\n2026-10-05,a,nan,2\n", "line 2: of 2 hours nan cannot be toil"),
        ("day,service,toil_hours,hours\n2026-10-05,a,inf,inf\n", "line 2: of inf hours inf cannot be toil"),
    ],
)
def test_a_row_that_makes_no_sense_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        toil_rows(text)


def test_a_price_of_a_month_is_shared_by_the_requests_of_the_period() -> None:
    # 730 hours are a month of prices.
    known = costs_of({"checkout": 730.0, "idle": 10.0}, "€", {"checkout": 2_000_000.0}, 168 * 3600.0)
    assert known["checkout"].amount == pytest.approx(168)
    assert known["checkout"].per_million == pytest.approx(84)
    assert known["idle"].per_million is None
    assert monthly_costs(CapacityReport()) == {}


def test_all_forms_tell_of_toil_and_cost_and_none_where_nothing_is_given() -> None:
    known = facts(
        week(bad=0.1),
        week("search", bad=0.1),
        toil=toil_of(toil_rows(TEXT), WEEK, {}),
        monthly_costs={"checkout": 730.0},
        currency="€",
    )
    whole = review(known)
    content = as_json(whole)
    assert content["toil"] == {"hours": 9.5, "of_hours": 20, "share": 0.475}
    checkout = next(row for row in content["services"] if row["service"] == "checkout")
    per_million = 168 / (HOURS * 1000) * 1e6
    assert checkout["cost"] == {
        "amount": pytest.approx(168),
        "currency": "€",
        "per_million_requests": pytest.approx(per_million),
    }
    text = markdown(whole)
    assert "| checkout | 8 h | 50 % | 168 € | 1,000 € |" in text
    assert "9.5 of 20 hours of work (48 %) were toil: at most half, as it should be." in text
    assert ",8,16,168,€,1000," in as_csv(whole)
    assert "Costs are those of what is held now, by the prices of the configuration." in text
    assert content["prices"] == {"name": "configuration"}
    assert list(narrowed(whole, ["search"]).costs) == []
    nothing = review(facts(week(bad=0.1)))
    assert "Toil" not in markdown(nothing)
    assert as_json(nothing)["toil"] is None
    assert as_json(nothing)["prices"] is None


def test_all_forms_tell_where_prices_were_measured() -> None:
    known = facts(
        week(bad=0.1),
        monthly_costs={"checkout": 730.0},
        currency="USD",
        price_origin=PriceOrigin("OpenCost", WEEK.end - 7200.0, nodes=12),
    )
    whole = review(known)
    said = "OpenCost, mean of 12 nodes, "
    assert f"Costs are those of what is held now, by the prices of {said}" in markdown(whole)
    assert as_json(whole)["prices"]["nodes"] == 12
    rows = csv.DictReader(line for line in as_csv(whole).splitlines() if not line.startswith("#"))
    assert next(rows)["prices"].startswith(said)
    assert said in effort(whole, IN_FILE)
