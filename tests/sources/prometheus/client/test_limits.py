"""What servers say about their limits: what to ask less of, and which setting would allow more."""

import pytest

from dashboard.exceptions import LimitExceeded, SourceTimeout, SourceUnavailable
from dashboard.sources.prometheus.client.faults import ErrorReply, api_error
from dashboard.sources.prometheus.client.limits import Limit, setting_in

# As the servers write them; VictoriaMetrics 1.79 and Prometheus 2.42 were asked, the others' sources were read.
SAID = {
    "prometheus samples": (
        "query processing would load too many samples into memory in query execution", Limit.SAMPLES_HELD,
        "--query.max-samples",
    ),
    "prometheus points": (
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution",
        Limit.POINTS, "",
    ),
    "prometheus remote read": (
        "exceeded sample limit (5)", Limit.SAMPLES, "--storage.remote.read-sample-limit",
    ),
    "victoria samples": (
        "cannot execute query: cannot select more than -search.maxSamplesPerQuery=20000 samples; possible solutions: "
        "to increase the -search.maxSamplesPerQuery; to reduce time range for the query; to use more specific label "
        "filters in order to select lower number of series", Limit.SAMPLES, "-search.maxSamplesPerQuery",
    ),
    "victoria samples of a series": (
        "error during time series unpacking: cannot process more than 1000 samples per series; either increase "
        "-search.maxSamplesPerSeries or reduce time range for the query", Limit.SAMPLES, "-search.maxSamplesPerSeries",
    ),
    "victoria series": (
        "the number of matching timeseries exceeds 10; either narrow down the search or increase -search.max* "
        "command-line flag values at vmselect; see https://docs.victoriametrics.com/#resource-usage-limits",
        Limit.SERIES, "-search.maxUniqueTimeseries",
    ),
    "victoria points": (
        "too many points for the given step=3600000, start=1759737600000 and end=1759996800000: 73; cannot exceed "
        "-search.maxPointsPerTimeseries=20", Limit.POINTS, "-search.maxPointsPerTimeseries",
    ),
    "victoria length": (
        "too long query; got 62 bytes; mustn't exceed `-search.maxQueryLen=50` bytes", Limit.TEXT,
        "-search.maxQueryLen",
    ),
    "mimir range": (
        "the query time range exceeds the limit (query length: 721h0m0s, limit: 168h0m0s) (err-mimir-max-query-length)."
        " To adjust the related per-tenant limit, configure -querier.max-partial-query-length, or contact your service "
        "administrator.", Limit.RANGE, "-querier.max-partial-query-length",
    ),
    "mimir series": (
        "the query exceeded the maximum number of series (limit: 1 series) (err-mimir-max-series-per-query). Consider "
        "reducing the time range and/or number of series selected by the query. One way to reduce the number of "
        "selected series is to add more label matchers to the query. Otherwise, to adjust the related per-tenant limit,"
        " configure -querier.max-fetched-series-per-query, or contact your service administrator.", Limit.SERIES,
        "-querier.max-fetched-series-per-query",
    ),
    "cortex range": (
        "the query time range exceeds the limit (query length: 721h0m0s, limit: 168h0m0s)", Limit.RANGE,
        "max_query_length",
    ),
    "cortex series": (
        "the query hit the max number of series limit (limit: 5 series)", Limit.SERIES, "max_fetched_series_per_query",
    ),
    "thanos series": (
        "expanding series: proxy Series(): rpc error: code = ResourceExhausted desc = exceeded series limit: limit 5 "
        "violated (got 6)", Limit.SERIES, "--store.limits.request-series",
    ),
}  # fmt: skip


@pytest.mark.parametrize("status", [400, 422, 500])
@pytest.mark.parametrize("name", SAID)
def test_a_limit_is_told_with_the_setting_that_allows_more(name: str, status: int) -> None:
    text, limit, setting = SAID[name]
    error = api_error("http://server", status, ErrorReply(text, "execution"), "sum(up)")
    assert isinstance(error, LimitExceeded)
    assert error.limit == limit
    assert str(error).startswith("http://server limits queries: ")
    assert setting in str(error)
    assert len(str(error)) < 420


def test_where_the_middle_of_a_message_is_left_out_its_setting_stays() -> None:
    text = f"cannot select more {'x' * 200} than -search.maxSamplesPerQuery=5 {'y' * 200} samples"
    error = api_error("http://server", 422, ErrorReply(text), "sum(up)")
    assert str(error).endswith("(allow more with -search.maxSamplesPerQuery)")


def test_a_server_that_is_crowded_has_room_later() -> None:
    text = (
        "couldn't start executing the request in 10 seconds, since -search.maxConcurrentRequests=8 concurrent requests"
    )
    assert type(api_error("http://server", 503, ErrorReply(text), "up")) is SourceUnavailable


def test_a_metric_that_is_called_like_a_setting_is_none() -> None:
    query = "sum(max_connections_limit)"
    text = f'error when executing query="{query}" on the time range: query processing would load too many samples'
    error = api_error("http://server", 422, ErrorReply(text), query)
    assert str(error).endswith("(allow more with --query.max-samples)")


def test_a_query_that_takes_too_long_names_what_gives_it_more_time() -> None:
    error = api_error("http://server", 503, ErrorReply("query timed out in expression evaluation", "timeout"), "up")
    assert isinstance(error, SourceTimeout)
    assert error.by_server
    assert "--query.timeout or -search.maxQueryDuration there, and source.timeout here" in str(error)


@pytest.mark.parametrize(
    ("text", "setting"), [("", ""), ("limit: 5", ""), ("use max_query_length", "max_query_length")]
)
def test_a_setting_is_named_or_not(text: str, setting: str) -> None:
    assert setting_in(text) == setting
