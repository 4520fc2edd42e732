"""Pyrra's objective, field by field: four kinds of indicators, and what is lost or refused."""

import pytest

from dashboard.openslo.converters.definition import NO_PLACE
from dashboard.openslo.converters.pyrra import read_slos
from dashboard.slo.indicators import Query, Ratio
from dashboard.slo.objective import Slo
from dashboard.slo.policy import Policy
from dashboard.slo.windows import Rolling
from tests.openslo import foreign
from tests.openslo.nodes import node_of, rejection, scope_of, warnings
from tests.openslo.samples import changed

LABELS = "{pyrra.dev/service: checkout, pyrra.dev/team: payments}"
TOTAL = "total: {metric: 'http_requests_total{job=\"checkout\"}'}"
INDICATORS = "write one of ratio, latency, latencyNative, bool_gauge, boolGauge"


def read(text: str) -> tuple[Slo, list[str]]:
    """The SLO of a document, and its warnings."""
    scope = scope_of(is_v1=False)
    (slo,) = read_slos(node_of(text), scope)
    return slo, warnings(scope)


def pyrra(old: str, new: str, base: str = foreign.PYRRA) -> tuple[Slo, list[str]]:
    return read(changed(base, old, new))


def refused(old: str, new: str, base: str = foreign.PYRRA) -> str:
    return rejection(lambda: pyrra(old, new, base))


def test_every_field_of_a_ratio() -> None:
    slo, said = read(foreign.PYRRA)
    assert said == []
    assert slo == Slo(
        "checkout",
        "checkout-errors",
        Ratio(
            Query('sum(http_requests_total{job="checkout"})', counter=True),
            bad=Query('sum(http_requests_total{job="checkout",code=~"5.."})', counter=True),
        ),
        0.999,
        window=Rolling(28 * 86400.0),
        description="Requests are answered.",
        origin="slo.yaml:1",
        labels={"service": "checkout", "team": "payments"},
    )


@pytest.mark.parametrize("written", ['""', "''"])
def test_a_description_may_be_empty(written: str) -> None:
    slo, said = pyrra("description: Requests are answered.", f"description: {written}")
    assert (slo.description, said) == ("", [])


def test_every_field_of_a_latency() -> None:
    slo, said = read(foreign.PYRRA_LATENCY)
    assert slo.indicator == Ratio(
        Query("sum(duration_seconds_count)", counter=True),
        good=Query('sum(duration_seconds_bucket{le="0.4"})', counter=True),
    )
    assert (slo.kind, slo.limit, slo.window, said) == ("latency", 0.4, Rolling(30 * 86400.0), [])


@pytest.mark.parametrize(("bound", "seconds"), [("200ms", "0.2"), ("1s", "1"), ("1m", "60"), ("1500ms", "1.5")])
def test_a_native_latency_is_a_fraction_of_its_count(bound: str, seconds: str) -> None:
    slo, said = pyrra("200ms", bound, foreign.PYRRA_NATIVE)
    rate = "sum(rate(duration_seconds[5m]))"
    within = f"histogram_fraction(0, {seconds}, {rate}) * histogram_count({rate})"
    assert slo.indicator == Ratio(Query(f"histogram_count({rate})", True), good=Query(within, True))
    assert (slo.limit, said) == (float(seconds), [])


@pytest.mark.parametrize("name", ["bool_gauge", "boolGauge"])
def test_a_gauge_that_is_one_or_nothing(name: str) -> None:
    slo, said = pyrra("bool_gauge", name, foreign.PYRRA_GAUGE)
    assert slo.indicator == Ratio(
        Query('sum(count_over_time(up{job="checkout"}[5m]))', counter=True),
        good=Query('sum(sum_over_time(up{job="checkout"}[5m]))', counter=True),
    )
    assert slo.row_s == 0, "samples add up over any time"
    assert said == []


@pytest.mark.parametrize("target", ["'99.9'", "99.9", '"99.90"'])
def test_a_target_may_be_in_quotes(target: str) -> None:
    slo, said = pyrra("'99.9'", target)
    assert (slo.objective, said) == (0.999, [])


@pytest.mark.parametrize(("window", "days"), [("4w", 28), ("28d", 28), ("1w", 7), ("672h", 28)])
def test_a_window_of_weeks_days_or_hours(window: str, days: int) -> None:
    slo, said = pyrra("window: 4w", f"window: {window}")
    assert (slo.window, said) == (Rolling(days * 86400.0), [])


@pytest.mark.parametrize(
    ("labels", "metric", "service"),
    [
        ("{pyrra.dev/service: pay, app: shop}", 'x_total{job="cart"}', "pay"),
        ("{service: pay}", 'x_total{job="cart"}', "pay"),
        ("{app: shop}", 'x_total{service="cart"}', "cart"),
        ("{app: shop}", 'x_total{job="cart"}', "cart"),
        ("{}", 'x_total{app = "cart"}', "cart"),
        ("{app: shop}", 'x_total{myjob="cart"}', "shop"),
        ("{app: shop}", 'x_total{job=~"cart"}', "shop"),
        ("{team: a}", "x_total", "checkout-errors"),
    ],
)
def test_a_service_is_a_label_else_one_of_the_metric_else_the_name(labels: str, metric: str, service: str) -> None:
    text = changed(changed(foreign.PYRRA, LABELS, labels), TOTAL, f"total: {{metric: '{metric}'}}")
    slo, said = read(text)
    assert slo.service == service
    guess = f"1: metadata: has no service: '{service}' is used; the label pyrra.dev/service sets it"
    assert said == ([] if service == "pay" else [guess])


@pytest.mark.parametrize(
    ("alerting", "policy", "said"),
    [
        ("{disabled: true}", Policy("none", ()), []),
        ("{burnrates: false}", Policy("none", ()), []),
        ("{disabled: false, burnrates: true}", None, []),
        ("{disabled: true, burnrates: true}", Policy("none", ()), []),
        ("{absent: true}", None, [f"8: spec.alerting.absent: {NO_PLACE}"]),
        ("{name: Burn, absentName: Gone}", None,
         [f"8: spec.alerting.name: {NO_PLACE}", f"8: spec.alerting.absentName: {NO_PLACE}"]),
        ("{burnRateType: dynamic}", None, [f"8: spec.alerting.burnRateType: {NO_PLACE}"]),
    ],
)  # fmt: skip
def test_alerts_may_be_disabled(alerting: str, policy: Policy | None, said: list[str]) -> None:
    slo, warned = pyrra("  window:", f"  alerting: {alerting}\n  window:")
    assert (slo.policy, warned) == (policy, said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  labels:", "  annotations: {a: b}\n  labels:", f"5: metadata.annotations: {NO_PLACE}"),
        ("  window:", "  latency: '1'\n  window:", f"8: spec.latency: {NO_PLACE}"),
        ("  window:", "  partial_response_strategy: warn\n  window:",
         f"8: spec.partial_response_strategy: {NO_PLACE}"),
        ("  window:", "  performanceOverAccuracy: true\n  window:", f"8: spec.performanceOverAccuracy: {NO_PLACE}"),
        ("    ratio:", "    ratio:\n      grouping: [handler]",
         "12: spec.indicator.ratio.grouping: OpenSLO has no groups: one SLO is made for all of them together"),
        ("  window:", "  windows: 2w\n  window:", "8: spec.windows: unknown key; did you mean window?"),
        ("'99.9'", "99.9%", "7: spec.target: is read as 99.9: remove the %"),
        ("window: 4w", "window: 4 weeks", "8: spec.window: '4 weeks' is read as 4w: write that"),
    ],
)  # fmt: skip
def test_what_is_lost_or_read_otherwise_has_a_warning(old: str, new: str, said: str) -> None:
    assert pyrra(old, new)[1] == [said]


def test_an_empty_list_of_groups_is_none() -> None:
    assert pyrra("    ratio:", "    ratio:\n      grouping: []")[1] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  name: checkout-errors\n", "", "3: metadata.name: missing: write for example name: checkout-errors"),
        ("  target: '99.9'\n", "", "6: spec.target: missing: write for example target: '99.9'"),
        ("'99.9'", "'100'", "7: spec.target: an objective of 1 has no error budget, so that nothing may ever fail: "
                            "write for example 0.999"),
        ("'99.9'", "high", "7: spec.target: 'high' is not a number of percent: write for example 99.9"),
        ("  window: 4w\n", "", "6: spec.window: missing: write for example window: 4w"),
        ("window: 4w", "window: soon", "8: spec.window: 'soon' is not a duration: write for example 4w"),
        ("window: 4w", "window: 1M", "8: spec.window: 1M has no fixed length: write it in minutes, hours, days or "
                                     "weeks, such as 4w"),
        ("window: 4w", "window: 90s", "8: spec.window: is not a whole number of minutes: write for example 4w"),
        ("    ratio:", "    ratios:", f"10: spec.indicator: has 0 indicators: {INDICATORS}"),
        ("    ratio:", "    latency: {}\n    ratio:", f"10: spec.indicator: has 2 indicators: {INDICATORS}"),
        (f"      {TOTAL}\n", "", "11: spec.indicator.ratio.total: missing: write for example total: {metric: "
                                 "http_requests_total}"),
        (TOTAL, "total: {}", "13: spec.indicator.ratio.total.metric: missing: write for example metric: "
                             "http_requests_total"),
        (TOTAL, "total: x_total", "13: spec.indicator.ratio.total: is text: expected a map with metric"),
        ("  window:", "  alerting: {disabled: maybe}\n  window:",
         "8: spec.alerting.disabled: 'maybe' is neither true nor false: write one of them"),
    ],
)  # fmt: skip
def test_a_document_that_is_refused(old: str, new: str, said: str) -> None:
    assert refused(old, new) == said


@pytest.mark.parametrize(
    ("metric", "is_bounded"),
    [
        ('{le="0.4"}', True), ("{le='0.4'}", True), ('{le=~"0.4"}', True), ('{le = "0.4"}', True), ("", False),
        ('{le!="0.4"}', False), ('{handle="0.4"}', False),
    ],
)  # fmt: skip
def test_one_bucket_is_named_by_its_bound(metric: str, is_bounded: bool) -> None:
    quoted = "'x" + metric.replace("'", "''") + "'"
    text = changed(foreign.PYRRA_LATENCY, "'duration_seconds_bucket{le=\"0.4\"}'", quoted)
    if is_bounded:
        assert read(text)[1] == []
        return
    what = 'sums all buckets, so that no request is too slow: write the bound of one, such as le="0.5"'
    assert rejection(lambda: read(text)) == f"11: spec.indicator.latency.success.metric: {what}"


@pytest.mark.parametrize("bound", ["fast", "200", "'9 parsecs'", "1M"])
def test_a_native_bound_is_a_duration(bound: str) -> None:
    shown = bound.strip("'")
    what = f"'{shown}' is not a duration: write for example 200ms"
    assert refused("200ms", bound, foreign.PYRRA_NATIVE) == f"11: spec.indicator.latencyNative.latency: {what}"


def test_a_spec_that_is_missing_is_refused() -> None:
    text = foreign.PYRRA[: foreign.PYRRA.index("spec:")]
    said = rejection(lambda: read(text))
    assert said == "1: spec: missing: write for example spec: {target: …, window: …, indicator: …}"
