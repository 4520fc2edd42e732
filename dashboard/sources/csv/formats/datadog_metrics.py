"""Metrics of Datadog as CSV: a column per scope such as `service:checkout`; times are interval starts.

https://github.com/DataDog/csv_exporter
"""

from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.sources.csv.columns.names import TIMES
from dashboard.sources.csv.formats.format import Format
from dashboard.sources.csv.series.series_names import series_of


def scopes(columns: Sequence[str]) -> Mapping[str, str] | None:
    """A time first, and a column whose scope or query contains a service."""
    if not columns or columns[0].lower() not in TIMES:
        return None
    is_scoped = any(_is_scope(name) for name in columns[1:])
    return {"time": columns[0]} if is_scoped and not any('="' in name for name in columns) else None


def _is_scope(name: str) -> bool:
    """Whether a name is a scope: other names usually have a blank after colons."""
    series = series_of(name) if ":" in name and ": " not in name else None
    return series is not None and series.service not in ("", name)


DATADOG_METRICS: Final = Format(
    "datadog-metrics", "Datadog metrics", columns_of=scopes, skips=frozenset({"metric"}), stamp="start"
)  # fmt: skip
