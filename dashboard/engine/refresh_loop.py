"""The poller's thread: refreshes on the beat of the clock, later after failures, and ends when it is told to."""

import math
import random
import threading
from collections.abc import Callable

# A source that struggles is left alone, and one that is back is seen within about a minute.
BACKOFF_MAX = 60.0
# A refresh may take as long as so many, and at least so many seconds.
REFRESHES, REFRESH_MIN_S = 2, 10.0


class RefreshLoop:
    """One thread that runs a refresh again and again.

    Args:
        refresh: refreshes once and returns the seconds to wait; it must not raise.
    """

    def __init__(self, refresh: Callable[[], float]) -> None:
        self._refresh = refresh
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the thread; nothing where it was started before."""
        with self._lock:
            if self._thread is None:
                # A daemon: a request that hangs must not keep the process from ending.
                self._thread = threading.Thread(target=self._run, name="poller", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread; a refresh under way is waited for no longer than half a second."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=0.5)

    @property
    def alive(self) -> bool:
        """The thread is running."""
        return self._thread is not None and self._thread.is_alive()

    def restart_if_dead(self) -> bool:
        """Start a thread anew that has ended without being told to; True where that was so."""
        with self._lock:
            if self._thread is None or self._thread.is_alive() or self._stop.is_set():
                return False
            self._thread = None
        self.start()
        return True

    @property
    def stopping(self) -> bool:
        """It was told to end."""
        return self._stop.is_set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._stop.wait(self._refresh())


class Beat:
    """When the next refresh is due, with what became of the one before in mind.

    Args:
        refresh: seconds between two refreshes, which lie on its multiples.
    """

    def __init__(self, refresh: float) -> None:
        self._refresh = refresh
        self._is_catching_up = False

    def wait_s(self, began: float, now: float, failures_in_row: int) -> float:
        """Seconds to wait after a refresh; none where the moment of the next one has passed meanwhile.

        Only one follows at once: a source that always takes longer than a refresh is given its rest.

        Args:
            began: when the refresh began, epoch seconds. `now`: when it ended.
            failures_in_row: refreshes that have failed since the last answer.
        """
        # A thread may wake up a moment before its time.
        due = (math.floor(began / self._refresh + 0.5) + 1) * self._refresh
        self._is_catching_up = not self._is_catching_up and not failures_in_row and now >= due
        return 0.0 if self._is_catching_up else seconds_to_next(now, self._refresh, failures_in_row)


def seconds_to_next(now: float, refresh: float, failures_in_row: int) -> float:
    """How long to wait until the next refresh.

    Args:
        now: epoch seconds.
        refresh: seconds between two refreshes, which lie on its multiples.
        failures_in_row: each doubles the wait, up to about a minute: about, so that many dashboards do not ask at once.
    """
    if not failures_in_row:
        # By the clock, not from the last refresh on: one slow answer does not move all that follow.
        return refresh - now % refresh
    # The exponent is bounded: 2.0 ** 1024 overflows, which a source that is away for a day reaches.
    backoff = min(refresh * 2.0 ** min(failures_in_row - 1, 6), BACKOFF_MAX)
    return max(1.0, backoff) * random.uniform(0.8, 1.2)


def longest_refresh(refresh: float) -> float:
    """Seconds that one refresh may take in all; what did not come by then is missing, and the next begins.

    Args:
        refresh: seconds between two refreshes.
    """
    return max(REFRESHES * refresh, REFRESH_MIN_S)
