"""Evidence with points for and against a suspect, which determine its grade."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.oncall.suspect import Evidence, Grade

# Points needed for possible, points and lead needed for most likely, and points that rule a suspect out.
POSSIBLE, LIKELY, LEAD, RULED_OUT = 2.5, 4.0, 1.0, -2.5
# Counts are in steps of this many seconds, and a trouble starts with the first one; a scrape or two later a change is
# visible.
STEP_S, EARLY_S = 300.0, 450.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """A piece of evidence with its points; negative points speak against the suspect."""

    points: float
    evidence: Evidence


def split(weighed: Iterable[Weighed]) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
    """The evidence for and against, strongest first."""
    ordered = sorted(weighed, key=lambda each: -abs(each.points))
    pro = tuple(each.evidence for each in ordered if each.points >= 0)
    return pro, tuple(each.evidence for each in ordered if each.points < 0)


def grade_of(points: float) -> Grade:
    """The grade for a number of points, before suspects are compared."""
    if points <= RULED_OUT:
        return Grade.RULED_OUT
    return Grade.POSSIBLE if points >= POSSIBLE else Grade.UNLIKELY
