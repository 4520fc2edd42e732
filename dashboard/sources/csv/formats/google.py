"""Requests of Google Cloud load balancers and Cloud Run, downloaded as CSV from Logs Explorer.

https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#HttpRequest,
https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring

The service is the backend service, the Cloud Run service, or the URL map.
"""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.formats.exports import by_service, filled, nothing
from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.formats.requests import CLIENT_CLOSED, bounded_paths

STATUS, DETAILS, URL = "httpRequest.status", "jsonPayload.statusDetails", "httpRequest.requestUrl"


def prepare(chunk: pa.Table) -> Prepared:
    """A request without a status ended before the response: the details show the side of the fault."""
    status, details, url = (filled(chunk, name) for name in (STATUS, DETAILS, URL))
    none = pc.or_(pc.fill_null(pc.equal(status, "0"), fill_value=True), status.is_null())
    gone = pc.and_(none, pc.fill_null(pc.starts_with(details, "client_"), fill_value=False))
    columns = {"outcome": pc.if_else(gone, CLIENT_CLOSED, pc.coalesce(status, "0")), "path": bounded_paths(url)}
    kept = {name: chunk[name] for name in chunk.column_names if name not in (STATUS, DETAILS, URL)}
    # Other log entries are downloaded together with requests.
    return Prepared(pa.table(kept | columns), nothing(status, details, url))


GOOGLE: Final = by_service(
    Format(
        "google-cloud",
        "requests of a Google Cloud load balancer",
        header=frozenset({"timestamp", STATUS.lower()}),
        columns={"time": "timestamp", "status": "outcome", "duration": "httpRequest.latency", "path": "path",
                 "method": "httpRequest.requestMethod"},
        duration="s",
        stamp="start",
        decimal=".",
        without_duration="httpRequest.latency was not downloaded",
        reads=(STATUS, DETAILS, URL),
        adds=("outcome", "path"),
        is_closed=True,
        prepare=prepare,
    ),
    "resource.labels.backend_service_name",
    "resource.labels.service_name",
    "resource.labels.url_map_name",
)  # fmt: skip
