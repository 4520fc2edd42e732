"""The status JSON: strict whatever the numbers are, with enums for what decides and sentences only for notes."""

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.anomaly.saturation.falls import Falls
from dashboard.anomaly.saturation.time_to_full import TimeToFull
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.engine.health import BudgetSpent, Health, MeasuredTooShortly, NearlyFull
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.signals.current import CurrentValues
from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.indicators import Column, Indicator, Op, Query, Ratio, Threshold
from dashboard.slo.objective import Slo
from dashboard.slo.policy import WORKBOOK, Policy, Row, Rule
from dashboard.slo.report import Alert, Burn, Exhaustion, Reading, SlaReport, SloReport, State, Suppression
from dashboard.slo.windows import Calendar, Rolling, Unit, Window
from dashboard.sources.catalog import ServiceInfo
from dashboard.timerange import DAY
from dashboard.web import status_json

NAN, INF = float("nan"), float("inf")


def anomaly(**more: Any) -> Anomaly:
    values: dict[str, Any] = {
        "service": "shop", "signal": Signal.ERRORS, "direction": Direction.HIGH, "since": 1_760_000_000.0,
        "until": None, "peak_at": 1_760_000_060.0, "peak": 0.2, "value": 0.1, "expected": (None, 0.01),
        "p_value": 1e-9, "cost": 0.25,
    }  # fmt: skip
    return Anomaly(**{**values, **more})


def strict(value: Any) -> Any:
    return json.loads(json.dumps(status_json.finite(value), allow_nan=False))


def test_an_anomaly_is_told_with_its_cost_and_band() -> None:
    assert strict(status_json._anomaly(anomaly())) == {
        "signal": "errors", "detail": None, "direction": "high", "layer": "test", "since": "2025-10-09T08:53:20Z",
        "peak_at": "2025-10-09T08:54:20Z", "peak": 0.2, "value": 0.1, "expected": [None, 0.01], "p_value": 1e-9,
        "budget_cost": 0.25,
    }  # fmt: skip


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_what_is_no_number_is_null(value: float) -> None:
    content = strict(
        status_json._anomaly(anomaly(value=value, peak=value, p_value=value, cost=value, expected=(value, value)))
    )
    assert content["expected"] == [None, None]
    assert {content[key] for key in ("value", "peak", "p_value", "budget_cost")} == {None}


def test_a_hint_has_no_probability_and_no_cost() -> None:
    hint = strict(status_json._anomaly(anomaly(layer=Layer.NOVELTY, p_value=None, cost=None, detail="cpu")))
    assert (hint["layer"], hint["p_value"], hint["budget_cost"], hint["detail"]) == ("novelty", None, None, "cpu")


def test_a_forecast_is_in_seconds_from_its_own_moment() -> None:
    forecast = SaturationForecast(1_760_000_000.0, TimeToFull(rule="trend", seconds=7200.0, early=6000.0, late=None))
    assert strict(status_json._forecast("memory", forecast)) == {
        "resource": "memory", "at": "2025-10-09T08:53:20Z", "full_in_s": 7200.0, "between_s": [6000.0, None],
        "rule": "trend", "falls": None,
    }  # fmt: skip


def test_what_is_held_to_fall_back_is_not_said_to_fill_up() -> None:
    full = TimeToFull(rule="trend", seconds=7200.0, early=6000.0, late=None)
    falls = Falls(1_750_000_000.0, (1_755_000_000.0, 1_757_000_000.0), (0.96, 0.91))
    shown = strict(status_json._forecast("memory", SaturationForecast(1_760_000_000.0, full, falls, is_held=True)))
    assert (shown["full_in_s"], shown["between_s"]) == (None, [None, None])
    assert shown["falls"] == {
        "count": 2, "since": "2025-06-15T15:06:40Z", "newest": "2025-09-04T15:33:20Z", "levels": [0.91, 0.96],
        "held": True, "full_unless_it_falls_in_s": 7200.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("indicator", "limit", "threshold_s"),
    [
        (Ratio(Column("shop", "latency", "inf"), good=Column("shop", "latency", "0.5")), 0.5, 0.5),
        (Ratio(Query("all"), good=Query('some_bucket{le="0.3"}')), 0.3, 0.3),
        (Threshold(Column("shop", "quantile", "0.95"), Op.LTE, 0.2), 0.2, 0.2),
        (Threshold(Column("shop", "age"), Op.LTE, 600.0), 600.0, None),
        (Ratio(Column("shop", "requests"), bad=Column("shop", "errors", "server")), None, None),
    ],
    ids=["latency", "bucket of a query", "quantile", "age", "errors"],
)
def test_a_threshold_in_seconds_follows_from_the_indicator(
    indicator: Indicator, limit: float | None, threshold_s: float | None
) -> None:
    """`kind` is a word of the author's: it says nothing here."""
    content = status_json.slo(report(Slo("shop", "one", indicator, 0.99, kind="whatever", limit=limit)), "shop")
    assert (content["threshold_s"], content["limit"], content["kind"]) == (threshold_s, limit, "whatever")


def report(slo: Slo) -> SloReport:
    """Of an SLO of which nothing was measured."""
    return SloReport(slo, State.NO_DATA, 0.0, 0.0, 0.0, None, None, 0.0, None, None, None)


@pytest.mark.parametrize("suppressed", [None, *Suppression])
def test_an_alert_names_what_suppresses_it(suppressed: Suppression | None) -> None:
    burns = [Burn(window, 20.0, 96.0, 100.0, 1.0) for window in (3600.0, 300.0)]
    alert = Alert(Rule(WORKBOOK.rows[0], 14.4), *burns, Reading.CRITICAL, suppressed is None, suppressed)
    assert strict(status_json._alert(alert)) == {
        "severity": "page", "long": "1h", "short": "5m", "threshold": 14.4, "long_rate": 20.0, "short_rate": 20.0,
        "reading": "critical", "firing": suppressed is None, "suppressed": suppressed,
    }  # fmt: skip


def test_an_exhaustion_has_the_rate_that_it_continues() -> None:
    exhaustion = Exhaustion(2.0, (1.5, 2.5), 3600.0, 86_400.0, (70_000.0, None))
    assert strict(status_json._exhaustion(exhaustion)) == {
        "rate": 2.0, "window": "1h", "in_s": 86_400.0, "between_s": [70_000.0, None], "regained_in_s": None,
    }  # fmt: skip


def test_notes_are_sentences_about_the_slo_its_rules_and_its_numbers() -> None:
    rows = (Row("page", 0.02, 3600.0, 300.0),)
    indicator = Ratio(Column("shop", "requests"), bad=Column("shop", "errors", "server"))
    slo = Slo("shop", "one", indicator, 0.9, policy=Policy("one", rows), notes=("its window is not recorded",))
    caveats = (Caveat(CaveatKind.NOT_MEASURED, 7200.0),)
    assert status_json.slo(replace(report(slo), caveats=caveats), "shop")["notes"] == [
        "its window is not recorded",
        "the page rule over 1 h is left out: it could never fire, since a burn rate of 14.4 would need "
        "1.44 failures a request",
        "2 hours since it was first measured are missing: they count as no data",
    ]


# --- the whole contract ----------------------------------------------------------------------------------------------

START_S, MIDDLE_S, END_S = 1_760_000_000.0, 1_760_000_600.0, 1_762_592_000.0
AVAILABLE = Slo(
    "shop",
    "shop-availability",
    Ratio(Column("shop", "requests"), bad=Column("shop", "errors", "server")),
    0.999,
    kind="availability",
    origin="slo.yaml:3",
)
FULL_REPORT = SloReport(
    AVAILABLE, State.CRITICAL, at=MIDDLE_S, start=START_S, end=END_S, good=9_990_500.0, valid=10_000_000.0,
    coverage=0.998, sli=0.99905, interval=(0.99903, 0.99907), remaining=0.05, budgeted=10_000_000.0, measured_s=600.0,
    excluded_s=120.0, period_s=30.0 * DAY,
    burn=(Burn(300.0, 1.2, 998.8, 1000.0, 1.0), Burn(3.0 * DAY, None, None, None, 0.0)),
    sla=SlaReport(0.99, 0.9, True, None, "10 %", 0.99, 90_500.0),
)  # fmt: skip


def content(report: SloReport = FULL_REPORT) -> dict[str, Any]:
    whole: dict[str, Any] = strict(status_json.slo(report, "shop"))
    return whole


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("service", "shop"),
        ("slo", "shop-availability"),
        ("kind", "availability"),
        ("objective", 0.999),
        ("threshold_s", None),
        ("limit", None),
        ("method", "Occurrences"),
        ("origin", "slo.yaml:3"),
        (
            "window",
            {
                "duration": "30d",
                "rolling": True,
                "start": "2025-10-09T08:53:20Z",
                "end": "2025-11-08T08:53:20Z",
                "time_zone": "UTC",
            },
        ),
        ("good", 9_990_500.0),
        ("valid", 10_000_000.0),
        ("bad", 9_500.0),
        ("sli", 0.99905),
        ("sli_interval", [0.99903, 0.99907]),
        ("coverage", 0.998),
        ("excluded_s", 120.0),
        (
            "budget",
            {"ratio": 0.001, "spent": 0.95, "remaining": 0.05, "remaining_events": 500.0, "remaining_s": 129.6},
        ),
        (
            "sla",
            {
                "objective": 0.99,
                "remaining": 0.9,
                "met": True,
                "credit": None,
                "next_credit": "10 %",
                "next_below": 0.99,
                "next_events": 90_500.0,
            },
        ),
        (
            "burn",
            [
                {"window": "5m", "rate": 1.2, "good": 998.8, "valid": 1000.0, "coverage": 1.0},
                {"window": "3d", "rate": None, "good": None, "valid": None, "coverage": 0.0},
            ],
        ),
        ("alerts", []),
        ("exhausts_in_s", None),
        ("exhaustion", None),
        ("state", "critical"),
        ("notes", []),
    ],
)
def test_each_key_of_an_slo_has_its_value(key: str, value: Any) -> None:
    assert content()[key] == approximate(value)


def approximate(value: Any) -> Any:
    """A value to compare with: numbers inside of it may differ in their last digits."""
    if isinstance(value, dict):
        return {key: approximate(inner) for key, inner in value.items()}
    return pytest.approx(value) if isinstance(value, float) else value


def test_an_slo_has_no_key_beyond_the_contract() -> None:
    assert list(content()) == [
        "service", "service_id", "slo", "kind", "objective", "threshold_s", "limit", "method", "origin", "window",
        "good", "valid", "bad", "sli", "sli_interval", "coverage", "excluded_s", "budget", "sla", "burn", "alerts",
        "exhausts_in_s", "exhaustion", "state", "notes",
    ]  # fmt: skip


def test_an_overspent_budget_is_signed_and_never_clamped() -> None:
    budget = content(replace(FULL_REPORT, good=9_975_000.0, remaining=-1.5))["budget"]
    assert (budget["spent"], budget["remaining"]) == (2.5, -1.5)
    assert budget["remaining_events"] == pytest.approx(-15_000)
    assert budget["remaining_s"] == pytest.approx(-1.5 * 0.001 * 30 * DAY)


def test_without_events_every_number_of_them_is_null_and_not_zero() -> None:
    empty = content(report(AVAILABLE))
    assert [empty[key] for key in ("good", "valid", "bad", "sli", "sli_interval", "sla")] == [None] * 6
    assert empty["budget"] == {
        "ratio": 0.001, "spent": None, "remaining": None, "remaining_events": None, "remaining_s": None,
    }  # fmt: skip
    assert empty["state"] == "no_data"


@pytest.mark.parametrize("state", list(State))
def test_a_state_is_its_enum(state: State) -> None:
    assert content(replace(FULL_REPORT, state=state))["state"] == state.value


@pytest.mark.parametrize("met", [True, False, None])
def test_an_sla_is_met_or_not_or_unknown(met: bool | None) -> None:
    assert content(replace(FULL_REPORT, sla=SlaReport(0.99, -0.5, met, "25 %")))["sla"]["met"] is met


@pytest.mark.parametrize(
    ("window", "written"),
    [
        (Rolling(7.0 * DAY), ("7d", True, "UTC")),
        (Rolling(36_000.0), ("10h", True, "UTC")),
        (Calendar(Unit.MONTH, zone="Europe/Berlin"), ("1M", False, "Europe/Berlin")),
        (Calendar(Unit.QUARTER, rolling=True), ("1Q", True, "UTC")),
    ],
    ids=["a week", "hours", "a month of the calendar", "a quarter that rolls"],
)
def test_a_window_is_written_as_openslo_writes_it(window: Window, written: tuple[str, bool, str]) -> None:
    shown = content(replace(FULL_REPORT, slo=replace(AVAILABLE, window=window)))["window"]
    assert (shown["duration"], shown["rolling"], shown["time_zone"]) == written


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (300.0, "5m"),
        (1800.0, "30m"),
        (3600.0, "1h"),
        (5400.0, "90m"),
        (86_400.0, "1d"),
        (259_200.0, "3d"),
        (45.0, "45s"),
    ],
)
def test_burn_windows_are_written_as_promql_writes_them(seconds: float, text: str) -> None:
    assert status_json.window_text(seconds) == text


def test_long_and_short_rate_are_not_confused() -> None:
    alert = Alert(
        Rule(WORKBOOK.rows[2], 3.0),
        Burn(float(DAY), 3.5, 1.0, 2.0, 1.0),
        Burn(7200.0, None, None, None, 0.1),
        None,
        firing=False,
        suppressed=Suppression.WINDOW_NOT_MEASURED,
    )
    assert strict(status_json._alert(alert)) == {
        "severity": "ticket", "long": "1d", "short": "2h", "threshold": 3.0, "long_rate": 3.5, "short_rate": None,
        "reading": None, "firing": False, "suppressed": "window_not_measured",
    }  # fmt: skip


def test_what_is_used_up_says_so_in_seconds_also_where_it_recovers() -> None:
    exhaustion = Exhaustion(0.5, (0.4, 0.6), 6.0 * 3600, 0.0, (0.0, 0.0), recovers_s=5000.0)
    shown = content(replace(FULL_REPORT, exhaustion=exhaustion))
    assert shown["exhausts_in_s"] == 0.0
    assert (shown["exhaustion"]["window"], shown["exhaustion"]["regained_in_s"]) == ("6h", 5000.0)


# --- services and the source -----------------------------------------------------------------------------------------

CURRENT = CurrentValues(
    time=MIDDLE_S,
    latency={"0.5": 0.04, "0.95": 0.11, "0.99": NAN},
    traffic=113.2,
    errors={"server": 0.0003, "client": 0.02, "slow": None},
    saturation={"cpu": 0.41, "memory": 0.62},
)


def service(**more: Any) -> ServiceReport:
    empty = ServiceReport(ServiceInfo("shop", "test"), Health.AT_RISK, (), CURRENT, (), pd.DataFrame())
    return replace(empty, **more)


def status(*services: ServiceReport, now: float = MIDDLE_S, **more: Any) -> dict[str, Any]:
    """The whole JSON of a snapshot with these services, as a reader gets it."""
    source = SourceStatus("csv", "a.csv", SourceState.OK, newest=MIDDLE_S - 12)
    snapshot = replace(Snapshot(MIDDLE_S, source, services=services), **more)
    text = json.dumps(status_json.as_json(snapshot, now), allow_nan=False)
    whole: dict[str, Any] = json.loads(text)
    return whole


def test_the_signals_of_a_service_have_their_units_in_their_names() -> None:
    (shown,) = status(service())["services"]
    assert shown["signals"] == {
        "latency_p50_s": 0.04, "latency_p95_s": 0.11, "latency_p99_s": None, "traffic_per_s": 113.2,
        "error_ratio": 0.0003, "client_error_ratio": 0.02, "slow_ratio": None,
        "saturation": {"cpu": 0.41, "memory": 0.62},
    }  # fmt: skip


def test_a_service_of_which_nothing_is_measured_has_every_signal_as_null() -> None:
    (shown,) = status(service(current=CurrentValues()))["services"]
    signals = shown["signals"]
    assert signals.pop("saturation") == {}
    assert set(signals.values()) == {None}
    assert len(signals) == 7


@pytest.mark.parametrize("health", list(Health))
def test_a_health_is_its_enum(health: Health) -> None:
    (shown,) = status(service(health=health))["services"]
    assert (shown["service"], shown["health"]) == ("shop", health.value)


def test_reasons_are_sentences_without_typographic_spaces() -> None:
    (shown,) = status(
        service(reasons=(BudgetSpent(AVAILABLE), MeasuredTooShortly(720.0, 0.00028), NearlyFull("memory", 0.95)))
    )["services"]
    assert shown["reasons"] == [
        "availability budget spent",
        "too little measured to judge its SLOs: 12 m, 0.03 % of the window",
        "memory nearly full: 95 % of its limit",
    ]


def test_anomalies_that_ended_are_no_longer_told() -> None:
    lasting, over = anomaly(), anomaly(until=1_760_000_500.0)
    (shown,) = status(service(anomalies=(over, lasting)))["services"]
    assert [item["since"] for item in shown["anomalies"]] == ["2025-10-09T08:53:20Z"]


@pytest.mark.parametrize("learned", [True, False])
def test_before_it_was_observed_for_a_day_no_anomaly_means_nothing(learned: bool) -> None:
    (shown,) = status(service(has_baseline=learned))["services"]
    assert (shown["learned"], shown["anomalies"]) == (learned, [])


def test_forecasts_of_a_service_name_their_resource() -> None:
    forecasts = {"memory": SaturationForecast(MIDDLE_S, TimeToFull("trend", 7200.0, 6000.0, INF))}
    (shown,) = status(service(forecasts=forecasts))["services"]
    assert [(item["resource"], item["full_in_s"], item["between_s"]) for item in shown["forecasts"]] == [
        ("memory", 7200.0, [6000.0, None])
    ]
    assert shown["requests_next_day"] is None


def test_the_source_says_how_it_is_and_how_old_its_data_are_now() -> None:
    assert status(now=MIDDLE_S + 3)["source"] == {
        "kind": "csv", "state": "ok", "data_age_s": 15.0, "partial": False, "bad_rows": 0, "message": None,
        "data_end": None, "rows": 0, "bad_row_kinds": [], "files_left_out": [],
    }  # fmt: skip


def test_the_source_says_what_is_missing_of_it() -> None:
    source = SourceStatus("csv", "a.csv", SourceState.OK, partial=True, bad_rows=3)
    shown = status(source=source)["source"]
    assert (shown["partial"], shown["bad_rows"]) == (True, 3)


@pytest.mark.parametrize("state", list(SourceState))
def test_the_state_of_the_source_is_its_enum(state: SourceState) -> None:
    source = SourceStatus("csv", "a.csv", state, error="connection refused")
    shown = status(source=source)["source"]
    assert shown == {
        "kind": "csv", "state": state.value, "data_age_s": None, "partial": False, "bad_rows": 0,
        "message": "connection refused",
        "data_end": None, "rows": 0, "bad_row_kinds": [], "files_left_out": [],
    }  # fmt: skip


def test_at_is_the_moment_of_the_snapshot_and_not_of_the_answer() -> None:
    assert status(now=MIDDLE_S + 900)["at"] == "2025-10-09T09:03:20Z"
    keys = ["at", "source", "services", "slos", "incidents", "incidents_missing_hours"]
    assert list(status()) == keys


def test_no_number_that_is_none_reaches_json_from_any_depth() -> None:
    broken = replace(FULL_REPORT, sli=NAN, interval=(NAN, INF), coverage=-INF, burn=(Burn(300.0, NAN, INF, NAN, NAN),))
    (shown,) = status(slos=(broken,))["slos"]
    assert (shown["sli"], shown["sli_interval"], shown["coverage"]) == (None, [None, None], None)
    assert shown["burn"] == [{"window": "5m", "rate": None, "good": None, "valid": None, "coverage": None}]
