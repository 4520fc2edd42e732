"""Derives changes of a service from its versions and its instances; ids are the same wherever they are derived."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.derived.presence import STEP_S, Origin, Presence, Stretch, Subject
from dashboard.changes.derived.versions import VersionChange, version_changes
from dashboard.changes.naming import alike

# Two observations of a service within this many seconds show the same deploy; if they name the same version, within
# the second number of seconds.
NEAR_S, SAME_VERSION_S = 900.0, 6 * 3600.0
# Scalings within this many steps count as one; and the maximum number of scalings.
SCALING_STEPS, SCALINGS_MAX = 3, 100
# Separates a version from its revision: a version that stays while the revision changes is no information.
REVISION = "@"


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """A time known to the step, which may be refined: a version came, or went."""

    subject: Subject
    version: str
    step: int
    comes: bool


# The exact times of turns, in epoch seconds, as far as known.
Moments = Mapping[Turn, float]


def derived_changes(service: str, subjects: Mapping[Subject, Presence], source: str, moments: Moments) -> list[Change]:
    """Deploys, rollbacks and scaling of one service, in order of time.

    Args:
        service: its id. `subjects`: everything that shows its versions. `source`: the kind of source, used as sender.
        moments: times of turns that are known more exactly than to the step.
    """
    deploys: list[tuple[Subject, Change]] = []
    for subject in sorted(subjects, key=lambda subject: (list(Origin).index(subject.origin), _rank(subject))):
        if subject.origin is Origin.REPLICAS:
            continue
        for found in version_changes(subject.origin, subjects[subject].stretches):
            change = _deploy(subject, found, source, moments)
            if not _is_shown_by_another(deploys, subject, change):
                deploys.append((subject, change))
    scalings = [
        change
        for subject, presence in subjects.items()
        if subject.origin is Origin.REPLICAS
        for change in _scalings(subject, presence.stretches, source)
    ]
    return sorted([*(change for _, change in deploys), *scalings], key=lambda change: (change.start, change.id))


def turns(subjects: Mapping[Subject, Presence], since: int) -> Iterator[Turn]:
    """Turns of all deploys that came at a step or later.

    Args:
        subjects: of all services. `since`: number of a step.
    """
    for subject, presence in subjects.items():
        if subject.origin is not Origin.REPLICAS:
            for change in version_changes(subject.origin, presence.stretches):
                if change.first >= since:
                    yield _turn(subject, change)


def _turn(subject: Subject, change: VersionChange) -> Turn:
    # A rollback while the other versions stayed is dated by the end of the version.
    if _is_going(change):
        return Turn(subject, change.before[0], change.first, comes=False)
    return Turn(subject, change.version, change.first, comes=True)


def _is_going(change: VersionChange) -> bool:
    return change.kind is Kind.ROLLBACK and change.last == change.first


def _rank(subject: Subject) -> tuple[bool, str]:
    """Sorts the metric or container that has the name of the service first."""
    name = subject.service.rpartition("/")[2].replace("-", "_")
    part = subject.part.rpartition("/")[2].replace("-", "_")
    return not part.startswith(name), subject.part


def _is_shown_by_another(deploys: Sequence[tuple[Subject, Change]], subject: Subject, change: Change) -> bool:
    """Whether another subject already shows this deploy."""
    return any(
        abs(other.start - change.start) <= (SAME_VERSION_S if alike(other.version, change.version) else NEAR_S)
        for shown_by, other in deploys
        if shown_by != subject
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
        # The step before was the last one with the previous versions.
        end=None if found.last is None else max(float((found.last - 1) * STEP_S), start),
        at=start,
        text=f"{word} {subject.service}{' to' if found.kind is Kind.ROLLBACK else ''} {version}{replaced}",
        outcome=found.outcome,
        service=subject.service,
        version=version,
        details={"origin": str(subject.origin), "part": subject.part, "before": before},
    )


def _shown(version: str, before: Sequence[str]) -> tuple[str, str]:
    """A version and the previous ones without revisions, unless only the revision changed."""
    name, _, revision = version.partition(REVISION)
    names = [each.partition(REVISION)[0] for each in before]
    if revision and name in names:
        return revision, ", ".join(each.partition(REVISION)[2] or each for each in before)
    return name or revision, ", ".join(filter(None, names))


def _scalings(subject: Subject, stretches: Sequence[Stretch], source: str) -> Iterator[Change]:
    """Scaling of one workload; scalings within some minutes of each other are merged."""
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
