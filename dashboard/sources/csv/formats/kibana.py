"""Events of the Elastic Common Schema, exported to CSV from Kibana's Discover.

https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html,
https://www.elastic.co/guide/en/kibana/current/reporting-getting-started.html

The service is `service.name`, or the requested host. Times are in the browser's zone.
"""

from typing import Final

import pyarrow as pa

from dashboard.sources.csv.formats.exports import by_service, dated, filled, first_of, nothing
from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.formats.requests import bounded_paths

STATUS, OUTCOME = "http.response.status_code", "event.outcome"
TARGETS = ("url.path", "url.original", "url.full")


def prepare(chunk: pa.Table) -> Prepared:
    """Convert Kibana's times, and use the HTTP status or the outcome of a transaction."""
    status = first_of(chunk, STATUS, OUTCOME)
    columns = {
        "time": dated(chunk["@timestamp"], "%b %d, %Y @ %H:%M:%S"),
        "outcome": status.dictionary_encode(),
        "path": bounded_paths(first_of(chunk, *TARGETS)),
    }
    kept = {name: chunk[name] for name in chunk.column_names if name not in ("@timestamp", STATUS, OUTCOME, *TARGETS)}
    # Discover exports all events of an index, not only requests.
    return Prepared(pa.table(kept | columns), nothing(status, filled(chunk, "http.request.method")))


KIBANA: Final = tuple(
    known
    for own, durations in (
        ({STATUS}, {"duration_ns": "event.duration"}),
        ({OUTCOME, "transaction.duration.us"}, {"duration_us": "transaction.duration.us"}),
    )
    for known in by_service(
        Format(
            "kibana",
            "an export of Kibana",
            header=frozenset({"@timestamp"} | own),
            columns=durations | {"time": "time", "status": "outcome", "path": "path", "method": "http.request.method"},
            decimal=".",
            without_duration="event.duration was not exported",
            reads=("@timestamp", STATUS, OUTCOME, "http.request.method", *TARGETS),
            adds=("time", "outcome", "path"),
            is_closed=True,
            prepare=prepare,
        ),
        "service.name",
        "url.domain",
    )
)
