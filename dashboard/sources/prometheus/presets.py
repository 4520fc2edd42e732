"""The presets as data, one entry for each instrumentation; `dashboard.sources.prometheus.preset` explains the fields.

Units are turned into seconds by `scale`. What is marked `unverified` comes from general knowledge.
"""

from dashboard.sources.prometheus.preset import ErrorCounter, Outcome, Preset, ResourceQuery

PROCESS = (
    ResourceQuery("file descriptors",
                  "max by ({by}) (process_open_fds{{{match}}} / process_max_fds{{{match}}})"),
    ResourceQuery("cpu", "sum by ({by}) (rate(process_cpu_seconds_total{{{match}}}[{window}]))", "cores"),
    ResourceQuery("memory", "max by ({by}) (process_resident_memory_bytes{{{match}}})", "bytes"),
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
# Two scrapers of one cluster tell each limit twice: it is one limit.
LIMITS = "max by ({by}, container) (kube_pod_container_resource_limits{{{match}"
# Images and memory are full, or not on any disk: nobody can run out of them.
WRITTEN = 'fstype!~"tmpfs|ramfs|devtmpfs|overlay|iso9660|udf|cdfs|squashfs|erofs|cramfs|autofs|fuse.lxcfs|rootfs"'

# Most specific first: where two presets know the same service, the earlier one is shown.
PRESETS = (
    Preset(
        "fastapi-instrumentator", "http_request_duration_highr_seconds_bucket", "http_requests_total",
        service_labels=(("service",), ("app",), ("exported_job",), ("job",)), outcomes=(Outcome("status"),),
        bucket="http_request_duration_highr_seconds_bucket", latency_by_outcome=False, breakdowns=ROUTES, exclusive=True,
        resources=(*PROCESS, ResourceQuery("in flight", "sum by ({by}) (http_requests_inprogress{{{match}}})", "requests")),
    ),
    Preset(
        "opentelemetry-http", "http_server_request_duration_seconds_count", "http_server_request_duration_seconds_count",
        service_labels=(("service_name",), ("exported_job",), ("job",)),
        outcomes=(
            Outcome("http_response_status_code"),
            # It names any failure that has no status.
            Outcome("error_type", beside=True),
        ),
        bucket="http_server_request_duration_seconds_bucket",
        breakdowns=("http_route", "http_request_method", "instance", "http_response_status_code"),
        mean=("http_server_request_duration_seconds_sum", "http_server_request_duration_seconds_count"),
        resources=(ResourceQuery("in flight", "sum by ({by}) (http_server_active_requests{{{match}}})", "requests"),),
    ),
    Preset(
        "opentelemetry-http-old", "http_server_duration_milliseconds_count", "http_server_duration_milliseconds_count",
        service_labels=(("service_name",), ("exported_job",), ("job",)), outcomes=(Outcome("http_status_code"),),
        bucket="http_server_duration_milliseconds_bucket", scale=0.001,
        breakdowns=("http_route", "http_method", "instance", "http_status_code"),
    ),
    Preset(
        "spring-boot", "http_server_requests_seconds_count", "http_server_requests_seconds_count",
        service_labels=(("application",), ("exported_job",), ("job",)), outcomes=(Outcome("status"),),
        bucket="http_server_requests_seconds_bucket",
        breakdowns=("uri", "method", "instance", "status"),
        mean=("http_server_requests_seconds_sum", "http_server_requests_seconds_count"),
        resources=(
            ResourceQuery("connection pool", "max by ({by}) (hikaricp_connections_active{{{match}}}"
                          " / hikaricp_connections_max{{{match}}})", unverified=True),
            ResourceQuery("waiting for a connection", "sum by ({by}) (hikaricp_connections_pending{{{match}}})",
                          "threads", unverified=True),
            ResourceQuery("request threads", "max by ({by}) (tomcat_threads_busy_threads{{{match}}}"
                          " / (tomcat_threads_config_max_threads{{{match}}} > 0))"),
            ResourceQuery("heap", 'sum by ({by}) (jvm_memory_used_bytes{{{match}area="heap"}})'
                          ' / sum by ({by}) (jvm_memory_max_bytes{{{match}area="heap"}} > 0)'),
            ResourceQuery("cpu", "max by ({by}) (process_cpu_usage{{{match}}})"),
            ResourceQuery("host cpu", "max by ({by}) (system_cpu_usage{{{match}}})"),
        ),
    ),
    Preset(
        "grpc", "grpc_server_handled_total", "grpc_server_handled_total", service_labels=(("grpc_service",), ("exported_job",), ("job",)),
        outcomes=(Outcome("grpc_code"),),
        bucket="grpc_server_handling_seconds_bucket", latency_by_outcome=False,
        breakdowns=("grpc_method", "grpc_code", "instance"),
        resources=(ResourceQuery("in flight", "sum by ({by}) (grpc_server_started_total{{{match}}})"
                                 " - sum by ({by}) (grpc_server_handled_total{{{match}}})", "requests", unverified=True),),
    ),
    Preset(
        "generic-http", "http_requests_total", "http_requests_total", service_labels=(("service",), ("app",), ("exported_job",), ("job",)),
        outcomes=(Outcome("code"), Outcome("status"), Outcome("status_code")),
        bucket="http_request_duration_seconds_bucket", breakdowns=ROUTES,
        mean=("http_request_duration_seconds_sum", "http_request_duration_seconds_count"), resources=PROCESS,
    ),
    Preset(
        "istio", "istio_requests_total", "istio_requests_total", matchers='reporter="destination"',
        service_labels=(("destination_service_namespace", "destination_service_name"),
                        ("destination_workload_namespace", "destination_workload")),
        # The code of gRPC says nothing of the call: its status does.
        outcomes=(Outcome("response_code"), Outcome("grpc_response_status", beside=True)),
        bucket="istio_request_duration_milliseconds_bucket", scale=0.001,
        breakdowns=("source_workload", "destination_version", "response_code", "request_protocol"),
    ),
    # Without sidecars nobody reports as the destination: the waypoint in front of it does.
    Preset(
        "istio-ambient", "istio_requests_total", "istio_requests_total", matchers='reporter="waypoint"',
        service_labels=(("destination_service_namespace", "destination_service_name"),
                        ("destination_workload_namespace", "destination_workload")),
        # The code of gRPC says nothing of the call: its status does.
        outcomes=(Outcome("response_code"), Outcome("grpc_response_status", beside=True)),
        bucket="istio_request_duration_milliseconds_bucket", scale=0.001,
        breakdowns=("source_workload", "destination_version", "response_code", "request_protocol"),
    ),
    Preset(
        "linkerd", "response_latency_ms_bucket", "response_total", matchers='direction="inbound"',
        service_labels=(("namespace", "deployment"), ("namespace", "statefulset"), ("namespace", "daemonset")),
        outcomes=(Outcome("classification", "failure", ""),), bucket="response_latency_ms_bucket", scale=0.001,
        latency_by_outcome=False, breakdowns=("status_code", "instance", "pod"),
        resources=(ResourceQuery("open connections", 'sum by ({by}) (tcp_open_connections{{{match}direction="inbound"}})',
                                 "connections"),),
    ),
    Preset(
        "nginx-ingress", "nginx_ingress_controller_requests", "nginx_ingress_controller_requests",
        service_labels=(("exported_namespace", "ingress"), ("namespace", "ingress"), ("exported_service",), ("service",)),
        outcomes=(Outcome("status"),), bucket="nginx_ingress_controller_request_duration_seconds_bucket",
        breakdowns=("path", "method", "host", "status", "controller_pod"),
    ),
    Preset(
        "traefik", "traefik_service_requests_total", "traefik_service_requests_total", service_labels=(("service",),),
        outcomes=(Outcome("code"),), bucket="traefik_service_request_duration_seconds_bucket",
        breakdowns=("method", "protocol", "code", "instance"),
        resources=(
            ResourceQuery("open connections", "sum by ({by}) (traefik_service_open_connections{{{match}}})", "connections"),
            ResourceQuery("servers down", "1 - avg by ({by}) (traefik_service_server_up{{{match}}})"),
            ResourceQuery("retries", "sum by ({by}) (rate(traefik_service_retries_total{{{match}}}[{window}]))", "per s"),
        ),
    ),
    Preset(
        # Requests that found no host are in the classes, and in no `rq_total`.
        "envoy", "envoy_cluster_upstream_rq_xx", "envoy_cluster_upstream_rq_xx",
        service_labels=(("envoy_cluster_name",),), outcomes=(Outcome("envoy_response_code_class", "5", "4"),),
        bucket="envoy_cluster_upstream_rq_time_bucket",
        scale=0.001, latency_by_outcome=False, breakdowns=("instance",),
        resources=(
            ResourceQuery("queued", "sum by ({by}) (envoy_cluster_upstream_rq_pending_active{{{match}}})", "requests"),
            ResourceQuery("refused requests",
                          "sum by ({by}) (rate(envoy_cluster_upstream_rq_pending_overflow{{{match}}}[{window}]))", "per s"),
            ResourceQuery("refused connections",
                          "sum by ({by}) (rate(envoy_cluster_upstream_cx_overflow{{{match}}}[{window}]))", "per s"),
            ResourceQuery("request breaker", "max by ({by}) (envoy_cluster_circuit_breakers_default_rq_open{{{match}}})"),
            ResourceQuery("connection breaker", "max by ({by}) (envoy_cluster_circuit_breakers_default_cx_open{{{match}}})"),
        ),
    ),
    Preset(
        "haproxy", "haproxy_backend_http_responses_total", "haproxy_backend_http_requests_total",
        service_labels=(("proxy",),),
        error_counter=ErrorCounter("haproxy_backend_http_responses_total", Outcome("code", "5xx", "4xx")),
        gauge_mean="haproxy_backend_total_time_average_seconds", breakdowns=("instance",),
        resources=(
            ResourceQuery("queue", "sum by ({by}) (haproxy_backend_current_queue{{{match}}})", "requests"),
            ResourceQuery("sessions", "sum by ({by}) (haproxy_backend_current_sessions{{{match}}})"
                          " / (sum by ({by}) (haproxy_backend_limit_sessions{{{match}}}) > 0)", unverified=True),
        ),
    ),
    Preset(
        "windows-iis", "windows_iis_worker_requests_total", "windows_iis_worker_requests_total", service_labels=(("app",),),
        error_counter=ErrorCounter("windows_iis_worker_request_errors_total", Outcome("status_code", "500", "401|403|404")),
        breakdowns=("instance",),
        resources=(ResourceQuery("threads", "sum by ({by}) (windows_iis_worker_threads{{{match}}})"
                                 " / sum by ({by}) (windows_iis_worker_max_threads{{{match}}})"),),
    ),
    Preset(
        "kubernetes", "container_cpu_usage_seconds_total", service_labels=(("namespace", "pod"),), ephemeral=True,
        resources=(
            ResourceQuery("cpu", 'sum by ({by}) (rate(container_cpu_usage_seconds_total{{{match}container!=""}}[{window}]))'
                          " / sum by ({by}) (" + LIMITS + 'resource="cpu"}}))'),
            ResourceQuery("throttled",
                          'sum by ({by}) (rate(container_cpu_cfs_throttled_periods_total{{{match}container!=""}}[{window}]))'
                          ' / sum by ({by}) (rate(container_cpu_cfs_periods_total{{{match}container!=""}}[{window}]))'),
            ResourceQuery("memory", 'sum by ({by}) (container_memory_working_set_bytes{{{match}container!=""}})'
                          " / sum by ({by}) (" + LIMITS + 'resource="memory"}}))'),
            ResourceQuery("restarts", "sum by ({by}) (increase(kube_pod_container_status_restarts_total{{{match}}}[1h]))",
                          "per h"),
            ResourceQuery("oom kills", "sum by ({by}) (increase(container_oom_events_total{{{match}}}[1h]))", "per h"),
        ),
    ),
    Preset(
        "node-exporter", "node_cpu_seconds_total", service_labels=(("instance",),),
        resources=(
            ResourceQuery("cpu", '1 - avg by ({by}) (rate(node_cpu_seconds_total{{{match}mode="idle"}}[{window}]))'),
            ResourceQuery("memory", "max by ({by}) (1 - node_memory_MemAvailable_bytes{{{match}}}"
                          " / node_memory_MemTotal_bytes{{{match}}})"),
            ResourceQuery("disk", "max by ({by}) (1 - node_filesystem_avail_bytes{{{match}" + WRITTEN + "}}"
                          " / (node_filesystem_size_bytes{{{match}" + WRITTEN + "}} > 0)"
                          " unless node_filesystem_readonly{{{match}}} == 1)"),
            ResourceQuery("disk busy", "max by ({by}) (rate(node_disk_io_time_seconds_total{{{match}}}[{window}]))"),
            ResourceQuery("cpu pressure", "max by ({by}) (rate(node_pressure_cpu_waiting_seconds_total{{{match}}}[{window}]))"),
            ResourceQuery("memory pressure",
                          "max by ({by}) (rate(node_pressure_memory_stalled_seconds_total{{{match}}}[{window}]))"),
            ResourceQuery("io pressure", "max by ({by}) (rate(node_pressure_io_stalled_seconds_total{{{match}}}[{window}]))"),
            ResourceQuery("conntrack", "max by ({by}) (node_nf_conntrack_entries{{{match}}}"
                          " / node_nf_conntrack_entries_limit{{{match}}})"),
            ResourceQuery("file descriptors",
                          "max by ({by}) (node_filefd_allocated{{{match}}} / node_filefd_maximum{{{match}}})"),
            ResourceQuery("network in",
                          'sum by ({by}) (rate(node_network_receive_bytes_total{{{match}device!="lo"}}[{window}]))', "bytes/s"),
            ResourceQuery("network out",
                          'sum by ({by}) (rate(node_network_transmit_bytes_total{{{match}device!="lo"}}[{window}]))', "bytes/s"),
        ),
    ),
    Preset(
        "windows-exporter", "windows_cpu_time_total", service_labels=(("instance",),),
        resources=(
            ResourceQuery("cpu", '1 - avg by ({by}) (rate(windows_cpu_time_total{{{match}mode="idle"}}[{window}]))'),
            ResourceQuery("memory", "max by ({by}) (1 - windows_memory_physical_free_bytes{{{match}}}"
                          " / windows_memory_physical_total_bytes{{{match}}})"),
            ResourceQuery("disk", "max by ({by}) (1 - windows_logical_disk_free_bytes{{{match}}}"
                          " / windows_logical_disk_size_bytes{{{match}}})"),
        ),
    ),
)  # fmt: skip
