"""Counts of five minutes of the hours in which something happened: of the ledger's fine rows, else of the source."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from dashboard.engine import event_counts
from dashboard.incidents.steps import PER_HOUR, STEP
from dashboard.slo.event_requests import EventRequest, Level
from dashboard.slo.event_rows import Rows, coarser, finer
from dashboard.slo.events import events_of
from dashboard.slo.exclusions import ExcludedTime, Exclusion
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import QueryCost, Source
from dashboard.timerange import HOUR, Grid

# This many hours are requested at once.
RUN = 24

# By objective (its place) and the end of an hour in epoch seconds: twelve steps, shape (12, 3).
Detail = dict[tuple[int, int], np.ndarray]


def from_rows(fine: Rows, ends: Sequence[int]) -> Mapping[int, np.ndarray]:
    """Steps of whole hours that fine rows cover: end of the hour → shape (12, objectives, 3).

    Args:
        fine: rows of at most five minutes, or longer ones that divide an hour. `ends`: of hours, epoch seconds.
    """
    return {end: steps_between(fine, end - HOUR, end) for end in ends if end - HOUR >= fine.start and end <= fine.end}


def steps_between(fine: Rows, start: int, end: int) -> np.ndarray:
    """Steps between two moments (epoch seconds, multiples of five minutes), shape (steps, objectives, 3)."""
    if end <= start or end > fine.end or start < fine.start:
        return np.zeros((0, *fine.values.shape[1:]))
    if fine.step > STEP:
        # A longer row is spread evenly; it may begin before.
        ends, values = finer(fine.ends, fine.values, fine.step // STEP, STEP)
    else:
        inside = (fine.ends > start) & (fine.ends <= end)
        ends, values = coarser(fine.ends[inside], fine.values[inside], STEP)
    return values[(ends > start) & (ends <= end)]


def runs(ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Hours that follow each other as stretches of at most a day, start and end in epoch seconds; the newest first."""
    stretch: list[int] = []
    for end in sorted(set(ends), reverse=True):
        if stretch and (stretch[-1] - end > HOUR or len(stretch) == RUN):
            yield stretch[-1] - HOUR, stretch[0]
            stretch = []
        stretch.append(end)
    if stretch:
        yield stretch[-1] - HOUR, stretch[0]


def fetch(
    source: Source,
    slos: Mapping[int, tuple[Slo, int]],
    start: int,
    end: int,
    exclusions: Sequence[Exclusion],
    costs: list[QueryCost],
) -> Detail:
    """Ask for the steps of some objectives between two full hours.

    Args:
        source: asked for counts.
        slos: objectives by their places, with the seconds of the rows that each is counted by: shorter ones hold none.
        start, end: epoch seconds. `exclusions`: maintenance, whose rows hold nothing.
        costs: of the queries, which are added.

    Raises:
        SourceError: the source did not answer.
    """
    detail: Detail = {}
    by_step: dict[int, list[int]] = {}
    for place, (slo, rows_s) in slos.items():
        by_step.setdefault(slo.row_s or max(rows_s, STEP), []).append(place)
    for step, places in by_step.items():
        grid = Grid.between(start, end, step=step)
        request = EventRequest(tuple(slos[place][0] for place in places), grid, Level.HOURS)
        fetched = event_counts.fetch(source, request)
        costs += [cost for answer in fetched.answers for cost in answer.costs]
        counts, _ = events_of(request.slos, fetched.values, len(grid), step)
        ends = grid.start + np.arange(len(grid)) * step
        for column, place in enumerate(places):
            if fetched.refusals[column] is None:
                excluded = ExcludedTime.of(slos[place][0], exclusions).rows(ends - step, ends)
                counts[excluded, column] = 0.0
                detail |= {(place, hour): steps for hour, steps in _by_hour(ends, counts[:, [column]], step)}
    return detail


def _by_hour(ends: np.ndarray, counts: np.ndarray, step: int) -> Iterator[tuple[int, np.ndarray]]:
    """Ends of hours and their twelve steps, of rows of one objective that begin with a full hour."""
    if step < STEP:
        ends, counts = coarser(ends, counts, STEP)
    elif step > STEP:
        ends, counts = finer(ends, counts, step // STEP, STEP)
    for first in range(0, len(ends) - PER_HOUR + 1, PER_HOUR):
        yield int(ends[first + PER_HOUR - 1]), counts[first : first + PER_HOUR, 0].copy()
