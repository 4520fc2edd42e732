"""Grades the changes, traffic, resources and dependencies that may have caused a trouble, most likely first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dashboard.changes.change import Kind
from dashboard.changes.known import KnownChange
from dashboard.oncall.change_evidence import KINDS, Case, weigh
from dashboard.oncall.explanation import Explanation
from dashboard.oncall.rival_evidence import Graded, dependency_suspect, resource_suspect, traffic_suspect
from dashboard.oncall.suspect import (
    DependencySeen,
    Finding,
    Grade,
    ResourceSeen,
    Suspect,
    SuspectKind,
    TrafficSeen,
    Trouble,
)
from dashboard.oncall.weighing import EARLY_S, LEAD, LIKELY, grade_of, split

# Changes within this many seconds before a trouble are suspects.
LOOK_BACK_S = 6 * 3600.0
# Maximum number of graded suspects, as a service that scales all day has more changes than anybody reads.
SUSPECTS_MAX = 12
_ORDER = list(Grade)


def suspects(
    trouble: Trouble,
    changes: Sequence[KnownChange],
    explanation: Explanation | None = None,
    *,
    traffic: TrafficSeen | None = None,
    resources: Sequence[ResourceSeen] = (),
    dependencies: Sequence[DependencySeen] = (),
) -> tuple[Suspect, ...]:
    """Grade the possible causes of a trouble, most likely first; those ruled out come last.

    Args:
        trouble: to be explained.
        changes: of the service and of those that it calls, from some hours before the trouble to its end.
        explanation: what the additional bad events have in common; None if unknown.
        traffic: at the start of the trouble. `resources`: of the service. `dependencies`: the services it calls.
    """
    case = Case(trouble, [known for known in changes if trouble.start - known.last <= LOOK_BACK_S], explanation)
    rivals = [
        *([traffic_suspect(trouble, traffic)] if traffic is not None else []),
        *(resource_suspect(trouble, resource) for resource in resources),
        *(dependency_suspect(trouble, dependency) for dependency in dependencies),
    ]
    graded = [*_changes(case), *(rival for rival in rivals if rival is not None)]
    graded.sort(key=lambda each: -each[0])
    ordered = [suspect for _, suspect in _with_most_likely(graded)]
    return tuple(sorted(ordered, key=lambda suspect: _ORDER.index(suspect.grade))[:SUSPECTS_MAX])


def _changes(case: Case) -> Iterator[Graded]:
    for known in case.changes:
        is_later = known.change.start > case.trouble.start + EARLY_S
        # A rollback is a remedy, not a suspect; scaling during a trouble is its effect.
        if known.change.start > case.end or (is_later and known.change.kind in (Kind.ROLLBACK, Kind.SCALING)):
            continue
        weighed = weigh(case, known)
        points = sum(each.points for each in weighed) + KINDS.get(known.change.kind, 0.0)
        pro, contra = split(weighed)
        budget = next((each for each in pro if each.finding is Finding.SHARE_OF_BUDGET), None)
        yield (
            points,
            Suspect(
                kind=SuspectKind.CHANGE,
                grade=grade_of(points),
                at=known.change.start,
                change=known,
                additional_bad=None if budget is None else budget.now,
                budget_share=None if budget is None else budget.share,
                pro=pro,
                contra=contra,
            ),
        )


def _with_most_likely(graded: Sequence[Graded]) -> Sequence[Graded]:
    """Mark the first one as most likely if it has enough points and a lead over all others."""
    if not graded:
        return graded
    (points, first), *others = graded
    second = max((other for other, suspect in others if suspect.grade is Grade.POSSIBLE), default=0.0)
    if first.grade is Grade.POSSIBLE and points >= LIKELY and points - second >= LEAD:
        return [(points, replace(first, grade=Grade.MOST_LIKELY)), *others]
    return graded
