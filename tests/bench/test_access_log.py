"""An access log of nginx against the same requests as plain CSV: processor time, of all cores, in the same run.

GS_BENCH_ROWS=10000000 python -m pytest tests/bench/test_access_log.py -s     for the numbers; with fewer rows the limit
is a loose one.
"""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import DAY, Grid

ROWS = int(os.environ.get("GS_BENCH_ROWS", "100000"))
FULL = ROWS >= 1_000_000
BEGIN = 1_795_824_000
BLOCK = 50_000
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"


def write(log: Path, plain: Path) -> int:
    """A day of requests in both forms; how many of them failed."""
    random, failed = np.random.default_rng(1), 0
    with log.open("w", encoding="utf-8") as lines, plain.open("w", encoding="utf-8") as rows:
        rows.write("time,service,path,method,status,duration\n")
        for begin in range(0, ROWS, BLOCK):
            count = min(BLOCK, ROWS - begin)
            at = BEGIN + 1 + (begin + np.arange(count)) * (DAY - 2) // ROWS
            status = random.choice([200, 200, 200, 304, 404, 500], count)
            duration, item = random.random(count).round(3), random.integers(0, 1000, count)
            failed += int((status == 500).sum())
            times = at.astype("M8[s]")
            for second, code, took, number in zip(times.tolist(), status, duration, item, strict=True):
                lines.write(
                    f"10.0.{number % 250}.7 - - [{second:%d/%b/%Y:%H:%M:%S} +0000] "
                    f'"GET /item/{number}?q={took} HTTP/1.1" {code} {number} "https://shop.example.com/" "{AGENT}" '
                    f"{took:.3f}\n"
                )
                rows.write(f"{second:%Y-%m-%dT%H:%M:%SZ},shop,/item/{number},GET,{code},{took:.3f}\n")
    return failed


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, int]:
    folder = tmp_path_factory.mktemp("requests")
    log, plain = folder / "shop.log", folder / "shop.csv"
    return log, plain, write(log, plain)


def read(path: Path) -> tuple[float, CsvSource]:
    """Seconds of all cores, the least of three."""
    least, source = float("inf"), CsvSource([str(path)])
    for _ in range(3):
        source = CsvSource([str(path)])
        began = time.process_time()
        source.discover(4e9)
        least = min(least, time.process_time() - began)
    return least, source


def test_a_log_takes_not_much_longer_than_its_bytes_do(files: tuple[Path, Path, int]) -> None:
    log, plain, failed = files
    (theirs, _), (ours, source) = read(plain), read(log)
    answer = source.counts(Grid(BEGIN + 3600, BEGIN + DAY, 3600))
    assert answer.frame[("shop", "requests", "")].sum() == ROWS
    assert answer.frame[("shop", "errors", "server")].sum() == failed
    size = log.stat().st_size / plain.stat().st_size
    print(
        f"\n{ROWS} requests: a log {ours:.2f} s, CSV {theirs:.2f} s, {ours / theirs:.1f} times; bytes {size:.1f} times"
    )
    assert ours <= (1.2 if FULL else 3) * size * theirs
