"""The status JSON: strict whatever the numbers are, with enums for what decides and sentences only for notes."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.anomaly.saturation.time_to_full import TimeToFull
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.indicators import Column, Indicator, Op, Query, Ratio, Threshold
from dashboard.slo.objective import Slo
from dashboard.slo.policy import WORKBOOK, Policy, Row, Rule
from dashboard.slo.report import Alert, Burn, Exhaustion, Reading, SloReport, State, Suppression
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
    return json.loads(json.dumps(status_json._finite(value), allow_nan=False))


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
        "rule": "trend",
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
    content = status_json._slo(report(Slo("shop", "one", indicator, 0.99, kind="whatever", limit=limit)))
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
    assert status_json._slo(replace(report(slo), caveats=caveats))["notes"] == [
        "its window is not recorded",
        "the page rule over 1 h is left out: it could never fire, since a burn rate of 14.4 would need "
        "1.44 failures a request",
        "2 hours since it was first measured are missing: they count neither good nor bad",
    ]
