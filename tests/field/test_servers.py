"""What servers of other people have: failures are counted as failures, and what cannot be told is never good."""

import json
import math
import re
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import Grid
from tests.field.series import HOUR, Sawtooth, Series, buckets, counter, gauge, outcomes, text
from tests.misbehaving import Fault, misbehaving
from tests.servers import NOW, Server, filled

pytestmark = pytest.mark.servers

TENTH = {"200": 0.9, "500": 0.1}
CASES: dict[str, list[Series]] = {
    "three outcome labels": [
        *outcomes("http_requests_total", "code", TENTH, job="a"),
        *outcomes("http_requests_total", "status", TENTH, job="b"),
        *outcomes("http_requests_total", "status_code", TENTH, job="c"),
    ],
    "fastapi beside go": [
        *outcomes("http_requests_total", "status", {"2xx": 1.0}, job="fast", handler="/x"),
        *buckets("http_request_duration_highr_seconds_bucket", {"0.1": 1.0, "1.0": 1.0}, job="fast"),
        *outcomes("http_requests_total", "code", TENTH, job="go"),
        *buckets("http_request_duration_seconds_bucket", {"0.25": 0.9, "0.5": 1.0}, job="go"),
    ],
    # Between two whole hours, and gone for longer than a server looks back.
    "came and went": [
        *(
            replace(each, start=NOW - 1900, end=NOW - 700)
            for each in (
                *outcomes("http_requests_total", "code", TENTH, job="pods", service="short"),
                *outcomes("acme_requests_total", "result", TENTH, job="jobs", region="east", exported_job="brief"),
            )
        ),
        *outcomes("http_requests_total", "code", TENTH, job="long"),
    ],
    "one counter, several labels that name": [
        *outcomes("acme_requests_total", "result", TENTH, job="pods", app="mail"),
        *buckets("acme_request_duration_seconds_bucket", {"0.1": 0.5, "0.5": 1.0}, job="pods", app="mail"),
        *outcomes("acme_requests_total", "outcome", {"ok": 0.8, "KO": 0.2}, job="pods", exported_job="auth"),
    ],
    # Half of the instances count by the old library, half by the new one.
    "an upgrade from counter to counter": [
        *outcomes("http_server_requests_seconds_count", "status", {"200": 1.0}, job="shop", instance="old:1"),
        *outcomes("http_requests_total", "code", {"200": 0.5, "500": 0.5}, job="shop", instance="new:1"),
        *outcomes("http_server_requests_seconds_count", "status", TENTH, job="both", instance="old:2"),
        *outcomes("http_requests_total", "code", TENTH, job="both", instance="new:2"),
        *outcomes("http_server_requests_seconds_count", "status", {"200": 1.0}, job="well", instance="old:3"),
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="well", instance="new:3"),
    ],
    "istio grpc": [
        counter("istio_requests_total", 8.0, destination_service_namespace="shop", destination_service_name="cart",
                response_code="200", grpc_response_status="0", reporter="destination"),
        counter("istio_requests_total", 2.0, destination_service_namespace="shop", destination_service_name="cart",
                response_code="200", grpc_response_status="14", reporter="destination"),
    ],
    "istio no response": [
        counter("istio_requests_total", 9.0, destination_service_namespace="shop", destination_service_name="cart",
                response_code="200", reporter="destination"),
        counter("istio_requests_total", 1.0, destination_service_namespace="shop", destination_service_name="cart",
                response_code="0", reporter="destination"),
    ],
    "grpc spellings": [
        *outcomes("grpc_server_handled_total", "grpc_code", {"OK": 0.8, "UNAVAILABLE": 0.2}, grpc_service="java"),
        *outcomes("grpc_server_handled_total", "grpc_code", {"OK": 0.8, "Unavailable": 0.2}, grpc_service="go"),
    ],
    "otel error type": [
        counter("http_server_request_duration_seconds_count", 9.0, job="shop", http_response_status_code="200"),
        counter("http_server_request_duration_seconds_count", 1.0, job="shop", error_type="java.io.IOException"),
    ],
    "many spellings": [
        *outcomes("http_requests_total", "code", {"200 OK": 0.9, "503 Service Unavailable": 0.1}, job="lines"),
        *outcomes("http_requests_total", "status", {"2XX": 0.9, "5XX": 0.1}, job="classes"),
        *outcomes("http_requests_total", "code", {" 200 ": 0.9, " 500": 0.1}, job="padded"),
        *outcomes("http_requests_total", "code", {"200.0": 0.9, "000": 0.1}, job="numbers"),
        *outcomes("http_requests_total", "status", {"SUCCESS": 0.5, "Success": 0.4, "ERR": 0.1}, job="words"),
        *outcomes("grpc_server_handled_total", "grpc_code", {"Ok": 0.9, "13": 0.1}, grpc_service="mixed"),
        *outcomes("grpc_server_handled_total", "grpc_code", {"0": 0.9, "StatusCode.INTERNAL": 0.1}, grpc_service="sdk"),
    ],
    # One label says that it was answered, another that it failed.
    "labels that disagree": [
        counter("http_requests_total", 9.0, job="graphql", code="200", status="success"),
        counter("http_requests_total", 1.0, job="graphql", code="200", status="error"),
        counter("http_requests_total", 9.0, job="gateway", code="200", status_code="200"),
        counter("http_requests_total", 1.0, job="gateway", code="200", status_code="502"),
    ],
    "a label beside the code": [
        *(counter("http_requests_total", rate, job=label, code=code, **{label: word})
          for label, well, ill in (("success", "true", "false"), ("error", "<nil>", "db"),
                                   ("exception", "None", "Boom"), ("grpc_status", "0", "13"),
                                   ("statusCode", "200", "500"), ("exported_code", "200", "503"),
                                   ("has_error", "false", "true"), ("errorCode", "0", "1042"),
                                   ("return_code", "200", "500"), ("errno", "0", "42"))
          for code, word, rate in (("200", well, 9.0), ("200", ill, 1.0))),
        # What the caller did, what both call failed, what says nothing of it, and what hardly ever is.
        *(counter("http_requests_total", rate, job="well", code=code, error=word, result=result)
          for code, word, result, rate in (("200", "none", "hit", 99.0), ("404", "NotFound", "miss", 9.0),
                                           ("200", "db", "hit", 0.5))),
        *(counter("http_requests_total", 9.0, job="abroad", code="200", country_code=country)
          for country in ("NO", "SE")),
        *(counter("http_requests_total", rate, job="both", code=code, error=word)
          for code, word, rate in (("200", "none", 9.0), ("500", "db", 1.0))),
    ],
    "failures in a counter of their own": [
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="silent"),
        counter("http_requests_failed_total", 1.0, job="silent"),
        *outcomes("http_requests_total", "code", TENTH, job="told"),
        counter("http_request_errors_total", 1.0, job="told"),
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="well"),
        counter("http_requests_failed_total", 0.001, job="well"),
        *(series for job, name in (("before", "failed_http_requests_total"), ("bare", "unhandled_exceptions_total"),
                                   ("of a server", "http_server_errors_total"), ("beside", "db_errors_total"),
                                   ("of a client", "http_client_errors_total"))
          for series in (counter("http_requests_total", 10.0, job=job, code="200"), counter(name, 1.0, job=job))),
    ],
    # Scraped by what adds no job.
    "nameless": outcomes("http_requests_total", "code", TENTH, instance="10.0.0.1:80"),
    "numbers of any meaning": [
        *outcomes("acme_calls_total", "status_code", {"1": 0.9, "2": 0.1}, job="otel"),
        *outcomes("acme_jobs_total", "result", {"0": 0.9, "1": 0.1}, job="exit"),
        *outcomes("dns_responses_total", "rcode", {"NOERROR": 0.9, "SERVFAIL": 0.1}, job="dns"),
        *outcomes("acme_tasks_total", "success", {"1": 0.9, "0": 0.1}, job="flag"),
    ],
    "flags": [
        *(series for label, words in (("success", ("true", "false")), ("ok", ("1", "0")), ("error", ("false", "true")),
                                      ("failed", ("no", "yes")), ("is_error", ("0", "1")))
          for series in outcomes("acme_jobs_total", label, dict(zip(words, (0.9, 0.1), strict=True)),
                                 job=label)),
        *outcomes("http_server_requests_seconds_count", "outcome", {"SUCCESS": 0.8, "CLIENT_ERROR": 0.1,
                                                                    "SERVER_ERROR": 0.1}, application="spring"),
    ],
    # During a deploy each label is there on some of the pods.
    "another label after a deploy": [
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="rolling", pod="old"),
        *outcomes("http_requests_total", "status", {"200": 0.5, "500": 0.5}, job="rolling", pod="new"),
    ],
    "hostile names": [
        series for name in (r"quo\"te", r"new\nline", "sl/ash", "ünï→😀", r"back\\slash", "x" * 1000, "a{b}", "$1",
                            ".*", "a|b", "Case", "case")
        for series in outcomes("http_requests_total", "code", TENTH, job=name)
    ],
    "seven minutes old": [replace(each, end=NOW - 420) for each in outcomes("http_requests_total", "code", TENTH,
                                                                            job="shop")],
    "health checks": [
        *(counter("http_requests_total", per_s, job="shop", code=code, path=path) for per_s, code, path in
          ((0.1, "500", "/pay"), (9.8, "200", "/healthz"), (0.1, "200", "/metrics"))),
        *buckets("http_request_duration_seconds_bucket", {"0.1": 1.0, "0.5": 1.0}, 9.8, job="shop", path="/healthz"),
        *buckets("http_request_duration_seconds_bucket", {"0.1": 0.0, "0.5": 1.0}, 0.1, job="shop", path="/pay"),
        *(counter("http_server_requests_seconds_count", per_s, application="spring", status=code, uri=uri)
          for per_s, code, uri in ((0.1, "500", "/pay"), (9.8, "200", "/actuator/health/liveness"))),
        *(counter("http_requests_total", per_s, job="agents", code=code, user_agent=agent) for per_s, code, agent in
          ((0.1, "500", "Mozilla"), (9.8, "200", "kube-probe/1.28"))),
        counter("http_requests_total", 9.8, job="idle", code="200", path="/readyz"),
        # What a patient asks for is no check.
        *outcomes("http_requests_total", "code", TENTH, job="clinic", path="/patients/{id}/health"),
    ],
    "units that the names do not say": [
        each for job, metric, bounds in (
            ("milliseconds", "http_request_duration_seconds", ("5", "25", "100", "1000", "10000")),
            ("seconds", "http_request_duration_milliseconds", ("0.005", "0.1", "1", "10")),
            ("hours", "http_request_duration_seconds", ("1", "60", "600", "3600")),
            ("usual", "http_request_duration_milliseconds", ("5", "100", "1000", "10000")),
        ) for each in (
            *outcomes("http_requests_total", "code", {"200": 1.0}, job=job),
            *buckets(f"{metric}_bucket", dict.fromkeys(bounds, 1.0), job=job),
            counter(f"{metric}_sum", 400.0, job=job), counter(f"{metric}_count", 10.0, job=job),
        )
    ],
    "codes of mail": [*outcomes("http_requests_total", "code", {"250": 0.9, "421": 0.1}, job="mail")],
    "unknown words": [*outcomes("http_requests_total", "status", {"violet": 0.5, "green": 0.5}, job="odd")],
    "words that come late": [
        counter("http_requests_total", 9.0, job="late", code="200"),
        Series("http_requests_total", {"job": "late", "code": "KO"}, per_s=1.0, start=NOW - 300),
        counter("http_requests_total", 9.0, job="puzzle", code="200"),
        Series("http_requests_total", {"job": "puzzle", "code": "violet"}, per_s=1.0, start=NOW - 300),
        counter("http_requests_total", 9.0, job="quiet", code="200"),
        counter("http_requests_total", 0.0, job="quiet", code="violet"),
    ],
    "a word of the past": [
        Series("http_requests_total", {"job": "past", "code": "200"}, per_s=9.0, start=NOW - 8 * HOUR),
        Series("http_requests_total", {"job": "past", "code": "KO"}, per_s=1.0, start=NOW - 5 * HOUR,
               end=NOW - 3 * HOUR),
    ],
    "half of the pods without a code": [
        *outcomes("http_requests_total", "code", TENTH, job="half", pod="a"),
        counter("http_requests_total", 10.0, job="half", pod="b"),
    ],
    "no outcome, but buckets": [
        counter("http_requests_total", 10.0, job="plain"),
        *buckets("http_request_duration_seconds_bucket", {"0.1": 1.0, "0.5": 1.0}, job="plain"),
    ],
    "two clusters": [
        *outcomes("http_requests_total", "code", TENTH, job="cart", cluster="east"),
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="cart", cluster="west"),
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="auth", cluster="east"),
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="edge"),
        counter("grpc_server_handled_total", 10.0, grpc_service="pay", grpc_code="OK", region="eu"),
    ],
    "two stages": [
        *outcomes("http_requests_total", "code", {"200": 0.5, "500": 0.5}, job="api", namespace="staging"),
        *outcomes("http_requests_total", "code", {"200": 1.0}, 90.0, job="api", namespace="prod"),
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="cart", namespace="prod"),
    ],
    "a dead cluster": [
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="cart", cluster="east"),
        *(replace(each, end=NOW - 1800) for each in outcomes("http_requests_total", "code", {"200": 1.0}, job="cart",
                                                              cluster="west")),
    ],
    "nobody knows them": [
        *outcomes("acme_http_requests_total", "result", {"served": 0.8, "KO": 0.2}, job="acme"),
        *buckets("acme_http_request_duration_milliseconds_bucket", {"100": 0.5, "500": 1.0}, job="acme"),
        *outcomes("acme_cache_lookups_total", "result", {"hit": 0.9, "miss": 0.1}, job="acme"),
        *outcomes("acme_country_requests_total", "code", {"DE": 0.5, "FR": 0.5}, job="acme"),
        *outcomes("acme_http_request_errors_total", "code", {"500": 1.0}, job="acme"),
        *outcomes("shipments_processed_total", "status", {"ok": 0.9, "failed": 0.1}, job="worker"),
        *buckets("tool_call_duration_seconds_bucket", {"0.1": 0.5, "0.5": 1.0}, job="timed"),
        Series("tool_call_duration_seconds_count", {"job": "timed"}, per_s=10.0),
        *outcomes("prometheus_http_requests_odd_total", "code", {"200": 1.0}, job="own"),
        counter("go_gc_cycles_total", 1.0, job="own", code="200"),
        *outcomes("lonely_errors_total", "code", {"500": 1.0}, job="errors alone"),
        *outcomes("parcels_handled_total", "how", {"ok": 0.9, "late": 0.1}, job="silent"),
        *outcomes("acme_requests_total", "word", {"KO": 1.0}, job="pods", service="mute"),
        *outcomes("quiet_cache_requests_total", "word", {"hit": 1.0}, job="aside"),
        # A target that a preset knows has its service already.
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="known"),
        *outcomes("known_jobs_total", "status", {"ok": 1.0}, job="known"),
        *buckets("http_request_time_milliseconds_bucket", {"100": 0.5, "500": 1.0}, job="known"),
    ],
    # Names, labels, units and kinds that no preset knows.
    "further spellings": [
        *outcomes("catalog_requests_total", "httpStatusCode", TENTH, job="a word with log in it"),
        *outcomes("orders_created_total", "state", {"succeeded": 0.9, "failed": 0.1}, job="what was created"),
        *outcomes("python_app_requests_total", "response_code_class", {"2xx": 0.9, "5xx": 0.1}, job="a language"),
        *outcomes("acme_requests", "code", TENTH, job="no ending"),
        *outcomes("acme_jobs_total", "exit_code", {"0": 0.9, "1": 0.1}, job="exit codes"),
        *outcomes("http_requests_total", "result", {"ok": 0.9, "error": 0.1}, job="another label"),
        *outcomes("http_requests_total", "HTTPStatus", TENTH, job="capitals"),
        *outcomes("acme_http_requests_total", "httpresp_code_group", {"2xx": 0.9, "5xx": 0.1}, job="words as one"),
        *outcomes("acme_http_requests_total", "returnCode", TENTH, job="returned codes"),
        *outcomes("listener_seconds_count", "result", {"success": 0.9, "failure": 0.1}, job="a summary"),
        *outcomes("listener_seconds_sum", "result", {"success": 1.8, "failure": 0.2}, job="a summary"),
        *outcomes("http_requests_total", "status_class", {"success": 0.9, "server-error": 0.1}, job="microseconds"),
        *buckets("http_request_duration_microseconds_bucket", {"100000": 0.5, "500000": 1.0}, job="microseconds"),
        *outcomes("node_http_requests_total", "code", TENTH, job="a node"),
        *outcomes("executor_tasks_total", "status", {"success": 0.9, "failure": 0.1}, job="an executor"),
        *outcomes("nginx_http_requests_total", "status", TENTH, job="nginx by Lua"),
        # What the target asks of others is not what it does.
        *outcomes("sync_total", "phase", {"Succeeded": 0.9, "Failed": 0.1}, job="an operator"),
        *outcomes("sync_k8s_requests_total", "code", {"200": 1.0}, job="an operator"),
        # An agent measures several services.
        *outcomes("rpc_server_duration_seconds_count", "rpc_grpc_status_code", {"0": 0.9, "13": 0.1}, job="agent",
                  service_name="measured from outside"),
        *outcomes("rpc_server_duration_seconds_count", "rpc_grpc_status_code", {"0": 0.9, "13": 0.1}, job="agent",
                  service_name="measured, too"),
        # The names alone tell failures.
        counter("nv_inference_request_success", 9.0, job="two counters"),
        counter("nv_inference_request_failure", 1.0, job="two counters"),
        counter("nv_inference_count", 50.0, job="two counters"),
        counter("ruby_sidekiq_jobs_total", 10.0, job="failures of all"),
        counter("ruby_sidekiq_failed_jobs_total", 1.0, job="failures of all"),
        counter("s3_api_requests_total", 10.0, job="of both sides"),
        counter("s3_api_requests_errors_total", 3.0, job="of both sides"),
        counter("s3_api_requests_5xx_errors_total", 1.0, job="of both sides"),
        # A counter for each class or code.
        *(counter(name, per_s, job="codes in names") for name, per_s in (
            ("gunicorn_requests", 10.0), ("gunicorn_request_status_200", 7.0), ("gunicorn_request_status_500", 0.4),
            ("gunicorn_request_status_503", 0.6), ("gunicorn_request_status_404", 2.0))),
        *(counter(f"jetty_ServletHandler_{name}", per_s, job="classes in names") for name, per_s in (
            ("requests_count", 10.0), ("2xx_responses_total", 7.0), ("4xx_responses_total", 2.0),
            ("5xx_responses_total", 1.0))),
        gauge("jetty_ServletHandler_requests", 0.1, job="classes in names", quantile="0.5"),
        # Sums of something else, and times, are no requests.
        *outcomes("http_response_bytes_total", "code", {"200": 1.0}, 1e6, job="bytes"),
        *outcomes("http_request_seconds_total", "code", {"200": 1.0}, job="seconds"),
        *outcomes("llm_tokens_total", "status", {"success": 1.0}, job="tokens"),
        gauge("backup_job_last_success", 1e9, job="a backup"),
        gauge("backup_job_last_failure", 1e9, job="a backup"),
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="one bucket"),
        *buckets("http_request_duration_seconds_bucket", {}, job="one bucket"),
        # Of these it cannot be told whose codes they are, or the failures are counted elsewhere.
        *outcomes("http_requests_total", "code", {"0": 0.9, "2": 0.05, "5": 0.05}, job="whose codes"),
        *outcomes("parcels_processed_total", "status", {"success": 1.0}, job="successes alone"),
        counter("parcels_errors_total", 1.0, job="successes alone"),
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="graphql"),
        counter("graphql_errors_total", 1.0, job="graphql"),
        *outcomes("http_requests_total", "code", {"200": 0.9, "404": 0.1}, job="refused"),
        counter("http_requests_failed_total", 1.0, job="refused"),
        # What goes on now is no counter, whatever its labels.
        gauge("acme_active_requests", 5.0, job="gauge", code="200"),
        *buckets("acme_request_latency_bucket", {"0.1": 0.5, "0.5": 1.0}, job="no ending"),
    ],
    "nothing that is known": [
        gauge("aws_applicationelb_request_count_sum", 600.0, job="aws"),
        gauge("job:http_requests:rate5m", 10.0, job="shop"),
    ],
    "of itself alone": [*outcomes("loki_request_duration_seconds_count", "status_code", {"200": 1.0}, job="loki")],
    "one counter under three names": [
        *(each for job in ("a", "b", "c") for each in outcomes("http_requests_total", "code", TENTH, job=job)),
        *outcomes("http_requests_total", "code", TENTH, per_s=9.0, job="alone"),
    ],
    "a pair of servers": [
        *(each for replica in ("0", "1") for each in outcomes("http_requests_total", "code", TENTH, job="twice",
                                                              instance="x", replica=replica)),
    ],
    "pods with a label replica": [
        *(each for replica in ("0", "1") for each in outcomes("http_requests_total", "code", TENTH, job="set",
                                                              instance=f"pod-{replica}", replica=replica)),
    ],
    "workers behind one port": [
        Sawtooth("http_requests_total", {"job": "workers", "code": "200"}, per_s=1.0),
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="steady"),
    ],
    "long polling": [
        *(Series("http_requests_total", {"job": job, "code": "200"}, per_s=1.0, start=NOW - days * 24 * HOUR, every=300)
          for job, days in (("poll", 8), ("young", 2))),
        *(replace(each, start=NOW - days * 24 * HOUR, every=300) for job, days in (("poll", 8), ("young", 2))
          for each in buckets("http_request_duration_seconds_bucket", {"0.5": 0.1, "2.5": 0.2, "10": 0.9}, per_s=1.0,
                              job=job)),
    ],
    "one job of many": [
        *outcomes("http_requests_total", "code", TENTH, job="pods", instance="a", service="known"),
        # A target that has its service already.
        *outcomes("acme_payment_requests_total", "code", TENTH, job="pods", instance="a", service="known"),
        *outcomes("acme_http_requests_total", "result", {"served": 0.8, "KO": 0.2}, job="pods", instance="b",
                  service="acme"),
        *outcomes("shipments_processed_total", "status", {"ok": 0.9, "failed": 0.1}, job="pods", instance="c",
                  app="worker"),
        *outcomes("mails_processed_total", "status", {"ok": 1.0}, job="pods", instance="collector",
                  exported_job="mailer"),
        # The label names what the target asks, not the target.
        *outcomes("calls_total", "code", TENTH, job="web", instance="d", service="stripe"),
        *outcomes("calls_total", "code", TENTH, job="web", instance="d", service="paypal"),
    ],
    "no outcome": [counter("http_requests_total", 10.0, job="plain")],
    "service and job": [
        *outcomes("http_requests_total", "code", TENTH, job="one", service="named"),
        *outcomes("http_requests_total", "code", TENTH, job="two"),
    ],
    "ambient mesh": [
        *(counter("istio_requests_total", 10.0 * share, destination_service_namespace="shop", response_code=code,
                  destination_service_name="ambient", reporter="waypoint") for code, share in TENTH.items()),
        *(counter("istio_requests_total", 10.0 * share, destination_service_namespace="shop", response_code=code,
                  destination_service_name="sidecar", reporter=reporter)
          for code, share in TENTH.items() for reporter in ("destination", "source")),
    ],
    "collector": [
        *outcomes("http_server_request_duration_seconds_count", "http_response_status_code", {"200": 0.5, "500": 0.5},
                  job="otel-collector", exported_job="shop/checkout"),
        *outcomes("http_server_request_duration_seconds_count", "http_response_status_code", {"200": 1.0},
                  job="otel-collector", exported_job="shop/cart"),
    ],
    "two intervals": [
        *(replace(each, every=15) for each in outcomes("http_requests_total", "code", TENTH, job="fast")),
        *(replace(each, every=60) for each in outcomes("http_requests_total", "code", TENTH, job="slow")),
    ],
    "slow scrapes": [
        Series("http_requests_total", {"job": "slow", "code": "200"}, per_s=10.0, every=180, until=NOW - 1800,
               start=NOW - 6 * HOUR),
        Series("http_requests_total", {"job": "slow", "code": "500"}, per_s=10.0, every=180, start=NOW - 1800),
    ],
    "four intervals, all well": [
        Series("http_requests_total", {"job": f"every{every}", "code": "200"}, per_s=10.0, every=every,
               start=NOW - 6 * HOUR) for every in (15, 30, 60, 180)
    ],
    "four intervals, all failing": [
        series for every in (15, 30, 60, 180) for series in (
            Series("http_requests_total", {"job": f"every{every}", "code": "200"}, per_s=10.0, every=every,
                   start=NOW - 6 * HOUR, until=NOW - 1200),
            Series("http_requests_total", {"job": f"every{every}", "code": "500"}, per_s=10.0, every=every,
                   start=NOW - 1200),
        )
    ],
    "a minute of a new server": [
        replace(each, start=NOW - 60) for each in outcomes("http_requests_total", "code", {"200": 0.99, "500": 0.01},
                                                           job="new")
    ],
    "ten minutes of a new server, all failing": [
        replace(each, start=NOW - 600) for each in outcomes("http_requests_total", "code", {"200": 0.0, "500": 1.0},
                                                            job="new")
    ],
    "with and without buckets": [
        *outcomes("http_server_requests_seconds_count", "status", TENTH, application="a"),
        *buckets("http_server_requests_seconds_bucket", {"0.1": 0.9, "0.5": 1.0}, application="a", status="200"),
        *outcomes("http_server_requests_seconds_count", "status", TENTH, application="b"),
        *outcomes("http_server_requests_seconds_sum", "status", {"200": 0.02}, application="b"),
    ],
    "mixed bounds": [
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="mixed"),
        *buckets("http_request_duration_seconds_bucket", {"0.1": 0.5, "0.5": 0.998, "2.5": 1.0}, job="mixed", pod="a"),
        *buckets("http_request_duration_seconds_bucket", {"0.1": 0.5, "0.4": 0.998, "2.5": 1.0}, job="mixed", pod="b"),
    ],
    "no last bucket": [
        *outcomes("http_requests_total", "code", {"200": 1.0}, job="open"),
        *(Series("http_request_duration_seconds_bucket", {"job": "open", "le": le}, per_s=10.0 * share)
          for le, share in (("0.5", 0.9), ("2.5", 0.94))),
    ],
    # The buckets of what failed are told by a label of their own; of what was answered 2 % are slow.
    "no last bucket, failures apart": [
        *outcomes("http_requests_total", "code", {"200": 0.5, "500": 0.5}, job="open"),
        *(Series("http_request_duration_seconds_bucket", {"job": "open", "code": code, "le": le}, per_s=5.0 * share)
          for code in ("200", "500") for le, share in (("0.5", 0.98), ("2.5", 0.98))),
    ],
    "failures apart by a second label": [
        Series(f"istio_request_{metric}", {
            "destination_service_namespace": "shop", "destination_service_name": "cart", "response_code": "200",
            "grpc_response_status": status, "reporter": "destination", **le}, per_s=per_s)
        for status, share in (("0", 0.98), ("14", 0.0))
        for metric, le, per_s in (
            ("duration_milliseconds_bucket", {"le": "500"}, 5.0 * share),
            ("duration_milliseconds_bucket", {"le": "+Inf"}, 5.0),
        )
    ] + [
        counter("istio_requests_total", 5.0, destination_service_namespace="shop", destination_service_name="cart",
                response_code="200", grpc_response_status=status, reporter="destination") for status in ("0", "14")
    ],
    "envoy without a host": [
        counter("envoy_cluster_upstream_rq_xx", 10.0, envoy_cluster_name="cart", envoy_response_code_class="5"),
        counter("envoy_cluster_upstream_rq_completed", 10.0, envoy_cluster_name="cart"),
        counter("envoy_cluster_upstream_rq_total", 0.0, envoy_cluster_name="cart"),
    ],
    "read-only disks": [
        Series("node_cpu_seconds_total", {"instance": "host", "cpu": "0", "mode": "idle"}, per_s=0.9),
        Series("node_cpu_seconds_total", {"instance": "host", "cpu": "0", "mode": "user"}, per_s=0.1),
        *(gauge("node_filesystem_size_bytes", 100.0, instance="host", fstype=fs, mountpoint=at)
          for fs, at in (("ext4", "/"), ("iso9660", "/cd"), ("squashfs", "/snap"))),
        *(gauge("node_filesystem_avail_bytes", value, instance="host", fstype=fs, mountpoint=at)
          for fs, at, value in (("ext4", "/", 60.0), ("iso9660", "/cd", 0.0), ("squashfs", "/snap", 0.0))),
    ],
    "two kube-state-metrics": [
        counter("container_cpu_usage_seconds_total", 0.9, namespace="shop", pod="cart-0", container="cart"),
        gauge("container_memory_working_set_bytes", 90.0, namespace="shop", pod="cart-0", container="cart"),
        *(gauge("kube_pod_container_resource_limits", 100.0, namespace="shop", pod="cart-0", container="cart",
                resource="memory", instance=scraper) for scraper in ("ksm-0", "ksm-1")),
        *(gauge("kube_pod_container_resource_limits", 1.0, namespace="shop", pod="cart-0", container="cart",
                resource="cpu", instance=scraper) for scraper in ("ksm-0", "ksm-1")),
    ],
}  # fmt: skip


OWN_SLO = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: auth-answers}
spec:
  service: auth
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: auth-answers}
    spec:
      ratioMetric:
        total: {metricSource: {type: signals, spec: {measure: requests}}}
        bad: {metricSource: {type: signals, spec: {measure: errors, detail: server}}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = filled("prometheus", tmp_path_factory.mktemp("field"), text(CASES))
    yield made
    made.stop()


@pytest.fixture
def status(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def asked(case: str, more: str = "", head: str = "") -> dict[str, Any]:
        config = tmp_path / "golden.toml"
        config.write_text(
            f'{head}[source]\nkind = "prometheus"\nurl = "{server.url}"\nmatch = {{ case = "{case}" }}\n{more}',
            encoding="utf-8",
        )
        main(["status", "--config", str(config), "--at", f"{_iso(NOW)}", "--format", "json"])
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        return said

    return asked


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def by_name(said: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["service"]: row for row in said["services"]}


def ratios(said: Mapping[str, Any]) -> dict[str, float]:
    return {name: row["signals"]["error_ratio"] for name, row in by_name(said).items()}


@pytest.mark.parametrize(
    ("case", "truth"),
    [
        ("three outcome labels", {"a": 0.1, "b": 0.1, "c": 0.1}),
        ("fastapi beside go", {"fast": 0.0, "go": 0.1}),
        ("istio grpc", {"shop/cart": 0.2}),
        ("istio no response", {"shop/cart": 0.1}),
        ("grpc spellings", {"java": 0.2, "go": 0.2}),
        ("otel error type", {"shop": 0.1}),
        ("service and job", {"named": 0.1, "two": 0.1}),
        ("ambient mesh", {"shop/ambient": 0.1, "shop/sidecar": 0.1}),
        ("collector", {"shop/checkout": 0.5, "shop/cart": 0.0}),
        ("two intervals", {"fast": 0.1, "slow": 0.1}),
        ("envoy without a host", {"cart": 1.0}),
        ("many spellings", dict.fromkeys(["lines", "classes", "padded", "numbers", "words", "mixed", "sdk"], 0.1)),
        ("another label after a deploy", {"rolling": 0.25}),
        ("labels that disagree", {"graphql": 0.1, "gateway": 0.1}),
        ("flags", dict.fromkeys(["success", "ok", "error", "failed", "is_error", "spring"], 0.1)),
        (
            "hostile names",
            dict.fromkeys(
                [
                    'quo"te',
                    "new\nline",
                    "sl/ash",
                    "ünï→😀",
                    r"back\slash",
                    "x" * 1000,
                    "a{b}",
                    "$1",
                    ".*",
                    "a|b",
                    "Case",
                    "case",
                ],
                0.1,
            ),
        ),
    ],
)
def test_failures_are_counted(status: Any, case: str, truth: dict[str, float]) -> None:
    said = status(case)
    assert ratios(said) == pytest.approx(truth, abs=1e-3)
    assert {row["service"] for row in said["services"] if row["health"] != "breaching"} == {
        name for name, ratio in truth.items() if ratio == 0
    }


def test_each_service_has_the_latency_of_its_own_buckets(status: Any) -> None:
    rows = by_name(status("fastapi beside go"))
    p95 = {name: row["signals"]["latency_p95_s"] for name, row in rows.items()}
    assert p95 == pytest.approx({"fast": 0.095, "go": 0.375})


@pytest.mark.parametrize(
    ("case", "service"),
    [
        ("unknown words", "odd"),
        ("codes of mail", "mail"),
        ("no outcome", "plain"),
        ("no outcome, but buckets", "plain"),
        ("half of the pods without a code", "half"),
        ("words that come late", "puzzle"),
    ],
)
def test_what_cannot_be_told_is_unknown(status: Any, case: str, service: str) -> None:
    said = status(case)
    row = by_name(said)[service]
    assert row["signals"]["error_ratio"] is None
    assert row["health"] == "unknown"
    assert row["reasons"]


def test_health_checks_and_scrapes_are_no_requests_of_users(status: Any, server: Server) -> None:
    said = status("health checks")
    assert ratios(said) == pytest.approx(
        {"shop": 1.0, "spring": 1.0, "agents": 1.0, "idle": 0.0, "clinic": 0.1}, abs=1e-3
    )
    shop = by_name(said)["shop"]["signals"]
    assert (shop["traffic_per_s"], shop["latency_p50_s"]) == pytest.approx((0.1, 0.3), rel=0.01)
    note = "shop: health checks and scrapes are not counted, by path: /healthz, /metrics"
    assert note in notes_of(server, "health checks")
    own = '[[presets]]\nname = "own"\nrequests = "http_requests_total"\noutcomes = ["code"]\n'
    assert ratios(status("health checks", own))["shop"] == pytest.approx(0.01, abs=1e-3)


def test_buckets_whose_bounds_do_not_fit_their_unit_are_no_latency(status: Any, server: Server) -> None:
    case = "units that the names do not say"
    rows = by_name(status(case))
    timed = {name for name, row in rows.items() if row["signals"]["latency_p95_s"] is not None}
    assert timed == {"hours", "usual"}
    for job, words in (("milliseconds", "5 to 10000, look like milliseconds"), ("seconds", "0.005 to 10, look like s")):
        assert re.search(f"{job}: latency is unknown: the bounds of [a-z_]+, {words}", notes_of(server, case))


def test_series_without_the_label_are_told(server: Server) -> None:
    assert (
        "half: some series of http_requests_total have no label code or status or status_code: while they count "
        "requests, failed ones cannot be recognised; let all of its targets write it"
    ) in notes_of(server, "half of the pods without a code")
    assert "some series of" not in notes_of(server, "three outcome labels")


def test_samples_that_are_old_at_the_start_are_stale_and_their_slos_stay(status: Any) -> None:
    """prometheus#3059."""
    said = status("seven minutes old")
    (row,), (slo,) = said["services"], said["slos"]
    assert (said["source"]["state"], said["source"]["data_age_s"]) == ("stale", 420.0)
    assert (
        said["source"]["message"] == "the source answers, but nothing new arrives: check that its targets are scraped"
    )
    assert row["health"] == "unknown"
    # The newest rate still holds the last sample.
    assert re.fullmatch("no data since 08:2[3-5]", row["reasons"][0])
    assert (slo["slo"], slo["sli"]) == ("shop-availability", pytest.approx(0.9, abs=1e-3))


def test_a_server_that_takes_no_pattern_for_a_name_is_asked_by_exact_names(server: Server) -> None:
    """prometheus-engine#1601."""
    refusal = b'{"status":"error","errorType":"bad_data","error":"regex matchers on __name__ are not supported"}'
    with misbehaving(server.url) as proxy:
        proxy.fault = Fault(400, refusal, only="__name__%3D~")
        source = PrometheusSource(proxy.url, matchers={"case": "three outcome labels"})
        catalog = source.discover(NOW)
        newest = source.samples(Grid.ending(NOW, span=600, step=60)).frame.iloc[-1]
        source.close()
    assert [newest[name, "errors", "server"] for name in "abc"] == pytest.approx([1.0, 1.0, 1.0], rel=1e-3)
    # What only a pattern could find is not passed over in silence.
    assert any(note.startswith("nothing was looked for beyond the presets: ") for note in catalog.notes)


def test_a_service_that_fails_by_a_counter_that_is_not_shown_is_not_healthy(status: Any) -> None:
    rows = by_name(status("an upgrade from counter to counter"))
    assert {name: row["health"] for name, row in rows.items()} == {
        "shop": "unknown",
        "both": "breaching",
        "well": "healthy",
    }
    remedy = "if that is the right one, name it as preset in [[services]]"
    assert f"requests fail by the counter of generic-http: {remedy}" in rows["shop"]["reasons"]
    assert rows["well"]["reasons"] == []


def test_a_service_that_fails_by_a_label_that_is_not_read_is_not_healthy(status: Any) -> None:
    rows = by_name(status("a label beside the code"))
    failing = {"success": "false", "error": "db", "exception": "Boom", "grpc_status": "13", "statusCode": "500",
               "exported_code": "503", "has_error": "true", "errorCode": "1042", "return_code": "500",
               "errno": "42"}  # fmt: skip
    assert {name: row["health"] for name, row in rows.items()} == {
        **dict.fromkeys(failing, "unknown"), "well": "healthy", "both": "breaching", "abroad": "healthy",
    }  # fmt: skip
    for label, word in failing.items():
        remedy = (
            'write both in [[presets]], requests = "http_requests_total" and outcomes = '
            f'["code", {{ label = "{label}", beside = true }}], or good = "{word}" under [source]'
        )
        assert rows[label]["reasons"] == [f"requests fail by {label} {word!r}, which code calls good: {remedy}"]


def test_a_service_that_fails_by_a_counter_that_is_not_read_is_not_healthy(status: Any) -> None:
    case = "failures in a counter of their own"
    rows = by_name(status(case))
    health = {"silent": "unknown", "told": "breaching", "well": "healthy", "before": "unknown", "bare": "unknown",
              "of a server": "unknown", "beside": "healthy", "of a client": "healthy"}  # fmt: skip
    assert {name: row["health"] for name, row in rows.items()} == health
    (reason,) = rows["silent"]["reasons"]
    assert reason.startswith("requests fail by http_requests_failed_total, which is not read: write in [[presets]] ")
    preset = '[[presets]]\nname = "own"\nrequests = "http_requests_total"\n'
    counted = by_name(status(case, f'{preset}errors = [{{ metric = "http_requests_failed_total" }}]\n'))
    assert counted["silent"]["signals"]["error_ratio"] == pytest.approx(0.1, abs=1e-3)
    assert by_name(status(case, f'{preset}outcomes = ["code"]\n'))["silent"]["health"] == "healthy"


def test_the_line_that_is_named_counts_what_another_label_calls_failed(status: Any) -> None:
    preset = (
        '[[presets]]\nname = "own"\nrequests = "http_requests_total"\n'
        'outcomes = ["code", { label = "success", beside = true }]\n'
    )
    success = by_name(status("a label beside the code", preset))["success"]
    assert (success["signals"]["error_ratio"], success["health"]) == (pytest.approx(0.1, abs=1e-3), "breaching")
    calm = by_name(status("a label beside the code", 'good = "db|Boom"\n'))
    assert (calm["error"]["health"], calm["exception"]["health"]) == ("healthy", "healthy")


def test_numbers_that_may_mean_anything_are_no_outcomes(status: Any, server: Server) -> None:
    """0 and 1 as a program ends, 1 and 2 as OpenTelemetry counts, and not the classes of HTTP."""
    assert ratios(status("numbers of any meaning")) == pytest.approx({"flag": 0.1}, abs=1e-3)
    named = [note for note in notes_of(server, "numbers of any meaning").splitlines() if "no service is shown" in note]
    assert [note.partition(":")[0] for note in named] == ["otel", "exit", "dns"]


def test_the_preset_that_is_named_decides_between_two_counters(status: Any) -> None:
    more = '[[services]]\nname = "shop"\npreset = "generic-http"\n'
    shop = by_name(status("an upgrade from counter to counter", more))["shop"]
    assert (shop["signals"]["error_ratio"], shop["health"]) == (pytest.approx(0.5, abs=1e-6), "breaching")


def test_a_word_that_never_was_counted_hides_nothing(status: Any) -> None:
    quiet = by_name(status("words that come late"))["quiet"]
    assert (quiet["signals"]["error_ratio"], quiet["health"]) == (0.0, "healthy")


def test_words_that_the_last_search_did_not_see_are_read_as_what_they_are(server: Server) -> None:
    source = PrometheusSource(server.url, matchers={"case": "words that come late"})
    source.discover(NOW - 600)
    answer = source.samples(Grid.ending(NOW, span=600, step=60))
    source.close()
    newest = answer.frame.iloc[-1]
    assert newest["late", "errors", "server"] == pytest.approx(1.0, rel=0.01)
    assert math.isnan(newest["puzzle", "errors", "server"])
    assert newest["puzzle", "requests", ""] == pytest.approx(10.0, rel=0.01)
    assert any("whether requests with code 'violet' failed is unknown" in problem.what for problem in answer.problems)


def test_failures_of_the_past_are_counted_whatever_was_seen_at_the_search(server: Server) -> None:
    source = PrometheusSource(server.url, matchers={"case": "a word of the past"})
    source.discover(NOW)
    end = NOW // HOUR * HOUR
    counts = source.counts(Grid(end - 6 * HOUR, end, HOUR)).frame["past"]
    source.close()
    assert counts["errors", "server"].sum() == pytest.approx(2 * HOUR, rel=0.01)


def test_services_of_one_name_in_two_clusters_are_two(status: Any) -> None:
    said = status("two clusters")
    assert {row["id"]: (row["service"], row["cluster"]) for row in said["services"]} == {
        "east/cart": ("east/cart", "east"),
        "west/cart": ("west/cart", "west"),
        "east/auth": ("auth", "east"),
        "edge": ("edge", None),
        "eu/pay": ("pay", "eu"),
    }
    assert ratios(said) == pytest.approx({"east/cart": 0.1, "west/cart": 0, "auth": 0, "edge": 0, "pay": 0}, abs=1e-3)
    availability = {slo["service_id"]: slo for slo in said["slos"]}
    assert availability["east/cart"]["sli"] == pytest.approx(0.9, abs=1e-3)
    assert (availability["west/cart"]["sli"], availability["east/auth"]["service"]) == (1.0, "auth")


def test_services_that_are_counted_together_from_several_namespaces_are_told(status: Any, server: Server) -> None:
    remedy = 'write cluster_label = "namespace" under [source] to tell them apart, or select one with match'
    said = notes_of(server, "two stages").splitlines()
    assert f"api: counted together from several values of namespace (prod, staging): {remedy}" in said
    assert not any(line.startswith("cart: counted together") for line in said)
    apart = ratios(status("two stages", 'cluster_label = "namespace"\n'))
    assert apart == pytest.approx({"staging/api": 0.5, "prod/api": 0.0, "cart": 0.0}, abs=1e-3)


def test_a_cluster_that_is_gone_stays_in_sight(status: Any) -> None:
    rows = by_name(status("a dead cluster"))
    assert {name: (row["health"], row["reasons"]) for name, row in rows.items()} == {
        "east/cart": ("healthy", []),
        "west/cart": ("unknown", ["no data since 08:00"]),
    }


@pytest.mark.parametrize(
    ("label", "names"),
    [("", {"cart", "auth", "edge", "pay"}), ("job", {"cart", "auth", "edge", "pay"})],
    ids=["none", "another"],
)
def test_the_configuration_says_which_label_is_the_cluster(status: Any, label: str, names: set[str]) -> None:
    assert set(by_name(status("two clusters", f'cluster_label = "{label}"\n'))) == names


def test_a_service_that_is_configured_without_a_cluster_is_that_of_all_clusters(status: Any) -> None:
    said = status("two clusters", '[[services]]\nname = "basket"\nmatch = { job = "cart" }\n')
    assert set(by_name(said)) == {"basket", "auth", "edge", "pay"}
    assert ratios(said)["basket"] == pytest.approx(0.05, abs=1e-3)
    east = status("two clusters", '[[services]]\nname = "basket"\nmatch = { job = "cart", cluster = "east" }\n')
    assert set(by_name(east)) == {"basket", "cart", "auth", "edge", "pay"}


def test_a_configured_service_and_its_slo_need_no_cluster_where_the_name_is_unique(status: Any, tmp_path: Path) -> None:
    slo = tmp_path / "auth.yaml"
    slo.write_text(OWN_SLO, encoding="utf-8")
    said = status("two clusters", '[[services]]\nname = "auth"\nteam = "identity"\n', f'slos = ["{slo}"]\n')
    auth = [row for row in said["slos"] if row["service"] == "auth"]
    assert [(row["slo"], row["service_id"], row["sli"]) for row in auth] == [("auth-answers", "east/auth", 1.0)]
    assert len(said["services"]) == 5


def test_what_no_preset_describes_is_found_all_the_same(status: Any) -> None:
    said = status("nobody knows them")
    assert set(by_name(said)) == {"acme", "worker", "timed", "known"}
    assert ratios(said) == pytest.approx({"acme": 0.2, "worker": 0.1, "timed": None, "known": 0.0}, abs=1e-3)
    acme = by_name(said)["acme"]["signals"]
    assert acme["traffic_per_s"] == pytest.approx(10.0, rel=1e-3)
    assert acme["latency_p50_s"] == pytest.approx(0.1)
    assert by_name(said)["timed"]["health"] == "unknown"


def test_further_names_labels_and_units_are_read_and_what_they_do_not_tell_is_never_good(status: Any) -> None:
    said = status("further spellings")
    told = {"a word with log in it", "what was created", "a language", "no ending", "exit codes", "another label",
            "capitals", "words as one", "returned codes", "codes in names", "classes in names",
            "a summary", "microseconds", "a node", "an executor", "nginx by Lua", "an operator",
            "measured from outside", "measured, too", "two counters", "failures of all", "of both sides"}  # fmt: skip
    assert {name for name, ratio in ratios(said).items() if ratio == pytest.approx(0.1, abs=1e-3)} == told
    assert ratios(said)["whose codes"] is None
    rows = by_name(said)
    healths = {name: row["health"] for name, row in rows.items() if name not in told}
    assert healths == {
        "whose codes": "unknown", "successes alone": "unknown", "graphql": "unknown", "refused": "healthy",
        "one bucket": "healthy",
    }  # fmt: skip
    assert rows["one bucket"]["signals"]["latency_p50_s"] is None
    assert rows["two counters"]["signals"]["traffic_per_s"] == pytest.approx(10.0, rel=1e-3)
    assert rows["microseconds"]["signals"]["latency_p50_s"] == pytest.approx(0.1)
    assert rows["codes in names"]["signals"]["traffic_per_s"] == pytest.approx(10.0, rel=1e-3)


def test_what_is_counted_without_a_unit_or_a_known_name_is_named(server: Server) -> None:
    source = PrometheusSource(server.url, matchers={"case": "further spellings"})
    catalog = source.discover(NOW)
    source.close()
    assert "acme_request_latency_bucket, of no ending: its name says no unit, so `scale` has to" in catalog.offers
    assert any('mean = { sum = "listener_seconds_sum"' in text for text in catalog.suggestions)
    apart = 'errors = [{ metric = "nv_inference_request_failure", apart = true }]'
    assert any(apart in text for text in catalog.suggestions)
    clients = '{ metric = "jetty_ServletHandler_4xx_responses_total", fault = "client" }]'
    assert any(clients in text for text in catalog.suggestions)
    empty = PrometheusSource(server.url, matchers={"case": "nothing that is known"})
    nothing_found = empty.discover(NOW).nothing_found
    empty.close()
    itself = PrometheusSource(server.url, matchers={"case": "of itself alone"})
    assert "the server has others: loki_request_duration_seconds_count: " in itself.discover(NOW).nothing_found
    itself.close()
    there = "job:http_requests:rate5m, aws_applicationelb_request_count_sum"
    assert f"while the server has others: {there}: name your own" in nothing_found
    assert nothing_found.endswith("amounts of each period, no counters: read an export of them as CSV instead")


def test_what_counts_something_and_tells_no_failures_is_named(server: Server) -> None:
    assert [note for note in notes_of(server, "nobody knows them").splitlines() if "no service is shown" in note] == [
        "mute: no service is shown, as acme_requests_total may count requests, but has no label that is known to tell "
        'which of them failed; a [[presets]] block with requests = "acme_requests_total" makes it a service',
        "silent: no service is shown, as parcels_handled_total may count requests, but has no label that is known to "
        'tell which of them failed; a [[presets]] block with requests = "parcels_handled_total" makes it a service',
    ]


def test_series_that_name_no_service_are_told(status: Any, server: Server) -> None:
    said = status("nameless")["source"]["message"]
    assert said.startswith("the source answers, but no service was found: no service is shown by http_requests_total, ")
    assert notes_of(server, "nameless").splitlines()[0] == (
        "no service is shown by http_requests_total, as its series have no label job, service_name, service, app, "
        "exported_job: let "
        "their scrape add one, or select them with match in [[services]]"
    )
    services = '[[services]]\nname = "shop"\nmatch = { instance = "10.0.0.1:80" }\n'
    assert ratios(status("nameless", services)) == pytest.approx({"shop": 0.1}, abs=1e-3)


def test_what_came_and_went_before_the_first_search_is_known(status: Any) -> None:
    said = status("came and went")
    assert {row["id"]: row["health"] for row in said["services"]} == {
        "long": "breaching",
        "short": "unknown",
        "east/brief": "unknown",
    }


def test_services_of_one_job_and_one_counter_are_named_by_their_own_labels(status: Any) -> None:
    assert ratios(status("one counter, several labels that name")) == pytest.approx(
        {"mail": 0.1, "auth": 0.2}, abs=1e-3
    )


def test_a_job_of_many_services_hides_none_of_them(status: Any) -> None:
    truth = {"known": 0.1, "acme": 0.2, "worker": 0.1, "mailer": 0.0, "web": 0.1}
    assert ratios(status("one job of many")) == pytest.approx(truth, abs=1e-3)


def test_discover_prints_the_preset_that_keeps_what_was_found_without_one(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "golden.toml"
    source = f'[source]\nkind = "prometheus"\nurl = "{server.url}"\nmatch = {{ case = "nobody knows them" }}\n'
    config.write_text(source, encoding="utf-8")
    monkeypatch.setattr(time, "time", lambda: float(NOW))
    assert main(["discover", "--config", str(config)]) == 0
    kept = capsys.readouterr().out
    blocks = tomllib.loads(kept)["presets"]
    assert {block["name"]: block["requests"] for block in blocks} == {
        "acme-http-requests": "acme_http_requests_total",
        "shipments-processed": "shipments_processed_total",
        "tool-call-duration-seconds": "tool_call_duration_seconds_count",
    }
    presets = kept[kept.index("\n[[presets]]") : kept.index("[[services]]")]
    config.write_text(source + presets, encoding="utf-8")
    assert main(["discover", "--config", str(config)]) == 0
    again = capsys.readouterr().out
    assert "found without a preset" not in again
    assert "# known_jobs_total by status, of known\n" in again
    assert "# http_request_time_milliseconds_bucket, of known\n" in again
    assert "# acme_http_request_duration_milliseconds_bucket" not in again
    assert '[[services]]\nname = "acme"' in again


def notes_of(server: Server, case: str) -> str:
    source = PrometheusSource(server.url, matchers={"case": case})
    catalog = source.discover(NOW)
    source.close()
    return "\n".join([*catalog.notes, *(f"{info.name}: {note}" for info in catalog.services for note in info.notes)])


def test_services_that_count_the_same_requests_are_told(server: Server) -> None:
    said = notes_of(server, "one counter under three names")
    assert "3 services count the same requests: a, b, c: one counter is exported under several names" in said


def test_a_pair_of_servers_that_scrape_the_same_targets_is_told(server: Server) -> None:
    assert (
        "http_requests_total is there once for each Prometheus of a pair (label replica or prometheus_replica)"
        in notes_of(server, "a pair of servers")
    )
    assert "of a pair" not in notes_of(server, "pods with a label replica")


def test_counters_that_keep_falling_are_told(server: Server) -> None:
    said = notes_of(server, "workers behind one port")
    assert re.search(r"workers: its counters fell at \d+ of 120 scrapes: several processes answer", said)
    assert "steady: its counters" not in said


def test_what_waits_by_design_has_no_latency_objective_by_default(status: Any, server: Server) -> None:
    slos = {slo["slo"] for slo in status("long polling")["slos"]}
    # Two days of slow answers may well be an outage.
    assert slos == {"poll-availability", "young-availability", "young-latency"}
    assert "poll: most of its requests take seconds" in notes_of(server, "long polling")


def test_a_disk_that_nobody_can_write_is_no_resource(status: Any) -> None:
    assert by_name(status("read-only disks"))["host"]["signals"]["saturation"]["disk"] == pytest.approx(0.4)


def test_a_resource_is_counted_once_however_many_scrape_it(status: Any) -> None:
    saturation = by_name(status("two kube-state-metrics"))["shop/cart-0"]["signals"]["saturation"]
    assert saturation == pytest.approx({"cpu": 0.9, "memory": 0.9})


def test_the_configuration_tells_what_unknown_words_mean(status: Any) -> None:
    said = status("unknown words", 'failed = "violet"\ngood = "green"\n')
    assert ratios(said) == pytest.approx({"odd": 0.5}, abs=1e-3)


def test_what_cannot_be_told_says_what_to_write(server: Server) -> None:
    source = PrometheusSource(server.url, matchers={"case": "unknown words"})
    (odd,) = source.discover(NOW).services
    source.close()
    assert any('write failed = "green|violet" or good = "green|violet" under [source]' in note for note in odd.notes)


def test_a_slow_target_beside_a_fast_one_is_judged_too(status: Any) -> None:
    said = status("two intervals")
    burning = {slo["service"] for slo in said["slos"] if any(alert["firing"] for alert in slo["alerts"])}
    assert burning == {"fast", "slow"}
    assert {row["health"] for row in said["services"]} == {"breaching"}


@pytest.mark.parametrize(
    ("case", "health", "state"),
    [
        ("four intervals, all well", "healthy", "acceptable"),
        ("four intervals, all failing", "breaching", "critical"),
    ],
)
def test_each_interval_is_judged_by_its_own(status: Any, case: str, health: str, state: str) -> None:
    said = status(case)
    assert {row["service"]: row["health"] for row in said["services"]} == dict.fromkeys(
        ["every15", "every30", "every60", "every180"], health
    )
    assert {slo["state"] for slo in said["slos"]} == {state}


def test_a_minute_of_a_new_server_is_too_little_to_judge(status: Any) -> None:
    said = status("a minute of a new server")
    (row,), (slo,) = said["services"], said["slos"]
    assert slo["budget"]["remaining"] < -5
    assert (row["health"], slo["state"]) == ("unknown", "no_data")
    assert row["reasons"][0].startswith("too little measured to judge its SLOs: ")


def test_an_outage_of_a_new_server_is_seen(status: Any) -> None:
    said = status("ten minutes of a new server, all failing")
    (row,), (slo,) = said["services"], said["slos"]
    assert (row["health"], slo["state"]) == ("breaching", "critical")
    assert row["reasons"] == ["availability budget burning at 1000.0× the allowed rate (1 h)"]


def test_a_service_without_buckets_has_a_mean_and_no_latency_slo(status: Any, server: Server) -> None:
    said = status("with and without buckets")
    assert {slo["slo"] for slo in said["slos"]} == {"a-availability", "a-latency", "b-availability"}
    source = PrometheusSource(server.url, matchers={"case": "with and without buckets"})
    source.discover(NOW)
    newest = source.samples(Grid.ending(NOW, span=600, step=60)).frame.iloc[-1]
    source.close()
    assert newest["b", "mean", ""] == pytest.approx(0.02, rel=1e-3)


TOO_MANY = (
    b'{"status":"error","errorType":"422","error":"cannot select more than -search.maxUniqueTimeseries=9 series"}'
)


def test_buckets_that_a_limit_refuses_are_not_called_missing(server: Server) -> None:
    with misbehaving(server.url) as proxy:
        proxy.fault = Fault(422, TOO_MANY, only="le%29+%28http_server_requests_seconds_bucket", spared="nothing")
        source = PrometheusSource(proxy.url, matchers={"case": "with and without buckets"})
        catalog = source.discover(NOW)
        source.close()
        refused = f"{proxy.url} limits queries: cannot select more than -search.maxUniqueTimeseries=9 series"
    notes = {info.name: info.notes for info in catalog.services}
    said = "its latency buckets could not be looked for: quantiles and a latency objective are not available"
    # Whose they are nobody knows.
    assert notes["a"] == notes["b"] == (f"{said}: {refused}",)
    assert f"latency buckets were not looked for everywhere: {refused}" in catalog.notes
    assert not any(note.startswith("services may be missing") for note in catalog.notes)


def test_outcomes_that_a_limit_refuses_are_not_called_missing(server: Server) -> None:
    with misbehaving(server.url) as proxy:
        proxy.fault = Fault(422, TOO_MANY, only="status_code%29+%28", spared=r'job(="a"|=~"a)')
        source = PrometheusSource(proxy.url, matchers={"case": "three outcome labels"})
        notes = {info.name: info.notes for info in source.discover(NOW).services}
        source.close()
    assert not any("cannot be recognised" in note for note in notes["a"])
    for name in "bc":
        assert notes[name][0].startswith(
            "failed requests cannot be recognised: the search for their labels and counters failed: "
        )
        assert "-search.maxUniqueTimeseries" in notes[name][0]


def test_bounds_that_not_all_instances_have_are_left_out(status: Any, server: Server) -> None:
    slo = next(slo for slo in status("mixed bounds")["slos"] if slo["kind"] == "latency")
    assert slo["threshold_s"] in (0.1, 2.5)
    assert slo["sli"] == pytest.approx({0.1: 0.5, 2.5: 1.0}[slo["threshold_s"]], abs=1e-3)
    source = PrometheusSource(server.url, matchers={"case": "mixed bounds"})
    (mixed,) = source.discover(NOW).services
    source.close()
    assert any("different latency buckets" in note for note in mixed.notes)


def test_without_a_last_bucket_all_requests_are_what_the_counter_says(status: Any, server: Server) -> None:
    signals = by_name(status("no last bucket"))["open"]["signals"]
    assert signals["latency_p95_s"] == pytest.approx(2.5)
    assert signals["latency_p50_s"] < 0.5
    assert "open: its latency buckets end at 2.5 s: what is slower is known to be slower, no more" in notes_of(
        server, "no last bucket"
    )


@pytest.mark.parametrize("case", ["no last bucket, failures apart", "failures apart by a second label"])
def test_a_request_that_failed_is_neither_fast_nor_slow(status: Any, case: str) -> None:
    said = status(case)
    latency = next(slo for slo in said["slos"] if slo["kind"] == "latency")
    (row,) = said["services"]
    assert latency["sli"] == pytest.approx(0.98, abs=1e-3)
    assert latency["burn"][0]["rate"] == pytest.approx(2.0, rel=0.01)
    assert row["signals"]["slow_ratio"] == pytest.approx(0.01, rel=0.01)
    assert row["signals"]["error_ratio"] == pytest.approx(0.5, abs=1e-3)


def test_an_outage_of_targets_that_are_scraped_every_three_minutes_is_never_healthy(status: Any) -> None:
    (row,) = status("slow scrapes")["services"]
    assert row["signals"]["error_ratio"] == pytest.approx(1.0)
    assert row["health"] == "breaching"
