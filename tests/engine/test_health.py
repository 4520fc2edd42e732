"""A service is as well as its worst SLO, and without live data nobody knows."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard import frames
from dashboard.engine import service_reports
from dashboard.engine.default_slos import availability
from dashboard.engine.health import URGENCY, FailingNow, Health, failing_now, health_of
from dashboard.engine.snapshot import ServiceReport
from dashboard.slo.policy import WORKBOOK, Row, Rule
from dashboard.slo.report import Alert, Burn, Reading, SloReport, State
from dashboard.sources.catalog import ServiceInfo
from dashboard.timerange import HOUR, Grid
from tests.slo.feeding import Fed, Rate, always, counts, during, share

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


# --- whatever its windows say of the time before ----------------------------------------------------------------------

NOW = 1_760_000_400
GRID = Grid.ending(NOW, span=HOUR, step=15)
SHOP = availability("shop")
PAGES_FROM = 0.006  # six times what may fail, the burn rate of the slower page


def failing(rng: np.random.Generator) -> Rate:
    """A share of failures that changes a few times within two hours, often by a lot and just now."""
    moments = np.sort(NOW - rng.choice([20.0, 45.0, 90.0, 240.0, 600.0, 1800.0, 4000.0], 4, replace=False))
    shares = rng.choice([0.0, 0.0005, 0.004, 0.02, 0.3, 1.0], 5)
    return lambda at: shares[np.searchsorted(moments, at - 1)]


def judged(rng: np.random.Generator, scrapes: tuple[float, ...]) -> ServiceReport:
    """A service with such failures, by the samples and the events that one source has of it."""
    per_minute, bad = float(rng.choice([3.0, 60.0, 6000.0])), failing(rng)
    fed = Fed([SHOP], counts(SHOP, share(bad, always(per_minute)), per_minute), scrapes=scrapes)
    slos = fed.tick(NOW)
    at = np.arange(GRID.start, GRID.end + 1, GRID.step, dtype=float)
    lately = np.mean([bad(at - ago) for ago in (0, 15, 30, 45)], axis=0)
    values = {("shop", "requests", ""): np.full(len(at), per_minute / 60)}
    values[("shop", "errors", "server")] = values[("shop", "requests", "")] * lately
    samples = service_reports.LiveSamples(frames.samples(values, GRID))
    (report,) = service_reports.reports(
        (ServiceInfo("shop", "test"),),
        samples,
        slos,
        fed.ledger.view,
        now=NOW,
        stale_after_s=lambda _: 60.0,
    )
    return report


@pytest.mark.parametrize("seed", range(60))
def test_no_service_is_healthy_beside_an_error_ratio_that_pages(seed: int) -> None:
    rng = np.random.default_rng(seed)
    report = judged(rng, (15.0,) if seed % 2 else ())
    ratio, (slo,) = report.current.errors["server"], report.slos
    hour = next(burn for burn in slo.burn if burn.window_s == HOUR)
    if ratio is not None and ratio > PAGES_FROM and hour.bad >= slo.slo.min_failures:
        assert report.health is not Health.HEALTHY
        assert report.reasons


def test_what_fails_now_is_a_reason_where_no_window_tells_it_yet() -> None:
    """Complete rows of a minute: that of the failures is not over."""
    bad = during(NOW - 40, NOW, 0.02, during(NOW - 1800, NOW - 1200, 0.002))
    fed = Fed([SHOP], counts(SHOP, share(bad, always(6000)), 6000))
    (slo,) = fed.tick(NOW - 45)
    assert slo.state is State.ACCEPTABLE
    reason = failing_now([slo], 0.02)
    assert reason == FailingNow(SHOP, 0.02, pytest.approx(PAGES_FROM))
    assert health_of([slo], live=True, failing=reason) is Health.AT_RISK
    assert failing_now([slo], 0.0059) is None
    assert failing_now([slo], None) is None
    few = replace(slo, alerts=tuple(replace(alert, long=Burn(3600.0, 0.0, 9.0, 9.0, 1.0)) for alert in slo.alerts))
    assert failing_now([few], 1.0) is None, "as few as no alert would fire by"


def test_what_wakes_somebody_up_is_listed_before_what_is_not_known_and_that_before_tickets() -> None:
    reports = {
        "acceptable": slo(State.ACCEPTABLE),
        "increasing": slo(State.INCREASING),
        "ticket": slo(State.CRITICAL, alert(TICKET, firing=True)),
        "no data": slo(State.NO_DATA),
        "spent": slo(State.EXHAUSTED),
        "page": slo(State.CRITICAL, alert(PAGE, firing=True)),
    }
    assert sorted(reports, key=lambda name: reports[name].urgency) == [*reversed(reports)]
