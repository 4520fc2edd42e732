"""One look of a watch: the policy's decision, what got worse, exceeded limits, and the resulting answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.comparison.comparison import Comparison
from dashboard.comparison.verdicts import Verdict as Compared
from dashboard.gate.decision import Decision
from dashboard.gate.limits import Checked
from dashboard.gate.standing import Verdict


class Breach(StrEnum):
    """Why a watch ends early; the first that applies."""

    POLICY = "policy"
    LIMIT = "limit"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Look:
    """The findings at one moment of a watch.

    Attributes:
        at: epoch seconds. `decision`: of the policy; None if the source did not answer.
        problem: why it did not; otherwise empty.
        limits: by service. `comparisons`: of each compared service; None before both sides have a step.
    """

    at: float
    decision: Decision | None
    problem: str = ""
    limits: Mapping[str, tuple[Checked, ...]] = field(default_factory=dict)
    comparisons: Mapping[str, Comparison | None] = field(default_factory=dict)

    @property
    def breach(self) -> Breach | None:
        """Why the watch ends here; None if it continues."""
        if self.decision is not None and self.decision.verdict is Verdict.HOLD:
            return Breach.POLICY
        if any(checked.is_exceeded for every in self.limits.values() for checked in every):
            return Breach.LIMIT
        if any(each is not None and each.verdict is Compared.WORSE for each in self.comparisons.values()):
            return Breach.WORSE
        return None

    @property
    def verdict(self) -> Verdict:
        """The answer: hold at a breach; unknown if the policy, a limit or a comparison is unknown."""
        if self.breach is not None:
            return Verdict.HOLD
        unmeasured = any(checked.is_exceeded is None for every in self.limits.values() for checked in every)
        # A canary without requests, or with a misspelt label, must not count as healthy.
        uncompared = any(each is None or each.verdict is Compared.NO_DATA for each in self.comparisons.values())
        if self.decision is None or unmeasured or uncompared:
            return Verdict.UNKNOWN
        return self.decision.verdict
