"""Instrumentations as data: which metrics tell requests, errors, latency and saturation, and in which units.

In a saturation query `{by}` stands for the service labels, `{window}` for the rate window and `{match}` for the
user's own matchers, each followed by a comma. `unverified` marks what comes from general knowledge: it fails softly.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Saturation:
    """One resource of a preset; `unit` is `ratio` when its limit is known."""

    name: str
    query: str
    unit: str = "ratio"
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Preset:
    """One instrumentation.

    Attributes:
        marker: the metric whose presence tells it.
        requests: counter of all requests; `matchers`: always added to every selector.
        services: alternatives of service labels, the first that exists is used; several are joined by "/".
        codes: labels that may hold the outcome, the first that exists is used; `failed`, `refused`: regular
            expressions on it for server and client errors.
        errors: a counter of its own for failures, where the request counter has no outcome label.
        bucket: histogram buckets; `scale` turns its unit into seconds; `split`: it carries the outcome label, too.
        native: the native histogram of that name, where the server has it; it may be the request counter, too.
        breakdowns: labels worth a breakdown, those that exist are offered.
        lasting: a service that is gone is missed; not so a pod, which goes with every deploy.
        mean: (sum, count) where there are no buckets. `gauge_mean`: a gauge of seconds.
    """

    name: str
    marker: str
    requests: str = ""
    matchers: str = ""
    services: tuple[tuple[str, ...], ...] = (("job",),)
    codes: tuple[str, ...] = ()
    failed: str = "5.."
    refused: str = "4.."
    errors: str = ""
    error_codes: tuple[str, ...] = ()
    bucket: str = ""
    native: str = ""
    scale: float = 1.0
    split: bool = True
    breakdowns: tuple[str, ...] = ()
    mean: tuple[str, str] | None = None
    gauge_mean: str = ""
    saturation: tuple[Saturation, ...] = ()
    unverified: bool = False
    lasting: bool = True

    @property
    def natively_counted(self) -> bool:
        """Requests are counted by the native histogram."""
        return bool(self.native) and self.requests == self.native

    @property
    def classic(self) -> bool:
        """Requests are counted by the classic series beside the native histogram."""
        return bool(self.native) and self.requests == f"{self.native}_count"


PROCESS = (
    Saturation("file descriptors",
               "max by ({by}) (process_open_fds{{{match}}} / process_max_fds{{{match}}})"),
    Saturation("cpu", "sum by ({by}) (rate(process_cpu_seconds_total{{{match}}}[{window}]))", "cores"),
    Saturation("memory", "max by ({by}) (process_resident_memory_bytes{{{match}}})", "bytes"),
)  # fmt: skip
ROUTES = (
    "route",
    "handler",
    "path",
    "endpoint",
    "http_route",
    "uri",
    "method",
    "instance",
    "code",
    "status",
    "version",
)
BROKEN_GRPC = "Unknown|DeadlineExceeded|ResourceExhausted|Unimplemented|Internal|Unavailable|DataLoss"

# Most specific first: where two presets know the same service, the earlier one is shown.
PRESETS = (
    Preset(
        "fastapi-instrumentator", "http_request_duration_highr_seconds_bucket", "http_requests_total",
        services=(("service",), ("app",), ("job",)), codes=("status",),
        bucket="http_request_duration_highr_seconds_bucket", split=False, breakdowns=ROUTES,
        saturation=(*PROCESS, Saturation("in flight", "sum by ({by}) (http_requests_inprogress{{{match}}})", "requests")),
    ),
    Preset(
        "opentelemetry-http", "http_server_request_duration_seconds_count", "http_server_request_duration_seconds_count",
        services=(("service_name",), ("job",)), codes=("http_response_status_code", "error_type"),
        bucket="http_server_request_duration_seconds_bucket",
        breakdowns=("http_route", "http_request_method", "instance", "http_response_status_code"),
        mean=("http_server_request_duration_seconds_sum", "http_server_request_duration_seconds_count"),
        saturation=(Saturation("in flight", "sum by ({by}) (http_server_active_requests{{{match}}})", "requests"),),
    ),
    Preset(
        "opentelemetry-http-old", "http_server_duration_milliseconds_count", "http_server_duration_milliseconds_count",
        services=(("service_name",), ("job",)), codes=("http_status_code",),
        bucket="http_server_duration_milliseconds_bucket", scale=0.001,
        breakdowns=("http_route", "http_method", "instance", "http_status_code"),
    ),
    Preset(
        "spring-boot", "http_server_requests_seconds_count", "http_server_requests_seconds_count",
        services=(("application",), ("job",)), codes=("status",), bucket="http_server_requests_seconds_bucket",
        breakdowns=("uri", "method", "instance", "status"),
        mean=("http_server_requests_seconds_sum", "http_server_requests_seconds_count"),
        saturation=(
            Saturation("connection pool", "max by ({by}) (hikaricp_connections_active{{{match}}}"
                       " / hikaricp_connections_max{{{match}}})", unverified=True),
            Saturation("waiting for a connection", "sum by ({by}) (hikaricp_connections_pending{{{match}}})",
                       "threads", unverified=True),
            Saturation("request threads", "max by ({by}) (tomcat_threads_busy_threads{{{match}}}"
                       " / (tomcat_threads_config_max_threads{{{match}}} > 0))"),
            Saturation("heap", 'sum by ({by}) (jvm_memory_used_bytes{{{match}area="heap"}})'
                       ' / sum by ({by}) (jvm_memory_max_bytes{{{match}area="heap"}} > 0)'),
            Saturation("cpu", "max by ({by}) (process_cpu_usage{{{match}}})"),
            Saturation("host cpu", "max by ({by}) (system_cpu_usage{{{match}}})"),
        ),
    ),
    Preset(
        "grpc", "grpc_server_handled_total", "grpc_server_handled_total", services=(("grpc_service",), ("job",)),
        codes=("grpc_code",), failed=BROKEN_GRPC, refused="InvalidArgument|NotFound|AlreadyExists|PermissionDenied"
        "|Unauthenticated|FailedPrecondition|OutOfRange|Aborted|Canceled",
        bucket="grpc_server_handling_seconds_bucket", split=False,
        breakdowns=("grpc_method", "grpc_code", "instance"),
        saturation=(Saturation("in flight", "sum by ({by}) (grpc_server_started_total{{{match}}})"
                               " - sum by ({by}) (grpc_server_handled_total{{{match}}})", "requests", unverified=True),),
    ),
    Preset(
        "generic-http", "http_requests_total", "http_requests_total", services=(("service",), ("app",), ("job",)),
        codes=("code", "status", "status_code"), bucket="http_request_duration_seconds_bucket", breakdowns=ROUTES,
        mean=("http_request_duration_seconds_sum", "http_request_duration_seconds_count"), saturation=PROCESS,
    ),
    Preset(
        "istio", "istio_requests_total", "istio_requests_total", matchers='reporter="destination"',
        services=(("destination_service_namespace", "destination_service_name"),
                  ("destination_workload_namespace", "destination_workload")),
        codes=("response_code",), bucket="istio_request_duration_milliseconds_bucket", scale=0.001,
        breakdowns=("source_workload", "destination_version", "response_code", "request_protocol"),
    ),
    Preset(
        "linkerd", "response_latency_ms_bucket", "response_total", matchers='direction="inbound"',
        services=(("namespace", "deployment"), ("namespace", "statefulset"), ("namespace", "daemonset")),
        codes=("classification",), failed="failure", refused="", bucket="response_latency_ms_bucket", scale=0.001,
        split=False, breakdowns=("status_code", "instance", "pod"),
        saturation=(Saturation("open connections", 'sum by ({by}) (tcp_open_connections{{{match}direction="inbound"}})',
                               "connections"),),
    ),
    Preset(
        "nginx-ingress", "nginx_ingress_controller_requests", "nginx_ingress_controller_requests",
        services=(("exported_namespace", "ingress"), ("namespace", "ingress"), ("exported_service",), ("service",)),
        codes=("status",), bucket="nginx_ingress_controller_request_duration_seconds_bucket",
        breakdowns=("path", "method", "host", "status", "controller_pod"),
    ),
    Preset(
        "traefik", "traefik_service_requests_total", "traefik_service_requests_total", services=(("service",),),
        codes=("code",), bucket="traefik_service_request_duration_seconds_bucket",
        breakdowns=("method", "protocol", "code", "instance"),
        saturation=(
            Saturation("open connections", "sum by ({by}) (traefik_service_open_connections{{{match}}})", "connections"),
            Saturation("servers down", "1 - avg by ({by}) (traefik_service_server_up{{{match}}})"),
            Saturation("retries", "sum by ({by}) (rate(traefik_service_retries_total{{{match}}}[{window}]))", "per s"),
        ),
    ),
    Preset(
        "envoy", "envoy_cluster_upstream_rq_xx", "envoy_cluster_upstream_rq_total",
        services=(("envoy_cluster_name",),), errors="envoy_cluster_upstream_rq_xx",
        error_codes=("envoy_response_code_class",), failed="5", refused="4", bucket="envoy_cluster_upstream_rq_time_bucket",
        scale=0.001, split=False, breakdowns=("instance",),
        saturation=(
            Saturation("queued", "sum by ({by}) (envoy_cluster_upstream_rq_pending_active{{{match}}})", "requests"),
            Saturation("refused requests",
                       "sum by ({by}) (rate(envoy_cluster_upstream_rq_pending_overflow{{{match}}}[{window}]))", "per s"),
            Saturation("refused connections",
                       "sum by ({by}) (rate(envoy_cluster_upstream_cx_overflow{{{match}}}[{window}]))", "per s"),
            Saturation("request breaker", "max by ({by}) (envoy_cluster_circuit_breakers_default_rq_open{{{match}}})"),
            Saturation("connection breaker", "max by ({by}) (envoy_cluster_circuit_breakers_default_cx_open{{{match}}})"),
        ),
    ),
    Preset(
        "haproxy", "haproxy_backend_http_responses_total", "haproxy_backend_http_requests_total",
        services=(("proxy",),), errors="haproxy_backend_http_responses_total", error_codes=("code",), failed="5xx",
        refused="4xx", gauge_mean="haproxy_backend_total_time_average_seconds", breakdowns=("instance",),
        saturation=(
            Saturation("queue", "sum by ({by}) (haproxy_backend_current_queue{{{match}}})", "requests"),
            Saturation("sessions", "sum by ({by}) (haproxy_backend_current_sessions{{{match}}})"
                       " / (sum by ({by}) (haproxy_backend_limit_sessions{{{match}}}) > 0)", unverified=True),
        ),
    ),
    Preset(
        "windows-iis", "windows_iis_worker_requests_total", "windows_iis_worker_requests_total", services=(("app",),),
        errors="windows_iis_worker_request_errors_total", error_codes=("status_code",), failed="500",
        refused="401|403|404", breakdowns=("instance",),
        saturation=(Saturation("threads", "sum by ({by}) (windows_iis_worker_threads{{{match}}})"
                               " / sum by ({by}) (windows_iis_worker_max_threads{{{match}}})"),),
    ),
    Preset(
        "kubernetes", "container_cpu_usage_seconds_total", services=(("namespace", "pod"),), lasting=False,
        saturation=(
            Saturation("cpu", 'sum by ({by}) (rate(container_cpu_usage_seconds_total{{{match}container!=""}}[{window}]))'
                       ' / sum by ({by}) (kube_pod_container_resource_limits{{{match}resource="cpu"}})'),
            Saturation("throttled",
                       'sum by ({by}) (rate(container_cpu_cfs_throttled_periods_total{{{match}container!=""}}[{window}]))'
                       ' / sum by ({by}) (rate(container_cpu_cfs_periods_total{{{match}container!=""}}[{window}]))'),
            Saturation("memory", 'sum by ({by}) (container_memory_working_set_bytes{{{match}container!=""}})'
                       ' / sum by ({by}) (kube_pod_container_resource_limits{{{match}resource="memory"}})'),
            Saturation("restarts", "sum by ({by}) (increase(kube_pod_container_status_restarts_total{{{match}}}[1h]))",
                       "per h"),
            Saturation("oom kills", "sum by ({by}) (increase(container_oom_events_total{{{match}}}[1h]))", "per h"),
        ),
    ),
    Preset(
        "node-exporter", "node_cpu_seconds_total", services=(("instance",),),
        saturation=(
            Saturation("cpu", '1 - avg by ({by}) (rate(node_cpu_seconds_total{{{match}mode="idle"}}[{window}]))'),
            Saturation("memory", "max by ({by}) (1 - node_memory_MemAvailable_bytes{{{match}}}"
                       " / node_memory_MemTotal_bytes{{{match}}})"),
            Saturation("disk", 'max by ({by}) (1 - node_filesystem_avail_bytes{{{match}fstype!~"tmpfs|overlay"}}'
                       ' / node_filesystem_size_bytes{{{match}fstype!~"tmpfs|overlay"}})'),
            Saturation("disk busy", "max by ({by}) (rate(node_disk_io_time_seconds_total{{{match}}}[{window}]))"),
            Saturation("cpu pressure", "max by ({by}) (rate(node_pressure_cpu_waiting_seconds_total{{{match}}}[{window}]))"),
            Saturation("memory pressure",
                       "max by ({by}) (rate(node_pressure_memory_stalled_seconds_total{{{match}}}[{window}]))"),
            Saturation("io pressure", "max by ({by}) (rate(node_pressure_io_stalled_seconds_total{{{match}}}[{window}]))"),
            Saturation("conntrack", "max by ({by}) (node_nf_conntrack_entries{{{match}}}"
                       " / node_nf_conntrack_entries_limit{{{match}}})"),
            Saturation("file descriptors",
                       "max by ({by}) (node_filefd_allocated{{{match}}} / node_filefd_maximum{{{match}}})"),
            Saturation("network in",
                       'sum by ({by}) (rate(node_network_receive_bytes_total{{{match}device!="lo"}}[{window}]))', "bytes/s"),
            Saturation("network out",
                       'sum by ({by}) (rate(node_network_transmit_bytes_total{{{match}device!="lo"}}[{window}]))', "bytes/s"),
        ),
    ),
    Preset(
        "windows-exporter", "windows_cpu_time_total", services=(("instance",),),
        saturation=(
            Saturation("cpu", '1 - avg by ({by}) (rate(windows_cpu_time_total{{{match}mode="idle"}}[{window}]))'),
            Saturation("memory", "max by ({by}) (1 - windows_memory_physical_free_bytes{{{match}}}"
                       " / windows_memory_physical_total_bytes{{{match}}})"),
            Saturation("disk", "max by ({by}) (1 - windows_logical_disk_free_bytes{{{match}}}"
                       " / windows_logical_disk_size_bytes{{{match}}})"),
        ),
    ),
)  # fmt: skip
