"""The gate: whether a release may go ahead, which objective decides, and when the answer will change."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dashboard.gate.standing import Reason, Rule, Standing, Verdict
from dashboard.gate.turning import Turn

ORDER = {rule: place for place, rule in enumerate(Rule)}


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer of the gate.

    Attributes:
        at: epoch seconds. `reason`: what the release is for.
        standings: of all considered objectives, the deciding one first.
        turn: when the answer will change; None if that cannot be predicted.
    """

    verdict: Verdict
    reason: Reason
    at: float
    standings: tuple[Standing, ...] = ()
    turn: Turn | None = None

    @property
    def deciding(self) -> Standing | None:
        """The deciding objective; None if there are none."""
        return self.standings[0] if self.standings else None

    @property
    def rule(self) -> Rule:
        """The deciding rule; without objectives, no data."""
        return Rule.NO_DATA if self.deciding is None else self.deciding.rule


def decide(
    standings: Sequence[Standing], reason: Reason, now: float, turn_of: Callable[[Standing], Turn | None]
) -> Decision:
    """The answer: hold if any objective says hold, otherwise unknown if any is unknown, otherwise go.

    Args:
        standings: of the considered objectives. `reason`: what the release is for. `now`: epoch seconds.
        turn_of: when the answer of one objective will change, as `turning.turn`.
    """
    verdicts = {each.verdict(reason) for each in standings} or {Verdict.UNKNOWN}
    verdict = next(each for each in Verdict if each in verdicts)
    ranked = sorted(standings, key=lambda each: (each.verdict(reason) is not verdict, *_urgency(each)))
    deciding = [each for each in ranked if each.verdict(reason) is verdict]
    return Decision(verdict, reason, now, tuple(ranked), _turn(verdict, map(turn_of, deciding)))


def worst(standings: Iterable[Standing]) -> Standing | None:
    """The most urgent objective, whatever a release is for; None without any."""
    return min(standings, key=_urgency, default=None)


def _urgency(standing: Standing) -> tuple[int, float, str, str]:
    report = standing.report
    left = report.remaining if report.remaining is not None else float("-inf")
    return ORDER[standing.rule], left, report.slo.service, report.slo.name


def _turn(verdict: Verdict, turns: Iterable[Turn | None]) -> Turn | None:
    """When the combined answer will change: a hold with the last of them, a go with the first."""
    if verdict is Verdict.UNKNOWN:
        return None
    if verdict is Verdict.GO:
        return min(filter(None, turns), key=lambda turn: turn.at, default=None)
    every = list(turns)
    known = [turn for turn in every if turn is not None]
    return max(known, key=lambda turn: turn.at) if len(known) == len(every) else None
