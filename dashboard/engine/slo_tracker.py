"""The SLOs that hold now, the events they are judged by, and their reports at each refresh."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from dashboard.engine import event_counts
from dashboard.engine.default_slos import active_slos
from dashboard.engine.query_selections import QuerySelections
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import HistoryProgress
from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.evaluation import Evaluator
from dashboard.slo.event_requests import EventRequest
from dashboard.slo.indicators import Query, terms
from dashboard.slo.ledger import Ledger, LedgerView
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport
from dashboard.sources.protocol import Answer, Catalog, Source
from dashboard.timerange import DAY


class SloTracker:
    """Keeps the ledger up with the configuration, the catalog and the clock, and judges by it.

    Args:
        settings: SLOs that are configured, their files, and what is agreed about them.

    Attributes:
        diagnostics: what is wrong with configured SLOs and agreements, a line each.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ledger = Ledger()
        self._evaluator = Evaluator()
        # Queries that the source refused when it was last asked for events, each with its message.
        self._refused: dict[str, str] = {}
        self._selections = QuerySelections()
        self._live_is_in_full = True
        self.diagnostics: tuple[str, ...] = ()

    @property
    def slos(self) -> tuple[Slo, ...]:
        """The SLOs that hold now."""
        return self._ledger.slos

    @property
    def is_new(self) -> bool:
        """No event was counted of them yet: the whole history is due."""
        return self._ledger.empty

    @property
    def has_open_rows(self) -> bool:
        """Events are held that the source answered in part: they will be asked for again."""
        return self._ledger.has_open_rows

    @property
    def ledger_view(self) -> LedgerView:
        """The events that are held now."""
        return self._ledger.view

    def forget_events(self) -> None:
        """Ask for all events anew: the source counts them by other rules than before."""
        self._ledger.forget()

    def observe(self, live: Answer) -> None:
        """Look at the answer of the live window: once the source is whole again, what is missing is asked for."""
        if live.in_full and not self._live_is_in_full:
            self._ledger.source_is_whole()
        self._live_is_in_full = live.in_full

    def follow(self, catalog: Catalog, now: float) -> None:
        """Hold the SLOs that are configured, recorded or default for the services of a catalog at `now`."""
        agreements, files = self._settings.agreements, self._settings.files
        changed = files.changed() if files is not None else None
        slos = agreements.applied(active_slos(catalog, self._settings.slos if changed is None else changed))
        # Files may have new problems while their SLOs stay the same.
        if slos != self._ledger.slos or files is not None:
            problems = files.problems if files is not None else ()
            self.diagnostics = (*agreements.unknown(slos), *agreements.diagnostics(slos), *problems)
        self._ledger.exclude(agreements.exclusions(slos, now // DAY * DAY))
        scrapes = catalog.scrape_intervals(slos) if catalog.counts_newest else ()
        self._ledger.follow(slos, catalog.count_steps(slos), scrapes=scrapes)

    def count(self, source: Source, now: float, *, progress: Callable[[HistoryProgress], None]) -> list[Answer]:
        """Fetch the events that are due at `now` (epoch seconds).

        Args:
            progress: told before each request while no event was ever counted: the history takes long.

        Raises:
            SourceError: the source did not answer.
        """
        answers = self._count_due(source, now, progress)
        if self._selections.take_recovered(self.slos):
            # What was no number may be none that failed: all of its history is counted by what is known now.
            self._ledger.forget()
            answers += self._count_due(source, now, progress)
        return answers

    def _count_due(self, source: Source, now: float, progress: Callable[[HistoryProgress], None]) -> list[Answer]:
        answers: list[Answer] = []
        is_first, requests = self._ledger.empty, self._ledger.due(now)
        # Where nothing is due, a refusal holds until its query is asked again.
        if requests:
            self._refused = {}
        done = 0
        while requests:
            if is_first:
                progress(HistoryProgress(done, done + len(requests)))
            request = requests.pop(0)
            fetched, follow_ups = self._fetch(source, request)
            answers += fetched
            requests += follow_ups
            done += 1
        return answers

    def reports(self) -> tuple[SloReport, ...]:
        """The report of each SLO at the newest counted moment; one whose query cannot work says so."""
        reports = self._evaluator.reports(self._ledger)
        caveats = (tuple(self._caveats(report.slo)) for report in reports)
        # As they are, where there is nothing to say: most of thousands.
        return tuple(
            replace(report, caveats=(*report.caveats, *more)) if more else report
            for report, more in zip(reports, caveats, strict=True)
        )

    def _fetch(self, source: Source, request: EventRequest) -> tuple[list[Answer], list[EventRequest]]:
        """Put one request's events into the ledger; the answers, and what must be requested because of them."""
        fetched = event_counts.fetch(source, request)
        self._selections.learn(fetched.answers, fetched.values)
        values = self._selections.without_blind(fetched.values, request.slos)
        follow_ups = self._ledger.add(request, values, fetched.doubts)
        self._refused |= {problem.where: problem.what for answer in fetched.answers for problem in answer.problems}
        return fetched.answers, follow_ups

    def _caveats(self, slo: Slo) -> Iterator[Caveat]:
        """A caveat for each of its queries that the source refused, and for each that cannot tell good from bad."""
        if self._refused:
            queries = {term.text for term in terms(slo.indicator) if isinstance(term, Query)}
            refused = (message for query, message in self._refused.items() if query in queries)
            yield from (Caveat(CaveatKind.QUERY_REFUSED, message=message) for message in refused)
        for blindness in self._selections.blind(slo):
            yield Caveat(CaveatKind.CANNOT_TELL, blindness=blindness)
