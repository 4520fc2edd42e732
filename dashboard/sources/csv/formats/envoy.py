"""Access logs of Envoy in its default format, and in that of Istio.

https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage,
https://istio.io/latest/docs/tasks/observability/logs/access-log/

The service is the cluster to which Istio routed, without the cluster's domain, otherwise the requested host.
"""

import re
from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.formats.requests import (
    CLIENT_CLOSED,
    by_text,
    each_once,
    iso_times,
    methods_and_paths,
    texts,
)
from dashboard.sources.csv.formats.tokens import tokens_of
from dashboard.sources.csv.layout import Layout

BEGIN = ("start", "request", "status", "flags")
REASONS = ("details", "termination", "failure")
MIDDLE = ("received", "sent", "duration", "upstream_time", "forwarded_for", "agent", "id", "authority", "upstream_host")
ROUTE = ("cluster", "upstream_local", "downstream_local", "downstream_remote", "server_name", "route")
LAYOUTS: Final = {len(names): names for names in (BEGIN + MIDDLE, BEGIN + REASONS + MIDDLE + ROUTE)}
FIRST_LINE = re.compile(r'\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z\] "[^"]*" (?:\d+|-) \S+ ')
CLUSTER, PORT = r"^(?:outbound|inbound)\|\d*\|[^|]*\|([^|]*?)(?:\.svc\.[^|]*)?$", r":\d+$"
# The client disconnected: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
CLIENT_GONE = r"(^|,)DC(,|$)"
TCP = "- - -"


def cut(lines: Sequence[str], _duration: str) -> Layout | None:
    """The columns of such a log by its first line; None if it is not one."""
    names = LAYOUTS.get(len(tokens_of(lines[0]))) if FIRST_LINE.match(lines[0]) else None
    return Layout(names, " ", is_log=True) if names else None


def prepare(chunk: pa.Table) -> Prepared:
    """Remove brackets from times and ports from hosts; TCP connections are not requests."""
    request = texts(chunk["request"])
    method, path = methods_and_paths(chunk["request"])
    columns = {
        "time": iso_times(chunk["start"]),
        "status": _statuses(chunk),
        "duration": chunk["duration"],
        "service": _services(chunk),
        "method": method,
        "path": path,
    }
    is_tcp = pc.fill_null(pc.equal(request, TCP), fill_value=False)
    return Prepared(pa.table(columns), is_tcp.to_numpy(zero_copy_only=False))


def _statuses(chunk: pa.Table) -> pa.Array:
    """Statuses; 0 means no response, and the flags show the side of the fault."""
    status, flags = each_once(chunk["status"]), each_once(chunk["flags"])
    none = by_text(status, pc.equal(status.dictionary, "0"))
    gone = by_text(flags, pc.match_substring_regex(flags.dictionary, CLIENT_GONE))
    return pc.if_else(pc.and_(none, gone), CLIENT_CLOSED, by_text(status, status.dictionary)).dictionary_encode()


def _services(chunk: pa.Table) -> pa.Array:
    hosts = each_once(chunk["authority"])
    host = by_text(hosts, pc.replace_substring_regex(hosts.dictionary, PORT, ""))
    if "cluster" not in chunk.column_names:
        return host.dictionary_encode()
    clusters = each_once(chunk["cluster"])
    is_routed = pc.match_substring_regex(clusters.dictionary, r"\|[^|]+$")
    named = pc.replace_substring_regex(clusters.dictionary, CLUSTER, r"\1")
    return pc.coalesce(by_text(clusters, pc.if_else(is_routed, named, None)), host).dictionary_encode()


ENVOY: Final = Format(
    "envoy",
    "an access log of Envoy",
    cut=cut,
    columns={name: name for name in ("time", "status", "duration", "service", "method", "path")},
    duration="ms",
    stamp="start",
    decimal=".",
    without_duration="no request has a duration",
    reads=("start", "request", "status", "flags", "authority", "cluster"),
    free_texts=("start", "request"),
    adds=("time", "service", "method", "path"),
    is_closed=True,
    prepare=prepare,
)
