"""Pasts of objectives on which viewers try candidates: each is read once for all viewers, in the background."""

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

# Number of pasts kept, and seconds for which one is current. A past takes about ten megabytes, and thirty once all
# thresholds were tried. An older one is read again, and shown until the new one is ready.
KEPT, FRESH_S = 4, float(HOUR)


@dataclass(frozen=True, slots=True)
class PastWindow:
    """The answer for viewers.

    Attributes:
        past: None while there is none yet.
        done, parts: number of answered requests, and of all requests; 0 before the first.
        error: why there is none, in one line; None if there is one, or will be.
        retry_s: seconds until the next request while it is still being read; None if it is ready or failed.
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
    """Pasts that viewers requested, limited in number.

    Args:
        source: asked from the threads of the queue.
        clock: returns epoch seconds. `queue`: shared by everything that viewers wait for.

    Attributes:
        queries: number of queries sent to the source since the start.
    """

    def __init__(self, source: Source, clock: Callable[[], float], queue: ViewerQueue) -> None:
        self._source, self._clock, self._queue = source, clock, queue
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()
        self._lock = threading.Lock()
        self.queries = 0

    def fetch(self, wanted: Wanted, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S) -> PastWindow:
        """The past of an objective, or when to ask again.

        Args:
            wanted: what to read. `viewer`: who waits for it, up to `wait_s` seconds.
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
        """Drop everything: the data of the source have changed."""
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
            # If its viewers have gone, nothing is wrong.
            if seconds_left() > -math.inf:
                slot.failed_at, slot.window = self._clock(), replace(slot.window, error=str(error))
            return
        slot.window = PastWindow(past, slot.window.parts, slot.window.parts)

    def _note(self, slot: _Slot, done: int, parts: int) -> None:
        slot.window = replace(slot.window, done=done, parts=parts, error=None)
        with self._lock:
            self.queries += 1

    def _unfinished(self, slot: _Slot, fetch: Fetch | None) -> PastWindow:
        # A past that is an hour old shows the same, so viewers need not come back soon.
        if slot.window.past is not None:
            return slot.window
        return replace(slot.window, error=None, retry_s=self._queue.retry_s(fetch))
