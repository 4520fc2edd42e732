"""The columns of a file by our names, and what numbers in them mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from dashboard.sources.csv.quantities import SECONDS
from dashboard.sources.csv.reading import Reading

TIMES = ("time", "timestamp", "ts", "date", "datetime", "@timestamp")
# Columns that say something about a row, and do not tell it apart from another.
COMMENTS = ("unit", "units", "comment", "note", "notes", "description", *TIMES)
QUANTILES = {"p50": "0.5", "p95": "0.95", "p99": "0.99"}
MILLISECONDS = "_ms"
# The name of the column of services where the file has none; no header of a file can hold it.
CONSTANT = "\0service"
STATUSES = ("status", "code", "status_code", "ok")
# Column → factor that turns it into seconds.
DURATIONS = {"duration_s": 1.0, "latency_s": 1.0, "duration": 1.0, "duration_ms": 1e-3, "latency_ms": 1e-3,
             "response_time_ms": 1e-3, "duration_us": 1e-6}  # fmt: skip
LABELS = ("route", "path", "instance", "method", "version", "region", "code", "status")
# Names of things that run out; of what tells how requests went; and of shares of a hundred.
RESOURCE = re.compile(
    "cpu|gpu|mem|heap|swap|disk|volume|storage|inode|pool|queue|buffer|backlog|thread|worker|slot|connection|socket"
    "|descriptor|file|quota|capacity|bandwidth|saturat|utili[sz]|usage|used|busy|load|full|limit",
    re.IGNORECASE,
)
OUTCOME = re.compile("avail|success|apdex|error|fail|latency|duration|time|score|rate|hit|^p[0-9]", re.IGNORECASE)
PER_CENT = re.compile("per_?cent|pct|%", re.IGNORECASE)
# No count and no gauge is above this: whoever wrote it meant something else.
MAX_VALUE = 1e15


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """The columns of a file that has a time and a service.

    Attributes:
        time, service: their names in the file. `names`: our name, in lower case → the file's, of all columns.
        duration_scale: turns durations into seconds; None: the name of their column tells it.
        starts: times are those of the beginning of a request or interval; else of its end.
    """

    time: str
    service: str
    names: Mapping[str, str]
    duration_scale: float | None = None
    starts: bool = False

    @classmethod
    def of(cls, names: Sequence[str], reading: Reading) -> Self | None:
        """The columns by our names; None where a time or the service is missing.

        Args:
            names: of the file's columns. `reading`: what is known of them.
        """
        mapping = reading.columns
        # A column that the operator calls otherwise is that, and not what its own name says.
        columns = {name.lower(): name for name in names if name not in mapping.values()} | dict(mapping)
        if reading.service:
            columns.setdefault("service", CONSTANT)
        time = next((columns[name] for name in TIMES if name in columns), None)
        if time is None or "service" not in columns:
            return None
        scale = SECONDS[reading.duration] if reading.duration else None
        return cls(time, columns["service"], columns, scale, reading.stamp == "start")

    @property
    def base(self) -> dict[str, str]:
        """The columns that every shape has."""
        return {"time": self.time, "service": self.service}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a number is: its measure and detail, and the factor that turns it into the unit of the measure."""

    measure: str
    detail: str
    factor: float = 1.0


FIXED = {
    "requests": Meaning("requests", ""),
    "errors": Meaning("errors", "server"),
    "client_errors": Meaning("errors", "client"),
}


def meaning_of(name: str) -> Meaning:
    """What the numbers of a wide column or of a tidy signal are; all that is not known is a gauge."""
    if name in FIXED:
        return FIXED[name]
    quantile = QUANTILES.get(name.removesuffix(MILLISECONDS))
    if quantile is not None:
        return Meaning("quantile", quantile, 0.001 if name.endswith(MILLISECONDS) else 1.0)
    return Meaning("gauge", name, 0.01 if PER_CENT.search(name) else 1.0)


def is_resource(name: str) -> bool:
    """A gauge of this name is of something that a service can run out of, and not of how well it does."""
    return bool(RESOURCE.search(name)) and not OUTCOME.search(name)
