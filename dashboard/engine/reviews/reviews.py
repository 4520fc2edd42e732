"""Reviews that viewers look at: each is computed once for all who look, in the background, bounded in number."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from dashboard.engine.viewers.on_demand import FAILED_FOR, WAIT_S, WINDOWS_KEPT
from dashboard.engine.viewers.viewer_queue import NOBODY, Fetch, Viewer, ViewerQueue
from dashboard.exceptions import DashboardError
from dashboard.review.facts import Facts
from dashboard.review.making import review
from dashboard.review.period import Period
from dashboard.review.review import Review
from dashboard.sources.deadline import seconds_left
from dashboard.timerange import DAY

# Takes a period, and the seconds after which preceding periods are left for the next time.
Gather = Callable[[Period, float], Facts]
# A review is shown after this many seconds, then completed by preceding periods in steps that double in length, with
# pauses for other work: with thousands of objectives, each step sums everything again.
TIMEOUT_S, REST_S = 2.0, 0.5
# Seconds after which a review is computed again: of a period that continues or whose samples may still arrive late, and
# of an older one, whose incidents may be corrected and changes reported.
FRESH_S, FRESH_OVER_S, LATE_S = 60.0, 600.0, float(DAY)


@dataclass(frozen=True, slots=True)
class ReviewWindow:
    """What viewers get.

    Attributes:
        period: the reviewed one. `review`: the newest one; None while there is none.
        error: why there is no newer one, one line; None without a problem.
        retry_s: seconds after which to ask again, while the first review is computed; None once there is one.
        is_whole: the periods before it are known as far as they can be.
    """

    period: Period
    review: Review | None = None
    error: str | None = None
    retry_s: float | None = None
    is_whole: bool = True


class _Slot:
    """One review that viewers share; `done_at`, `failed_at`: epoch seconds of the last time that it was computed."""

    def __init__(self, window: ReviewWindow) -> None:
        self.window = window
        self.done_at = self.failed_at = float("-inf")


class Reviews:
    """Reviews that viewers asked for.

    Args:
        facts: gathers what is known around a period. `clock`: returns epoch seconds.
        queue: of all that viewers wait for.
    """

    def __init__(self, facts: Gather, clock: Callable[[], float], queue: ViewerQueue) -> None:
        self._facts, self._clock, self._queue = facts, clock, queue
        self._slots: OrderedDict[Period, _Slot] = OrderedDict()
        self._lock = threading.Lock()

    def fetch(self, period: Period, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S) -> ReviewWindow:
        """The review of a period, or when to ask again; a newer one is computed while the last one is shown.

        Args:
            period: by whole days. `viewer`: who waits for the first one, `wait_s` seconds.
        """
        slot, now = self._slot(period), self._clock()
        if self._is_fresh(slot, now):
            return slot.window
        fetch = self._queue.ask(slot, partial(self._work_out, slot), viewer)
        if slot.window.review is not None:
            return slot.window
        if fetch is not None:
            fetch.wait(viewer, wait_s)
        window = slot.window
        return window if window.review is not None or window.error is not None else self._unfinished(slot, fetch)

    def forget(self) -> None:
        """Drop all: what the source holds has changed."""
        with self._lock:
            self._slots.clear()

    def _slot(self, period: Period) -> _Slot:
        with self._lock:
            slot = self._slots.setdefault(period, _Slot(ReviewWindow(period)))
            self._slots.move_to_end(period)
            while len(self._slots) > WINDOWS_KEPT:
                self._slots.popitem(last=False)
            return slot

    def _is_fresh(self, slot: _Slot, now: float) -> bool:
        if 0 <= now - slot.failed_at < FAILED_FOR:
            return True
        fresh_s = FRESH_OVER_S if now > slot.window.period.end + LATE_S else FRESH_S
        return slot.window.review is not None and 0 <= now - slot.done_at < fresh_s

    def _work_out(self, slot: _Slot) -> None:
        """Gather what is known and make the review of it, in a thread of the queue."""
        timeout_s = TIMEOUT_S
        try:
            while not self._next(slot, timeout_s) and seconds_left() > TIMEOUT_S:
                time.sleep(REST_S)
                timeout_s = min(2 * timeout_s, seconds_left() / 2)
        except DashboardError as error:
            slot.failed_at, slot.window = self._clock(), replace(slot.window, error=str(error))

    def _next(self, slot: _Slot, timeout_s: float) -> bool:
        """Work out a review that is more whole than the last one; True if it is whole.

        Args:
            slot: of it. `timeout_s`: seconds after which periods before it are left for the next time.
        """
        period = slot.window.period
        facts = self._facts(period, timeout_s)
        slot.window = ReviewWindow(period, review(facts), is_whole=facts.is_whole)
        # What is not whole is never fresh, nor is a start without objectives: who comes next has the rest asked for.
        slot.done_at = self._clock() if facts.is_whole and facts.objectives else float("-inf")
        return facts.is_whole

    def _unfinished(self, slot: _Slot, fetch: Fetch | None) -> ReviewWindow:
        return replace(slot.window, error=None, retry_s=self._queue.retry_s(fetch))
