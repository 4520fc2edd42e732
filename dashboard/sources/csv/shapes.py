"""The three CSV shapes, recognised by their columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.exceptions import InvalidData

TIMES: Final = ("time", "timestamp", "ts", "date", "datetime", "@timestamp")
STATUSES: Final = ("status", "code", "status_code", "ok")
DURATIONS: Final = {"duration_s": 1.0, "latency_s": 1.0, "duration": 1.0, "duration_ms": 1e-3, "latency_ms": 1e-3,
                    "response_time_ms": 1e-3, "duration_us": 1e-6}  # fmt: skip
QUANTILES: Final = {"p50": "0.5", "p95": "0.95", "p99": "0.99"}
# Columns of tidy rows that say something about a number, and do not tell it apart from another.
REMARKS: Final = ("unit", "units", "comment", "note", "notes", "description", *TIMES)
LABELS: Final = ("route", "path", "instance", "method", "version", "region", "code", "status")


@dataclass(frozen=True, slots=True)
class Shape:
    """A recognised file: `kind` is requests, wide or tidy; `columns` maps our names to the file's.

    `labels`: columns that tell rows of one time and service apart. `truth`: the status says whether it was a success.
    """

    kind: str
    columns: dict[str, str]
    duration_scale: float = 1.0
    labels: tuple[str, ...] = ()
    truth: bool = False


def shape_of(file: str, names: Sequence[str], mapping: Mapping[str, str]) -> Shape:
    """Recognise a file by its columns.

    Raises:
        InvalidData: with the columns seen and those expected.
    """
    columns = {name.lower(): name for name in names} | dict(mapping)
    moment = next((columns[name] for name in TIMES if name in columns), None)
    status = next((columns[name] for name in STATUSES if name in columns), None)
    duration = next((name for name in DURATIONS if name in columns), None)
    if moment is not None and "service" in columns:
        base = {"time": moment, "service": columns["service"]}
        if {"signal", "value"} <= set(columns):
            own = base | {"signal": columns["signal"], "value": columns["value"]}
            further = (name for name in columns if columns[name] not in own.values() and name not in REMARKS)
            return Shape("tidy", own, labels=tuple(further))
        if "requests" in columns:
            return _wide(base, columns)
        if status is not None and duration is not None:
            own = base | {"status": status, "duration": columns[duration]}
            labels = tuple(name for name in LABELS if name in columns)
            truth = next(name for name in STATUSES if name in columns) == "ok"
            own |= {name: columns[name] for name in labels}
            return Shape("requests", own, DURATIONS[duration], labels, truth)
    raise InvalidData(
        f"{file}: its columns are {', '.join(names)[:200]}; expected are a time, service and either status and duration "
        "(a request log), requests and errors (wide), or signal and value (tidy); name others in source.columns",
        query=file,
    )


def _wide(base: dict[str, str], columns: dict[str, str]) -> Shape:
    known = {"requests", "errors", "client_errors", *QUANTILES, *(f"{name}_ms" for name in QUANTILES)}
    own = base | {name: columns[name] for name in known if name in columns}
    gauges = [name for name in columns if name not in known and columns[name] not in base.values()]
    return Shape("wide", own | {name: columns[name] for name in gauges})
