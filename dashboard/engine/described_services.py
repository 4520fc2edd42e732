"""Adds the configuration of services (team, tier, links …) to what a source knows about them."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.config.configuration import ServiceConfig
from dashboard.sources.catalog import Catalog, Origin, ServiceInfo
from dashboard.sources.protocol import Source

NOT_FOUND = ("the configuration names it, but the source does not know it: check its name, preset and match",)


def discovered(source: Source, services: Sequence[ServiceConfig], now: float) -> Catalog:
    """Discover the services of a source and add their configuration. Every catalog should come from here.

    Args:
        source: the source to search. `services`: configured services. `now`: epoch seconds.

    Raises:
        SourceError: the source did not answer.
    """
    return described(source.discover(now), services)


def described(catalog: Catalog, services: Sequence[ServiceConfig]) -> Catalog:
    """A catalog with the configuration of its services, ordered by name.

    A configured service that the source does not know is included as one without data, so that it stays visible.
    """
    if not services:
        return catalog
    configured = {service.name: service for service in services}
    absent = set(configured) - {name for info in catalog.services for name in (info.name, info.title)}
    known = [_described(info, configured.get(info.name) or configured.get(info.title)) for info in catalog.services]
    every = [*known, *(_described(_absent(name), configured[name]) for name in absent)]
    return replace(catalog, services=tuple(sorted(every, key=lambda info: info.name)))


def _described(info: ServiceInfo, configured: ServiceConfig | None) -> ServiceInfo:
    if configured is None:
        return info
    # The configuration takes precedence over what labels suggest.
    return replace(
        info,
        team=configured.team or info.team,
        tier=configured.tier or info.tier,
        links={**info.links, **configured.links},
    )


def _absent(name: str) -> ServiceInfo:
    return ServiceInfo(name, "not found", errors=False, notes=NOT_FOUND, origin=Origin.CONFIGURED)
