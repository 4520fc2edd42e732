"""How the numbers of an objective came about: formulas with their counts, queries, gaps."""

from dataclasses import replace

import pytest

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.indicators import Composite, Indicator, Op, Part, Query, Ratio, Raw, Threshold
from dashboard.slo.report import Exhaustion, SloReport
from dashboard.sources.protocol import column_description
from dashboard.timerange import DAY
from dashboard.ui.panels.objectives import computation
from dashboard.ui.panels.objectives.computation import Step
from dashboard.ui.text import query_text
from dashboard.ui.text.units import plain
from tests.ui.panels import HOSTILE


def report(snapshot: Snapshot, name: str) -> SloReport:
    return next(report for report in snapshot.slos if report.slo.name == name)


def test_every_number_is_computed_in_the_open(snapshot: Snapshot) -> None:
    judged = report(snapshot, "payments-availability")
    steps = {step.name: step for step in computation.steps(judged, "UTC")}
    assert judged.valid is not None
    assert judged.bad is not None
    assert steps["valid"].value == f"{judged.valid:,.0f}"
    assert steps["achieved"].formula == f"1 − {judged.bad:,.0f} ÷ {judged.valid:,.0f}"
    assert steps["left"].value.startswith(f"{(judged.remaining or 0) * 100:.1f}")
    text = computation.as_text(judged, list(steps.values()), "sum(x)", "720 full hours.")
    assert "\xa0" not in text
    assert text.startswith("payments-availability: requests answered without a server error\n\nvalid")
    assert text.endswith("sum(x)\n\n720 full hours.")


AVAILABILITY = "payments-availability"


def formulas(judged: SloReport) -> dict[str, str]:
    return {step.name: plain(f"{step.formula} = {step.value}") for step in computation.steps(judged, "UTC")}


def test_without_events_only_what_would_be_counted_is_said(snapshot: Snapshot) -> None:
    silent = replace(report(snapshot, AVAILABILITY), valid=None, good=None, remaining=None)
    assert formulas(silent) == {"valid": "all requests, 30 d = –"}


def test_a_budget_that_is_spent_lasts_no_time(snapshot: Snapshot) -> None:
    judged = report(snapshot, AVAILABILITY)
    assert "forecast" not in formulas(replace(judged, remaining=0.0))
    assert "forecast" not in formulas(replace(judged, exhaustion=None))


def test_overspent_time_and_share_have_a_minus_sign(snapshot: Snapshot) -> None:
    steps = formulas(replace(report(snapshot, AVAILABILITY), remaining=-0.4487))
    assert "= −44.9 %, or" in steps["left"]
    assert steps["as time"].startswith("−0.449 × 0.001 × 30 days, at average traffic = −")


def test_a_forecast_says_its_rate_window_and_interval_in_days(snapshot: Snapshot) -> None:
    forecast = Exhaustion(1.3, (1.2, 1.4), 3 * DAY, 9 * DAY, (8 * DAY, None))
    steps = formulas(replace(report(snapshot, AVAILABILITY), remaining=0.31, exhaustion=forecast))
    assert steps["forecast"].startswith("31.0 % at 1.30× (last 3 days), older failures leaving the window = ")
    assert steps["forecast"].endswith("(9.0 days, 8.0–never)")
    never = replace(forecast, seconds=None, between=(None, None))
    steps = formulas(replace(report(snapshot, AVAILABILITY), remaining=0.31, exhaustion=never))
    assert steps["forecast"].endswith("= Not used up if the last 3 days' rate continues")


@pytest.mark.parametrize(
    ("indicator", "lines"),
    [
        (Ratio(Query("all"), good=Query("good", True)),
         ["# valid events", "all", "# good events, its increase", "good"]),
        (Raw(Query("ratio"), success=True), ["# share of good events", "ratio"]),
        (Raw(Query("ratio"), success=False), ["# share of bad events", "ratio"]),
        (Threshold(Query("depth"), Op.LT, 10), ["# good while < 10", "depth"]),
        (Composite((Part(Raw(Query("ratio"), success=True), 0.99, 2.0),)),
         ["# a part of weight 2, with an objective of 99 %", "# share of good events", "ratio"]),
    ],
)  # fmt: skip
def test_every_query_has_a_line_that_says_what_it_counts(indicator: Indicator, lines: list[str]) -> None:
    assert [plain(line) for line in query_text.queries_of(indicator, column_description)] == lines


def test_what_was_evaluated_names_hours_moment_and_maintenance(snapshot: Snapshot) -> None:
    judged = report(snapshot, AVAILABILITY)
    assert computation.evaluated(snapshot, replace(judged, at=0.0)) == "Not evaluated yet."
    text = plain(computation.evaluated(snapshot, replace(judged, excluded_s=5400.0)))
    assert text.startswith("719 full hours plus partial first and last hour, evaluated at 9 Oct 08:53.")
    assert text.endswith("1 h 30 m of maintenance, not counted.")


def test_a_line_of_the_table_is_text() -> None:
    html = computation._line(Step("valid", HOSTILE, HOSTILE))
    assert html.count("&lt;script&gt;") == 2
    assert "<script" not in html
