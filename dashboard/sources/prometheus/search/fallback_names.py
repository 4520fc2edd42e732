"""Classifies names of metrics and labels: which count requests, which contain outcomes, which are something else."""

import re
from collections.abc import Sequence

from dashboard.sources.prometheus.search.fallback_presets import UNITS

# Labels with the outcome of a counted event, the clearest first.
OUTCOME_LABELS = (
    "code", "status_code", "http_status_code", "http_response_status_code", "response_code", "http_status", "http_code",
    "response_status", "statusCode", "responseCode", "httpStatus", "httpStatusCode", "result_code", "grpc_code",
    "grpc_status", "rpc_grpc_status_code", "rpc_response_status_code", "status", "status_class", "response_code_class",
    "code_class", "exit_code", "outcome", "result", "success", "ok", "failed", "is_error", "error", "state", "phase",
    "kind", "type",
)  # fmt: skip
# These have many other meanings: they are outcomes if each of their values is one.
VAGUE = frozenset({"state", "phase", "kind", "type"})
# Not every library uses this suffix; counters without it must have one of these names.
COUNTERS = ".+(_total|_count)|(.+_)?(requests|responses|calls|invocations|http_status)"
HISTOGRAMS = f".+({'|'.join(UNITS)})_bucket"
# Histograms that probably contain latency in an unknown unit.
WITHOUT_UNIT = "(.+_)?(duration|durations|latency|latencies|runtime|elapsed|(response|request|processing)_time)_bucket"
# Sums of other quantities contain a unit in their names, or something that has one.
AMOUNTS = (
    ".*_((nano|micro|milli)?seconds?|[num]s|secs?|(nano|micro|milli)s|minutes|hours|days|(kilo|mega|giga|kibi|mebi|gibi)?"
    "bytes?|[kmg]i?b|octets|bits|tokens|char(acter)?s|joules|watts|grams|met(er|re)s|celsius|percent|ratio|cents|dollars"
    "|euros?|usd|eur|gbp|costs?|price|revenue|amounts?|values?|sizes?|lengths?|durations?|time|latency|elapsed|age|sum)"
    "_total"
)
# Telemetry of servers, exporters and client libraries about themselves.
OWN = (
    "(jvm|jdbc|prometheus|promhttp|net_conntrack|scrape|alertmanager|grafana|loki"
    "|tempo|mimir|cortex|thanos|vm|vmagent|otelcol|otel_sdk|kube|cadvisor|kubelet|rest_client"
    "|workqueue|controller_runtime|leader_election|apiserver|etcd_debugging|pushgateway|statsd_exporter|snmp|logback"
    "|log4j2?|hikaricp|gc)_.*"
    # Names of machines, languages and processes are also prefixes of applications' names.
    "|process_(cpu|open|max|virtual|resident|start|network|io|runtime|files|threads)_.*"
    "|(go|python|nodejs|dotnet|ruby|php)_(gc|memstats|sched|cpu|cgo|sync|godebug|heap|rss|threads?|process|collector"
    "|eventloop|active|major|minor|exceptions|collection|total_memory|fpm|opcache)_.*"
    "|node_(arp|bonding|boot|btrfs|buddyinfo|context|cooling|cpu|disk|dmi|drbd|edac|entropy|ethtool|fibrechannel|filefd"
    "|filesystem|forks|hwmon|infiniband|interrupts|intr|ipvs|ksmd|load|lnstat|logind|md|mdadm|memory|mountstats|netstat"
    "|network|nf|nfsd?|ntp|nvme|os|perf|power|pressure|processes|procs|qdisc|rapl|schedstat|selinux|slabinfo|sockstat"
    "|softirqs|softnet|systemd|tape|tcp|textfile|thermal|time|timex|udp|uname|vmstat|wifi|xfs|zfs|zoneinfo)(_.*)?"
    "|container_(accelerator|blkio|cpu|file|fs|hugetlb|last|llc|memory|network|oom|perf|pressure|processes|referenced"
    "|sockets|spec|start|tasks|threads|ulimits)_.*"
    "|machine_(cpu|dimm|memory|node|nvm|swap)_.*|system_(cpu|load)_.*"
    "|executor_(active|completed|idle|pool|queue|queued|scheduled)(_.*)?"
    "|.*(exporter_|_exporter|_scrape|_gc_).*|.*_created"
    # Current amounts and totals instead of events.
    "|(.*_)?(active|current|in_?flight|in_progress|pending|queued|waiting|max|concurrent|open)_(requests|calls"
    "|responses|invocations)"
    "|.*_(in_?flight|in_?progress)_total"
    f"|{AMOUNTS}"
)
IS_OWN = re.compile(OWN)
# Words in a name by their closeness to the requests that a service answers.
CLOSENESS = (
    "request",
    "http",
    "rpc|call",
    "message|event|job|task|command|quer(y|ies)|operation|transaction|probe|processed|handled|served"
    "|response|hits|invocation|execution|lookup",
)
# A part of the requests, or other events; matched as whole words, since a `catalog` is not a log.
ASIDE = re.compile(
    "(?<![a-z])(errors?|fail(ed|ures?|ing)?|exceptions?|retr(y|ies|ied)|dropped|reject(ed|ions?|s)?|timeouts?|cache[sd]?"
    "|log(s|ging|ged)?|logins?|slow|connections?|clients?|upstreams?|sizes?)(?![a-z])"
)
# Requests that a service sends to others.
OUTBOUND = re.compile(
    "(?<![a-z])(k8s|kubernetes|kubectl|git|db|database|sql|redis|s3|ldap|smtp|outbound|outgoing|egress|external|remote"
    "|webhooks?)(?![a-z])"
)


def distance(metric: str) -> tuple[bool, int, bool, int, str]:
    """The distance of a metric's name from the requests that a service answers; the smallest is nearest."""
    closeness = next((place for place, words in enumerate(CLOSENESS) if re.search(words, metric)), len(CLOSENESS))
    return OUTBOUND.search(metric) is not None, closeness, not metric.endswith("_total"), len(metric), metric


def alike(counter: str, buckets: Sequence[str]) -> str:
    """The histogram that matches a counter: the one whose name has the longest common beginning; empty without any."""
    words = re.sub("_(total|count)$", "", counter).split("_")

    def shared(bucket: str) -> int:
        parts = [part.rstrip("s") for part in bucket.split("_")]
        return sum(word.rstrip("s") in parts for word in words)

    best = max(buckets, key=shared, default="")
    # A single common word, such as a company's name, proves nothing.
    return best if best and shared(best) >= min(2, len(words)) else ""
