"""An indicator is written as OpenSLO v1 has it, and only what does not follow is said."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from dashboard.openslo.indicator_reader import read_indicator
from dashboard.openslo.indicator_writer import indicator_spec
from dashboard.openslo.yaml_output import to_yaml
from dashboard.slo.indicators import Column, Op, Query, Ratio, Raw, Simple, Threshold
from tests.openslo.nodes import fields_of, scope_of, warnings
from tests.openslo.strategies import simple


def query(text: str, **more: Any) -> dict[str, Any]:
    return {"metricSource": {"type": "Prometheus", "spec": {"query": text, **more}}}


def column(**spec: Any) -> dict[str, Any]:
    return {"metricSource": {"type": "signals", "spec": spec}}


REQUESTS = Column("shop", "requests")
WRITTEN: dict[str, tuple[Simple, dict[str, Any]]] = {
    "counters": (
        Ratio(Query("t", True), good=Query("g", True)),
        {"ratioMetric": {"counter": True, "good": query("g"), "total": query("t")}},
    ),
    "gauges": (
        Ratio(Query("t"), bad=Query("b")),
        {"ratioMetric": {"counter": False, "bad": query("b"), "total": query("t")}},
    ),
    "a counter beside a gauge": (
        Ratio(Query("t", True), bad=Query("b")),
        {"ratioMetric": {"counter": False, "bad": query("b"), "total": query("t", counter=True)}},
    ),
    "columns": (
        Ratio(REQUESTS, bad=Column("shop", "errors", "server")),
        {"ratioMetric": {"counter": True, "bad": column(measure="errors", detail="server"),
                         "total": column(measure="requests")}},
    ),
    "a column beside a gauge": (
        Ratio(REQUESTS, good=Query("g")),
        {"ratioMetric": {"counter": False, "good": query("g"), "total": column(measure="requests")}},
    ),
    "a column of another service": (
        Ratio(Column("cart", "requests"), good=Query("g", True)),
        {"ratioMetric": {"counter": True, "good": query("g"), "total": column(service="cart", measure="requests")}},
    ),
    "bounds": (
        Ratio(Column("shop", "latency", "inf"), good=Column("shop", "latency", "0.3")),
        {"ratioMetric": {"counter": True, "good": column(measure="latency", le=0.3),
                         "total": column(measure="latency")}},
    ),
    "a raw ratio": (Raw(Query("r")), {"ratioMetric": {"counter": False, "rawType": "success", "raw": query("r")}}),
    "a raw counter of failures": (
        Raw(Query("r", True), success=False),
        {"ratioMetric": {"counter": True, "rawType": "failure", "raw": query("r")}},
    ),
    "a raw column": (
        Raw(Column("shop", "saturation", "memory")),
        {"ratioMetric": {"counter": False, "rawType": "success",
                         "raw": column(measure="saturation", detail="memory")}},
    ),
    "a threshold": (Threshold(Query("q"), Op.LTE, 5), {"thresholdMetric": query("q")}),
    "a threshold of a counter": (Threshold(Query("q", True), Op.GT, 5), {"thresholdMetric": query("q", counter=True)}),
    "a threshold of a column": (
        Threshold(Column("shop", "age"), Op.LT, 60), {"thresholdMetric": column(measure="age")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRITTEN)
def test_an_indicator_as_openslo_has_it(case: str) -> None:
    indicator, spec = WRITTEN[case]
    assert indicator_spec(indicator, "shop") == spec


def test_fields_stand_in_the_order_of_the_standard() -> None:
    spec = indicator_spec(Ratio(Query("t"), bad=Query("b")), "shop")
    assert list(spec["ratioMetric"]) == ["counter", "bad", "total"]
    assert list(indicator_spec(Raw(Query("r")), "shop")["ratioMetric"]) == ["counter", "rawType", "raw"]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(simple())
def test_any_indicator_reads_back_as_it_was_written(indicator: Simple) -> None:
    scope = scope_of(service="shop")
    objective: dict[str, Any] = {"target": 0.9}
    if isinstance(indicator, Threshold):
        objective |= {"op": indicator.op.value, "value": indicator.limit}
    inline = {"metadata": {"name": "ok"}, "spec": indicator_spec(indicator, "shop")}
    fields = fields_of(to_yaml([{"indicator": inline}]), ("indicator",), scope)
    compared = fields_of(to_yaml([objective]), ("target", "op", "value"), scope)
    assert read_indicator(fields, compared, scope) == indicator
    assert warnings(scope) == []
