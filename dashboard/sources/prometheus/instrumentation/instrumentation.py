"""A preset applied to a server: the services, labels, buckets and resources that exist."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dashboard import buckets
from dashboard.outcomes import UnknownWords
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.presets.preset import ErrorCounter, Outcome, Preset, ResourceQuery
from dashboard.timerange import HOUR

# Seconds after which a service that is away is shown by another instrumentation: libraries and names change.
LEFT_S = HOUR
# Steps with enough scrapes to be counted accurately: (longest scrape interval, step), in seconds.
COUNT_STEPS = ((30.0, 60), (150.0, 300), (300.0, 600))


@dataclass(frozen=True, slots=True)
class Instrumentation:
    """A preset as it exists on one server.

    Attributes:
        preset: the matching preset.
        service_labels: labels that name a service. `services`: name → the values of these labels.
        scrape_interval: seconds between two samples.
        owned: the services shown by this instrumentation, and not by a more specific or preferred one.
        matchers: configured ones for every selector, each followed by a comma.
        outcome: the label with the outcome, with patterns of failures; None if there is none.
        error_counters: the preset's failure counters on this server, with the patterns of their labels.
        outcomes_beside: further labels with failures that `outcome` does not show.
        bounds: `le` as written → seconds, ascending.
        latency_by_outcome: the buckets have the outcome label, too.
        mixed_bounds: some buckets have further bounds, which are not requested.
        unknown: values of the outcome labels with an unknown meaning.
        labels: available for breakdowns.
        resources: those whose query returned something.
        notes: one line each: data that could not be found.
        native: latency is counted in the preset's native histogram. `native_beside`: only for some targets.
        cluster_label: the service label with the cluster; empty if there is none.
        away: services that did not exist at the search → epoch seconds at which they were examined last, None if never.
    """

    preset: Preset
    service_labels: tuple[str, ...]
    services: Mapping[str, tuple[str, ...]]
    scrape_interval: float
    owned: frozenset[str] = frozenset()
    matchers: str = ""
    outcome: Outcome | None = None
    error_counters: tuple[ErrorCounter, ...] = ()
    outcomes_beside: tuple[Outcome, ...] = ()
    bounds: tuple[tuple[str, float], ...] = ()
    latency_by_outcome: bool = False
    mixed_bounds: bool = False
    unknown: tuple[UnknownWords, ...] = ()
    labels: tuple[str, ...] = ()
    resources: tuple[ResourceQuery, ...] = ()
    notes: tuple[str, ...] = ()
    native: bool = False
    native_beside: bool = False
    cluster_label: str = ""
    away: Mapping[str, int | None] = field(default_factory=dict)

    def cluster(self, service: str) -> str:
        """The cluster (or region) in which a service runs; empty without a label."""
        values = dict(zip(self.service_labels, self.services[service], strict=True))
        return values.get(self.cluster_label, "")

    def labels_of(self, service: str, *, anywhere: bool = False) -> frozenset[tuple[str, str]]:
        """The labels that select a service; `anywhere`: in all clusters."""
        pairs = zip(self.service_labels, self.services[service], strict=True)
        return frozenset((label, value) for label, value in pairs if not anywhere or label != self.cluster_label)

    def short_name(self, service: str) -> str:
        """The name of a service without its cluster."""
        cluster = self.cluster(service)
        return service.removeprefix(f"{cluster}/") if cluster else service

    def moments(self, at: int) -> list[int]:
        """Epoch seconds at which its services last existed, up to a time, newest first.

        Args:
            at: epoch seconds of that time, which is used for services that exist at the search or later.
        """
        moments = {self.away.get(name, at) for name in self.owned}
        return sorted({min(moment, at) for moment in moments if moment is not None}, reverse=True)

    @property
    def count_step(self) -> int:
        """The shortest step, in seconds, with enough scrapes for its events to be counted accurately."""
        return next((step for longest, step in COUNT_STEPS if self.scrape_interval <= longest), HOUR)

    @property
    def histogram(self) -> str:
        """The latency histogram: classic buckets, or a native histogram; empty without one."""
        return self.preset.native if self.native else self.preset.bucket

    @property
    def finite_bounds(self) -> tuple[float, ...]:
        """The bucket bounds in seconds, ascending, without infinity."""
        return tuple(bound for _, bound in self.bounds if np.isfinite(bound))

    @property
    def tells_errors(self) -> bool:
        """Whether failed requests can be distinguished from others."""
        return self.outcome is not None or bool(self.error_counters) or self.preset.probe

    def service_matchers(self, service: str) -> str:
        """The matchers that select a service, each followed by a comma."""
        return selectors.matchers(dict(zip(self.service_labels, self.services[service], strict=True)))

    def resource_query(self, resource: ResourceQuery, window: float, extra: str = "") -> str:
        """The query of one resource.

        Args:
            resource: one of the preset's.
            window: seconds for rates in it.
            extra: further matchers, each followed by a comma.
        """
        return resource.promql(self.service_labels, window, self.matchers + extra)

    def service_info(self, service: str, threshold: float) -> ServiceInfo:
        """A service in the form that the rest of the dashboard uses.

        Args:
            service: its name. `threshold`: the requested limit of "too slow" in seconds.
        """
        return ServiceInfo(
            name=service,
            title=self.short_name(service),
            cluster=self.cluster(service),
            selected_by=tuple(zip(self.service_labels, self.services[service], strict=True)),
            preset=self.preset.name,
            bounds=self.finite_bounds,
            threshold=buckets.nearest_bound(self.finite_bounds, threshold),
            latency_by_outcome=self.latency_by_outcome,
            errors=self.tells_errors and bool(self.preset.requests),
            unknown_words=self.unknown,
            labels=self.labels,
            resources=tuple(resource.resource for resource in self.resources),
            notes=self.notes,
            scrape_interval=self.scrape_interval,
            count_step=self.count_step,
            last_seen=self.away.get(service),
        )


def last_there(instrumentations: Iterable[Instrumentation], at: int) -> int | None:
    """Epoch seconds at which any service last existed: the time of the search if any exists now.

    Args:
        instrumentations: of that search. `at`: epoch seconds of the search.

    Returns:
        None if there are no services, or their last time is unknown.
    """
    return max((moment for each in instrumentations for moment in each.moments(at)), default=None)


def assign_services(
    instrumentations: Sequence[Instrumentation], preferred: Mapping[str, str], declared: Collection[str] = ()
) -> tuple[Instrumentation, ...]:
    """Assign every service to one instrumentation: the preferred one, otherwise the first that knows it.

    An instrumentation by which a service has been away for an hour is replaced by another by which it exists. A service
    declared with exactly the labels of a preset is the same service under another name, not a second one.

    Args:
        instrumentations: most specific first.
        preferred: service → name of the preset that shows it.
        declared: services with configured labels or presets, which they keep while they are away.
    """
    known = {(each.preset.name, name) for each in instrumentations for name in each.services}
    newest: dict[str, float] = {}
    for each in instrumentations:
        newest |= {name: max(_newest_of(each, name), newest.get(name, -np.inf)) for name in each.services}
    taken: set[str] = set()
    named: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    assigned = []
    for instrumentation in instrumentations:
        preset = instrumentation.preset.name
        # Declared services come first, so that their labels keep the configured name.
        labels = {name: instrumentation.labels_of(name) for name in instrumentation.services}
        anywhere = {name: instrumentation.labels_of(name, anywhere=True) for name in labels}
        services = {
            name: values
            for name, values in instrumentation.services.items()
            if not {(preset, labels[name]), (preset, anywhere[name])} & named
        }
        named |= {(preset, labels[name]) for name in services}
        elsewhere = {
            name
            for name in services
            if (other := _preferred(instrumentation, name, preferred)) != preset and (other, name) in known
        }
        left = {
            name
            for name in services
            if name not in declared and newest[name] - _newest_of(instrumentation, name) > LEFT_S
        }
        owned = frozenset(set(services) - taken - elsewhere - left)
        taken |= owned
        assigned.append(replace(instrumentation, services=services, owned=owned))
    return tuple(assigned)


def _newest_of(instrumentation: Instrumentation, service: str) -> float:
    """Epoch seconds at which a service last existed by an instrumentation; infinity if it exists now."""
    moment = instrumentation.away.get(service, np.inf)
    return -np.inf if moment is None else float(moment)


def _preferred(instrumentation: Instrumentation, service: str, preferred: Mapping[str, str]) -> str:
    """The configured preset of a service; its own if none is configured."""
    default = preferred.get(instrumentation.short_name(service), instrumentation.preset.name)
    return preferred.get(service, default)
