"""Finds the services of a change, and recognises rollbacks among deploys."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dashboard.changes import kinds
from dashboard.changes.change import Change, Kind
from dashboard.changes.rollbacks import VersionHistory


def services_of(change: Change, names: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of the services that a change concerns; empty if unknown.

    Args:
        change: its service as named by the sender counts, else a tag with the name of a service.
        names: ids by every name of a service, in lower case.
    """
    labelled = kinds.service_of(kinds.labels(change.tags))
    called = [change.service, labelled] if change.service or labelled else change.tags
    services = (names.get(name.casefold()) for name in called)
    return tuple(dict.fromkeys(service for service in services if service is not None))


def with_rollbacks(changes: Iterable[Change]) -> list[Change]:
    """Changes in order of time, in which a deploy of an earlier version is a rollback."""
    histories: dict[tuple[str, str], VersionHistory] = {}
    recognised = []
    for change in sorted(changes, key=lambda change: change.start):
        is_back = change.kind is Kind.ROLLBACK
        if change.kind in (Kind.DEPLOY, Kind.ROLLBACK) and change.version and change.service:
            history = histories.setdefault((change.service, change.environment), VersionHistory())
            is_back = history.follow(change.version, is_back=is_back)
        recognised.append(replace(change, kind=Kind.ROLLBACK) if is_back else change)
    return recognised
