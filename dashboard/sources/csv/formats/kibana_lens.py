"""Visualisations of Kibana as CSV: a date histogram, values of fields, and counts; times are interval starts.

https://www.elastic.co/docs/explore-analyze/visualize/lens
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from dashboard.sources.csv.formats.exports import dated
from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.series.series_names import SERVICE_LABELS, STATUS_LABELS
from dashboard.sources.csv.values.quantities import is_text

HISTOGRAM: Final = re.compile(r".+ per (?:\d+ )?(?:millisecond|second|minute|hour|day|week|month)s?")
# `Top 5 values of service.name` in Lens, and `service.name.keyword: Descending` in older ones.
FIELD: Final = re.compile(r"(?:top (?:\d+ )?values of )?(.+?)(?:\.keyword)?(?:: (?:a|de)scending)?", re.IGNORECASE)
COUNTS: Final = ("count of records", "count")


def histogram(columns: Sequence[str]) -> Mapping[str, str] | None:
    """A date histogram and a count, with the fields of service and status."""
    time = next((name for name in columns if HISTOGRAM.fullmatch(name)), None)
    count = next((name for name in columns if name.lower() in COUNTS), None)
    if time is None or count is None:
        return None
    by_meaning = {"time": time, "value": count}
    for name in columns:
        field = FIELD.fullmatch(name)
        label = field[1].lower() if field else ""
        for ours, labels in (("service", SERVICE_LABELS), ("status", STATUS_LABELS)):
            if label in labels and ours not in by_meaning:
                by_meaning[ours] = name
    return by_meaning


def prepare(chunk: pa.Table) -> Prepared:
    """Convert times from Kibana's default format."""
    place = next(place for place, name in enumerate(chunk.column_names) if HISTOGRAM.fullmatch(name))
    if not is_text(chunk.column(place)):
        return Prepared(chunk)
    times = dated(chunk.column(place), "%b %d, %Y @ %H:%M:%S")
    return Prepared(chunk.set_column(place, chunk.column_names[place], times))


KIBANA_LENS: Final = Format(
    "kibana-lens",
    "Kibana visualisation",
    columns_of=histogram,
    prepare=prepare,
    stamp="start",
    # Formatted values have commas between thousands: format:number:defaultPattern is 0,0.[000].
    decimal=".",
    signal="requests",
    unit="count",
)
