"""The poller's thread: refreshes at fixed clock times, less often after failures."""

import math
import random
import threading
from collections.abc import Callable

# Longest wait after failures: gentle to a struggling source, yet its return is noticed within about a minute.
BACKOFF_MAX = 60.0
# Longest duration of a refresh: this many refresh intervals, and at least this many seconds.
REFRESHES, REFRESH_MIN_S = 2, 10.0


class RefreshLoop:
    """One thread that calls `refresh` repeatedly.

    Args:
        refresh: refreshes once and returns the seconds to wait; it must not raise.
    """

    def __init__(self, refresh: Callable[[], float]) -> None:
        self._refresh = refresh
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the thread; does nothing if it was started before."""
        with self._lock:
            if self._thread is None:
                # A daemon thread, so that a hanging request does not keep the process from ending.
                self._thread = threading.Thread(target=self._run, name="poller", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop the thread; waits at most half a second for a running refresh."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=0.5)

    @property
    def alive(self) -> bool:
        """Whether the thread is running."""
        return self._thread is not None and self._thread.is_alive()

    def restart_if_dead(self) -> bool:
        """Restart a thread that has died unexpectedly; returns whether that was so."""
        with self._lock:
            if self._thread is None or self._thread.is_alive() or self._stop.is_set():
                return False
            self._thread = None
        self.start()
        return True

    @property
    def stopping(self) -> bool:
        """Whether the thread was told to stop."""
        return self._stop.is_set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._stop.wait(self._refresh())


class Beat:
    """Computes when the next refresh is due, depending on the result of the previous one.

    Args:
        refresh: seconds between two refreshes; they happen at multiples of it.
    """

    def __init__(self, refresh: float) -> None:
        self._refresh = refresh
        self._is_catching_up = False

    def wait_s(self, began: float, now: float, failures_in_row: int) -> float:
        """Seconds to wait after a refresh; 0 if the time of the next one has already passed.

        Only one refresh follows immediately: a source that always takes longer than a refresh gets its rest.

        Args:
            began: epoch seconds at which the refresh began. `now`: epoch seconds at which it ended.
            failures_in_row: number of failed refreshes since the last answer.
        """
        # A thread may wake up slightly early.
        due = (math.floor(began / self._refresh + 0.5) + 1) * self._refresh
        self._is_catching_up = not self._is_catching_up and not failures_in_row and now >= due
        return 0.0 if self._is_catching_up else seconds_to_next(now, self._refresh, failures_in_row)


def seconds_to_next(now: float, refresh: float, failures_in_row: int) -> float:
    """Seconds until the next refresh.

    Args:
        now: epoch seconds.
        refresh: seconds between two refreshes; they happen at multiples of it.
        failures_in_row: each doubles the wait, up to about a minute, with jitter between dashboards.
    """
    if not failures_in_row:
        # By the clock, not relative to the last refresh: a slow answer does not delay all later ones.
        return refresh - now % refresh
    # The exponent is bounded because 2.0 ** 1024 overflows, which happens after a day of failures.
    backoff = min(refresh * 2.0 ** min(failures_in_row - 1, 6), BACKOFF_MAX)
    return max(1.0, backoff) * random.uniform(0.8, 1.2)


def longest_refresh(refresh: float) -> float:
    """The longest duration of one refresh in seconds; answers that arrive later count as missing.

    Args:
        refresh: seconds between two refreshes.
    """
    return max(REFRESHES * refresh, REFRESH_MIN_S)
