"""What an anomaly costs is its excess of failures over the budget; hints and traffic cost nothing."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.engine.anomaly_costs import cost, ranked
from dashboard.slo.event_rows import Rows
from dashboard.slo.indicators import Column, Query, Ratio
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport, State
from dashboard.timerange import HOUR

NOW = 1_760_000_400 // HOUR * HOUR
ONE = Anomaly("shop", Signal.ERRORS, Direction.HIGH, NOW - 2.0 * HOUR, None, NOW, 0.1, 0.1, (None, 0.01), 1e-9)
SLO = Slo(
    "shop", "up", Ratio(Column("shop", "requests"), bad=Column("shop", "errors", "server")), 0.99, kind="availability"
)
BUDGETED = 100_000.0


def ledger_view() -> LedgerView:
    """40 hours of 1000 requests an hour: 2 fail in each, and 52 in the last two."""
    hours = np.tile([2.0, 1000.0, HOUR], (40, 1, 1))
    hours[-2:, 0, 0] = 52.0
    return LedgerView((SLO,), Rows(NOW - 39 * HOUR, HOUR, hours), Rows.nothing(NOW, 60, 60, 1))


def report(budgeted: float = BUDGETED) -> SloReport:
    return SloReport(
        SLO, State.ACCEPTABLE, NOW, NOW - 40 * HOUR, NOW, 39_000, 40_000, 1.0, None, None, None, budgeted=budgeted
    )


def priced(anomaly: Anomaly, *, budgeted: float = BUDGETED) -> float | None:
    return cost(anomaly, [report(budgeted)], ledger_view(), now=float(NOW))


def test_failures_beyond_the_usual_are_a_share_of_the_budget() -> None:
    """104 failed where 4 are usual: 100 of the 1000 that may."""
    assert priced(ONE) == pytest.approx(0.1)


def test_one_that_is_over_costs_what_it_took_until_its_end() -> None:
    assert priced(replace(ONE, until=NOW - 1.0 * HOUR)) == pytest.approx(0.05)


def test_what_failed_no_more_than_usual_costs_nothing() -> None:
    assert priced(replace(ONE, since=NOW - 10.0 * HOUR, until=NOW - 5.0 * HOUR)) == pytest.approx(0.0)


def test_where_less_failed_than_usual_nothing_is_given_back() -> None:
    """Two hours after the bad ones: of a day with 52 in two of them, 2 an hour are fewer than usual."""
    view = ledger_view()
    hours = view.hours.values.copy()
    hours[-2:, 0, 0], hours[-4:-2, 0, 0] = 2.0, 52.0
    quiet = replace(view, hours=Rows(NOW - 39 * HOUR, HOUR, hours))
    assert cost(ONE, [report()], quiet, now=float(NOW)) == 0.0


def test_what_is_usual_is_that_of_the_day_before_and_not_of_older_days() -> None:
    view = ledger_view()
    hours = view.hours.values.copy()
    hours[: 38 - 24, 0, 0] = 500.0
    worse = replace(view, hours=Rows(NOW - 39 * HOUR, HOUR, hours))
    assert cost(ONE, [report()], worse, now=float(NOW)) == pytest.approx(0.1)


def test_where_nothing_came_before_every_failure_is_its_own() -> None:
    """The anomaly begins with the first row: 2 in each of 38 hours and 52 in each of 2, of 1000 that may fail."""
    first = replace(ONE, since=NOW - 40.0 * HOUR)
    assert priced(first) == pytest.approx((38 * 2 + 2 * 52) / 1000)


@pytest.mark.parametrize("signal", [Signal.TRAFFIC, Signal.SATURATION, Signal.LATENCY])
def test_what_no_objective_counts_has_no_cost(signal: Signal) -> None:
    assert priced(replace(ONE, signal=signal)) is None


def test_hints_and_empty_budgets_have_no_cost() -> None:
    assert priced(replace(ONE, layer=Layer.NOVELTY)) is None
    assert priced(ONE, budgeted=0.0) is None
    assert cost(ONE, [], ledger_view(), now=float(NOW)) is None


def test_the_costliest_come_first_then_those_that_last_then_the_least_probable_and_hints_last() -> None:
    costly, cheap = replace(ONE, cost=0.5), replace(ONE, cost=0.1, p_value=1e-30)
    lasting, rare = replace(ONE, p_value=1e-6), replace(ONE, p_value=1e-12)
    over, hint = replace(ONE, until=float(NOW), p_value=1e-99), replace(ONE, layer=Layer.NOVELTY, p_value=None)
    assert ranked([hint, over, lasting, rare, cheap, costly]) == (costly, cheap, rare, lasting, over, hint)


def test_what_an_objective_is_called_does_not_matter() -> None:
    """An objective by failed requests is charged, whatever its kind; one that only has the word is not."""
    renamed = replace(SLO, kind="success")
    slow = replace(SLO, indicator=Ratio(Column("shop", "latency", "inf"), good=Column("shop", "latency", "0.5")))
    for slo, costs in ((renamed, pytest.approx(0.1)), (slow, None)):
        view = replace(ledger_view(), slos=(slo,))
        assert cost(ONE, [replace(report(), slo=slo)], view, now=float(NOW)) == costs


def test_an_operators_ratio_counts_failures_unless_it_keeps_a_limit_or_a_measure_tells_it_better() -> None:
    """Its queries say not what they count: one with a limit is of latency, and a service's own measure goes before."""
    written = Ratio(Query("valid", counter=True), bad=Query("bad", counter=True))
    ratio, slow = replace(SLO, name="own", indicator=written), replace(SLO, name="slow", indicator=written, limit=0.5)
    for slos, costs in (((ratio,), pytest.approx(0.1)), ((slow,), None), ((ratio, SLO), pytest.approx(0.1))):
        hours = ledger_view().hours
        # The written one counted nothing where both are there, so that only the other can give a cost.
        values = np.repeat(hours.values, len(slos), axis=1) * np.array([[[1.0]]] if len(slos) == 1 else [[[0], [1]]])
        view = LedgerView(slos, Rows(hours.first, HOUR, values), Rows.nothing(NOW, 60, 60, len(slos)))
        assert cost(ONE, [replace(report(), slo=slo) for slo in slos], view, now=float(NOW)) == costs
