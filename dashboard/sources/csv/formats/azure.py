"""Requests of Azure Application Insights, exported to CSV from Log Analytics.

https://learn.microsoft.com/en-us/azure/azure-monitor/app/data-model-complete,
https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/apprequests

The service is the cloud role. With sampling, a row represents as many requests as its item count.
"""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.formats.exports import by_service, dated, first_of, flags, outcomes
from dashboard.sources.csv.formats.format import Format, Prepared

TIMES = ("timestamp", "timestamp [UTC]", "TimeGenerated", "TimeGenerated [UTC]")
CODES, FLAGS, COUNTS = ("resultCode", "ResultCode"), ("success", "Success"), ("itemCount", "ItemCount")
# A row with a larger item count is damaged.
ITEMS_MAX = 10_000


def prepare(chunk: pa.Table) -> Prepared:
    """Repeat each request by its item count, with its response code and the value of `success`."""
    good = flags(first_of(chunk, *FLAGS))
    time = next(name for name in TIMES if name in chunk.column_names)
    codes = pc.replace_substring_regex(first_of(chunk, *CODES), r"\.0$", "")
    columns = {
        # The portal shows times in the browser's English format, with the zone in the header.
        "moment": dated(chunk[time], "%m/%d/%Y, %I:%M:%S %p", zone="UTC" if "[UTC]" in time else ""),
        "outcome": outcomes(codes, pc.invert(good)),
    }
    kept = {name: chunk[name] for name in chunk.column_names if name not in (*TIMES, *CODES, *FLAGS, *COUNTS)}
    return Prepared(_repeated(pa.table(kept | columns), first_of(chunk, *COUNTS)))


def _repeated(table: pa.Table, counts: pa.Array) -> pa.Table:
    """The rows, followed by repetitions of those with a count above one."""
    numbers = pc.if_else(pc.match_substring_regex(counts, r"^\d{1,5}$"), counts, "1").cast(pa.int64())
    further = np.clip(numbers.fill_null(1).to_numpy() - 1, 0, ITEMS_MAX)
    if not further.any():
        return table
    return pa.concat_tables([table, table.take(pa.array(np.repeat(np.arange(len(table)), further)))])


def _formats(time: str, columns: dict[str, str], role: str) -> tuple[Format, ...]:
    own = {name.lower() for name in (time, columns["duration"], "success", "resultCode")}
    return by_service(
        Format(
            "application-insights",
            "an export of requests from Application Insights",
            header=frozenset(own),
            columns={"time": "moment", "status": "outcome"} | columns,
            duration="ms",
            stamp="start",
            decimal=".",
            without_duration="the duration was not exported",
            reads=(*TIMES, *CODES, *FLAGS, *COUNTS),
            adds=("moment", "outcome"),
            is_closed=True,
            prepare=prepare,
        ),
        role,
    )


AZURE: Final = tuple(
    known
    for zone in ("", " [UTC]")
    for known in (
        *_formats(f"timestamp{zone}", {"duration": "duration", "route": "name"}, "cloud_RoleName"),
        *_formats(f"TimeGenerated{zone}", {"duration": "DurationMs", "route": "Name"}, "AppRoleName"),
    )
)
