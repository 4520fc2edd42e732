"""Which changes, traffic, resources and dependencies may have caused a trouble, the most likely first."""

from collections.abc import Sequence

from dashboard.changes.known import KnownChange
from dashboard.oncall.explanation import Explanation
from dashboard.oncall.suspect import DependencySeen, Grade, ResourceSeen, Suspect, SuspectKind, TrafficSeen, Trouble


def suspects(
    trouble: Trouble,
    changes: Sequence[KnownChange],
    explanation: Explanation | None = None,
    *,
    traffic: TrafficSeen | None = None,
    resources: Sequence[ResourceSeen] = (),
    dependencies: Sequence[DependencySeen] = (),
) -> tuple[Suspect, ...]:
    """What may have caused a trouble, graded, the most likely first; what is ruled out stands last.

    Args:
        trouble: what is to be explained.
        changes: of the service and of those that it calls, from some hours before the trouble to its end.
        explanation: what the additional bad events have in common; None where that is not known.
        traffic: as it was while the trouble began. `resources`: of the service. `dependencies`: services it calls.
    """
    near = [known for known in changes if known.change.start <= (trouble.end or trouble.now)]
    return tuple(
        Suspect(kind=SuspectKind.CHANGE, grade=Grade.POSSIBLE, at=known.change.start, change=known)
        for known in sorted(near, key=lambda known: -known.change.start)
    )
