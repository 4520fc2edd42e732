"""Metrics of Azure Monitor as CSV: titles, and a column for each metric or dimension; rows begin their interval.

https://learn.microsoft.com/azure/azure-monitor/metrics/analyze-metrics
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.sources.csv.formats.format import Format

AGGREGATED: Final = re.compile(r".+ \((?:Sum|Count|Avg|Average|Min|Max|Total)\)", re.IGNORECASE)
TIMES: Final = re.compile(r"time ?stamp|time|time ?generated|date", re.IGNORECASE)
ZONE: Final = re.compile(r"\s*[\[(]UTC[^\])]*[\])]$", re.IGNORECASE)


def metrics(columns: Sequence[str]) -> Mapping[str, str] | None:
    """A time first, and columns that say how they were aggregated."""
    is_time = bool(columns) and TIMES.fullmatch(ZONE.sub("", columns[0])) is not None
    return {"time": columns[0]} if is_time and any(map(AGGREGATED.fullmatch, columns[1:])) else None


def in_utc(columns: Sequence[str]) -> Mapping[str, str] | None:
    """Those whose time says that it is in UTC."""
    return metrics(columns) if columns and ZONE.search(columns[0]) else None


AZURE_METRICS: Final = (
    Format("azure-metrics", "Azure Monitor metrics", columns_of=in_utc, zone="UTC", stamp="start"),
    Format("azure-metrics", "Azure Monitor metrics", columns_of=metrics, stamp="start"),
)
