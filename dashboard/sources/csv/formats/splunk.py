"""Events of requests exported to CSV from Splunk.

https://docs.splunk.com/Documentation/Splunk/latest/Search/Exportsearchresults,
https://help.splunk.com/en/data-management/common-information-model/6.1/data-models/web

The service is the column `service` or `app`, otherwise the log file of the events, otherwise the host.
"""

import csv
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Final

import pyarrow as pa

from dashboard.sources.csv.formats.exports import by_service, first_of, short_names
from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.formats.requests import bounded_paths
from dashboard.sources.csv.layout import Layout, header_layout

DURATIONS = ("response_time", "request_time", "duration", "elapsed", "time_taken")
TARGETS = ("uri_path", "uri", "url")
# Typical responses take between a tenth of a millisecond and 100 s.
USUAL_S = 100.0
NOTE = '{name} is taken for {unit}: write duration = "{other}" under [source] if it is not'


def cut(lines: Sequence[str], duration: str) -> Layout | None:
    """The layout of the header, with the column of durations renamed after the unit of its first values."""
    layout = header_layout(lines[0])
    place = next((layout.columns.index(name) for name in DURATIONS if name in layout.columns), None)
    if place is None or duration:
        return _named(layout, place, "duration")
    rows = csv.reader((line.replace("\r", " ") for line in lines[1:]), delimiter=layout.delimiter)
    try:
        values = [row[place] for row in rows if len(row) == len(layout.columns) and row[place]]
        numbers = [float(value) for value in values]
    except (ValueError, csv.Error):
        # Durations with a unit need no guess.
        return _named(layout, place, "duration")
    in_seconds = bool(numbers) and median(numbers) < USUAL_S and any("." in value for value in values)
    unit, other = ("s", "ms") if in_seconds else ("ms", "s")
    named = _named(layout, place, f"duration_{unit}")
    return replace(named, note=NOTE.format(name=layout.columns[place], unit=unit, other=other))


def _named(layout: Layout, place: int | None, name: str) -> Layout:
    columns = (name if number == place else column for number, column in enumerate(layout.columns))
    return replace(layout, columns=tuple(columns))


def prepare(chunk: pa.Table) -> Prepared:
    """Paths without the query, and files without folders."""
    columns = {"path": bounded_paths(first_of(chunk, *TARGETS))}
    if "source" in chunk.column_names:
        columns["source"] = short_names(first_of(chunk, "source"))
    return Prepared(
        pa.table({name: chunk[name] for name in chunk.column_names if name not in (*columns, *TARGETS)} | columns)
    )


SPLUNK: Final = by_service(
    Format(
        "splunk",
        "an export of events from Splunk",
        header=frozenset({"_time", "status"}),
        cut=cut,
        columns={"time": "_time", "status": "status", "path": "path", "method": "method", "duration": "duration",
                 "duration_s": "duration_s", "duration_ms": "duration_ms"},
        decimal=".",
        without_duration="the events have no field response_time",
        reads=("source", *TARGETS),
        adds=("path",),
        is_closed=True,
        prepare=prepare,
    ),
    "service",
    "app",
    "source",
    "host",
)  # fmt: skip
