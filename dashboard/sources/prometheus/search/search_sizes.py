"""Chooses the number of label values per partial query."""

from collections import deque
from dataclasses import dataclass

UNLIMITED = 2**31
# After this many successive answers, the double size is tried even if it was refused before.
TRUSTED = 6

# Values of a label.
Values = tuple[str, ...]


@dataclass(slots=True)
class GroupSize:
    """The number of label values to query at a time, so that a refused size is not tried for each of many groups.

    Attributes:
        most: this number. `too_many`: a refused number. `in_row`: number of successive answers since.
    """

    most: int = UNLIMITED
    too_many: int = UNLIMITED
    in_row: int = 0

    def first_of(self, pending: deque[Values]) -> Values:
        """Take the next values to query together from groups of values."""
        group = pending.popleft()
        if len(group) > self.most:
            pending.appendleft(group[self.most :])
        return group[: self.most]

    def answered(self, count: int) -> None:
        """Record an answer: the number may grow while it is below the refused one."""
        if count < self.most:
            return
        self.in_row += 1
        # Perhaps only a few of the refused values had most of the series.
        if 2 * count < self.too_many or self.in_row >= TRUSTED:
            self.most, self.too_many, self.in_row = 2 * count, max(self.too_many, 2 * count + 1), 0

    def refused(self, count: int) -> None:
        """Record that this number was refused."""
        self.too_many, self.most, self.in_row = count, max(1, count // 2), 0
