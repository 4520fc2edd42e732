"""Splunk's `timechart` as CSV: `_time`, a column per service, and Splunk's own; times are interval starts.

https://docs.splunk.com/Documentation/Splunk/latest/SearchReference/Timechart
"""

from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.sources.csv.formats.format import Format

# Fields of events, which indicate a file of requests.
EVENTS: Final = frozenset({"_raw", "source", "sourcetype", "host", "index", "linecount", "splunk_server"})
# The length of a row's interval; services beyond the limit, and events without a service.
ADDED: Final = frozenset({"_span", "_spandays", "other", "null"})


def timechart(columns: Sequence[str]) -> Mapping[str, str] | None:
    """A time, and no event fields."""
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
