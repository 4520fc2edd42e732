"""Which labels of a service, or of metrics about its instances, contain its version."""

import re
from collections.abc import Mapping, Sequence

from dashboard.changes.derived.images import MOVING

# Labels for the version of a service, as named by OpenTelemetry, Istio, Kubernetes and people; not versions of a
# protocol, a client or an API.
OWNERS = "service|app|application|destination|deployment|release|build|image|container"
LABEL = re.compile(f"(?:(?:{OWNERS})_?)?version|release|app_kubernetes_io_version", re.IGNORECASE)
# Of `…_build_info`; the first one with a value counts.
VERSIONS, REVISIONS = ("version", "tag", "build_version"), ("revision", "git_commit", "commit")
# Versions of builds without a number.
UNNAMED = (*MOVING, "unknown", "(devel)", "none", "HEAD", "0.0.0", "0.0.0-dev", "snapshot")
DIGITS = 10


def version_label(labels: Sequence[str]) -> str | None:
    """The label for the version of a service, such as `version` or `service_version`; None without one."""
    return next((label for label in labels if LABEL.fullmatch(label)), None)


def build_version(labels: Mapping[str, str], separator: str) -> str:
    """The version in `…_build_info`, with its revision after a separator; empty if there is none."""
    version = next((value for label in VERSIONS if (value := labels.get(label, "")) not in UNNAMED), "")
    revision = next((value[:DIGITS] for label in REVISIONS if (value := labels.get(label, "")) not in UNNAMED), "")
    return f"{version}{separator}{revision}" if revision else version
