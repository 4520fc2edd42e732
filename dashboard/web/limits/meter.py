"""Seconds of the processor that somebody may use: this many at once, and some come back with time."""


class Meter:
    """Seconds that may be used.

    Args:
        most: this many at once. `per_s`: this many come back in a second. `now`: by the clock.
    """

    def __init__(self, most: float, per_s: float, now: float) -> None:
        self._most, self._per_s = most, per_s
        self._left, self._at = most, now

    def used(self, seconds: float, began: float, ended: float) -> bool:
        """Seconds were used; False if that was too much.

        Args:
            seconds: of the processor. `began`, `ended`: when, by the clock. In between nothing comes back: on a busy
                machine a second of the processor takes many.
        """
        self._left = min(self._most, self._left + (began - self._at) * self._per_s) - seconds
        self._at = ended
        return self._left >= 0

    @property
    def spent(self) -> float:
        """Seconds that were used and have not come back yet."""
        return self._most - self._left
