"""Hours of the past: what was counted of an objective in each hour, and which objective held in it.

`PastHours.hours` is what reviews, what-ifs and policies add up; nobody reads the ledger or the archive beside it.

**How latency thresholds are kept.** A threshold other than the objective's own can be tried on the past only where the
requests within it were counted, so all cumulative counts of a service are kept by the hour, one for each bound of its
buckets, beside the hours of its objectives: bad events are requests minus requests within a bound, whatever the bound.
They are no part of the ledger: nothing that is judged at a refresh needs them. `PastHours.latency_hours` asks the
source for them once, when somebody tries thresholds; what the source has forgotten comes from the archive.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from dashboard import buckets, frames
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.event_rows import SECONDS, Rows, coarser
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Source
from dashboard.timerange import HOUR, Grid


@dataclass(frozen=True, slots=True, eq=False)
class ObjectiveHours:
    """Hours of one objective, evenly spaced, without a gap: an hour of which nothing is known has 0 seconds measured.

    Attributes:
        slo: the objective as it is now.
        rows: one objective, shape (hours, 1, 3): bad events, valid events, seconds measured. `rows.sums` cuts hours;
            `rows.partial` marks those that the source answered in part. The hour under way holds what came of it.
        objectives: the share (0–1) that held in each hour, shape (hours,).
        limits: the bound that held in each hour, as `Slo.limit`, shape (hours,); NaN without one.
        begin: epoch seconds at which the first measured hour begins, looked for in all that is known and not only in
            these hours; None where nothing is known.
    """

    slo: Slo
    rows: Rows
    objectives: np.ndarray
    limits: np.ndarray
    begin: float | None

    @property
    def budgets(self) -> np.ndarray:
        """The share of valid events (0–1) that could have been bad in each hour, shape (hours,)."""
        # From the decimal text, as `Slo.budget`: 1 - 0.999 is 0.001.
        known = {share: float(1 - Decimal(repr(share))) for share in np.unique(self.objectives).tolist()}
        return np.array([known[share] for share in self.objectives.tolist()])


@dataclass(frozen=True, slots=True, eq=False)
class LatencyHours:
    """Requests of a service by how long they took, in each hour.

    Attributes:
        service: its name.
        ends: epoch seconds at which the hours end, shape (hours,), evenly spaced.
        bounds: of the buckets, ascending, seconds, shape (bounds,); the last one is infinite. Empty without buckets.
        counts: successful requests at or under each bound, shape (hours, bounds); NaN where nothing was measured.
    """

    service: str
    ends: np.ndarray
    bounds: np.ndarray
    counts: np.ndarray

    @property
    def begin(self) -> float | None:
        """Epoch seconds at which the first measured of these hours begins; None where none was."""
        measured = np.flatnonzero((~np.isnan(self.counts)).any(axis=1))
        return float(self.ends[measured[0]] - HOUR) if len(measured) else None


class PastHours:
    """What is known of past hours, by the ledger of the newest snapshot.

    Args:
        source: is asked for latency buckets. `snapshot`: returns the newest one.
    """

    def __init__(self, source: Source, snapshot: Callable[[], Snapshot]) -> None:
        self._source, self._snapshot = source, snapshot

    def hours(self, slo: Slo, start: float, end: float) -> ObjectiveHours:
        """Hours of one objective that cover (start, end], epoch seconds; at least one.

        Args:
            slo: one of the snapshot's, or one that was: what is not known has hours that hold nothing.
            start, end: epoch seconds; an hour that they cut is one of the hours, as a whole.
        """
        return self.hours_of([slo], start, end)[0]

    def hours_of(self, slos: Sequence[Slo], start: float, end: float) -> list[ObjectiveHours]:
        """The same hours of many objectives, in their order; faster than one after the other.

        Args:
            slos: of which hours are wanted. `start`, `end`: epoch seconds, as for `hours`.
        """
        first = int(start // HOUR) * HOUR + HOUR
        last = max(int(-(-end // HOUR)) * HOUR, first)
        view = self._snapshot().ledger
        return [_of_ledger(view, slo, first, last) for slo in slos]

    def latency_hours(self, service: str, start: float, end: float) -> LatencyHours:
        """Requests of a service by all bounds of its latency buckets, hours that cover (start, end], epoch seconds.

        The source is asked, which may take long: call it beside the event loop, and keep what it returns.

        Args:
            service: its name in the catalog. `start`, `end`: epoch seconds.

        Raises:
            SourceError: the source did not answer.
        """
        first = int(start // HOUR) * HOUR + HOUR
        grid = Grid(first, max(int(-(-end // HOUR)) * HOUR, first), HOUR)
        samples = frames.of_service(self._source.samples(grid, service).frame, service)
        bounds, rates = buckets.cumulative_counts(samples)
        ends = np.arange(grid.start, grid.end + 1, HOUR)
        return LatencyHours(service, ends, bounds, rates.T * HOUR)


def _of_ledger(view: LedgerView, slo: Slo, first: int, last: int) -> ObjectiveHours:
    """What a ledger holds of an objective; hours end at `first … last`, epoch seconds."""
    places = [place for place, known in enumerate(view.slos) if known.counting_key == slo.counting_key]
    count = (last - first) // HOUR + 1
    rows = Rows.nothing(last, HOUR, count, 1)
    begin = None
    if places:
        hours = _with_open_hour(view, places[0])
        measured = np.flatnonzero(hours.values[:, 0, SECONDS] > 0)
        begin = float(hours.ends[measured[0]] - HOUR) if len(measured) else None
        # Moved to where they are wanted: hours beyond those that are held hold nothing.
        rows = _between(hours, first, last)
    limit = np.nan if slo.limit is None else slo.limit
    return ObjectiveHours(slo, rows, np.full(count, slo.objective), np.full(count, limit), begin)


def _with_open_hour(view: LedgerView, place: int) -> Rows:
    """The hours of one objective, and after them those that fine rows alone know: the hour under way."""
    partial = None if view.hours.partial is None else view.hours.partial[:, [place]]
    hours = Rows(view.hours.first, HOUR, view.hours.values[:, [place]], partial)
    fine = view.fine
    newer = fine.ends > hours.end
    if not newer.any():
        return hours
    ends, values = coarser(fine.ends[newer], fine.values[newer][:, [place]], HOUR)
    return hours.reaching(int(ends[-1])).put(ends, np.array([0]), values)


def _between(rows: Rows, first: int, last: int) -> Rows:
    """The rows that end at `first … last` (epoch seconds); what is not among them holds nothing."""
    moved = Rows.nothing(last, HOUR, (last - first) // HOUR + 1, 1)
    inside = (rows.ends >= first) & (rows.ends <= last)
    if not inside.any():
        return moved
    moved = moved.put(rows.ends[inside], np.array([0]), rows.values[inside])
    if rows.partial is None or not rows.partial[inside].any():
        return moved
    marks = np.zeros(moved.values.shape[:2], dtype=bool)
    marks[(rows.ends[inside] - first) // HOUR] = rows.partial[inside]
    return Rows(moved.first, HOUR, moved.values, marks)
