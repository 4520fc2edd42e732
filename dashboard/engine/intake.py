"""Fetches what a refresh needs: the services, their newest samples, and the events of their objectives.

Fetched data are kept, so that the next refresh only asks for what is new.
"""

import enum
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from dashboard.anomaly.monitor import AnomalyMonitor
from dashboard.engine import freshness, service_reports, source_status
from dashboard.engine.judged_moment import JudgedMoment
from dashboard.engine.past.hour_keeper import HourKeeper
from dashboard.engine.past.past_reader import PastReader
from dashboard.engine.sample_window import SampleWindow
from dashboard.engine.service_search import ServiceSearch
from dashboard.engine.settings import LIVE_SPAN, LIVE_STEP, Settings
from dashboard.engine.slo_tracker import SloTracker
from dashboard.engine.source_status import HistoryProgress, SourceStatus
from dashboard.engine.sparse_services import SparseServices
from dashboard.exceptions import SourceTimeout
from dashboard.slo.report import SloReport
from dashboard.sources.catalog import Catalog
from dashboard.sources.deadline import deadline, seconds_left
from dashboard.sources.protocol import Answer, Source
from dashboard.timerange import HOUR, Grid

log = logging.getLogger(__name__)

# Clocks are corrected by seconds; a larger jump means that what was judged before is wrong.
CLOCK_SLACK = 60.0


class Invalidation(enum.Enum):
    """Why data derived from earlier answers may be wrong."""

    CATALOG = enum.auto()
    """The services, or their scrape intervals, have changed."""
    ROWS = enum.auto()
    """Rows of the live window were added or corrected."""
    PAST = enum.auto()
    """Rows from before it were added or corrected."""
    FILES = enum.auto()
    """A file was replaced, so nothing from the old one is valid."""
    CLOCK = enum.auto()
    """The clock was set back, or the data end earlier: the judged data were never measured."""


class Intake:
    """Asks the source for new data and keeps them.

    Args:
        source: the source to ask.
        settings: the part of the configuration that the engine needs.
        invalidate: called if data that others derived from earlier answers may be wrong.
        keeper: stores hours, and restores the data of an earlier process; None: nothing is stored.

    Attributes:
        search: finds the services. `slos`: their objectives, and the events that judge these.
        monitor: detects anomalies. `sparse`: services with samples about as far apart as the live window is long.
        moment: knows whether the data have ended. `at`: epoch seconds of the time that is judged.
    """

    def __init__(
        self,
        source: Source,
        settings: Settings,
        invalidate: Callable[[Invalidation], None],
        keeper: HourKeeper | None = None,
    ) -> None:
        self._source, self._settings, self._invalidate = source, settings, invalidate
        self._keeper, self._is_restored = keeper, False
        self.search = ServiceSearch(source, settings.services)
        self._live = SampleWindow()
        self.slos = SloTracker(settings)
        self.monitor = AnomalyMonitor(settings.detectors)
        self._past, self.sparse = PastReader(source), SparseServices(source)
        self.moment = JudgedMoment(is_fixed=settings.is_past)
        self.at = float("-inf")

    @property
    def samples(self) -> pd.DataFrame | None:
        """Samples of the live window, (service, measure, detail) columns; None before the first answer."""
        return self._live.frame

    def judge_at(self, moment: float) -> None:
        """Judge this time (epoch seconds) from now on. Later data are dropped: they were stored under a wrong clock."""
        before, self.at = self.at, moment
        if moment >= before - CLOCK_SLACK:
            return
        if self.moment.data_end is None:
            log.warning("The clock was set back: everything is read anew")
        self.search.invalidate()
        self._live = SampleWindow()
        self.slos = SloTracker(self._settings)
        self.monitor = AnomalyMonitor(self._settings.detectors)
        self._invalidate(Invalidation.CLOCK)

    def fetch(self, now: float) -> tuple[Catalog, Answer]:
        """Update catalog, live window, anomalies and SLOs to `now`; returns the answer for the live window.

        Raises:
            SourceError: the source did not answer.
        """
        catalog = self.catalog_at(now)
        self._restore(catalog)
        live, stale_after_s = self.fetch_live(), freshness.stale_after_with(catalog, self._settings.refresh)
        if self.moment.learn(live, now, stale_after_s=stale_after_s, step=min(catalog.count_step, HOUR)):
            self.judge_at(self.moment.at(now))
            live = self.fetch_live()
        assert self.samples is not None, "a window that was advanced holds a frame"
        self.sparse.advance(catalog, self.at)
        self.monitor.set_services([info.name for info in catalog.services])
        self.monitor.data_begin = catalog.oldest
        self.monitor.update(self.samples, LIVE_STEP, self.at)
        self.monitor.novelty.score_waiting()
        self.slos.follow(catalog, self.at)
        self.slos.observe(live)
        return catalog, live

    def count(self, left_s: float, progress: Callable[[HistoryProgress], None]) -> list[Answer]:
        """Fetch the events that are due; requests that exceed the remaining time are repeated at the next refresh.

        Args:
            left_s: remaining seconds of this refresh. `progress`: called before each request while the history is read.

        Raises:
            SourceError: the source did not answer.
        """
        # The history is read once, without a time limit: nothing can be judged without it.
        with deadline(math.inf if self.slos.is_new else left_s):
            try:
                return self.slos.count(self._source, self.at, progress=progress)
            except SourceTimeout:
                if seconds_left() > 0:
                    raise
                return []

    def status(
        self,
        before: SourceStatus,
        catalog: Catalog,
        answers: Sequence[Answer],
        slos: tuple[SloReport, ...],
        *,
        now: float,
        reading: HistoryProgress | None,
    ) -> SourceStatus:
        """The status of the source after its answers.

        Args:
            before: the last status. `catalog`: the services. `answers`: of this refresh. `slos`: reports of all SLOs.
            now: epoch seconds. `reading`: the history is still being read.
        """
        assert self.samples is not None, "what is judged was fetched"
        without_signals = service_reports.slos_without_signals(catalog.services, slos)
        status = source_status.after_answer(
            before,
            self.moment.as_then(answers, self.samples, now),
            service_reports.not_recorded(without_signals, catalog.recorded),
            now=now,
            stale_after_s=freshness.stale_after_with(catalog, self._settings.refresh),
            reading=reading,
            data_end=self.moment.data_end,
        )
        return replace(
            status,
            series=self.samples.shape[1],
            partial=status.partial or self.slos.has_open_rows,
            unavailable=self.slos.unavailable,
        )

    def learn_past(self, now: float, wait_s: float | None) -> Answer | None:
        """Learn one more part of the past; None if no part is missing, or its answer is not ready.

        Args:
            now: epoch seconds. `wait_s`: how long to wait for the answer, in seconds; None: until it is ready.

        Raises:
            SourceError: the source did not answer.
        """
        columns = 0 if self.samples is None else self.samples.shape[1]
        return self._past.learn(self.monitor, self.moment.at(now), columns=columns, wait_s=wait_s)

    @property
    def notes(self) -> tuple[str, ...]:
        """Problems with storing or reading hours, one sentence each."""
        return () if self._keeper is None else self._keeper.notes

    def keep(self, now: float) -> None:
        """Store new data in the background; `now`: epoch seconds."""
        if self._keeper is not None:
            self._keeper.advance(now, self.slos, self._live, self.monitor)

    def finish(self, now: float) -> None:
        """Store everything at the end, when no refresh is running any more; `now`: epoch seconds."""
        if self._keeper is not None and self._is_restored:
            self._keeper.finish(now, self.slos, self._live, self.monitor)

    def _restore(self, catalog: Catalog) -> None:
        """Restore the data of an earlier process, once."""
        if self._keeper is None or self._is_restored:
            return
        self._is_restored = True
        self._keeper.begin(self.at)
        self._keeper.restore_beside()
        self._keeper.restore_live(self._live)
        self.monitor = self._keeper.restored_monitor(self._settings.detectors) or self.monitor
        self.slos.follow(catalog, self.at)
        self._keeper.restore_ledger(self.slos)

    def forget_live(self) -> None:
        """Fetch the whole live window next time; its samples are kept until then."""
        self._live.forget()

    def catalog_at(self, now: float) -> Catalog:
        """The catalog at `now`, epoch seconds."""
        catalog, changed = self.search.refresh(now, has_slos=bool(self.slos.slos))
        # Rate windows depend on the scrape intervals, so rates with other windows cannot be continued.
        if changed:
            self._live.forget()
            self._invalidate(Invalidation.CATALOG)
        return catalog

    def fetch_live(self) -> Answer:
        """Slide the live window to the time that is judged."""
        return self._live.advance(Grid.ending(self.at, span=LIVE_SPAN, step=LIVE_STEP), self._fetch_part)

    def _fetch_part(self, grid: Grid) -> Answer:
        answer = self._source.samples(grid)
        # A file was replaced: events counted from the old one are as wrong as its samples.
        if not answer.mergeable:
            self.slos.forget_events()
            self._invalidate(Invalidation.FILES)
        elif answer.changed_since is not None:
            self.slos.recount(answer.changed_since)
            # Viewers hold windows of the past with the old data; they request the newest rows themselves.
            self._invalidate(Invalidation.PAST if answer.changed_since < grid.start - grid.step else Invalidation.ROWS)
        return answer
