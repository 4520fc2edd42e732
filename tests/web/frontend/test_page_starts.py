"""So many pages begin at once, one of each viewer, and whoever waited longest is next."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dashboard.web.frontend.page_starts import AT_ONCE, LONGEST_S, PageStarts
from tests.steady import Clock


class Timers:
    """What was set for later, and is called by hand."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []
        self.seconds: list[float] = []

    def __call__(self, seconds: float, call: Callable[[], None]) -> "Timers.Timer":
        self.seconds.append(seconds)
        self.calls.append(call)
        return Timers.Timer(self, call)

    class Timer:
        def __init__(self, timers: "Timers", call: Callable[[], None]) -> None:
            self.timers, self.call = timers, call

        def cancel(self) -> None:
            if self.call in self.timers.calls:
                self.timers.calls.remove(self.call)

    def ring(self) -> None:
        """Call all of them."""
        for call in list(self.calls):
            call()


class Room:
    """Viewers that ask for pages, and who began one so far."""

    def __init__(self, *viewers: str) -> None:
        self.clock, self.timers = Clock(0), Timers()
        self.starts = PageStarts(self.clock, self.timers)
        self.began: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        for viewer in viewers:
            self.starts.come(viewer)

    async def ask(self, *viewers: str) -> None:
        """These ask, one after the other, each a moment later."""
        for viewer in viewers:
            self.clock.now += 0.001
            self.tasks.append(asyncio.create_task(self._begin(viewer)))
            await self.settle()

    async def end(self, *viewers: str) -> None:
        """The pages of these are drawn."""
        for viewer in viewers:
            self.clock.now += 0.001
            self.starts.end(viewer)
            await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def _begin(self, viewer: str) -> None:
        await self.starts.begin(viewer)
        self.began.append(viewer)


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    # A browser test of the same process may have left a loop running in this thread.
    with ThreadPoolExecutor(1) as alone:
        alone.submit(asyncio.run, main()).result(30)


TABS = [f"tab {number}" for number in range(4 * AT_ONCE)]


def test_so_many_pages_begin_at_once_and_the_next_when_one_is_drawn() -> None:
    async def main() -> None:
        room = Room(*TABS)
        await room.ask(*TABS)
        assert room.began == TABS[:AT_ONCE]
        await room.end(TABS[3], TABS[0])
        assert room.began == TABS[: AT_ONCE + 2]
        await room.end(*TABS)
        assert room.began == TABS

    run(main)


def test_pages_that_are_drawn_in_time_wait_for_nothing() -> None:
    async def main() -> None:
        room = Room(*TABS)
        for _ in range(10):
            for viewer in TABS:
                await room.ask(viewer)
                assert room.began[-1] == viewer
                await room.end(viewer)
        assert room.timers.calls == []

    run(main)


def test_a_page_that_takes_long_gives_its_place_to_another() -> None:
    async def main() -> None:
        room = Room(*TABS)
        await room.ask(*TABS)
        room.timers.ring()
        await room.settle()
        assert room.began == TABS[: 2 * AT_ONCE]
        assert set(room.timers.seconds) == {LONGEST_S}
        await room.end(TABS[0])
        assert len(room.began) == 2 * AT_ONCE, "that one has had its place"

    run(main)


def test_a_viewer_has_one_page_at_a_time() -> None:
    async def main() -> None:
        room = Room("greedy", "modest")
        await room.ask("greedy", "greedy")
        assert room.began == ["greedy"]
        await room.ask("modest")
        assert room.began == ["greedy", "modest"]
        await room.end("greedy")
        assert room.began == ["greedy", "modest", "greedy"]

    run(main)


def test_who_asks_now_and_then_comes_before_those_who_always_ask() -> None:
    async def main() -> None:
        room = Room("modest", *TABS)
        await room.ask("modest")
        await room.end("modest")
        await room.ask(*TABS)
        for viewer in TABS[: 3 * AT_ONCE]:
            await room.end(viewer)
            await room.ask(viewer)
        await room.ask("modest")
        await room.end(TABS[-1])
        assert room.began[-1] == "modest", "all others have begun a page since its last one"

    run(main)


def test_newcomers_do_not_pass_those_who_wait() -> None:
    async def main() -> None:
        room = Room(*TABS[: AT_ONCE + 1])
        await room.ask(*TABS[: AT_ONCE + 1])
        for number in range(5):
            room.starts.come(f"new {number}")
            await room.ask(f"new {number}")
        await room.end(TABS[0])
        assert room.began[-1] == TABS[AT_ONCE]

    run(main)


def test_who_leaves_gives_its_place_back_and_is_forgotten() -> None:
    async def main() -> None:
        room = Room(*TABS)
        await room.ask(*TABS)
        room.tasks[AT_ONCE].cancel()
        await room.settle()
        for viewer in TABS[: AT_ONCE + 1]:
            room.starts.leave(viewer)
            await room.settle()
        assert room.began == TABS[:AT_ONCE] + TABS[AT_ONCE + 1 : 2 * AT_ONCE + 1]
        await room.end(*TABS[AT_ONCE + 1 :])
        for viewer in TABS[AT_ONCE + 1 :]:
            room.starts.leave(viewer)
        assert [len(held) for held in vars(room.starts).values() if isinstance(held, dict)] == [0, 0, 0]

    run(main)
