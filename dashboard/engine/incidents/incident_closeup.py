"""Hours that are looked at closely: their steps from fine rows, else from the source, newest first, and not all."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from dashboard.engine.incidents import incident_detail
from dashboard.engine.incidents.incident_hours import Hours, Moment
from dashboard.exceptions import SourceError
from dashboard.incidents.steps import PER_HOUR
from dashboard.slo.event_rows import VALID
from dashboard.slo.objective import Slo
from dashboard.sources.deadline import seconds_left
from dashboard.sources.protocol import QueryCost, Source
from dashboard.timerange import HOUR

# A part of the work may take this many seconds; of all hours this many are requested.
PART_S, HOURS_MOST = 60.0, 500
# Steps of an hour may have so much more or less than the hour, by samples that came late.
WHOLE = 0.1

# Steps by the counting key of an objective and the end of an hour in epoch seconds; shape (12, 3).
Known = dict[object, dict[int, np.ndarray]]


def look_closely(
    source: Source, moment: Moment, held: Hours, wanted: np.ndarray, detail: Known, costs: list[QueryCost]
) -> dict[int, int]:
    """Get the steps of the hours that are wanted; returns how many are still missing, by the place of the objective.

    Args:
        source: asked for what fine rows do not have. `moment`, `held`: what is known.
        wanted: which hours, shape (hours, objectives). `detail`: what is known of them, and is added to.
        costs: of the queries, which are added.
    """
    slos = moment.view.slos
    missing: dict[int, set[int]] = {}
    for row, column in np.argwhere(wanted).tolist():
        end = held.first + row * HOUR
        known = detail.setdefault(slos[column].counting_key, {})
        if end not in known and moment.rows_s[column] < HOUR:
            if end in held.recent:
                known[end] = held.recent[end][:, column].copy()
            else:
                missing.setdefault(end, set()).add(column)
    fetched_before = {end for hours in detail.values() for end in hours} - held.recent.keys()
    newest_first = sorted(missing, reverse=True)
    room = max(HOURS_MOST - len(fetched_before), 0)
    for hour in newest_first[room:]:
        _spread(held, hour, missing.pop(hour), slos, detail)
    for start, end in incident_detail.runs(newest_first[:room]):
        if seconds_left() < PART_S / 2:
            break
        hours = range(start + HOUR, end + 1, HOUR)
        places = sorted(set().union(*(missing[hour] for hour in hours)))
        rows = {place: (slos[place], moment.rows_s[place]) for place in places}
        try:
            fetched = incident_detail.fetch(source, rows, start, end, moment.view.exclusions, costs)
        except SourceError:
            break
        for hour in hours:
            wanted_of = missing.pop(hour)
            whole = {place for place in wanted_of if _is_whole(held, hour, place, fetched.get((place, hour)))}
            _spread(held, hour, wanted_of - whole, slos, detail)
            for place in whole:
                detail[slos[place].counting_key][hour] = fetched[place, hour]
    return _counted(missing)


def _is_whole(held: Hours, hour: int, place: int, steps: np.ndarray | None) -> bool:
    """Whether steps have what their hour has: of old hours a server may keep coarser samples, or none.

    Args:
        held: the hours. `hour`: epoch seconds of its end. `place`: of the objective. `steps`: shape (12, 3), or None.
    """
    if steps is None:
        return False
    valid = float(held.values[(hour - held.first) // HOUR, place, VALID])
    return abs(float(steps[:, VALID].sum()) - valid) <= WHOLE * valid


def _spread(
    held: Hours, hour: int, places: Iterable[int], slos: Sequence[Slo], detail: Known
) -> None:  # fmt: skip
    """Take an hour's events as evenly spread, where the source refuses to count them closer, or too many are wanted."""
    row = (hour - held.first) // HOUR
    for place in places:
        steps = np.repeat(held.values[[row], place] / PER_HOUR, PER_HOUR, axis=0)
        detail.setdefault(slos[place].counting_key, {})[hour] = steps


def _counted(missing: Mapping[int, Iterable[int]]) -> dict[int, int]:
    """How many hours are missing of each objective."""
    count: dict[int, int] = {}
    for columns in missing.values():
        for column in columns:
            count[column] = count.get(column, 0) + 1
    return count
