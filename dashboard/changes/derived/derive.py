"""Changes of a service from all that tells its versions and its instances; each has the same id wherever derived."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.derived.presence import STEP_S, Origin, Presence, Stretch, Subject
from dashboard.changes.derived.versions import VersionChange, version_changes
from dashboard.changes.naming import alike

# Two things that tell of a deploy of one service within this many seconds tell of the same one; within this many more,
# where they name the same version.
NEAR_S, SAME_VERSION_S = 900.0, 6 * 3600.0
# What is scaled again and again within this many steps is scaled once.
SCALING_STEPS, SCALINGS_MAX = 3, 100
# Between a version and the revision that it was built of: a version that stays while the revision moves says nothing.
REVISION = "@"


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """A moment that is known to the step, and may be known better: a version came, or went."""

    subject: Subject
    version: str
    step: int
    comes: bool


# The second at which a turn was, as far as it is known better than its step.
Moments = Mapping[Turn, float]


def derived_changes(service: str, subjects: Mapping[Subject, Presence], source: str, moments: Moments) -> list[Change]:
    """Deploys, rollbacks and scaling of one service, in their order.

    Args:
        service: its id. `subjects`: all that tells something of it. `source`: the kind of source, which is the sender.
        moments: turns that are known better than to the step.
    """
    deploys: list[tuple[Subject, Change]] = []
    for subject in sorted(subjects, key=lambda subject: (list(Origin).index(subject.origin), _rank(subject))):
        if subject.origin is Origin.REPLICAS:
            continue
        for found in version_changes(subject.origin, subjects[subject].stretches):
            change = _deploy(subject, found, source, moments)
            if not _is_told(deploys, subject, change):
                deploys.append((subject, change))
    scalings = [
        change
        for subject, presence in subjects.items()
        if subject.origin is Origin.REPLICAS
        for change in _scalings(subject, presence.stretches, source)
    ]
    return sorted([*(change for _, change in deploys), *scalings], key=lambda change: (change.start, change.id))


def turns(subjects: Mapping[Subject, Presence], since: int) -> Iterator[Turn]:
    """Moments of all deploys that came at a step or later.

    Args:
        subjects: of all services. `since`: number of a step.
    """
    for subject, presence in subjects.items():
        if subject.origin is not Origin.REPLICAS:
            for change in version_changes(subject.origin, presence.stretches):
                if change.first >= since:
                    yield _turn(subject, change)


def _turn(subject: Subject, change: VersionChange) -> Turn:
    # What was taken back while the others stayed is known by its going.
    if _is_going(change):
        return Turn(subject, change.before[0], change.first, comes=False)
    return Turn(subject, change.version, change.first, comes=True)


def _is_going(change: VersionChange) -> bool:
    return change.kind is Kind.ROLLBACK and change.last == change.first


def _rank(subject: Subject) -> tuple[bool, str]:
    """The metric or container that is named as the service is counts first."""
    name = subject.service.rpartition("/")[2].replace("-", "_")
    part = subject.part.rpartition("/")[2].replace("-", "_")
    return not part.startswith(name), subject.part


def _is_told(deploys: Sequence[tuple[Subject, Change]], subject: Subject, change: Change) -> bool:
    """Whether something else tells of this deploy already."""
    return any(
        abs(other.start - change.start) <= (SAME_VERSION_S if alike(other.version, change.version) else NEAR_S)
        for told_by, other in deploys
        if told_by != subject
    )


def _deploy(subject: Subject, found: VersionChange, source: str, moments: Moments) -> Change:
    start = moments.get(_turn(subject, found), float((found.first - 1) * STEP_S))
    version, before = _shown(found.version, found.before)
    word = "Rolled back" if found.kind is Kind.ROLLBACK else "Deployed"
    replaced = f", {before} before" if before else ""
    return Change(
        sender=source,
        key=f"{subject.service}\0version\0{found.version}\0{found.first}",
        kind=found.kind,
        start=start,
        # The step before was the last one with what was there until then.
        end=None if found.last is None else max(float((found.last - 1) * STEP_S), start),
        at=start,
        text=f"{word} {subject.service}{' to' if found.kind is Kind.ROLLBACK else ''} {version}{replaced}",
        outcome=found.outcome,
        service=subject.service,
        version=version,
        details={"origin": str(subject.origin), "part": subject.part, "before": before},
    )


def _shown(version: str, before: Sequence[str]) -> tuple[str, str]:
    """A version and those before it without their revisions, where it is not the revision alone that moved."""
    name, _, revision = version.partition(REVISION)
    names = [each.partition(REVISION)[0] for each in before]
    if revision and name in names:
        return revision, ", ".join(each.partition(REVISION)[2] or each for each in before)
    return name or revision, ", ".join(filter(None, names))


def _scalings(subject: Subject, stretches: Sequence[Stretch], source: str) -> Iterator[Change]:
    """Scaling of one workload: what follows within some minutes is one."""
    levels = [(stretch, int(next(iter(stretch.amounts)))) for stretch in stretches]
    groups: list[list[int]] = []
    for place in range(1, len(levels)):
        if groups and levels[place][0].first - levels[groups[-1][0]][0].first <= SCALING_STEPS:
            groups[-1].append(place)
        else:
            groups.append([place])
    for group in groups[-SCALINGS_MAX:]:
        before, now = levels[group[0] - 1][1], levels[group[-1]][1]
        if before != now:
            first, last = (levels[place][0].first for place in (group[0], group[-1]))
            yield Change(
                sender=source,
                key=f"{subject.service}\0replicas\0{subject.part}\0{first}",
                kind=Kind.SCALING,
                start=float((first - 1) * STEP_S),
                end=float(last * STEP_S),
                at=float(last * STEP_S),
                text=f"Scaled {subject.part.rpartition('/')[2]} from {before} to {now} replicas",
                outcome=Outcome.SUCCEEDED,
                service=subject.service,
                details={"origin": str(subject.origin), "before": str(before), "now": str(now)},
            )
