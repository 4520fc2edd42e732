"""Results of NRQL with TIMESERIES and FACET as CSV: a row per facet and interval, with its end.

https://docs.newrelic.com/docs/nrql/nrql-syntax-clauses-functions/#sel-timeseries
"""

from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.sources.csv.formats.format import Format
from dashboard.sources.csv.series.series_names import SERVICE_LABELS, STATUS_LABELS

# Names of a count without an alias.
COUNTS: Final = ("count", "count(*)", "requests", "throughput")
ENTITY: Final = ("facet", "entityname", "entity.name")


def timeseries(columns: Sequence[str]) -> Mapping[str, str] | None:
    """Both ends of an interval; requests and errors if they are aliases, otherwise a count of each facet."""
    lower = {name.lower(): name for name in columns}
    if not {"begintimeseconds", "endtimeseconds"} <= lower.keys():
        return None
    ours = {"time": lower["endtimeseconds"]}
    service = next((lower[name] for name in (*SERVICE_LABELS, *ENTITY) if name in lower), None)
    if service is not None:
        ours["service"] = service
    if {"requests", "errors"} <= lower.keys():
        return ours
    status = next((lower[name] for name in STATUS_LABELS if name in lower), None)
    count = next((lower[name] for name in COUNTS if name in lower), None)
    return ours | ({"status": status} if status else {}) | ({"value": count} if count else {})


NEWRELIC_TIMESERIES: Final = Format(
    "newrelic-timeseries",
    "New Relic TIMESERIES",
    columns_of=timeseries,
    skips=frozenset({"begintimeseconds", "begin_time", "end_time", "inspectedcount"}),
    stamp="end",
    signal="requests",
    unit="count",
)
