"""Validates column names in the configuration: ours = yours."""

from typing import Any

from dashboard.sources.csv.columns.names import (
    DURATIONS,
    FIXED,
    LABELS,
    LATENCIES,
    STATUSES,
    TIMES,
)
from dashboard.sources.csv.columns.resources import is_resource
from dashboard.toml.parsers import table, text
from dashboard.toml.reader import KeyProblem, nearest

COLUMNS = {
    *TIMES, "service", *STATUSES, *DURATIONS, *LABELS, *FIXED, *LATENCIES, "good", "signal", "value", "series",
}  # fmt: skip
SIGNALS = (*FIXED, *LATENCIES)


def signal_name(value: Any) -> str:
    """The signal of a table's numbers: requests, errors, a quantile of latency, or a resource such as `memory`.

    Raises:
        ValueError: it is none of these.
    """
    name = text(value)
    if name not in SIGNALS and not is_resource(name):
        raise ValueError(f"is none of {', '.join(SIGNALS)} or a resource, such as cpu{nearest(name, SIGNALS)}")
    return name


def column_names(value: Any) -> dict[str, str]:
    """Our name of a column → the file's name; ours may be that of a resource, such as `memory`.

    Raises:
        ValueError: it is not a table of texts, contains a name that is not used, or maps two names to one column.
    """
    ours: dict[str, str] = {}
    for name, theirs in table(value).items():
        if ours.setdefault(theirs, name) != name:
            raise KeyProblem(
                name, f"names the column {theirs!r}, as {ours[theirs]} does: a column can only be one of them"
            )
        if name not in COLUMNS and not is_resource(name):
            raise KeyProblem(name, f"is no column that is read{nearest(name, COLUMNS)}")
    return table(value)
