"""CSV of many services and long times: CPU by rows and services as ratios within one run, and memory of whole commands.

GS_BENCH_CSV_ROWS=1000000 python -m pytest tests/bench/test_csv_size.py -s     for 3,000 services and 30 days of 200;
with fewer rows the same at a tenth, where the limits are loose: the interpreter and its libraries take their part.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import run

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pytest

from dashboard.engine.poller import Poller
from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import DAY, HOUR

ROWS = int(os.environ.get("GS_BENCH_CSV_ROWS", "100000"))
FULL = ROWS >= 1_000_000
SERVICES = ROWS * 3 // 1000
END = 1_760_400_000
TIMES = 5
# What caches and the collector of garbage add on the way; a square would be five.
SLACK = 1.8
MEMORY_MAX, SECONDS_MAX = 1.5e9, 10.0
STATUS = """
import resource, sys
from dashboard.cli import main
try:
    main(["status", "--csv", sys.argv[1], "--format", "json", "--at", sys.argv[2]])
except SystemExit as done:
    assert done.code in (0, None), done.code
used = resource.getrusage(resource.RUSAGE_SELF)
# Of this process alone: the other number holds that of the one before `exec`, too.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(int(peak) * 1024, used.ru_utime + used.ru_stime, file=sys.stderr)
"""
PLAIN = pc.WriteOptions(quoting_style="none")
Columns = dict[str, np.ndarray]


def stamps(seconds: np.ndarray) -> np.ndarray:
    return np.datetime_as_string(seconds.astype("M8[s]"), timezone="UTC")


def log(rows: int, services: int, span: int) -> Columns:
    """Requests evenly spread over `span` seconds until `END`, one in three hundred failed."""
    random = np.random.default_rng(1)
    return {
        "time": stamps(END - span + np.arange(rows) * span // rows),
        "service": np.char.add("service-", random.integers(0, services, rows).astype(str)),
        "status": np.where(random.random(rows) < 0.003, "500", "200"),
        "duration_ms": random.lognormal(4, 0.8, rows).round(1),
        "route": np.array(["/a", "/b", "/c", "/d"])[random.integers(0, 4, rows)],
    }


def wide(rows: int, services: int, _: int = 0) -> Columns:
    """A row of each service every minute until `END`."""
    random, moments = np.random.default_rng(2), rows // services
    minutes = END - 60 * np.arange(moments)[::-1]
    names = np.char.add("service-", np.arange(services).astype(str))
    return {
        "time": np.repeat(stamps(minutes), services),
        "service": np.tile(names, moments),
        "requests": random.integers(100, 1000, moments * services),
        "errors": (random.random(moments * services) < 0.1).astype(int),
        "p95": random.random(moments * services).round(3),
        "cpu": random.random(moments * services).round(3),
    }


def tidy(rows: int, services: int, _: int = 0) -> Columns:
    """The same as three numbers of each service."""
    columns = wide(rows // 3, services)
    signals = np.tile(["requests", "errors", "cpu"], len(columns["time"]))
    values = np.column_stack([columns[name] for name in ("requests", "errors", "cpu")]).ravel()
    both = {name: np.repeat(columns[name], 3) for name in ("time", "service")}
    return {**both, "signal": signals, "value": values}


SHAPES: dict[str, Callable[[int, int, int], Columns]] = {"log": log, "wide": wide, "tidy": tidy}


def written(path: Path, columns: Columns) -> Path:
    pc.write_csv(pa.table(columns), path, write_options=PLAIN)
    return path


def first_picture_s(path: Path) -> float:
    """Seconds of CPU until all services of a file are judged for the first time."""
    began = time.process_time()
    poller = Poller(CsvSource([str(path)]), clock=lambda: float(END))
    poller.tick()
    spent = time.process_time() - began
    assert poller.snapshot.slos
    return spent


@pytest.mark.parametrize("shape", SHAPES)
def test_the_first_picture_is_linear_in_services(shape: str, tmp_path: Path) -> None:
    """As many rows for each service."""
    few = written(tmp_path / "few.csv", SHAPES[shape](ROWS // TIMES, SERVICES // TIMES, 6 * HOUR))
    many = written(tmp_path / "many.csv", SHAPES[shape](ROWS, SERVICES, 6 * HOUR))
    first_picture_s(few)
    few_s, many_s = (min(first_picture_s(path) for _ in range(2)) for path in (few, many))
    print(f"\n{shape}: {SERVICES // TIMES} services {few_s:.2f} s, {SERVICES} services {many_s:.2f} s")
    assert many_s <= min(few_s * TIMES * SLACK, SECONDS_MAX)


def test_reading_a_log_is_linear_in_its_rows(tmp_path: Path) -> None:
    few, many = (written(tmp_path / f"{rows}.csv", log(rows, 50, 30 * DAY)) for rows in (4 * ROWS // TIMES, 4 * ROWS))

    def read_s(path: Path) -> float:
        began = time.process_time()
        CsvSource([str(path)]).discover(END)
        return time.process_time() - began

    read_s(few)
    few_s, many_s = (min(read_s(path) for _ in range(3)) for path in (few, many))
    print(f"\n{4 * ROWS // TIMES} rows {few_s:.2f} s, {4 * ROWS} rows {many_s:.2f} s")
    assert many_s <= few_s * TIMES * SLACK


def status(path: Path) -> tuple[float, float]:
    """Bytes at the most, and seconds of CPU, of the whole command."""
    at = str(stamps(np.array([END]))[0])
    ran = run([sys.executable, "-c", STATUS, str(path), at], capture_output=True, text=True, check=False)
    assert not ran.returncode, ran.stderr
    peak, spent = (float(number) for number in ran.stderr.split()[-2:])
    print(f"\n{path.stem}: at most {peak / 1e6:.0f} MB, {spent:.1f} s of CPU")
    return peak, spent


def test_thirty_days_of_two_hundred_services_fit(tmp_path: Path) -> None:
    """Of a log of 3 million rows, and of wide rows every ten minutes (every minute in full)."""
    whole = written(tmp_path / "log of 30 days.csv", log(3 * ROWS, 200, 30 * DAY))
    assert status(whole)[0] < MEMORY_MAX
    minutes = 30 * 1440 if FULL else 30 * 144
    assert status(written(tmp_path / "wide rows of 30 days.csv", wide(200 * minutes, 200)))[0] < MEMORY_MAX


@pytest.mark.parametrize("shape", SHAPES)
def test_status_of_three_thousand_services(shape: str, tmp_path: Path) -> None:
    _, spent = status(
        written(tmp_path / f"{shape} of {SERVICES} services.csv", SHAPES[shape](ROWS, SERVICES, 6 * HOUR))
    )
    # A command judges two or three times, learns from the past, and writes what it knows of each service as text.
    assert spent < (1.5 * SECONDS_MAX if FULL else SECONDS_MAX)


def test_services_that_come_and_go_take_no_more_than_their_rows(tmp_path: Path) -> None:
    """Pods of an hour, one after another for 30 days."""
    pods = np.arange(ROWS // 60)
    minutes = (np.arange(60) + 1) * 60
    at = END - 30 * DAY + (pods * 30 * DAY // len(pods))[:, None] // 60 * 60 + minutes
    at = np.minimum(at, END).ravel()
    columns = {
        "time": stamps(at),
        "service": np.repeat(np.char.add("pod-", (pods % 20_000).astype(str)), 60),
        "requests": np.full(len(at), 100),
        "errors": np.zeros(len(at), dtype=int),
    }
    path = written(tmp_path / "pods.csv", columns)
    source = CsvSource([str(path)])
    source.discover(END)
    table = source._reader.store.table
    assert table is not None
    print(f"\n{len(pods)} pods: {table.cells} cells for {2 * len(at)} numbers")
    assert table.cells <= 40 * 2 * len(at)
