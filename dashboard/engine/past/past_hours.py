"""Hours of the past: what was counted of an objective in each hour, and which objective held in it.

`PastHours.hours` is what reviews, what-ifs and policies add up; nobody reads the ledger or the archive beside it.

**How latency thresholds are kept.** A threshold other than the objective's own can be tried on the past only where the
requests within it were counted, so all cumulative counts of a service are kept by the hour, one for each bound of its
buckets, beside the hours of its objectives: bad events are requests minus requests within a bound, whatever the bound.
They are no part of the ledger: nothing that is judged at a refresh needs them, and 1,000 services × 12 buckets × 90
days are 26 million counts, 207 MB in memory. They are requested once a day (`latency_keeper`), and for what lies before
when somebody tries thresholds (`latency_hours`): of the source where it still has it, once, else of the archive.
"""

from collections.abc import Callable, Sequence

import numpy as np

from dashboard.engine.past.archived_past import ArchivedPast
from dashboard.engine.past.hour_keeper import HourKeeper
from dashboard.engine.past.hours_known import LatencyHours, ObjectiveHours
from dashboard.engine.past.latency_past import LatencyPast
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.event_rows import SECONDS, Rows, coarser
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Source
from dashboard.timerange import HOUR

__all__ = ["LatencyHours", "ObjectiveHours", "PastHours"]


class PastHours:
    """What is known of past hours: by the ledger of the newest snapshot, and before and beside it by the archive.

    Args:
        source: is asked for latency buckets. `snapshot`: returns the newest one.
        keeper: has the archive; None if there is none.
        exclusions: returns the maintenance since a moment (epoch seconds); None: use that of the snapshot.
    """

    def __init__(
        self,
        source: Source,
        snapshot: Callable[[], Snapshot],
        keeper: HourKeeper | None = None,
        exclusions: Callable[[float], Sequence[Exclusion]] | None = None,
    ) -> None:
        self._source, self._snapshot, self._exclusions = source, snapshot, exclusions
        self._archived = None if keeper is None else ArchivedPast(keeper.archive, keeper.rules)
        self._latency = LatencyPast(source, keeper, lambda: snapshot().at)

    def hours(self, slo: Slo, start: float, end: float) -> ObjectiveHours:
        """Hours of one objective that cover (start, end], epoch seconds; at least one.

        Args:
            slo: one of the snapshot's, or one that was: what is unknown has hours that hold nothing.
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
        places = {slo.counting_key: place for place, slo in enumerate(view.slos)}
        known = [of_ledger(view, places.get(slo.counting_key), slo, first, last) for slo in slos]
        if self._archived is None:
            return known
        # What was counted before it was excluded is kept all the same.
        exclusions = view.exclusions if self._exclusions is None else self._exclusions(float(first - HOUR))
        return self._archived.completed(known, first, last, exclusions)

    def latency_hours(self, service: str, start: float, end: float) -> LatencyHours:
        """Requests of a service by all bounds of its latency buckets, hours that cover (start, end], epoch seconds.

        The source is asked, which may take long: call it off the event loop, and keep what it returns.

        Args:
            service: its name in the catalog. `start`, `end`: epoch seconds.

        Raises:
            SourceError: the source did not answer.
        """
        first = int(start // HOUR) * HOUR + HOUR
        return self._latency.hours(service, first, max(int(-(-end // HOUR)) * HOUR, first))


def of_ledger(view: LedgerView, place: int | None, slo: Slo, first: int, last: int) -> ObjectiveHours:
    """What a ledger holds of an objective.

    Args:
        view: of the ledger. `place`: of the objective in it; None: it is not there. `slo`: the objective.
        first, last: ends of the hours, epoch seconds.
    """
    count = (last - first) // HOUR + 1
    rows = Rows.nothing(last, HOUR, count, 1)
    begin = None
    if place is not None:
        hours = _with_open_hour(view, place)
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
    # Longer by these: the oldest hour stays.
    longer = hours.rearranged(len(hours.values) + len(ends), [0])
    return longer.reaching(int(ends[-1])).put(ends, np.array([0]), values)


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
