"""detect: one anomaly score for each row of `timestamp,value`, computed from that row and earlier ones only."""

import argparse
import sys
from collections.abc import Iterable

import numpy as np

from dashboard.anomaly.layers import LAYERS
from dashboard.commands.csv_rows import csv_rows, named
from dashboard.commands.row_times import row_time
from dashboard.exceptions import ConfigError

WORDS_FOR_MISSING = ("", "nan", "null", "none")


def detect(options: argparse.Namespace) -> int:
    """Read a file or standard input and print one score per line."""
    moments, values = _series(csv_rows(options.file), named(options.file))
    scores = LAYERS[options.layer](moments, values)
    sys.stdout.writelines(f"{score:.9g}\n" for score in scores.tolist())
    return 0


def _series(rows: Iterable[tuple[int, list[str]]], where: str) -> tuple[np.ndarray, np.ndarray]:
    """Epoch seconds and values; NaN where a value is missing.

    Raises:
        ConfigError: a row is malformed; the message names its line.
    """
    moments: list[float] = []
    values: list[float] = []
    for line, row in rows:
        # The header and empty lines have no score; every other row has one.
        if not row or (line == 1 and _is_header(row)):
            continue
        try:
            moment, value = row[:2]
            moments.append(row_time(moment.strip()))
            values.append(_value(value.strip()))
        except ValueError as error:
            why = "expected two columns, timestamp and value" if len(row) < 2 else error
            raise ConfigError(f"{where}, line {line}: {why}") from None
    return np.array(moments, dtype=float).astype(np.int64), np.array(values, dtype=float)


def _is_header(row: list[str]) -> bool:
    """Whether the first row is a header: its first cell is not a time."""
    try:
        row_time(row[0].strip())
    except ValueError:
        return True
    return False


def _value(text: str) -> float:
    if text.lower() in WORDS_FOR_MISSING:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no number: leave it empty where a value is missing") from None
