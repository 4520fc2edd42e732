"""The name of a series tells its service, the outcome of its requests, and what its numbers are."""

import pytest

from dashboard.exceptions import InvalidData
from dashboard.outcomes import Dialect, Outcome, Vocabulary
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.series.series import Series
from dashboard.sources.csv.series.series_names import as_configured, series_of

TOTAL = "running total"
NAMES = {
    "checkout": Series("checkout"),
    "checkout-api": Series("checkout-api"),
    "api:8080": Series("api:8080"),
    '{service="a"}': Series("a"),
    '{service="say \\"a\\", b"}': Series('say "a", b'),
    '{job="a", instance="1"}': Series("a"),
    '{app="a", job="kubernetes-pods"}': Series("a"),
    'http_requests_total{code="200", service="a"}': Series("a", "requests", TOTAL, "200", label="code"),
    'http_requests_total{code="500"}': Series("", "requests", TOTAL, "500", label="code"),
    'http_errors_total{job="a"}': Series("a", "errors", TOTAL),
    'http_request_duration_seconds_count{service="a"}': Series("a", "requests", TOTAL),
    'grpc_server_handled_total{grpc_code="14",job="a"}': Series(
        "a", "requests", TOTAL, "14", Dialect.GRPC, "grpc_code"
    ),
    'rate(http_requests_total{service="a"}[$__rate_interval])': Series("a", "requests", "per second"),
    'sum(increase(http_requests_total{service="a",code="503"}[5m]))': Series(
        "a", "requests", "increase", "503", label="code"
    ),
    'sum(rate(http_requests_total{service="a",code=~"5.."}[5m]))': Series(
        "a", "requests", "per second", "5xx", label="code"
    ),
    # Nobody knows what these became of.
    'sum(rate(http_requests_total{service="a",code!~"5.."}[5m]))': Series(
        "a", "requests", "per second", 'code!~"5.."', label="code"
    ),
    "requests {service: a}": Series("a", "requests"),
    'x{service.name="a", error.type="timeout"}': Series(
        "a", status="timeout", dialect=Dialect.ERROR_TYPE, label="error.type"
    ),
    "service:a,env:prod": Series("a"),
    "service:a,http.status_code:500": Series("a", status="500", label="http.status_code"),
    "sum:trace.http.request.hits{service:a}.as_count()": Series("a", "requests", "count"),
    "sum:trace.http.request.errors{service:a}.as_rate()": Series("a", "errors", "per second"),
    "requests: checkout": Series("checkout", "requests"),
    "count: checkout": Series("checkout", unit="count"),
    "checkout (Sum)": Series("checkout", unit="count"),
    "Requests (Sum)": Series("", "requests", "count"),
    "Http 5xx (Count)": Series("", "requests", "count", "5xx"),
    "checkout (req/s)": Series("checkout", unit="per second"),
    "checkout [rpm]": Series("checkout", unit="per minute"),
    "checkout (eu)": Series("checkout (eu)"),
    "Total": Series(""),
    "requests": Series("", "requests"),
    "Errors": Series("", "errors"),
    "500": Series("", status="500"),
    "5xx": Series("", status="5xx"),
}  # fmt: skip
# What counts no requests of its own.
NOTHING = (
    'http_request_duration_seconds_bucket{le="1",service="a"}',
    'http_request_duration_seconds{quantile="0.9",service="a"}',
    'http_request_duration_seconds_sum{service="a"}',
    'http_requests_in_flight{service="a"}',
    "avg(duration): checkout",
    "checkout (Average)",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_tells_its_series(name: str) -> None:
    assert series_of(name) == NAMES[name]


@pytest.mark.parametrize("name", NOTHING)
def test_parts_of_distributions_averages_and_gauges_of_requests_count_nothing(name: str) -> None:
    assert series_of(name) is None


def test_what_is_configured_wins_over_the_name_and_a_service_must_be_known() -> None:
    reading = Reading(signal="errors", unit="per minute", service="shop")
    series = as_configured("a.csv", "x", Series("", "requests", TOTAL), reading)
    assert (series.service, series.signal, series.unit) == ("shop", "errors", "per minute")
    assert as_configured("a.csv", "x", Series("a", "requests", TOTAL), Reading()).unit == TOTAL
    with_errors = as_configured("a.csv", "x", Series("a", "errors"), Reading(signal="requests"))
    assert with_errors.signal == "errors"
    with pytest.raises(InvalidData, match=r"a\.csv: nothing in 'x' tells the service: write service = \"checkout\""):
        as_configured("a.csv", "x", Series(""), Reading())


@pytest.mark.parametrize(
    ("signal", "status", "outcome"),
    [
        ("requests", None, None),
        ("requests", "503", Outcome.FAILED),
        ("requests", "violet", Outcome.UNKNOWN),
        ("errors", None, Outcome.FAILED),
        ("errors", "404", Outcome.CLIENT),
        # Whoever exports errors has said that they are some.
        ("errors", "violet", Outcome.FAILED),
        ("client_errors", None, Outcome.CLIENT),
    ],
)
def test_requests_have_the_outcome_of_their_status(signal: str, status: str | None, outcome: Outcome | None) -> None:
    assert Series("a", signal, status=status).outcome(Vocabulary()) is outcome
