"""PromQL for the versions of services: by requests, targets, builds, images and replicas."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.selectors import RangeFunction
from dashboard.sources.prometheus.queries import signal_queries
from dashboard.sources.prometheus.queries.query_scope import QueryScope

CONTAINERS, OWNERS, PHASES = "kube_pod_container_info", "kube_pod_owner", "kube_pod_status_phase"
# Wanted replicas before those that are there: a rollout has some more for a while.
REPLICAS = ("kube_deployment_spec_replicas", "kube_deployment_status_replicas")
TARGET, BUILD_END = "target_info", "_build_info"
# Of libraries, or of what is scraped beside a service.
OTHER_BUILDS = ("go_build_info", "python_build_info", "exporter_build_info", "promhttp_build_info")
BUILDS_MAX = 40
# Labels of targets that name what they are of, beside those that name services.
TARGET_LABELS = ("job", "exported_job", "service_name", "service_namespace")
# Labels by which request series name the pod they are of, or its workload, and the namespace; a later one counts more.
POD_LABELS = ("pod", "pod_name", "kubernetes_pod_name", "k8s_pod_name", "exported_pod")
WORKLOAD_LABELS = ("k8s_deployment_name", "deployment", "destination_workload")
NAMESPACE_LABELS = (
    "namespace", "kubernetes_namespace", "k8s_namespace_name", "destination_workload_namespace", "exported_namespace",
)  # fmt: skip
WORKLOAD, NAMESPACE = "golden_workload", "golden_namespace"
POD_OF_REPLICA_SET = "(.+)-[a-z0-9]{1,10}-[a-z0-9]{5}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """How series of kube-state-metrics name things here.

    Attributes:
        prefix: before `pod`, `namespace` and `container` where the scraper's own have these names.
        label: that tells the cluster; empty if none does. `matchers`: of the operator, for every selector.
        has_phases: they tell which pods run.
    """

    prefix: str = ""
    label: str = ""
    matchers: str = ""
    has_phases: bool = False

    def labels(self, *names: str) -> str:
        """Names of labels as they are here, with that of the cluster."""
        own = [f"{self.prefix}{name}" if name in ("pod", "namespace", "container") else name for name in names]
        return ", ".join([*own, *filter(None, [self.label])])


def requests(known: Instrumentation, label: str, step: int) -> str:
    """Requests a second by service and version, over at least a step of a grid.

    Args:
        known: what is asked about. `label`: that names the version. `step`: seconds.
    """
    by = (*known.service_labels, label)
    scope = QueryScope(known, RangeFunction("rate", signal_queries.rate_window(known, step)), by)
    native = known.preset.counts_by_native
    return selectors.summed(scope.function, scope.selector(known.preset.requests), by, native=native)


def infos(metrics: Sequence[str], labels: Sequence[str], matchers: str) -> str:
    """Instances by the labels of metrics that say what they are.

    Args:
        metrics: names. `labels`: that are kept. `matchers`: of the operator.
    """
    by = ", ".join(labels)
    return " or ".join(f"count by (__name__, {by}) ({selectors.selector(metric, matchers)})" for metric in metrics)


def images(cluster: Cluster) -> str:
    """Pods that run, by workload, container and image."""
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
    """How many instances each deployment has."""
    return f"max by ({cluster.labels('namespace', 'deployment')}) ({selectors.selector(metric, cluster.matchers)})"


def workloads(known: Instrumentation) -> str:
    """Services of an instrumentation with the jobs, namespaces and workloads that their series name.

    Args:
        known: whose requests, or marker where it counts none.
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
