"""Access logs of Classic Load Balancers of AWS.

https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html

The service is the load balancer. A connection of TCP has no status, so whether it failed is unknown.
"""

import re
from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from dashboard.sources.csv.formats.alb import durations
from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.formats.requests import methods_and_paths
from dashboard.sources.csv.formats.tokens import growing_layout
from dashboard.sources.csv.layout import Layout

TIMES = ("request_processing_time", "backend_processing_time", "response_processing_time")
FIELDS: Final = (
    "time", "elb", "client:port", "backend:port", *TIMES, "elb_status_code", "backend_status_code", "received_bytes",
    "sent_bytes", "request", "user_agent", "ssl_cipher", "ssl_protocol",
)  # fmt: skip
FIRST_LINE = re.compile(
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*Z [\w-]+ \S+:\d+ (?:\S+:\d+|-)(?: -?\d+(?:\.\d+)?){3} (?:\d{3}|-) "
)


def cut(lines: Sequence[str], _duration: str) -> Layout | None:
    """The columns of such a log by its first line; None if it is not one."""
    return growing_layout(lines, FIRST_LINE, FIELDS, FIELDS.index("request") + 1)


def prepare(chunk: pa.Table) -> Prepared:
    """Sum the three parts of a request's time."""
    method, path = methods_and_paths(chunk["request"])
    columns = {"duration": durations(chunk, TIMES), "method": method, "path": path}
    return Prepared(pa.table({name: chunk[name] for name in ("time", "elb_status_code", "elb")} | columns))


ELB: Final = Format(
    "elb",
    "an access log of an AWS Classic Load Balancer",
    cut=cut,
    columns={"time": "time", "status": "elb_status_code", "duration": "duration", "service": "elb", "path": "path",
             "method": "method"},
    duration="s",
    stamp="end",
    decimal=".",
    without_duration="no request reached an instance",
    reads=("request",),
    measures=TIMES,
    free_texts=("request",),
    adds=("duration", "method", "path"),
    is_closed=True,
    prepare=prepare,
)  # fmt: skip
