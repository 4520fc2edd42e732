"""Merges announced and derived changes into one list: a change known from several sources appears once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.known import DEPLOYS, KnownChange
from dashboard.changes.matching import services_of, with_rollbacks
from dashboard.changes.naming import alike, may_be_alike

# Maximum seconds between the announcement of a version and its first answers; and the maximum if it is unknown
# whether two versions are the same.
SAME_VERSION_S, NEAR_S = 7200.0, 900.0


def joined(announced: Iterable[Change], derived: Iterable[Change], names: Mapping[str, str]) -> tuple[KnownChange, ...]:
    """All changes in order of time, each once.

    Args:
        announced: by senders. `derived`: from the data, with ids of services.
        names: ids of services by every name that senders may use, in lower case.
    """
    every = (KnownChange(change, services_of(change, names), (change.sender,), (change.id,)) for change in announced)
    known = _once(sorted(every, key=lambda each: (each.change.start, each.change.id)))
    places: dict[str, list[int]] = {}
    for number, each in enumerate(known):
        for service in each.services if each.is_deploy else ():
            places.setdefault(service, []).append(number)
    for change in derived:
        place = _announcement(change, known, places.get(change.service, ()))
        if place is None:
            known.append(KnownChange(change, (change.service,), (change.sender,), (change.id,)))
        else:
            known[place] = _both(known[place], change)
    return _recognised(known)


def _once(announced: Iterable[KnownChange]) -> list[KnownChange]:
    """Merges deploys announced by several senders, such as build and rollout tools.

    Args:
        announced: all announced changes, in order of time.
    """
    once: list[KnownChange] = []
    newest: dict[tuple[str, ...], int] = {}
    for each in announced:
        place = newest.get(each.services) if each.is_deploy and each.services else None
        if place is not None and _is_same(once[place], each):
            once[place] = _both(once[place], each.change)
            continue
        if each.is_deploy:
            newest[each.services] = len(once)
        once.append(each)
    return once


def _is_same(before: KnownChange, after: KnownChange) -> bool:
    """Whether two senders announced the same deploy: of one version, without another deploy in between."""
    places = {change.environment for change in (before.change, after.change)} - {""}
    is_new_sender = after.change.sender not in before.sources
    is_near = after.change.start - before.change.start <= SAME_VERSION_S
    return is_new_sender and is_near and len(places) < 2 and alike(before.change.version, after.change.version)


def _announcement(derived: Change, known: Sequence[KnownChange], places: Iterable[int]) -> int | None:
    """The position of the announced change for the same deploy; None without any."""
    if derived.kind not in DEPLOYS:
        return None
    near = [(gap, place) for place in places if (gap := _gap(known[place], derived)) is not None]
    return min(near)[1] if near else None


def _gap(announced: KnownChange, derived: Change) -> float | None:
    """Seconds between an announced change and a derived one; None if they are different changes."""
    # A change from the same sender has already been merged.
    if derived.sender in announced.sources:
        return None
    change = announced.change
    last = derived.start if derived.end is None else derived.end
    gap = max(derived.start - change.start, change.start - last, 0.0)
    if alike(change.version, derived.version):
        return gap if gap <= SAME_VERSION_S else None
    return gap if gap <= NEAR_S and may_be_alike(change.version, derived.version) else None


def _both(announced: KnownChange, other: Change) -> KnownChange:
    """Merges an announced change with another one, or with a derived one, of the same deploy."""
    change = announced.change
    kind = Kind.ROLLBACK if Kind.ROLLBACK in (change.kind, other.kind) else Kind.DEPLOY
    whole = replace(
        change,
        kind=kind,
        start=min(change.start, other.start),
        end=other.end if change.end is None else max(change.end, other.end or change.end),
        version=change.version or other.version,
        environment=change.environment or other.environment,
        outcome=other.outcome if change.outcome in (Outcome.UNKNOWN, Outcome.STARTED) else change.outcome,
        tags=tuple(dict.fromkeys((*change.tags, *other.tags))),
        links=tuple(dict.fromkeys((*change.links, *other.links))),
        details={**other.details, **change.details},
    )
    ids = dict.fromkeys((*announced.ids, other.id))
    return KnownChange(whole, announced.services, (*announced.sources, other.sender), tuple(ids))


def _recognised(known: Sequence[KnownChange]) -> tuple[KnownChange, ...]:
    """The changes in order of time, with deploys of an earlier version marked as rollbacks."""
    # By the ids of services, as two senders may use different names.
    named = [replace(each.change, service=" ".join(each.services) or each.change.service) for each in known]
    kinds = {change.id: change.kind for change in with_rollbacks(named)}
    recognised = [replace(each, change=replace(each.change, kind=kinds[each.change.id])) for each in known]
    return tuple(sorted(recognised, key=lambda each: (each.change.start, each.change.id)))
