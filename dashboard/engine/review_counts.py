"""Hours of objectives as rows that the edges of periods do not cut."""

from collections.abc import Sequence

import numpy as np

from dashboard.engine.past_hours import ObjectiveHours
from dashboard.review.counts import Counts
from dashboard.slo.event_rows import BAD, VALID
from dashboard.timerange import HOUR


def counts_of(hours: ObjectiveHours, edges: Sequence[float], at: float) -> Counts:
    """The rows of one objective until a moment.

    Args:
        hours: what is known. `edges`: epoch seconds at which periods begin and end; an hour that one cuts becomes two,
            with its events taken as evenly spread.
        at: epoch seconds until which anything is known: the hour under way ends there.
    """
    ends = hours.rows.ends.astype(float)
    starts, ends = ends - HOUR, np.minimum(ends, at)
    begun = starts < ends
    rows = Counts(starts[begun], ends[begun], hours.rows.values[begun, 0], hours.objectives[begun], hours.limits[begun])
    for edge in edges:
        if edge % HOUR:
            rows = _cut(rows, edge)
    return rows


def _cut(rows: Counts, edge: float) -> Counts:
    """Rows of which none goes over a moment (epoch seconds)."""
    places = np.flatnonzero((rows.starts < edge) & (rows.ends > edge))
    if not len(places):
        return rows
    place = int(places[0])
    part = (edge - rows.starts[place]) / (rows.ends[place] - rows.starts[place])
    values = np.insert(rows.values, place, rows.values[place] * part, axis=0)
    values[place + 1] -= values[place]
    # What is counted in whole events stays so.
    whole = values[place] + values[place + 1]
    if all(float(whole[side]).is_integer() for side in (BAD, VALID)):
        values[place, :2] = np.round(values[place, :2])
        values[place + 1, :2] = whole[:2] - values[place, :2]
    return Counts(
        np.insert(rows.starts, place + 1, edge),
        np.insert(rows.ends, place, edge),
        values,
        np.insert(rows.objectives, place, rows.objectives[place]),
        np.insert(rows.limits, place, rows.limits[place]),
    )
