"""CSV texts that tests write, and what a source makes of them."""

from pathlib import Path
from typing import Any

from dashboard.sources.csv.reading import FileGroup, Reading
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid, utc

BEGIN = 1_760_000_000 // HOUR * HOUR
WIDE = "time,service,requests,errors\n"
TIDY = "time,service,signal,value\n"
LOG = "time,service,route,status,duration_ms\n"
# What is said of rows whose counts cannot be.
IMPOSSIBLE_COUNTS = "requests and errors must be counts with 0 <= errors <= requests"


def stamp(seconds: float) -> str:
    return utc(BEGIN + seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(seconds: float, requests: object = 600, errors: object = 0, service: str = "shop") -> str:
    return f"{stamp(seconds)},{service},{requests},{errors}\n"


def rows(count: int, *, every: int = 60, first: int = 1, requests: int = 600) -> str:
    return "".join(row(number * every, requests) for number in range(first, first + count))


def source_of(path: Path, text: str | bytes) -> CsvSource:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return CsvSource([str(path)])


def read_as(path: Path, **reading: Any) -> FileGroup:
    """A file, and what the configuration says of it."""
    return FileGroup((str(path),), Reading(**reading))


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def counts_of(source: CsvSource) -> Answer:
    """The counts of the hour after `BEGIN`."""
    return source.counts(Grid(BEGIN + HOUR, BEGIN + HOUR, HOUR))


def requests_of(source: CsvSource, service: str = "shop") -> float:
    return float(counts_of(source).frame[(service, "requests", "")].sum())


def bad_rows_of(answer: Answer) -> list[tuple[str, str]]:
    """Line and reason of the bad rows shown."""
    return [(problem.where.rpartition(":")[2], problem.what) for problem in answer.problems]
