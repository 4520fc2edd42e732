"""Matches objectives with patterns of the configuration, by service and name, with `*` and `?`."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType

from dashboard.slo.objective import Slo

ALL = ("*",)
NO_CLUSTERS: Mapping[str, str] = MappingProxyType({})


def matches(
    slo: Slo, services: Sequence[str], slos: Sequence[str], short_names: Mapping[str, str] = NO_CLUSTERS
) -> bool:
    """Whether an objective matches the patterns.

    Args:
        slo: the objective.
        services, slos: shell patterns with `*` and `?`; both its service and its name must match one, with or without
            the cluster.
        short_names: names of services without their cluster, by full name.
    """
    short = short_names.get(slo.service, slo.service)
    # Default objectives are named after their service.
    short_slo = short + slo.name.removeprefix(slo.service) if slo.name.startswith(slo.service) else slo.name
    return _fits(services, slo.service, short) and _fits(slos, slo.name, short_slo)


def _fits(patterns: Sequence[str], *names: str) -> bool:
    # `fnmatch` ignores case on some systems; a configuration should mean the same everywhere.
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
