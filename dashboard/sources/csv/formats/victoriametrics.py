"""Raw samples from VictoriaMetrics: `/api/v1/export/csv` with a header, and exports of its user interfaces.

https://docs.victoriametrics.com/victoriametrics/#how-to-export-csv-data
"""

from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.sources.csv.formats.format import Format

TIME, VALUE = "__timestamp__", "__value__"


def samples(columns: Sequence[str]) -> Mapping[str, str] | None:
    """A time and a value, named as in the query or in the user interface."""
    # The time may be followed by a format, as in `__timestamp__:unix_s`.
    bare = {name.partition(":")[0]: name for name in columns}
    if {TIME, VALUE} <= bare.keys():
        return {"time": bare[TIME], "value": bare[VALUE]}
    if {*columns[:1], *columns[-1:]} <= {"timestamp", "value", "name"} and {"name", "metric"} & {*columns}:
        return {"time": "timestamp", "value": "value"} if {"timestamp", "value"} <= {*columns} else None
    return None


VICTORIAMETRICS: Final = Format("victoriametrics", "VictoriaMetrics", columns_of=samples, stamp="end")
