"""Splunk's `timechart` as CSV: `_time`, a column for each service, and what Splunk adds; rows begin their interval.

https://docs.splunk.com/Documentation/Splunk/latest/SearchReference/Timechart
"""

from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.sources.csv.formats.format import Format

# Fields of events: such a file is of requests.
EVENTS: Final = frozenset({"_raw", "source", "sourcetype", "host", "index", "linecount", "splunk_server"})
# The length of a row's interval; and those services beyond the limit, and events without a service.
ADDED: Final = frozenset({"_span", "_spandays", "other", "null"})


def timechart(columns: Sequence[str]) -> Mapping[str, str] | None:
    """A time, and no field of an event."""
    names = {name.lower() for name in columns}
    return {"time": "_time"} if columns[:1] == ("_time",) and len(names - ADDED) > 1 and not names & EVENTS else None


SPLUNK_TIMECHART: Final = Format(
    "splunk-timechart",
    "Splunk timechart",
    columns_of=timechart,
    skips=ADDED,
    stamp="start",
    note="OTHER and NULL are no services, and are not counted: add limit=0 useother=f to timechart",
)
