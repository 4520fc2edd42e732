"""detect: one anomaly score for each row of `timestamp,value`, by that row and earlier ones only."""

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from dashboard.anomaly.layers import LAYERS
from dashboard.commands.row_times import row_time
from dashboard.exceptions import ConfigError

WORDS_FOR_MISSING = ("", "nan", "null", "none")


def detect(options: argparse.Namespace) -> int:
    """Read a file or standard input, write a score a line."""
    where = options.file or "standard input"
    moments, values = _series(_rows(_text(options.file), where), where)
    scores = LAYERS[options.layer](moments, values)
    sys.stdout.writelines(f"{score:.9g}\n" for score in scores.tolist())
    return 0


def _text(file: str | None) -> str:
    try:
        # Spreadsheets write a mark in front of the text, which would belong to the first column's name.
        return Path(file).read_text(encoding="utf-8-sig") if file else sys.stdin.buffer.read().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "is no text in UTF-8"
        raise ConfigError(f"{file or 'standard input'}: cannot be read: {why}") from None


def _rows(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV, each with the number of the line it ends on."""
    reader = csv.reader(text.splitlines())
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise ConfigError(f"{where}, line {reader.line_num}: {error}") from None


def _series(rows: Iterable[tuple[int, list[str]]], where: str) -> tuple[np.ndarray, np.ndarray]:
    """Epoch seconds and values, NaN where a value is missing.

    Raises:
        ConfigError: a row that holds something else; it names the line.
    """
    moments: list[float] = []
    values: list[float] = []
    for line, row in rows:
        # The row that names the columns has no score, nor has an empty line: every other has one.
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
    """The first row names the columns: what stands where the time should be is no time."""
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
