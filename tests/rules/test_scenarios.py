"""Scenarios: an outage, a burst, few failures, and each threshold from both sides, at minutes that are complete."""

from dataclasses import replace

import pytest

from dashboard.rules.scenarios import TRAFFIC, Scenario, batches, round_up
from dashboard.rules.synthetic_traffic import Phase, SyntheticSlo, engine_reports
from dashboard.slo.indicators import Op, Query, Ratio, Raw, Term, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import Policy, Row

ROWS = (Row("page", 0.02, 3600, 300), Row("ticket", 0.05, 21600, 1800))
RATIO = Ratio(Query("sum(all)", counter=True), bad=Query('sum(all{code="500"})', counter=True))
WORKS = Slo("shop", "works", RATIO, 0.999, policy=Policy("own", ROWS))
LEVEL = Slo("shop", "level", Threshold(Query("q"), Op.LTE, 5), 0.99, method=Method.TIMESLICES, slice_s=900)
OUTAGE = (60, 61, 62, 63, 64, 65, 70, 71, 72, 73, 74, 75, 80, 85, 90)


def expression(term: Term) -> str:
    assert isinstance(term, Query)
    return term.text


def synthetic(slo: Slo) -> SyntheticSlo:
    return SyntheticSlo.of(slo, expression)


def scenarios(slo: Slo) -> dict[str, Scenario]:
    """The scenarios of one SLO by name."""
    every = [scenario for batch in batches([synthetic(slo)]) for scenario in batch.values()]
    assert len({scenario.name for scenario in every}) == len(every)
    return {scenario.name: scenario for scenario in every}


def firing(slo: Slo, scenario: Scenario, minute: int) -> list[str]:
    """The severities of the alerts that fire at a minute."""
    (report,) = engine_reports({synthetic(slo): scenario.phases}, minute)
    return [alert.rule.row.severity for alert in report.alerts if alert.firing]


def test_a_counted_slo_has_a_scenario_for_each_way_to_be_wrong() -> None:
    assert {name: scenario.minutes for name, scenario in scenarios(WORKS).items()} == {
        "healthy": (15,),
        "outage": OUTAGE,
        "a burst": (65,),
        "few failures": (10, 15),
        "below the page threshold over 1h": (10,),
        "above the page threshold over 1h": (10,),
        "below the ticket threshold over 6h": (15, 25),
        "above the ticket threshold over 6h": (15, 25),
        "several rules at once": (15, 25),
    }


@pytest.mark.parametrize(
    ("slo", "names"),
    [
        (replace(WORKS, policy=Policy("none", ())), ["healthy", "outage"]),
        (LEVEL, ["healthy", "outage"]),
        (replace(WORKS, policy=Policy("own", ROWS, 0)), None),
        (replace(WORKS, policy=Policy("own", ROWS, 1)), None),
        (
            replace(LEVEL, indicator=Raw(Query("r")), method=Method.RATIO_TIMESLICES, policy=Policy("own", ROWS[1:])),
            ["healthy", "outage", "below the ticket threshold over 6h", "above the ticket threshold over 6h"],
        ),
    ],
    ids=["no rules", "slices", "no failures needed", "one failure needed", "ratios of slices"],
)
def test_what_does_not_apply_is_left_out(slo: Slo, names: list[str] | None) -> None:
    expected = names if names is not None else [name for name in scenarios(WORKS) if name != "few failures"]
    assert list(scenarios(slo)) == expected


def test_an_outage_is_calm_then_all_fails_then_it_is_over() -> None:
    assert scenarios(WORKS)["outage"].phases == (
        Phase(60, 0.0, TRAFFIC), Phase(10, TRAFFIC / 4, TRAFFIC / 4), Phase(20, 0.0, 2 * TRAFFIC)
    )  # fmt: skip
    assert scenarios(LEVEL)["outage"] == Scenario("outage", (Phase(15, TRAFFIC, TRAFFIC),), (15,))


def test_a_burst_is_above_the_threshold_of_the_short_window_alone() -> None:
    burst = scenarios(WORKS)["a burst"]
    # Twice 14.4 times the budget of 0.1 %.
    assert burst.phases == (Phase(60, 0.0, TRAFFIC), Phase(10, 28800.0, TRAFFIC))
    assert firing(WORKS, burst, 65) == []


def test_few_failures_do_not_fire_until_there_is_one_more() -> None:
    few = scenarios(WORKS)["few failures"]
    (phase,) = few.phases
    first, later = few.minutes
    assert phase.bad * first < 5 <= phase.bad * later
    assert (firing(WORKS, few, first), firing(WORKS, few, later)[:1]) == ([], ["page"])


@pytest.mark.parametrize(("severity", "window", "bad"), [("page", "1h", 14400), ("ticket", "6h", 6000)])
def test_a_rule_fires_just_above_its_threshold_and_not_below(severity: str, window: str, bad: int) -> None:
    below, above = (scenarios(WORKS)[f"{side} the {severity} threshold over {window}"] for side in ("below", "above"))
    assert (below.phases[0].bad, above.phases[0].bad) == (bad * 0.99, bad * 1.01)
    assert severity not in firing(WORKS, below, below.minutes[-1])
    assert severity in firing(WORKS, above, above.minutes[-1])


def test_a_fast_rule_suppresses_a_slower_one_of_another_severity() -> None:
    several = scenarios(WORKS)["several rules at once"]
    assert firing(WORKS, several, several.minutes[-1]) == ["page"]
    assert "several rules at once" not in scenarios(replace(WORKS, policy=Policy("own", ROWS[:1])))


@pytest.mark.parametrize(
    ("slo", "minutes", "expected"),
    [(WORKS, 10, 10), (WORKS, 10.1, 15), (WORKS, 1, 5), (LEVEL, 15, 15), (LEVEL, 16, 30), (LEVEL, 1, 15)],
)
def test_minutes_are_rounded_up_to_whole_slices_and_sums(slo: Slo, minutes: float, expected: int) -> None:
    assert round_up(slo, minutes) == expected


def test_slos_that_do_not_interfere_share_their_scenarios() -> None:
    apart = replace(
        WORKS, name="apart",
        indicator=Ratio(Query("sum(every)", True), bad=Query('sum(every{code="500"})', True)),
    )  # fmt: skip
    alike = replace(WORKS, name="alike")
    names = [[slo.slo.name for slo in batch] for batch in batches([synthetic(WORKS), synthetic(apart)])]
    assert names == [["works", "apart"]] * 9
    # The same series can only have one course: that of other thresholds is another one.
    names = [[slo.slo.name for slo in batch] for batch in batches([synthetic(WORKS), synthetic(alike)])]
    assert names == [["works", "alike"]] * 9
    looser = replace(WORKS, name="looser", objective=0.99)
    shared = {
        next(iter(batch.values())).name for batch in batches([synthetic(WORKS), synthetic(looser)]) if len(batch) > 1
    }
    assert shared == {"healthy", "outage"}
