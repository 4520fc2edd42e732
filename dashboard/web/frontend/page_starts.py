"""Limits how many pages start at once: one per viewer, and the viewer who has waited longest is next.

Each page that starts takes the interpreter lock from the event loop, which answers /healthz and all viewers.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

# Maximum number of pages being drawn; and the seconds after which a page no longer counts: a page that waits for the
# source takes longer, and an unknown one is never drawn.
AT_ONCE, LONGEST_S = 10, 0.5


class Timer(Protocol):
    """A callback that can be cancelled."""

    def cancel(self) -> None:
        """Cancel it."""


def _later(seconds: float, call: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(seconds, call)


class PageStarts:
    """Decides which viewer may start a page; runs on the event loop.

    Args:
        clock: a monotonic clock, in seconds.
        later: calls a function after this many seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], Timer] = _later,
    ) -> None:
        self._clock, self._later = clock, later
        # When a viewer arrived, or started its last page.
        self._began: dict[object, float] = {}
        self._drawn: dict[object, Timer] = {}
        self._waiting: dict[object, asyncio.Future[Any]] = {}

    def come(self, viewer: object) -> None:
        """Register a viewer."""
        self._began[viewer] = self._clock()

    def leave(self, viewer: object) -> None:
        """Remove a viewer."""
        self.end(viewer)
        del self._began[viewer]

    async def begin(self, viewer: object) -> None:
        """Wait until a viewer may start its next page; a viewer requests one at a time."""
        turn = self._waiting[viewer] = asyncio.get_running_loop().create_future()
        self._hand_on()
        try:
            await turn
        finally:
            self._waiting.pop(viewer, None)

    def end(self, viewer: object) -> None:
        """The page of a viewer has been drawn, or takes too long; does nothing if it has none."""
        if (timer := self._drawn.pop(viewer, None)) is not None:
            timer.cancel()
            self._hand_on()

    def _hand_on(self) -> None:
        while len(self._drawn) < AT_ONCE and (ready := [each for each in self._waiting if each not in self._drawn]):
            # Viewers with frequent requests come after those with rare ones.
            viewer = min(ready, key=self._began.__getitem__)
            self._began[viewer] = self._clock()
            self._drawn[viewer] = self._later(LONGEST_S, partial(self.end, viewer))
            turn = self._waiting.pop(viewer)
            if not turn.done():
                turn.set_result(None)
