"""Which SLOs apply: configured ones, those of recording rules, otherwise the defaults."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard import buckets
from dashboard.slo.indicators import Column, Op, Ratio, Threshold, renamed
from dashboard.slo.objective import Slo
from dashboard.sources.catalog import Catalog, ServiceInfo

# Objectives of the default SLOs.
AVAILABILITY = 0.999
LATENCY = 0.99


def active_slos(catalog: Catalog, configured: Sequence[Slo] = ()) -> tuple[Slo, ...]:
    """All SLOs; a service with configured or recorded SLOs has no defaults.

    Args:
        catalog: services of a source, and the SLOs that its recording rules compute.
        configured: configured SLOs; they replace recorded ones of the same name.
    """
    configured_names = {slo.name for slo in configured}
    configured = [_located(slo, catalog.named(slo.service)) for slo in configured]
    infos = {info.name: info for info in catalog.services}
    # Recorded SLOs are counted by the server's own rules, so they are not moved to a bucket bound.
    recorded = [slo for slo in catalog.recorded if slo.name not in configured_names]
    stated = [*(counted_at_bucket(slo, infos.get(slo.service)) for slo in configured), *recorded]
    names, services = {slo.name for slo in stated}, {slo.service for slo in stated}
    defaults = [slo for info in catalog.services if info.name not in services for slo in default_slos(info)]
    # Names must be unique for pages, links and rules: a default SLO whose name is taken gets another.
    named = (replace(slo, name=f"{slo.name} (default)") if slo.name in names else slo for slo in defaults)
    return (*stated, *named)


def _located(slo: Slo, info: ServiceInfo | None) -> Slo:
    """Resolve a service named without its cluster, if only one service has that name."""
    if info is None or info.name == slo.service:
        return slo
    return replace(slo, service=info.name, indicator=renamed(slo.indicator, slo.service, info.name))


def counted_at_bucket(slo: Slo, info: ServiceInfo | None) -> Slo:
    """Count an SLO whose latency limit is between two bucket bounds at the stricter one, and add a note.

    Args:
        info: its service with the bucket bounds; None if the source does not know it.
    """
    indicator = slo.indicator
    if info is None or not isinstance(indicator, Ratio) or not isinstance(indicator.good, Column):
        return slo
    good = indicator.good
    # Failed requests have the same buckets. The last bucket contains all requests.
    if not good.measure.endswith("latency") or good.detail == "inf":
        return slo
    limit = float(good.detail)
    bound = buckets.counting_bound(info.bounds, limit)
    if bound is not None and buckets.same_bound(bound, limit):
        return slo
    notes = (*slo.notes, buckets.counting_note(info.bounds, limit))
    # Keep the limit as written: no data is better than numbers about another limit.
    if bound is None:
        return replace(slo, notes=notes)
    counted = replace(good, detail=buckets.bound_text(bound))
    return replace(slo, indicator=replace(indicator, good=counted), limit=bound, notes=notes)


def default_slos(info: ServiceInfo) -> tuple[Slo, ...]:
    """The default SLOs of a service: availability, and latency if there are buckets."""
    slos = [availability(info.name)] if info.errors else []
    if info.threshold is not None and not info.waits:
        slos.append(latency(info.name, info.threshold))
    return tuple(slos)


def availability(service: str, objective: float = AVAILABILITY) -> Slo:
    """The SLO of requests without a server error; `objective`: 0–1."""
    indicator = Ratio(Column(service, "requests"), bad=Column(service, "errors", "server"))
    return Slo(service, f"{service}-availability", indicator, objective, kind="availability")


def latency(service: str, threshold: float, objective: float = LATENCY) -> Slo:
    """The SLO of requests answered in time.

    Args:
        service: its name.
        threshold: longest good duration in seconds.
        objective: share of the requests, 0–1.
    """
    within = Column(service, "latency", buckets.bound_text(threshold))
    indicator = Ratio(Column(service, "latency", "inf"), good=within)
    return Slo(service, f"{service}-latency", indicator, objective, kind="latency", limit=threshold)


def saturation(service: str, resource: str, limit: float, objective: float) -> Slo:
    """The SLO of five-minute slices in which the use of a resource stays within a limit.

    Args:
        service: its name. `resource`: a resource that the source measures.
        limit: allowed share of the resource, 0–1.
        objective: share of the slices, 0–1.
    """
    indicator = Threshold(Column(service, "saturation", resource), Op.LTE, limit)
    name = f"{service}-{resource.replace(' ', '-')}"
    return Slo(service, name, indicator, objective, kind="saturation", limit=limit, slice_s=300)
