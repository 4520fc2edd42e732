"""Feeds damaged texts to one reader: each is read or refused by the reader's own error, soon, in little memory.

python -m tests.bench.fuzz openslo 20000 1      reader, how many inputs, seed; a line of JSON with what was found
"""

import argparse
import contextlib
import io
import json
import math
import random
import re
import signal
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from dashboard import promql
from dashboard.anomaly.layers import LAYERS
from dashboard.commands.detect import detect
from dashboard.config.configuration import load
from dashboard.exceptions import ConfigError, DashboardError, InvalidData
from dashboard.openslo.conversion import convert
from dashboard.openslo.openslo_reader import read_slos
from dashboard.openslo.openslo_writer import write_slos
from dashboard.sources.csv.reading import FileGroup, Reading
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.csv.values.times import TimeFormat
from dashboard.sources.prometheus.client.decode import check_numbers, cumulative, matrix, reply_of
from dashboard.sources.prometheus.client.faults import api_error, error_reply
from dashboard.timerange import Grid
from tests.bench import fuzz_bytes
from tests.config.test_configuration import AGREED, GOOD
from tests.damage import damaged
from tests.openslo import foreign
from tests.openslo.samples import ALERTED, THRESHOLD
from tests.promql.test_counter_increase import COUNTED

# Seconds of this process for one input, and after how many it is given up.
SOON, GIVEN_UP = 2.0, 10
GRID = Grid(60, 600, 60)
QUERIES = [
    *COUNTED,
    'sum(rate(x_bucket{le="1",code!~"5.."}[5m])) or vector(0)',
    'a{le=~"1|2.5"} unless on(b) c offset 5m',
]
MATRIX = {
    "status": "success",
    "data": {
        "resultType": "matrix",
        "result": [{"metric": {"job": "a", "le": "0.5"}, "values": [[60 * row, str(row)] for row in range(1, 9)]}] * 3,
    },
    "warnings": ["a store is gone"],
}
VECTOR = {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [60, "1"]}]}}
BUCKETS = [[0, "0", "0.5", "7"], [0, "0.5", "+Inf", "3"]]
NATIVE = {"status": "success", "data": {"resultType": "matrix", "result": [
    {"metric": {}, "histograms": [[60, {"count": "10", "sum": "3", "buckets": BUCKETS}]]}]}}  # fmt: skip
FAILED = {"status": "error", "errorType": "bad_data", "error": 'invalid parameter "query": 1:3: parse error'}
WIDE = "time,service,requests,errors,p95_ms,cpu\n" + "".join(
    f"2026-11-20T00:{minute:02d}:00Z,shop,600,{minute % 3},{minute}.5,0.4\n" for minute in range(40)
)
LOG = "time,service,status,duration_s,route\n" + "".join(
    f"2026-11-20T00:00:{second:02d}Z,shop,{200 + 300 * (second % 2)},0.{second},/a\n" for second in range(60)
)
TIDY = "time,service,signal,value,pod\n" + "".join(
    f"2026-11-20T00:{minute:02d}:00Z,shop,{signal},{minute},a\n"
    for minute in range(20) for signal in ("requests", "errors")
)  # fmt: skip


def read_openslo(text: str) -> None:
    """Read, convert and write again."""
    result = read_slos({"slo.yaml": text}, zone="UTC")
    for diagnostic in (*result.diagnostics, *convert({"slo.yaml": text}).diagnostics):
        assert len(str(diagnostic).splitlines()) == 1, "a diagnostic is one line"
    write_slos(result.slos)


def read_promql(text: str) -> None:
    """Read by everything that reads queries."""
    for read in (
        promql.fill_templates,
        promql.as_one_series,
        promql.counted_selectors,
        promql.diagnostics,
        promql.metric_names,
        promql.selectors,
        promql.spell_numbers,
        lambda query: promql.increase_over(query, "5m", overlap=15.0),
        lambda query: promql.unmet(query, lambda selector: frozenset({selector.metric})),
    ):
        with contextlib.suppress(ValueError):
            read(text)


def read_toml(text: str) -> None:
    """Load as a configuration."""
    FILE.write_bytes(text.encode("utf-8", "surrogatepass"))
    problems: tuple[str, ...] = ()
    try:
        load(FILE, {})
    except ConfigError as error:
        problems = error.problems
    assert all(len(problem.splitlines()) == 1 for problem in problems), "a problem is one line"


def read_answer(text: str) -> None:
    """Decode as an answer, and as an error."""
    body = text.encode("utf-8", "surrogatepass")
    api_error("server", 400, error_reply(body), "up")
    with contextlib.suppress(InvalidData):
        reply = reply_of(body, "server")
        check_numbers(reply.series)
        assert matrix(reply.series, GRID).shape == (len(reply.series), len(GRID))
        for series in reply.series:
            cumulative(series, [0.5, float("inf")], GRID)


def read_csv(text: str | bytes) -> None:
    """Read as a file of a source in one of several ways, in two pieces, and answer from it."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    reading = READINGS[zlib.crc32(data) % len(READINGS)]
    source = CsvSource([FileGroup((str(FILE),), reading)])
    # While it is being written, and when that was long ago.
    for size, now in ((len(data) // 2, 1_763_600_000.0), (len(data), 4e9)):
        FILE.write_bytes(data[:size])
        with contextlib.suppress(DashboardError):
            catalog = source.discover(now)
            source.samples(CSV_GRID)
            answer = source.counts(CSV_GRID)
            for problem in answer.problems:
                assert len(f"{problem.where} {problem.what}".splitlines()) == 1, "a problem is one line"
            for service in catalog.services[:2]:
                for label in service.labels[:2]:
                    source.breakdown(CSV_GRID, service.name, label)


def read_series(data: bytes) -> None:
    """Score as `golden-signals detect` does."""
    FILE.write_bytes(data)
    layer = sorted(LAYERS)[zlib.crc32(data) % len(LAYERS)]
    printed = io.StringIO()
    with contextlib.suppress(ConfigError), contextlib.redirect_stdout(printed):
        detect(argparse.Namespace(file=str(FILE), layer=layer))
    scores = [float(line) for line in printed.getvalue().splitlines()]
    assert all(math.isfinite(score) and score >= 0 for score in scores), "a score is finite and not below 0"


FILE = Path(tempfile.gettempdir()) / f"golden-signals-fuzz-{random.SystemRandom().randrange(10**9)}"
ANSWERS = [json.dumps(answer) for answer in (MATRIX, VECTOR, NATIVE, FAILED)]
CSV_GRID = Grid.between(1_763_596_800, 1_763_600_400, step=60)
READINGS = (
    Reading(),
    Reading(times=TimeFormat("Europe/Berlin")),
    Reading(times=TimeFormat("UTC", "%d.%m.%Y %H:%M:%S"), service="shop"),
    Reading({"status": "outcome", "requests": "hits", "duration": "took"}, service="shop", duration="ms"),
)


def inputs(texts: Sequence[str], count: int, seed: int) -> Iterator[str]:
    """Damaged texts; one in twenty has a part of it many times over, or within itself."""
    choose = random.Random(seed)
    for text in damaged(texts, count, seed=seed):
        if choose.random() < 0.05:
            begin = choose.randrange(len(text) + 1)
            part = text[begin : begin + choose.choice((1, 2, 10, 100))]
            yield text[:begin] + part * choose.choice((100, 10_000)) + text[begin:]
        else:
            yield text


def _texts(*texts: str) -> Callable[[int, int], Iterator[Any]]:
    return partial(inputs, texts)


# Reader → what reads an input, and what makes so many inputs of a seed.
READERS: dict[str, tuple[Callable[[Any], None], Callable[[int, int], Iterator[Any]]]] = {
    "openslo": (read_openslo, _texts(ALERTED, THRESHOLD, *foreign.EVERY.values())),
    "promql": (read_promql, _texts(*QUERIES)),
    "toml": (read_toml, _texts(GOOD + AGREED.replace('time_zone = "Europe/Berlin"', ""))),
    "json": (read_answer, _texts(*ANSWERS, json.dumps(MATRIX, separators=(",", ":")))),
    "csv": (read_csv, _texts(WIDE, LOG, TIDY)),
    "csv-files": (read_csv, fuzz_bytes.csv_files),
    "detect": (read_series, fuzz_bytes.series),
}


@dataclass
class Findings:
    """What came of it: inputs, the slowest (seconds), the largest memory (bytes), and the first failures."""

    inputs: int = 0
    slowest_s: float = 0.0
    memory: int = 0
    failures: list[str] = field(default_factory=list)


def memory_peak() -> int:
    """Bytes that this process held at most."""
    # What `getrusage` says includes the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def fuzz(reader: str, count: int, seed: int) -> Findings:
    """Feed a reader."""
    read, made = READERS[reader]
    findings = Findings()

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {GIVEN_UP} s")

    signal.signal(signal.SIGALRM, give_up)
    for text in made(count, seed):
        began = time.process_time()
        signal.alarm(10 * GIVEN_UP)
        try:
            read(text)
        except BaseException as error:
            findings.failures.append(f"{type(error).__name__}: {str(error)[:200]} by {text[:2000]!r}")
            if isinstance(error, KeyboardInterrupt):
                raise
        signal.alarm(0)
        took = time.process_time() - began
        if took > SOON:
            findings.failures.append(f"{took:.1f} s by {text[:2000]!r}")
        findings.slowest_s = max(findings.slowest_s, took)
        findings.inputs += 1
    findings.memory = memory_peak()
    return findings


if __name__ == "__main__":
    try:
        print(json.dumps(asdict(fuzz(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
    finally:
        FILE.unlink(missing_ok=True)
