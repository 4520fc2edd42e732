"""What the configuration says of services, added to what a source knows of them: team, tier, links."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.config.configuration import ServiceConfig
from dashboard.sources.catalog import Catalog, Origin, ServiceInfo
from dashboard.sources.protocol import Source

NOT_FOUND = ("the configuration names it, but the source does not know it: check its name, preset and match",)


def discovered(source: Source, services: Sequence[ServiceConfig], now: float) -> Catalog:
    """The services of a source, with what was written of them; whoever wants a catalog takes it from here.

    Args:
        source: is searched. `services`: of the configuration. `now`: epoch seconds.

    Raises:
        SourceError: the source did not answer.
    """
    return described(source.discover(now), services)


def described(catalog: Catalog, services: Sequence[ServiceConfig]) -> Catalog:
    """A source's catalog with what was written of its services, in the order of their names.

    One that is configured and that the source does not know is one without data: it stays in sight.
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
    # What the operator wrote goes before what the source guesses from labels.
    return replace(
        info,
        team=configured.team or info.team,
        tier=configured.tier or info.tier,
        links={**info.links, **configured.links},
    )


def _absent(name: str) -> ServiceInfo:
    return ServiceInfo(name, "not found", errors=False, notes=NOT_FOUND, origin=Origin.CONFIGURED)
