"""Hours of the past: the events of an objective in each hour, and the objective that was valid then.

Reviews, what-ifs and policies sum `PastHours.hours`; none of them reads the ledger or the archive directly.

**How latency thresholds are stored.** A threshold other than the objective's own can only be tried on the past if the
requests within it were counted. So all cumulative counts of a service are stored by the hour, one for each bound of its
buckets, beside the hours of its objectives: bad events are requests minus requests within a bound, for any bound. They
are not part of the ledger: refreshes do not need them, and 1,000 services × 12 buckets × 90 days are 26 million counts,
207 MB in memory. They are requested once a day (`latency_keeper`), and for earlier hours when somebody tries thresholds
(`latency_hours`): once from the source if it still has them, otherwise from the archive.
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
    """All known past hours: from the ledger of the newest snapshot, and from the archive.

    Args:
        source: asked for latency buckets. `snapshot`: returns the newest one.
        keeper: has the archive; None if there is none.
        exclusions: returns the maintenance since a time (epoch seconds); None: use that of the snapshot.
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
            slo: a current or former objective of the snapshot; an unknown one has empty hours.
            start, end: epoch seconds; an hour that they cut is included as a whole.
        """
        return self.hours_of([slo], start, end)[0]

    def hours_of(self, slos: Sequence[Slo], start: float, end: float) -> list[ObjectiveHours]:
        """The same hours of many objectives, in their order; faster than separate calls.

        Args:
            slos: the objectives. `start`, `end`: epoch seconds, as for `hours`.
        """
        first = int(start // HOUR) * HOUR + HOUR
        last = max(int(-(-end // HOUR)) * HOUR, first)
        view = self._snapshot().ledger
        places = {slo.counting_key: place for place, slo in enumerate(view.slos)}
        known = [of_ledger(view, places.get(slo.counting_key), slo, first, last) for slo in slos]
        if self._archived is None:
            return known
        # Events that were counted before they were excluded are stored as well.
        exclusions = view.exclusions if self._exclusions is None else self._exclusions(float(first - HOUR))
        return self._archived.completed(known, first, last, exclusions)

    def latency_hours(self, service: str, start: float, end: float) -> LatencyHours:
        """Requests of a service by all bounds of its latency buckets, in hours that cover (start, end], epoch seconds.

        The source is asked, which may take long: do not call it on the event loop, and keep the result.

        Args:
            service: its name in the catalog. `start`, `end`: epoch seconds.

        Raises:
            SourceError: the source did not answer.
        """
        first = int(start // HOUR) * HOUR + HOUR
        return self._latency.hours(service, first, max(int(-(-end // HOUR)) * HOUR, first))


def of_ledger(view: LedgerView, place: int | None, slo: Slo, first: int, last: int) -> ObjectiveHours:
    """The hours of an objective in a ledger.

    Args:
        view: of the ledger. `place`: position of the objective in it; None: it is not there. `slo`: the objective.
        first, last: ends of the hours, epoch seconds.
    """
    count = (last - first) // HOUR + 1
    rows = Rows.nothing(last, HOUR, count, 1)
    begin = None
    if place is not None:
        hours = _with_open_hour(view, place)
        measured = np.flatnonzero(hours.values[:, 0, SECONDS] > 0)
        begin = float(hours.ends[measured[0]] - HOUR) if len(measured) else None
        # Move them to the wanted positions; hours outside the known ones are empty.
        rows = _between(hours, first, last)
    limit = np.nan if slo.limit is None else slo.limit
    return ObjectiveHours(slo, rows, np.full(count, slo.objective), np.full(count, limit), begin)


def _with_open_hour(view: LedgerView, place: int) -> Rows:
    """The hours of one objective, followed by the current hour, which only exists as fine rows."""
    partial = None if view.hours.partial is None else view.hours.partial[:, [place]]
    hours = Rows(view.hours.first, HOUR, view.hours.values[:, [place]], partial)
    fine = view.fine
    newer = fine.ends > hours.end
    if not newer.any():
        return hours
    ends, values = coarser(fine.ends[newer], fine.values[newer][:, [place]], HOUR)
    # Extend by these, so that the oldest hour stays.
    longer = hours.rearranged(len(hours.values) + len(ends), [0])
    return longer.reaching(int(ends[-1])).put(ends, np.array([0]), values)


def _between(rows: Rows, first: int, last: int) -> Rows:
    """The rows that end at `first … last` (epoch seconds); missing ones are empty."""
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
