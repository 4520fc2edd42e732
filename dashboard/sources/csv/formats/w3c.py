"""Logs in the W3C extended format: CloudFront and IIS.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html,
https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging

The service of CloudFront is the host that viewers requested, or the distribution; that of IIS is its site or host,
otherwise the name of the file or its folder.
"""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.formats.requests import CLIENT_CLOSED, bounded_paths, by_text, each_once, texts, utc_times

COLUMNS = {"time": "moment", "status": "sc-status", "duration": "time-taken", "path": "cs-uri-stem",
           "method": "cs-method"}  # fmt: skip
WITHOUT_DURATION = "the log has no field time-taken: add it to the fields that are logged"


def prepare(chunk: pa.Table) -> Prepared:
    """Join times from two columns; without a status, the client disconnected before the response."""
    status = each_once(chunk["sc-status"])
    gone = pc.is_in(status.dictionary, pa.array(["000", "0"]))
    columns = {
        "moment": utc_times(chunk["date"], chunk["time"]),
        "sc-status": by_text(status, pc.if_else(gone, CLIENT_CLOSED, status.dictionary)),
    }
    if "cs-uri-stem" in chunk.column_names:
        columns["cs-uri-stem"] = bounded_paths(texts(chunk["cs-uri-stem"]))
    kept = [name for name in chunk.column_names if name not in columns]
    return Prepared(pa.table(columns | {name: chunk[name] for name in kept}))


def _formats(name: str, title: str, own: str, unit: str, hosts: tuple[str, ...]) -> tuple[Format, ...]:
    """A format for each field that may name the service, the best first, and one without any.

    Args:
        name, title: of the tool. `own`: a field of this tool only. `unit`: of durations. `hosts`: the fields.
    """
    return tuple(
        Format(
            name,
            title,
            header=frozenset({"date", "time", "sc-status", own} | ({host.lower()} if host else set())),
            columns=COLUMNS | ({"service": host} if host else {}),
            duration=unit,
            stamp="end",
            decimal=".",
            without_duration=WITHOUT_DURATION,
            reads=("date", "time", "sc-status", "cs-uri-stem"),
            free_texts=("cs-uri-stem",),
            adds=("moment",),
            is_closed=True,
            prepare=prepare,
        )
        for host in (*hosts, "")
    )


CLOUDFRONT: Final = _formats("cloudfront", "a log of CloudFront", "x-edge-location", "s", ("x-host-header", "cs(Host)"))
IIS: Final = _formats("iis", "a log of IIS", "sc-win32-status", "ms", ("cs-host", "s-sitename"))
