"""Deploys and rollbacks of a subject, from when which of its versions was there.

A version begins where it was not there before, and others were. Its deploy ends when those are gone: until then two
versions are side by side. Instances that come, go or are started again are no deploy: the version stays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

from dashboard.changes.change import Kind, Outcome
from dashboard.changes.derived.presence import Origin, Stretch
from dashboard.changes.rollbacks import VersionHistory

# A version that was not there before would have had this many requests by then: fewer, and it may have been there.
EXPECTED_MIN = 10.0
# It was away for this many measured steps at least; a scrape may fail.
AWAY_STEPS = 2
# A version that stays beside the new one for this many steps is no part of its deploy: it is meant to.
SIDE_BY_SIDE_STEPS = 288
# What has more versions has another with each instance, which are none. This many stays are looked at, the newest.
VERSIONS_MAX, STAYS_MAX = 200, 400


@dataclass(frozen=True, slots=True)
class VersionChange:
    """A version that came, or came back.

    Attributes:
        first: the step in which it came. `last`: the first one without the versions before; None while both are there.
        version, before: the new one, and those that were there until then.
        outcome: `CANCELLED` where it went and those before stayed.
    """

    kind: Kind
    first: int
    last: int | None
    version: str
    before: tuple[str, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Stay:
    """Steps from the first to the last in which a version was there; `last` is endless while it is."""

    version: str
    first: int
    last: float
    is_new: bool


def version_changes(origin: Origin, stretches: Sequence[Stretch]) -> tuple[VersionChange, ...]:
    """Deploys and rollbacks, in their order.

    Args:
        origin: what tells the versions. `stretches`: which were there when, in their order.
    """
    versions = dict.fromkeys(version for stretch in stretches for version in stretch.amounts)
    if not 1 < len(versions) <= VERSIONS_MAX:
        return ()
    every = (stay for version in versions for stay in _stays(version, origin, stretches))
    stays = sorted(every, key=lambda stay: (stay.first, stay.version))[-STAYS_MAX:]
    before = {after.first: earlier.last for earlier, after in pairwise(stretches)}
    changes: list[VersionChange] = []
    history = VersionHistory([stay.version for stay in stays if not stay.is_new])
    for stay in stays:
        # Those of the last step that was measured before: nothing may have been for a night.
        reached = before.get(stay.first, stay.first)
        beside = [other for other in stays if other.first < stay.first and other.last >= reached]
        if not stay.is_new or not beside:
            continue
        is_replaced = any(stay.first < other.first <= stay.last + AWAY_STEPS for other in stays)
        change = _change(stay, beside, newest=stretches[-1].last)
        if change.last is None and stay.last < inf and not is_replaced:
            changes += _taken_back(stay, change, beside)
        else:
            kind = Kind.ROLLBACK if history.follow(stay.version) else Kind.DEPLOY
            changes.append(replace(change, kind=kind))
    return tuple(changes)


def _stays(version: str, origin: Origin, stretches: Sequence[Stretch]) -> Iterator[_Stay]:
    """The stays of one version: absences that mean nothing are filled."""
    away: list[Stretch] = []
    first, last, is_new = None, 0, True
    for stretch in stretches:
        if version not in stretch.amounts:
            away.append(stretch)
            continue
        is_away = _is_away(version, origin, away, stretch)
        if first is not None and is_away:
            yield _Stay(version, first, last, is_new)
            first = None
        if first is None:
            first, is_new = stretch.first, is_away
        last, away = stretch.last, []
    if first is not None:
        has_gone = bool(away) and _is_away(version, origin, away, _last_with(version, stretches))
        yield _Stay(version, first, last if has_gone else inf, is_new)


def _last_with(version: str, stretches: Sequence[Stretch]) -> Stretch:
    return next(stretch for stretch in reversed(stretches) if version in stretch.amounts)


def _is_away(version: str, origin: Origin, away: Sequence[Stretch], beside: Stretch) -> bool:
    """Whether the absence of a version is no chance.

    Args:
        version: which. `origin`: what tells it. `away`: stretches without it. `beside`: one with it, before or after.
    """
    if sum(stretch.steps for stretch in away) < AWAY_STEPS:
        return False
    if origin is not Origin.REQUESTS:
        return True
    share = beside.amounts[version] / sum(beside.amounts.values())
    return share * sum(stretch.total for stretch in away) >= EXPECTED_MIN


def _change(stay: _Stay, beside: Sequence[_Stay], *, newest: int) -> VersionChange:
    """The deploy that a stay begins with.

    Args:
        stay: of the version that came. `beside`: of those that were there until then.
        newest: the number of the newest step.
    """
    gone = [int(other.last) + 1 for other in beside if other.last <= stay.last and other.last < inf]
    are_settled = len(gone) == len(beside) or newest - stay.first > SIDE_BY_SIDE_STEPS
    last = max([*gone, stay.first]) if gone and are_settled else None
    outcome = Outcome.STARTED if last is None else Outcome.SUCCEEDED
    before = tuple(sorted(other.version for other in beside))
    return VersionChange(Kind.DEPLOY, stay.first, last, stay.version, before, outcome)


def _taken_back(stay: _Stay, change: VersionChange, beside: Sequence[_Stay]) -> tuple[VersionChange, VersionChange]:
    """A deploy whose version went while those before it stayed, and the rollback that took it away.

    Args:
        stay: of the version. `change`: the deploy that it begins with. `beside`: stays of those before it.
    """
    end = int(stay.last) + 1
    cancelled = replace(change, last=end, outcome=Outcome.CANCELLED)
    remaining = max((other for other in beside if other.last > stay.last), key=lambda other: other.first).version
    return cancelled, VersionChange(Kind.ROLLBACK, end, end, remaining, (stay.version,), Outcome.SUCCEEDED)
