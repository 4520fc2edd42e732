"""How many values of a label a part of a question is about."""

from collections import deque
from dataclasses import dataclass

UNLIMITED = 2**31
# After this many answers in a row about this many values twice as many are tried, though these were refused before.
TRUSTED = 6

# Of a label.
Values = tuple[str, ...]


@dataclass(slots=True)
class GroupSize:
    """How many values of a label are asked about at a time: what was refused once is not tried for each of many groups.

    Attributes:
        most: this many. `too_many`: this many were refused. `in_row`: this often as many were answered since.
    """

    most: int = UNLIMITED
    too_many: int = UNLIMITED
    in_row: int = 0

    def first_of(self, pending: deque[Values]) -> Values:
        """Take the next values that are asked about together, of groups of them."""
        group = pending.popleft()
        if len(group) > self.most:
            pending.appendleft(group[self.most :])
        return group[: self.most]

    def answered(self, count: int) -> None:
        """This many were answered: more may be, as long as fewer than were refused."""
        if count < self.most:
            return
        self.in_row += 1
        # Of these values a few alone may have had most of the series.
        if 2 * count < self.too_many or self.in_row >= TRUSTED:
            self.most, self.too_many, self.in_row = 2 * count, max(self.too_many, 2 * count + 1), 0

    def refused(self, count: int) -> None:
        """This many were too many."""
        self.too_many, self.most, self.in_row = count, max(1, count // 2), 0
