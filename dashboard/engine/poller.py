"""The tick: the only thread and the only clock. Viewers read what it publishes and never reach the source alone."""

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from dashboard import frames
from dashboard.anomaly.monitor import Watch
from dashboard.engine import event_counts, service_reports, source_status
from dashboard.engine.default_slos import active_slos
from dashboard.engine.on_demand import View, Views
from dashboard.engine.sample_window import Window
from dashboard.engine.settings import LIVE_SPAN, LIVE_STEP, Settings
from dashboard.engine.snapshot import Snapshot, downgraded
from dashboard.engine.source_status import HistoryProgress, SourceState, SourceStatus
from dashboard.exceptions import DashboardError, SourceError
from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.evaluation import Evaluator
from dashboard.slo.indicators import Query, terms
from dashboard.slo.ledger import Ledger
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport
from dashboard.sources.protocol import Answer, Catalog, Source
from dashboard.timerange import DAY, Grid

log = logging.getLogger(__name__)

DISCOVER_EVERY = 300
# Where no service was found, but objectives are there to be judged.
SEARCH_EVERY = 60
BACKOFF_MAX = 60.0


class Poller:
    """Owns the source; `snapshot` is replaced whole at each tick and never changed.

    Args:
        clock: epoch seconds; tests pass their own.
    """

    def __init__(
        self, source: Source, settings: Settings | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.source = source
        self.settings = settings or Settings()
        self.clock = clock
        self._window = Window()
        self._ledger = Ledger()
        self._evaluator = Evaluator()
        self._watch = Watch(self.settings.detectors)
        self._refused: dict[str, str] = {}
        self._odd: tuple[str, ...] = ()
        self._catalog: Catalog | None = None
        self._discovered_at = 0.0
        self._failures_in_row = 0
        self._ticked = 0
        self._views = Views(source, clock)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        status = SourceStatus(source.kind, source.where, SourceState.STARTING)
        self.snapshot = self._snapshot(clock(), status)

    def start(self) -> None:
        """Start the thread, once."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="poller", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread and close the source; a request under way is waited for no longer than half a second."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=0.5)
        self.source.close()

    @property
    def queries(self) -> int:
        """Questions put to the source since the start, by ticks and by viewers."""
        return self._ticked + self._views.queries

    @property
    def alive(self) -> bool:
        """The thread is running."""
        return self._thread is not None and self._thread.is_alive()

    def window(self, service: str, grid: Grid) -> View:
        """Signals of one service on a grid, (measure, detail) columns; shared by viewers, the tail asked again."""
        return self._views.ask((service, ""), grid)

    def breakdown(self, service: str, label: str, grid: Grid) -> View:
        """Signals of one service by the values of a label, (value, measure, detail) columns."""
        return self._views.ask((service, label), grid)

    def tick(self) -> None:
        """Ask for what is new, judge it, publish; an error of the source keeps the last picture and says so."""
        began = self.clock()
        try:
            self._tick(began)
        except SourceError as error:
            self._failed(error, began)

    def study(self) -> bool:
        """Learn one more part of the past, so that the present can be judged; False when no part is missing."""
        columns = 0 if self._window.frame is None else self._window.frame.shape[1]
        grid = self._watch.missing(self.clock(), columns=columns)
        if grid is None:
            return False
        answer = self.source.samples(grid)
        self._ticked += len(answer.costs)
        # Of half an answer nothing is learned.
        self._watch.study(frames.samples({}, grid) if answer.partial else answer.frame, grid)
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.tick()
                if self._studied(until=self.clock() + self.settings.refresh / 2):
                    self.tick()
                delay = self._delay()
            except Exception as error:  # the outermost loop: a dead poller would look calm
                log.exception("The tick failed")
                self._failed(DashboardError(f"internal error in the tick: {error}"), self.clock())
                delay = self.settings.refresh
            self._stop.wait(delay)

    def _studied(self, *, until: float) -> bool:
        """Study while there is time; what the source refuses is tried again after the next tick."""
        done = False
        try:
            while not self._failures_in_row and self.clock() < until and not self._stop.is_set() and self.study():
                done = True
        except SourceError as error:
            log.warning("The past could not be read: %s", error)
        return done

    def _delay(self) -> float:
        refresh = self.settings.refresh
        if not self._failures_in_row:
            return refresh - self.clock() % refresh
        backoff: float = min(refresh * 2 ** min(self._failures_in_row - 1, 6), BACKOFF_MAX)
        return max(1.0, backoff) * random.uniform(0.8, 1.2)

    def _tick(self, now: float) -> None:
        catalog = self._discover(now)
        answers = [self._live(now)]
        self._watched(now, catalog)
        self._promise(now, catalog)
        answers += self._counted(now, catalog, answers)
        self._failures_in_row = 0
        self._publish(now, catalog, answers)

    def _watched(self, now: float, catalog: Catalog) -> None:
        assert self._window.frame is not None, "a window that was followed holds a frame"
        self._watch.follow([info.name for info in catalog.services])
        self._watch.look(self._window.frame, LIVE_STEP, now)
        self._watch.hints.work()

    def _promise(self, now: float, catalog: Catalog) -> None:
        agreed, files = self.settings.agreements, self.settings.files
        written = files.changed() if files is not None else None
        slos = agreed.applied(active_slos(catalog, self.settings.slos if written is None else written))
        if slos != self._ledger.slos or files is not None:
            self._odd = (
                *agreed.unknown(slos),
                *agreed.diagnostics(slos),
                *(files.problems if files is not None else ()),
            )
        self._ledger.exclude(agreed.exclusions(slos, now // DAY * DAY))
        self._ledger.follow(slos, catalog.count_step)

    def _counted(self, now: float, catalog: Catalog, live: list[Answer]) -> list[Answer]:
        """Put the ledger's questions to the source; the first time takes long, and the live picture comes first."""
        answers: list[Answer] = []
        first, asks = self._ledger.empty, self._ledger.due(now)
        if asks:
            self._refused = {}
        done = 0
        while asks:
            if first:
                self._publish(now, catalog, live, HistoryProgress(done, done + len(asks)))
            ask = asks.pop(0)
            values, some = event_counts.fetch(self.source, ask)
            asks += self._ledger.add(ask, values, closed=not any(answer.partial for answer in some))
            self._refused |= {problem.where: problem.what for answer in some for problem in answer.problems}
            answers += some
            done += 1
        return answers

    def _discover(self, now: float) -> Catalog:
        held = self._catalog
        every = DISCOVER_EVERY if held and held.services else SEARCH_EVERY if self._ledger.slos else 0
        if held is not None and now - self._discovered_at < every:
            return held
        found = self.source.discover(now)
        known = self._catalog
        if known is not None and (found.services, found.intervals) != (known.services, known.intervals):
            self._window.forget()
            self._views.forget()
        self._catalog, self._discovered_at = found, now
        return found

    def _live(self, now: float) -> Answer:
        def ask(grid: Grid) -> Answer:
            answer = self.source.samples(grid)
            if not answer.mergeable:
                self._ledger.forget()
                self._views.forget()
            return answer

        return self._window.follow(Grid.ending(now, span=LIVE_SPAN, step=LIVE_STEP), ask)

    def _publish(
        self, now: float, catalog: Catalog, answers: list[Answer], reading: HistoryProgress | None = None
    ) -> None:
        if reading is None:
            self._ticked += sum(len(answer.costs) for answer in answers)
        assert self._window.frame is not None, "a published tick has a window"
        slos = self._judged()
        slos_without_signals = service_reports.slos_without_signals(catalog.services, slos)
        patience = self._patience(catalog)
        status = source_status.after_answer(
            self.snapshot.source,
            answers,
            slos_without_signals,
            now=now,
            patience=patience,
            reading=reading,
        )
        status = replace(
            status,
            notes=(*catalog.notes, *self._odd),
            scrape=catalog.scrape_interval,
            series=self._window.frame.shape[1],
            tick_seconds=self.clock() - now,
        )
        services = (*catalog.services, *service_reports.services_known_by_slos(slos_without_signals))
        view = self._ledger.view
        reports = service_reports.reports(services, self._window.frame, slos, view, now=now, patience=patience)
        reports = service_reports.with_anomalies(reports, self._watch, view, now=now)
        judged = replace(
            self._snapshot(now, status),
            services=reports,
            by_name={report.name: report for report in reports},
            slos=slos,
            ledger=view,
            tested=self._watch.records,
            detectors=self.settings.detectors,
            ahead=self._watch.traffic_ahead(),
        )
        self.snapshot = downgraded(judged)

    def _judged(self) -> tuple[SloReport, ...]:
        """All objectives' reports; one whose query was refused says so."""
        made = self._evaluator.reports(self._ledger)
        if not self._refused:
            return made
        return tuple(replace(report, caveats=(*report.caveats, *self._refusals(report.slo))) for report in made)

    def _refusals(self, slo: Slo) -> list[Caveat]:
        """A caveat for each of its queries that the source refused."""
        queries = {term.text for term in terms(slo.indicator) if isinstance(term, Query)}
        return [
            Caveat(CaveatKind.QUERY_REFUSED, message=message)
            for query, message in self._refused.items()
            if query in queries
        ]

    def _patience(self, catalog: Catalog) -> float:
        return max(5 * catalog.scrape_interval, 3 * self.settings.refresh, 60.0)

    def _failed(self, error: DashboardError, now: float) -> None:
        """Keep the picture, mark it; what is older than the patience becomes unknown, not green."""
        self._failures_in_row += 1
        self._window.forget()
        before = self.snapshot
        status = source_status.after_failure(before.source, error, in_row=self._failures_in_row, now=now)
        patience = self._patience(self._catalog) if self._catalog else 0.0
        services = service_reports.expired(before.services, now=now, patience=patience)
        by_name = {report.name: report for report in services}
        self.snapshot = downgraded(replace(before, at=now, source=status, services=services, by_name=by_name))

    def _snapshot(self, now: float, status: SourceStatus) -> Snapshot:
        settings = self.settings
        return Snapshot(
            at=now,
            source=status,
            title=settings.title,
            refresh=settings.refresh,
            time_zone=settings.time_zone,
            step=LIVE_STEP,
            span=LIVE_SPAN,
        )
