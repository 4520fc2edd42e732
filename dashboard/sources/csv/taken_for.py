"""The detected formats of files, and what to write in the configuration if one is wrong."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dashboard.sources.catalog import FilesAlike
from dashboard.sources.csv.columns.names import CONSTANT, our_name
from dashboard.sources.csv.counting import Counting
from dashboard.sources.csv.files import FollowedFile
from dashboard.sources.csv.reading import Reading, unheard
from dashboard.sources.csv.series.series import RUNNING_TOTAL
from dashboard.sources.csv.shapes.request_log import RequestLog
from dashboard.sources.csv.shapes.series_rows import SeriesRows
from dashboard.sources.csv.shapes.service_columns import ServiceColumns
from dashboard.sources.csv.shapes.suggestions import errors_column
from dashboard.sources.csv.shapes.tidy import Tidy
from dashboard.sources.csv.shapes.wide import Wide
from dashboard.sources.protocol import Problem

RISING = f'its counts have only risen so far: if they are running totals, unit = "{RUNNING_TOTAL}" says so'
SHAPES = {
    RequestLog: "a request log, a row is a request",
    Wide: "a wide table, a row is an interval of a service",
    Tidy: "a tidy table, a row is a number",
    ServiceColumns: "a table of series of services as columns, a row is an interval",
    SeriesRows: "series of services as rows, a row is a number",
}


def kind_of(file: FollowedFile) -> str:
    """The tool that wrote a file, if known, and its shape."""
    known = file.recognised.format
    tool = f"{known.title}: " if known is not None else ""
    return f"{tool}{SHAPES[type(file.recognised.shape)]}"


def files_alike(
    files: Iterable[FollowedFile], readings: Mapping[str, Sequence[Reading]], counting: Mapping[str, Counting]
) -> tuple[FilesAlike, ...]:
    """Group files by how they are read.

    Args:
        files: the files to read. `readings`: file name → settings of each group that names it.
        counting: what is known of their counts.
    """
    names: dict[tuple[str, str], list[str]] = {}
    for file in files:
        known = file.recognised.format
        note = known.note if known is not None else ""
        rising = RISING if file.name in counting and counting[file.name].may_be_totals else ""
        facts = (
            kind_of(file),
            file.encoding,
            service_in_place(file),
            _not_as(readings.get(file.name, ())),
            note,
            rising,
        )
        names.setdefault(("; ".join(filter(None, facts)), _remedy(file)), []).append(file.name)
    return tuple(FilesAlike(tuple(sorted(group)), what, remedy) for (what, remedy), group in names.items())


def named_twice(readings: Mapping[str, Sequence[Reading]]) -> tuple[Problem, ...]:
    """Files for which a group sets something that an earlier group, which is used, does not set.

    Args:
        readings: file name → settings of each group that names it.
    """
    problems = []
    for name, (first, *others) in readings.items():
        keys = {key: None for other in others for key in unheard(first, other)[0]}
        if keys:
            said = (
                f"is named twice under [source] and read as the first entry says, without {' and '.join(keys)} of the"
            )
            problems.append(Problem(name, f"{said} other: write all of it into one entry"))
    return tuple(problems)


def _not_as(readings: Sequence[Reading]) -> str:
    """Settings of another group for a file that differ and are ignored; empty without any."""
    keys = {key: None for other in readings[1:] for key in unheard(readings[0], other)[1]}
    return f"two entries name it, with {' and '.join(keys)} as the first one says" if keys else ""


def service_in_place(file: FollowedFile) -> str:
    """The note if a configured service replaces a service column; otherwise empty."""
    service, columns = file.recognised.reading.service, file.recognised.layout.columns
    column = next((name for name in columns if our_name(name) == "service"), "")
    if not service or not column:
        return ""
    return f'every row is of {service}, as service = "{service}" says, whatever the column {column} tells'


def _remedy(file: FollowedFile) -> str:
    return f"where this is wrong, write {', or '.join(_settings(file))} under [source]"


def _lacks_errors(file: FollowedFile) -> bool:
    shape = file.recognised.shape
    return isinstance(shape, Wide) and not shape.goods and "errors" not in shape.columns and not shape.outcomes.dialects


def _settings(file: FollowedFile) -> Iterator[str]:
    """The settings with which a file would be read differently."""
    recognised = file.recognised
    known, reading = recognised.format, recognised.reading
    if known is None:
        errors = errors_column(recognised.layout.columns) if _lacks_errors(file) else ""
        yield f"columns = {{ errors = {json.dumps(errors, ensure_ascii=False)} }}" if errors else "columns = { … }"
        return
    if recognised.shape.columns.get("service") == CONSTANT and not reading.service:
        yield 'service = "…" to call it otherwise than the file'
    if known.has_header:
        yield 'format = "plain" to read it by its columns'
    else:
        yield 'format = "…" of another tool'
