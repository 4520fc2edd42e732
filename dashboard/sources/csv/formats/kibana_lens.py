"""Visualisations of Kibana as CSV: a date histogram, the values of fields, and counts; rows begin their interval.

https://www.elastic.co/docs/explore-analyze/visualize/lens
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.sources.csv.formats.format import Format
from dashboard.sources.csv.series.series_names import SERVICE_LABELS, STATUS_LABELS

HISTOGRAM: Final = re.compile(r".+ per (?:\d+ )?(?:millisecond|second|minute|hour|day|week|month)s?")
# `Top 5 values of service.name` of Lens, and `service.name.keyword: Descending` of older ones.
FIELD: Final = re.compile(r"(?:top (?:\d+ )?values of )?(.+?)(?:\.keyword)?(?:: (?:a|de)scending)?", re.IGNORECASE)
COUNTS: Final = ("count of records", "count")


def histogram(columns: Sequence[str]) -> Mapping[str, str] | None:
    """A date histogram and a count; which fields tell the service and the status."""
    time = next((name for name in columns if HISTOGRAM.fullmatch(name)), None)
    count = next((name for name in columns if name.lower() in COUNTS), None)
    if time is None or count is None:
        return None
    found = {"time": time, "value": count}
    for name in columns:
        field = FIELD.fullmatch(name)
        label = field[1].lower() if field else ""
        for ours, labels in (("service", SERVICE_LABELS), ("status", STATUS_LABELS)):
            if label in labels and ours not in found:
                found[ours] = name
    return found


KIBANA_LENS: Final = Format(
    "kibana-lens",
    "Kibana visualisation",
    columns_of=histogram,
    stamp="start",
    # Formatted values have a comma between thousands: format:number:defaultPattern is 0,0.[000].
    decimal=".",
    signal="requests",
    unit="count",
)
