"""A limit of CPU time: a number of seconds at once, and some more with time."""


class Meter:
    """CPU seconds that may be used.

    Args:
        most: this many at once. `per_s`: this many are added per second. `now`: by the clock.
    """

    def __init__(self, most: float, per_s: float, now: float) -> None:
        self._most, self._per_s = most, per_s
        self._left, self._at = most, now

    def used(self, seconds: float, began: float, ended: float) -> bool:
        """Count used seconds; False if they exceed the limit.

        Args:
            seconds: of CPU time. `began`, `ended`: when, by the clock. Nothing is added in between: on a busy machine
                a second of CPU time takes many seconds.
        """
        self._left = min(self._most, self._left + (began - self._at) * self._per_s) - seconds
        self._at = ended
        return self._left >= 0

    @property
    def spent(self) -> float:
        """Seconds used and not restored yet."""
        return self._most - self._left
