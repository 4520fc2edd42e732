"""Finds the services of a target or workload: by service labels, or by a shared job or pods."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.changes.derived.images import workload_of
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.events.version_queries import NAMESPACE, WORKLOAD
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation

# (cluster, namespace, workload)
Place = tuple[str, str, str]


@dataclass(slots=True)
class ServiceTargets:
    """Where services run.

    Attributes:
        instrumentations: own the services.
        jobs: (cluster, job) → services. `workloads`: place → services.
    """

    instrumentations: Sequence[Instrumentation] = ()
    jobs: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    workloads: dict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))
    # An index, as thousands of series look up thousands of services: (labels, values → service), by cluster and name.
    _by_labels: list[tuple[tuple[str, ...], dict[tuple[str, ...], str]]] = field(init=False, repr=False)
    _by_name: dict[tuple[str, str], set[str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_labels = [(known.service_labels, _by_values(known)) for known in self.instrumentations]
        self._by_name = defaultdict(set)
        for known in self.instrumentations:
            for service in known.owned:
                self._by_name[known.cluster(service), known.short_name(service).casefold()].add(service)

    def add(self, known: Instrumentation, series: Iterable[Series]) -> None:
        """Add the result of `version_queries.workloads`.

        Args:
            known: owns the services. `series`: one for each service, job and workload.
        """
        services = _by_values(known)
        for row in series:
            labels = row.metric
            service = services.get(tuple(labels.get(label, "") for label in known.service_labels))
            if service is None:
                continue
            cluster = labels.get(known.cluster_label, "") if known.cluster_label else ""
            for job in {labels.get("job", ""), labels.get("exported_job", ""), labels.get("service_name", "")} - {""}:
                self.jobs[cluster, job].add(service)
            if labels.get(WORKLOAD):
                self.workloads[cluster, labels.get(NAMESPACE, ""), labels[WORKLOAD]].add(service)

    def of_target(self, labels: Mapping[str, str]) -> str | None:
        """The service of a target; None if there is none, or it is ambiguous.

        Args:
            labels: of a series that describes the target.
        """
        for names, services_by in self._by_labels:
            if service := services_by.get(tuple(labels.get(label, "") for label in names)):
                return service
        cluster = self._cluster(labels)
        for label in ("exported_job", "job", "service_name"):
            services = self.jobs.get((cluster, labels.get(label, "")), ())
            if len(services) == 1:
                return next(iter(services))
        return None

    def of_workload(self, labels: Mapping[str, str], namespace: str, workload: str) -> frozenset[str]:
        """The services that a workload runs: by the pods in their request series, otherwise by its name.

        Args:
            labels: of its series. `namespace`: of the workload. `workload`: its name.
        """
        cluster = self._cluster(labels)
        services = self.workloads.get((cluster, namespace, workload)) or self.workloads.get((cluster, "", workload))
        if services:
            return frozenset(services)
        wanted = {name.casefold() for name in (workload, f"{namespace}/{workload}")}
        return frozenset(service for name in wanted for service in self._by_name.get((cluster, name), ()))

    def of_replica_set(self, labels: Mapping[str, str], namespace: str) -> tuple[str, frozenset[str]]:
        """The workload of a series with a ReplicaSet's name, and its services.

        Args:
            labels: of the series. `namespace`: of the workload.
        """
        workload = workload_of(labels.get("owner_name", ""))
        return workload, self.of_workload(labels, namespace, workload)

    @property
    def cluster_label(self) -> str:
        """The label with the cluster; empty if there is none."""
        return next((known.cluster_label for known in self.instrumentations if known.cluster_label), "")

    def _cluster(self, labels: Mapping[str, str]) -> str:
        return labels.get(self.cluster_label, "") if self.cluster_label else ""


def _by_values(known: Instrumentation) -> dict[tuple[str, ...], str]:
    """Owned services by the values of their labels."""
    return {values: name for name, values in known.services.items() if name in known.owned}
