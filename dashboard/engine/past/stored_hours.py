"""Stored hours before the rows of a past: of the objective, and of other latency thresholds."""

from collections.abc import Iterable

import numpy as np

from dashboard.engine.past.past_hours import PastHours
from dashboard.slo.event_rows import SECONDS
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR
from dashboard.whatif.past import Counted


def of_objective(stored: PastHours | None, slo: Slo, start: float, end: float) -> Counted | None:
    """The stored hours of an objective from the first measured one on; None if none is stored.

    Args:
        stored: all hours. `slo`: the objective. `start`, `end`: epoch seconds.
    """
    if stored is None or not slo.counted or end - start < HOUR:
        return None
    hours = stored.hours(slo, start, end)
    limit = np.nan if slo.limit is None else slo.limit
    # Hours counted with another threshold are useless for this one.
    same = np.isclose(hours.limits, limit, equal_nan=True)
    values = np.where(same[:, None], hours.rows.values[:, 0], 0.0)
    known = np.flatnonzero(values[:, SECONDS] > 0)
    if not len(known):
        return None
    first = int(known[0])
    return Counted(hours.rows.first + first * HOUR, HOUR, values[first:])


def joined(older: Counted | None, newer: Counted | None) -> Counted | None:
    """Append stored hours to requested ones."""
    if older is None or newer is None:
        return newer if older is None else older
    values = np.concatenate([older.values[: (newer.start - older.start) // HOUR], newer.values])
    return Counted(older.first, HOUR, values)


def latency_hours(
    stored: PastHours | None, service: str, bounds: Iterable[float], start: float, end: float
) -> dict[float, Counted]:
    """Hours of a service at latency thresholds; empty if none are stored.

    Args:
        stored: all hours. `service`: its name. `bounds`: seconds. `start`, `end`: epoch seconds.

    Raises:
        SourceError: the source did not answer.
    """
    wanted = list(bounds)
    if stored is None or not wanted or end - start < HOUR:
        return {}
    hours = stored.latency_hours(service, start, end)
    if not len(hours.bounds):
        return {}
    valid = hours.counts[:, -1]
    rows: dict[float, Counted] = {}
    for bound in wanted:
        places = np.flatnonzero(np.isclose(hours.bounds, bound))
        if not len(places):
            continue
        within = hours.counts[:, places[0]]
        measured = np.isfinite(valid) & np.isfinite(within)
        columns = (valid - within, valid, np.full(len(valid), float(HOUR)))
        values = np.where(measured[:, None], np.column_stack(columns), 0.0)
        rows[bound] = Counted(int(hours.ends[0]), HOUR, values)
    return rows
