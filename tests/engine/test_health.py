"""A service is as well as its worst SLO, and without live data nobody knows."""

from dataclasses import replace

import pytest

from dashboard.engine.default_slos import availability
from dashboard.engine.health import URGENCY, Health, health_of
from dashboard.slo.policy import WORKBOOK, Row, Rule
from dashboard.slo.report import Alert, Burn, Reading, SloReport, State

PAGE, TICKET = WORKBOOK.rows[0], WORKBOOK.rows[2]


def slo(state: State, *alerts: Alert) -> SloReport:
    report = SloReport(availability("shop"), state, 0.0, 0.0, 1.0, 9.0, 10.0, 1.0, 0.9, None, 0.5)
    return replace(report, alerts=alerts)


def alert(row: Row, *, firing: bool) -> Alert:
    burn = Burn(3600.0, 20.0, 9.0, 10.0, 1.0)
    return Alert(Rule(row, 14.4), burn, burn, Reading.CRITICAL, firing)


@pytest.mark.parametrize(
    ("states", "health"),
    [
        ([State.ACCEPTABLE], Health.HEALTHY),
        ([State.ACCEPTABLE, State.CRITICAL], Health.AT_RISK),
        ([State.ACCEPTABLE, State.INCREASING], Health.AT_RISK),
        ([State.ACCEPTABLE, State.RECOVERING], Health.AT_RISK),
        ([State.CRITICAL, State.NO_DATA], Health.UNKNOWN),
        ([State.NO_DATA, State.EXHAUSTED], Health.BREACHING),
        ([], Health.UNKNOWN),
    ],
    ids=["fine", "critical", "increasing", "recovering", "no data hides more", "spent is spent", "no SLO"],
)
def test_the_worst_slo_says_how_a_service_is(states: list[State], health: Health) -> None:
    assert health_of([slo(state) for state in states], live=True) is health


@pytest.mark.parametrize("state", list(State))
def test_without_live_data_no_budget_says_anything(state: State) -> None:
    assert health_of([slo(state)], live=False) is Health.UNKNOWN


@pytest.mark.parametrize(
    ("alerts", "health"),
    [
        ((alert(PAGE, firing=True),), Health.BREACHING),
        ((alert(PAGE, firing=False),), Health.AT_RISK),
        ((alert(TICKET, firing=True),), Health.AT_RISK),
    ],
    ids=["a page", "a page that is suppressed", "a ticket"],
)
def test_an_alert_that_wakes_somebody_is_a_breach(alerts: tuple[Alert, ...], health: Health) -> None:
    assert health_of([slo(State.CRITICAL, *alerts)], live=True) is health


def test_every_health_has_a_place_and_no_data_comes_before_at_risk() -> None:
    order = sorted(Health, key=lambda health: URGENCY[health])
    assert order == [Health.BREACHING, Health.UNKNOWN, Health.AT_RISK, Health.HEALTHY]
