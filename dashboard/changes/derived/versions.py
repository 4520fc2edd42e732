"""Deploys and rollbacks of a subject, derived from when its versions were present.

A version starts when it is new and others were present before. Its deploy ends when those are gone: until then
versions run side by side. Instances that come, go or restart are no deploy, as the version stays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

from dashboard.changes.change import Kind, Outcome
from dashboard.changes.derived.presence import Origin, Stretch
from dashboard.changes.rollbacks import VersionHistory

# A version counts as new if it would otherwise have had at least this many requests: with fewer it may have been there.
EXPECTED_MIN = 10.0
# A version counts as absent from this many measured steps on; a scrape may fail.
AWAY_STEPS = 2
# A version that stays beside the new one for this many steps is not part of its deploy, but intended.
SIDE_BY_SIDE_STEPS = 288
# With more versions than this each instance seems to have its own; and the maximum number of stays, newest first.
VERSIONS_MAX, STAYS_MAX = 200, 400


@dataclass(frozen=True, slots=True)
class VersionChange:
    """A version that came, or came back.

    Attributes:
        first: the step in which it came. `last`: the first one without the previous versions; None while both exist.
        version, before: the new one, and those present until then.
        outcome: `CANCELLED` if it went and the previous ones stayed.
    """

    kind: Kind
    first: int
    last: int | None
    version: str
    before: tuple[str, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Stay:
    """The first and last step of a version's presence; `last` is infinite while it is present."""

    version: str
    first: int
    last: float
    is_new: bool


def version_changes(origin: Origin, stretches: Sequence[Stretch]) -> tuple[VersionChange, ...]:
    """Deploys and rollbacks, in order of time.

    Args:
        origin: of the observation. `stretches`: in order of time.
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
        # Those of the last measured step before: there may have been none during a night.
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
    """The stays of one version; meaningless absences are filled."""
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
    """Whether the absence of a version is more than chance.

    Args:
        version: to check. `origin`: of the observation. `away`: stretches without it. `beside`: a stretch with it.
    """
    if sum(stretch.steps for stretch in away) < AWAY_STEPS:
        return False
    if origin is not Origin.REQUESTS:
        return True
    share = beside.amounts[version] / sum(beside.amounts.values())
    return share * sum(stretch.total for stretch in away) >= EXPECTED_MIN


def _change(stay: _Stay, beside: Sequence[_Stay], *, newest: int) -> VersionChange:
    """The deploy at the start of a stay.

    Args:
        stay: of the new version. `beside`: of those present until then.
        newest: number of the newest step.
    """
    gone = [int(other.last) + 1 for other in beside if other.last <= stay.last and other.last < inf]
    are_settled = len(gone) == len(beside) or newest - stay.first > SIDE_BY_SIDE_STEPS
    last = max([*gone, stay.first]) if gone and are_settled else None
    outcome = Outcome.STARTED if last is None else Outcome.SUCCEEDED
    before = tuple(sorted(other.version for other in beside))
    return VersionChange(Kind.DEPLOY, stay.first, last, stay.version, before, outcome)


def _taken_back(stay: _Stay, change: VersionChange, beside: Sequence[_Stay]) -> tuple[VersionChange, VersionChange]:
    """A deploy whose version went while the previous ones stayed, and its rollback.

    Args:
        stay: of the version. `change`: the deploy at its start. `beside`: stays of the previous versions.
    """
    end = int(stay.last) + 1
    cancelled = replace(change, last=end, outcome=Outcome.CANCELLED)
    remaining = max((other for other in beside if other.last > stay.last), key=lambda other: other.first).version
    return cancelled, VersionChange(Kind.ROLLBACK, end, end, remaining, (stay.version,), Outcome.SUCCEEDED)
