"""Finds the service of an alert by its labels, in the spellings of people and tools."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.alerts.alert import Labels, rule_of

Pair = tuple[str, str]
# Labels that may contain the name of a service, most reliable first: of alerts, OpenTelemetry, Kubernetes, meshes, and
# scrape configurations.
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
    """The names and labels of a service in alerts.

    Attributes:
        name: with its cluster. `title`: without, if that is unique. `cluster`: empty if unknown.
        selected_by: labels that all of its series have.
        match: tuples of labels, each of which identifies the service for sure, as configured by the operator.
        slos: names of its objectives.
    """

    name: str
    title: str = ""
    cluster: str = ""
    selected_by: Labels = ()
    match: tuple[Labels, ...] = ()
    slos: tuple[str, ...] = ()


class ServiceNames:
    """All current services; results of lookups are cached.

    Args:
        services: known ones. `labels`: that may contain a service's name, most reliable first.
    """

    def __init__(self, services: Iterable[KnownService], labels: Sequence[str] = SERVICE_LABELS) -> None:
        self._labels = labels
        self._known: dict[Labels, str | None] = {}
        # Indexed by one label that alerts of the service always have, as there may be a thousand services.
        self._written: dict[Pair, list[tuple[Labels, KnownService]]] = {}
        self._selecting: dict[Pair, list[tuple[Labels, KnownService]]] = {}
        self._owners: dict[str, list[KnownService]] = {}
        self._named: dict[str, list[KnownService]] = {}
        for service in services:
            self._add(service)

    def service_of(self, labels: Labels) -> str | None:
        """The name of an alert's service; None if its labels do not identify one."""
        if labels not in self._known:
            self._known[labels] = self._found(dict(labels), labels)
        return self._known[labels]

    def _add(self, service: KnownService) -> None:
        for match in service.match:
            self._written.setdefault(match[0], []).append((match, service))
        selecting = tuple(pair for pair in service.selected_by if pair[1] and pair[0] not in CLUSTER_LABELS)
        if selecting:
            self._selecting.setdefault(selecting[0], []).append((selecting, service))
        for slo in service.slos:
            self._owners.setdefault(slo, []).append(service)
        short = service.name.removeprefix(f"{service.cluster}/") if service.cluster else service.name
        for name in {service.name.casefold(), service.title.casefold(), short.casefold()} - {""}:
            self._named.setdefault(name, []).append(service)

    def _found(self, values: Mapping[str, str], labels: Labels) -> str | None:
        written = _fitting(self._written, labels, values)
        if written:
            return written[0][1].name
        slo = rule_of(labels).slo or values.get("slo", "")
        # Several matching labels are more reliable than a name, and a name is more reliable than a differing job.
        return (
            _only(self._owners.get(slo, ()), values)
            or self._selected(labels, values, least=2)
            or self._by_name(values)
            or self._selected(labels, values, least=1)
        )

    def _selected(self, labels: Labels, values: Mapping[str, str], *, least: int) -> str | None:
        """The service by the labels of its series, at least this many: the one with most labels in the alert."""
        fitting = [fit for fit in _fitting(self._selecting, labels, values) if len(fit[0]) >= least]
        most = max((len(selecting) for selecting, _ in fitting), default=0)
        return _only([service for selecting, service in fitting if len(selecting) == most], values)

    def _by_name(self, values: Mapping[str, str]) -> str | None:
        for label in self._labels:
            value = values.get(label, "").casefold()
            # A job is often namespace and name: `shop/checkout`.
            for name in dict.fromkeys((value, value.rpartition("/")[2])):
                named = _only(self._named.get(name, ()), values)
                if named is not None:
                    return named
        return None


def _fitting(
    index: Mapping[Pair, Sequence[tuple[Labels, KnownService]]], labels: Labels, values: Mapping[str, str]
) -> list[tuple[Labels, KnownService]]:
    """The entries of an index whose labels are all in an alert."""
    entries = (entry for pair in labels for entry in index.get(pair, ()))
    return [entry for entry in entries if all(values.get(label) == value for label, value in entry[0])]


def _only(services: Sequence[KnownService], values: Mapping[str, str]) -> str | None:
    """The name of the only service in the cluster of the alert; None if there are several, so that it is ambiguous."""
    near = [service for service in services if not _is_elsewhere(service, values)]
    return near[0].name if len(near) == 1 else None


def _is_elsewhere(service: KnownService, values: Mapping[str, str]) -> bool:
    """Whether the alert names another cluster than that of the service."""
    cluster = next((values[label] for label in CLUSTER_LABELS if values.get(label)), "")
    return bool(cluster and service.cluster and cluster != service.cluster)
