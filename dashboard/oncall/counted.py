"""The counts of a trouble around a time: the bad ratio before and after, and the additional bad events."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.oncall.suspect import Trouble

# Seconds before a change to compare with.
BEFORE_S = 3600.0
# A ratio is worse if it is this many times as high, by more bad events than this many standard deviations.
WORSE, DEVIATIONS = 1.5, 3.0


@dataclass(frozen=True, slots=True)
class Sides:
    """Bad and valid events before and after a time."""

    bad_before: float
    valid_before: float
    bad: float
    valid: float

    @property
    def before(self) -> float | None:
        """The share of bad events before, 0–1; None if nothing was counted."""
        return self.bad_before / self.valid_before if self.valid_before > 0 else None

    @property
    def now(self) -> float | None:
        """The share of bad events after, 0–1; None if nothing was counted."""
        return self.bad / self.valid if self.valid > 0 else None

    @property
    def additional(self) -> float | None:
        """Bad events after, beyond those expected by the ratio before; None if either is unknown."""
        return None if self.before is None or self.now is None else self.bad - self.before * self.valid

    @property
    def is_worse(self) -> bool | None:
        """Whether more events are bad than by chance; None if unknown."""
        if self.additional is None or self.before is None or self.now is None:
            return None
        chance = math.sqrt(self.before * self.valid * (1 + self.valid / self.valid_before) + 1)
        return self.now > WORSE * self.before and self.additional > DEVIATIONS * chance


def sides(trouble: Trouble, moment: float, until: float) -> Sides:
    """Counts of an hour before a time, and from it until another.

    Args:
        trouble: has the counts. `moment`, `until`: epoch seconds.
    """
    before = _sums(trouble, moment - BEFORE_S, moment)
    return Sides(*before, *_sums(trouble, moment, until))


def _sums(trouble: Trouble, begin: float, end: float) -> tuple[float, float]:
    """Bad and valid events of steps that end within (begin, end]."""
    rows = [place for place, at in enumerate(trouble.times) if begin < at <= end]
    return _total(trouble.bad[place] for place in rows), _total(trouble.valid[place] for place in rows)


def _total(values: Iterable[float | None]) -> float:
    return sum(value for value in values if value is not None)
