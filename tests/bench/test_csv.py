"""Tidy CSV: our reading against DuckDB's, the same rows in the same run; memory, and what an append costs.

GS_BENCH_ROWS=10000000 GS_BENCH_ROUNDS=5 python -m pytest tests/bench/test_csv.py -s     for what the README reports;
with fewer rows the limit on the time is a loose one: something else may run beside it.
"""

import os
import sys
from pathlib import Path
from subprocess import run

import duckdb
import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.csv as pc
import pytest

from dashboard.engine.poller import Poller
from dashboard.sources.csv.files import CHECK_BYTES
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid
from tests.bench.timing import best

ROWS = int(os.environ.get("GS_BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("GS_BENCH_ROUNDS", "3"))
FULL = ROWS >= 10_000_000
# At most so many looks at the files in one refresh, two of them for changes and incidents; each compares some of what
# was read before.
LOOKS = 8
BEGIN = 1_759_900_020
SERVICES = [f"service-{number}" for number in range(50)]
SIGNALS = ["requests", "errors", "p95", "cpu"]
WIDTH = len(SERVICES) * len(SIGNALS)
MEMORY_MAX = 1.2e9
READ = """
import sys
from dashboard.sources.csv.source import CsvSource
source = CsvSource([sys.argv[1]])
source.discover(0)
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def write(path: Path, every: int, moments: range) -> None:
    """Rows of 50 services and 4 signals, `every` seconds apart."""
    seed = np.random.default_rng(moments.start)
    with pc.CSVWriter(path, SCHEMA, write_options=PLAIN) as writer:
        for start in range(moments.start, moments.stop, 2000):
            at = np.arange(start, min(start + 2000, moments.stop)) * every + BEGIN
            values = seed.random((len(at), len(SERVICES), len(SIGNALS))).round(4)
            values[..., 0] = np.floor(values[..., 0] * 1000) + 10
            values[..., 1] = np.floor(values[..., 1] * 5)
            times = np.datetime_as_string(at.astype("M8[s]"), timezone="UTC")
            columns = [
                pa.array(np.repeat(times, WIDTH)),
                pa.array(np.tile(np.repeat(SERVICES, len(SIGNALS)), len(at))),
                pa.array(np.tile(SIGNALS, len(SERVICES) * len(at))),
                pa.array(values.ravel()),
            ]
            writer.write_table(pa.table(columns, schema=SCHEMA))


SCHEMA = pa.schema([("timestamp", pa.string()), ("service", "string"), ("signal", "string"), ("value", "float64")])
PLAIN = pc.WriteOptions(quoting_style="none")


@pytest.fixture(scope="module", params=[5, 60], ids=["every 5 s", "every minute"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    made: Path = tmp_path_factory.mktemp("tidy") / "rows.csv"
    write(made, request.param, range(ROWS // WIDTH))
    return made, request.param


def theirs(path: Path) -> pd.DataFrame:
    """DuckDB told all it can be told: names, types, and that the order of rows does not matter."""
    types = "{'timestamp': 'TIMESTAMP', 'service': 'VARCHAR', 'signal': 'VARCHAR', 'value': 'DOUBLE'}"
    read = f"read_csv('{path}', header = true, columns = {types})"
    # A row tells of the interval that ends at its time.
    minute = "time_bucket(INTERVAL 1 MINUTE, timestamp - INTERVAL 1 SECOND) AS minute"
    aggregate = "sum(value) AS total, avg(value) AS mean"
    with duckdb.connect() as database:
        database.execute("SET preserve_insertion_order = false")
        asked = database.execute(f"SELECT service, signal, {minute}, {aggregate} FROM {read} GROUP BY ALL")
        return pd.DataFrame(asked.fetchnumpy())


def ours(path: Path, grid: Grid) -> Answer:
    """The same through the source: found, read, and all services by the minute."""
    source = CsvSource([str(path)])
    source.discover(0)
    return source.samples(grid)


def test_rows_are_read_as_fast_as_by_duckdb(file: tuple[Path, int]) -> None:
    path, every = file
    last = BEGIN + (ROWS // WIDTH - 1) * every
    grid = Grid(BEGIN // 60 * 60 + 60, last // 60 * 60, 60)
    assert_the_same(ours(path, grid), theirs(path), every)
    our, their = best(ROUNDS, lambda: ours(path, grid), lambda: theirs(path))
    print(f"\n{ROWS} rows, one every {every} s: {our:.2f} s, DuckDB {their:.2f} s, {our / their:.2f} times")
    assert our <= (0.8 if FULL else 3) * their


def assert_the_same(answer: Answer, grouped: pd.DataFrame, every: int) -> None:
    """Requests add up to the same in each minute, gauges have the same mean."""
    for signal, value, column in (("requests", "total", ("requests", "")), ("cpu", "mean", ("saturation", "cpu"))):
        chosen = grouped[(grouped["signal"] == signal) & (grouped["service"] == "service-7")]
        wanted = chosen.set_index("minute")[value].sort_index()
        made = answer.frame[("service-7", *column)] * (60 if signal == "requests" else 1)
        made.index = made.index.tz_localize(None) - pd.Timedelta("60s")
        both = pd.concat([wanted, made], axis=1, join="inner").iloc[1:-1]
        assert len(both) >= len(wanted) - 4  # both ends may hold parts of a minute
        np.testing.assert_allclose(both.iloc[:, 0], both.iloc[:, 1], rtol=1e-9, atol=1e-9)


def test_memory_stays_bounded(file: tuple[Path, int]) -> None:
    path, _ = file
    said = run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True).stdout
    peak = int(said) * 1024
    print(f"\n{ROWS} rows: at most {peak / 1e6:.0f} MB")
    assert peak < MEMORY_MAX


def test_appended_rows_are_on_screen_at_the_next_tick_without_reading_the_rest(file: tuple[Path, int]) -> None:
    path, every = file
    moments = ROWS // WIDTH
    now = BEGIN + (moments + 25) * every
    poller = Poller(CsvSource([str(path)]), clock=lambda: float(now))
    (whole,) = best(1, poller.tick)
    before, size = poller.snapshot.source, path.stat().st_size
    part = path.with_name("part")
    write(part, every, range(moments, moments + 25))
    lines = part.read_bytes().partition(b"\n")[2]
    with path.open("ab") as growing:
        growing.write(lines)
    read = psutil.Process().io_counters().read_chars
    (tail,) = best(1, poller.tick)
    read = psutil.Process().io_counters().read_chars - read
    after = poller.snapshot.source
    print(f"\n{after.rows - before.rows} rows appended: {read} bytes read in {tail:.3f} s, first tick {whole:.2f} s")
    assert after.rows - before.rows == 25 * WIDTH == 5000
    assert after.newest == BEGIN + (moments + 24) * every
    assert read < len(lines) + LOOKS * CHECK_BYTES + 100_000
    assert tail < whole
    if FULL:
        assert read < size / 10
    with path.open("rb+") as again:
        again.truncate(size)
    poller.stop()
