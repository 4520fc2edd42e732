"""A rate limit: a number of requests at once, and some more with each second."""


class Allowance:
    """Requests that are allowed (a token bucket).

    Args:
        most: this many at once. `per_s`: this many more per second. `now`: by a monotonic clock.
    """

    def __init__(self, most: float, per_s: float, now: float) -> None:
        self._most, self._per_s = most, per_s
        self._left, self._at = most, now

    def wait(self, now: float) -> float:
        """Take one: returns 0, or the seconds until one is available."""
        self._left = min(self._most, self._left + (now - self._at) * self._per_s)
        self._at = now
        # A refused request takes nothing, so that repeated attempts are not punished.
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._per_s
