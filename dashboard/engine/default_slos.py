"""Which objectives hold: those that somebody wrote, those that recording rules keep, else the defaults."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard import buckets
from dashboard.slo.indicators import Column, Op, Ratio, Threshold
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Catalog, ServiceInfo

AVAILABILITY = 0.999
LATENCY = 0.99


def active_slos(catalog: Catalog, written: Sequence[Slo] = ()) -> tuple[Slo, ...]:
    """All objectives; a service for which some were written or recorded has no defaults beside them."""
    names = {slo.name for slo in written}
    known = {info.name: info for info in catalog.services}
    recorded = [slo for slo in catalog.recorded if slo.name not in names]
    stated = [*(fitted(slo, known.get(slo.service)) for slo in written), *recorded]
    told = {slo.service for slo in stated}
    defaults = [slo for info in catalog.services if info.name not in told for slo in default_slos(info)]
    # Names are unique, since pages, links and rules go by them: a default whose name is taken gets another.
    taken = {slo.name for slo in stated}
    named = (replace(slo, name=f"{slo.name} (default)") if slo.name in taken else slo for slo in defaults)
    return (*stated, *named)


def fitted(slo: Slo, info: ServiceInfo | None) -> Slo:
    """An objective whose limit lies between two buckets is counted at the stricter one, and says so."""
    indicator = slo.indicator
    if info is None or not isinstance(indicator, Ratio) or not isinstance(indicator.good, Column):
        return slo
    good = indicator.good
    if not good.measure.endswith("latency") or good.detail == "inf":
        return slo
    limit = float(good.detail)
    bound = buckets.counting_bound(info.bounds, limit)
    if bound is not None and buckets.same_bound(bound, limit):
        return slo
    notes = (*slo.notes, buckets.counting_note(info.bounds, limit))
    if bound is None:
        return replace(slo, notes=notes)
    counted = replace(good, detail=buckets.bound_text(bound))
    return replace(slo, indicator=replace(indicator, good=counted), limit=bound, notes=notes)


def default_slos(info: ServiceInfo) -> tuple[Slo, ...]:
    """The objectives a service has when nobody wrote any: availability, and latency where there are buckets."""
    made = [availability(info.name)] if info.errors else []
    if info.threshold is not None:
        made.append(latency(info.name, info.threshold))
    return tuple(made)


def availability(service: str, objective: float = AVAILABILITY) -> Slo:
    """Good: answered without a server error."""
    indicator = Ratio(Column(service, "requests"), bad=Column(service, "errors", "server"))
    return Slo(service, f"{service}-availability", indicator, objective, kind="availability")


def latency(service: str, threshold: float, objective: float = LATENCY) -> Slo:
    """Good: answered within the threshold, in seconds."""
    within = Column(service, "latency", buckets.bound_text(threshold))
    indicator = Ratio(Column(service, "latency", "inf"), good=within)
    return Slo(service, f"{service}-latency", indicator, objective, kind="latency", limit=threshold)


def saturation(service: str, resource: str, limit: float, objective: float) -> Slo:
    """Good: slices of time with less of the resource used than the limit, 0–1."""
    indicator = Threshold(Column(service, "saturation", resource), Op.LTE, limit)
    name = f"{service}-{resource.replace(' ', '-')}"
    return Slo(service, name, indicator, objective, kind="saturation", limit=limit, slice_s=300)
