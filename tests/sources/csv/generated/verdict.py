"""What the product makes of generated files: exact, refused with line and reason, or wrong."""

import io
import json
import math
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from dashboard.cli import main
from dashboard.config.configuration import load
from dashboard.engine.opening import open_source
from dashboard.exceptions import InvalidData, SourceUnavailable
from dashboard.sources.protocol import Answer, Source
from dashboard.timerange import DAY, HOUR, Grid, utc
from tests.sources.csv.generated.case import Case
from tests.sources.csv.generated.truth import Tally

EXACT, REFUSED, WRONG = "exact", "refused", "wrong"
REQUESTS, SERVER, CLIENT = ("requests", ""), ("errors", "server"), ("errors", "client")
# A default objective is exhausted by far less.
MANY_FAILED = 0.05
LINE = re.compile(r"(?::|: row )\d+$")


@dataclass(frozen=True)
class Verdict:
    """How a case ended, and why it is no exact one."""

    kind: str
    why: str = ""


def verdict(case: Case, folder: Path) -> Verdict:
    """Write a case piece by piece, read it between the pieces, and compare all that was counted."""
    config = folder / "golden.toml"
    config.write_text(case.toml, encoding="utf-8")
    source = open_source(load(config, {}), now=_now(case))
    try:
        _write(case, folder, source)
        names = {service.name for service in source.discover(_now(case)).services}
        answers = _answers(case, source)
    except InvalidData as error:
        return Verdict(REFUSED if ".csv: " in str(error) else WRONG, str(error))
    finally:
        source.close()
    faults = [f"there is a service {name!r}" for name in sorted(names - set(case.truth.services()))]
    faults += _faults(case, answers)
    bad, kinds = answers[0].bad_rows, answers[0].bad_kinds
    if sum(kind.rows for kind in kinds) != bad or not all(LINE.search(kind.where) and kind.what for kind in kinds):
        faults.append(f"{bad} bad rows, and what is said of them is {kinds}")
    if bad > case.bad_rows:
        faults = [*_green(case, answers), *_excess(case, answers)]
        reasons = "; ".join([f"{bad} bad rows instead of {case.bad_rows}", *(kind.what for kind in kinds)])
        return Verdict(WRONG, "; ".join(faults[:3])) if faults else Verdict(REFUSED, reasons)
    if bad < case.bad_rows:
        faults.insert(0, f"{bad} bad rows instead of {case.bad_rows}")
    return Verdict(WRONG, "; ".join(faults[:4])) if faults else Verdict(EXACT)


def _now(case: Case) -> float:
    return float(max(case.truth.ends(), default=0) + DAY)


def _write(case: Case, folder: Path, source: Source) -> None:
    """Append the pieces; the source reads after each."""
    moment = _now(case)
    for name, piece in case.pieces:
        path = folder / name
        with path.open("ab") as file:
            file.write(piece)
        # Of the case's time: it is still being written to.
        os.utime(path, (moment, moment))
        try:
            source.discover(moment)
            source.counts(_grid(case))
        except SourceUnavailable:
            continue
    for name in {name for name, _ in case.pieces}:
        os.utime(folder / name, (moment - HOUR, moment - HOUR))


def _grid(case: Case) -> Grid:
    ends = case.truth.ends() or [HOUR]
    longest = max(case.intervals.values(), default=HOUR) // HOUR * HOUR
    return Grid(ends[0] - HOUR - 2 * longest, ends[-1] + HOUR + 2 * longest, HOUR)


def _answers(case: Case, source: Source) -> list[Answer]:
    return [source.counts(_grid(case))]


def _faults(case: Case, answers: list[Answer]) -> Iterator[str]:
    frame = answers[0].frame
    grid = _grid(case)
    columns = {key: frame[key].to_numpy() for key in frame.columns}
    for service in case.truth.services():
        own = {key[1:]: values for key, values in columns.items() if key[0] == service}
        tallies = _tallies(case, service, grid)
        if case.intervals[service] >= HOUR:
            # Each hour has its share of them: what is exact is their sum.
            row = {key: float(np.nansum(values)) for key, values in own.items() if not np.isnan(values).all()}
            yield from (f"{service!r}: {fault}" for fault in _hour_faults(case, service, _sum(tallies.values()), row))
            continue
        for place, (end, tally) in enumerate(tallies.items()):
            row = {key: float(values[place]) for key, values in own.items() if not np.isnan(values[place])}
            yield from (f"{service!r} at {end}: {fault}" for fault in _hour_faults(case, service, tally, row))


def _tallies(case: Case, service: str, grid: Grid) -> dict[int, Tally]:
    """What is true of each step of the grid."""
    return {end: case.truth.hours.get((service, end), Tally()) for end in range(grid.start, grid.end + 1, grid.step)}


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.requests += tally.requests
        total.failed += tally.failed
        total.client += tally.client
    return total


def _hour_faults(case: Case, service: str, tally: Tally, row: dict[tuple[str, str], float]) -> Iterator[str]:
    if not tally.requests and not any(row.get(measure, 0) for measure in (REQUESTS, SERVER, CLIENT)):
        return
    if _differs(row.get(REQUESTS), tally.requests):
        yield f"{row.get(REQUESTS)} requests instead of {tally.requests}"
    if tally.unknown:
        if SERVER in row:
            yield f"{row[SERVER]} failed, though {tally.unknown} words are unknown"
        return
    if _differs(row.get(SERVER), tally.failed):
        yield f"{row.get(SERVER)} failed instead of {tally.failed}"
    if _differs(row.get(CLIENT), tally.client):
        yield f"{row.get(CLIENT)} refused instead of {tally.client}"
    if service in case.logs:
        yield from _latency_faults(tally, row)


def _latency_faults(tally: Tally, row: dict[tuple[str, str], float]) -> Iterator[str]:
    for (measure, detail), value in row.items():
        if measure in ("latency", "failed_latency"):
            bound = Decimal("Infinity") if detail == "inf" else Decimal(detail)
            expected = tally.at_most(bound, failed=measure == "failed_latency")
            if value != expected:
                yield f"{value} {measure} at most {detail} s instead of {expected}"


def _differs(counted: float | None, expected: int) -> bool:
    """Rows of several intervals beside each other are spread, which leaves something in the last digits."""
    return not math.isclose(counted or 0, expected, rel_tol=1e-9)


def _green(case: Case, answers: list[Answer]) -> Iterator[str]:
    """Where nothing failed by what was read, though requests in the file did."""
    frame, grid = answers[0].frame, _grid(case)
    for service in case.truth.services():
        tallies = _tallies(case, service, grid).values()
        failed = sum(tally.failed for tally in tallies)
        errors = frame.get((service, *SERVER))
        if not failed or errors is None or not frame[service, *REQUESTS].sum():
            continue
        # What nobody can tell is not green.
        is_unknown = any(np.isnan(value) for value, tally in zip(errors, tallies, strict=True) if tally.failed)
        if errors.sum() == 0 and not is_unknown:
            yield f"{service!r} is green, though {failed} requests failed"


def _excess(case: Case, answers: list[Answer]) -> Iterator[str]:
    """Where more was counted than there is: rows that are refused are counted nowhere else."""
    frame, grid = answers[0].frame, _grid(case)
    for service in case.truth.services():
        if (service, *REQUESTS) not in frame.columns or case.intervals[service] >= HOUR:
            continue
        expected = [tally.requests for tally in _tallies(case, service, grid).values()]
        counted = np.nan_to_num(frame[service, *REQUESTS].to_numpy())
        if (counted > np.array(expected) * (1 + 1e-9)).any():
            yield f"{service!r} has more requests in an hour than there were"


def healthy_but_failing(case: Case, folder: Path) -> list[str]:
    """Services that `golden-signals status` shows as healthy at the end of the files, though many requests failed."""
    config = folder / "golden.toml"
    config.write_text(case.toml, encoding="utf-8")
    for name, piece in case.pieces:
        with (folder / name).open("ab") as file:
            file.write(piece)
    end = max(row.at for _, table, _ in case.groups for row in table.rows) / 1e6
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(io.StringIO()):
        main(["status", "--config", str(config), "--at", utc(end).isoformat(), "--format", "json"])
    reports = json.loads(printed.getvalue())["services"]
    healthy = [report["id"] for report in reports if report["health"] == "healthy"]
    return [f"{name!r} is healthy" for name in healthy if _share_failed(case, name) > MANY_FAILED]


def _share_failed(case: Case, service: str) -> float:
    tallies = [tally for (name, _), tally in case.truth.hours.items() if name == service]
    requests = sum(tally.requests for tally in tallies)
    return sum(tally.failed for tally in tallies) / requests if requests else 0.0
