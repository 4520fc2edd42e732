"""A service is judged by what was measured of it lately; whatever else is known of it, silence is not health."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from dashboard import frames
from dashboard.anomaly.anomalies import Anomaly, Direction, Signal
from dashboard.anomaly.monitor import AnomalyMonitor
from dashboard.anomaly.saturation.time_to_full import TimeToFull
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.engine import service_reports
from dashboard.engine.default_slos import availability, latency
from dashboard.engine.health import (
    AnsweredInPart,
    FailuresUnknown,
    Health,
    NearlyFull,
    NeverMeasured,
    NoDataSince,
    NoRequestCounts,
    NoSamples,
    NotMeasuredNow,
)
from dashboard.engine.service_reports import SLOS_ONLY, LiveSamples
from dashboard.engine.snapshot import ServiceReport
from dashboard.slo.ledger_view import EMPTY
from dashboard.slo.report import SloReport, State
from dashboard.sources.catalog import Origin, ServiceInfo
from dashboard.timerange import HOUR, Grid

NOW, PATIENCE = 1_700_000_400, 60.0
GRID = Grid.ending(NOW, span=HOUR, step=15)
SHOP = ServiceInfo("shop", "test")
ONLY_SLOS = replace(SHOP, origin=Origin.SLOS)
NOTHING: dict[str, float] = {}


def measured(values: Mapping[str, float], *, until: Mapping[str, float] | None = None, name: str = "shop") -> Any:
    """Constant samples of a service: measure → level, each until so many seconds ago; no request fails by itself."""
    values = {"errors": 0.0, **values} if "requests" in values else values
    until = {"errors": (until or {}).get("requests", 0.0), **(until or {})}
    at = np.arange(GRID.start, GRID.end + 1, GRID.step)
    detail = {"saturation": "memory", "errors": "server", "latency": "inf"}
    return {
        (name, measure, detail.get(measure, "")): np.where(at <= NOW - until.get(measure, 0.0), level, np.nan)
        for measure, level in values.items()
    }


def slo(state: State = State.ACCEPTABLE, *, service: str = "shop", **more: Any) -> SloReport:
    empty = SloReport(availability(service), state, NOW, 0.0, NOW, 9.0, 10.0, 1.0, 0.9, None, 0.5, measured_at=NOW)
    return replace(empty, **more)


def judged(
    values: Mapping[str, float],
    *slos: SloReport,
    info: ServiceInfo = SHOP,
    until: Mapping[str, float] | None = None,
    stale_after_s: float = PATIENCE,
) -> ServiceReport:
    """The report of the shop: measured at these levels, with these SLOs."""
    samples = LiveSamples(frames.samples(measured(values, until=until), GRID))
    (report,) = service_reports.reports((info,), samples, slos, EMPTY, now=NOW, stale_after_s=lambda _: stale_after_s)
    return report


# --- what its health follows from ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "health"),
    [
        ({"saturation": 0.5}, Health.HEALTHY),
        ({"saturation": 0.89}, Health.HEALTHY),
        ({"saturation": 0.9}, Health.AT_RISK),
        ({"requests": 10.0, "saturation": 0.5}, Health.UNKNOWN),
        ({"requests": 10.0, "saturation": 0.95}, Health.AT_RISK),
        ({"requests": 10.0}, Health.UNKNOWN),
    ],
    ids=["a host", "a host, nearly", "a full host", "requests nobody judges", "and a full resource", "requests alone"],
)
def test_without_slos_only_how_full_a_host_is_can_be_judged(values: dict[str, float], health: Health) -> None:
    assert judged(values).health is health


def test_a_host_is_not_well_by_half_of_its_resources() -> None:
    samples = LiveSamples(frames.samples(measured({"saturation": 0.5}), GRID), partial=True)
    (report,) = service_reports.reports((SHOP,), samples, (), EMPTY, now=NOW, stale_after_s=lambda _: PATIENCE)
    assert (report.health, report.reasons) == (Health.UNKNOWN, (AnsweredInPart(),))


def test_requests_that_nobody_judges_have_that_as_their_reason() -> None:
    assert judged({"requests": 10.0}).reasons == (FailuresUnknown(),)


@pytest.mark.parametrize(
    ("state", "health"),
    [
        (State.ACCEPTABLE, Health.HEALTHY),
        (State.NO_DATA, Health.UNKNOWN),
        (State.EXHAUSTED, Health.BREACHING),
    ],
)
def test_with_slos_it_is_that_of_the_worst(state: State, health: Health) -> None:
    second = replace(slo(state), slo=latency("shop", 0.5))
    assert judged({"requests": 10.0}, slo(), second).health is health


def test_a_service_with_slos_is_as_old_as_its_requests_and_not_as_its_gauges() -> None:
    report = judged({"requests": 10.0, "saturation": 0.5}, slo(), until={"requests": 90.0})
    assert (report.health, report.newest) == (Health.UNKNOWN, NOW - 90)
    assert report.reasons == (NoDataSince(NOW - 90),)


def test_without_slos_any_signal_is_a_sign_of_life() -> None:
    report = judged({"errors": 0.1, "saturation": 0.5}, until={"errors": 90.0})
    assert (report.health, report.newest) == (Health.HEALTHY, NOW)


def test_a_source_with_buckets_alone_counts_requests_by_the_last_one() -> None:
    assert judged({"latency": 10.0}, slo()).newest == NOW


@pytest.mark.parametrize(
    ("silent_s", "health"), [(PATIENCE, Health.HEALTHY), (PATIENCE + 15, Health.UNKNOWN)], ids=["just live", "late"]
)
def test_silence_longer_than_the_patience_is_unknown(silent_s: float, health: Health) -> None:
    assert judged({"requests": 10.0}, slo(), until={"requests": silent_s}).health is health


def test_a_service_of_which_nothing_came_has_an_empty_frame_and_says_so() -> None:
    report = judged(NOTHING, slo())
    assert (report.health, report.newest, report.reasons) == (Health.UNKNOWN, None, (NoSamples(HOUR),))
    assert report.samples.shape == (240, 0)
    assert report.samples.columns.names == ["measure", "detail"]


def test_a_gauge_without_any_request_says_that_none_was_counted() -> None:
    assert judged({"saturation": 0.5}, slo()).reasons == (NoRequestCounts(HOUR),)


# --- an SLO that is not measured beside others -----------------------------------------------------------------------

UNMEASURED = replace(slo(stale=True, measured_at=NOW - 600.0), slo=latency("shop", 0.5))


def test_an_slo_that_only_the_past_speaks_for_makes_a_healthy_service_unknown() -> None:
    report = judged({"requests": 10.0}, slo(), UNMEASURED)
    assert (report.health, report.reasons) == (Health.UNKNOWN, (NotMeasuredNow(UNMEASURED.slo, NOW - 600.0),))


def test_it_does_not_hide_that_another_is_breached() -> None:
    assert judged({"requests": 10.0}, slo(State.EXHAUSTED), UNMEASURED).health is Health.BREACHING


@pytest.mark.parametrize(("stale_after_s", "health"), [(HOUR - 1, Health.UNKNOWN), (HOUR, Health.HEALTHY)])
def test_whoever_waits_an_hour_for_data_is_not_told_of_minutes(stale_after_s: float, health: Health) -> None:
    assert judged({"requests": 10.0}, slo(), UNMEASURED, stale_after_s=stale_after_s).health is health


# --- services that only SLOs tell of ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slos", "health"),
    [
        ((slo(measured_at=NOW - 1800.0),), Health.HEALTHY),
        ((slo(stale=True, measured_at=NOW - 1800.0),), Health.UNKNOWN),
        ((slo(State.EXHAUSTED), slo(stale=True)), Health.BREACHING),
    ],
    ids=["measured", "stale", "one of two"],
)
def test_it_lives_while_any_of_its_slos_is_measured(slos: tuple[SloReport, ...], health: Health) -> None:
    assert judged(NOTHING, *slos, info=ONLY_SLOS).health is health


def test_it_is_as_new_as_its_newest_slo() -> None:
    assert judged(NOTHING, slo(measured_at=NOW - 1800.0), slo(measured_at=None), info=ONLY_SLOS).newest == NOW - 1800


@pytest.mark.parametrize(
    ("measured_at", "reason"), [(None, NeverMeasured()), (NOW - 7200.0, NoDataSince(NOW - 7200.0))]
)
def test_it_is_not_told_that_its_signals_are_missing(measured_at: float | None, reason: object) -> None:
    report = judged(NOTHING, slo(State.NO_DATA, stale=True, measured_at=measured_at), info=ONLY_SLOS)
    assert report.reasons == (reason,)


def test_services_are_known_by_slos_that_no_signal_goes_with_each_once() -> None:
    known, alone = slo(), slo(service="cart")
    strangers = service_reports.slos_without_signals((SHOP,), (known, alone, alone))
    assert strangers == (alone, alone)
    (info,) = service_reports.services_known_by_slos(strangers)
    assert (info.name, info.origin, info.errors, info.notes) == ("cart", Origin.SLOS, False, (SLOS_ONLY,))


# --- in which order --------------------------------------------------------------------------------------------------


def order(*services: tuple[ServiceInfo, SloReport]) -> list[str]:
    samples = {key: row for info, _ in services for key, row in measured({"requests": 1.0}, name=info.name).items()}
    reports = service_reports.reports(
        [info for info, _ in services],
        LiveSamples(frames.samples(samples, GRID)),
        [report for _, report in services],
        EMPTY,
        now=NOW,
        stale_after_s=lambda _: PATIENCE,
    )
    return [report.name for report in reports]


def named(name: str, state: State = State.ACCEPTABLE, *, tier: int | None = None, **more: Any) -> Any:
    return ServiceInfo(name, "test", tier=tier), slo(state, service=name, **more)


def test_the_most_urgent_come_first_and_no_data_before_at_risk() -> None:
    services = [named("a"), named("b", State.NO_DATA), named("c", State.EXHAUSTED), named("d", stale=True)]
    assert order(*services) == ["c", "b", "d", "a"]


def test_among_equals_the_least_budget_then_the_tier_then_the_name() -> None:
    services = [named("d"), named("c"), named("b", tier=1), named("a", tier=2), named("e", remaining=0.1)]
    assert order(*services) == ["e", "b", "a", "c", "d"]


def test_each_service_gets_its_own_columns_and_slos() -> None:
    samples = frames.samples({**measured({"requests": 1.0}), **measured({"requests": 2.0}, name="cart")}, GRID)
    parts = service_reports.by_service(samples)
    assert {name: part["requests", ""].iloc[0] for name, part in parts.items()} == {"shop": 1.0, "cart": 2.0}
    assert service_reports.by_service(frames.samples({}, GRID)) == {}


# --- after a refresh that failed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("later", "health"), [(PATIENCE, Health.HEALTHY), (PATIENCE + 1, Health.UNKNOWN)], ids=["not yet", "too old"]
)
def test_what_was_measured_too_long_ago_becomes_unknown(later: float, health: Health) -> None:
    before = judged({"requests": 10.0}, slo())
    (report,) = service_reports.expired([before], now=NOW + later)
    assert report.health is health
    assert (report is before) is (health is Health.HEALTHY)


def test_what_breached_says_since_when_it_is_silent() -> None:
    before = judged({"requests": 10.0}, slo(State.EXHAUSTED))
    (report,) = service_reports.expired([before], now=NOW + 600.0)
    assert (report.health, report.reasons) == (Health.UNKNOWN, (NoDataSince(NOW),))


def test_what_became_unknown_moves_up() -> None:
    healthy = replace(judged({"requests": 10.0}, slo()), info=replace(SHOP, name="a"))
    risky = replace(healthy, info=replace(SHOP, name="b"), health=Health.AT_RISK)
    old = replace(healthy, info=replace(SHOP, name="c"), newest=NOW - 600.0)
    never = replace(healthy, info=replace(SHOP, name="d"), newest=None)
    reports = service_reports.expired([healthy, risky, old, never], now=NOW)
    assert [report.name for report in reports] == ["c", "d", "b", "a"]


# --- with anomalies --------------------------------------------------------------------------------------------------

FULL = Anomaly(
    "shop", Signal.SATURATION, Direction.HIGH, NOW - 900.0, None, NOW, 0.95, 0.95, (None, 0.9), None, detail="memory"
)
FORECAST = SaturationForecast(NOW, TimeToFull("trend", 7200.0, 6000.0, 9000.0))


@dataclass
class Looked:
    """What a monitor says after it looked at the moment."""

    said: dict[str, tuple[Anomaly, ...]] = field(default_factory=dict)
    has_baseline: dict[str, bool] = field(default_factory=lambda: {"shop": True})

    def anomalies(self) -> dict[str, tuple[Anomaly, ...]]:
        return self.said

    def forecasts(self) -> dict[str, dict[str, SaturationForecast]]:
        return {"shop": {"memory": FORECAST}}


def unusual(*anomalies: Anomaly, reports: tuple[ServiceReport, ...] | None = None) -> tuple[ServiceReport, ...]:
    before = reports or (judged({"requests": 10.0, "saturation": 0.95}, slo()),)
    monitor = cast(AnomalyMonitor, Looked({"shop": anomalies}))
    return service_reports.with_anomalies(before, monitor, EMPTY, now=NOW)


def test_a_service_carries_what_the_monitor_says_of_it() -> None:
    (report,) = unusual(FULL)
    assert (report.anomalies, report.has_baseline, report.forecasts) == ((FULL,), True, {"memory": FORECAST})


def test_a_service_that_the_monitor_does_not_know_has_nothing_unusual() -> None:
    cart = replace(judged({"requests": 10.0}, slo()), info=replace(SHOP, name="cart"))
    (report,) = unusual(FULL, reports=(cart,))
    assert (report.anomalies, report.has_baseline, report.forecasts) == ((), False, {})


@pytest.mark.parametrize(
    ("anomaly", "reasons"),
    [
        (FULL, ()),
        (replace(FULL, until=NOW - 60.0), (NearlyFull("memory", 0.95),)),
        (replace(FULL, detail="cpu"), (NearlyFull("memory", 0.95),)),
    ],
    ids=["named already", "it is over", "another resource"],
)
def test_a_full_resource_is_said_once(anomaly: Anomaly, reasons: tuple[object, ...]) -> None:
    assert unusual(anomaly)[0].reasons == reasons


def test_their_order_is_kept() -> None:
    first, second = (
        replace(judged({"requests": 10.0}, slo()), info=replace(SHOP, name=name)) for name in ("shop", "a")
    )
    assert [report.name for report in unusual(FULL, reports=(first, second))] == ["shop", "a"]


def test_frames_of_services_share_the_index_of_the_window() -> None:
    report = judged({"requests": 10.0}, slo())
    pd.testing.assert_index_equal(report.samples.index, GRID.index())
