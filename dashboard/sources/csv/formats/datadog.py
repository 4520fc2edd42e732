"""Logs of requests as Datadog's Log Explorer exports them to CSV, with their standard attributes.

https://docs.datadoghq.com/logs/log_configuration/attributes_naming_convention/,
https://docs.datadoghq.com/logs/explorer/export/
"""

from typing import Final

import pyarrow as pa

from dashboard.sources.csv.formats.exports import by_service, filled, nothing
from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.formats.requests import bounded_paths

# Attributes with and without the sign that distinguishes them from tags.
STATUSES, TARGETS = ("@http.status_code", "http.status_code"), ("@http.url_details.path", "http.url_details.path")


def prepare(chunk: pa.Table) -> Prepared:
    """Ignore logs without an HTTP status, which are not requests."""
    status = next(filled(chunk, name) for name in STATUSES if name in chunk.column_names)
    columns = {name: bounded_paths(filled(chunk, name)) for name in TARGETS if name in chunk.column_names}
    kept = {name: chunk[name] for name in chunk.column_names if name not in columns}
    return Prepared(pa.table(kept | columns), nothing(status))


DATADOG: Final = tuple(
    known
    for sign in ("@", "")
    for known in by_service(
        Format(
            "datadog",
            "an export of logs from Datadog",
            header=frozenset({"date", f"{sign}http.status_code"}),
            # The column Status is the log level.
            columns={"time": "Date", "status": f"{sign}http.status_code", "duration_ns": f"{sign}duration",
                     "path": f"{sign}http.url_details.path", "method": f"{sign}http.method", "host": "Host"},
            decimal=".",
            without_duration=f"the column {sign}duration was not exported",
            reads=(*STATUSES, *TARGETS),
            is_closed=True,
            prepare=prepare,
        ),
        "Service",
    )
)  # fmt: skip
