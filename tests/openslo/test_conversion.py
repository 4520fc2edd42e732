"""Definitions of other tools become OpenSLO v1 that reads back as it was meant, with a warning for all that is lost."""

from dataclasses import replace
from datetime import datetime

import pytest

from dashboard.openslo.conversion import Conversion, convert
from dashboard.openslo.converters.definition import query_with_ranges
from dashboard.openslo.diagnostics import Diagnostic
from dashboard.openslo.openslo_reader import read_slos
from dashboard.slo.indicators import Op, Query, Ratio, Raw, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import WORKBOOK, Policy
from dashboard.slo.windows import Calendar, Rolling, Unit
from tests.openslo import foreign
from tests.openslo.samples import ALERTED, RATIO, THRESHOLD, changed, only

# In the place of a key that is not compared.
ANY = "any"
WEEKS = Rolling(28 * 86400.0)
TWO_WEEKS = Rolling(14 * 86400.0)


def counted(text: str) -> Query:
    return Query(text, counter=True)


def converted(text: str) -> Conversion:
    """The conversion of one file; it reads back without a diagnostic."""
    conversion = convert({"in.yaml": text})
    assert read_slos({"out.yaml": conversion.text}).diagnostics == () or not conversion.text
    return conversion


def slos(conversion: Conversion) -> tuple[Slo, ...]:
    return tuple(replace(slo, origin="") for slo in read_slos({"out.yaml": conversion.text}).slos)


EXPECTED: dict[str, list[Slo]] = {
    "Sloth": [
        Slo(
            "checkout",
            "checkout-requests",
            Ratio(
                counted("sum(rate(http_requests_total[5m]))"),
                bad=counted('sum(rate(http_requests_total{code=~"5.."}[5m]))'),
            ),
            0.999,
            description="Requests are answered.",
            labels={"owner": "payments", "tier": "1"},
            origin="",
        )
    ],
    "Sloth raw": [
        Slo(
            "wifi",
            "wifi-happy",
            Raw(Query("1 - avg(satisfaction_ratio)"), success=False),
            0.95,
            method=Method.RATIO_TIMESLICES,
            slice_s=300,
            origin="",
        )
    ],
    "Sloth resource": [
        Slo(
            "checkout",
            "checkout-requests",
            Ratio(counted("sum(rate(all_total[5m]))"), bad=counted("sum(rate(failed_total[5m]))")),
            0.999,
            origin="",
        )
    ],
    "Pyrra": [
        Slo(
            "checkout",
            "checkout-errors",
            Ratio(
                counted('sum(http_requests_total{job="checkout"})'),
                bad=counted('sum(http_requests_total{job="checkout",code=~"5.."})'),
            ),
            0.999,
            window=WEEKS,
            description="Requests are answered.",
            labels={"service": "checkout", "team": "payments"},
            origin="",
        )
    ],
    "Pyrra latency": [
        Slo(
            "checkout",
            "checkout-latency",
            Ratio(counted("sum(duration_seconds_count)"), good=counted('sum(duration_seconds_bucket{le="0.4"})')),
            0.99,
            kind="latency",
            limit=0.4,
            labels={"service": "checkout"},
            origin="",
        )
    ],
    "Pyrra native": [
        Slo(
            "checkout",
            "checkout-native",
            Ratio(
                counted("histogram_count(sum(rate(duration_seconds[5m])))"),
                good=counted(
                    "histogram_fraction(0, 0.2, sum(rate(duration_seconds[5m]))) "
                    "* histogram_count(sum(rate(duration_seconds[5m])))"
                ),
            ),
            0.99,
            kind="latency",
            limit=0.2,
            window=TWO_WEEKS,
            labels={"service": "checkout"},
            origin="",
        )
    ],
    "Pyrra gauge": [
        Slo(
            "checkout",
            "checkout-up",
            Ratio(
                Query('sum(count_over_time(up{job="checkout"}[5m]))', counter=True),
                good=Query('sum(sum_over_time(up{job="checkout"}[5m]))', counter=True),
            ),
            0.99,
            window=TWO_WEEKS,
            labels={"service": "checkout"},
            origin="",
        )
    ],
    "Nobl9": [
        Slo(
            "checkout",
            "checkout",
            Ratio(counted("sum(all_total)"), good=counted("sum(good_total)")),
            0.95,
            window=Calendar(Unit.MONTH, 1, "Europe/Berlin", datetime(2022, 12, 1)),
            title="Checkout",
            description="Requests are answered.",
            labels={"team": "payments, web", "project": "shop"},
            origin="",
        )
    ],
    "Nobl9 raw": [
        Slo(
            "checkout",
            "queue",
            Threshold(Query("queue_length"), Op.LTE, 100),
            0.99,
            kind="threshold",
            limit=100,
            method=Method.TIMESLICES,
            slice_s=60,
            window=Rolling(7 * 86400.0),
            origin="",
        )
    ],
}
# The warnings about the files as they are, by line.
NO_WINDOW = "has no window: read as 30 days, Sloth's default"
WARNINGS = {
    "Sloth": [(1, NO_WINDOW)],
    "Sloth raw": [
        (1, NO_WINDOW),
        (7, "a ratio has no counts: every five minutes count alike, as in Sloth's own rules"),
    ],
    "Sloth resource": [(4, NO_WINDOW)],
}


@pytest.mark.parametrize("tool", EXPECTED)
def test_the_objectives_of_other_tools(tool: str) -> None:
    conversion = converted(foreign.EVERY[tool])
    assert list(slos(conversion)) == EXPECTED[tool]
    expected = [Diagnostic("in.yaml", line, ANY, what) for line, what in WARNINGS.get(tool, [])]
    assert [replace(diagnostic, key=ANY) for diagnostic in conversion.diagnostics] == expected


@pytest.mark.parametrize("name", ["v1alpha", "v1alpha threshold", "v2alpha"])
def test_older_openslo_means_the_same_as_v1(name: str) -> None:
    conversion = converted(foreign.EVERY[name])
    assert slos(conversion) == tuple(replace(slo, origin="") for slo in read_slos({"x": foreign.EVERY[name]}).slos)
    assert "openslo/v1\n" in conversion.text
    assert "alpha" not in conversion.text


@pytest.mark.parametrize("text", [RATIO, THRESHOLD, ALERTED], ids=["a ratio", "a threshold", "with alerts"])
def test_openslo_v1_stays_what_it_is(text: str) -> None:
    assert slos(converted(text)) == (replace(only(text), origin=""),)


def test_many_files_become_one_in_their_order() -> None:
    files = {"z.yaml": foreign.PYRRA, "b\n.yaml": foreign.SLOTH, "a.yaml": RATIO}
    conversion = convert(files)
    assert conversion.text.startswith(
        "# Converted from 'z.yaml'\n# Converted from 'b\\n.yaml'\n# Converted from 'a.yaml'\n"
    )
    names = [slo.name for slo in read_slos({"out": conversion.text}).slos]
    assert names == ["checkout-errors", "checkout-requests", "checkout-availability"]


def test_nothing_is_written_of_nothing() -> None:
    conversion = convert({"a.yaml": "hello"})
    assert (conversion.text, [diagnostic.line for diagnostic in conversion.diagnostics]) == ("", [1])


def fatal(conversion: Conversion) -> list[Diagnostic]:
    return [diagnostic for diagnostic in conversion.diagnostics if diagnostic.fatal]


EVENTS = foreign.SLOTH[foreign.SLOTH.index("      events:") : foreign.SLOTH.index("    alerting")]
COUNTS = "        total: {prometheus: {promql: 'sum(all_total)'}}\n"
# What is replaced in a file and by what; line, key and sentence of the fatal diagnostic.
REJECTED: dict[str, tuple[str, str, str, int, str, str]] = {
    "a plugin of Sloth": (
        foreign.SLOTH, EVENTS, "      plugin: {id: a/b}\n", 10, "slos[0].sli.plugin",
        "is made by a plugin of Sloth: write the queries that it makes as events, then convert again"),
    "events and raw": (
        foreign.SLOTH, "      events:", "      raw: {error_ratio_query: x}\n      events:", 10, "slos[0].sli.raw",
        "there are also events: remove one of them"),
    "no SLI": (foreign.SLOTH, EVENTS, "      {}\n", 9, "slos[0].sli.events",
        "missing: write events with error_query and total_query"),
    "no total": (
        foreign.SLOTH, "        total_query: sum(rate(http_requests_total[{{ .window }}]))\n", "", 10,
        "slos[0].sli.events.total_query",
        "missing: write for example total_query: sum(rate(http_requests_total[{{.window}}]))"),
    "100 % in Sloth": (foreign.SLOTH, "99.9", "100", 6, "slos[0].objective",
        "an objective of 1 has no error budget, so that nothing may ever fail: write for example 0.999"),
    "no percent in Sloth": (foreign.SLOTH, "99.9", "most", 6, "slos[0].objective",
        "'most' is not a number of percent: write for example 99.9"),
    "no service in Sloth": (foreign.SLOTH, "service: checkout\n", "", 1, "service",
        "missing: write for example service: checkout"),
    "a resource without a spec": (
        foreign.SLOTH_RESOURCE[: foreign.SLOTH_RESOURCE.index("spec")] + "x: y", "x: y", "spec:", 1, "spec",
        "missing: write for example spec: {service: …, slos: …}"),
    "100 % in Pyrra": (foreign.PYRRA, "'99.9'", "'100'", 7, "spec.target",
        "an objective of 1 has no error budget, so that nothing may ever fail: write for example 0.999"),
    "no indicator in Pyrra": (
        foreign.PYRRA_GAUGE, "    bool_gauge: {metric: 'up{job=\"checkout\"}'}\n", "    {}\n", 9, "spec.indicator",
        "has 0 indicators: write one of ratio, latency, latencyNative, bool_gauge, boolGauge"),
    "two indicators": (
        foreign.PYRRA_GAUGE, "    bool_gauge:", "    ratio: {}\n    bool_gauge:", 9, "spec.indicator",
        "has 2 indicators: write one of ratio, latency, latencyNative, bool_gauge, boolGauge"),
    "a bucket without its bound": (
        foreign.PYRRA_LATENCY, '{le="0.4"}', "", 11, "spec.indicator.latency.success.metric",
        'sums all buckets, so that no request is too slow: write the bound of one, such as le="0.5"'),
    "a window that is none": (foreign.PYRRA, "window: 4w", "window: soon", 8, "spec.window",
        "'soon' is not a duration: write for example 4w"),
    "a native bound that is none": (
        foreign.PYRRA_NATIVE, "200ms", "fast", 11, "spec.indicator.latencyNative.latency",
        "'fast' is not a duration: write for example 200ms"),
    "a query that is no PromQL": (
        foreign.NOBL9, "{prometheus: {promql: 'sum(good_total)'}}", "{datadog: {query: x}}", 27,
        "spec.objectives[0].countMetrics.good", "has 'datadog': only PromQL can be read, as prometheus: {promql: …}"),
    "one query for good and total": (
        foreign.NOBL9, COUNTS, "        goodTotal: {splunk: {query: x}}\n", 28,
        "spec.objectives[0].countMetrics.goodTotal",
        "OpenSLO has no single query for good and total events: write one for each"),
    "a composite of Nobl9": (
        foreign.NOBL9, "      countMetrics:", "      composite: {maxDelay: 45m}\n      countMetrics:", 25,
        "spec.objectives[0].composite",
        "a composite of Nobl9 combines other SLOs: write an OpenSLO composite of their indicators"),
    "an objective without a metric": (
        foreign.NOBL9_RAW, "      rawMetric: {query: {prometheus: {promql: queue_length}}}\n", "", 12,
        "spec.objectives[0].countMetrics", "missing: write countMetrics with good and total, or rawMetric"),
    "a composite of Nobl9's first kind": (
        foreign.NOBL9, "  service:", "  composite: {}\n  service:", 10, "spec.composite",
        "a composite of Nobl9 combines other SLOs: write an OpenSLO composite of their indicators"),
    "no objective in Nobl9": (
        foreign.NOBL9_RAW[: foreign.NOBL9_RAW.index("  objectives")] + "  x: y", "  x: y", "  objectives: []", 4,
        "spec.objectives", "missing: write one objective, such as objectives: [{target: 0.95, countMetrics: …}]"),
    "a raw metric without its limit": (
        foreign.NOBL9_RAW, "      value: 100\n", "", 12, "spec.objectives[0].value",
        "missing: write the limit for the value, such as value: 0.3"),
    "good and bad in Nobl9": (
        foreign.NOBL9, COUNTS, COUNTS + COUNTS.replace("total:", "bad:"), 29, "spec.objectives[0].countMetrics.bad",
        "there are also good and total, from which bad follows: remove good or bad"),
    "neither good nor bad in Nobl9": (
        foreign.NOBL9, "        good: {prometheus: {promql: 'sum(good_total)'}}\n", "", 25,
        "spec.objectives[0].countMetrics.good", "missing: write good or bad beside total"),
    "a window of seconds in Pyrra": (
        foreign.PYRRA, "window: 4w", "window: 90s", 8, "spec.window",
        "is not a whole number of minutes: write for example 4w"),
    "a key twice in another tool's file": (
        foreign.PYRRA, "  window: 4w\n", "  window: 4w\n  window: 2w\n", 9, "spec.window",
        "is a duplicate key, first in line 8: remove one of them"),
}  # fmt: skip


@pytest.mark.parametrize("case", REJECTED)
def test_rejected(case: str) -> None:
    text, old, new, line, key, what = REJECTED[case]
    conversion = convert({"in.yaml": changed(text, old, new)})
    assert conversion.text == ""
    (diagnostic,) = fatal(conversion)
    assert (diagnostic.file, diagnostic.line, diagnostic.key) == ("in.yaml", line, key)
    assert diagnostic.what == what


# What is replaced in a file and by what; line, key and sentence of the warning about what is lost.
LOST: dict[str, tuple[str, str, str, int, str, str]] = {
    "labels of alerts": (
        foreign.SLOTH, "page_alert: {disable: false}", "page_alert: {labels: {severity: home}}", 13,
        "slos[0].alerting", "names, labels and annotations of alerts have no place in OpenSLO and are not converted"),
    "plugins beside an SLI": (
        foreign.SLOTH, "    sli:", "    plugins: {chain: []}\n    sli:", 9, "slos[0].plugins",
        "has no place in OpenSLO and is not converted"),
    "another template": (
        foreign.SLOTH, "http_requests_total[{{ .window }}]", "http_requests_total[{{ .window }}]{{.x}}", 12,
        "slos[0].sli.events.total_query", "has a template that is kept as it is: write out what it stands for"),
    "an unknown key": (foreign.SLOTH, "    sli:", "    window: 7d\n    sli:", 9, "slos[0].window",
        "unknown key; known are alerting, description, labels, name, objective, plugins, sli"),
    "groups of Pyrra": (
        foreign.PYRRA, "    ratio:", "    ratio:\n      grouping: [handler]", 12, "spec.indicator.ratio.grouping",
        "OpenSLO has no groups: one SLO is made for all of them together"),
    "how Pyrra alerts": (
        foreign.PYRRA, "  window:", "  alerting: {burnRateType: dynamic}\n  window:", 8,
        "spec.alerting.burnRateType", "has no place in OpenSLO and is not converted"),
    "a service that is not said": (
        foreign.PYRRA, "pyrra.dev/service: checkout, ", "", 1, "metadata",
        "has no service: 'checkout' is used; the label pyrra.dev/service sets it"),
    "an old field of Pyrra": (
        foreign.PYRRA, "  window:", "  latency: '1'\n  window:", 8, "spec.latency",
        "has no place in OpenSLO and is not converted"),
    "alert policies of Nobl9": (
        foreign.NOBL9, "  service:", "  alertPolicies: [fast]\n  service:", 10, "spec.alertPolicies",
        "alert policies of Nobl9 are not converted: write AlertPolicies, else the default burn policy is used"),
    "attachments of Nobl9": (
        foreign.NOBL9, "  service:", "  attachments: [{url: x}]\n  service:", 10, "spec.attachments",
        "has no place in OpenSLO and is not converted"),
    "a share of a minute": (
        foreign.NOBL9_RAW, "timeSliceTarget: 1", "timeSliceTarget: 0.9", 14, "spec.objectives[0].timeSliceTarget",
        "is ignored: a slice has one value here, which is good or bad; write 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", LOST)
def test_what_is_lost_has_a_warning(case: str) -> None:
    text, old, new, line, key, what = LOST[case]
    conversion = converted(changed(text, old, new))
    warnings = [diagnostic for diagnostic in conversion.diagnostics if diagnostic.what != NO_WINDOW]
    assert warnings == [Diagnostic("in.yaml", line, key, what)]
    assert slos(conversion)[0].indicator == slos(convert({"x": text}))[0].indicator or case == "another template"


@pytest.mark.parametrize(
    ("page", "ticket", "policy"),
    [
        (True, False, Policy("ticket-only", WORKBOOK.rows[2:])),
        (False, True, Policy("page-only", WORKBOOK.rows[:2])),
        (True, True, Policy("none", ())),
        (False, False, None),
    ],
    ids=["pages", "tickets", "both", "none"],
)
def test_alerts_that_sloth_disables(page: bool, ticket: bool, policy: Policy | None) -> None:
    text = changed(foreign.SLOTH, "page_alert: {disable: false}", f"page_alert: {{disable: {str(page).lower()}}}")
    text = changed(text, "ticket_alert: {disable: false}", f"ticketAlert: {{disable: {str(ticket).lower()}}}")
    assert slos(converted(text))[0].policy == policy


@pytest.mark.parametrize(
    ("alerting", "policy"),
    [("disabled: true", Policy("none", ())), ("burnrates: false", Policy("none", ())), ("burnrates: true", None)],
)
def test_alerts_that_pyrra_disables(alerting: str, policy: Policy | None) -> None:
    text = changed(foreign.PYRRA, "  window:", f"  alerting: {{{alerting}}}\n  window:")
    assert slos(converted(text))[0].policy == policy


@pytest.mark.parametrize(
    ("labels", "metric", "service"),
    [
        ("{app: shop}", "x_total", "shop"),
        ("{}", 'x_total{app="cart"}', "cart"),
        ("{}", "x_total", "checkout-errors"),
        ("{service: pay}", 'x_total{job="cart"}', "pay"),
    ],
)
def test_the_service_of_pyrra_is_found(labels: str, metric: str, service: str) -> None:
    text = changed(foreign.PYRRA, "{pyrra.dev/service: checkout, pyrra.dev/team: payments}", labels)
    text = changed(text, "total: {metric: 'http_requests_total{job=\"checkout\"}'}", f"total: {{metric: '{metric}'}}")
    assert slos(converted(text))[0].service == service


def test_several_objectives_of_nobl9_have_different_names() -> None:
    second = "    - {name: fast, displayName: Fast, target: 0.9, countMetrics: {good: G, total: G}}\n"
    text = foreign.NOBL9 + second.replace("G", "{prometheus: {promql: x}}")
    assert [(slo.name, slo.title) for slo in slos(converted(text))] == [
        ("checkout-ok", "Checkout: Answered"),
        ("checkout-fast", "Checkout: Fast"),
    ]


def test_objects_of_openslo_that_are_not_needed_have_a_warning() -> None:
    extra = "---\napiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: m}\nspec: {type: Prometheus}\n"
    conversion = converted(changed(RATIO, "{owner: payments}", "{owner: payments}") + extra)
    assert [(diagnostic.line, diagnostic.key) for diagnostic in conversion.diagnostics] == [
        (7, "metadata.annotations"),
        (31, ""),
    ]


@pytest.mark.parametrize(
    ("text", "counter"),
    [
        ("sum(rate(x[5m]))", True),
        ("sum(x)", False),
        ('sum(x{a=~"[0-9]+"})', False),
        ("sum_over_time(count(x)[5m:])", False),
        ('sum(rate(x{a=~"[a:b]"}[5m]))', True),
    ],
)
def test_a_query_with_a_range_counts_up(text: str, counter: bool) -> None:
    assert query_with_ranges(text).counter is counter
