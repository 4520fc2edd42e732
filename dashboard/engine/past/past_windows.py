"""Pasts of objectives that viewers try candidates on: each read once for all who look, in the background."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial

from dashboard.engine.past.past_rows import Wanted, read_past
from dashboard.engine.viewers.on_demand import FAILED_FOR, WAIT_S
from dashboard.engine.viewers.viewer_queue import NOBODY, Fetch, Viewer, ViewerQueue
from dashboard.exceptions import SourceError
from dashboard.sources.deadline import seconds_left
from dashboard.sources.protocol import Source
from dashboard.timerange import HOUR
from dashboard.whatif.past import Past

# A past takes some ten megabytes, and thirty once all thresholds were tried. One that is older is read again, and shown
# until the next is there.
KEPT, FRESH_S = 4, float(HOUR)


@dataclass(frozen=True, slots=True)
class PastWindow:
    """What viewers get.

    Attributes:
        past: None while there is none yet.
        done, parts: requests that were answered, and all of them; 0 before the first.
        error: why there is none, in one line; None if there is one, or will be.
        retry_s: seconds after which to ask again, as it is still being read; None if it is there or failed.
    """

    past: Past | None = None
    done: int = 0
    parts: int = 0
    error: str | None = None
    retry_s: float | None = None


class _Slot:
    """One past that viewers share; `failed_at`: epoch seconds."""

    def __init__(self) -> None:
        self.window = PastWindow()
        self.failed_at = -math.inf


class PastWindows:
    """Pasts that viewers asked for, bounded in number.

    Args:
        source: is asked from the threads of the queue.
        clock: returns epoch seconds. `queue`: of all that viewers wait for.

    Attributes:
        queries: sent to the source since the start.
    """

    def __init__(self, source: Source, clock: Callable[[], float], queue: ViewerQueue) -> None:
        self._source, self._clock, self._queue = source, clock, queue
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()
        self._lock = threading.Lock()
        self.queries = 0

    def fetch(self, wanted: Wanted, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S) -> PastWindow:
        """The past of an objective, or when to ask again.

        Args:
            wanted: what is read. `viewer`: who waits for it, `wait_s` seconds.
        """
        slot, now = self._slot((wanted.slo.counting_key, wanted.span_s)), self._clock()
        past = slot.window.past
        if past is not None and 0 <= wanted.at - past.at < FRESH_S:
            return slot.window
        if 0 <= now - slot.failed_at < FAILED_FOR:
            return slot.window
        fetch = self._queue.ask(slot, partial(self._read, slot, wanted), viewer)
        if fetch is not None and fetch.wait(viewer, wait_s):
            return slot.window
        return self._unfinished(slot, fetch)

    def forget(self) -> None:
        """Drop all: what the source holds has changed."""
        with self._lock:
            self._slots.clear()

    def _slot(self, key: Hashable) -> _Slot:
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > KEPT:
                self._slots.popitem(last=False)
            return slot

    def _read(self, slot: _Slot, wanted: Wanted) -> None:
        """Ask the source, in a thread of the queue."""
        try:
            past = read_past(self._source, wanted, progress=partial(self._note, slot))
        except SourceError as error:
            # Of one that its viewers gave up nothing is wrong.
            if seconds_left() > -math.inf:
                slot.failed_at, slot.window = self._clock(), replace(slot.window, error=str(error))
            return
        slot.window = PastWindow(past, slot.window.parts, slot.window.parts)

    def _note(self, slot: _Slot, done: int, parts: int) -> None:
        slot.window = replace(slot.window, done=done, parts=parts, error=None)
        with self._lock:
            self.queries += 1

    def _unfinished(self, slot: _Slot, fetch: Fetch | None) -> PastWindow:
        # What is an hour old says the same: nobody needs to come again soon for it.
        if slot.window.past is not None:
            return slot.window
        return replace(slot.window, error=None, retry_s=self._queue.retry_s(fetch))
