"""Hours of objectives as rows that the edges of periods do not cut."""

from collections.abc import Mapping

import numpy as np

from dashboard.engine.past.past_hours import ObjectiveHours
from dashboard.review.counts import Counts
from dashboard.slo.event_rows import BAD, VALID
from dashboard.timerange import HOUR


def counts_of(hours: ObjectiveHours, edges: Mapping[float, np.ndarray | None], at: float) -> Counts:
    """The rows of one objective until a moment.

    Args:
        hours: what is known.
        edges: epoch seconds at which periods begin and end; an hour that one cuts becomes two. With the events of its
            part before, shape (3,); None: they are taken as evenly spread.
        at: epoch seconds until which anything is known: the hour under way ends there.
    """
    ends = hours.rows.ends.astype(float)
    starts, ends = ends - HOUR, np.minimum(ends, at)
    begun = starts < ends
    rows = Counts(starts[begun], ends[begun], hours.rows.values[begun, 0], hours.objectives[begun], hours.limits[begun])
    for edge, before in edges.items():
        if edge % HOUR:
            rows = _cut(rows, edge, before)
    return rows


def _cut(rows: Counts, edge: float, before: np.ndarray | None) -> Counts:
    """Rows of which none goes over a moment.

    Args:
        rows: of one objective. `edge`: epoch seconds. `before`: events of the hour that lie before it; None: unknown.
    """
    places = np.flatnonzero((rows.starts < edge) & (rows.ends > edge))
    if not len(places):
        return rows
    place = int(places[0])
    part = (edge - rows.starts[place]) / (rows.ends[place] - rows.starts[place])
    first = rows.values[place] * part if before is None else np.minimum(before, rows.values[place])
    values = np.insert(rows.values, place, first, axis=0)
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
