"""Which objectives patterns of the configuration name: by service and by their own name, with `*` and `?`."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType

from dashboard.slo.objective import Slo

ALL = ("*",)
NO_CLUSTERS: Mapping[str, str] = MappingProxyType({})


def matches(
    slo: Slo, services: Sequence[str], slos: Sequence[str], short_names: Mapping[str, str] = NO_CLUSTERS
) -> bool:
    """Whether an objective is among those that patterns name.

    Args:
        slo: the objective.
        services, slos: patterns with `*` and `?` as in a shell; its service and its name must match one each, as a
            whole or without the cluster.
        short_names: names of services without their cluster, by the whole.
    """
    short = short_names.get(slo.service, slo.service)
    # Default objectives are named after their service.
    short_slo = short + slo.name.removeprefix(slo.service) if slo.name.startswith(slo.service) else slo.name
    return _fits(services, slo.service, short) and _fits(slos, slo.name, short_slo)


def _fits(patterns: Sequence[str], *names: str) -> bool:
    # `fnmatch` folds case on some systems: one file must mean the same everywhere.
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
