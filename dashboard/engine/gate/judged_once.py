"""Some objectives judged once, by as few queries as that takes: for commands that wait for the answer.

As the poller judges them, but without the past that anomalies and incidents need, and without services nobody named.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dashboard.engine import freshness, service_reports, source_status
from dashboard.engine.described_services import discovered
from dashboard.engine.judged_moment import JudgedMoment
from dashboard.engine.service_reports import LiveSamples
from dashboard.engine.settings import LIVE_SPAN, LIVE_STEP, Settings
from dashboard.engine.slo_tracker import SloTracker
from dashboard.engine.snapshot import Snapshot, downgraded, empty_snapshot
from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.engine.sparse_services import SparseServices
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport
from dashboard.sources.catalog import Catalog
from dashboard.sources.protocol import Answer, Source
from dashboard.timerange import HOUR, Grid

# Services are looked for again after this many seconds.
SEARCH_AGAIN_S = 300.0


class UnknownName(Exception):
    """No service, or no objective, has a name that was given.

    Attributes:
        kind: "service" or "objective". `name`: the one that is unknown. `known`: those there are.
    """

    def __init__(self, kind: str, name: str, known: Collection[str]) -> None:
        super().__init__(name)
        self.kind, self.name, self.known = kind, name, tuple(known)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Names of services, with or without their cluster, and of objectives; empty: all."""

    services: tuple[str, ...] = ()
    slos: tuple[str, ...] = ()


class Judge:
    """Judges some objectives, and their services alone, as often as it is asked to.

    Args:
        source: the source to ask. `settings`: SLOs, agreements and the policy. `wanted`: what is judged.

    Attributes:
        catalog: of all services, as of the newest search.
    """

    def __init__(self, source: Source, settings: Settings, wanted: Wanted) -> None:
        self._source, self._settings, self._wanted = source, settings, wanted
        self._tracker, self._sparse = SloTracker(settings), SparseServices(source)
        self._searched_at = float("-inf")
        self.catalog = Catalog((), scrape_interval=settings.refresh)

    def named(self, names: Collection[str]) -> set[str]:
        """Ids of services by their names, with or without their cluster."""
        return {info.name for name in names if (info := self.catalog.named(name)) is not None}

    def snapshot(self, now: float) -> Snapshot:
        """The objectives that are wanted at a moment (epoch seconds); what was counted before is not asked for again.

        Raises:
            SourceError: the source did not answer.
            UnknownName: there is no such service, or no such objective.
        """
        if not self._searched_at <= now < self._searched_at + SEARCH_AGAIN_S:
            self.catalog = discovered(self._source, self._settings.services, now)
            self._source.adopt(self.catalog)
            self._searched_at = now
        tracker = self._tracker
        slos = _chosen(tracker.active(self.catalog), self.catalog, self._wanted)
        narrowed = _narrowed(self.catalog, slos)
        moment, live = _live(self._source, self._settings, narrowed, now)
        at = moment.at(now)
        tracker.follow(self.catalog, at, only=slos)
        tracker.observe(live)
        answers = [live, *tracker.count(self._source, at, progress=lambda _: None)]
        answers, reports = moment.as_then(answers, live.frame, now), tracker.reports()
        status = _status(self._source, narrowed, reports, answers, self._settings, now, moment)
        status = replace(status, partial=status.partial or tracker.has_open_rows, unavailable=tracker.unavailable)
        empty = replace(empty_snapshot(at, status, self._settings), slos=reports, ledger=tracker.ledger_view)
        return downgraded(self._with_services(empty, narrowed, live, moment))

    def _with_services(self, snapshot: Snapshot, narrowed: Catalog, live: Answer, moment: JudgedMoment) -> Snapshot:
        """A snapshot with the reports of the services whose objectives it has.

        Args:
            snapshot: with all but these. `narrowed`: has these services.
            live: the live window. `moment`: that is judged.
        """
        at, reports = snapshot.at, snapshot.slos
        self._sparse.advance(narrowed, at)
        services = service_reports.reports(
            (*narrowed.services, *service_reports.services_known_by_slos(_without_signals(self.catalog, reports))),
            LiveSamples(live.frame, self._sparse.samples, live.partial, moment.data_end),
            reports,
            snapshot.ledger,
            now=at,
            stale_after_s=partial(freshness.stale_after_with, self.catalog, self._settings.refresh),
        )
        return replace(snapshot, services=services, by_name={report.name: report for report in services})


def judged_once(source: Source, settings: Settings, wanted: Wanted, now: float) -> Snapshot:
    """The snapshot of the objectives that are wanted, and of their services alone.

    Args:
        source: the source to ask. `settings`: SLOs, agreements and the policy. `wanted`: what is judged.
        now: epoch seconds.

    Raises:
        SourceError: the source did not answer.
        UnknownName: there is no such service, or no such objective.
    """
    return Judge(source, settings, wanted).snapshot(now)


def _chosen(slos: Sequence[Slo], catalog: Catalog, wanted: Wanted) -> tuple[Slo, ...]:
    """The objectives that are wanted.

    Args:
        slos: all. `catalog`: knows the services. `wanted`: names.

    Raises:
        UnknownName: there is no such service, or no such objective of these services.
    """
    of_slos = {slo.service for slo in slos}
    services = set()
    for name in wanted.services:
        info = catalog.named(name)
        if info is None and name not in of_slos:
            known = {title for each in catalog.services for title in (each.name, each.shown)}
            raise UnknownName("service", name, known | of_slos)
        services.add(name if info is None else info.name)
    among = tuple(slo for slo in slos if not services or slo.service in services)
    names = {slo.name for slo in among}
    for name in wanted.slos:
        if name not in names:
            raise UnknownName("objective", name, names)
    return tuple(slo for slo in among if not wanted.slos or slo.name in wanted.slos)


def _narrowed(catalog: Catalog, slos: Sequence[Slo]) -> Catalog:
    """A catalog with the services of some objectives alone."""
    names = {slo.service for slo in slos}
    return replace(catalog, services=tuple(info for info in catalog.services if info.name in names))


def _live(source: Source, settings: Settings, catalog: Catalog, now: float) -> tuple[JudgedMoment, Answer]:
    """The moment that is judged, and the live window until now.

    Args:
        source: is asked. `settings`: say whether the moment is one of the past. `catalog`: of the services that count.
        now: epoch seconds.
    """
    moment = JudgedMoment(is_fixed=settings.is_past)
    # Of several services one answer for all is cheaper than one for each.
    only = catalog.services[0].name if len(catalog.services) == 1 else None
    stale_after_s = freshness.stale_after_with(catalog, settings.refresh)
    live = source.samples(Grid.ending(now, span=LIVE_SPAN, step=LIVE_STEP), only)
    # Of data that have ended nothing is known of now: the window before their end is not asked for.
    moment.learn(live, now, stale_after_s=stale_after_s, step=min(catalog.count_step, HOUR))
    return moment, live


def _without_signals(catalog: Catalog, reports: Sequence[SloReport]) -> tuple[SloReport, ...]:
    return service_reports.slos_without_signals(catalog.services, reports)


def _status(
    source: Source,
    catalog: Catalog,
    reports: Sequence[SloReport],
    answers: Sequence[Answer],
    settings: Settings,
    now: float,
    moment: JudgedMoment,
) -> SourceStatus:
    """How the source is after it has answered.

    Args:
        source: that was asked. `catalog`: of the services that count. `reports`: of the objectives.
        answers: that of the live window first. `settings`: how often pages would refresh. `now`: epoch seconds.
        moment: that is judged.
    """
    status = source_status.after_answer(
        SourceStatus(source.kind, source.where, SourceState.STARTING),
        answers,
        service_reports.not_recorded(_without_signals(catalog, reports), catalog.recorded),
        now=now,
        stale_after_s=freshness.stale_after_with(catalog, settings.refresh),
        reading=None,
        data_end=moment.data_end,
    )
    return source_status.with_catalog(status, catalog)
