"""The version of a container image, and which containers do not belong to the service itself."""

import re

# Tags that move to other images: the digest identifies the version.
MOVING = frozenset(
    ("", "latest", "main", "master", "stable", "edge", "dev", "develop", "nightly", "production", "prod")
)
# Containers added to the pods of a service by other systems.
SIDECARS = re.compile(
    r"istio-(?:proxy|init|validation)|linkerd-(?:proxy|init|network-validator)|envoy(?:-sidecar|-proxy)?|consul-"
    r"(?:dataplane|connect-.*)|vault-agent(?:-init)?|cloud-?sql-proxy|otc-container|otel-(?:agent|collector)|jaeger-agent"
    r"|datadog-agent|fluent-?bit|fluentd|filebeat|promtail|vector|daprd|queue-proxy|pgbouncer-exporter|.*-exporter"
)
# The name of a ReplicaSet ends with a hash of its template, in the characters that Kubernetes uses for it.
_REPLICA_SET = re.compile(r"(.+)-[bcdf-hj-np-tv-z0-9]{1,10}")
DIGITS = 12


def image_version(image: str, image_id: str = "") -> str:
    """The tag of an image, or the start of its digest if it has no tag, or a moving one; empty if unknown.

    Args:
        image: such as `registry:5000/shop/checkout:v42@sha256:…`. `image_id`: with the digest that actually runs.
    """
    named, _, digest = image.partition("@")
    tag = named.rpartition("/")[2].partition(":")[2]
    # Some runtimes report only the digest.
    if named.startswith("sha256:"):
        tag, digest = "", named
    if tag not in MOVING:
        return tag
    digest = digest or image_id.rpartition("@")[2]
    hexadecimal = digest.rpartition(":")[2]
    return hexadecimal[:DIGITS] or tag


def is_sidecar(container: str) -> bool:
    """Whether a container serves the pod's network, logs or metrics."""
    return SIDECARS.fullmatch(container) is not None


def workload_of(replica_set: str) -> str:
    """The deployment of a ReplicaSet, from its name."""
    match = _REPLICA_SET.fullmatch(replica_set)
    return match[1] if match else replica_set
