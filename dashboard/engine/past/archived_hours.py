"""Converts hours between ledger and archive: identifies the counting rules of an objective, and finds new hours."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy as np

from dashboard.archive.hour_rows import HourRows, Series
from dashboard.slo.event_rows import BAD, SECONDS, VALID, Rows
from dashboard.slo.indicators import Ratio
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Method, Slo
from dashboard.timerange import HOUR


def series_of(slo: Slo, rules: str) -> Series:
    """The key under which hours of an objective are stored: if its counting rules change, so does the key.

    Args:
        slo: the objective. `rules`: how the source counts, derived from the configuration.
    """
    return Series(slo.service, slo.name, sha256(repr((_counting(slo), rules)).encode()).hexdigest()[:16])


def _counting(slo: Slo) -> tuple[object, ...]:
    """Everything that the events of an hour depend on."""
    of_events = (slo.indicator, slo.method, slo.slice_s, slo.slice_target)
    if slo.method is Method.OCCURRENCES and isinstance(slo.indicator, Ratio):
        return of_events
    # The parts of a composite are weighted by the budget, and a slice is good depending on the objective.
    return (*of_events, slo.objective)


def hour_rows(view: LedgerView, series: Sequence[Series], is_new: np.ndarray) -> HourRows:
    """Rows of a ledger's hours for the archive.

    Args:
        view: of the ledger. `series`: of its objectives. `is_new`: mask of the hours to write, shape (hours,
            objectives).
    """
    rows, columns = np.nonzero(is_new)
    values = view.hours.values[rows, columns]
    partial = view.hours.partial
    limits = [np.nan if slo.limit is None else slo.limit for slo in view.slos]
    return HourRows(
        tuple(series), columns.astype(np.int64), view.hours.ends[rows].astype(np.int64),
        values[:, BAD], values[:, VALID], values[:, SECONDS],
        np.array([slo.objective for slo in view.slos])[columns], np.array(limits)[columns],
        np.zeros(len(rows), dtype=bool) if partial is None else partial[rows, columns],
        np.ones(len(rows), dtype=bool),
    )  # fmt: skip


def changed(view: LedgerView, series: Sequence[Series], kept: Mapping[Series, int], before: Rows) -> np.ndarray:
    """Mask of the ledger's hours that differ from the stored ones, shape (hours, objectives); unmeasured ones never do.

    Args:
        view: of the ledger. `series`: of its objectives.
        kept: position of each series in `before`. `before`: the stored hours.
    """
    hours = view.hours
    aligned = before.reaching(hours.end).rearranged(len(hours.values), [kept.get(each, -1) for each in series])
    differs = (aligned.values != hours.values).any(axis=2)
    if aligned.partial is not None or hours.partial is not None:
        differs |= _marks(aligned) != _marks(hours)
    is_new: np.ndarray = differs & (hours.values[:, :, SECONDS] > 0)
    return is_new


def ledger_hours(rows: HourRows, series: Sequence[Series], first: int, last: int) -> Rows:
    """Archived hours of objectives as rows of a ledger, without those of other series.

    Args:
        rows: of the archive. `series`: of the objectives. `first`, `last`: ends of the hours, epoch seconds.
    """
    count = (last - first) // HOUR + 1
    hours = Rows.nothing(last, HOUR, count, len(series))
    places = {each: place for place, each in enumerate(series)}
    columns = np.array([places.get(each, -1) for each in rows.series], dtype=np.int64)
    column = columns[rows.places] if len(rows) else rows.places
    place = (rows.ends - first) // HOUR
    wanted = (column >= 0) & (place >= 0) & (place < count)
    at = (place[wanted], column[wanted])
    hours.values[at] = np.stack([rows.bad[wanted], rows.valid[wanted], rows.seconds[wanted]], axis=1)
    marks = np.zeros(hours.values.shape[:2], dtype=bool)
    marks[at] = rows.partial[wanted]
    return Rows(hours.first, HOUR, hours.values, marks if marks.any() else None)


def _marks(rows: Rows) -> np.ndarray:
    return np.zeros(rows.values.shape[:2], dtype=bool) if rows.partial is None else rows.partial
