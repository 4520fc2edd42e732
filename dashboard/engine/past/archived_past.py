"""Combines hours of the archive with those of the ledger: counts, valid objectives, and where hours begin."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard.archive.archive import Archive
from dashboard.archive.hour_rows import HourRows, Series
from dashboard.engine.past.archived_hours import series_of
from dashboard.engine.past.hours_known import ObjectiveHours
from dashboard.slo.event_rows import SECONDS, Rows
from dashboard.slo.exclusions import ExcludedTime, Exclusion
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR

# Up to this number of services, only their rows are read; above it, all rows.
CHOSEN_MAX = 50
# Cache limits: this many (hour, objective) cells in this many results. Pages request the same ones at each refresh.
CELLS_MAX, KEPT = 1_000_000, 8
SERIES_MAX = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class _Hours:
    """Valid hours of objectives, shape (hours, objectives) each; the last axis of `values` has length 3.

    `is_other`: they were counted by earlier rules, which were valid then. `is_imported`: they come from a file.
    """

    values: np.ndarray
    objectives: np.ndarray
    limits: np.ndarray
    partial: np.ndarray
    is_other: np.ndarray
    is_imported: np.ndarray


class ArchivedPast:
    """Adds hours of the archive to those of a ledger.

    Args:
        archive: of the source. `rules`: how the source counts now.
    """

    def __init__(self, archive: Archive, rules: str) -> None:
        self._archive, self._rules = archive, rules
        self._lock = threading.Lock()
        self._series: dict[int, tuple[Slo, Series]] = {}
        self._read: OrderedDict[tuple[object, ...], _Hours] = OrderedDict()

    def completed(
        self, known: Sequence[ObjectiveHours], first: int, last: int, exclusions: Sequence[Exclusion]
    ) -> list[ObjectiveHours]:
        """Add the hours that only the archive has, and the objective that was valid in each.

        Args:
            known: hours of the ledger. `first`, `last`: their ends, epoch seconds. `exclusions`: maintenance.
        """
        hours, begins = self._hours(known, first, last), self._archive.begins()
        return [_both(each, hours, place, begins, exclusions) for place, each in enumerate(known)]

    def _hours(self, known: Sequence[ObjectiveHours], first: int, last: int) -> _Hours:
        series = tuple(self._series_of(each.slo) for each in known)
        key = (series, first, last, self._archive.stamp)
        hours = self._read.get(key)
        if hours is None:
            names = {each.service for each in series}
            rows = self._archive.hours(first - HOUR, last, names if len(names) <= CHOSEN_MAX else None)
            hours = _placed(rows, series, first, (last - first) // HOUR + 1)
            if hours.objectives.size <= CELLS_MAX:
                # Viewers and refreshes call this in parallel.
                with self._lock:
                    self._read[key] = hours
                    while len(self._read) > KEPT:
                        self._read.popitem(last=False)
        return hours

    def _series_of(self, slo: Slo) -> Series:
        # With thousands of objectives: they are the same objects at each refresh.
        known = self._series.get(id(slo))
        if known is None or known[0] is not slo:
            if len(self._series) > SERIES_MAX:
                self._series.clear()
            known = self._series[id(slo)] = (slo, series_of(slo, self._rules))
        return known[1]


def _placed(rows: HourRows, series: Sequence[Series], first: int, count: int) -> _Hours:
    """Put valid rows at the positions of their hours and objectives.

    Args:
        rows: of the archive. `series`: of the objectives, by the current counting rules.
        first: epoch seconds of the end of the first hour. `count`: of hours.
    """
    places = {(each.service, each.slo): place for place, each in enumerate(series)}
    columns = np.array([places.get((each.service, each.slo), -1) for each in rows.series], dtype=np.int64)
    current = set(series)
    others = np.array([bool(each.counting) and each not in current for each in rows.series], dtype=bool)
    shape = (count, len(series))
    hours = _Hours(
        np.zeros((*shape, 3)),
        *(np.full(shape, np.nan) for _ in range(2)),
        *(np.zeros(shape, dtype=bool) for _ in range(3)),
    )
    if len(rows):
        column, place = columns[rows.places], (rows.ends - first) // HOUR
        wanted = rows.held & (column >= 0)
        at = (place[wanted], column[wanted])
        hours.values[at] = np.stack([rows.bad[wanted], rows.valid[wanted], rows.seconds[wanted]], axis=1)
        hours.objectives[at], hours.limits[at] = rows.objectives[wanted], rows.limits[wanted]
        hours.partial[at], hours.is_other[at] = rows.partial[wanted], others[rows.places[wanted]]
        hours.is_imported[at] = rows.is_imported[wanted]
    return hours


def _both(
    known: ObjectiveHours,
    hours: _Hours,
    place: int,
    begins: dict[tuple[str, str], float],
    exclusions: Sequence[Exclusion],
) -> ObjectiveHours:
    """Merge an objective's hours: the ledger's newer count, unless it is partial or by rules that were not valid yet.

    Args:
        known: from the ledger. `hours`: from the archive. `place`: position of the objective there.
        begins: of all objectives in the archive. `exclusions`: maintenance.
    """
    key = known.slo.service, known.slo.name
    begin = min((each for each in (begins.get(key), known.begin) if each is not None), default=None)
    kept = hours.values[:, place].copy()
    is_kept = kept[:, SECONDS] > 0
    if not is_kept.any():
        return replace(known, begin=begin)
    excluded = ExcludedTime.of(known.slo, exclusions).rows(known.rows.ends - HOUR, known.rows.ends)
    is_kept &= ~excluded
    marks = np.zeros(len(kept), dtype=bool) if known.rows.partial is None else known.rows.partial[:, 0]
    is_counted = known.rows.values[:, 0, SECONDS] > 0
    is_better = hours.is_other[:, place] | (marks & ~hours.partial[:, place])
    taken = is_kept & (~is_counted | is_better)
    values = np.where(taken[:, None], kept, known.rows.values[:, 0])
    partial = np.where(taken, hours.partial[:, place], marks)[:, None]
    imported = taken & hours.is_imported[:, place]
    rows = Rows(known.rows.first, HOUR, values[:, None], partial if partial.any() else None)
    return ObjectiveHours(
        known.slo,
        rows,
        np.where(is_kept, hours.objectives[:, place], known.objectives),
        np.where(is_kept, hours.limits[:, place], known.limits),
        begin,
        imported if imported.any() else None,
    )
