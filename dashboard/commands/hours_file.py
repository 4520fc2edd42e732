"""A CSV file of closed hours: time or start, service, slo, valid, good or bad, and the objective at that time."""

import csv
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import chain
from pathlib import Path

import numpy as np

from dashboard.archive.hour_rows import HourRows, Series
from dashboard.commands.row_times import row_time
from dashboard.exceptions import ConfigError
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR

NEEDED = ("service", "slo", "valid")
OPTIONAL = ("objective", "limit", "seconds")
# Delimiters that spreadsheets and databases use.
SEPARATORS = ",;\t"
# Beyond 2**53, floats cannot count single events.
EVENTS_MAX = 1e15


class HoursFile:
    """The content of such a file, in about 64 bytes per row.

    Args:
        where: its path.

    Attributes:
        problems: rows that are left out: line number and reason of each.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.problems: list[tuple[int, str]] = []
        self._places: dict[tuple[str, str], int] = {}
        # Index of the objective, end of the hour and line number of each row; five values per row.
        self._of, self._ends, self._lines, self._values = array("q"), array("q"), array("q"), array("d")

    @property
    def sentences(self) -> list[str]:
        """`problems` as one line each, in file order."""
        return [f"{self.where}, line {line}: {problem}" for line, problem in sorted(self.problems)]

    @property
    def objectives(self) -> set[tuple[str, str]]:
        """Service and name of each objective in the file."""
        return set(self._places)

    def take(self, line: int, key: tuple[str, str, int], values: tuple[float, float, float, float, float]) -> None:
        """Add an hour.

        Args:
            line: line number. `key`: service, slo and end of the hour in epoch seconds.
            values: bad, valid, seconds, objective, limit.
        """
        self._of.append(self._places.setdefault(key[:2], len(self._places)))
        self._ends.append(key[2])
        self._lines.append(line)
        self._values.extend(values)

    def hour_rows(self) -> HourRows:
        """The rows in the form the archive stores. Repeated hours are added to `problems`; the first one counts."""
        of, ends, lines = (np.array(column, dtype=np.int64) for column in (self._of, self._ends, self._lines))
        first = self._first_of_each(of, ends, lines)
        bad, valid, seconds, objectives, limits = np.array(self._values).reshape(-1, 5)[first].T
        series = tuple(Series(*key) for key in self._places)
        return HourRows(
            series, of[first], ends[first], bad, valid, seconds, objectives, limits,
            partial=np.zeros(len(first), dtype=bool), held=np.ones(len(first), dtype=bool),
        )  # fmt: skip

    def _first_of_each(self, of: np.ndarray, ends: np.ndarray, lines: np.ndarray) -> np.ndarray:
        """Indices of the rows whose hour does not occur in an earlier line.

        Args:
            of, ends, lines: index of the objective, end of the hour (epoch seconds) and line number of each row.
        """
        order = np.lexsort((ends, of))
        is_first = np.append(True, (np.diff(of[order]) != 0) | (np.diff(ends[order]) != 0))[: len(order)]
        earlier = order[np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))] if len(order) else order
        names = [name for _, name in self._places]
        for row, known in zip(order[~is_first].tolist(), earlier[~is_first].tolist(), strict=True):
            said = f"this hour of {names[of[row]]!r} is in line {lines[known]} already"
            self.problems.append((int(lines[row]), said))
        return np.sort(order[is_first])


def read_hours(path: str, slos: Iterable[Slo], *, zone: tzinfo, now: float) -> HoursFile:
    """Read a file of hours; malformed rows are left out and listed in `problems`.

    Args:
        path: the file. `slos`: configured SLOs, for rows without an objective.
        zone: for times without an offset. `now`: epoch seconds.

    Raises:
        ConfigError: the file cannot be read, or a column is missing.
    """
    known = {(slo.service, slo.name): slo for slo in slos}
    try:
        # Spreadsheets write a byte order mark, which would become part of the first column's name.
        with Path(path).open(encoding="utf-8-sig", newline="") as text:
            return _read(path, text, known, zone, now)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or ("is no text in UTF-8" if isinstance(error, ValueError) else error)
        raise ConfigError(f"{path}: cannot be read: {why}") from None


def _read(path: str, text: Iterable[str], known: Mapping[tuple[str, str], Slo], zone: tzinfo, now: float) -> HoursFile:
    # Column names contain none of these, so the first one in the header is the delimiter.
    rest = iter(text)
    first = next(rest, "")
    separator = max(SEPARATORS, key=first.count)
    lines = csv.reader(chain([first], rest), delimiter=separator)
    numbered = ((lines.line_num, row) for row in lines)
    try:
        return _rows(HoursFile(path), numbered, known, zone, now)
    except csv.Error as error:
        raise ConfigError(f"{path}, line {lines.line_num}: cannot be read: {error}") from None


def _rows(
    file: HoursFile,
    lines: Iterator[tuple[int, list[str]]],
    known: Mapping[tuple[str, str], Slo],
    zone: tzinfo,
    now: float,
) -> HoursFile:
    path = file.where
    names = [name.strip().lower() for name in next(lines, (1, []))[1]]
    _check(path, names)
    for line, row in lines:
        if not any(map(str.strip, row)):
            continue
        try:
            if len(row) != len(names):
                raise ValueError(f"expected {len(names)} columns, there are {len(row)}")
            cells = {name: cell.strip() for name, cell in zip(names, row, strict=True)}
            key = _key(cells, zone, now)
            file.take(line, key, _values(cells, known.get(key[:2])))
        except ValueError as error:
            file.problems.append((line, str(error)))
    return file


def _check(path: str, names: Sequence[str]) -> None:
    """Raise ConfigError if a column is missing."""
    twice = [name for name in (*NEEDED, *OPTIONAL, "time", "start", "good", "bad") if names.count(name) > 1]
    if twice:
        raise ConfigError(
            f"{path}: there are {names.count(twice[0])} columns {twice[0]!r}: leave in the one that counts"
        )
    missing = [name for name in NEEDED if name not in names]
    missing += [] if {"time", "start"} & set(names) else ["time"]
    missing += [] if {"good", "bad"} & set(names) else ["bad"]
    if missing:
        expected = "time (the end of the hour) or start, service, slo, valid, and good or bad"
        raise ConfigError(f"{path}: there is no column {missing[0]!r}: expected {expected}")


def _key(cells: Mapping[str, str], zone: tzinfo, now: float) -> tuple[str, str, int]:
    _check_clock(cells.get("time") or cells.get("start", ""), zone)
    end = row_time(cells["time"], zone) if cells.get("time") else row_time(cells.get("start", ""), zone) + HOUR
    if end % HOUR:
        raise ValueError(f"{cells.get('time') or cells.get('start')!r} is no full hour")
    if not 0 < end <= now:
        raise ValueError(f"{cells.get('time') or cells.get('start')!r} is no hour that has passed")
    for name in ("service", "slo"):
        if not cells[name] or not cells[name].isprintable():
            raise ValueError(f"{name} {'is empty' if not cells[name] else 'has characters that cannot be printed'}")
    return cells["service"], cells["slo"], int(end)


def _check_clock(text: str, zone: tzinfo) -> None:
    """Raise ValueError for a local time that is ambiguous or does not exist because clocks change."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return
    first, second = (at.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if at.tzinfo is None and first != second:
        raise ValueError(f"{text!r} is no single moment in {zone}, where clocks change then: write its offset")


def _values(cells: Mapping[str, str], slo: Slo | None) -> tuple[float, float, float, float, float]:
    """Bad, valid, seconds, objective and limit of a row; `slo`: the configured SLO, if any."""
    valid = _number(cells, "valid")
    bad = _number(cells, "bad") if cells.get("bad") else valid - _number(cells, "good")
    if cells.get("bad") and cells.get("good") and not math.isclose(bad + _number(cells, "good"), valid):
        raise ValueError(f"{cells['bad']} bad and {cells['good']} good are not {cells['valid']} valid events")
    if valid > EVENTS_MAX:
        raise ValueError(f"{valid:g} valid events: expected at most {EVENTS_MAX:g} in an hour")
    if not 0 <= bad <= valid:
        raise ValueError(f"{bad:g} bad of {valid:g} valid events: expected 0 ≤ bad ≤ valid, and 0 ≤ good ≤ valid")
    seconds = _number(cells, "seconds") if cells.get("seconds") else float(HOUR)
    if not 0 < seconds <= HOUR:
        raise ValueError(
            f"seconds {seconds:g}: expected the measured seconds of the hour, more than 0 and at most 3600"
        )
    if not cells.get("objective") and slo is None:
        raise ValueError(f"no objective: no file configures {cells['slo']!r}, so add a column objective, such as 0.999")
    objective = _number(cells, "objective") if cells.get("objective") or slo is None else slo.objective
    if not 0 < objective < 1:
        raise ValueError(f"objective {objective:g}: expected a share between 0 and 1, such as 0.999")
    limit = slo.limit if slo is not None and slo.limit is not None else math.nan
    return bad, valid, seconds, objective, _number(cells, "limit") if cells.get("limit") else limit


def _number(cells: Mapping[str, str], name: str) -> float:
    text = cells.get(name, "")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{name} {text[:40]!r} is no number")
    return number
