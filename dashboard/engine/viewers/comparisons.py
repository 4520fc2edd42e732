"""Comparisons for viewers: each is computed once a minute for all of them, and shown until the next is ready."""

import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace

from dashboard.comparison.comparison import Signal
from dashboard.engine.viewers.on_demand import WINDOWS_KEPT
from dashboard.engine.viewers.side_by_side import (
    STEP,
    Before,
    Judged,
    SideBySide,
    Values,
    Wanted,
    Windows,
    side_by_side,
)
from dashboard.engine.viewers.viewer_queue import NOBODY, RETRY_MIN_S, Viewer

_Key = tuple[str, Before | Values, float, Collection[Signal]]


class _Slot:
    """One comparison, shared by viewers.

    Attributes:
        newest: the last one that completed or failed, and the end of its sides; None before the first.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.newest: tuple[float, SideBySide] | None = None


class Comparisons:
    """Comparisons that viewers requested, limited in number.

    Args:
        windows: fetches samples for all viewers.
    """

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._slots: OrderedDict[_Key, _Slot] = OrderedDict()
        self._lock = threading.Lock()

    def fetch(self, judged: Judged, wanted: Wanted, viewer: Viewer = NOBODY, *, wait_s: float) -> SideBySide:
        """Two sides of a service, or when to ask again. Do not call it on the event loop: it may compute for 50 ms.

        Args:
            judged: the service. `wanted`: what to compare; its end is rounded down to a whole minute.
            viewer: who waits for it, up to `wait_s` seconds.
        """
        wanted = replace(wanted, end=wanted.end // STEP * STEP)
        slot = self._slot((judged.info.name, wanted.between, wanted.span, wanted.deciding))
        newest = slot.newest
        if newest is not None and newest[0] == wanted.end:
            return newest[1]
        # One thread computes; the others ask again later.
        if not slot.lock.acquire(blocking=False):
            return newest[1] if newest is not None else SideBySide(None, retry_s=RETRY_MIN_S)
        try:
            pair = side_by_side(self._windows, judged, wanted, viewer, wait_s=wait_s)
            if pair.retry_s is None:
                slot.newest = wanted.end, pair
        finally:
            slot.lock.release()
        # Shown to pages that wait for the next minute.
        return newest[1] if newest is not None and pair.retry_s is not None else pair

    def _slot(self, key: _Key) -> _Slot:
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > WINDOWS_KEPT:
                self._slots.popitem(last=False)
            return slot
