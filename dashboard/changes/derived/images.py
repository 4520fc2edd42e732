"""Which version a container image is of, and which containers beside a service's own say nothing of it."""

import re

# Tags that name another image from time to time: the digest tells which.
MOVING = frozenset(
    ("", "latest", "main", "master", "stable", "edge", "dev", "develop", "nightly", "production", "prod")
)
# Containers that others put into the pods of a service.
SIDECARS = re.compile(
    r"istio-(?:proxy|init|validation)|linkerd-(?:proxy|init|network-validator)|envoy(?:-sidecar|-proxy)?|consul-"
    r"(?:dataplane|connect-.*)|vault-agent(?:-init)?|cloud-?sql-proxy|otc-container|otel-(?:agent|collector)|jaeger-agent"
    r"|datadog-agent|fluent-?bit|fluentd|filebeat|promtail|vector|daprd|queue-proxy|pgbouncer-exporter|.*-exporter"
)
# The name of a ReplicaSet ends with the digest of its template, in the letters that Kubernetes uses for it.
_REPLICA_SET = re.compile(r"(.+)-[bcdf-hj-np-tv-z0-9]{1,10}")
DIGITS = 12


def image_version(image: str, image_id: str = "") -> str:
    """The tag of an image, or the start of its digest where it has none, or one that moves; empty if none is known.

    Args:
        image: such as `registry:5000/shop/checkout:v42@sha256:…`. `image_id`: with the digest that really runs.
    """
    named, _, digest = image.partition("@")
    tag = named.rpartition("/")[2].partition(":")[2]
    # Some runtimes tell the digest alone.
    if named.startswith("sha256:"):
        tag, digest = "", named
    if tag not in MOVING:
        return tag
    digest = digest or image_id.rpartition("@")[2]
    hexadecimal = digest.rpartition(":")[2]
    return hexadecimal[:DIGITS] or tag


def is_sidecar(container: str) -> bool:
    """Whether a container is there for the pod's network, logs or metrics."""
    return SIDECARS.fullmatch(container) is not None


def workload_of(replica_set: str) -> str:
    """The deployment that a ReplicaSet belongs to, by its name."""
    match = _REPLICA_SET.fullmatch(replica_set)
    return match[1] if match else replica_set
