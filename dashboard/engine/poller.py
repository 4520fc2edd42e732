"""The poller: the only regular client of the source. Viewers read the snapshots it publishes.

A refresh fetches new data, judges them and publishes one immutable snapshot.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from dashboard.changes.known import KnownChange
from dashboard.engine import freshness, source_status
from dashboard.engine.alerts.alert_watch import AlertWatch
from dashboard.engine.capacity.capacity_watch import CapacityWatch
from dashboard.engine.changes.known_changes import KnownChanges
from dashboard.engine.gate.added_exceptions import AddedExceptions
from dashboard.engine.incidents.incident_hours import Moment
from dashboard.engine.incidents.incident_tracker import IncidentTracker
from dashboard.engine.intake import Intake, Invalidation
from dashboard.engine.interim_snapshots import rarely_if_slow
from dashboard.engine.judged_snapshot import judged_snapshot
from dashboard.engine.past import excluded_past
from dashboard.engine.past.hour_keeper import HourKeeper
from dashboard.engine.past.latency_keeper import LatencyKeeper
from dashboard.engine.past.past_hours import PastHours
from dashboard.engine.problem_log import ProblemLog
from dashboard.engine.refresh_loop import Beat, RefreshLoop, longest_refresh
from dashboard.engine.reviews.review_facts import ReviewFacts
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot, empty_snapshot
from dashboard.engine.source_status import HistoryProgress, SourceState, SourceStatus
from dashboard.engine.viewer_answers import ViewerAnswers
from dashboard.exceptions import DashboardError, SourceError
from dashboard.slo.exclusions import Exclusion
from dashboard.sources.catalog import Catalog
from dashboard.sources.deadline import deadline, seconds_left
from dashboard.sources.protocol import Answer, Source

log = logging.getLogger(__name__)


class _Forgetful(Protocol):
    """Anything that derives data from the source's answers."""

    def forget(self) -> None:
        """Drop all derived data."""


# Seconds after the start from which on capacity is read, even if the past could not be learned.
CAPACITY_AFTER_S = 600.0


class Poller:
    """Owns the source. `snapshot` is replaced as a whole at each refresh and never modified.

    Args:
        source: closed when the poller stops.
        settings: the part of the configuration that the engine needs.
        clock: returns epoch seconds; tests pass their own.
        keeper: stores hours, and restores the data of an earlier process; None: nothing is stored.

    Attributes:
        viewers: answers requests of viewers beyond the snapshot.
        changes: reported by senders and derived from the data.
        alerts: from other tools, read in the background.
        incidents: derives incidents, and shows stored ones.
        exceptions: policy exceptions that people added.
        past_hours: known hours of each objective, for reviews and everything else that looks back.
        capacity: hourly peaks of 30 days and what follows from them, read in the background.
    """

    def __init__(
        self,
        source: Source,
        settings: Settings | None = None,
        *,
        clock: Callable[[], float] = time.time,
        keeper: HourKeeper | None = None,
    ) -> None:
        self.source = source
        self.settings = settings or Settings()
        self.clock = clock
        self._started_at = clock()
        self._intake = Intake(source, self.settings, self._forget, keeper)
        self.alerts = AlertWatch(source, self.settings)
        self.past_hours = PastHours(source, lambda: self.snapshot, keeper, self.exclusions_since)
        self.changes, self.exceptions = KnownChanges(source), AddedExceptions()
        self.incidents = IncidentTracker(source)
        self.capacity = CapacityWatch(source, self.settings)
        self._latency_keeper = LatencyKeeper(source, keeper)
        if keeper is not None:
            keeper.beside = {"capacity": self.capacity, "changes": self.changes, "incidents": self.incidents}
        self._problem_log = ProblemLog()
        self._loop, self._beat = RefreshLoop(self._refresh), Beat(self.settings.refresh)
        self._failures_in_row = self._own_queries = 0
        self._reader = freshness.Reader()
        starting = SourceStatus(source.kind, source.where, SourceState.STARTING)
        self.snapshot = empty_snapshot(clock(), starting, self.settings)
        self.viewers = ViewerAnswers(source, clock, ReviewFacts(self))

    def start(self) -> None:
        """Start the thread, once."""
        self._loop.start()

    def stop(self) -> None:
        """Stop the thread and close the source; waits at most half a second for a running request."""
        self._loop.stop()
        if not self._loop.alive:
            self._intake.finish(self.clock())
        self.viewers.close()
        self.alerts.close()
        self.source.close()

    @property
    def alive(self) -> bool:
        """Whether the thread is running."""
        return self._loop.alive

    @property
    def is_searching(self) -> bool:
        """Whether the first search for services is running: reading a large file may take longer than a refresh."""
        return self._intake.search.is_first

    @property
    def rows_s(self) -> tuple[int, ...]:
        """Seconds of the ledger's rows for each objective."""
        return self._intake.slos.rows_s

    @property
    def catalog(self) -> Catalog | None:
        """The catalog in use; None before the first search has ended."""
        return self._intake.search.catalog

    def exclusions_since(self, since: float) -> tuple[Exclusion, ...]:
        """Maintenance that ended after a moment, also one before all windows; `since`: epoch seconds."""
        return excluded_past.exclusions_since(self.snapshot, self.settings, self.catalog, since)

    @property
    def queries(self) -> int:
        """Number of queries sent to the source since the start, for refreshes and for viewers."""
        beside = self.changes.queries + self.alerts.queries + self.incidents.queries + self.capacity.queries
        beside += self._latency_keeper.queries
        return self._own_queries + self.viewers.queries + beside

    def read(self) -> Snapshot:
        """The newest snapshot, judged now: what has become too old since its publication is withdrawn.

        Returns the same object as long as nothing has changed, so that pages can cache what they derive from it.
        Restarts the thread if it has died.
        """
        newest = self.exceptions.put_into(self.snapshot)
        return self._reader.read(newest, self.clock(), is_polled=not self._loop.restart_if_dead())

    def tick(self) -> None:
        """Refresh once; after an error of the source the last snapshot is kept and marked."""
        now = self.clock()
        self._intake.judge_at(self._intake.moment.at(now))
        # Falls seen over weeks, which the monitor's few days of samples cannot show.
        self._intake.monitor.saturation.older_falls = self.capacity.falls
        self.alerts.begin(self._intake.at)
        try:
            with deadline(longest_refresh(self.settings.refresh)):
                catalog, live = self._intake.fetch(now)
                left_s = seconds_left()
            show = rarely_if_slow(lambda progress: self._publish_progress(now, catalog, live, progress))
            counted = self._intake.count(left_s, show)
            self._failures_in_row = 0
            self._publish(now, catalog, [live, *counted])
            self._intake.keep(now)
        except SourceError as error:
            self._publish_failure(error, now)

    def study(self, wait_s: float | None = None) -> bool:
        """Learn one more part of the past, so that the present can be judged; False if no part is missing.

        Afterwards incidents of the past are derived, in parts.

        Args:
            wait_s: how long to wait, in seconds; after that it returns False, and the part is learned later.

        Raises:
            SourceError: the source did not answer.
        """
        answer = self._intake.learn_past(self.clock(), wait_s)
        self._own_queries += 0 if answer is None else len(answer.costs)
        if answer is not None:
            return True
        # Publish them at once: nothing else has to be judged again because of them.
        if self.incidents.go_on(wait_s):
            self.snapshot = self.incidents.put_into(self.snapshot)
        return self.incidents.has_more

    def _refresh(self) -> float:
        """One turn of the thread; returns the seconds until the next."""
        began = self.clock()
        try:
            self.tick()
            self._problem_log.take(self.snapshot.source)
            # Show what was learned at once; longer work continues beside the next refresh.
            if self._study_until(self.clock() + self.settings.refresh / 2):
                self.tick()
            return self._beat.wait_s(began, self.clock(), self._failures_in_row)
        except BaseException as error:  # the outermost loop: libraries in Rust panic with what is no Exception
            log.exception("The refresh failed")
            self._publish_failure(DashboardError(f"internal error in the refresh: {error}"), self.clock())
            return self.settings.refresh

    def _forget(self, invalidation: Invalidation) -> None:
        """Drop what was derived from doubtful answers; it will be derived again."""
        parts: dict[Invalidation, tuple[_Forgetful, ...]] = {
            Invalidation.CATALOG: (self.viewers,),
            Invalidation.ROWS: (self.incidents,),
            Invalidation.PAST: (self.incidents, self.viewers),
            Invalidation.FILES: (self.incidents, self.capacity, self.changes, self.viewers),
            Invalidation.CLOCK: (self.incidents, self.changes, self.alerts, self.capacity, self.viewers),
        }
        for part in parts[invalidation]:
            part.forget()

    def _study_until(self, end: float) -> bool:
        """Study while there is time; parts that the source refuses are tried again after the next refresh."""
        studied = False
        try:
            while not self._failures_in_row and not self._loop.stopping and (left_s := end - self.clock()) > 0:
                if not self.study(left_s):
                    if self._may_read_capacity():
                        self.capacity.go_on(self.snapshot, self._intake.monitor.data_begin)
                    self._latency_keeper.advance(self._intake.monitor.services, self.clock())
                    break
                studied = True
        except SourceError as error:
            log.warning("The past could not be read: %s", error)
        return studied

    def _may_read_capacity(self) -> bool:
        """Whether everything that live pages need was learned, or waiting for it has taken too long."""
        monitor, now = self._intake.monitor, self.clock()
        is_learned = monitor.next_backfill(self.snapshot.at) is None and not self.incidents.has_more
        return is_learned or now - self._started_at > CAPACITY_AFTER_S

    def _publish(
        self, now: float, catalog: Catalog, answers: list[Answer], reading: HistoryProgress | None = None
    ) -> None:
        """Judge the data and replace the snapshot; `reading`: the history is still being read."""
        # While the history is read, the same answers are published repeatedly: count their queries once, at the end.
        if reading is None:
            self._own_queries += sum(len(answer.costs) for answer in answers)
        intake = self._intake
        slos = intake.slos.reports(remembers=reading is None)
        if reading is None:
            rows_s, services = intake.slos.rows_s, catalog.services
            self.incidents.advance(Moment.of(intake.slos.ledger_view, slos, rows_s, services, intake.at))
        status = intake.status(self.snapshot.source, catalog, answers, slos, now=now, reading=reading)
        status = source_status.with_catalog(status, catalog, self._notes)
        snapshot = judged_snapshot(
            intake,
            self.settings,
            catalog,
            replace(status, tick_seconds=self.clock() - now),
            slos,
            answered_in_part=answers[0].partial,
            changes=self._changes(catalog),
        )
        snapshot = self.capacity.added_to(self.alerts.added_to(snapshot))
        self.snapshot = self.incidents.put_into(snapshot)

    @property
    def _notes(self) -> tuple[str, ...]:
        """Issues and warnings, one line each."""
        return (
            *self._intake.search.notes, *self._intake.slos.diagnostics, *self.changes.notes, *self._intake.notes,
        )  # fmt: skip

    def _changes(self, catalog: Catalog) -> tuple[KnownChange, ...]:
        """All known changes; empty if a past time was requested, where nobody waits for them."""
        if not self.settings.is_watched:
            return ()
        return self.changes.advance(catalog.services, self._intake.slos.ledger_view, self._intake.at)

    def _publish_progress(self, now: float, catalog: Catalog, live: Answer, progress: HistoryProgress) -> None:
        """Publish what is known while the history is read, if somebody is watching."""
        if self.settings.is_watched:
            self._publish(now, catalog, [live], progress)

    def _publish_failure(self, error: DashboardError, now: float) -> None:
        """Keep the last snapshot and mark it; data that are too old become unknown, not green."""
        self._failures_in_row += 1
        # Samples that arrived meanwhile may lie before the tail: fetch the whole live window next time.
        self._intake.forget_live()
        status = source_status.after_failure(self.snapshot.source, error, in_row=self._failures_in_row, now=now)
        snapshot = self.alerts.added_to(freshness.after_failure(self.snapshot, status, now))
        # What was kept is known without a source, from the first failure on.
        self.snapshot = self.incidents.put_into(snapshot)
