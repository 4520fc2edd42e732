"""From a configuration to the source it names, its SLOs, and the poller that refreshes both."""

import time
from collections.abc import Sequence
from dataclasses import replace

from dashboard.config.configuration import Config
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.exceptions import ConfigError
from dashboard.oncall.combinations import Combinations
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.openslo import slo_files
from dashboard.openslo.diagnostics import Diagnostic
from dashboard.openslo.slo_files import SloFiles, latency_thresholds
from dashboard.ranking import Ranking
from dashboard.slo.indicators import Column, Query
from dashboard.slo.objective import Slo
from dashboard.sources.alerted import AlertAnswer, AlertedSource
from dashboard.sources.catalog import Catalog, Origin, ServiceInfo
from dashboard.sources.combined import CombinationsAnswer, CombinedSource
from dashboard.sources.exemplars import ExemplarsAnswer, ExemplarSource
from dashboard.sources.graphed import GraphAnswer, GraphedSource
from dashboard.sources.peaked import peaks_of
from dashboard.sources.protocol import Answer, RankedSource, ScrapedSource, SelectiveSource, Source
from dashboard.sources.spec import DeclaredService, Opening
from dashboard.sources.versions import VersionsAnswer, versions_of
from dashboard.timerange import Grid

NOT_FOUND = ("the configuration names it, but the source does not know it: check its name, preset and match",)


def open_source(config: Config, *, now: float, slos: Sequence[Slo] = (), is_past: bool = False) -> Source:
    """Open the configured source; nothing is fetched yet.

    Args:
        config: says which, and what services are called.
        now: epoch seconds.
        is_past: that is a moment that was asked for.
        slos: those that are configured, for the latencies they need requests to be counted at.

    Raises:
        SourceError: a file or an address that cannot work.
    """
    opening = Opening(
        now,
        config.time_zone,
        is_past,
        config.threshold,
        latency_thresholds(slos),
        tuple(DeclaredService(service.name, service.preset, service.match) for service in config.services),
    )
    source = config.source.open(opening)
    return Described(source, config) if config.services else source


def open_poller(config: Config, *, now: float | None = None, is_watched: bool = True) -> Poller:
    """A poller of the configured source, not yet started.

    Args:
        config: the configuration. `now`: epoch seconds, a moment at which its clock stops.
        is_watched: somebody looks at what is known while the history is read.

    Raises:
        ConfigError: one line for each problem of the SLOs.
        SourceError: a file or an address that cannot work.
    """
    moment = time.time() if now is None else now
    # A clock that stands still: however long the history takes to read, one moment is judged.
    clock = time.time if now is None else lambda: moment
    slos, _ = configured_slos(config)
    settings = settings_of(config, slos, is_past=now is not None, is_watched=is_watched)
    return Poller(open_source(config, now=moment, slos=slos, is_past=now is not None), settings, clock=clock)


def settings_of(
    config: Config, slos: tuple[Slo, ...], *, is_past: bool = False, is_watched: bool = False
) -> Settings:  # fmt: skip
    """What judges need to know of the configuration.

    Args:
        config: the configuration. `slos`: that it names.
        is_past: a moment was asked for. `is_watched`: somebody looks at what is known while the history is read.
    """
    return Settings(
        title=config.title,
        refresh=config.refresh,
        time_zone=config.time_zone,
        is_past=is_past,
        is_watched=is_watched,
        slos=slos,
        files=_watched_files(config, slos),
        agreements=config.agreements,
        detectors=config.detectors,
        alerts=config.alerts,
        alertmanager=config.alertmanager,
        ask_again=config.ask_again,
        policy=config.policy,
        planned_events=config.planned_events,
        prices=config.prices,
    )


def configured_slos(config: Config) -> tuple[tuple[Slo, ...], tuple[Diagnostic, ...]]:
    """The configured SLOs, and what is doubtful in their files.

    Raises:
        ConfigError: one line for each problem, also where an agreement cannot be right for one of them.
    """
    slos, diagnostics = load_slos(config)
    # Only configured SLOs: the defaults, which are known once the source answers, are judged by `check` and the pages.
    wrong = config.agreements.diagnostics(config.agreements.applied(slos))
    if wrong:
        raise ConfigError(*wrong)
    return slos, diagnostics


def load_slos(config: Config) -> tuple[tuple[Slo, ...], tuple[Diagnostic, ...]]:
    """The SLOs in the files that the configuration names, and what is doubtful in these files.

    Raises:
        ConfigError: one line for each problem, with file and line.
    """
    # All of them before any is read: who mistyped two paths is told of both at once.
    missing = [path for path in config.slos if not slo_files.find_files(path.pattern)]
    if missing:
        remedy = "name OpenSLO files, a directory or a glob"
        raise ConfigError(*(f"{path.named}: {path.pattern}: there is no such file; {remedy}" for path in missing))
    if not config.slos:
        return (), ()
    return slo_files.load_slos([path.pattern for path in config.slos], zone=config.time_zone)


def _watched_files(config: Config, slos: Sequence[Slo]) -> SloFiles | None:
    if not config.slos:
        return None
    patterns = [path.pattern for path in config.slos]
    # The source counts at the latencies it was opened with: an SLO with another one waits for a restart.
    return SloFiles(patterns, zone=config.time_zone, limits=latency_thresholds(slos))


class Described:
    """A source whose services carry what the configuration says of them: team, tier, links.

    A service that is configured but not found is one without data: it stays in sight.
    """

    def __init__(self, source: Source, config: Config) -> None:
        self._source = source
        self._configured = {service.name: service for service in config.services}
        self.kind, self.where = source.kind, source.where

    def discover(self, now: float) -> Catalog:
        """The source's catalog, described."""
        catalog = self._source.discover(now)
        known = {name for info in catalog.services for name in (info.name, info.title)}
        names = set(self._configured) - known
        services = [*catalog.services, *(_absent(name) for name in names)]
        described = [self._describe(info) for info in sorted(services, key=lambda info: info.name)]
        return replace(catalog, services=tuple(described))

    def adopt(self, catalog: Catalog) -> None:
        """As the source does."""
        self._source.adopt(catalog)

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """As the source answers."""
        return self._source.samples(grid, service)

    def counts(self, grid: Grid) -> Answer:
        """As the source answers."""
        return self._source.counts(grid)

    def counts_of(self, columns: Sequence[Column], grid: Grid) -> Answer:
        """As the source answers; all its counts where it cannot leave any out."""
        source = self._source
        return source.counts_of(columns, grid) if isinstance(source, SelectiveSource) else source.counts(grid)

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """As the source answers."""
        return self._source.query_values(queries, grid)

    def newest_counts(self, grid: Grid) -> Answer:
        """As the source answers, where its catalog says that it can."""
        return self._scraped.newest_counts(grid)

    def newest_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """As the source answers, where its catalog says that it can."""
        return self._scraped.newest_values(queries, grid)

    @property
    def _scraped(self) -> ScrapedSource:
        assert isinstance(self._source, ScrapedSource), "its catalog says so"
        return self._source

    def expression(self, column: Column) -> str:
        """As the source answers."""
        return self._source.expression(column)

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """As the source answers.

        Args:
            grid: the points, in epoch seconds.
            service: its name in the catalog.
            label: one of its labels.
        """
        return self._source.breakdown(grid, service, label)

    def ranking(self, grid: Grid, service: str, label: str) -> Ranking | None:
        """As the source answers; None where it cannot.

        Args:
            grid: the span, in epoch seconds. `service`: its name in the catalog. `label`: one of its labels.
        """
        source = self._source
        return source.ranking(grid, service, label) if isinstance(source, RankedSource) else None

    def breakdown_of(self, values: Sequence[str], grid: Grid, service: str, label: str) -> Answer:
        """As the source answers; all values where it cannot leave any out.

        Args:
            values: of the label. `grid`: the points, in epoch seconds.
            service: its name in the catalog. `label`: one of its labels.
        """
        source = self._source
        if isinstance(source, RankedSource):
            return source.breakdown_of(values, grid, service, label)
        return source.breakdown(grid, service, label)

    def combinations(self, service: str, bad: BadEvents, spans: Spans) -> CombinationsAnswer:
        """As the source answers; nothing where it cannot.

        Args:
            service: its name in the catalog. `bad`: which events are bad. `spans`: the explained one and one before.
        """
        source = self._source
        if isinstance(source, CombinedSource):
            return source.combinations(service, bad, spans)
        return CombinationsAnswer(Combinations.empty())

    def versions(self, services: Sequence[ServiceInfo], grid: Grid) -> VersionsAnswer:
        """As the source answers.

        Args:
            services: of the catalog. `grid`: the steps.
        """
        return versions_of(self._source, services, grid)

    def peaks(self, grid: Grid) -> Answer:
        """As the source answers; of its samples every five minutes where it has no peaks.

        Args:
            grid: steps of an hour.
        """
        return peaks_of(self._source, grid)

    def exemplars(self, service: str, start: int, end: int) -> ExemplarsAnswer:
        """As the source answers; none where it remembers none.

        Args:
            service: its name in the catalog. `start`, `end`: epoch seconds.
        """
        source = self._source
        return source.exemplars(service, start, end) if isinstance(source, ExemplarSource) else ExemplarsAnswer()

    def alerts(self, start: float, end: float, *, is_present: bool) -> AlertAnswer:
        """As the source answers; nothing where it knows no alerts.

        Args:
            start, end: epoch seconds. `is_present`: those that are pending are wanted, too.
        """
        source = self._source
        if isinstance(source, AlertedSource):
            return source.alerts(start, end, is_present=is_present)
        return AlertAnswer(start, end)

    def calls(self, services: Sequence[ServiceInfo], start: int, end: int) -> GraphAnswer:
        """As the source answers; nothing where it knows no service graph.

        Args:
            services: of the catalog. `start`, `end`: epoch seconds.
        """
        source = self._source
        return source.calls(services, start, end) if isinstance(source, GraphedSource) else GraphAnswer()

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _describe(self, info: ServiceInfo) -> ServiceInfo:
        configured = self._configured.get(info.name) or self._configured.get(info.title)
        if configured is None:
            return info
        return replace(
            info,
            # What the operator wrote goes before what the source guesses from labels.
            team=configured.team or info.team,
            tier=configured.tier or info.tier,
            links={**info.links, **configured.links},
        )


def _absent(name: str) -> ServiceInfo:
    return ServiceInfo(name, "not found", errors=False, notes=NOT_FOUND, origin=Origin.CONFIGURED)
