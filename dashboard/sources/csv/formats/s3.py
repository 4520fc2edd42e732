"""Access logs of Amazon S3.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html

The service is the bucket. What S3 does by itself, such as expiring objects, is no request.
"""

import re
from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.formats.requests import by_text, clf_times, each_once, methods_and_paths
from dashboard.sources.csv.formats.tokens import growing_layout
from dashboard.sources.csv.layout import Layout

# Further fields were appended to these, and may be again.
FIELDS: Final = (
    "owner", "bucket", "clock", "offset", "remote_ip", "requester", "request_id", "operation", "key", "request",
    "http_status", "error_code", "bytes_sent", "object_size", "total_time",
)  # fmt: skip
FIRST_LINE = re.compile(
    r"^[0-9a-f]{64} [\w.-]+ \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \S+ \S+ [0-9A-F]+ "
    r"[A-Z0-9]+\.[A-Z_.]+ "
)
OWN = r"^S3\."


def cut(lines: Sequence[str], _duration: str) -> Layout | None:
    """The columns of such a log by its first line; None if it is not one."""
    return growing_layout(lines, FIRST_LINE, FIELDS, len(FIELDS))


def prepare(chunk: pa.Table) -> Prepared:
    """Join times from two columns; leave out what nobody requested."""
    method, _ = methods_and_paths(chunk["request"])
    operations = each_once(chunk["operation"])
    ignored = by_text(operations, pc.match_substring_regex(operations.dictionary, OWN))
    columns = {
        "time": clf_times(chunk["clock"], chunk["offset"]),
        "method": method,
        **{name: chunk[name] for name in ("bucket", "operation", "http_status", "total_time")},
    }
    return Prepared(pa.table(columns), ignored.to_numpy(zero_copy_only=False))


S3: Final = Format(
    "s3",
    "an access log of Amazon S3",
    cut=cut,
    columns={"time": "time", "status": "http_status", "duration": "total_time", "service": "bucket",
             "method": "method", "operation": "operation"},
    duration="ms",
    stamp="start",
    decimal=".",
    without_duration="S3 did not time some requests",
    reads=("clock", "offset", "request", "operation"),
    free_texts=("request",),
    adds=("time", "method"),
    is_closed=True,
    prepare=prepare,
)  # fmt: skip
