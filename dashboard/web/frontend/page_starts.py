"""Limits how many pages start at once: one per viewer, and whoever has waited longest is next.

Each page that begins takes the server's only thread of Python from its loop, which answers /healthz and all viewers.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

# So many pages are begun and not drawn yet, and so many seconds a page counts as one of them: one that waits for the
# source takes longer, and one that nobody knows is never drawn.
AT_ONCE, LONGEST_S = 10, 0.5


class Timer(Protocol):
    """What can be called off."""

    def cancel(self) -> None:
        """Call it off."""


def _later(seconds: float, call: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(seconds, call)


class PageStarts:
    """Who may begin a page; all of it on the loop.

    Args:
        clock: seconds of a clock that never goes back.
        later: calls something in this many seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], Timer] = _later,
    ) -> None:
        self._clock, self._later = clock, later
        # When a viewer came, or began its last page.
        self._began: dict[object, float] = {}
        self._drawn: dict[object, Timer] = {}
        self._waiting: dict[object, asyncio.Future[Any]] = {}

    def come(self, viewer: object) -> None:
        """A viewer is there."""
        self._began[viewer] = self._clock()

    def leave(self, viewer: object) -> None:
        """A viewer is gone."""
        self.end(viewer)
        del self._began[viewer]

    async def begin(self, viewer: object) -> None:
        """Wait until a viewer may begin its next page; it asks for one after the other."""
        turn = self._waiting[viewer] = asyncio.get_running_loop().create_future()
        self._hand_on()
        try:
            await turn
        finally:
            self._waiting.pop(viewer, None)

    def end(self, viewer: object) -> None:
        """The page of a viewer is drawn, or takes too long; nothing if it has none."""
        if (timer := self._drawn.pop(viewer, None)) is not None:
            timer.cancel()
            self._hand_on()

    def _hand_on(self) -> None:
        while len(self._drawn) < AT_ONCE and (ready := [each for each in self._waiting if each not in self._drawn]):
            # Whoever asks again and again comes after those who ask now and then.
            viewer = min(ready, key=self._began.__getitem__)
            self._began[viewer] = self._clock()
            self._drawn[viewer] = self._later(LONGEST_S, partial(self.end, viewer))
            turn = self._waiting.pop(viewer)
            if not turn.done():
                turn.set_result(None)
