"""What a source makes of a file of a known tool: counts, and the buckets that quantiles lie in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboard.sources.csv.reading import FileGroup, Reading
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid

LOGS = Path(__file__).parent / "logs"
# The hour that the rows of all files lie in.
END = int(datetime(2026, 11, 28, 21, tzinfo=UTC).timestamp())
# Nobody writes to the files any more.
NOW = END + 10 * 365 * 24 * HOUR


@dataclass(frozen=True)
class Counts:
    """Of one service: counts, and upper bounds of the buckets that quantiles of good and failed requests lie in."""

    requests: int
    failed: int = 0
    client: int = 0
    p50: str = ""
    p95: str = ""


@dataclass(frozen=True)
class Understood:
    """Of one file.

    Attributes:
        bad_rows: line → the reason. `notes`: of its services.
    """

    services: dict[str, Counts]
    bad_rows: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def source_of(path: Path, **reading: Any) -> CsvSource:
    return CsvSource([FileGroup((str(path),), Reading(**reading))])


def understood(path: Path, **reading: Any) -> Understood:
    """What is made of a file in the hour before `END`; `reading`: what the configuration says of it."""
    source = source_of(path, **reading)
    catalog = source.discover(NOW)
    answer = source.counts(Grid(END, END, HOUR))
    services = {service.name: _counts(answer, service.name) for service in catalog.services}
    bad_rows = {int(problem.where.rpartition(":")[2]): problem.what for problem in answer.problems}
    assert answer.bad_rows == len(bad_rows)
    notes = {note for service in catalog.services for note in service.notes if not note.startswith("breakdowns")}
    return Understood(services, bad_rows, tuple(sorted(notes)))


def by_label(path: Path, service: str, label: str) -> dict[str, tuple[int, int]]:
    """Value of a label → requests and failures."""
    source = source_of(path)
    source.discover(NOW)
    rates = source.breakdown(Grid(END - HOUR + 60, END, 60), service, label).frame.sum() * 60
    values = dict.fromkeys(key[0] for key in rates.index)
    return {
        value: (round(rates[(value, "requests", "")]), round(rates[(value, "errors", "server")])) for value in values
    }


def _counts(answer: Answer, service: str) -> Counts:
    row = answer.frame.sum()

    def count(measure: str, detail: str = "") -> int:
        return round(float(row.get((service, measure, detail), 0)))

    bounds = [detail for name, measure, detail in answer.frame.columns if (name, measure) == (service, "latency")]
    within = {bound: count("latency", bound) + count("failed_latency", bound) for bound in bounds}

    def quantile(share: float) -> str:
        return next((bound for bound in bounds if within[bound] >= share * within["inf"]), "")

    failed, client = count("errors", "server"), count("errors", "client")
    return Counts(count("requests"), failed, client, quantile(0.5), quantile(0.95))
