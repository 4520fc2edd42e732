"""Locust's files (`locust --csv=NAME`): the history has running totals, one row per second; the statistics have sums.

https://docs.locust.io/en/stable/retrieving-stats.html
"""

from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.sources.csv.formats.format import FileFacts, Format, Prepare, Prepared
from dashboard.sources.csv.formats.intervals import WholeTest, prepared
from dashboard.sources.csv.series.series import COUNT
from dashboard.sources.csv.values.columns import codes_and_texts, constant, with_columns
from dashboard.sources.csv.values.quantities import numbers

# The row for all requests; rows for single ones are optional.
ALL = "Aggregated"
TOTALS: Final = {"requests": "Total Request Count", "errors": "Total Failure Count"}
SUMS: Final = ("Request Count", "Failure Count")
QUANTILES: Final = {"p50": "50%", "p95": "95%", "p99": "99%"}
SPREAD: Final = ("time", "requests", "errors", *QUANTILES, "file")


def _history(facts: FileFacts) -> Prepare:
    # The newest rows of earlier parts, with two different times.
    before = pd.DataFrame()

    def prepare(chunk: pa.Table) -> Prepared:
        nonlocal before
        ignored = ~_is_all(chunk)
        totals = pd.DataFrame({name: numbers(chunk[column]) for name, column in TOTALS.items()})
        totals["time"] = numbers(chunk["Timestamp"])
        rows = pd.concat([before, totals[~ignored]])
        counts = _since_before(rows).iloc[len(before) :]
        before = rows.dropna().drop_duplicates("time", keep="last").tail(2)
        whole = counts.reindex(totals.index)
        columns = {name: whole[name].to_numpy() for name in TOTALS} | {"file": constant(facts.name, len(chunk))}
        return Prepared(with_columns(chunk, columns), ignored)

    return prepare


def _since_before(rows: pd.DataFrame) -> pd.DataFrame:
    """Counts since the row of the previous time; decreasing totals have restarted, as Locust has reset them."""
    moment = (rows["time"] != rows["time"].shift()).cumsum().to_numpy()
    totals = rows[list(TOTALS)]
    newest = totals.groupby(moment).last().ffill()
    earlier = newest.shift(fill_value=0.0).fillna(0.0).reindex(moment).set_axis(rows.index)
    is_reset = (totals < earlier).any(axis=1)
    return totals - earlier.mask(is_reset, 0.0)


def _statistics(facts: FileFacts) -> Prepare:
    def prepare(chunk: pa.Table) -> Prepared:
        columns = [numbers(chunk[name]) for name in (*SUMS, "Requests/s", *QUANTILES.values())]
        tests = []
        for is_all, requests, errors, per_second, *milliseconds in zip(_is_all(chunk), *columns, strict=True):
            seconds = requests / per_second if per_second > 0 else 0.0
            quantiles = {name: value / 1000 for name, value in zip(QUANTILES, milliseconds, strict=True)}
            tests.append(WholeTest(facts.end(seconds), seconds, requests, errors, quantiles) if is_all else None)
        return prepared(tests, tuple(QUANTILES), facts.name)

    return prepare


def _is_all(chunk: pa.Table) -> np.ndarray:
    """Mask of the rows for all requests."""
    codes, names = codes_and_texts(chunk["Name"])
    rows: np.ndarray = np.isin(codes, [code for code, name in enumerate(names) if name == ALL])
    return rows


LOCUST: Final = Format(
    "locust",
    "Locust",
    header=frozenset({"timestamp", "name", "total request count", "total failure count", "95%"}),
    columns={
        "time": "Timestamp",
        "requests": "requests",
        "errors": "errors",
        "p50_ms": "50%",
        "p95_ms": "95%",
        "p99_ms": "99%",
        # Several simultaneous tests are summed.
        "instance": "file",
    },
    stamp="end",
    time_format="s",
    unit=COUNT,
    reads=("Name",),
    measures=tuple(TOTALS.values()),
    adds=(*TOTALS, "file"),
    begin=_history,
    is_closed=True,
    ending="_stats_history",
    note="its totals are running ones: what counts is their growth, over all requests",
)
LOCUST_STATISTICS: Final = Format(
    "locust-stats",
    "Locust's statistics",
    header=frozenset({"name", "request count", "failure count", "requests/s", "50%", "95%", "99%"}),
    columns={"instance" if name == "file" else name: name for name in SPREAD},
    time_format="s",
    unit=COUNT,
    reads=("Name", *SUMS, "Requests/s", *QUANTILES.values()),
    adds=SPREAD,
    begin=_statistics,
    is_closed=True,
    better=("_stats.csv", "_stats_history.csv"),
    note=(
        "the sums of a test, evenly spread: it has no times, and the test ended when the file was last changed, unless "
        'start = "2026-11-01T02:00:00Z" is written under [source]; _stats_history.csv of the same test has times'
    ),
)
LOCUST_FAILURES: Final = Format(
    "locust-failures",
    "Locust's failures",
    header=frozenset({"method", "name", "error", "occurrences"}),
    refusal="errors without times, which _stats_history.csv beside it counts: name that file",
)
LOCUST_EXCEPTIONS: Final = Format(
    "locust-exceptions",
    "Locust's exceptions",
    header=frozenset({"count", "message", "traceback", "nodes"}),
    refusal="faults of the test itself, and no requests: name the file _stats_history.csv beside it",
)
