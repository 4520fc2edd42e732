"""Reads the past of one objective in short rows, once: the input of all its what-ifs.

Scraped counters are read by their growth between samples, with the same expressions as our rules, so that windows over
them hold the values that Prometheus itself would compute.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from dashboard.engine import event_counts
from dashboard.engine.past import stored_hours, window_edges
from dashboard.engine.past.past_hours import PastHours
from dashboard.exceptions import SourceError
from dashboard.slo.event_requests import POINTS_MAX, EventRequest, Level
from dashboard.slo.events import events_of
from dashboard.slo.exclusions import ExcludedTime, Exclusion
from dashboard.slo.indicators import Column, Query, Ratio, terms
from dashboard.slo.objective import Slo
from dashboard.sources.catalog import Catalog, ServiceInfo
from dashboard.sources.protocol import QueryCost, Source
from dashboard.timerange import DAY, HOUR, Grid
from dashboard.whatif.candidate import Candidate, has_thresholds
from dashboard.whatif.past import Counted, Past

MINUTE = 60
# Seconds of rows before the span, which fill the longest windows, and of hours before that, for earlier budgets.
LEAD, HOURS_SPAN = 3 * DAY, 93.0 * DAY
# Maximum number of latency thresholds to try; those nearest to the current one are preferred.
BOUNDS_MAX = 16
# Approximate maximum of values in an answer, minimum of rows, and columns of a service beside its buckets.
VALUES, POINTS_MIN, OTHER_COLUMNS = 2_000_000, 500, 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read.

    Attributes:
        slo: the objective. `info`: of its service; None if the source does not know it.
        catalog: of the source. `exclusions`: maintenance, which is not counted.
        at: epoch seconds of the end. `span_s`: seconds before it in which alerts are evaluated.
        hours_s: seconds before that span for which hours are read. `has_bounds`: also try other latency thresholds.
        stored: stored hours; None: request hours from the source only.
    """

    slo: Slo
    info: ServiceInfo | None
    catalog: Catalog
    at: float
    span_s: float = 30.0 * DAY
    exclusions: tuple[Exclusion, ...] = ()
    hours_s: float = HOURS_SPAN
    has_bounds: bool = True
    stored: PastHours | None = None

    @property
    def since(self) -> float:
        """Epoch seconds of the start of the evaluated span."""
        return self.at - self.span_s - self.hours_s

    @property
    def bounds(self) -> tuple[float, ...]:
        """Latency thresholds to try, seconds, ascending."""
        return bounds(self.slo, self.info) if self.has_bounds else ()

    @property
    def scrape_s(self) -> float:
        """Seconds between two samples of its counters; 0 if events have their own timestamps."""
        is_scraped = self.catalog.counts_newest and not self.slo.row_s
        return float(self.catalog.scrape_intervals([self.slo])[0]) if is_scraped else 0.0

    @property
    def points(self) -> int:
        """Rows per request; without scraping, an answer contains all services and must fit into memory."""
        if self.scrape_s:
            return POINTS_MAX
        columns = sum(len(each.bounds) + OTHER_COLUMNS for each in self.catalog.services)
        return max(POINTS_MIN, min(VALUES // max(columns, 1), POINTS_MAX))

    @property
    def step(self) -> int:
        """Seconds of a row: as short as its samples allow, so that windows hold the events between two samples."""
        if self.slo.row_s:
            return self.slo.row_s
        if not self.scrape_s:
            return int(self.catalog.count_steps([self.slo])[0])
        scrape = int(self.scrape_s)
        return scrape if scrape == self.scrape_s and MINUTE % scrape == 0 else MINUTE


def bounds(slo: Slo, info: ServiceInfo | None) -> tuple[float, ...]:
    """Latency thresholds for which a service has buckets, seconds, ascending; empty without any.

    Args:
        slo: the objective. `info`: of its service; None if the source does not know it.
    """
    if info is None or slo.limit is None or not has_thresholds(slo):
        return ()
    limit = slo.limit
    finite = {bound for bound in info.bounds if 0 < bound < np.inf} | {limit}
    nearest = sorted(finite, key=lambda bound: abs(np.log(bound / limit)))[:BOUNDS_MAX]
    return tuple(sorted(nearest))


def read_past(source: Source, wanted: Wanted, *, progress: Callable[[int, int], None] = lambda done, of: None) -> Past:
    """Ask a source for the past of an objective, however long that takes.

    Args:
        source: knows its service. `wanted`: what to read.
        progress: called before each request with the number of completed and of all requests.

    Raises:
        SourceError: the source did not answer, or refuses to count it.
    """
    slo, since = wanted.slo, wanted.at - wanted.span_s
    lead = max([LEAD, *(rule.row.long_s for rule in slo.rules)])
    begin = int(since - lead) // HOUR * HOUR
    others = {bound: Candidate(limit=bound).applied(slo) for bound in wanted.bounds}
    coarse = max(wanted.step, MINUTE)
    stored = stored_hours.of_objective(wanted.stored, slo, begin - wanted.hours_s, begin)
    reads = [
        _Read((slo,), wanted.step, Grid.between(begin, wanted.at, step=wanted.step), wanted.points),
        _Read(tuple(others.values()), coarse, Grid.between(begin, wanted.at, step=coarse), wanted.points),
        _older(wanted, begin, stored),
    ]
    reader = _Reader(source, wanted, progress, sum(read.parts for read in reads if read.slos))
    own, at_bounds, hours = (reader.read(read) for read in reads)
    lost = _lost(source, slo, own[0])
    return Past(
        replace(own[0], lost_s=lost),
        # float32 halves the memory: it is exact for the events of a minute, and sums use float64.
        {
            bound: replace(rows, lost_s=lost, values=rows.values.astype(np.float32))
            for bound, rows in zip(others, at_bounds, strict=True)
        },
        stored_hours.joined(hours[0] if hours else None, stored),
        since,
        stored_hours.latency_hours(wanted.stored, slo.service, others, begin - wanted.hours_s, begin),
    )


def _lost(source: Source, slo: Slo, rows: Counted) -> float | None:
    """Seconds that windows over scraped counters lose at their start, for any threshold; None for other sources.

    Args:
        source: the source to ask. `slo`: the objective. `rows`: its events.
    """
    asked = by_queries(slo, source).indicator
    if not rows.scrape_s or not isinstance(asked, Ratio) or not isinstance(asked.valid, Query):
        return None
    return window_edges.lost_s(source, asked.valid, rows)


def _older(wanted: Wanted, begin: int, stored: Counted | None) -> "_Read":
    """The hours to request before the rows, without those that are stored.

    Args:
        wanted: what to read. `begin`: epoch seconds at which the rows begin. `stored`: hours before that.
    """
    end = begin if stored is None else stored.start
    oldest = max(begin - wanted.hours_s, wanted.at - (wanted.catalog.history_s or np.inf))
    # Slices cannot be summed to hours.
    slos = (wanted.slo,) if wanted.slo.counted and oldest <= end - HOUR else ()
    return _Read(slos, HOUR, Grid.between(min(oldest, end - HOUR), end, step=HOUR), wanted.points)


def of_hours(hours: Counted, at: float, span_s: float) -> Past:
    """A past that consists of hours only; `at`: epoch seconds, `span_s`: seconds before it."""
    return Past(hours, since=max(at - span_s, hours.start))


@dataclass(frozen=True, slots=True)
class _Read:
    """Rows to request: of these objectives, `step` seconds long, on a grid, `points` rows per request."""

    slos: tuple[Slo, ...]
    step: int
    grid: Grid
    points: int

    @property
    def parts(self) -> int:
        """Number of requests."""
        return -(-len(self.grid) // self.points)

    def grids(self) -> Iterator[Grid]:
        """The grid in parts, oldest first."""
        for first in range(0, len(self.grid), self.points):
            last = min(first + self.points, len(self.grid)) - 1
            yield Grid(self.grid.start + first * self.step, self.grid.start + last * self.step, self.step)


class _Reader:
    """Requests rows in parts.

    Attributes:
        costs: of the queries.
    """

    def __init__(self, source: Source, wanted: Wanted, progress: Callable[[int, int], None], parts: int) -> None:
        self._source, self._wanted, self._progress = source, wanted, progress
        self._parts, self._done = parts, 0
        self.costs: list[QueryCost] = []

    def read(self, read: _Read) -> list[Counted]:
        """The rows of each objective, in order."""
        if not read.slos:
            return []
        counts = np.concatenate([self._part(read.slos, grid) for grid in read.grids()])
        rows, wanted = read.grid, self._wanted
        ends = rows.start + np.arange(len(rows)) * rows.step
        counts[ExcludedTime.of(wanted.slo, wanted.exclusions).rows(ends - rows.step, ends)] = 0.0
        return [
            Counted(rows.start, rows.step, counts[:, place], wanted.scrape_s, wanted.slo.row_s)
            for place in range(len(read.slos))
        ]

    def _part(self, slos: tuple[Slo, ...], grid: Grid) -> np.ndarray:
        """Events of objectives on a part of the grid, shape (points, objectives, 3)."""
        self._progress(self._done, self._parts)
        asked = tuple(by_queries(slo, self._source) for slo in slos) if self._wanted.scrape_s else slos
        # Events that rules cannot read are counted as on pages. Hours too: their growth between the ends would lose all
        # growth around a restart.
        is_between = bool(self._wanted.scrape_s) and grid.step < HOUR and all(_is_asked(slo) for slo in asked)
        level = Level.NEWEST if is_between else Level.FINE
        fetched = event_counts.fetch(self._source, EventRequest(asked, grid, level))
        if all(fetched.refusals):
            raise SourceError(str(fetched.refusals[0].what if fetched.refusals[0] else ""))
        self.costs += [cost for answer in fetched.answers for cost in answer.costs]
        self._done += 1
        counts, _ = events_of(asked, fetched.values, len(grid), grid.step)
        return counts


def _is_asked(slo: Slo) -> bool:
    """Whether none of its events is counted as a column of its service."""
    return not any(isinstance(term, Column) for term in terms(slo.indicator))


def by_queries(slo: Slo, source: Source) -> Slo:
    """The objective with its ratio's columns replaced by the queries that our rules read; unchanged if impossible.

    Args:
        slo: counts events. `source`: knows how its columns are counted.
    """
    ratio = slo.indicator
    if not isinstance(ratio, Ratio):
        return slo
    try:
        queries = {
            name: Query(source.expression(term), counter=True) if isinstance(term, Column) else term
            for name, term in (("valid", ratio.valid), ("good", ratio.good), ("bad", ratio.bad))
        }
    except (ValueError, SourceError):
        return slo
    return replace(slo, indicator=replace(ratio, **queries))  # type: ignore[arg-type]
