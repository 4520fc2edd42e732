"""PromQL for the versions of services: by requests, targets, builds, images and replicas."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.selectors import RangeFunction
from dashboard.sources.prometheus.queries import signal_queries
from dashboard.sources.prometheus.queries.query_scope import QueryScope

CONTAINERS, OWNERS, PHASES = "kube_pod_container_info", "kube_pod_owner", "kube_pod_status_phase"
# Prefer the wanted replicas, as there are more for a while during a rollout.
REPLICAS = ("kube_deployment_spec_replicas", "kube_deployment_status_replicas")
TARGET, BUILD_END = "target_info", "_build_info"
# Metrics about libraries or exporters instead of services.
OTHER_BUILDS = ("go_build_info", "python_build_info", "exporter_build_info", "promhttp_build_info")
BUILDS_MAX = 40
# Labels that identify a target, in addition to service labels.
TARGET_LABELS = ("job", "exported_job", "service_name", "service_namespace")
# Labels of request series that name the pod or workload, and the namespace; later ones take precedence.
POD_LABELS = ("pod", "pod_name", "kubernetes_pod_name", "k8s_pod_name", "exported_pod")
WORKLOAD_LABELS = ("k8s_deployment_name", "deployment", "destination_workload")
NAMESPACE_LABELS = (
    "namespace", "kubernetes_namespace", "k8s_namespace_name", "destination_workload_namespace", "exported_namespace",
)  # fmt: skip
WORKLOAD, NAMESPACE = "golden_workload", "golden_namespace"
POD_OF_REPLICA_SET = "(.+)-[a-z0-9]{1,10}-[a-z0-9]{5}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """How series of kube-state-metrics are labelled on this server.

    Attributes:
        prefix: of `pod`, `namespace` and `container`, if the scraper's own labels have these names.
        label: the cluster label; empty if there is none. `matchers`: configured ones for every selector.
        has_phases: whether phases of pods exist.
    """

    prefix: str = ""
    label: str = ""
    matchers: str = ""
    has_phases: bool = False

    def labels(self, *names: str) -> str:
        """Names of labels on this server, including the cluster label."""
        own = [f"{self.prefix}{name}" if name in ("pod", "namespace", "container") else name for name in names]
        return ", ".join([*own, *filter(None, [self.label])])


def requests(known: Instrumentation, label: str, step: int) -> str:
    """Requests per second by service and version, over at least one step of a grid.

    Args:
        known: the instrumentation. `label`: with the version. `step`: seconds.
    """
    by = (*known.service_labels, label)
    scope = QueryScope(known, RangeFunction("rate", signal_queries.rate_window(known, step)), by)
    native = known.preset.counts_by_native
    return selectors.summed(scope.function, scope.selector(known.preset.requests), by, native=native)


def infos(metrics: Sequence[str], labels: Sequence[str], matchers: str) -> str:
    """Number of instances by labels of metrics that describe targets.

    Args:
        metrics: names. `labels`: to keep. `matchers`: configured ones.
    """
    by = ", ".join(labels)
    return " or ".join(f"count by (__name__, {by}) ({selectors.selector(metric, matchers)})" for metric in metrics)


def images(cluster: Cluster) -> str:
    """Running pods by workload, container and image."""
    of_pod = cluster.labels("namespace", "pod")
    kept = ("container", "image", "image_spec", "image_id")
    containers = selectors.selector(CONTAINERS, cluster.matchers)
    owners = selectors.selector(OWNERS, cluster.matchers, 'owner_kind="ReplicaSet"')
    running = selectors.selector(PHASES, cluster.matchers, 'phase="Running"')
    phase = f" and on ({of_pod}) ({running} == 1)" if cluster.has_phases else ""
    return (
        f"count by ({cluster.labels('namespace', 'owner_name', *kept)}) ("
        f"(group by ({cluster.labels('namespace', 'pod', *kept)}) ({containers}){phase})"
        f" * on ({of_pod}) group_left (owner_name)"
        f" group by ({cluster.labels('namespace', 'pod', 'owner_name')}) ({owners}))"
    )


def replicas(metric: str, cluster: Cluster) -> str:
    """Number of instances of each deployment."""
    return f"max by ({cluster.labels('namespace', 'deployment')}) ({selectors.selector(metric, cluster.matchers)})"


def workloads(known: Instrumentation) -> str:
    """Services of an instrumentation with the jobs, namespaces and workloads in their series.

    Args:
        known: the instrumentation; its requests are used, or its marker without requests.
    """
    scope = QueryScope(known, RangeFunction("rate", 0), known.service_labels)
    named = dict.fromkeys((*known.service_labels, *TARGET_LABELS, *POD_LABELS, *WORKLOAD_LABELS, *NAMESPACE_LABELS))
    text = f"count by ({', '.join(named)}) ({scope.selector(known.preset.metric)})"
    for labels, target, pattern in (
        (NAMESPACE_LABELS, NAMESPACE, "(.+)"),
        (POD_LABELS, WORKLOAD, POD_OF_REPLICA_SET),
        (WORKLOAD_LABELS, WORKLOAD, "(.+)"),
    ):
        for label in labels:
            text = f'label_replace({text}, "{target}", "$1", "{label}", "{pattern}")'
    kept = dict.fromkeys((*known.service_labels, *TARGET_LABELS, NAMESPACE, WORKLOAD))
    return f"count by ({', '.join(kept)}) ({text})"
