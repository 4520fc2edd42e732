"""Rows of the archive, one per hour and objective, and rules for several rows of the same hour."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np


@dataclass(frozen=True, slots=True)
class Series:
    """The owner of rows.

    Attributes:
        service, slo: names. `counting`: a hash of the counting rules; empty for imported rows.
    """

    service: str
    slo: str
    counting: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class HourRows:
    """Hours of some objectives, as arrays with one value per row.

    Attributes:
        series: owners of rows. `places`: position of each row's series among them.
        ends: epoch seconds of the hours' ends.
        bad, valid: events. `seconds`: measured time, more than 0.
        objectives: in force (0–1). `limits`: the limit in force, NaN without one.
        partial: the source answered only in part.
        held: the counting rules were in force in this hour; else the objective was changed later, and counted again.
    """

    series: tuple[Series, ...]
    places: np.ndarray
    ends: np.ndarray
    bad: np.ndarray
    valid: np.ndarray
    seconds: np.ndarray
    objectives: np.ndarray
    limits: np.ndarray
    partial: np.ndarray
    held: np.ndarray

    @classmethod
    def none(cls) -> Self:
        """No rows."""
        number, flag = np.zeros(0), np.zeros(0, dtype=bool)
        whole = np.zeros(0, dtype=np.int64)
        return cls((), whole, whole, number, number, number, number, number, flag, flag)

    def __len__(self) -> int:
        return len(self.ends)

    def select(self, rows: np.ndarray) -> "HourRows":
        """Some rows, by position or by booleans."""
        return HourRows(self.series, *(getattr(self, name)[rows] for name in COLUMNS))

    @property
    def is_imported(self) -> np.ndarray:
        """Which rows were imported from a file, shape (rows,)."""
        imported = np.array([not series.counting for series in self.series], dtype=bool)
        return imported[self.places] if len(self) else np.zeros(0, dtype=bool)


COLUMNS = tuple(field.name for field in fields(HourRows) if field.name != "series")


def joined(parts: Sequence[HourRows]) -> HourRows:
    """Concatenate rows."""
    known: dict[Series, int] = {}
    places = []
    for part in parts:
        of_part = np.array([known.setdefault(series, len(known)) for series in part.series], dtype=np.int64)
        places.append(of_part[part.places] if len(part) else part.places)
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS[1:]]
    return HourRows(tuple(known), np.concatenate(places), *columns)


def merged(before: HourRows, after: HourRows) -> HourRows:
    """Merge rows: one row for each series and hour, in the order of series and time.

    A partial hour never replaces a full one, nor an imported hour a measured one; otherwise the later row counts. An
    existing hour keeps the objective that was in force, whatever is in force now.

    Args:
        before: existing rows. `after`: new rows.
    """
    rows = joined([before, after])
    if not len(rows):
        return rows
    order = sorted(range(len(rows.series)), key=lambda place: _name(rows.series[place]))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    number = rank[rows.places]
    is_new = np.arange(len(rows)) >= len(before)
    by_worth = np.lexsort((is_new, ~rows.partial, rows.ends, number))
    first, last = _groups(number[by_worth], rows.ends[by_worth])
    best = rows.select(by_worth[last])
    # The oldest row of each hour says what was in force.
    by_age = np.lexsort((is_new, rows.ends, number))
    oldest = rows.select(by_age[first])
    best = HourRows(
        tuple(rows.series[place] for place in order),
        number[by_worth[last]],
        best.ends, best.bad, best.valid, best.seconds, oldest.objectives, oldest.limits, best.partial, best.held,
    )  # fmt: skip
    return _with_held(best, oldest.held & ~is_new[by_age[first]])


def _with_held(rows: HourRows, was_held: np.ndarray) -> HourRows:
    """Mark one row of each objective and hour as in force: measured before imported, existing before new.

    Args:
        rows: in the order of series and time. `was_held`: which of them were in force already.
    """
    objectives = {(series.service, series.slo): 0 for series in rows.series}
    numbers = {key: number for number, key in enumerate(objectives)}
    of_series = np.array([numbers[series.service, series.slo] for series in rows.series], dtype=np.int64)
    number = of_series[rows.places]
    order = np.lexsort((rows.held, was_held, ~rows.is_imported, rows.ends, number))
    _, last = _groups(number[order], rows.ends[order])
    held = np.zeros(len(rows), dtype=bool)
    held[order[last]] = True
    columns = {name: getattr(rows, name) for name in COLUMNS} | {"held": held}
    return HourRows(rows.series, **columns)


def _groups(number: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the first and of the last row of each run of equal numbers and ends."""
    differs = (number[1:] != number[:-1]) | (ends[1:] != ends[:-1])
    first = np.flatnonzero(np.concatenate([[True], differs]))
    return first, np.append(first[1:] - 1, len(number) - 1)


def _name(series: Series) -> tuple[str, str, str]:
    return series.service, series.slo, series.counting
