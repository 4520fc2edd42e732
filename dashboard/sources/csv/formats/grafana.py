"""Panels of Grafana as CSV: series joined by time, series as rows, and tables of labels; times are interval ends.

https://grafana.com/docs/grafana/latest/panels-visualizations/panel-inspector/
"""

from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.sources.csv.formats.format import Format

# Names of the column of numbers in tables of several queries.
VALUES: Final = ("Value", "Value #A")


def joined(columns: Sequence[str]) -> Mapping[str, str] | None:
    """Series as columns: at least one has labels in its name."""
    return {"time": "Time"} if columns[:1] == ("Time",) and any("{" in name for name in columns) else None


def rows(columns: Sequence[str]) -> Mapping[str, str] | None:
    """Series as rows, from the panel inspector now and from panels before version 7."""
    if {*columns} == {"Time", "Metric", "Value"}:
        return {"time": "Time", "series": "Metric", "value": "Value"}
    return {"time": "Time", "series": "Series", "value": "Value"} if {*columns} == {"Series", "Time", "Value"} else None


def labels(columns: Sequence[str]) -> Mapping[str, str] | None:
    """A table with a column per label, and a last one of numbers."""
    is_table = len(columns) > 2 and columns[0] == "Time" and columns[-1] in VALUES
    return {"time": "Time", "value": columns[-1]} if is_table else None


GRAFANA: Final = tuple(Format("grafana", "Grafana", columns_of=shape, stamp="end") for shape in (rows, labels, joined))
