"""Which services a change concerns, and which deploys were the way back to an earlier version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dashboard.changes import kinds
from dashboard.changes.change import Change, Kind


def services_of(change: Change, names: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of the services that a change concerns; none where nothing tells.

    Args:
        change: with the service as its sender knows it, else with a tag that is the name of one.
        names: ids by every name of a service, in lower case.
    """
    labelled = kinds.service_of(kinds.labels(change.tags))
    called = [change.service, labelled] if change.service or labelled else change.tags
    services = (names.get(name.casefold()) for name in called)
    return tuple(dict.fromkeys(service for service in services if service is not None))


def with_rollbacks(changes: Iterable[Change]) -> list[Change]:
    """Changes from the first to the last, where a deploy of a version that was replaced before is a rollback.

    Datadog's definition: the version differs from the one before it, and is one that was there earlier.
    https://docs.datadoghq.com/continuous_delivery/features/rollbacks_detection/
    """
    versions: dict[tuple[str, str], list[str]] = {}
    recognised = []
    for change in sorted(changes, key=lambda change: change.start):
        is_version = change.kind in (Kind.DEPLOY, Kind.ROLLBACK) and bool(change.version and change.service)
        earlier = versions.setdefault((change.service, change.environment), []) if is_version else []
        is_back = change.kind is Kind.DEPLOY and _is_back(change.version, earlier)
        recognised.append(replace(change, kind=Kind.ROLLBACK) if is_back else change)
        if is_version:
            earlier.append(change.version)
    return recognised


def _is_back(version: str, earlier: Sequence[str]) -> bool:
    return bool(earlier) and earlier[-1] != version and version in earlier
