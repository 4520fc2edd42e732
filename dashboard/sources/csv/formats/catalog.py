"""The recognised formats; the first one that matches a file is used."""

from typing import Final

from dashboard.sources.csv.formats.access_log import ACCESS_LOG
from dashboard.sources.csv.formats.alb import ALB
from dashboard.sources.csv.formats.azure import AZURE
from dashboard.sources.csv.formats.azure_metrics import AZURE_METRICS
from dashboard.sources.csv.formats.cloudwatch_metrics import CLOUDWATCH_METRICS
from dashboard.sources.csv.formats.datadog import DATADOG
from dashboard.sources.csv.formats.datadog_metrics import DATADOG_METRICS
from dashboard.sources.csv.formats.elb import ELB
from dashboard.sources.csv.formats.envoy import ENVOY
from dashboard.sources.csv.formats.format import Format
from dashboard.sources.csv.formats.gatling import GATLING, GATLING_BINARY
from dashboard.sources.csv.formats.google import GOOGLE
from dashboard.sources.csv.formats.grafana import GRAFANA
from dashboard.sources.csv.formats.haproxy import HAPROXY
from dashboard.sources.csv.formats.hey import HEY
from dashboard.sources.csv.formats.jmeter import JMETER, JMETER_WITHOUT_HEADER
from dashboard.sources.csv.formats.k6 import K6
from dashboard.sources.csv.formats.kibana import KIBANA
from dashboard.sources.csv.formats.kibana_lens import KIBANA_LENS
from dashboard.sources.csv.formats.locust import LOCUST, LOCUST_EXCEPTIONS, LOCUST_FAILURES, LOCUST_STATISTICS
from dashboard.sources.csv.formats.logs_insights import LOGS_INSIGHTS
from dashboard.sources.csv.formats.newrelic import NEW_RELIC
from dashboard.sources.csv.formats.newrelic_timeseries import NEWRELIC_TIMESERIES
from dashboard.sources.csv.formats.s3 import S3
from dashboard.sources.csv.formats.splunk import SPLUNK
from dashboard.sources.csv.formats.splunk_timechart import SPLUNK_TIMECHART
from dashboard.sources.csv.formats.uncountable import UNCOUNTABLE
from dashboard.sources.csv.formats.vegeta import VEGETA, VEGETA_BEFORE_12_8
from dashboard.sources.csv.formats.victoriametrics import VICTORIAMETRICS
from dashboard.sources.csv.formats.w3c import CLOUDFRONT, IIS
from dashboard.sources.csv.formats.wrk import WRK

FORMATS: Final[tuple[Format, ...]] = (
    K6,
    JMETER, JMETER_WITHOUT_HEADER,
    GATLING, GATLING_BINARY,
    LOCUST, LOCUST_STATISTICS, LOCUST_FAILURES, LOCUST_EXCEPTIONS,
    VEGETA, VEGETA_BEFORE_12_8,
    HEY,
    WRK,
    *UNCOUNTABLE,
    ENVOY, HAPROXY, ALB, ELB, S3, *CLOUDFRONT, *IIS, ACCESS_LOG,
    *GOOGLE, *KIBANA, *SPLUNK, *DATADOG, *NEW_RELIC, *AZURE,
    *GRAFANA, VICTORIAMETRICS, DATADOG_METRICS, SPLUNK_TIMECHART, KIBANA_LENS, NEWRELIC_TIMESERIES,
    CLOUDWATCH_METRICS, LOGS_INSIGHTS, *AZURE_METRICS,
)  # fmt: skip
# The configured format of a file that is only read by its columns.
PLAIN: Final = "plain"
NAMES: Final = (*dict.fromkeys(known.name for known in FORMATS if not known.refusal), PLAIN)
