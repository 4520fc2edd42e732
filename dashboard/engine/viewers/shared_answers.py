"""Answers shared by viewers: each is computed once in the background, and shown until the next one is ready."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from dashboard.engine.viewers.on_demand import FAILED_FOR, WINDOWS_KEPT
from dashboard.engine.viewers.viewer_queue import Fetch, Viewer, ViewerQueue
from dashboard.exceptions import SourceError
from dashboard.sources.deadline import seconds_left

# A sliding answer is computed again after this many times the duration of the computation.
REST = 20.0

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Worked(Generic[Value]):
    """A computed answer.

    Attributes:
        value: for viewers. `queries`: number of queries it needed.
        partial: the source's answer was partial, so it is computed again from time to time.
    """

    value: Value
    queries: int
    partial: bool = False


@dataclass(frozen=True, slots=True)
class SharedAnswer(Generic[Key, Value]):
    """The answer for a viewer.

    Attributes:
        key: what it answers; for a sliding span, possibly one that ended shortly before.
        value: None while there is none.
        error: why there is none, in one line; None if there is one, or will be.
        retry_s: seconds until the next request while it is still being computed; None if it is ready or failed.
    """

    key: Key
    value: Value | None = None
    error: str | None = None
    retry_s: float | None = None


class _Slot(Generic[Key, Value]):
    """One answer, shared by viewers."""

    def __init__(self, key: Key) -> None:
        self.answer: SharedAnswer[Key, Value] = SharedAnswer(key)
        self.is_partial = False
        # When it failed or was partial; when it was ready, and how many seconds it took.
        self.doubtful_at = self.done_at = -math.inf
        self.took_s = 0.0


class SharedAnswers(Generic[Key, Value]):
    """Answers of one kind, limited in number.

    Args:
        work_out: computes the answer for a key, in a thread of the queue; may raise `SourceError`.
        clock: returns epoch seconds. `queue`: shared by everything that viewers wait for.

    Attributes:
        queries: number of queries sent to the source since the start.
    """

    def __init__(
        self, work_out: Callable[[Key], Worked[Value]], clock: Callable[[], float], queue: ViewerQueue
    ) -> None:
        self._work_out, self._clock, self._queue = work_out, clock, queue
        self._slots: OrderedDict[Key, _Slot[Key, Value]] = OrderedDict()
        self._lock = threading.Lock()
        self.queries = 0

    def __len__(self) -> int:
        return len(self._slots)

    def fetch(
        self, key: Key, viewer: Viewer, *, wait_s: float, age_s: Callable[[Key], float | None] | None = None
    ) -> SharedAnswer[Key, Value]:
        """An answer, or when to ask again; the same object as long as nothing has changed.

        Args:
            key: what to answer. `viewer`: who waits for it, up to `wait_s` seconds.
            age_s: for a sliding span: by how many seconds the answer to another key is older; None if that answer must
                not be shown in the meantime.
        """
        slot, before = self._slot(key), None if age_s is None else self._before(key, age_s)
        now = self._clock()
        if _is_answered(slot, now):
            return slot.answer
        if before is not None and 0 <= now - before.done_at < REST * before.took_s:
            return before.answer
        fetch = self._queue.ask(slot, partial(self._fill, slot), viewer)
        if fetch is not None and fetch.wait(viewer, wait_s):
            answer = slot.answer
            if answer.value is not None or answer.error is not None:
                return answer
        return self._unfinished(slot if before is None else before, fetch)

    def forget(self) -> None:
        """Drop everything: the data of the source have changed."""
        with self._lock:
            self._slots.clear()

    def _slot(self, key: Key) -> _Slot[Key, Value]:
        with self._lock:
            slot = self._slots.setdefault(key, _Slot(key))
            self._slots.move_to_end(key)
            while len(self._slots) > WINDOWS_KEPT:
                self._slots.popitem(last=False)
            return slot

    def _before(self, key: Key, age_s: Callable[[Key], float | None]) -> _Slot[Key, Value] | None:
        """The newest answer that can stand in for a key; None if there is none; `age_s`: as for `fetch`."""
        with self._lock:
            answered = [slot for other, slot in self._slots.items() if other != key and slot.answer.value is not None]
        aged = [(age, slot) for slot in answered if (age := age_s(slot.answer.key)) is not None]
        return min(aged, key=lambda each: each[0])[1] if aged else None

    def _fill(self, slot: _Slot[Key, Value]) -> None:
        """Compute an answer, in a thread of the queue."""
        # It may have been queued just as another fetch of the same answer ended.
        if _is_answered(slot, self._clock()):
            return
        key, began = slot.answer.key, time.monotonic()
        try:
            worked = self._work_out(key)
        except SourceError as error:
            # If its viewers have gone, nothing is wrong.
            if seconds_left() > -math.inf:
                slot.doubtful_at = self._clock()
                slot.answer = SharedAnswer(key, slot.answer.value, error=str(error))
            return
        slot.is_partial = worked.partial
        slot.took_s, slot.done_at = time.monotonic() - began, self._clock()
        slot.doubtful_at = slot.done_at if worked.partial else -math.inf
        slot.answer = SharedAnswer(key, worked.value)
        with self._lock:
            self.queries += worked.queries

    def _unfinished(self, slot: _Slot[Key, Value], fetch: Fetch | None) -> SharedAnswer[Key, Value]:
        return SharedAnswer(slot.answer.key, slot.answer.value, retry_s=self._queue.retry_s(fetch))


def _is_answered(slot: _Slot[Key, Value], now: float) -> bool:
    """Whether nothing has to be asked: the answer is whole, or failed or was partial only just now (epoch seconds)."""
    is_whole = slot.answer.value is not None and not slot.is_partial
    return is_whole or 0 <= now - slot.doubtful_at < FAILED_FOR
