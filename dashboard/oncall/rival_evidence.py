"""Evidence for and against suspects other than changes: traffic, full resources, called services."""

from dashboard.oncall.suspect import (
    DependencySeen,
    Evidence,
    Finding,
    Grade,
    ResourceSeen,
    Suspect,
    SuspectKind,
    TrafficSeen,
    Trouble,
)
from dashboard.oncall.weighing import STEP_S, Weighed, grade_of, split

# Multiples of the expected traffic, and the points for them; without an expectation, only beyond a higher multiple.
BEYOND = ((2.0, 4.0), (1.5, 3.5), (1.2, 3.0), (1.0, 2.5))
USUAL = 1.3
# Shares of its limit from which on a resource counts as nearly full, and as full.
NEARLY_FULL, FULL = 0.9, 0.97
# Failed calls with at least this share of the additional bad events explain them.
CARRIED = 0.5

Graded = tuple[float, Suspect]


def traffic_suspect(trouble: Trouble, traffic: TrafficSeen) -> Graded | None:
    """Traffic with its points; None if the expected traffic is unknown.

    Args:
        trouble: to explain. `traffic`: at its start.
    """
    limit = traffic.high if traffic.high is not None else traffic.before and USUAL * traffic.before
    if not limit:
        return None
    ratio = traffic.most / limit
    finding, points = Finding.EXPECTED, -5.0
    if ratio > 1:
        finding, points = Finding.BEYOND_EXPECTED, next(points for least, points in BEYOND if ratio > least)
    low, high, before = traffic.low, traffic.high, traffic.before
    weighed = [Weighed(points, Evidence(finding=finding, now=traffic.most, low=low, high=high, before=before))]
    return _suspect(SuspectKind.TRAFFIC, "", traffic.rose_at, [*weighed, *_order(trouble, traffic.rose_at)])


def resource_suspect(trouble: Trouble, resource: ResourceSeen) -> Graded | None:
    """A resource with its points; None if it did not move.

    Args:
        trouble: to explain. `resource`: of its service.
    """
    if resource.most is None:
        return None
    is_full = resource.most >= NEARLY_FULL
    if not is_full and resource.rose_at is None:
        return None
    if is_full:
        points = 3.5 if resource.most >= FULL else 2.5
        evidence = Evidence(finding=Finding.FILLED, name=resource.name, before=resource.before, now=resource.most)
    else:
        points, evidence = -1.0, Evidence(finding=Finding.NEVER_FULL, name=resource.name, now=resource.most)
    weighed = [Weighed(points, evidence), *_order(trouble, resource.rose_at)]
    return _suspect(SuspectKind.SATURATION, resource.name, resource.rose_at, weighed)


def dependency_suspect(trouble: Trouble, dependency: DependencySeen) -> Graded | None:
    """A called service with its points; None if it did not move.

    Args:
        trouble: to explain. `dependency`: one of its callees.
    """
    if dependency.moved_at is None and not dependency.share:
        return None
    name, weighed = dependency.service, []
    if dependency.share is not None:
        points = 3.0 if dependency.share >= CARRIED else -2.0
        weighed.append(Weighed(points, Evidence(finding=Finding.CARRIES, name=name, share=dependency.share)))
    if dependency.moved_at is not None:
        ahead = trouble.start - dependency.moved_at
        # Both times are known to the step: what moved within the same step may have moved first.
        finding = Finding.MOVED_FIRST if ahead >= -STEP_S / 2 else Finding.MOVED_LATER
        points = 2.5 if finding is Finding.MOVED_FIRST else -2.0
        # A difference within the same step is not significant in either direction.
        apart = max(ahead, 0.0) if finding is Finding.MOVED_FIRST else -ahead
        weighed.append(Weighed(points, Evidence(finding=finding, name=name, seconds=apart)))
    return _suspect(SuspectKind.DEPENDENCY, name, dependency.moved_at, weighed)


def _order(trouble: Trouble, rose_at: float | None) -> list[Weighed]:
    """Whether it rose before the trouble began, or after it."""
    if rose_at is None:
        return []
    ahead = trouble.start - rose_at
    if ahead < -STEP_S:
        return [Weighed(-3.0, Evidence(finding=Finding.BEGAN_BEFORE, seconds=-ahead))]
    return [Weighed(1.0, Evidence(finding=Finding.BEGAN_AFTER, seconds=max(ahead, 0.0)))]


def _suspect(kind: SuspectKind, name: str, at: float | None, weighed: list[Weighed]) -> Graded:
    points = sum(each.points for each in weighed)
    pro, contra = split(weighed)
    grade = grade_of(points)
    # A rise after the start of the trouble is an effect of it.
    if kind is not SuspectKind.DEPENDENCY and any(each.finding is Finding.BEGAN_BEFORE for each in contra):
        grade = Grade.EFFECT
    return points, Suspect(kind=kind, grade=grade, at=at, name=name, pro=pro, contra=contra)
