"""What files were taken for, and what to write in the configuration where that is wrong."""

from collections.abc import Iterable, Iterator

from dashboard.sources.catalog import FilesAlike
from dashboard.sources.csv.files import FollowedFile
from dashboard.sources.csv.shapes.names import CONSTANT, our_name
from dashboard.sources.csv.shapes.request_log import RequestLog
from dashboard.sources.csv.shapes.series_rows import SeriesRows
from dashboard.sources.csv.shapes.service_columns import ServiceColumns
from dashboard.sources.csv.shapes.tidy import Tidy
from dashboard.sources.csv.shapes.wide import Wide

SHAPES = {
    RequestLog: "a request log, a row is a request",
    Wide: "a wide table, a row is an interval of a service",
    Tidy: "a tidy table, a row is a number",
    ServiceColumns: "a table of series of services as columns, a row is an interval",
    SeriesRows: "series of services as rows, a row is a number",
}


def kind_of(file: FollowedFile) -> str:
    """The tool that wrote a file, if it is known, and its shape."""
    known = file.recognised.format
    tool = f"{known.title}: " if known is not None else ""
    return f"{tool}{SHAPES[type(file.recognised.shape)]}"


def files_alike(files: Iterable[FollowedFile]) -> tuple[FilesAlike, ...]:
    """Files by what they were taken for; `files`: those that are read."""
    names: dict[tuple[str, str], list[str]] = {}
    for file in files:
        known = file.recognised.format
        facts = (kind_of(file), file.encoding, service_in_place(file), known.note if known is not None else "")
        names.setdefault(("; ".join(filter(None, facts)), _remedy(file)), []).append(file.name)
    return tuple(FilesAlike(tuple(sorted(group)), what, remedy) for (what, remedy), group in names.items())


def service_in_place(file: FollowedFile) -> str:
    """What is said where the configuration names the service of rows that have one; empty anywhere else."""
    service, columns = file.recognised.reading.service, file.recognised.layout.columns
    column = next((name for name in columns if our_name(name) == "service"), "")
    if not service or not column:
        return ""
    return f'every row is of {service}, as service = "{service}" says, whatever the column {column} tells'


def _remedy(file: FollowedFile) -> str:
    return f"where this is wrong, write {', or '.join(_settings(file))} under [source]"


def _settings(file: FollowedFile) -> Iterator[str]:
    """The settings that would have a file read otherwise."""
    recognised = file.recognised
    known, reading = recognised.format, recognised.reading
    if known is None:
        yield "columns = { … }"
        return
    if recognised.shape.columns.get("service") == CONSTANT and not reading.service:
        yield 'service = "…" to call it otherwise than the file'
    if known.has_header:
        yield 'format = "plain" to read it by its columns'
    else:
        yield 'format = "…" of another tool'
