"""Names the service of a series: by the first alternative of labels that it has, and by its cluster."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

LabelValues = tuple[str, ...]
# Conventional labels of the place where a service runs: of federations and agents, of OpenTelemetry, of clouds.
CLUSTER_LABELS = ("cluster", "k8s_cluster_name", "cluster_name", "region")


@dataclass(frozen=True, slots=True, order=True)
class ServiceKey:
    """The labels and values that select the series of one service; the cluster may be empty."""

    labels: tuple[str, ...]
    values: LabelValues


@dataclass(frozen=True, slots=True)
class Naming:
    """Labels that may name services.

    Attributes:
        alternatives: groups of labels; the first one of which a series has all labels is used.
        cluster: the additional label with the cluster; empty if there is none.
    """

    alternatives: tuple[tuple[str, ...], ...]
    cluster: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels that may name a service, without duplicates."""
        every = (label for alternative in self.alternatives for label in alternative)
        return tuple(dict.fromkeys((*every, *filter(None, [self.cluster]))))

    def key(self, metric: Mapping[str, str]) -> ServiceKey | None:
        """The service of a series; None if no label names it.

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
        """The name of a service, unique on a server: the cluster comes before its own name."""
        clustered = self._alternative(key) != key.labels
        return "/".join(filter(None, (key.values[-1], *key.values[:-1]) if clustered else key.values))

    def finer(self, key: ServiceKey, used: Collection[ServiceKey]) -> str:
        """Matchers that exclude series named by an earlier alternative than that of a service.

        Args:
            key: of the service; other series may also have its labels.
            used: of all services: alternatives without a service exclude nothing.
        """
        own = self._alternative(key)
        named = {self._alternative(other) for other in used}
        before = self.alternatives[: self.alternatives.index(own)]
        return ",".join(f'{alternative[-1]}=""' for alternative in before if alternative in named)

    def _alternative(self, key: ServiceKey) -> tuple[str, ...]:
        return key.labels if key.labels in self.alternatives else key.labels[:-1]
