"""Detects durations and their units among additional columns of an access log, by its first rows."""

import re
from collections.abc import Sequence
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.formats.requests import by_text, each_once

# nginx: seconds with milliseconds, possibly several values, but not the epoch of $msec.
SECONDS = re.compile(r'"?\d{1,7}\.\d{3}(?:(?:,_|_:_)(?:-|\d{1,7}\.\d{3}))*"?')
NAMED = re.compile(r'(?:rt|request_?time|duration)[=:]"?\d{1,7}\.\d{3}"?', re.IGNORECASE)
# Traefik: milliseconds with their unit. `%T/%D`: seconds and microseconds.
MILLISECONDS, PAIR = re.compile(r"\d+ms"), re.compile(r"\**\d+/\d+\**")
WHOLE = re.compile(r"\d+")
BLANK = ("-", '"-"')
# Heuristics for microseconds: a usual response takes at least USUAL_US µs, and less than as many ms; durations vary by
# at least SPREAD; and values that exceed the body sizes by little are response sizes.
USUAL_US, FEW_ROWS, SPREAD, HEADERS_MAX = 1000, 3, 2.0, 2000
NEARLY = 0.8
UNCLEAR = (
    'which number of the log is a duration, and of which unit, is unknown: write duration = "us" (%D of Apache), '
    '"ms" or "s" (%T) under [source] if its last one is'
)
TAKEN_US = 'durations are taken for microseconds (%D of Apache): write duration = "ms" under [source] if they are not'


def duration_column(
    rows: Sequence[Sequence[str]], sizes: Sequence[str], unit: str
) -> tuple[dict[int, str], str]:  # fmt: skip
    """The index of the column of durations → a name with their unit; and what the rows leave open.

    Args:
        rows: the additional columns, with the same number in each row. `sizes`: of the bodies, in bytes.
        unit: the configured unit of durations; empty: none.
    """
    columns = list(zip(*rows, strict=True))
    for kind, name in (
        (NAMED, "duration_s"),
        (MILLISECONDS, "duration"),
        (PAIR, "duration_us"),
        (SECONDS, "duration_s"),
    ):
        places = [place for place, column in enumerate(columns) if _is(kind, column)]
        if places:
            # The whole request takes at least as long as the upstream.
            return {max(places, key=lambda place: _total(columns[place])): name}, ""
    return _of_whole_numbers(columns, sizes, unit)


def _of_whole_numbers(
    columns: Sequence[Sequence[str]], sizes: Sequence[str], unit: str
) -> tuple[dict[int, str], str]:  # fmt: skip
    places = [place for place, column in enumerate(columns) if _is(WHOLE, column)]
    if not places:
        return {}, ""
    if unit:
        return {places[-1]: "duration"}, ""
    # Numbers of bytes come in pairs, received and sent.
    if len(places) == 1 and _are_microseconds(columns[places[0]], sizes):
        return {places[0]: "duration_us"}, TAKEN_US
    return {}, UNCLEAR


def _are_microseconds(column: Sequence[str], sizes: Sequence[str]) -> bool:
    """Whether whole numbers are probably microseconds; `sizes`: of the responses, in bytes."""
    pairs = [
        (int(text), int(size) if WHOLE.fullmatch(size) else 0)
        for text, size in zip(column, sizes, strict=True)
        if WHOLE.fullmatch(text)
    ]
    numbers = [number for number, _ in pairs]
    if median(numbers) < USUAL_US:
        return False
    if all(0 <= number - size <= HEADERS_MAX for number, size in pairs):
        return False
    return len(numbers) < FEW_ROWS or max(numbers) >= SPREAD * min(numbers)


def durations_as_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """Durations as parsed, without a prefix or the seconds before microseconds, and with several upstreams summed."""
    if not pa.types.is_string(column.type):
        return column
    written = each_once(column)
    plain = pc.replace_substring_regex(written.dictionary, r'^[A-Za-z_]+[=:]"?([^"]*)"?$', r"\1")
    plain = pc.replace_substring_regex(plain, r"^\**\d+/(\d+)\**$", r"\1")
    several = pc.match_substring_regex(plain, ",_|_:_").to_pylist()
    added = [_added(text) if many else text for text, many in zip(plain.to_pylist(), several, strict=True)]
    return by_text(written, pa.array(added, pa.string()))


def _added(text: str) -> str:
    """The sum of a request's durations at successive upstreams."""
    times = [part for part in re.split(",_|_:_", text) if part not in BLANK]
    try:
        return str(sum(map(float, times))) if times else BLANK[0]
    except ValueError:
        return text


def _is(kind: re.Pattern[str], column: Sequence[str]) -> bool:
    """Whether nearly all texts of a column match; one may be in a bad row."""
    fitting = sum(kind.fullmatch(text) is not None for text in column)
    blank = sum(text in BLANK for text in column)
    return fitting > 0 and (fitting + blank) >= NEARLY * len(column)


def _total(column: Sequence[str]) -> float:
    """The sum of the first numbers in texts."""
    return sum(float(number[0]) for text in column if (number := re.search(r"\d+(?:\.\d+)?", text)))
