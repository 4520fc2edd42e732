"""The queue of viewers' requests to the source: few at once, few per viewer, and none that nobody waits for any more.

A viewer never waits indefinitely: for a slow fetch it asks again later, and then finds the result.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from dashboard.sources.deadline import deadline
from dashboard.sources.lanes import Lane, asked_for

log = logging.getLogger(__name__)

# Limits of running fetches, in total and per viewer; limits of waiting ones, in total and per viewer.
RUNNING, RUNNING_EACH = 3, 2
WAITING, WAITING_EACH = 64, 4
# Rate limits of fetches: burst size and refill per second, in total and per viewer. A service page needs up to four
# fetches of some queries each, and needs them again whenever a step of its span has passed.
BEGIN, BEGIN_PER_S = 60.0, 8.0
BEGIN_EACH, BEGIN_EACH_PER_S = 20.0, 2.0
# Longest duration of a fetch in seconds. A waiting one is dropped unless it is requested again within these seconds.
FETCH_S, FORGOTTEN_S = 60.0, 30.0
# Seconds after which a viewer is told to come back.
RETRY_MIN_S, RETRY_MAX_S = 2.0, 15.0
# Seconds between two checks whether a waiting viewer still wants its result.
ASKED_EVERY_S = 0.1
# Assumed duration of a fetch before one was measured, and the weight of a new measurement in the moving average.
TYPICAL_S, TYPICAL_WEIGHT = 2.0, 0.3


def _always() -> bool:
    return True


def _stays() -> None:
    """Nothing takes it away."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A viewer.

    Attributes:
        key: of the session: one browser tab. Empty: anonymous, without a limit per viewer.
        page: what its page shows now. Once that changes, nobody waits for what it showed before.
        is_there: the tab is open.
        leave: called occasionally while it waits; raises if the tab requests something else meanwhile.
    """

    key: str = ""
    page: str = ""
    is_there: Callable[[], bool] = field(default=_always, compare=False)
    leave: Callable[[], None] = field(default=_stays, compare=False)


NOBODY = Viewer()


class Fetch:
    """One fetch, and the viewers that wait for it.

    Attributes:
        done: set when it has ended, was dropped, or the queue was closed.
    """

    def __init__(self, key: Hashable, run: Callable[[], None]) -> None:
        self.key, self.run = key, run
        self.done = threading.Event()
        # Viewer key → viewer, and when it last asked.
        self.viewers: dict[str, tuple[Viewer, float]] = {}
        # Keys of viewers that have asked more than once: they have already been told to come back.
        self.again: set[str] = set()

    def wait(self, viewer: Viewer, seconds: float) -> bool:
        """Whether it has ended; a viewer that asks for the first time waits for it."""
        # Later calls only look: a page that waits during each of its runs would show nothing in between.
        if viewer.key and viewer.key in self.again:
            return self.done.is_set()
        for _ in range(math.ceil(seconds / ASKED_EVERY_S)):
            viewer.leave()
            if self.done.wait(min(seconds, ASKED_EVERY_S)):
                return True
        return self.done.is_set()

    def is_wanted(self) -> bool:
        """Whether a viewer that is still there waits for it."""
        return any(viewer.is_there() for viewer, _ in list(self.viewers.values()))


class ViewerQueue:
    """Fetches that viewers wait for, run by a few threads that end when there is nothing left to do.

    Args:
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[Fetch] = []
        self._running: list[Fetch] = []
        self._threads = 0
        self._is_closed = False
        self._pages: dict[str, str] = {}
        self._budget = Budget(BEGIN, BEGIN_PER_S, clock())
        self._budgets: dict[str, Budget] = {}
        self._typical_s = TYPICAL_S

    def ask(self, key: Hashable, run: Callable[[], None], viewer: Viewer) -> Fetch | None:
        """Queue a fetch, or join those who wait for it; None if there are too many.

        Args:
            key: equal for fetches with the same result. `run`: fetches, in a thread of the queue.
            viewer: who will wait for it.
        """
        with self._lock:
            now = self._clock()
            self._give_up_former_page(viewer)
            self._drop_unwanted(now)
            fetch = next((fetch for fetch in (*self._running, *self._waiting) if fetch.key == key), None)
            if fetch is None:
                if self._is_closed or len(self._waiting) >= WAITING or not self._may_begin(viewer, now):
                    return None
                fetch = Fetch(key, run)
                self._waiting.append(fetch)
            if viewer.key in fetch.viewers:
                fetch.again.add(viewer.key)
            fetch.viewers[viewer.key] = viewer, now
            self._limit(viewer)
            self._forget_idle(now)
            self._start_thread()
            return fetch

    def retry_s(self, fetch: Fetch | None) -> float:
        """Seconds after which a viewer should ask again for an unfinished fetch; None: for one that was refused."""
        with self._lock:
            ahead = self._waiting.index(fetch) if fetch in self._waiting else 0 if fetch else len(self._waiting)
            return min(max(self._typical_s * (ahead + 1) / RUNNING, RETRY_MIN_S), RETRY_MAX_S)

    def close(self) -> None:
        """Release everybody who waits; running fetches are left to end."""
        with self._lock:
            self._is_closed = True
            for fetch in (*self._waiting, *self._running):
                fetch.viewers.clear()
                fetch.done.set()
            self._waiting.clear()

    # --- who waits for what ----------------------------------------------------------------------------------------

    def _give_up_former_page(self, viewer: Viewer) -> None:
        if viewer.key and self._pages.setdefault(viewer.key, viewer.page) != viewer.page:
            self._pages[viewer.key] = viewer.page
            for fetch in (*self._running, *self._waiting):
                fetch.viewers.pop(viewer.key, None)

    def _limit(self, viewer: Viewer) -> None:
        """A viewer that waits for too many fetches gives up the first of them."""
        waited_for = [fetch for fetch in self._waiting if viewer.key and viewer.key in fetch.viewers]
        for fetch in waited_for[: len(waited_for) - WAITING_EACH] if len(waited_for) > WAITING_EACH else ():
            del fetch.viewers[viewer.key]

    def _drop_unwanted(self, now: float) -> None:
        for fetch in list(self._waiting):
            last = max((when for _, when in fetch.viewers.values()), default=-FORGOTTEN_S)
            if now - last > FORGOTTEN_S or not fetch.is_wanted():
                self._waiting.remove(fetch)
                fetch.done.set()

    def _forget_idle(self, now: float) -> None:
        """Full budgets, and pages without fetches, need not be remembered."""
        there = {key for fetch in (*self._running, *self._waiting) for key in fetch.viewers}
        self._budgets = {key: budget for key, budget in self._budgets.items() if not budget.is_full(now)}
        self._pages = {key: page for key, page in self._pages.items() if key in there or key in self._budgets}

    def _may_begin(self, viewer: Viewer, now: float) -> bool:
        own = self._budgets.setdefault(viewer.key, Budget(BEGIN_EACH, BEGIN_EACH_PER_S, now)) if viewer.key else None
        return (own is None or own.spend(now)) and self._budget.spend(now)

    # --- threads ---------------------------------------------------------------------------------------------------

    def _start_thread(self) -> None:
        if self._waiting and self._threads < RUNNING:
            threading.Thread(target=self._work, name="viewers", daemon=True).start()
            self._threads += 1

    def _work(self) -> None:
        """Run waiting fetches until there are none."""
        while (fetch := self._next()) is not None:
            began = self._clock()
            try:
                with asked_for(Lane.VIEWERS), deadline(FETCH_S, fetch.is_wanted):
                    fetch.run()
            # The outermost frame of this thread: others still wait for their results.
            except BaseException:
                log.exception("What a viewer asked for could not be fetched")
            finally:
                self._end(fetch, self._clock() - began)

    def _next(self) -> Fetch | None:
        with self._lock:
            self._drop_unwanted(self._clock())
            fetch = next(filter(self._has_turn, self._waiting), None)
            if fetch is None:
                self._threads -= 1
                return None
            self._waiting.remove(fetch)
            self._running.append(fetch)
            return fetch

    def _has_turn(self, fetch: Fetch) -> bool:
        """Whether a viewer waits for it who is within the limits; otherwise other viewers go first."""
        running = [key for each in self._running for key in each.viewers]
        return any(not key or running.count(key) < RUNNING_EACH for key in fetch.viewers)

    def _end(self, fetch: Fetch, seconds: float) -> None:
        with self._lock:
            self._running.remove(fetch)
            self._typical_s += TYPICAL_WEIGHT * (seconds - self._typical_s)
        fetch.done.set()


class Budget:
    """A token bucket: a burst, then a rate.

    Args:
        most: its size, and its initial content. `per_s`: refill per second. `now`: seconds.
    """

    def __init__(self, most: float, per_s: float, now: float) -> None:
        self._most, self._per_s = most, per_s
        self._left, self._at = most, now

    def spend(self, now: float) -> bool:
        """Take one; False if it is empty."""
        self._refill(now)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def is_full(self, now: float) -> bool:
        """Whether it has been full again for a while."""
        self._refill(now)
        return self._left >= self._most

    def _refill(self, now: float) -> None:
        self._left = min(self._most, self._left + max(now - self._at, 0.0) * self._per_s)
        self._at = now
