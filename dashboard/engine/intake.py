"""What a refresh fetches: which services there are, their newest samples, and the events of their objectives.

What was fetched is held, so that the next refresh asks for what is new alone.
"""

import enum
import logging
import math
from collections.abc import Callable

import pandas as pd

from dashboard.anomaly.monitor import AnomalyMonitor
from dashboard.engine import freshness
from dashboard.engine.judged_moment import JudgedMoment
from dashboard.engine.past.hour_keeper import HourKeeper
from dashboard.engine.past.past_reader import PastReader
from dashboard.engine.sample_window import SampleWindow
from dashboard.engine.seldom_services import SeldomServices
from dashboard.engine.service_search import ServiceSearch
from dashboard.engine.settings import LIVE_SPAN, LIVE_STEP, Settings
from dashboard.engine.slo_tracker import SloTracker
from dashboard.engine.source_status import HistoryProgress
from dashboard.exceptions import SourceTimeout
from dashboard.sources.catalog import Catalog
from dashboard.sources.deadline import deadline, seconds_left
from dashboard.sources.protocol import Answer, Source
from dashboard.timerange import HOUR, Grid

log = logging.getLogger(__name__)

# Clocks are corrected by seconds; what was judged ahead by more is wrong.
CLOCK_SLACK = 60.0


class Doubt(enum.Enum):
    """Why what was derived from earlier answers may be wrong."""

    CATALOG = enum.auto()
    """Services, or how far their samples lie apart, are others than before."""
    ROWS = enum.auto()
    """Rows of the live window have joined or were corrected."""
    PAST = enum.auto()
    """So have rows from before it."""
    FILES = enum.auto()
    """A file was replaced: nothing of what the old one held is true."""
    CLOCK = enum.auto()
    """The clock was set back, or the data end earlier: what was judged was never measured."""


class Intake:
    """Asks the source for what is new, and holds it.

    Args:
        source: is asked.
        settings: the configuration as far as it is concerned.
        doubt: called where what others derived from earlier answers may be wrong.
        keeper: keeps hours, and goes on with what another process held; None: nothing is kept.

    Attributes:
        search: which services there are. `slos`: their objectives, and the events that these are judged by.
        monitor: of anomalies. `seldom`: services whose samples lie as far apart as the live window is long.
        moment: whether the data go on. `at`: epoch seconds of the moment that is judged.
    """

    def __init__(
        self, source: Source, settings: Settings, doubt: Callable[[Doubt], None], keeper: HourKeeper | None = None
    ) -> None:
        self._source, self._settings, self._doubt = source, settings, doubt
        self._keeper, self._is_restored = keeper, False
        self.search = ServiceSearch(source, settings.services)
        self._live = SampleWindow()
        self.slos = SloTracker(settings)
        self.monitor = AnomalyMonitor(settings.detectors)
        self._past, self.seldom = PastReader(source), SeldomServices(source)
        self.moment = JudgedMoment(is_fixed=settings.is_past)
        self.at = float("-inf")

    @property
    def samples(self) -> pd.DataFrame | None:
        """Those of the live window, (service, measure, detail) columns; None before the first answer."""
        return self._live.frame

    def judge_at(self, moment: float) -> None:
        """Judge a moment (epoch seconds) from now on; what is held of a later one is dropped: it was never measured."""
        before, self.at = self.at, moment
        if moment >= before - CLOCK_SLACK:
            return
        if self.moment.data_end is None:
            log.warning("The clock was set back: everything is read anew")
        self.search.doubt()
        self._live = SampleWindow()
        self.slos = SloTracker(self._settings)
        self.monitor = AnomalyMonitor(self._settings.detectors)
        self._doubt(Doubt.CLOCK)

    def fetch(self, now: float) -> tuple[Catalog, Answer]:
        """Bring catalog, live window, anomalies and SLOs up to `now`; the answer is that of the live window.

        Raises:
            SourceError: the source did not answer.
        """
        catalog = self.catalog_at(now)
        self._restore(catalog)
        live, patience = self.fetch_live(), freshness.patience_with(catalog, self._settings.refresh)
        if self.moment.learn(live, now, patience=patience, step=min(catalog.count_step, HOUR)):
            self.judge_at(self.moment.at(now))
            live = self.fetch_live()
        assert self.samples is not None, "a window that was advanced holds a frame"
        self.seldom.advance(catalog, self.at)
        self.monitor.set_services([info.name for info in catalog.services])
        self.monitor.data_begin = catalog.oldest
        self.monitor.update(self.samples, LIVE_STEP, self.at)
        self.monitor.novelty.score_waiting()
        self.slos.follow(catalog, self.at)
        self.slos.observe(live)
        return catalog, live

    def count(self, left_s: float, progress: Callable[[HistoryProgress], None]) -> list[Answer]:
        """Fetch the events that are due; those that take longer than what is left are asked for again next time.

        Args:
            left_s: seconds of this refresh. `progress`: called before each request while the history is read.

        Raises:
            SourceError: the source did not answer.
        """
        # The history is read once and takes as long as it takes: nothing could be judged without it.
        with deadline(math.inf if self.slos.is_new else left_s):
            try:
                return self.slos.count(self._source, self.at, progress=progress)
            except SourceTimeout:
                if seconds_left() > 0:
                    raise
                return []

    def learn_past(self, now: float, wait_s: float | None) -> Answer | None:
        """Learn one more part of the past; None where no part is missing, or it has not been answered yet.

        Args:
            now: epoch seconds. `wait_s`: so many seconds are waited for it; None: as long as it takes.

        Raises:
            SourceError: the source did not answer.
        """
        columns = 0 if self.samples is None else self.samples.shape[1]
        return self._past.learn(self.monitor, self.moment.at(now), columns=columns, wait_s=wait_s)

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the hours cannot be kept or read, a sentence each."""
        return () if self._keeper is None else self._keeper.notes

    def keep(self, now: float) -> None:
        """Keep what is new, beside the refreshes; `now`: epoch seconds."""
        if self._keeper is not None:
            self._keeper.advance(now, self.slos, self._live, self.monitor)

    def finish(self, now: float) -> None:
        """Keep all that is held; no refresh is under way, and none will come. `now`: epoch seconds."""
        if self._keeper is not None and self._is_restored:
            self._keeper.finish(now, self.slos, self._live, self.monitor)

    def _restore(self, catalog: Catalog) -> None:
        """Go on with what another process held, once."""
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
        """Fetch the whole live window next time; its samples stay until then."""
        self._live.forget()

    def catalog_at(self, now: float) -> Catalog:
        """Which services there are at `now`, epoch seconds."""
        catalog, changed = self.search.refresh(now, has_slos=bool(self.slos.slos))
        # Rate windows follow from the scrape intervals: a tail of others cannot continue what is held.
        if changed:
            self._live.forget()
            self._doubt(Doubt.CATALOG)
        return catalog

    def fetch_live(self) -> Answer:
        """Slide the live window to the moment that is judged."""
        return self._live.advance(Grid.ending(self.at, span=LIVE_SPAN, step=LIVE_STEP), self._fetch_part)

    def _fetch_part(self, grid: Grid) -> Answer:
        answer = self._source.samples(grid)
        # A file was replaced: what was counted from the old one is as wrong as its samples.
        if not answer.mergeable:
            self.slos.forget_events()
            self._doubt(Doubt.FILES)
        elif answer.changed_since is not None:
            self.slos.recount(answer.changed_since)
            # Viewers' windows of the past hold what was there before; the newest rows they ask for by themselves.
            self._doubt(Doubt.PAST if answer.changed_since < grid.start - grid.step else Doubt.ROWS)
        return answer
