"""Metrics of Azure Monitor as CSV: titles, and a column per metric or dimension; times are interval starts.

https://learn.microsoft.com/azure/azure-monitor/metrics/analyze-metrics
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.sources.csv.formats.format import Format

# In Azure's spelling; `Requests (count)` is from another tool.
AGGREGATED: Final = re.compile(r".+ \((?:Sum|Count|Avg|Average|Min|Max|Total)\)")
TIMES: Final = re.compile(r"time ?stamp|time|time ?generated|date", re.IGNORECASE)
ZONE: Final = re.compile(r"\s*[\[(]UTC[^\])]*[\])]$", re.IGNORECASE)


def metrics(columns: Sequence[str]) -> Mapping[str, str] | None:
    """A time first, and columns with an aggregation; a second time or a service indicates a plain table."""
    times = [name for name in columns if TIMES.fullmatch(ZONE.sub("", name))]
    is_plain = any(name.strip().lower() == "service" for name in columns)
    is_azure = times == [*columns[:1]] and not is_plain and any(map(AGGREGATED.fullmatch, columns[1:]))
    return {"time": columns[0]} if is_azure else None


def in_utc(columns: Sequence[str]) -> Mapping[str, str] | None:
    """The same, if the time's header says UTC."""
    return metrics(columns) if columns and ZONE.search(columns[0]) else None


AZURE_METRICS: Final = (
    Format("azure-metrics", "Azure Monitor metrics", columns_of=in_utc, zone="UTC", stamp="start"),
    Format("azure-metrics", "Azure Monitor metrics", columns_of=metrics, stamp="start"),
)
