"""A preview of files: how their first rows are read, or why they are bad."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from math import isnan, nan

import pandas as pd
import pyarrow as pa

from dashboard.exceptions import SourceError
from dashboard.sources.csv.bad_rows import bad_row_examples
from dashboard.sources.csv.columns.names import CONSTANT
from dashboard.sources.csv.contents import opened
from dashboard.sources.csv.counting import Counting
from dashboard.sources.csv.file_paths import csv_files
from dashboard.sources.csv.files import FollowedFile, Present
from dashboard.sources.csv.parsing import Part
from dashboard.sources.csv.part_rows import cells_of, checked_rows
from dashboard.sources.csv.reading import FileGroup, Reading
from dashboard.sources.csv.rows.row_interval import row_interval
from dashboard.sources.csv.rows.rows import BOUNDS, DEFAULT_INTERVAL, SHOWN, ChunkRows, RequestRows
from dashboard.sources.csv.series.series import COUNT
from dashboard.sources.csv.shapes.request_log import RequestLog
from dashboard.sources.csv.shapes.series_rows import SeriesRows
from dashboard.sources.csv.shapes.service_columns import ServiceColumns
from dashboard.sources.csv.taken_for import kind_of, service_in_place
from dashboard.sources.csv.values.numerals import Signs
from dashboard.sources.csv.values.quantities import durations
from dashboard.sources.protocol import Problem

UNITS = {1.0: "s", 1e-3: "ms", 1e-6: "us", 1e-9: "ns"}
MEASURES = {"requests": "requests", "errors server": "errors", "errors client": "client errors",
            "unknown_outcome": "requests of which nobody can tell whether they failed"}  # fmt: skip
DELIMITERS = {"\t": "tab", " ": "blank"}
# Maximum number of values to show from a row with thousands of services.
CELLS = 6
QUANTILES = {"0.5": "p50", "0.95": "p95", "0.99": "p99"}


@dataclass(frozen=True, slots=True)
class Preview:
    """How a file is read.

    Attributes:
        name: its path. `facts`: one line each: its format, its columns, how numbers and times are read.
        rows: the place of each of the first rows, and its content or why it is bad.
    """

    name: str
    facts: tuple[str, ...]
    rows: tuple[Problem, ...] = ()


def previews(groups: Sequence[FileGroup]) -> tuple[Preview, ...]:
    """How the files of the groups are read, by file.

    Raises:
        SourceUnavailable: there are none.
    """
    return tuple(_preview(name, reading) for name, reading in csv_files(groups).items())


def _preview(name: str, reading: Reading) -> Preview:
    """How a file is read; only its first part is examined."""
    try:
        with opened(Present.of(name, reading)) as content:
            file = content.begun()
            if file is None:
                return Preview(name, ("it holds no header and no row yet",))
            with closing(content.parts(file, settled=True)) as parts:
                part = next(parts, None)
        return Preview(name, tuple(_facts(file)), () if part is None else tuple(_first_rows(file, part)))
    except SourceError as error:
        # The other files are still shown.
        return Preview(name, (str(error).removeprefix(f"{name}: "),))


def _facts(file: FollowedFile) -> Iterator[str]:
    """Facts about how a file is read."""
    recognised, layout = file.recognised, file.recognised.layout
    reading, shape = recognised.reading, recognised.shape
    encoding = file.encoding or "UTF-8"
    delimiter = DELIMITERS.get(layout.delimiter, f'"{layout.delimiter}"')
    yield f"{kind_of(file)}; {encoding}, delimiter {delimiter}"
    yield f"times {reading.times.pattern or 'as they are found'}, without an offset in {reading.times.zone}"
    # If one of these is wrong, only another name or format need be configured.
    named = (f"{ours} = {theirs}" for ours, theirs in shape.columns.items() if theirs != CONSTANT)
    if isinstance(shape, ServiceColumns):
        named = (f"{series.service} {series.signal} = {theirs}" for series, theirs in shape.named)
    yield f"columns: {', '.join(named)}{_constant_service(file)}"
    known = recognised.format
    used = {*shape.columns.values(), *((*known.reads, *known.measures) if known is not None else ())}
    unread = [name for name in layout.columns if name not in used]
    if unread:
        yield f"not read: {', '.join(unread)}"
    if isinstance(shape, RequestLog) and "duration" in shape.columns:
        yield f"durations without a unit are in {UNITS.get(shape.duration_scale, f'{shape.duration_scale:g} s')}"
    if reading.unit:
        yield f"numbers of requests are of the unit {reading.unit}"
    yield from (_signs(name, signs) for name, signs in file.numerals.signs.items() if signs.thousands or signs.mixed)
    points = [name for name, signs in file.numerals.signs.items() if signs.decimal == "," and not signs.thousands]
    if points:
        yield f"decimal sign , in {', '.join(points)}"
    labels, left_out = file.numerals.labels, file.numerals.left_out
    if labels:
        what = "labels to break requests down by" if isinstance(shape, RequestLog) else "texts that tell rows apart"
        yield f"{what}: {', '.join(sorted(labels))}"
    if left_out:
        yield f"left out, as numbers or texts that differ in most rows: {', '.join(sorted(left_out))}"


def _constant_service(file: FollowedFile) -> str:
    """The text if all rows belong to one service."""
    if file.recognised.shape.columns.get("service") != CONSTANT:
        return ""
    return f"; {service_in_place(file) or f'every row is of {file.reading.constant_service}'}"


def _signs(name: str, signs: Signs) -> str:
    if signs.mixed:
        return f"{name} is written with both decimal signs"
    return f"{name} has signs between thousands, and the decimal sign {signs.decimal or '.'}"


def _first_rows(file: FollowedFile, part: Part) -> Iterator[Problem]:
    """The first counted or bad rows, with their places."""
    recognised = file.recognised
    shape, reading = recognised.shape, recognised.reading
    rows = checked_rows(part, recognised, order=file.order)
    rows.interval_s = row_interval(rows, {}).seconds or DEFAULT_INTERVAL
    # All later rows help to understand the columns of the first ones.
    counting = Counting(reading.unit)
    if isinstance(shape, RequestLog):
        shape.requests(part.chunk, rows, BOUNDS, reading.vocabulary)
    else:
        cells_of(shape, part.chunk, rows, counting)
    reasons = dict(rows.examples)
    first = [row for row in range(len(rows.time)) if row in reasons or not rows.refused[row]][:SHOWN]
    said = {row: _said(row, part, rows, file, counting) for row in first if row not in reasons}
    # Rows with other columns are found together with the places of the others.
    for problem in bad_row_examples(file, part, [(row, said.get(row) or reasons[row]) for row in first], SHOWN):
        yield problem if problem.what in said.values() else Problem(problem.where, f"bad: {problem.what}")


def _said(row: int, part: Part, rows: ChunkRows, file: FollowedFile, counting: Counting) -> str:
    """The content of a row for its service.

    Args:
        row: its index in the part. `part`, `rows`, `file`: its part. `counting`: knows counts from all rows.
    """
    shape, reading = file.recognised.shape, file.recognised.reading
    single, chunk = rows.single(row), part.chunk.slice(row, 1)
    moment = pd.Timestamp(round(float(rows.time[row]) * 1000), unit="ms", tz="UTC").tz_convert(reading.times.zone)
    shown = moment.isoformat(" ", "milliseconds" if moment.microsecond else "seconds")
    is_of_series = isinstance(shape, SeriesRows | ServiceColumns)
    words = [shown] if is_of_series else [shown, str(rows.services[rows.service[row]])]
    if isinstance(shape, RequestLog):
        requests = shape.requests(chunk, single, BOUNDS, reading.vocabulary)
        words += ["1 request", _outcome(requests), _duration(chunk, shape)]
    else:
        numbers = [
            f"{values.keys[column][0]} {_number(values.keys[column], value)}" if is_of_series
            else _number(values.keys[column], value)
            for values in cells_of(shape, chunk, single, Counting(COUNT, counts=counting.counts))
            for column, value in zip(values.column, values.value, strict=True)
        ]  # fmt: skip
        words += numbers[:CELLS] + (["…"] if len(numbers) > CELLS else [])
    labels = {*file.numerals.labels, *(shape.columns[label] for label in shape.labels)}
    labels &= set(chunk.column_names)
    words += [f"{ours} {chunk[theirs][0].as_py()}" for ours, theirs in shape.columns.items() if theirs in labels]
    return ", ".join(words)


def _duration(chunk: pa.Table, shape: RequestLog) -> str:
    """The duration of a chunk's only row."""
    column = shape.columns.get("duration")
    seconds = durations(chunk[column], shape.duration_scale)[0] if column is not None else nan
    return "no duration" if isnan(seconds) else f"{seconds:.6g} s"


def _outcome(requests: RequestRows) -> str:
    """The outcome of the only one of these requests."""
    if requests.unknown_outcome[0]:
        return "nobody can tell whether it failed"
    return "failed" if requests.failed[0] else "refused by the client's fault" if requests.refused[0] else "good"


def _number(key: tuple[str, str, str], value: float) -> str:
    """A number of a cell in the unit of its measure."""
    _, measure, detail = key
    if measure == "quantile":
        return f"{QUANTILES[detail]} {value:.6g} s"
    if measure == "gauge":
        return f"{detail} {value:.6g}"
    return f"{value:.15g} {MEASURES[f'{measure} {detail}'.strip()]}"
