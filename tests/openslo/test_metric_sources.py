"""A metric source becomes a query or a column, in the shape of any version; what cannot be queried is refused."""

import pytest

from dashboard.openslo.metric_sources import MEASURES, read_column, read_term
from dashboard.slo.indicators import Column, Query, Term
from tests.openslo.nodes import node_of, rejection, scope_of, value_of, warnings

METRICS = "{apiVersion: openslo/v1, kind: DataSource, metadata: {name: metrics}, spec: {type: Prometheus}}"
SIGNALS = "{apiVersion: openslo/v1, kind: DataSource, metadata: {name: own}, spec: {type: Signals}}"
BARE = "{apiVersion: openslo/v1, kind: DataSource, metadata: {name: bare}}"
DATADOG = "{apiVersion: openslo/v1, kind: DataSource, metadata: {name: dog}, spec: {type: Datadog}}"
SHAPE = "has the shape of openslo/{} and is read as that: openslo/v1 puts it under metricSource"
UNBOUND = "is not a latency bound: write seconds such as 0.3, or a duration such as 300ms"


def read(text: str, *, counter: bool = False, is_v1: bool = True) -> tuple[Term, list[str]]:
    """The term of a metric source, and its warnings."""
    scope = scope_of(METRICS, SIGNALS, BARE, DATADOG, service="shop", is_v1=is_v1)
    return read_term(node_of(text), scope, counter=counter), warnings(scope)


@pytest.mark.parametrize("type_name", [
    "Prometheus", "prometheus", "PROMETHEUS", "AmazonPrometheus", "amazon-prometheus", "azure_prometheus", "Thanos",
    "Mimir", "Cortex", "VictoriaMetrics", "victoria-metrics",
])  # fmt: skip
def test_a_query_of_a_known_type_is_promql(type_name: str) -> None:
    assert read(f"metricSource: {{type: {type_name}, spec: {{query: sum(x)}}}}") == (Query("sum(x)"), [])


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("metricSource: {spec: {query: x}}", Query("x")),
        ("metricSource: {spec: {promql: x}}", Query("x")),
        ("metricSource: {spec: {query: x, promql: x}}", Query("x")),
        ("metricSource: {metricSourceRef: metrics, spec: {query: x}}", Query("x")),
        ("metricSource: {metricSourceRef: bare, spec: {query: x}}", Query("x")),
        ("metricSource: {metricSourceRef: own, spec: {measure: requests}}", Column("shop", "requests")),
        ("metricSource: {type: csv, spec: {measure: mean}}", Column("shop", "mean")),
    ],
)
def test_a_source_as_v1_writes_it(text: str, term: Term) -> None:
    assert read(text) == (term, [])


@pytest.mark.parametrize(
    ("own", "counter", "expected"),
    [("", False, False), ("", True, True), (", counter: true", False, True), (", counter: false", True, False)],
)
def test_a_query_counts_as_it_says_itself_or_as_the_ratio_says(own: str, counter: bool, expected: bool) -> None:
    assert read(f"metricSource: {{spec: {{query: x{own}}}}}", counter=counter) == (Query("x", expected), [])


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("{source: prometheus, queryType: promql, query: x}", "v1alpha"),
        ("{query: x}", "v1alpha"),
        ("{dataSourceRef: metrics, spec: {query: x}}", "v2alpha"),
        ("{dataSourceSpec: {type: Prometheus, connectionDetails: {url: a}}, spec: {query: x}}", "v2alpha"),
    ],
)
def test_a_source_of_another_version(text: str, version: str) -> None:
    assert read(text, is_v1=False) == (Query("x"), [])
    term, said = read(text)
    assert term == Query("x")
    assert said[0] == f"1: {SHAPE.format(version)}"


@pytest.mark.parametrize(
    ("text", "term", "said"),
    [
        (
            "metricSource: {type: Datadog, spec: {query: x}}", Query("x"),
            "spec.query: the type 'datadog' is not known: the query is read as PromQL",
        ),
        (
            "metricSource: {metricSourceRef: dog, spec: {query: x}}", Query("x"),
            "spec.query: the type 'datadog' is not known: the query is read as PromQL",
        ),
        (
            "metricSource: {type: Prometheus, metricSourceRef: dog, spec: {query: x}}", Query("x"),
            "metricSourceRef: the DataSource is of type 'Datadog', but 'Prometheus' is used",
        ),
        (
            "metricSource: {type: Prometheus, metricSourceRef: metric, spec: {query: x}}", Query("x"),
            "metricSourceRef: there is no DataSource 'metric' in these files; did you mean metrics?",
        ),
        (
            "metricSource: {type: Prometheus, spec: {query: x, window: 5m}}", Query("x"),
            "spec.window: unknown key; known are counter, promql, query",
        ),
        (
            "metricSource: {type: signals, spec: {measure: requests, le: 1}}", Column("shop", "requests"),
            "spec.le: is ignored: only latency and failed_latency have a bound",
        ),
        (
            "metricSource: {type: signals, spec: {measure: requests, detail: x}}", Column("shop", "requests"),
            "spec.detail: is ignored: requests has no detail",
        ),
    ],
)  # fmt: skip
def test_a_source_with_a_warning(text: str, term: Term, said: str) -> None:
    assert read(text) == (term, [f"1: metricSource.{said}"])


def test_a_measure_without_its_type_is_read_as_signals() -> None:
    term, said = read("metricSource: {spec: {measure: requests}}")
    assert (term, said) == (Column("shop", "requests"), ["1: metricSource.type: missing: read as signals, write that"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x: 1", "metricSource: missing: write for example metricSource: {type: Prometheus, spec: {query: …}}"),
        (
            "metricSource: {type: Prometheus}",
            "metricSource.spec: missing: write what to query, such as spec: {query: 'sum(http_requests_total)'}",
        ),
        (
            "metricSource: {type: Prometheus, spec: {}}",
            "metricSource.spec.query: a source of type 'prometheus' cannot be queried: write query with PromQL, or "
            "type: signals with a measure",
        ),
        (
            "metricSource: {spec: {}}",
            "metricSource.spec.query: a source cannot be queried: write query with PromQL, or type: signals with a "
            "measure",
        ),
        (
            "metricSource: {spec: {query: a, promql: b}}",
            "metricSource.spec.promql: differs from query: remove one of them",
        ),
        (
            "metricSource: {metricSourceRef: metric, spec: {query: x}}",
            "metricSource.metricSourceRef: there is no DataSource 'metric' in these files; did you mean metrics?",
        ),
        ("metricSource: {spec: {query: x, counter: often}}",
         "metricSource.spec.counter: 'often' is neither true nor false: write one of them"),
        ("metricSource: {spec: {query: ''}}",
         "metricSource.spec.query: is an empty text: write something, or remove it"),
        ("metricSource: {spec: {query: [x]}}", "metricSource.spec.query: is a list: expected a text"),
        ("metricSource: prometheus", "metricSource: is text: expected a map with metricSourceRef, type, spec"),
    ],
)  # fmt: skip
def test_a_source_that_is_refused(text: str, said: str) -> None:
    assert rejection(lambda: read(text)) == f"1: {said}"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("measure: requests", Column("shop", "requests")),
        ("measure: REQUESTS", Column("shop", "requests")),
        ("measure: requests, service: cart", Column("cart", "requests")),
        ("measure: errors", Column("shop", "errors", "server")),
        ("measure: errors, detail: server", Column("shop", "errors", "server")),
        ("measure: errors, detail: client", Column("shop", "errors", "client")),
        ("measure: latency", Column("shop", "latency", "inf")),
        ("measure: failed_latency", Column("shop", "failed_latency", "inf")),
        ("measure: latency, le: 0.3", Column("shop", "latency", "0.3")),
        ("measure: latency, le: 300ms", Column("shop", "latency", "0.3")),
        ("measure: latency, le: 1m", Column("shop", "latency", "60")),
        ("measure: latency, le: 1.0", Column("shop", "latency", "1")),
        ("measure: latency, le: +Inf", Column("shop", "latency", "inf")),
        ("measure: latency, le: .inf", Column("shop", "latency", "inf")),
        ("measure: latency, detail: 0.5", Column("shop", "latency", "0.5")),
        ("measure: latency, detail: 0.5, le: 1", Column("shop", "latency", "1")),
        ("measure: saturation, detail: memory", Column("shop", "saturation", "memory")),
        ("measure: usage, detail: in flight", Column("shop", "usage", "in flight")),
        ("measure: quantile, detail: 0.95", Column("shop", "quantile", "0.95")),
        ("measure: quantile, detail: 0.950", Column("shop", "quantile", "0.95")),
        ("measure: mean", Column("shop", "mean")),
        ("measure: age", Column("shop", "age")),
    ],
)
def test_a_column(text: str, column: Column) -> None:
    scope = scope_of(service="shop")
    assert (read_column(value_of(f"{{{text}}}"), scope), warnings(scope)) == (column, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("service: shop", ".measure: missing: write for example measure: requests"),
        ("measure: request", ".measure: 'request' is not a measure; did you mean requests?"),
        (
            "measure: Good",
            ".measure: good events are not a measure: count the bad ones (measure: errors), or those within a bound "
            "(measure: latency, le: 0.3)",
        ),
        ("measure: zzz", f".measure: 'zzz' is not a measure; known are {', '.join(sorted(MEASURES))}"),
        ("measure: saturation", ".detail: missing: write of what, such as detail: memory"),
        ("measure: usage", ".detail: missing: write of what, such as detail: memory"),
        ("measure: quantile", ".detail: missing: write of what, such as detail: 0.95"),
        ("measure: quantile, detail: 95", ".detail: '95' is not a quantile: write a number between 0 and 1, such as "
                                          "0.95"),
        ("measure: quantile, detail: 1", ".detail: '1' is not a quantile: write a number between 0 and 1, such as "
                                         "0.95"),
        ("measure: quantile, detail: 0", ".detail: '0' is not a quantile: write a number between 0 and 1, such as "
                                         "0.95"),
        ("measure: quantile, detail: p95", ".detail: 'p95' is not a quantile: write a number between 0 and 1, such as "
                                           "0.95"),
        ("measure: errors, detail: Server", ".detail: 'Server' is not a class of errors: write server or client"),
        ("measure: latency, le: 0", f".le: '0' {UNBOUND}"),
        ("measure: latency, le: -1", f".le: '-1' {UNBOUND}"),
        ("measure: latency, le: fast", f".le: 'fast' {UNBOUND}"),
        ("measure: latency, le: " + "1" * 400, f".le: '{'1' * 60}…' {UNBOUND}"),
        ("measure: latency, detail: slow", f".detail: 'slow' {UNBOUND}"),
    ],
)  # fmt: skip
def test_a_column_that_is_refused(text: str, said: str) -> None:
    assert rejection(lambda: read_column(value_of(f"{{{text}}}"), scope_of(service="shop"))) == f"1: value{said}"
