"""Runs one call at a time in a thread of its own; the poller takes its result."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from dashboard.sources.deadline import deadline
from dashboard.sources.lanes import Lane, asked_for

T = TypeVar("T")


class Background(Generic[T]):
    """At most one call at a time: a call that hangs blocks nobody, and is not started a second time.

    Args:
        name: of the thread.
        seconds: how long one call may keep asking the source.
    """

    def __init__(self, name: str, seconds: float) -> None:
        self._name = name
        self._seconds = seconds
        self._future: Future[T] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is running and no result is waiting to be taken."""
        return self._future is None

    def start(self, call: Callable[[], T]) -> None:
        """Start a call; only allowed while `is_idle`."""
        assert self._future is None, "the result of the call before is taken first"
        future = self._future = Future()
        threading.Thread(target=self._run, args=(call, future), name=self._name, daemon=True).start()

    def has_ended(self, wait_s: float | None = 0.0) -> bool:
        """Whether a result is ready, waiting up to `wait_s` seconds for it (None: without limit)."""
        timeout_s = None if wait_s is None else max(wait_s, 0.0)
        return self._future is not None and bool(wait([self._future], timeout=timeout_s).done)

    def take(self) -> T:
        """The result of a finished call, or raises its exception."""
        future, self._future = self._future, None
        assert future is not None, "there is a result"
        assert future.done(), "there is a result"
        return future.result()

    def _run(self, call: Callable[[], T], future: Future[T]) -> None:
        try:
            with asked_for(Lane.BACKGROUND), deadline(self._seconds):
                result = call()
        # BaseException too: whoever takes the result must learn about every failure.
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)
