"""Access logs of AWS Application Load Balancers.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html

The service is the target group; if none was chosen (redirects, fixed responses), the load balancer.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.formats.requests import by_text, each_once, methods_and_paths
from dashboard.sources.csv.formats.tokens import growing_layout
from dashboard.sources.csv.layout import Layout
from dashboard.sources.csv.values.quantities import numbers

# New fields are appended to these.
FIELDS: Final = (
    "type", "time", "elb", "client:port", "target:port", "request_processing_time", "target_processing_time",
    "response_processing_time", "elb_status_code", "target_status_code", "received_bytes", "sent_bytes", "request",
    "user_agent", "ssl_cipher", "ssl_protocol", "target_group_arn", "trace_id", "domain_name", "chosen_cert_arn",
    "matched_rule_priority", "request_creation_time", "actions_executed", "redirect_url", "error_reason",
    "target:port_list", "target_status_code_list", "classification", "classification_reason", "conn_trace_id",
)  # fmt: skip
FIRST_LINE = re.compile(r"^(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*Z \S+ \S+ \S+ -?[\d.]+ -?[\d.]+ ")
TIMES = ("request_processing_time", "target_processing_time", "response_processing_time")
MISSING = -1.0
ARN, BALANCER = r"^arn:[^ ]*:targetgroup/([^/]*)/.*$", r"^(?:app|net)/([^/]*)/.*$"


def cut(lines: Sequence[str], _duration: str) -> Layout | None:
    """The columns of such a log by its first line; None if it is not one."""
    # All used fields come before the domain name.
    return growing_layout(lines, FIRST_LINE, FIELDS, FIELDS.index("domain_name") + 1)


def prepare(chunk: pa.Table) -> Prepared:
    """Sum the three parts of a request's time; -1 marks a missing part."""
    method, path = methods_and_paths(chunk["request"])
    columns = {
        "duration": durations(chunk, TIMES),
        "method": method,
        "path": path,
        "service": _services(chunk),
    }
    return Prepared(pa.table({name: chunk[name] for name in ("time", "elb_status_code", "domain_name")} | columns))


def durations(chunk: pa.Table, columns: Sequence[str]) -> pa.Array:
    """Seconds of each request, shape (rows,), null if a part of them is missing; `columns`: of the parts."""
    parts = np.array([numbers(chunk[name]) for name in columns])
    is_missing = (parts == MISSING).any(axis=0)
    # An invalid number results in a rejected duration.
    return pc.if_else(pa.array(is_missing), None, pa.array(np.nan_to_num(parts.sum(axis=0), nan=MISSING)))


def _services(chunk: pa.Table) -> pa.Array:
    groups, balancers = each_once(chunk["target_group_arn"]), each_once(chunk["elb"])
    group = pc.replace_substring_regex(groups.dictionary, ARN, r"\1")
    balancer = pc.replace_substring_regex(balancers.dictionary, BALANCER, r"\1")
    named = pc.if_else(pc.equal(group, "-"), None, group)
    return pc.coalesce(by_text(groups, named), by_text(balancers, balancer))


ALB: Final = Format(
    "alb",
    "an access log of an AWS Application Load Balancer",
    cut=cut,
    columns={"time": "time", "status": "elb_status_code", "duration": "duration", "service": "service",
             "host": "domain_name", "path": "path", "method": "method"},
    duration="s",
    stamp="end",
    decimal=".",
    without_duration="no request reached a target",
    reads=("request", "target_group_arn", "elb"),
    measures=TIMES,
    free_texts=("request",),
    adds=("duration", "service", "method", "path"),
    is_closed=True,
    prepare=prepare,
)  # fmt: skip
