"""Whether an objective was met over a period: the one rule, which says nothing that the data cannot show."""

from dataclasses import dataclass

from dashboard.slo.budget import TOLERANCE
from dashboard.timerange import DAY

# The measured share of a period from which on it can be called met.
COVERAGE_MIN = 0.5


@dataclass(frozen=True, slots=True)
class MeasuredTime:
    """How much of a period was measured.

    Attributes:
        seconds: that were measured. `expected_s`: that should have been so far: without maintenance.
    """

    seconds: float
    expected_s: float

    @property
    def coverage(self) -> float:
        """The measured share, 0–1."""
        return min(1.0, self.seconds / self.expected_s) if self.expected_s > 0 else 0.0

    @property
    def is_enough(self) -> bool:
        """Whether so much was measured that the rest is expected to be like it."""
        return self.expected_s > 0 and self.seconds >= COVERAGE_MIN * self.expected_s

    def is_met(self, bad: float, allowed: float) -> bool | None:
        """Whether a period is met; None if that is not known.

        Unmeasured hours may hide failures, so "met" needs enough coverage. A missed budget stays missed, unless hardly
        anything was measured, and the bad events would fit into the budget of the whole period at the same traffic.

        Args:
            bad: events of the measured time. `allowed`: bad events allowed for its valid events; 0 without any.
        """
        if allowed <= 0 or self.expected_s <= 0:
            return None
        limit = allowed * (1 + TOLERANCE)
        if bad <= limit:
            return True if self.is_enough else None
        if not is_little(self.seconds, self.expected_s) or bad * self.coverage > limit:
            return False
        return None


def is_little(measured_s: float, elapsed_s: float) -> bool:
    """Whether less than a day, and less than half of its window so far, was measured.

    Args:
        measured_s: seconds that were measured. `elapsed_s`: seconds since the window began.
    """
    return measured_s < min(DAY, COVERAGE_MIN * elapsed_s)
