"""Requests of past hours by latency bucket: from the archive, and the rest from the source if it still has them."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from dashboard import buckets, frames
from dashboard.archive.tables import LatencyRows
from dashboard.engine.past.hour_keeper import HourKeeper
from dashboard.engine.past.hours_known import LatencyHours
from dashboard.exceptions import SourceError
from dashboard.sources.bucketed import BucketedSource
from dashboard.sources.protocol import Answer, Source
from dashboard.timerange import HOUR, Grid

log = logging.getLogger(__name__)

# Seconds after which late samples have arrived and an hour can be stored.
SETTLED_S = HOUR


def bucket_counts(source: Source, grid: Grid, service: str | None = None) -> Answer:
    """Requests of each hour at all bounds of the buckets.

    Args:
        source: the source to ask. `grid`: of hours. `service`: its name; None: all services.

    Raises:
        SourceError: the source did not answer.
    """
    if isinstance(source, BucketedSource):
        return source.bucket_counts(grid, service)
    answer = source.samples(grid, service)
    return replace(answer, frame=answer.frame * grid.step)


def rows_of(answer: Answer, grid: Grid, services: Sequence[str]) -> LatencyRows:
    """Rows for the archive: hours in which something was measured.

    Args:
        answer: at all bounds. `grid`: of hours. `services`: names.
    """
    rows = LatencyRows.none()
    ends: list[int] = []
    for service in services:
        bounds, counts = buckets.cumulative_counts(frames.of_service(answer.frame, service))
        for place in np.flatnonzero(~np.isnan(counts).any(axis=0)).tolist() if len(bounds) else ():
            rows.services.append(service)
            ends.append(grid.start + place * HOUR)
            rows.bounds.append(bounds)
            rows.counts.append(counts[:, place])
    return LatencyRows(rows.services, np.array(ends, dtype=np.int64), rows.bounds, rows.counts)


class LatencyPast:
    """Finds and stores hours by bucket.

    Args:
        source: asked for hours that are not archived. `keeper`: has the archive; None if there is none.
        at: returns epoch seconds of the newest time that is judged.
    """

    def __init__(self, source: Source, keeper: HourKeeper | None, at: Callable[[], float]) -> None:
        self._source, self._keeper, self._at = source, keeper, at

    def hours(self, service: str, first: int, last: int) -> LatencyHours:
        """Hours of a service that end at `first … last`, epoch seconds.

        Args:
            service: its name in the catalog. `first`, `last`: ends of hours.

        Raises:
            SourceError: the source did not answer, and nothing is archived.
        """
        kept = self._archived(service, first, last)
        missing = sorted(set(range(first, last + 1, HOUR)) - set(kept.ends.tolist()))
        if not missing:
            return _hours_by(service, kept, first, last)
        grid = Grid(missing[0], missing[-1], HOUR)
        try:
            answer = bucket_counts(self._source, grid, service)
        except SourceError:
            if not len(kept):
                raise
            log.info("Latency of %s was not read; what is archived of it is used", service)
            return _hours_by(service, kept, first, last)
        fetched = rows_of(answer, grid, [service])
        self._keep(fetched, answer)
        known = set(kept.ends.tolist())
        is_new = np.array([end not in known for end in fetched.ends.tolist()], dtype=bool)
        return _hours_by(service, kept.followed_by(fetched.select(np.flatnonzero(is_new))), first, last)

    def _archived(self, service: str, first: int, last: int) -> LatencyRows:
        if self._keeper is None:
            return LatencyRows.none()
        return self._keeper.archive.latency(service, first - HOUR, last)

    def _keep(self, rows: LatencyRows, answer: Answer) -> None:
        """Store answered hours, so that they are requested only once: those that are over, from complete answers."""
        if self._keeper is not None and self._keeper.writes and answer.in_full:
            now = self._at()
            settled = rows.select(np.flatnonzero(rows.ends <= now - SETTLED_S))
            if len(settled):
                self._keeper.archive.add_latency(settled, now)


def _hours_by(service: str, rows: LatencyRows, first: int, last: int) -> LatencyHours:
    """Rows as hours with the bounds of all of them; a bound has no counts in hours in which it did not exist.

    Args:
        service: its name. `rows`: in any order. `first`, `last`: ends of the hours, epoch seconds.
    """
    ends = np.arange(first, last + 1, HOUR)
    bounds = np.unique(np.concatenate([np.zeros(0), *rows.bounds]))
    counts = np.full((len(ends), len(bounds)), np.nan)
    for end, own, values in zip(rows.ends.tolist(), rows.bounds, rows.counts, strict=True):
        counts[(end - first) // HOUR, np.searchsorted(bounds, own)] = values
    return LatencyHours(service, ends, bounds, counts)
