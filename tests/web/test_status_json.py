"""The JSON of what is unusual and what lies ahead: strict, whatever the numbers are."""

import json
from typing import Any

import pytest

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.anomaly.saturation.time_to_full import TimeToFull
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.slo.indicators import Column, Indicator, Op, Query, Ratio, Threshold
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport, State
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


@pytest.mark.parametrize("odd", [NAN, INF, -INF])
def test_what_is_no_number_is_null(odd: float) -> None:
    made = strict(status_json._anomaly(anomaly(value=odd, peak=odd, p_value=odd, cost=odd, expected=(odd, odd))))
    assert made["expected"] == [None, None]
    assert {made[key] for key in ("value", "peak", "p_value", "budget_cost")} == {None}


def test_a_hint_has_no_probability_and_no_cost() -> None:
    made = strict(status_json._anomaly(anomaly(layer=Layer.NOVELTY, p_value=None, cost=None, detail="cpu")))
    assert (made["layer"], made["p_value"], made["budget_cost"], made["detail"]) == ("novelty", None, None, "cpu")


def test_a_forecast_is_in_seconds_from_its_own_moment() -> None:
    made = SaturationForecast(1_760_000_000.0, TimeToFull(rule="trend", seconds=7200.0, early=6000.0, late=None))
    assert strict(status_json._forecast("memory", made)) == {
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
    slo = Slo("shop", "one", indicator, 0.99, kind="whatever", limit=limit)
    report = SloReport(slo, State.NO_DATA, 0.0, 0.0, 0.0, None, None, 0.0, None, None, None)
    made = status_json._slo(report)
    assert (made["threshold_s"], made["limit"], made["kind"]) == (threshold_s, limit, "whatever")
