"""From a configuration to the source it names."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.config.configuration import Config
from dashboard.slo.indicators import Column, Query
from dashboard.sources.protocol import Answer, Catalog, Origin, ServiceInfo, Source
from dashboard.timerange import Grid

LOST = ("the configuration names it, but the source does not know it: check its name, preset and match",)


def open_source(config: Config, *, now: float, limits: Sequence[float] = ()) -> Source:
    """Open the configured source; nothing is fetched yet.

    Args:
        limits: latencies in seconds that requests are counted at, besides the configured threshold.

    Raises:
        SourceError: a file or an address that cannot work.
    """
    source = _open(config, now, limits)
    return Described(source, config) if config.services else source


def _open(config: Config, now: float, limits: Sequence[float]) -> Source:
    spec = config.source
    if spec.kind == "prometheus":
        from dashboard.sources.prometheus.discovery import Declared
        from dashboard.sources.prometheus.source import PrometheusSource

        return PrometheusSource(
            spec.url,
            headers=spec.headers,
            bearer_token=spec.bearer_token,
            username=spec.username,
            password=spec.password,
            timeout_s=spec.timeout_s,
            threshold=config.threshold,
            limits=limits,
            matchers=spec.match,
            verify=spec.ca_file or spec.verify,
            declared=[Declared(one.name, one.preset, one.match) for one in config.services],
        )
    if spec.kind == "csv":
        from dashboard.sources.csv.source import CsvSource

        return CsvSource(
            spec.paths, mapping=spec.columns, time_zone=config.time_zone, threshold=config.threshold, limits=limits
        )
    from dashboard.sources.demo.source import DemoSource

    return DemoSource(start=now, seed=spec.seed, threshold=config.threshold, limits=limits)


class Described:
    """A source whose services carry what the configuration says of them: team, tier, links.

    A service that is configured but not found is one without data: it stays in sight.
    """

    def __init__(self, source: Source, config: Config) -> None:
        self._source = source
        self._known = {service.name: service for service in config.services}
        self.kind, self.where = source.kind, source.where

    def discover(self, now: float) -> Catalog:
        """The source's catalog, described."""
        found = self._source.discover(now)
        lost = set(self._known) - {info.name for info in found.services}
        services = [
            *found.services,
            *(ServiceInfo(name, "not found", errors=False, notes=LOST, origin=Origin.CONFIGURED) for name in lost),
        ]
        described = [self._describe(info) for info in sorted(services, key=lambda info: info.name)]
        return replace(found, services=tuple(described))

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """As the source answers."""
        return self._source.samples(grid, service)

    def counts(self, grid: Grid) -> Answer:
        """As the source answers."""
        return self._source.counts(grid)

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """As the source answers."""
        return self._source.query_values(queries, grid)

    def expression(self, column: Column) -> str:
        """As the source answers."""
        return self._source.expression(column)

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """As the source answers."""
        return self._source.breakdown(grid, service, label)

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _describe(self, info: ServiceInfo) -> ServiceInfo:
        known = self._known.get(info.name)
        if known is None:
            return info
        return replace(
            info, team=known.team or info.team, tier=known.tier or info.tier, links={**info.links, **known.links}
        )
