"""A snapshot as of the time it is read. The reader judges its age, so a refresh that hangs makes it age too.

Readers get the state of the source and the health of every service as of now, without a thread that updates them.
"""

from dataclasses import dataclass, replace

from dashboard.engine.health import Health
from dashboard.engine.service_reports import expired, is_fresh
from dashboard.engine.snapshot import ServiceReport, Snapshot, downgraded
from dashboard.engine.source_status import DOWN_AFTER, SourceState, SourceStatus, Trouble
from dashboard.sources.catalog import Catalog, ServiceInfo

STALE_AFTER_MIN, STALE_AFTER_MAX = 60.0, 300.0


def stale_after_s(scrape_interval: float, refresh: float) -> float:
    """Seconds after which a sample says nothing about now; allows for a few late scrapes and refreshes.

    At most five minutes, unless the samples themselves are further apart, like hourly rows of a file.

    Args:
        scrape_interval: seconds between two samples. `refresh`: between two refreshes.
    """
    late = max(5 * scrape_interval, 3 * refresh, STALE_AFTER_MIN)
    return min(late, max(STALE_AFTER_MAX, 1.5 * scrape_interval))


def stale_after_with(catalog: Catalog, refresh: float, info: ServiceInfo | None = None) -> float:
    """Seconds after which samples are old.

    Args:
        catalog: knows how far apart samples are. `refresh`: seconds between two refreshes.
        info: the service; None: the source as a whole.
    """
    interval = None if info is None else info.scrape_interval
    return stale_after_s(interval or catalog.scrape_interval, refresh)


def as_of(snapshot: Snapshot, now: float, *, is_polled: bool = True) -> Snapshot:
    """What is still valid of a snapshot at `now` (epoch seconds); the same object while nothing has aged.

    Args:
        is_polled: False if the refreshing thread has died.
    """
    source = _aged(snapshot.source, now, is_polled=is_polled)
    # Data marked as past do not age any more.
    moment = now if source.data_end is None else snapshot.at
    lost = any(_has_health(report) and not is_fresh(report, moment) for report in snapshot.services)
    alerts = snapshot.alerts.as_of(now)
    if source == snapshot.source and not lost and alerts is snapshot.alerts:
        return snapshot
    services = expired(snapshot.services, now=moment) if lost else snapshot.services
    by_name = {report.name: report for report in services}
    return downgraded(replace(snapshot, source=source, services=services, by_name=by_name, alerts=alerts))


def after_failure(before: Snapshot, status: SourceStatus, now: float) -> Snapshot:
    """The last snapshot after a failed refresh: data that are too old become unknown, not green.

    Args:
        before: the snapshot. `status`: of the source now. `now`: epoch seconds.
    """
    at = now if status.data_end is None else before.at
    services = expired(before.services, now=at)
    by_name = {report.name: report for report in services}
    return downgraded(replace(before, at=at, source=status, services=services, by_name=by_name))


def unchanged_until(snapshot: Snapshot, now: float) -> float:
    """Epoch seconds until which `as_of` returns the same as at `now`; infinity if nothing can age any more."""
    source = snapshot.source
    moments = [report.newest + report.stale_after_s for report in snapshot.services if report.newest is not None]
    if source.newest is not None:
        moments.append(source.newest + source.stale_after_s)
    moments += snapshot.alerts.routing.ages_at
    if source.answered is not None:
        moments.append(source.answered + DOWN_AFTER * source.stale_after_s)
    return min((moment for moment in moments if moment >= now), default=float("inf"))


class Reader:
    """Reads snapshots for everybody: aging is computed once, and all readers get the same object."""

    def __init__(self) -> None:
        self._last: _Reading | None = None

    def read(self, newest: Snapshot, now: float, *, is_polled: bool) -> Snapshot:
        """The newest snapshot as of `now`; the same object as long as nothing has changed.

        Args:
            newest: as published. `now`: epoch seconds. `is_polled`: False if the refreshing thread has died.
        """
        last = self._last
        if last is None or last.of is not newest or last.is_polled != is_polled or not last.start <= now < last.end:
            seen = as_of(newest, now, is_polled=is_polled)
            # Replaced as a whole, as many threads read; any of them may do this work.
            last = self._last = _Reading(newest, seen, is_polled, now, unchanged_until(newest, now))
        return last.seen


@dataclass(frozen=True, slots=True)
class _Reading:
    """The result of reading a snapshot, and the time range (epoch seconds) in which it is valid."""

    of: Snapshot
    seen: Snapshot
    is_polled: bool
    start: float
    end: float


def _has_health(report: ServiceReport) -> bool:
    return report.health is not Health.UNKNOWN


def _aged(source: SourceStatus, now: float, *, is_polled: bool) -> SourceStatus:
    """The status without any help of the poller: old samples make it stale, a long silence down."""
    if not is_polled:
        return replace(source, state=SourceState.DOWN, error=None, trouble=Trouble.NOT_POLLED, reading=None)
    if source.state in (SourceState.STARTING, SourceState.DOWN) or source.answered is None or source.newest is None:
        return source
    if now - source.answered > DOWN_AFTER * source.stale_after_s:
        return replace(source, state=SourceState.DOWN, trouble=Trouble.NO_ANSWER, reading=None)
    if source.state is SourceState.OK and abs(now - source.newest) > source.stale_after_s:
        trouble = Trouble.FROM_THE_FUTURE if source.newest > now else Trouble.NO_ANSWER
        return replace(source, state=SourceState.STALE, trouble=trouble)
    return source
