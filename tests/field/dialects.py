"""How programs of other people name what they count: metrics, labels, words for outcomes and bounds of buckets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Labels = Mapping[str, str]
# What became of a request; nobody knows what the words of UNKNOWN mean.
GOOD, CLIENT, FAILED, UNKNOWN = "good", "client", "failed", "unknown"
Words = Mapping[str, tuple[str, ...]]

CODES: Words = {GOOD: ("200", "201", "204", "304"), CLIENT: ("400", "404", "429", "499"), FAILED: ("500", "502", "503")}
CLASSES: Words = {GOOD: ("2xx", "3xx"), CLIENT: ("4xx",), FAILED: ("5xx",)}
PLAIN: Words = {GOOD: ("ok", "success"), CLIENT: ("denied", "invalid"), FAILED: ("error", "KO", "timeout")}
GRPC_GO: Words = {
    GOOD: ("OK",),
    CLIENT: ("NotFound", "InvalidArgument", "Aborted"),
    FAILED: ("Unavailable", "Internal", "DeadlineExceeded"),
}
GRPC_JAVA: Words = {
    GOOD: ("OK",),
    CLIENT: ("NOT_FOUND", "CANCELLED"),
    FAILED: ("UNAVAILABLE", "UNKNOWN", "RESOURCE_EXHAUSTED"),
}
GRPC_NUMBERS: Words = {GOOD: ("0",), CLIENT: ("5", "3"), FAILED: ("14", "13", "4")}
DIGITS: Words = {GOOD: ("2", "3"), CLIENT: ("4",), FAILED: ("5",)}
STRANGE = ("violet", "weird", "partial?")

SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
WEB = (0.05, 0.2, 0.4, 0.8, 3.0)
FEW = (0.1, 0.5, 1.0)
# Of native histograms, whose buckets end at powers of two however fine they are.
POWERS = (0.0078125, 0.03125, 0.125, 0.25, 0.5, 1.0, 4.0)
MILLISECONDS = (5.0, 25.0, 100.0, 250.0, 500.0, 1000.0, 5000.0)

ANY_NAME = (("service",), ("app",), ("exported_job",), ("job",))


@dataclass(frozen=True)
class Dialect:
    """One way to count requests.

    Attributes:
        requests: counter of requests; where `label` is empty its failures cannot be told.
        label: the outcome label. `words`: alternatives of what its values are.
        names: alternatives of the labels that name a service.
        buckets: histogram of its latencies; empty without any. `scale`: of its bounds to seconds.
        bounds: alternatives, in the unit of the histogram.
        split: the histogram carries the outcome label, always (True), never (False) or as it comes (None).
        counted_by_histogram: `requests` is the `_count` of the histogram, which has the same labels.
        prefers_native: where it writes a native histogram, its requests are counted by that, too.
        more: labels that each series of requests has. `apart`: counter of outcomes, where `requests` has no label.
    """

    requests: str
    label: str = "code"
    words: tuple[Words, ...] = (CODES,)
    names: tuple[tuple[str, ...], ...] = ANY_NAME
    buckets: str = ""
    scale: float = 1.0
    bounds: tuple[tuple[float, ...], ...] = (SECONDS, WEB, FEW)
    split: bool | None = False
    counted_by_histogram: bool = False
    prefers_native: bool = False
    more: Labels = field(default_factory=dict)
    apart: str = ""


HTTP, SPAN = "http_requests_total", "http_request_duration_seconds"
OTEL = (("service_name",), ("exported_job",), ("job",))
ISTIO = (
    ("destination_service_namespace", "destination_service_name"),
    ("destination_workload_namespace", "destination_workload"),
)

DIALECTS: Mapping[str, Dialect] = {
    "generic code": Dialect(HTTP, "code", (CODES, CLASSES, PLAIN), buckets=f"{SPAN}_bucket", split=None),
    "generic status": Dialect(HTTP, "status", (CODES, CLASSES, PLAIN), buckets=f"{SPAN}_bucket", split=None),
    "generic status_code": Dialect(HTTP, "status_code", buckets=f"{SPAN}_bucket", split=None),
    "without outcome": Dialect(HTTP, "", buckets=f"{SPAN}_bucket"),
    "express": Dialect(f"{SPAN}_count", "status_code", buckets=f"{SPAN}_bucket", split=True, counted_by_histogram=True),
    "fastapi": Dialect(
        HTTP, "status", (CLASSES,), buckets="http_request_duration_highr_seconds_bucket", more={"handler": "/x"}
    ),
    "flask": Dialect(
        "flask_http_request_total", "status", buckets="flask_http_request_duration_seconds_bucket", split=True,
        prefers_native=True,
    ),
    "django": Dialect(
        "django_http_responses_total_by_status_view_method_total", "status",
        buckets="django_http_requests_latency_including_middlewares_seconds_bucket", more={"view": "home"},
    ),
    "starlette": Dialect(
        "starlette_requests_total", "status_code", buckets="starlette_request_duration_seconds_bucket", split=True
    ),
    "tornado": Dialect("tornado_http_requests_total", "status", buckets="tornado_http_request_duration_seconds_bucket"),
    "aspnet": Dialect("http_requests_received_total", "code", buckets=f"{SPAN}_bucket", split=True),
    "otel": Dialect(
        "http_server_request_duration_seconds_count", "http_response_status_code", names=OTEL,
        buckets="http_server_request_duration_seconds_bucket", split=True, counted_by_histogram=True,
    ),
    "otel error type": Dialect(
        "http_server_request_duration_seconds_count", "error_type",
        ({GOOD: ("",), CLIENT: ("404",), FAILED: ("java.io.IOException", "500", "timeout")},),
        names=OTEL, buckets="http_server_request_duration_seconds_bucket", split=True, counted_by_histogram=True,
    ),
    "otel old": Dialect(
        "http_server_duration_milliseconds_count", "http_status_code", names=OTEL, scale=0.001, bounds=(MILLISECONDS,),
        buckets="http_server_duration_milliseconds_bucket", split=True, counted_by_histogram=True,
    ),
    "spring": Dialect(
        "http_server_requests_seconds_count", "status", names=(("application",), ("exported_job",), ("job",)),
        buckets="http_server_requests_seconds_bucket", split=True, counted_by_histogram=True,
    ),
    "grpc": Dialect(
        "grpc_server_handled_total", "grpc_code", (GRPC_GO, GRPC_JAVA, GRPC_NUMBERS),
        names=(("grpc_service",), ("exported_job",), ("job",)), buckets="grpc_server_handling_seconds_bucket",
    ),
    "istio http": Dialect(
        "istio_requests_total", "response_code", ({**CODES, FAILED: ("500", "503", "0")},), names=ISTIO,
        buckets="istio_request_duration_milliseconds_bucket", scale=0.001, bounds=(MILLISECONDS,), split=True,
        more={"reporter": "destination"},
    ),
    "istio grpc": Dialect(
        "istio_requests_total", "grpc_response_status", (GRPC_NUMBERS,), names=ISTIO,
        buckets="istio_request_duration_milliseconds_bucket", scale=0.001, bounds=(MILLISECONDS,), split=True,
        more={"reporter": "destination", "response_code": "200"},
    ),
    "istio waypoint": Dialect(
        "istio_requests_total", "response_code", names=ISTIO, more={"reporter": "waypoint"},
    ),
    "envoy": Dialect(
        "envoy_cluster_upstream_rq_xx", "envoy_response_code_class", (DIGITS,), names=(("envoy_cluster_name",),),
        buckets="envoy_cluster_upstream_rq_time_bucket", scale=0.001, bounds=(MILLISECONDS,),
    ),
    "haproxy": Dialect(
        "haproxy_backend_http_requests_total", "code", (CLASSES,), names=(("proxy",),),
        apart="haproxy_backend_http_responses_total",
    ),
    "traefik": Dialect(
        "traefik_service_requests_total", "code", names=(("service",),),
        buckets="traefik_service_request_duration_seconds_bucket", split=True,
    ),
    "own": Dialect(
        "acme_http_requests_total", "result", (CODES, CLASSES, PLAIN), names=ANY_NAME,
        buckets="acme_http_request_duration_seconds_bucket",
    ),
    "own milliseconds": Dialect(
        "shop_rpc_calls_total", "outcome", (PLAIN,), names=ANY_NAME,
        buckets="shop_rpc_call_milliseconds_bucket", scale=0.001, bounds=(MILLISECONDS,),
    ),
    "own jobs": Dialect("shipments_processed_total", "status", (PLAIN,), names=ANY_NAME),
}  # fmt: skip
