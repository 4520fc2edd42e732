"""Which labels of a service, or of what tells of its instances, name its version."""

import re
from collections.abc import Mapping, Sequence

from dashboard.changes.derived.images import MOVING

# Labels that name the version of a service, as OpenTelemetry, Istio, Kubernetes and people call them: not that of a
# protocol, a client or an API.
OWNERS = "service|app|application|destination|deployment|release|build|image|container"
LABEL = re.compile(f"(?:(?:{OWNERS})_?)?version|release|app_kubernetes_io_version", re.IGNORECASE)
# Of `…_build_info`; the first that says something counts.
VERSIONS, REVISIONS = ("version", "tag", "build_version"), ("revision", "git_commit", "commit")
# What a build is called that nobody gave a number.
UNNAMED = (*MOVING, "unknown", "(devel)", "none", "HEAD", "0.0.0", "0.0.0-dev", "snapshot")
DIGITS = 10


def version_label(labels: Sequence[str]) -> str | None:
    """The label of a service that names its version, such as `version` or `service_version`; None without one."""
    return next((label for label in labels if LABEL.fullmatch(label)), None)


def build_version(labels: Mapping[str, str], separator: str) -> str:
    """The version that `…_build_info` tells, with its revision after a separator; empty if it tells none."""
    version = next((value for label in VERSIONS if (value := labels.get(label, "")) not in UNNAMED), "")
    revision = next((value[:DIGITS] for label in REVISIONS if (value := labels.get(label, "")) not in UNNAMED), "")
    return f"{version}{separator}{revision}" if revision else version
