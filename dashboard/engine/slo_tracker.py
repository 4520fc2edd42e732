"""The active SLOs, the events that judge them, and their reports at each refresh."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from dashboard.engine import event_counts
from dashboard.engine.default_slos import active_slos
from dashboard.engine.query_ages import QueryAges
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import HistoryProgress, Unavailable
from dashboard.engine.viewers.query_selections import QuerySelections
from dashboard.slo import ledger_memory
from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.evaluation import Evaluator
from dashboard.slo.event_requests import EventRequest, Level
from dashboard.slo.event_rows import Rows
from dashboard.slo.indicators import Query, terms
from dashboard.slo.ledger import Ledger
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport, without_budget
from dashboard.sources.catalog import Catalog
from dashboard.sources.protocol import Answer, Refusal, Source
from dashboard.timerange import DAY

# Levels that can wait: without them a budget is less exact, or a minute older.
NEEDED = (Level.FINE, Level.HOURS)


class SloTracker:
    """Keeps the ledger in step with configuration, catalog and clock, and evaluates the SLOs.

    Args:
        settings: configured SLOs, their files, and agreements about them.

    Attributes:
        diagnostics: problems of configured SLOs and agreements, one line each.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ledger = Ledger()
        self._evaluator = Evaluator()
        # Queries that the source rejected in the last request for events, with its messages.
        self._refused: dict[str, str] = {}
        self._selections, self._ages = QuerySelections(), QueryAges()
        # What the source refuses to count, by objective and level, until it is answered.
        self._refusals: dict[tuple[object, Level], Refusal] = {}
        self._live_is_in_full = True
        self.diagnostics: tuple[str, ...] = ()

    @property
    def slos(self) -> tuple[Slo, ...]:
        """The active SLOs."""
        return self._ledger.slos

    @property
    def rows_s(self) -> tuple[int, ...]:
        """Seconds of the rows of each SLO."""
        return self._ledger.steps

    @property
    def is_new(self) -> bool:
        """Whether no events were counted or refused yet, so that the whole history is due."""
        return self._ledger.empty and not self._refusals

    @property
    def has_open_rows(self) -> bool:
        """Whether there are events of partial answers, which will be requested again."""
        return self._ledger.has_open_rows

    @property
    def unavailable(self) -> Unavailable | None:
        """The budgets that the source refuses to count; None if it counts all."""
        limits = {key: refusal for (key, level), refusal in self._refusals.items() if level in NEEDED}
        refused = [slo for slo in self.slos if slo.counting_key in limits and limits[slo.counting_key].is_limit]
        if not refused:
            return None
        services = tuple(dict.fromkeys(slo.service for slo in refused))
        is_all = set(services) == {slo.service for slo in self.slos}
        return Unavailable(limits[refused[0].counting_key].what, () if is_all else services)

    @property
    def ledger_view(self) -> LedgerView:
        """The current events."""
        return self._ledger.view

    def saved(self) -> dict[str, np.ndarray]:
        """The content of the ledger except the hours, for the next process."""
        return ledger_memory.saved(self._ledger)

    def restore(self, arrays: Mapping[str, np.ndarray], places: Sequence[int], hours: Rows) -> None:
        """Continue with the data of another process.

        Args:
            arrays: the saved data. `places`: position of each SLO in them; -1 if missing. `hours`: of the SLOs.

        Raises:
            KeyError, ValueError: they are something else; then nothing is kept, and no SLO is followed.
        """
        try:
            ledger_memory.restore(self._ledger, arrays, places, hours)
        except BaseException:
            # Never keep half of it: the next `follow` starts from scratch.
            self._ledger = Ledger()
            raise

    def forget_events(self) -> None:
        """Request all events again: the source counts them by other rules than before."""
        self._ledger.forget()

    def recount(self, since: float) -> None:
        """Request the events after `since` (epoch seconds) again: the source has changed them."""
        self._ledger.reopen(since)

    def observe(self, live: Answer) -> None:
        """Check the answer of the live window: if it is complete again, missing events are requested."""
        if live.in_full and not self._live_is_in_full:
            self._ledger.source_is_whole()
        self._live_is_in_full = live.in_full

    def active(self, catalog: Catalog) -> tuple[Slo, ...]:
        """The configured, recorded or default SLOs for the services of a catalog, with their agreements."""
        files = self._settings.files
        changed = files.changed() if files is not None else None
        agreements = self._settings.agreements.for_services(catalog.short_names)
        return agreements.applied(active_slos(catalog, self._settings.slos if changed is None else changed))

    def follow(self, catalog: Catalog, now: float, *, only: tuple[Slo, ...] | None = None) -> None:
        """Follow these SLOs from now on.

        Args:
            catalog: the services. `now`: epoch seconds.
            only: restrict the active SLOs to these; None: all.
        """
        agreements, files = self._settings.agreements.for_services(catalog.short_names), self._settings.files
        slos = self.active(catalog) if only is None else only
        # Files may have new problems although their SLOs have not changed.
        if slos != self._ledger.slos or files is not None:
            problems = files.problems if files is not None else ()
            self.diagnostics = (*agreements.unknown(slos), *agreements.diagnostics(slos), *problems)
        self._ledger.exclude(agreements.exclusions(slos, now // DAY * DAY))
        scrapes = catalog.scrape_intervals(slos) if catalog.counts_newest else ()
        self._ledger.follow(slos, catalog.count_steps(slos), scrapes=scrapes)
        if self._refusals:
            held = {slo.counting_key for slo in slos}
            self._refusals = {key: refusal for key, refusal in self._refusals.items() if key[0] in held}

    def count(self, source: Source, now: float, *, progress: Callable[[HistoryProgress], None]) -> list[Answer]:
        """Fetch the events that are due at `now` (epoch seconds).

        Args:
            progress: called before each request while no events have been counted, as reading the history takes long.

        Raises:
            SourceError: the source did not answer.
        """
        answers = self._count_due(source, now, progress)
        if self._selections.take_recovered(self.slos):
            # Failures that were unknown may be known to be zero now, so their whole history is counted again.
            self._ledger.forget()
            answers += self._count_due(source, now, progress)
        return answers

    def _count_due(self, source: Source, now: float, progress: Callable[[HistoryProgress], None]) -> list[Answer]:
        answers: list[Answer] = []
        is_first, requests = self.is_new, self._ledger.due(now)
        # If nothing is due, refused queries stay refused until they are asked again.
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

    def reports(self, *, remembers: bool = True) -> tuple[SloReport, ...]:
        """The report of each SLO at the last counted time; an SLO with a rejected query says so.

        Args:
            remembers: record which alerts fire, for later windows without data; not while the past is being read.
        """
        newest = self._ages.newest(self.slos)
        judged = self._evaluator.reports(self._ledger, remembers=remembers, newest=newest)
        reports = [self._available(report) for report in judged]
        caveats = (tuple(self._caveats(report.slo)) for report in reports)
        # Unchanged if there is nothing to add, as for most of thousands.
        return tuple(
            replace(report, caveats=(*report.caveats, *more)) if more else report
            for report, more in zip(reports, caveats, strict=True)
        )

    def _fetch(self, source: Source, request: EventRequest) -> tuple[list[Answer], list[EventRequest]]:
        """Put the events of one request into the ledger; returns the answers, and follow-up requests."""
        fetched = event_counts.fetch(source, request)
        self._selections.learn(fetched.answers, fetched.values)
        self._ages.learn(fetched.answers)
        values = self._selections.without_blind(fetched.values, request.slos)
        self._refused |= {problem.where: problem.what for answer in fetched.answers for problem in answer.problems}
        answered, refused = self._parted(request, fetched.refusals)
        if refused is not None:
            self._ledger.refuse(refused)
        if answered is None:
            return fetched.answers, []
        places = np.flatnonzero([refusal is None for refusal in fetched.refusals])
        gaps = None if fetched.gaps is None else fetched.gaps.of(places)
        return fetched.answers, self._ledger.add(answered, values, gaps)

    def _parted(
        self, request: EventRequest, refusals: Sequence[Refusal | None]
    ) -> tuple[EventRequest | None, EventRequest | None]:
        """Split a request into answered and refused objectives; None if one of them is empty."""
        if not self._refusals and not any(refusals):
            return request, None
        answered: list[Slo] = []
        refused: list[Slo] = []
        for slo, refusal in zip(request.slos, refusals, strict=True):
            key = (slo.counting_key, request.level)
            if refusal is None:
                answered.append(slo)
                self._refusals.pop(key, None)
            else:
                refused.append(slo)
                self._refusals[key] = refusal
        parts = (tuple(answered), tuple(refused))
        return tuple(replace(request, slos=slos) if slos else None for slos in parts)  # type: ignore[return-value]

    def _available(self, report: SloReport) -> SloReport:
        """A report; without its budget if the source refuses to count it and only the last hours are known."""
        refused = self._refusals and (report.slo.counting_key, Level.HOURS) in self._refusals
        return without_budget(report) if refused and not self._ledger.has_hours(report.slo) else report

    def _refusals_of(self, slo: Slo) -> Iterator[Refusal]:
        """The refused parts of an SLO, each once."""
        found = (self._refusals.get((slo.counting_key, level)) for level in NEEDED)
        yield from dict.fromkeys(refusal for refusal in found if refusal is not None)

    def _caveats(self, slo: Slo) -> Iterator[Caveat]:
        """A caveat for each of its rejected queries, and for each query that cannot tell good from bad."""
        refusals = list(self._refusals_of(slo)) if self._refusals else []
        for refusal in refusals:
            kind = CaveatKind.UNAVAILABLE if refusal.is_limit else CaveatKind.QUERY_REFUSED
            yield Caveat(kind, message=refusal.what)
        if self._refused:
            queries = {term.text for term in terms(slo.indicator) if isinstance(term, Query)}
            said = {refusal.what for refusal in refusals}
            # Search by its own queries: among thousands of SLOs all may be refused.
            messages = (self._refused[query] for query in sorted(queries) if query in self._refused)
            refused = (message for message in messages if message not in said)
            yield from (Caveat(CaveatKind.QUERY_REFUSED, message=message) for message in refused)
        for blindness in self._selections.blind(slo):
            yield Caveat(CaveatKind.CANNOT_TELL, blindness=blindness)
