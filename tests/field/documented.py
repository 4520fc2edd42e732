"""Series as the documentation of instrumentations describes them, for presets that nobody here could run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.field.series import Series, buckets, counter, gauge, outcomes

TENTH = {"200": 0.9, "503": 0.1}


@dataclass(frozen=True)
class Documented:
    """Series of one service, and the truth about it: ten requests a second, one of them failed.

    Attributes:
        preset: that knows it, and the label it is scraped with. `service`: its name where that is not the job.
        per_s, failed: requests a second, and the share that failed; None where there are none.
        p95: seconds; None without buckets. `saturation`, `usage`: what can run out.
    """

    preset: str
    series: Sequence[Series]
    service: str = ""
    per_s: float | None = 10.0
    failed: float | None = 0.1
    p95: float | None = 0.46
    saturation: Mapping[str, float] = field(default_factory=dict)
    usage: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.service or self.preset


def seats(level: str, used: float, limit: float) -> list[Series]:
    labels = {"job": "kubernetes-apiserver", "instance": "a", "priority_level": level}
    return [
        gauge("apiserver_flowcontrol_current_executing_seats", used, **labels),
        gauge("apiserver_flowcontrol_nominal_limit_seats", limit, **labels),
    ]


def spans(metric: str, latency: str, scale: float, label: str, service: str) -> list[Series]:
    """Span metrics of what a service answers, and of what it calls."""
    answered = {"span_kind": "SPAN_KIND_SERVER", "job": "collector", label: service}
    calls = {**answered, "span_kind": "SPAN_KIND_CLIENT"}
    below = {f"{bound / scale:g}": share for bound, share in ((0.1, 0.5), (0.5, 1.0))}
    return [
        *outcomes(metric, "status_code", {"STATUS_CODE_UNSET": 0.9, "STATUS_CODE_ERROR": 0.1}, **answered),
        *outcomes(metric, "status_code", {"STATUS_CODE_UNSET": 1.0}, 30.0, **calls),
        *buckets(latency, below, **answered),
        *buckets(latency, dict.fromkeys(below, 0.0), **calls),
    ]


API = {"job": "kubernetes-apiserver", "instance": "a"}
HUBBLE = {"destination_namespace": "shop", "destination_workload": "cart", "method": "GET"}
DOCUMENTED = (
    Documented("aspnet-core", [
        *outcomes("http_requests_received_total", "code", TENTH, job="aspnet-core", controller="Cart", action="Get"),
        *buckets("http_request_duration_seconds_bucket", {"0.1": 0.5, "0.5": 1.0}, job="aspnet-core", code="200"),
        counter("http_request_duration_seconds_count", 10.0, job="aspnet-core", code="200"),
        gauge("http_requests_in_progress", 3.0, job="aspnet-core"),
    ], usage={"in flight": 3.0}),
    Documented("rails-yabeda", [
        *outcomes("rails_requests_total", "status", TENTH, job="rails-yabeda", controller="carts", action="show"),
        *buckets("rails_request_duration_seconds_bucket", {"0.1": 0.5, "0.5": 1.0}, job="rails-yabeda", status="200"),
        gauge("puma_pool_capacity", 2.0, job="rails-yabeda", index="0"),
        gauge("puma_max_threads", 5.0, job="rails-yabeda", index="0"),
        gauge("puma_backlog", 4.0, job="rails-yabeda", index="0"),
    ], saturation={"request threads": 0.6}, usage={"waiting for a thread": 4.0}),
    Documented("kong", [
        *outcomes("kong_http_requests_total", "code", TENTH, job="kong", service="cart-behind-kong", route="carts"),
        *buckets("kong_request_latency_ms_bucket", {"100": 0.5, "500": 1.0}, job="kong", service="cart-behind-kong"),
    ], service="cart-behind-kong"),
    Documented("cilium-hubble", [
        *(each for reporter in ("client", "server")
          for each in outcomes("hubble_http_requests_total", "status", TENTH, **HUBBLE, reporter=reporter)),
        *buckets("hubble_http_request_duration_seconds_bucket", {"0.1": 0.5, "0.5": 1.0}, **HUBBLE, reporter="server"),
    ], service="shop/cart"),
    Documented("kubernetes-apiserver", [
        *outcomes("apiserver_request_total", "code", TENTH, **API, verb="GET", resource="pods"),
        counter("apiserver_request_total", 50.0, **API, verb="WATCH", code="200"),
        *buckets("apiserver_request_duration_seconds_bucket", {"0.1": 0.5, "0.5": 1.0}, **API, verb="GET"),
        *buckets("apiserver_request_duration_seconds_bucket", {"0.1": 0.0, "0.5": 0.0}, **API, verb="WATCH"),
        *seats("global-default", 9.0, 20.0), *seats("system", 3.0, 10.0), *seats("exempt", 5.0, 0.0),
        gauge("apiserver_current_inflight_requests", 7.0, **API, request_kind="readOnly"),
    ], saturation={"seats": 0.45}, usage={"in flight": 7.0}),
    Documented("coredns", [
        *outcomes("coredns_dns_responses_total", "rcode", {"NOERROR": 0.7, "NXDOMAIN": 0.2, "SERVFAIL": 0.1},
                  job="coredns", zone="."),
        *buckets("coredns_dns_request_duration_seconds_bucket", {"0.1": 0.5, "0.5": 1.0}, job="coredns", zone="."),
    ]),
    Documented("micrometer-grpc", [
        *outcomes("grpc_server_processing_duration_seconds_count", "statusCode", {"OK": 0.8, "NOT_FOUND": 0.1,
                  "UNKNOWN": 0.1}, job="micrometer-grpc", service="shop.Orders", methodType="UNARY"),
        *buckets("grpc_server_processing_duration_seconds_bucket", {"0.1": 0.5, "0.5": 1.0}, job="micrometer-grpc",
                 service="shop.Orders", statusCode="OK"),
    ], service="shop.Orders"),
    Documented("kafka", [
        counter("kafka_server_brokertopicmetrics_totalproducerequests_total", 10.0, job="kafka"),
        counter("kafka_server_brokertopicmetrics_totalproducerequests_total", 10.0, job="kafka", topic="orders"),
        counter("kafka_server_brokertopicmetrics_failedproducerequests_total", 1.0, job="kafka"),
        gauge("kafka_server_kafkarequesthandlerpool_requesthandleravgidle_percent", 0.7, job="kafka"),
        gauge("kafka_network_socketserver_networkprocessoravgidle_percent", 0.9, job="kafka"),
        gauge("kafka_server_replicamanager_underreplicatedpartitions", 2.0, job="kafka"),
    ], p95=None, saturation={"request handlers": 0.3, "network threads": 0.1},
        usage={"under-replicated partitions": 2.0}),
    Documented("kafka-exporter", [
        gauge("kafka_consumergroup_lag", lag, job="kafka-exporter", consumergroup="billing", topic="orders",
              partition=partition) for partition, lag in (("0", 3.0), ("1", 4.0))
    ], service="billing", per_s=None, failed=None, p95=None, usage={"lag": 7.0}),
    Documented("etcd", [
        counter("etcd_server_proposals_committed_total", 10.0, job="etcd"),
        counter("etcd_server_proposals_failed_total", 1.0, job="etcd"),
        gauge("etcd_mvcc_db_total_size_in_bytes", 2e8, job="etcd"),
        gauge("etcd_server_quota_backend_bytes", 2e9, job="etcd"),
        gauge("etcd_server_has_leader", 1.0, job="etcd"),
        gauge("etcd_server_proposals_pending", 2.0, job="etcd"),
    ], p95=None, saturation={"database": 0.1, "without a leader": 0.0}, usage={"pending proposals": 2.0}),
    Documented("alertmanager", [
        counter("alertmanager_notifications_total", 10.0, job="alertmanager", integration="email"),
        counter("alertmanager_notifications_failed_total", 1.0, job="alertmanager", integration="email"),
        *buckets("alertmanager_notification_latency_seconds_bucket", {"1": 0.5, "5": 1.0}, job="alertmanager"),
    ], p95=4.6),
    Documented("rack", [
        *outcomes("http_server_requests_total", "code", TENTH, job="rack"),
        *buckets("http_server_request_duration_seconds_bucket", {"0.1": 0.5, "0.5": 1.0}, job="rack"),
        counter("http_server_request_duration_seconds_count", 10.0, job="rack"),
    ]),
    Documented("ruby-prometheus-exporter", [
        *outcomes("ruby_http_requests_total", "status", TENTH, job="ruby-prometheus-exporter", controller="carts"),
        counter("ruby_http_request_duration_seconds_sum", 2.0, job="ruby-prometheus-exporter", status="200"),
        counter("ruby_http_request_duration_seconds_count", 10.0, job="ruby-prometheus-exporter", status="200"),
    ], p95=None),
    Documented("spanmetrics", spans("traces_span_metrics_calls_total",
               "traces_span_metrics_duration_milliseconds_bucket", 0.001, "service_name", "traced"), service="traced"),
    Documented("spanmetrics-old", spans("calls_total", "duration_milliseconds_bucket", 0.001, "service_name",
               "traced of old"), service="traced of old"),
    Documented("spanmetrics-tempo", spans("traces_spanmetrics_calls_total", "traces_spanmetrics_latency_bucket", 1.0,
               "service", "traced by Tempo"), service="traced by Tempo"),
    Documented("celery-exporter", [
        counter("celery_task_started_total", 10.0, job="celery", name="tasks.mail"),
        counter("celery_task_succeeded_total", 9.0, job="celery", name="tasks.mail"),
        counter("celery_task_failed_total", 1.0, job="celery", name="tasks.mail", exception="ValueError"),
        *buckets("celery_task_runtime_bucket", {"0.1": 0.5, "0.5": 1.0}, job="celery", name="tasks.mail"),
    ], service="tasks.mail"),
    Documented("sidekiq-yabeda", [
        counter("sidekiq_jobs_executed_total", 10.0, job="sidekiq-yabeda", queue="default"),
        counter("sidekiq_jobs_failed_total", 1.0, job="sidekiq-yabeda", queue="default"),
        *buckets("sidekiq_job_runtime_seconds_bucket", {"0.1": 0.5, "0.5": 1.0}, job="sidekiq-yabeda"),
    ]),
    Documented("minio", [
        counter("minio_s3_requests_total", 10.0, job="minio", api="putobject"),
        counter("minio_s3_requests_errors_total", 3.0, job="minio", api="putobject"),
        counter("minio_s3_requests_5xx_errors_total", 1.0, job="minio", api="putobject"),
        counter("minio_s3_requests_4xx_errors_total", 2.0, job="minio", api="putobject"),
    ], p95=None),
    *(Documented(preset, [
        *outcomes(f"{prefix}_http_status", "code", TENTH, job=preset, service=f"cart-{preset}", route="carts"),
        *buckets(latency, {"100": 0.5, "500": 1.0}, job=preset, service=f"cart-{preset}", type="request"),
        *buckets(latency, {"100": 1.0, "500": 1.0}, job=preset, service=f"cart-{preset}", type="upstream"),
    ], service=f"cart-{preset}") for preset, prefix, latency in (
        ("kong-2", "kong", "kong_latency_bucket"), ("apisix", "apisix", "apisix_http_latency_bucket"))),
    Documented("nginx-vts", [
        *(each for host in ("shop.example.org", "*")
          for each in outcomes("nginx_vts_server_requests_total", "code", {"2xx": 0.9, "5xx": 0.1, "total": 1.0},
                               job="nginx-vts", host=host)),
    ], service="shop.example.org", p95=None),
    Documented("nginx-plus", [
        *outcomes("nginxplus_server_zone_responses", "code", {"2xx": 0.9, "5xx": 0.1}, job="nginx-plus",
                  server_zone="zone"),
        gauge("nginxplus_server_zone_processing", 3.0, job="nginx-plus", server_zone="zone"),
    ], service="zone", p95=None, usage={"in flight": 3.0}),
    Documented("squid", [
        counter("squid_client_http_requests_total", 10.0, job="squid"),
        counter("squid_client_http_errors_total", 1.0, job="squid"),
        counter("squid_client_http_hits_total", 5.0, job="squid"),
        counter("squid_server_http_errors_total", 3.0, job="squid"),
    ], p95=None, usage={"hits": 5.0}),
    Documented("clickhouse", [
        counter("ClickHouseProfileEvents_Query", 10.0, job="clickhouse"),
        counter("ClickHouseProfileEvents_FailedQuery", 1.0, job="clickhouse"),
        counter("ClickHouseProfileEvents_FailedSelectQuery", 1.0, job="clickhouse"),
        counter("ClickHouseProfileEvents_QueryTimeMicroseconds", 1e6, job="clickhouse"),
        gauge("ClickHouseMetrics_Query", 3.0, job="clickhouse"),
        gauge("ClickHouseMetrics_TCPConnection", 7.0, job="clickhouse"),
    ], p95=None, usage={"running queries": 3.0, "connections": 7.0}),
    Documented("nats", [
        counter("gnatsd_varz_in_msgs", 10.0, job="nats"),
        gauge("gnatsd_varz_connections", 16.0, job="nats"),
        gauge("gnatsd_varz_max_connections", 64.0, job="nats"),
        counter("gnatsd_varz_slow_consumers", 2.0, job="nats"),
    ], failed=None, p95=None, saturation={"connections": 0.25}, usage={"slow consumers": 2.0}),
    Documented("vault", [
        counter("vault_core_handle_request_count", 10.0, job="vault"),
        counter("vault_core_handle_request_sum", 1000.0, job="vault"),
        gauge("vault_core_unsealed", 1.0, job="vault"),
        gauge("vault_core_in_flight_requests", 2.0, job="vault"),
    ], failed=None, p95=None, saturation={"sealed": 0.0}, usage={"in flight": 2.0}),
    Documented("dapr", [
        *outcomes("dapr_http_server_request_count", "status", TENTH, job="dapr", app_id="cart behind Dapr"),
        *buckets("dapr_http_server_latency_bucket", {"100": 0.5, "500": 1.0}, job="dapr", app_id="cart behind Dapr",
                 status="200"),
    ], service="cart behind Dapr"),
    Documented("temporal", [
        counter("service_requests", 10.0, job="temporal", service_name="frontend", operation="StartWorkflow"),
        counter("service_errors", 1.0, job="temporal", service_name="frontend", operation="StartWorkflow"),
        *buckets("service_latency_bucket", {"0.1": 0.5, "0.5": 1.0}, job="temporal", service_name="frontend",
                 operation="StartWorkflow"),
    ], service="frontend"),
)  # fmt: skip
