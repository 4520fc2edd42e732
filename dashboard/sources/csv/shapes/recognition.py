"""Recognises the shape of a file by its columns; each shape is a module in this package."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.formats.format import COUNT
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.shapes.names import FIXED, LATENCIES, ColumnNames, our_name
from dashboard.sources.csv.shapes.request_log import NO_DURATION, RequestLog, count_column
from dashboard.sources.csv.shapes.resources import is_resource
from dashboard.sources.csv.shapes.series_rows import SeriesRows
from dashboard.sources.csv.shapes.service_columns import ServiceColumns
from dashboard.sources.csv.shapes.suggestions import suggestion
from dashboard.sources.csv.shapes.tidy import Tidy
from dashboard.sources.csv.shapes.wide import Wide

CellShape = Wide | Tidy | SeriesRows | ServiceColumns
Shape = RequestLog | CellShape
# The first that recognises a file reads it.
SHAPES: tuple[type[Tidy] | type[Wide] | type[RequestLog], ...] = (Tidy, Wide, RequestLog)
# Those of dashboards: of rows, or columns, that are series.
SERIES: tuple[type[SeriesRows] | type[ServiceColumns], ...] = (SeriesRows, ServiceColumns)


def shape_of(file: str, names: Sequence[str], reading: Reading) -> Shape:
    """Recognise a file by its columns.

    Args:
        file: its path, for the message. `names`: of its columns, as written. `reading`: what is known of them.

    Raises:
        InvalidData: with the columns seen and those expected.
    """
    for ours, theirs in reading.columns.items():
        if theirs not in names and not _may_be_signal(ours, names, reading):
            reason = f"has no column {theirs!r}, which source.columns names for {ours}: it has {_shown(names)}"
            raise InvalidData(f"{file}: {reason}", query=file)
    if reading.service and "service" in reading.columns:
        reason = f"has its service from the column {reading.columns['service']!r}, as source.columns says, or is "
        reason += f"{reading.service!r}, as source.service or --service says: only one of them can be right"
        raise InvalidData(f"{file}: {reason}", query=file)
    # Without a time no shape has any meaning.
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
    # A request without a duration is one, if nothing says that the rows are something else.
    if not columns.service or columns.is_of_tool or suggestion(names, reading) or _holds_intervals(columns):
        return None
    return RequestLog.recognise(replace(columns, without_duration=NO_DURATION))


def _may_be_signal(ours: str, names: Sequence[str], reading: Reading) -> bool:
    """Whether what the configuration gives our name to may be a signal, in a table whose rows have one.

    Args:
        ours: the name. `names`: of the columns. `reading`: what is known of them.
    """
    columns = {*map(our_name, names), *reading.columns}
    return {"signal", "value"} <= columns and (ours in (*FIXED, *LATENCIES, "label") or is_resource(ours))


def _holds_intervals(columns: ColumnNames) -> bool:
    """Whether columns are of the kind that rows of intervals have: counts, quantiles of latency, or resources."""
    counts = count_column(columns, columns.base.values()) or any(map(COUNT.fullmatch, columns.names))
    return bool(counts) or any(name in LATENCIES or name == "value" or is_resource(name) for name in columns.names)


def _refuse_twice(file: str, names: Sequence[str], shape: Shape, reading: Reading) -> None:
    """Of two columns of one name nobody can tell which is meant.

    Args:
        file: its path. `names`: of its columns. `shape`: what a row is. `reading`: what is known of them.

    Raises:
        InvalidData: a column that is counted has its name twice, in whatever case.
    """
    # Series that have one name add up; labels of a log are no counts.
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
    """A key as TOML has it."""
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names)[:200]
