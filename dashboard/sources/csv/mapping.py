"""Columns under other names, as the configuration writes them: ours = yours."""

from typing import Any

from dashboard.sources.csv.shapes.names import (
    DURATIONS,
    FIXED,
    LABELS,
    LATENCIES,
    STATUSES,
    TIMES,
    is_resource,
)
from dashboard.toml.parsers import table
from dashboard.toml.reader import KeyProblem, nearest

COLUMNS = {
    *TIMES, "service", *STATUSES, *DURATIONS, *LABELS, *FIXED, *LATENCIES, "signal", "value",
}  # fmt: skip


def column_names(value: Any) -> dict[str, str]:
    """Our name of a column → the file's; ours may be that of a resource, such as `memory`.

    Raises:
        ValueError: no table of texts, or a name that nothing reads.
    """
    for name in table(value):
        if name not in COLUMNS and not is_resource(name):
            raise KeyProblem(name, f"is no column that is read{nearest(name, COLUMNS)}")
    return table(value)
