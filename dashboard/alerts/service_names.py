"""Which service an alert is about: told by its labels, as people and tools write them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.alerts.alert import Labels, rule_of

# Labels whose value may be the name of a service, the surest first: of alerts, of OpenTelemetry, Kubernetes, meshes,
# and what scrapes.
SERVICE_LABELS = (
    "service",
    "service_name",
    "sloth_service",
    "app",
    "app_kubernetes_io_name",
    "destination_service_name",
    "destination_workload",
    "deployment",
    "workload",
    "component",
    "job",
    "exported_service",
    "exported_job",
    "container",
)
CLUSTER_LABELS = ("cluster", "k8s_cluster_name", "cluster_name", "region")


@dataclass(frozen=True, slots=True)
class KnownService:
    """A service as alerts may name it.

    Attributes:
        name: the whole, with its cluster. `title`: without, where that is unique. `cluster`: empty where unknown.
        selected_by: labels that all of its series have.
        match: labels, each tuple of which says for sure that an alert is about it: what the operator wrote.
        slos: names of its objectives.
    """

    name: str
    title: str = ""
    cluster: str = ""
    selected_by: Labels = ()
    match: tuple[Labels, ...] = ()
    slos: tuple[str, ...] = ()


@dataclass(slots=True)
class ServiceNames:
    """All services of a moment; what was once looked up is kept.

    Args:
        services: that are known. `labels`: those whose value may be a service's name, the surest first.
    """

    services: Sequence[KnownService]
    labels: Sequence[str] = SERVICE_LABELS
    _named: Mapping[str, Sequence[KnownService]] = field(init=False)
    _known: dict[Labels, str | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        named: dict[str, list[KnownService]] = {}
        for service in self.services:
            short = service.name.removeprefix(f"{service.cluster}/") if service.cluster else service.name
            for name in {service.name.casefold(), service.title.casefold(), short.casefold()} - {""}:
                named.setdefault(name, []).append(service)
        self._named = named

    def service_of(self, labels: Labels) -> str | None:
        """The name of the service that an alert is about; None where its labels name none for sure."""
        if labels not in self._known:
            self._known[labels] = self._found(dict(labels), labels)
        return self._known[labels]

    def _found(self, values: Mapping[str, str], labels: Labels) -> str | None:
        written = [service for service in self.services if any(set(match) <= set(labels) for match in service.match)]
        if written:
            return written[0].name
        candidates = [service for service in self.services if not _is_elsewhere(service, values)]
        slo = rule_of(labels).slo or values.get("slo", "")
        owners = [service for service in candidates if slo and slo in service.slos]
        # Several labels at once are surer than one that bears a name, and that surer than a job by another name.
        return (
            _only(owners)
            or self._selected(candidates, values, least=2)
            or self._by_name(candidates, values)
            or self._selected(candidates, values, least=1)
        )

    def _selected(self, candidates: Sequence[KnownService], values: Mapping[str, str], *, least: int) -> str | None:
        """By the labels that a service's series have, so many at least: the one of which the alert has most."""
        fits: Counter[str] = Counter()
        for service in candidates:
            own = [(label, value) for label, value in service.selected_by if value and label not in CLUSTER_LABELS]
            if len(own) >= least and all(values.get(label) == value for label, value in own):
                fits[service.name] = len(own)
        most = max(fits.values(), default=0)
        return _only([service for service in candidates if fits[service.name] == most and most])

    def _by_name(self, candidates: Sequence[KnownService], values: Mapping[str, str]) -> str | None:
        among = {service.name for service in candidates}
        for label in self.labels:
            value = values.get(label, "").casefold()
            # A job is often its namespace and its name: `shop/checkout`.
            for name in dict.fromkeys((value, value.rpartition("/")[2])):
                named = _only([service for service in self._named.get(name, ()) if service.name in among])
                if named is not None:
                    return named
        return None


def _only(services: Sequence[KnownService]) -> str | None:
    """The name of the one service; None where there are several: which is meant is not told."""
    return services[0].name if len(services) == 1 else None


def _is_elsewhere(service: KnownService, values: Mapping[str, str]) -> bool:
    """The alert names another cluster than that of the service."""
    cluster = next((values[label] for label in CLUSTER_LABELS if values.get(label)), "")
    return bool(cluster and service.cluster and cluster != service.cluster)
