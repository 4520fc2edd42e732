"""How often somebody may ask: this often at once, and some more with each second."""


class Allowance:
    """Requests that may be made.

    Args:
        most: this many at once. `per_s`: this many more in a second. `now`: by a clock that never goes back.
    """

    def __init__(self, most: float, per_s: float, now: float) -> None:
        self._most, self._per_s = most, per_s
        self._left, self._at = most, now

    def wait(self, now: float) -> float:
        """Take one: 0, or the seconds after which there will be one again."""
        self._left = min(self._most, self._left + (now - self._at) * self._per_s)
        self._at = now
        # What is refused takes nothing: who continues asking is not punished for it.
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._per_s
