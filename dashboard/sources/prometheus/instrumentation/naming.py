"""The service of a series: by the first alternative of labels that it has, and by its cluster."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

LabelValues = tuple[str, ...]
# The labels that tell where a service runs, by convention: of federations and agents, of OpenTelemetry, of clouds.
CLUSTER_LABELS = ("cluster", "k8s_cluster_name", "cluster_name", "region")


@dataclass(frozen=True, slots=True, order=True)
class ServiceKey:
    """What selects the series of one service: labels and their values; that of the cluster may be empty."""

    labels: tuple[str, ...]
    values: LabelValues


@dataclass(frozen=True, slots=True)
class Naming:
    """The labels that may name services.

    Attributes:
        alternatives: for each series the first of which it has all labels.
        cluster: the label that tells its cluster beside them; empty if none does.
    """

    alternatives: tuple[tuple[str, ...], ...]
    cluster: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label that may tell a service, once."""
        every = (label for alternative in self.alternatives for label in alternative)
        return tuple(dict.fromkeys((*every, *filter(None, [self.cluster]))))

    def key(self, metric: Mapping[str, str]) -> ServiceKey | None:
        """The service that a series is of; None if nothing names it.

        Args:
            metric: its labels.
        """
        for alternative in self.alternatives:
            if all(metric.get(label) for label in alternative):
                beside = self.cluster and self.cluster not in alternative
                labels = (*alternative, self.cluster) if beside else alternative
                return ServiceKey(labels, tuple(metric.get(label, "") for label in labels))
        return None

    def name(self, key: ServiceKey) -> str:
        """The name of a service, unique on a server: the cluster goes before its own names."""
        clustered = self._alternative(key) != key.labels
        return "/".join(filter(None, (key.values[-1], *key.values[:-1]) if clustered else key.values))

    def finer(self, key: ServiceKey, used: Collection[ServiceKey]) -> str:
        """Matchers that leave out the series which an alternative before that of a service names.

        Args:
            key: of the service; other series may have its labels, too.
            used: of all services: alternatives that name none leave nothing out.
        """
        own = self._alternative(key)
        named = {self._alternative(other) for other in used}
        before = self.alternatives[: self.alternatives.index(own)]
        return ",".join(f'{alternative[-1]}=""' for alternative in before if alternative in named)

    def _alternative(self, key: ServiceKey) -> tuple[str, ...]:
        return key.labels if key.labels in self.alternatives else key.labels[:-1]
