"""A call that runs beside the refreshes: one at a time, in a thread of its own, its result taken by the poller."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from dashboard.sources.deadline import deadline
from dashboard.sources.lanes import Lane, asked_for

T = TypeVar("T")


class Background(Generic[T]):
    """At most one call at a time: one that hangs holds up nobody, and is not put again beside itself.

    Args:
        name: of its thread.
        seconds: that a call may ask the source for, in all.
    """

    def __init__(self, name: str, seconds: float) -> None:
        self._name = name
        self._seconds = seconds
        self._future: Future[T] | None = None

    @property
    def is_idle(self) -> bool:
        """Nothing runs, and nothing is left to be taken."""
        return self._future is None

    def start(self, call: Callable[[], T]) -> None:
        """Begin a call; only where `is_idle`."""
        assert self._future is None, "the result of the call before is taken first"
        future = self._future = Future()
        threading.Thread(target=self._run, args=(call, future), name=self._name, daemon=True).start()

    def has_ended(self, wait_s: float | None = 0.0) -> bool:
        """There is a result to take, waited for so many seconds; for as long as it takes where that is None."""
        timeout_s = None if wait_s is None else max(wait_s, 0.0)
        return self._future is not None and bool(wait([self._future], timeout=timeout_s).done)

    def take(self) -> T:
        """The result of a call that has ended, or what it raised."""
        future, self._future = self._future, None
        assert future is not None, "there is a result"
        assert future.done(), "there is a result"
        return future.result()

    def _run(self, call: Callable[[], T], future: Future[T]) -> None:
        try:
            with asked_for(Lane.BACKGROUND), deadline(self._seconds):
                result = call()
        # Whatever it was, also what is no Exception: whoever takes the result must hear of it.
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)
