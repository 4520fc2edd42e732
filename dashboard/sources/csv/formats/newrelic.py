"""Transactions exported to CSV from New Relic.

https://docs.newrelic.com/attribute-dictionary/?event=Transaction

A transaction that is not an HTTP request has no code: it failed if `error` says so.
"""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.formats.exports import filled, first_of, flags, outcomes
from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.formats.requests import bounded_paths

CODES = ("http.statusCode", "httpResponseCode", "response.status", "response.statusCode")


def prepare(chunk: pa.Table) -> Prepared:
    """The response code, and the value of `error`."""
    codes = pc.replace_substring_regex(first_of(chunk, *CODES), r"\.0$", "")
    columns = {
        "outcome": outcomes(codes, flags(filled(chunk, "error"))),
        "path": bounded_paths(filled(chunk, "request.uri")),
    }
    kept = {name: chunk[name] for name in chunk.column_names if name not in ("error", "request.uri", *CODES)}
    return Prepared(pa.table(kept | columns))


NEW_RELIC: Final = tuple(
    Format(
        "new-relic",
        "an export of transactions from New Relic",
        header=frozenset({"timestamp", "appname", "duration", own.lower()}),
        columns={"time": "timestamp", "service": "appName", "status": "outcome", "duration": "duration",
                 "route": "name", "path": "path", "method": "request.method", "host": "host"},
        duration="s",
        stamp="start",
        decimal=".",
        without_duration="no transaction has a duration",
        reads=("error", "request.uri", *CODES),
        adds=("outcome", "path"),
        is_closed=True,
        prepare=prepare,
    )
    for own in (*CODES, "error")
)  # fmt: skip
