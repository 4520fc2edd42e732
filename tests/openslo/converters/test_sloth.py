"""Sloth's specification and resource, field by field: what is read, what is lost, what is refused."""

import pytest

from dashboard.openslo.converters.definition import NO_PLACE
from dashboard.openslo.converters.sloth import read_slos
from dashboard.slo.indicators import Query, Ratio, Raw
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import WORKBOOK, Policy
from dashboard.slo.windows import Rolling
from tests.openslo import foreign
from tests.openslo.nodes import node_of, rejection, scope_of, warnings
from tests.openslo.samples import changed

NO_WINDOW = "has no window: read as 30 days, Sloth's default"
TEXTS = "names, labels and annotations of alerts have no place in OpenSLO and are not converted"
TOTAL, ERRORS = "sum(rate(http_requests_total[5m]))", 'sum(rate(http_requests_total{code=~"5.."}[5m]))'
EVENTS = foreign.SLOTH[foreign.SLOTH.index("      events:") : foreign.SLOTH.index("    alerting")]


def read(text: str) -> tuple[list[Slo], list[str]]:
    """The SLOs of a document, and what is said of it but for its window."""
    scope = scope_of(is_v1=False)
    slos = list(read_slos(node_of(text), scope))
    said = warnings(scope)
    assert sum(warning.endswith(NO_WINDOW) for warning in said) == 1
    return slos, [warning for warning in said if not warning.endswith(NO_WINDOW)]


def sloth(old: str = "", new: str = "") -> tuple[list[Slo], list[str]]:
    return read(changed(foreign.SLOTH, old, new) if old else foreign.SLOTH)


def test_every_field_of_the_specification() -> None:
    (slo,), said = sloth()
    assert said == []
    assert slo == Slo(
        "checkout",
        "checkout-requests",
        Ratio(Query(TOTAL, counter=True), bad=Query(ERRORS, counter=True)),
        0.999,
        window=Rolling(30 * 86400.0),
        description="Requests are answered.",
        origin="slo.yaml:5",
        labels={"owner": "payments", "tier": "1"},
    )


def test_every_field_of_the_resource() -> None:
    (slo,), said = read(foreign.SLOTH_RESOURCE)
    assert (slo.name, slo.objective, said) == ("checkout-requests", 0.999, [])
    assert slo.indicator == Ratio(
        Query("sum(rate(all_total[5m]))", True), bad=Query("sum(rate(failed_total[5m]))", True)
    )


def test_a_ratio_without_counts_weighs_every_five_minutes_alike() -> None:
    (slo,), said = read(foreign.SLOTH_RAW)
    assert slo.indicator == Raw(Query("1 - avg(satisfaction_ratio)"), success=False)
    assert (slo.method, slo.slice_s, slo.objective) == (Method.RATIO_TIMESLICES, 300, 0.95)
    assert said == [
        "7: slos[0].sli.raw: a ratio has no counts: every five minutes count alike, as in Sloth's own rules"
    ]


@pytest.mark.parametrize("name", ["errorRatioQuery", "error_ratio_query"])
def test_a_raw_query_by_either_name(name: str) -> None:
    (slo,), _ = read(changed(foreign.SLOTH_RAW, "error_ratio_query", name))
    assert slo.indicator == Raw(Query("1 - avg(satisfaction_ratio)"), success=False)


def test_several_slos_share_service_and_labels_and_their_own_labels_count_more() -> None:
    second = foreign.SLOTH[foreign.SLOTH.index("  - name") :].replace("requests\n", "latency\n", 1)
    slos, said = read(foreign.SLOTH + second.replace('{tier: "1"}', "{owner: web}"))
    assert [(slo.name, slo.labels) for slo in slos] == [
        ("checkout-requests", {"owner": "payments", "tier": "1"}),
        ("checkout-latency", {"owner": "web"}),
    ]
    assert said == []


def test_queries_without_a_range_are_values() -> None:
    (slo,), _ = sloth("sum(rate(http_requests_total[{{ .window }}]))", "sum(requests)")
    assert slo.indicator == Ratio(Query("sum(requests)"), bad=Query(ERRORS, counter=True))


@pytest.mark.parametrize(
    ("page", "ticket", "policy"),
    [
        ("true", "false", Policy("ticket-only", WORKBOOK.rows[2:])),
        ("false", "true", Policy("page-only", WORKBOOK.rows[:2])),
        ("true", "true", Policy("none", ())),
        ("false", "false", None),
    ],
)
@pytest.mark.parametrize("names", [("page_alert", "ticket_alert"), ("pageAlert", "ticketAlert")])
def test_severities_that_are_disabled_have_no_rows(
    names: tuple[str, str], page: str, ticket: str, policy: Policy | None
) -> None:
    text = changed(foreign.SLOTH, "page_alert: {disable: false}", f"{names[0]}: {{disable: {page}}}")
    (slo,), said = read(changed(text, "ticket_alert: {disable: false}", f"{names[1]}: {{disable: {ticket}}}"))
    assert (slo.policy, said) == (policy, [])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("      page_alert: {disable: false}", "      name: Burning\n      page_alert: {disable: false}",
         f"13: slos[0].alerting: {TEXTS}"),
        ("page_alert: {disable: false}", "page_alert: {labels: {a: b}}", f"13: slos[0].alerting: {TEXTS}"),
        ("ticket_alert: {disable: false}", "ticket_alert: {annotations: {a: b}}", f"13: slos[0].alerting: {TEXTS}"),
        ("page_alert: {disable: false}", "page_alert: {disable: no}",
         "14: slos[0].alerting.page_alert.disable: is read as false: write that, without quotes"),
        ("    sli:", "    plugins: {chain: []}\n    sli:", f"9: slos[0].plugins: {NO_PLACE}"),
        ("slos:", "slo_plugins: {chain: []}\nslos:", f"4: slo_plugins: {NO_PLACE}"),
        ("slos:", "sloPlugins: {chain: []}\nslos:", f"4: sloPlugins: {NO_PLACE}"),
        ("    sli:", "    timeWindow: 7d\n    sli:",
         "9: slos[0].timeWindow: unknown key; known are alerting, description, labels, name, objective, plugins, sli"),
        ("objective: 99.9", "objective: 99.9%", "6: slos[0].objective: is read as 99.9: remove the %"),
        ("{{ .window }}]))", "{{ .window }}])) * {{.x}}",
         "12: slos[0].sli.events.total_query: has a template that is kept as it is: write out what it stands for"),
        ("labels: {tier: \"1\"}", "labels: {tier: {a: b}}",
         "8: slos[0].labels.tier: is a map and ignored: a label is a text, or a list of texts"),
        ("- name: requests", "- name: 1", "5: slos[0].name: is read as the text '1': put it in quotes"),
    ],
)  # fmt: skip
def test_what_is_lost_or_read_otherwise_has_a_warning(old: str, new: str, said: str) -> None:
    slos, warned = sloth(old, new)
    assert (len(slos), warned) == (1, [said])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (EVENTS, "      plugin: {id: a/b}\n",
         "10: slos[0].sli.plugin: is made by a plugin of Sloth: write the queries that it makes as events, then "
         "convert again"),
        ("      events:", "      raw: {error_ratio_query: x}\n      events:",
         "10: slos[0].sli.raw: there are also events: remove one of them"),
        (EVENTS, "      {}\n", "9: slos[0].sli.events: missing: write events with error_query and total_query"),
        (f"    sli:\n{EVENTS}", "", "5: slos[0].sli: missing: write for example sli: {events: …}"),
        ("        total_query:", "        total:",
         "10: slos[0].sli.events.total_query: missing: write for example total_query: "
         "sum(rate(http_requests_total[{{.window}}]))"),
        ("        error_query:", "        error:",
         "10: slos[0].sli.events.error_query: missing: write for example error_query: "
         "sum(rate(http_requests_total[{{.window}}]))"),
        ("  - name: requests\n    objective", "  - objective",
         "5: slos[0].name: missing: write for example name: requests-availability"),
        ("    objective: 99.9\n", "", "5: slos[0].objective: missing: write for example objective: 99.9"),
        ("99.9", "100",
         "6: slos[0].objective: an objective of 1 has no error budget, so that nothing may ever fail: write for "
         "example 0.999"),
        ("99.9", "0", "6: slos[0].objective: an objective of 0 or less cannot be missed: write for example 0.999"),
        ("99.9", "most", "6: slos[0].objective: 'most' is not a number of percent: write for example 99.9"),
        ("99.9", "9" * 400, f"6: slos[0].objective: '{'9' * 60}…' is not a number of percent: write for example 99.9"),
        ("page_alert: {disable: false}", "page_alert: {disable: sometimes}",
         "14: slos[0].alerting.page_alert.disable: 'sometimes' is neither true nor false: write one of them"),
        ("page_alert: {disable: false}", "page_alert: off",
         "14: slos[0].alerting.page_alert: is text: expected a map with disable, labels, annotations"),
    ],
)  # fmt: skip
def test_an_slo_that_is_refused_leaves_the_others(old: str, new: str, said: str) -> None:
    other = foreign.SLOTH[foreign.SLOTH.index("  - name") :].replace("requests\n", "other\n", 1)
    slos, warned = read(changed(foreign.SLOTH, old, new) + other)
    assert [slo.name for slo in slos] == ["checkout-other"]
    assert said in warned


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (changed(foreign.SLOTH, "service: checkout\n", ""), "1: service: missing: write for example service: checkout"),
        (changed(foreign.SLOTH, "service: checkout", "service: [a]"), "2: service: is a list: expected a text"),
        (
            "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\n",
            "1: spec: missing: write for example spec: {service: …, slos: …}",
        ),
        (
            "apiVersion: sloth.slok.dev/v1\nspec: [a]\n",
            "2: spec: is a list: expected a map with version, service, labels, slos",
        ),
    ],
)
def test_a_document_that_is_refused(text: str, said: str) -> None:
    assert rejection(lambda: read_slos(node_of(text), scope_of(is_v1=False))) == said
