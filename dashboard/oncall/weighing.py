"""Evidence with what it is worth: points for and against a suspect, of which the grade follows."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.oncall.suspect import Evidence, Grade

# So many points make a suspect possible; so many, and a lead over all others, the most likely one; so few rule it out.
POSSIBLE, LIKELY, LEAD, RULED_OUT = 2.5, 4.0, 1.0, -2.5
# Counts are by steps of so many seconds, and a trouble starts with its first one; a change is told by a scrape
# or two after it.
STEP_S, EARLY_S = 300.0, 450.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """One piece of evidence, and the points that it gives; points below 0 speak against the suspect."""

    points: float
    evidence: Evidence


def split(weighed: Iterable[Weighed]) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
    """The evidence for and against, the strongest first."""
    ordered = sorted(weighed, key=lambda each: -abs(each.points))
    pro = tuple(each.evidence for each in ordered if each.points >= 0)
    return pro, tuple(each.evidence for each in ordered if each.points < 0)


def grade_of(points: float) -> Grade:
    """The grade of so many points, before suspects are compared."""
    if points <= RULED_OUT:
        return Grade.RULED_OUT
    return Grade.POSSIBLE if points >= POSSIBLE else Grade.UNLIKELY
