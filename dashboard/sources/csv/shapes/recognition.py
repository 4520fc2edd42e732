"""Recognises the shape of a file by its columns; each shape is a module in this package."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.columns.names import FIXED, LATENCIES, ColumnNames, our_name
from dashboard.sources.csv.columns.resources import is_resource
from dashboard.sources.csv.formats.format import COUNT
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.shapes.request_log import NO_DURATION, RequestLog, count_column
from dashboard.sources.csv.shapes.series_rows import SeriesRows
from dashboard.sources.csv.shapes.service_columns import ServiceColumns
from dashboard.sources.csv.shapes.suggestions import suggestion
from dashboard.sources.csv.shapes.tidy import Tidy
from dashboard.sources.csv.shapes.wide import Wide

CellShape = Wide | Tidy | SeriesRows | ServiceColumns
Shape = RequestLog | CellShape
# The first one that recognises a file is used.
SHAPES: tuple[type[Tidy] | type[Wide] | type[RequestLog], ...] = (Tidy, Wide, RequestLog)
# Shapes of dashboards: rows or columns are series.
SERIES: tuple[type[SeriesRows] | type[ServiceColumns], ...] = (SeriesRows, ServiceColumns)


def shape_of(file: str, names: Sequence[str], reading: Reading) -> Shape:
    """Recognise a file by its columns.

    Args:
        file: its path, for the message. `names`: of its columns, as written. `reading`: the settings.

    Raises:
        InvalidData: it has no known shape; the message lists its columns and the expected ones.
    """
    for ours, theirs in reading.columns.items():
        if theirs not in names and not _may_be_signal(ours, names, reading):
            reason = f"has no column {theirs!r}, which source.columns names for {ours}: it has {_shown(names)}"
            raise InvalidData(f"{file}: {reason}", query=file)
    if reading.service and "service" in reading.columns:
        reason = f"has its service from the column {reading.columns['service']!r}, as source.columns says, or is "
        reason += f"{reading.service!r}, as source.service or --service says: only one of them can be right"
        raise InvalidData(f"{file}: {reason}", query=file)
    # Every shape needs a time.
    columns = ColumnNames.of(names, reading)
    recognised = None if columns is None else _recognised(file, names, columns, reading)
    if recognised is not None and columns is not None:
        _refuse_twice(file, names, recognised, reading)
        return recognised
    expected = (
        "expected are a time, service and either status and duration (a request log), requests and errors (wide), "
        "or signal and value (tidy)"
    )
    remedy = suggestion(names, reading) or (
        "name others in source.columns, and the service of a file without any as source.service; where the columns are "
        'services, write signal = "requests" and unit = "count" or "per second" under [source]'
    )
    raise InvalidData(f"{file}: its columns are {_shown(names)}; {expected}; {remedy}", query=file)


def _recognised(file: str, names: Sequence[str], columns: ColumnNames, reading: Reading) -> Shape | None:
    for shape in SHAPES if columns.service else ():
        recognised = shape.recognise(columns)
        if recognised is not None:
            return recognised
    for of_series in SERIES:
        series = of_series.recognise(file, names, columns, reading)
        if series is not None:
            return series
    # Rows without a duration are requests if nothing indicates another shape.
    if not columns.service or columns.is_of_tool or suggestion(names, reading) or _holds_intervals(columns):
        return None
    return RequestLog.recognise(replace(columns, without_duration=NO_DURATION))


def _may_be_signal(ours: str, names: Sequence[str], reading: Reading) -> bool:
    """Whether a configured column name may be a signal, in a table with signals in rows.

    Args:
        ours: our name. `names`: of the columns. `reading`: the settings.
    """
    columns = {*map(our_name, names), *reading.columns}
    return {"signal", "value"} <= columns and (ours in (*FIXED, *LATENCIES, "label") or is_resource(ours))


def _holds_intervals(columns: ColumnNames) -> bool:
    """Whether columns are typical of intervals: counts, quantiles of latency, or resources."""
    counts = count_column(columns, columns.base.values()) or any(map(COUNT.fullmatch, columns.names))
    return bool(counts) or any(name in LATENCIES or name == "value" or is_resource(name) for name in columns.names)


def _refuse_twice(file: str, names: Sequence[str], shape: Shape, reading: Reading) -> None:
    """Reject files with two columns of the same name, which are ambiguous.

    Args:
        file: its path. `names`: of its columns. `shape`: the meaning of a row. `reading`: the settings.

    Raises:
        InvalidData: a counted column occurs twice, ignoring case.
    """
    # Series of the same name are summed; labels of a log are not counts.
    if isinstance(shape, SeriesRows | ServiceColumns):
        return
    others = shape.others if isinstance(shape, RequestLog) else ()
    counted = [(ours, theirs) for ours, theirs in shape.columns.items() if ours not in others]
    for ours, theirs in counted:
        if names.count(theirs) > 1:
            reason = f"has {names.count(theirs)} columns {theirs!r}: call one of them otherwise, in its header"
            raise InvalidData(f"{file}: {reason}", query=file)
        alike = [name for name in names if our_name(name) == ours and name not in reading.columns.values()]
        if ours not in reading.columns and len(alike) > 1:
            ways = " or ".join(
                f"columns = {{ {_key(ours)} = {json.dumps(name, ensure_ascii=False)} }}" for name in alike
            )
            shown = " and ".join(map(repr, alike))
            reason = f"its columns {shown} are both {ours}: write {ways} under [source]"
            raise InvalidData(f"{file}: {reason}", query=file)


def _key(name: str) -> str:
    """A key in TOML syntax."""
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names)[:200]
