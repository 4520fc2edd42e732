"""The text output of wrk and wrk2: the counts of a whole run.

https://github.com/wg/wrk and https://github.com/giltene/wrk2: src/wrk.c
"""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.formats.format import FileFacts, Format, Prepare, Prepared, Text
from dashboard.sources.csv.formats.intervals import WholeTest, prepared
from dashboard.sources.csv.layout import Layout
from dashboard.sources.csv.series.series import COUNT
from dashboard.sources.csv.values.quantities import durations, numbers

QUANTILES = ("p50", "p95", "p99")
COUNTED = ("time", "requests", "errors", *QUANTILES, "file")
SEVERAL = "of several runs in one file only the last has a time: write each to a file of its own"
NO_RESULT = "the run has no result: it tells of no requests"
NUMBERS = ("completed", "per_second", "connect", "read", "write", "timeout", "status")
DURATIONS = ("took", *QUANTILES)
COLUMNS = ("run", *NUMBERS, *DURATIONS)
# Patterns of the columns in the text of a run; only the number of requests always exists.
PATTERNS = {
    "completed": rb"^ *(\d+) requests in ",
    "per_second": rb"^Requests/sec: *([\d.]+)",
    "connect": rb"Socket errors: connect (\d+)",
    "read": rb"Socket errors: .*read (\d+)",
    "write": rb"Socket errors: .*write (\d+)",
    "timeout": rb"Socket errors: .*timeout (\d+)",
    "status": rb"Non-2xx or 3xx responses: (\d+)",
    "took": rb"^ *\d+ requests in ([\d.]+[a-z]+)",
    # wrk2 writes more digits, and all percentiles in a table of milliseconds further down.
    "p50": rb"^ *50(?:\.0+)?% +([\d.]+[a-z]+)",
    "p95": rb"^ *([\d.]+) +0\.950000 ",
    "p99": rb"^ *99(?:\.0+)?% +([\d.]+[a-z]+)",
}
KNOWN = {name: re.compile(pattern, re.MULTILINE) for name, pattern in PATTERNS.items()}
RUN = re.compile(rb"(?:\A|^Running )[^\n]*(?:\n(?!Running )[^\n]*)*", re.MULTILINE)


def _rows(text: Text) -> bytes:
    """One row in place of the lines of a run; other lines become blank, so that line numbers stay the same."""
    return RUN.sub(_row, bytes(text))


def _row(run: re.Match[bytes]) -> bytes:
    matches = (pattern.search(run[0]) for pattern in KNOWN.values())
    return b",".join([b"run", *(match[1] if match else b"" for match in matches)]) + b"\n" * run[0].count(b"\n")


def _begun(facts: FileFacts) -> Prepare:
    def prepare(chunk: pa.Table) -> Prepared:
        count = {name: numbers(chunk[name]) for name in NUMBERS}
        duration = {name: durations(chunk[name], 1e-3) for name in DURATIONS}
        last = max(np.flatnonzero(~np.isnan(count["completed"])), default=-1)
        runs = []
        for row in range(len(chunk)):
            written = {name: float(values[row]) for name, values in (*count.items(), *duration.items())}
            runs.append(_run(written, facts) if row >= last else WholeTest(problem=SEVERAL))
        return prepared(runs, QUANTILES, facts.name)

    return prepare


def _run(written: Mapping[str, float], facts: FileFacts) -> WholeTest:
    """A run; `written`: by column name, NaN for missing ones."""
    if np.isnan(written["completed"]):
        return WholeTest(problem=NO_RESULT)
    unanswered = sum(np.nan_to_num(written[name]) for name in ("connect", "read", "write"))
    failed = unanswered + sum(np.nan_to_num(written[name]) for name in ("status", "timeout"))
    # The rate is the most accurate, but it is 0 without any response.
    seconds = written["completed"] / written["per_second"] if written["per_second"] > 0 else written["took"]
    # Timeouts are included in the completed requests of wrk, but not of wrk2.
    requests = max(written["completed"] + unanswered, failed)
    return WholeTest(facts.end(seconds), seconds, requests, failed, {name: written[name] for name in QUANTILES})


WRK: Final = Format(
    "wrk",
    "wrk",
    first_line=re.compile(r"Running \S+ test @ "),
    layout=Layout(COLUMNS),
    # Several simultaneous runs are summed.
    columns={"instance" if name == "file" else name: name for name in COUNTED},
    time_format="s",
    unit=COUNT,
    reads=COLUMNS[1:],
    adds=COUNTED,
    begin=_begun,
    rewrite=_rows,
    is_closed=True,
    note=(
        "one interval of requests, evenly spread: it has no times, and the run ended when the file was last changed, "
        'unless start = "2026-11-01T02:00:00Z" is written under [source]; responses of 400 and above have failed, as '
        "it does not tell those of the client from those of the server"
    ),
)
